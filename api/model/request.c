#include "model/request.h"

#include <string.h>

#include "base/json_in.h"
#include "model/field.h"

#define TITLE_MIN        3
#define TITLE_MAX        250
#define DESCRIPTION_MAX  20000
#define SCORE_MAX        1000000
#define COMMENT_MAX      10000
#define DATA_MEMBERS_MAX 64

static const char *const channels[] = {"web", "phone", "email", "visit", "mail", "internal", "api", NULL};

/* A member that must be one of `options`; NULL when absent or wrong. */
static const char *read_option(struct json_in *in, const char *name, const char *const *options)
{
    const char *value = json_in_text(in, name, 1, 100, false, false);
    if (!value)
        return NULL;
    size_t count = 0;
    for (; options[count]; count++)
        if (strcmp(options[count], value) == 0)
            return value;
    error_violate_options(in->err, json_pointer(in->err->arena, in->base, name), options, count);
    return NULL;
}

static const json_t *read_data(struct json_in *in)
{
    const json_t *data = json_in_value(in, "data", JSON_OBJECT, false);
    if (data && json_object_size(data) > DATA_MEMBERS_MAX)
        error_violate(in->err, json_pointer(in->err->arena, in->base, "data"), TOO_MANY, "64");
    return data;
}

static struct request_import read_import(const json_t *json, const char *base, const char **ret_external_ref,
                                         struct error *err)
{
    static const char *const names[] = {"external_ref", "state",    "submitted_at", "updated_at", "closed_at",
                                        "channel",      "supports", "place",        "synthetic",  NULL};
    struct json_in in = json_in_object(json, base, err);
    struct request_import import = {
        .state = json_in_text(&in, "state", 1, 64, true, false),
        .submitted_at = json_in_time(&in, "submitted_at", true),
        .updated_at = json_in_time(&in, "updated_at", false),
        .closed_at = json_in_time(&in, "closed_at", false),
        .channel = read_option(&in, "channel", channels),
        .place = json_in_text(&in, "place", 0, 200, false, false),
        .supports = json_in_integer(&in, "supports", 0, 10000000, false, 0),
        .synthetic = json_in_bool(&in, "synthetic", false),
    };
    *ret_external_ref = json_in_text(&in, "external_ref", 1, 100, true, false);
    if (import.closed_at && import.submitted_at && import.closed_at < import.submitted_at)
        error_violate(err, json_pointer(err->arena, base, "closed_at"), CLOSED_BEFORE_SUBMITTED);
    json_in_finish(&in, names);
    return import;
}

struct request_draft request_draft_from_json(const json_t *json, const char *base, bool import_allowed,
                                             struct error *err)
{
    static const char *const names[] = {"service", "body",    "title",        "description", "data",
                                        "submit",  "channel", "external_ref", NULL};
    static const char *const names_with_import[] = {"service", "body",    "title",        "description", "data",
                                                    "submit",  "channel", "external_ref", "import",      NULL};
    struct json_in in = json_in_object(json, base, err);
    struct request_draft draft = {
        .service = json_in_text(&in, "service", 1, 20, true, false),
        .body = json_in_text(&in, "body", 10, 10, true, false),
        .title = field_line(&in, "title", TITLE_MIN, TITLE_MAX, true),
        .description = json_in_text(&in, "description", 0, DESCRIPTION_MAX, false, true),
        .data = read_data(&in),
        .submit = json_in_bool(&in, "submit", false),
        .channel = read_option(&in, "channel", channels),
        .external_ref = json_in_text(&in, "external_ref", 1, 100, false, false),
    };
    const json_t *import = import_allowed ? json_in_value(&in, "import", JSON_OBJECT, false) : NULL;
    if (import) {
        draft.is_import = true;
        draft.import = read_import(import, json_pointer(err->arena, base, "import"), &draft.external_ref, err);
        if (draft.import.channel)
            draft.channel = draft.import.channel;
    }
    json_in_finish(&in, import_allowed ? names_with_import : names);
    return draft;
}

struct request_patch request_patch_from_json(const json_t *json, struct error *err)
{
    static const char *const names[] = {"title", "description", "data", "service", NULL};
    struct json_in in = json_in_object(json, "", err);
    struct request_patch patch = {
        .title = field_line(&in, "title", TITLE_MIN, TITLE_MAX, json_object_get(json, "title") != NULL),
        .description = json_in_text(&in, "description", 0, DESCRIPTION_MAX, false, true),
        .service = json_in_text(&in, "service", 1, 20, json_object_get(json, "service") != NULL, false),
        .data = read_data(&in),
    };
    /* RFC 7396: null takes a member away, which leaves an empty description. */
    if (json_is_null(json_object_get(json, "description")))
        patch.description = "";
    if (json_is_null(json_object_get(json, "data"))) /* members of it go one by one */
        error_violate(err, "/data", WRONG_TYPE, text(err->language, TEXT_JSON_TYPE_OBJECT));
    if (json_is_object(json) && json_object_size(json) == 0)
        error_violate(err, "", TOO_SHORT, "1");
    json_in_finish(&in, names);
    return patch;
}

struct transition_input transition_input_from_json(const json_t *json, struct error *err)
{
    static const char *const choices[] = {"yes", "no", "abstain", "close"};
    enum { CHOICES = sizeof choices / sizeof *choices };
    static const char *const names[] = {"event", "body", "choice", "score", "data", "comment", NULL};
    struct json_in in = json_in_object(json, "", err);
    struct transition_input input = {
        .event = json_in_text(&in, "event", 1, 64, true, false),
        .body = json_in_text(&in, "body", 10, 10, false, false),
        .data = read_data(&in),
        .comment = json_in_text(&in, "comment", 1, COMMENT_MAX, false, true),
        .choice = json_in_text(&in, "choice", 1, 10, false, false),
        .scored = json_is_integer(json_object_get(json, "score")),
        .score = json_in_integer(&in, "score", 0, SCORE_MAX, false, 0),
    };
    size_t i = 0;
    while (input.choice && i < CHOICES && strcmp(choices[i], input.choice) != 0)
        i++;
    if (input.choice && i == CHOICES)
        error_violate_options(err, "/choice", choices, CHOICES);
    json_in_finish(&in, names);
    return input;
}

const char *comment_text_from_json(const json_t *json, struct error *err)
{
    static const char *const names[] = {"text", NULL};
    struct json_in in = json_in_object(json, "", err);
    const char *text = json_in_text(&in, "text", 1, COMMENT_MAX, true, true);
    json_in_finish(&in, names);
    return error_is_set(err) ? NULL : text;
}

const char *invitation_from_json(const json_t *json, struct error *err)
{
    static const char *const names[] = {"body", NULL};
    struct json_in in = json_in_object(json, "", err);
    const char *body = json_in_text(&in, "body", 10, 10, true, false);
    json_in_finish(&in, names);
    return error_is_set(err) ? NULL : body;
}

struct assignment_input assignment_input_from_json(const json_t *json, struct error *err)
{
    static const char *const names[] = {"agent", "reason", NULL};
    struct json_in in = json_in_object(json, "", err);
    struct assignment_input input = {
        .agent = json_in_text(&in, "agent", 1, 100, true, false),
        .reason = json_in_text(&in, "reason", 3, 1000, true, true),
    };
    json_in_finish(&in, names);
    return input;
}

bool request_ref_is_valid(const char *ref)
{
    if (strncmp(ref, "OAM-", 4) != 0 || strspn(ref + 4, "0123456789") != 4 || ref[8] != '-')
        return false;
    size_t digits = strspn(ref + 9, "0123456789");
    return digits >= 6 && digits <= 9 && ref[9 + digits] == '\0';
}

const char **status_query_from_json(const json_t *json, size_t *ret_count, struct error *err)
{
    static const char *const names[] = {"refs", NULL};
    struct json_in in = json_in_object(json, "", err);
    const json_t *refs = json_in_value(&in, "refs", JSON_ARRAY, true);
    json_in_finish(&in, names);
    size_t count = json_array_size(refs);
    if (refs && count == 0)
        error_violate(err, "/refs", TOO_SHORT, "1");
    if (count > STATUS_QUERY_MAX)
        error_violate(err, "/refs", TOO_MANY, "1000");
    if (error_is_set(err))
        return NULL;
    const char **list = arena_alloc(err->arena, count * sizeof *list);
    for (size_t i = 0; i < count; i++) {
        list[i] = json_string_value(json_array_get(refs, i));
        if (!list[i] || !request_ref_is_valid(list[i]))
            error_violate_like(err, json_pointer_index(err->arena, "/refs", i), "OAM-2026-000123");
    }
    *ret_count = count;
    return error_is_set(err) ? NULL : list;
}
