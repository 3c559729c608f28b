#include "model/field.h"

#include <string.h>

#include "base/clock.h"

void field_violate_like(const struct json_in *in, const char *name, const char *example)
{
    (void)error_violate_like(in->err, json_pointer(in->err->arena, in->base, name), example);
}

const char *field_day(struct json_in *in, const char *name, bool required)
{
    const char *text = json_in_text(in, name, 1, 40, required, false);
    int64_t day;
    if (text && !day_parse(text, strlen(text), &day)) {
        field_violate_like(in, name, "2026-11-22");
        return NULL;
    }
    if (text && (strcmp(text, "1990") < 0 || strcmp(text, "2101") > 0)) {
        (void)error_violate(in->err, json_pointer(in->err->arena, in->base, name), OUT_OF_RANGE, "1990-01-01",
                            "2100-12-31");
        return NULL;
    }
    return text;
}

const char *field_option(struct json_in *in, const char *name, const char *const options[], size_t count, bool required)
{
    const char *word = json_in_text(in, name, 1, 40, required, false);
    for (size_t i = 0; word && i < count; i++)
        if (strcmp(word, options[i]) == 0)
            return options[i];
    if (word)
        (void)error_violate_options(in->err, json_pointer(in->err->arena, in->base, name), options, count);
    return NULL;
}
