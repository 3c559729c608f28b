/* From a row of the source to an item of the API (README.md, "The mapping"). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "import.h"

struct pair {
    const char *from, *to;
};

static const char *look_up(const struct pair *pairs, size_t n, const char *from)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(pairs[i].from, from) == 0)
            return pairs[i].to;
    return NULL;
}

/* The state of the workflow a status of the source stands for; NULL for an unknown one. */
const char *map_state(const char *status)
{
    static const struct pair states[] = {{"accepted", "granted"},     {"rejected", "denied"},  {"Closed", "closed"},
                                         {"Cancelled", "cancelled"},  {"Open", "in_progress"}, {"Pending", "assigned"},
                                         {"Referred Out", "referred"}};
    return look_up(states, sizeof states / sizeof *states, status);
}

/* The channel; NULL for an unknown one, which is then left out. */
const char *map_channel(const char *channel)
{
    static const struct pair channels[] = {
        {"citizen", "web"},       {"organization", "web"}, {"Self Service", "web"},
        {"meeting", "visit"},     {"Walk-in", "visit"},    {"Council's Office", "visit"},
        {"official", "internal"}, {"Call", "phone"},       {"Driver Self Report", "internal"},
        {"Voicemail", "phone"},   {"Mobile App", "api"},   {"Email", "email"},
        {"Letter", "mail"}};
    return look_up(channels, sizeof channels / sizeof *channels, channel);
}

/* YYYY-MM-DD, alone or with THH:MM:SS, as RFC 3339. The sources name no zone: their clock is taken as UTC. */
bool map_time(const char *source, char *ret_time, size_t size)
{
    static const char shape[] = "dddd-dd-ddTdd:dd:dd";
    size_t length = strlen(source);
    if (length != 10 && length != 19)
        return false;
    for (size_t i = 0; i < length; i++) {
        bool digit = source[i] >= '0' && source[i] <= '9';
        if (shape[i] == 'd' ? !digit : source[i] != shape[i])
            return false;
    }
    snprintf(ret_time, size, "%s%s", source, length == 10 ? "T00:00:00Z" : "Z");
    return true;
}

static char *service_key(const char *dataset, const char *service)
{
    size_t size = strlen(dataset) + strlen(service) + 2;
    char *key = must_realloc(NULL, size);
    snprintf(key, size, "%s\n%s", dataset, service);
    return key;
}

enum exit_code map_load_services(struct import *import, const char *path)
{
    struct input input;
    enum exit_code code = CLI_OK;
    enum csv_result result = CSV_END;
    import->services = keep_json(json_object());
    if (!input_open(&input, path) || !input_has(&input, "dataset") || !input_has(&input, "source_service") ||
        !input_has(&input, "service_code"))
        code = fail_plain(CLI_FAILED, T_BAD_MAP, path, "dataset, source_service, service_code");
    while (code == CLI_OK && (result = input_next(&input)) == CSV_RECORD) {
        char *key = service_key(input_field(&input, "dataset"), input_field(&input, "source_service"));
        json_object_set_new(import->services, key, json_string(input_field(&input, "service_code")));
        free(key);
    }
    if (code == CLI_OK && result != CSV_END)
        code = fail_csv(&input, result);
    input_close(&input);
    return code;
}

/* A population as written; blank is nobody. */
static bool parse_population(const char *digits, uint64_t *ret_population)
{
    size_t length = strlen(digits);
    if (length > 12 || strspn(digits, "0123456789") != length)
        return false;
    *ret_population = length ? strtoull(digits, NULL, 10) : 0;
    return true;
}

enum exit_code map_load_towns(struct import *import, const char *path)
{
    struct input input;
    enum exit_code code = CLI_OK;
    enum csv_result result = CSV_END;
    if (!input_open(&input, path) || !input_has(&input, "ens10") || !input_has(&input, "pop_2024"))
        code = fail_plain(CLI_FAILED, T_BAD_MAP, path, "ens10, pop_2024");
    while (code == CLI_OK && (result = input_next(&input)) == CSV_RECORD) {
        uint64_t population = 0;
        if (!parse_population(input_field(&input, "pop_2024"), &population) ||
            !towns_add(&import->towns, input_field(&input, "ens10"), population))
            code = fail_plain(CLI_FAILED, T_BAD_MAP, path, "ens10, pop_2024");
    }
    if (code == CLI_OK && result != CSV_END)
        code = fail_csv(&input, result);
    if (code == CLI_OK && import->towns.total == 0)
        code = fail_plain(CLI_FAILED, T_BAD_MAP, path, "ens10, pop_2024");
    input_close(&input);
    return code;
}

/* A member with a time: absent in the source is null, false when the source's is none. */
static bool set_time(json_t *object, const char *name, const char *source)
{
    char time[32];
    if (*source == '\0')
        return json_object_set_new(object, name, json_null()) == 0;
    return map_time(source, time, sizeof time) && json_object_set_new(object, name, json_string(time)) == 0;
}

static bool set_optional(json_t *object, const char *name, const char *value)
{
    return !value || !*value || json_object_set_new(object, name, json_string(value)) == 0;
}

static json_t *votes_of(const char *votes)
{
    char *end = NULL;
    errno = 0;
    long number = strtol(votes, &end, 10);
    return *votes && *end == '\0' && errno == 0 ? json_integer(number) : json_null();
}

static json_t *map_import(const struct input *input, const char **ret_reason)
{
    const char *state = map_state(input_field(input, "status"));
    json_t *import = json_object();
    *ret_reason = !state ? "status_unmapped" : NULL;
    if (state && (!set_time(import, "submitted_at", input_field(input, "opened_at")) ||
                  !set_time(import, "updated_at", input_field(input, "updated_at")) ||
                  !set_time(import, "closed_at", input_field(input, "closed_at")) ||
                  json_is_null(json_object_get(import, "submitted_at"))))
        *ret_reason = "bad_time";
    if (!*ret_reason && (json_object_set_new(import, "external_ref", json_string(input_field(input, "source_id"))) ||
                         !set_optional(import, "place", input_field(input, "area"))))
        *ret_reason = "not_utf8";
    if (*ret_reason) {
        json_decref(import);
        return NULL;
    }
    json_object_set_new(import, "state", json_string(state));
    set_optional(import, "channel", map_channel(input_field(input, "channel")));
    json_object_set_new(import, "supports", votes_of(input_field(input, "votes")));
    json_object_set_new(import, "synthetic", json_true());
    return import;
}

/* The item of the present row; NULL, with the reason, when the row cannot become one. The caller owns it. */
json_t *map_row(const struct import *import, const char **ret_reason)
{
    const struct input *input = &import->input;
    const char *source_id = input_field(input, "source_id"), *service = input_field(input, "service");
    const char *title = input_field(input, "title"), *description = input_field(input, "description");
    if (input->n_fields != input->n_titles) {
        *ret_reason = "wrong_field_count";
        return NULL;
    }
    if (!*source_id) {
        *ret_reason = "no_source_id";
        return NULL;
    }
    char *key = service_key(input_field(input, "dataset"), service);
    const char *code = json_string_value(json_object_get(import->services, key));
    free(key);
    if (!code) {
        *ret_reason = "service_unmapped";
        return NULL;
    }
    json_t *life = map_import(input, ret_reason);
    if (!life)
        return NULL;
    json_t *item = json_object();
    json_object_set_new(item, "service", json_string(code));
    json_object_set_new(item, "body", json_string(towns_pick(&import->towns, source_id)));
    json_object_set_new(item, "import", life);
    /* What has no title of its own is called by its service. */
    if (json_object_set_new(item, "title", json_string(*title ? title : service)) != 0 ||
        !set_optional(item, "description", description)) {
        *ret_reason = "not_utf8";
        json_decref(item);
        return NULL;
    }
    return item;
}
