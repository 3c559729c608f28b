#include "model/absence.h"

#include <string.h>

#include "base/clock.h"
#include "base/json_in.h"

static const char *read_day(struct json_in *in, const char *name, int64_t *ret_day)
{
    const char *text = json_in_text(in, name, 1, 40, true, false);
    *ret_day = 0;
    if (!text)
        return NULL;
    if (!day_parse(text, strlen(text), ret_day)) {
        error_violate_like(in->err, json_pointer(in->err->arena, in->base, name), "2026-11-22");
        return NULL;
    }
    return text;
}

struct absence_input absence_input_from_json(const json_t *json, struct error *err)
{
    static const char *const names[] = {"first_day", "last_day", "delegate", NULL};
    struct json_in in = json_in_object(json, "", err);
    struct absence_input input;
    input.first_text = read_day(&in, "first_day", &input.first_day);
    input.last_text = read_day(&in, "last_day", &input.last_day);
    input.delegate = json_in_text(&in, "delegate", 1, 100, false, false);
    json_in_finish(&in, names);
    return input;
}
