/* Between JSON, as a person writes it, and values, days and moments. */
#include "workflow/scenario/play.h"

#include <stdio.h>
#include <string.h>

enum { DEPTH_MAX = 8, MINUTES = 24 * 60 };
#define MINUTE_US (INT64_C(60) * 1000000)
#define DAY_US    (MINUTES * MINUTE_US)

/* ---- moments ---- */

/* Reads digits at a place of a text; -1: they are none. */
static int digits(const char *text, size_t at, size_t n)
{
    int number = 0;

    for (size_t i = at; i < at + n; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        number = 10 * number + (text[i] - '0');
    }
    return number;
}

bool scenario_day(const char *text, int32_t *ret_day)
{
    int year, month, day;

    if (strlen(text) != strlen("2026-03-02") || text[4] != '-' || text[7] != '-')
        return false;
    year = digits(text, 0, 4);
    month = digits(text, 5, 2);
    day = digits(text, 8, 2);
    return year >= WORKFLOW_CALENDAR_FIRST_YEAR && year <= WORKFLOW_CALENDAR_LAST_YEAR && month > 0 && day > 0 &&
           workflow_date_day((struct workflow_date){year, (unsigned)month, (unsigned)day}, ret_day);
}

bool scenario_minute(const char *text, unsigned *ret_minute)
{
    int hour, minute;

    if (strlen(text) != strlen("09:00") || text[2] != ':')
        return false;
    hour = digits(text, 0, 2);
    minute = digits(text, 3, 2);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59)
        return false;
    *ret_minute = (unsigned)(60 * hour + minute);
    return true;
}

int64_t scenario_moment(const struct workflow_zone *zone, int32_t day, unsigned minute)
{
    int64_t start = workflow_zone_day_start(zone, day);
    int64_t at = start + minute * MINUTE_US;

    /* Where the clock was put forward or back in between, the hands show something else. */
    return at + ((int64_t)workflow_zone_offset_s(zone, start) - workflow_zone_offset_s(zone, at)) * 1000000;
}

void scenario_print(const struct workflow_zone *zone, int64_t at_us, char ret[32])
{
    int64_t local = at_us + (int64_t)workflow_zone_offset_s(zone, at_us) * 1000000;
    struct workflow_date date = workflow_day_date((int32_t)(local / DAY_US));
    unsigned minute = (unsigned)(local % DAY_US / MINUTE_US);

    snprintf(ret, 32, "%04u-%02u-%02u %02u:%02u", (unsigned)date.year % 10000, date.month % 100, date.day % 100,
             minute / 60 % 100, minute % 60);
}

int64_t scenario_body(const char *code)
{
    int64_t body = 0;

    for (size_t i = 0; code[i]; i++) {
        if (code[i] < '0' || code[i] > '9' || i == 18)
            return 0;
        body = 10 * body + (code[i] - '0');
    }
    return body;
}

/* "2026-03-02" as an expression has it: midnight at Greenwich; an instant is "2026-03-02T09:00:00Z". */
static bool moment_value(const struct workflow_field_info *field, const char *text, struct workflow_value *ret)
{
    char date[11], time[6];
    unsigned minute = 0;
    int second = 0;
    int32_t day;

    if (field->type == WORKFLOW_FIELD_INSTANT) {
        if (strlen(text) != strlen("2026-03-02T09:00:00Z") || text[10] != 'T' || text[16] != ':' || text[19] != 'Z')
            return false;
        snprintf(time, sizeof(time), "%.5s", text + 11);
        second = digits(text, 17, 2);
        if (second < 0 || second > 59 || !scenario_minute(time, &minute))
            return false;
        snprintf(date, sizeof(date), "%.10s", text);
        text = date;
    }
    if (!scenario_day(text, &day))
        return false;
    *ret = workflow_value_timestamp((int64_t)day * 86400 + minute * 60 + second, 0);
    return true;
}

/* ---- from JSON ---- */

static const char *wrong_number(const struct workflow_field_info *field, int64_t n, const char *few, const char *many)
{
    if (field->has_min && n < field->min)
        return few;
    return field->has_max && n > field->max ? many : NULL;
}

static const char *wrong_text(const struct workflow_field_info *field, const char *text)
{
    struct workflow_value moment;

    if (field->type == WORKFLOW_FIELD_DATE || field->type == WORKFLOW_FIELD_INSTANT)
        return moment_value(field, text, &moment)   ? NULL
               : field->type == WORKFLOW_FIELD_DATE ? "A date is written 2026-03-02"
                                                    : "An instant is written 2026-03-02T09:00:00Z";
    for (size_t i = 0; field->type == WORKFLOW_FIELD_ENUM && i < field->n_options; i++)
        if (strcmp(field->options[i], text) == 0)
            return NULL;
    return field->type == WORKFLOW_FIELD_ENUM ? "The field may not have this value" : NULL;
}

static const char *wrong_list(const struct workflow_field_info *field, const json_t *json)
{
    for (size_t i = 0; i < json_array_size(json); i++)
        if (!json_is_string(json_array_get(json, i)))
            return "This must be a list of strings";
    if (!json_is_array(json))
        return "This must be a list of strings";
    return wrong_number(field, (int64_t)json_array_size(json), "The field has more than these", "These are too many");
}

const char *scenario_field_wrong(const struct workflow_field_info *field, const json_t *json)
{
    if (json_is_null(json))
        return NULL;
    switch (field->type) {
    case WORKFLOW_FIELD_INT:
    case WORKFLOW_FIELD_CENTS:
        return !json_is_integer(json) ? "This must be an integer"
                                      : wrong_number(field, json_integer_value(json), "The field is never that small",
                                                     "The field is never that large");
    case WORKFLOW_FIELD_BOOL:
        return json_is_boolean(json) ? NULL : "This must be true or false";
    case WORKFLOW_FIELD_DOCS:
    case WORKFLOW_FIELD_LIST:
        return wrong_list(field, json);
    default:
        return json_is_string(json) ? wrong_text(field, json_string_value(json)) : "This must be a string";
    }
}

static struct workflow_value value_of(const json_t *json, struct storage *storage, int depth)
{
    size_t n = json_is_array(json) ? json_array_size(json) : 2 * json_object_size(json);
    struct workflow_value *items;
    const char *key;
    json_t *value;

    if (json_is_string(json))
        return workflow_value_string(json_string_value(json), json_string_length(json));
    if (json_is_integer(json))
        return workflow_value_int(json_integer_value(json));
    if (json_is_real(json))
        return workflow_value_double(json_real_value(json));
    if (json_is_boolean(json))
        return workflow_value_bool(json_is_true(json));
    items = depth < DEPTH_MAX && json && !json_is_null(json) ? storage_alloc(storage, n + 1, sizeof(*items)) : NULL;
    if (!items)
        return workflow_value_null();
    if (json_is_array(json)) {
        for (size_t i = 0; i < n; i++)
            items[i] = value_of(json_array_get(json, i), storage, depth + 1);
        return workflow_value_list(items, n);
    }
    n = 0;
    json_object_foreach((json_t *)(uintptr_t)json, key, value)
    {
        items[n++] = workflow_value_string(key, strlen(key));
        items[n++] = value_of(value, storage, depth + 1);
    }
    return workflow_value_map(items, n / 2);
}

struct workflow_value scenario_value(const json_t *json, struct storage *storage)
{
    return value_of(json, storage, 0);
}

struct workflow_value scenario_field_value(const struct workflow_field_info *field, const json_t *json,
                                           struct storage *storage)
{
    struct workflow_value moment;

    if (!json || json_is_null(json))
        return workflow_value_unset();
    if ((field->type == WORKFLOW_FIELD_DATE || field->type == WORKFLOW_FIELD_INSTANT) && json_is_string(json) &&
        moment_value(field, json_string_value(json), &moment))
        return moment;
    return value_of(json, storage, 0);
}

struct workflow_value scenario_keep(const struct workflow_value *value, struct storage *storage)
{
    struct workflow_value kept = *value;
    size_t n = value->kind == WORKFLOW_KIND_MAP ? 2 * (size_t)value->n : value->n;
    struct workflow_value *items;
    char *text;

    switch ((enum workflow_kind)value->kind) {
    case WORKFLOW_KIND_STRING:
        text = storage_alloc(storage, (size_t)value->n + 1, 1);
        if (!text)
            return workflow_value_unset();
        memcpy(text, value->text, value->n);
        kept.text = text;
        return kept;
    case WORKFLOW_KIND_LIST:
    case WORKFLOW_KIND_MAP:
        items = storage_alloc(storage, n + 1, sizeof(*items));
        if (!items)
            return workflow_value_unset();
        for (size_t i = 0; i < n; i++)
            items[i] = scenario_keep(&value->items[i], storage);
        kept.items = items;
        return kept;
    default:
        return kept;
    }
}

/* ---- back to JSON ---- */

static json_t *moment_json(const struct workflow_value *value, enum workflow_field_type type)
{
    int64_t day = value->integer / 86400, second = value->integer % 86400;
    struct workflow_date date;
    char text[32];

    if (second < 0) {
        day--;
        second += 86400;
    }
    date = workflow_day_date((int32_t)day);
    snprintf(text, sizeof(text), "%04u-%02u-%02u", (unsigned)date.year % 10000, date.month % 100, date.day % 100);
    if (type != WORKFLOW_FIELD_DATE)
        snprintf(text + 10, sizeof(text) - 10, "T%02u:%02u:%02uZ", (unsigned)second / 3600 % 100,
                 (unsigned)second / 60 % 60, (unsigned)second % 60);
    return json_string(text);
}

json_t *scenario_json(const struct workflow_value *value, enum workflow_field_type type)
{
    json_t *list;

    switch ((enum workflow_kind)value->kind) {
    case WORKFLOW_KIND_BOOL:
        return json_boolean(value->boolean);
    case WORKFLOW_KIND_INT:
        return json_integer(value->integer);
    case WORKFLOW_KIND_DOUBLE:
        return json_real(value->real);
    case WORKFLOW_KIND_STRING:
        return json_stringn(value->text, value->n);
    case WORKFLOW_KIND_TIMESTAMP:
        return moment_json(value, type);
    case WORKFLOW_KIND_LIST:
        list = json_array();
        for (uint32_t i = 0; i < value->n; i++)
            json_array_append_new(list, scenario_json(&value->items[i], type));
        return list;
    default:
        return json_null();
    }
}
