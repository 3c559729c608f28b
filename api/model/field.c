#include "model/field.h"

#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"

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

/* Characters that turn the direction of what follows (a list of titles could be made to read otherwise), and whether
   any other one can be seen. */
static bool is_turn(const char *at)
{
    const unsigned char *byte = (const unsigned char *)at;
    return byte[0] == 0xE2 && ((byte[1] == 0x80 && byte[2] >= 0xAA && byte[2] <= 0xAE) || /* U+202A to U+202E */
                               (byte[1] == 0x81 && byte[2] >= 0xA6 && byte[2] <= 0xA9));  /* U+2066 to U+2069 */
}

static bool is_blank(const char *at, size_t length)
{
    return (length == 1 && *at == ' ') || (length == 2 && memcmp(at, "\xC2\xA0", 2) == 0) ||
           (length == 3 && memcmp(at, "\xE2\x80", 2) == 0 && (unsigned char)at[2] <= 0x8F); /* spaces, zero width */
}

/* *ret_seen: there is something to read. */
static bool line_turns(const char *text, bool *ret_seen)
{
    *ret_seen = false;
    for (const char *at = text; *at;) {
        size_t length = utf8_length(at, strlen(at));
        if (length == 3 && is_turn(at))
            return true;
        *ret_seen = *ret_seen || !is_blank(at, length);
        at += length > 0 ? length : 1;
    }
    return false;
}

bool field_line_is_fine(const char *text)
{
    bool seen;
    return !line_turns(text, &seen) && seen;
}

const char *field_line(struct json_in *in, const char *name, size_t min, size_t max, bool required)
{
    const char *text = json_in_text(in, name, min, max, required, false);
    const char *pointer = json_pointer(in->err->arena, in->base, name);
    bool seen;
    if (!text)
        return NULL;
    if (line_turns(text, &seen)) {
        error_violate(in->err, pointer, CONTROL_CHARACTER);
        return NULL;
    }
    if (!seen)
        error_violate(in->err, pointer, REQUIRED);
    return text;
}

void field_patch(struct json_in *in, const char *const kept[])
{
    if (in->object && json_object_size(in->object) == 0)
        (void)error_violate(in->err, in->base, TOO_SHORT, "1");
    for (size_t i = 0; kept[i]; i++)
        if (json_is_null(json_object_get(in->object, kept[i])))
            (void)error_violate(in->err, json_pointer(in->err->arena, in->base, kept[i]), REQUIRED);
}
