#include "model/calendar.h"

#include <string.h>

#include "base/clock.h"
#include "base/json_in.h"

#define REASON_MAX 300
#define NAME_MAX   200

static bool read_day(const char *text, const char *pointer, struct calendar_day *ret, struct error *err)
{
    ret->text = text;
    if (text && day_parse(text, strlen(text), &ret->day))
        return true;
    error_violate_like(err, pointer, "2026-11-22");
    return false;
}

static void read_added(const json_t *json, const char *pointer, struct calendar_day *ret, struct error *err)
{
    static const char *const names[] = {"day", "name_ca", "name_es", NULL};
    struct json_in in = json_in_object(json, pointer, err);
    const char *text = json_in_text(&in, "day", 1, 40, true, false);
    *ret = (struct calendar_day){0};
    if (text)
        (void)read_day(text, json_pointer(err->arena, pointer, "day"), ret, err);
    ret->name_ca = json_in_text(&in, "name_ca", 1, NAME_MAX, false, false);
    ret->name_es = json_in_text(&in, "name_es", 1, NAME_MAX, false, false);
    json_in_finish(&in, names);
}

/* How many of them are read: none of too many. */
static size_t take_count(const json_t *list, const char *pointer, struct error *err)
{
    if (json_array_size(list) <= CALENDAR_DAYS_MAX)
        return json_array_size(list);
    error_violate(err, pointer, TOO_MANY, "60");
    return 0;
}

void calendar_input_from_json(const json_t *json, struct calendar_input *ret, struct error *err)
{
    static const char *const names[] = {"reason", "add", "remove", NULL};
    struct json_in in = json_in_object(json, "", err);
    *ret = (struct calendar_input){.reason = json_in_text(&in, "reason", 3, REASON_MAX, true, false)};
    const json_t *add = json_in_value(&in, "add", JSON_ARRAY, false);
    const json_t *remove = json_in_value(&in, "remove", JSON_ARRAY, false);
    json_in_finish(&in, names);
    if (!error_is_set(err) && json_array_size(add) + json_array_size(remove) == 0)
        error_violate(err, "/add", REQUIRED);
    ret->n_add = take_count(add, "/add", err);
    ret->n_remove = take_count(remove, "/remove", err);
    for (size_t i = 0; i < ret->n_add; i++)
        read_added(json_array_get(add, i), json_pointer_index(err->arena, "/add", i), &ret->add[i], err);
    for (size_t i = 0; i < ret->n_remove; i++)
        (void)read_day(json_string_value(json_array_get(remove, i)), json_pointer_index(err->arena, "/remove", i),
                       &ret->remove[i], err);
}
