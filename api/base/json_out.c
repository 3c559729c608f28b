#include "base/json_out.h"

#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"

struct json_out json_out_new(struct arena *arena, size_t first_capacity)
{
    if (first_capacity < 64)
        first_capacity = 64;
    return (struct json_out){.arena = arena, .bytes = arena_take(arena, first_capacity), .capacity = first_capacity};
}

/* Room for `size` more bytes. */
static char *reserve(struct json_out *out, size_t size)
{
    if (out->capacity - out->length < size) {
        size_t capacity = out->capacity * 2;
        while (capacity - out->length < size)
            capacity *= 2;
        char *bytes = arena_take(out->arena, capacity);
        memcpy(bytes, out->bytes, out->length);
        out->bytes = bytes;
        out->capacity = capacity;
    }
    return out->bytes + out->length;
}

static void append(struct json_out *out, const char *bytes, size_t length)
{
    memcpy(reserve(out, length), bytes, length);
    out->length += length;
}

/* Starts a value: the comma that separates it from the one before. */
static void separate(struct json_out *out)
{
    if (out->comma)
        append(out, ",", 1);
    out->comma = true;
}

static void open_with(struct json_out *out, char bracket)
{
    separate(out);
    append(out, &bracket, 1);
    out->comma = false;
}

static void close_with(struct json_out *out, char bracket)
{
    append(out, &bracket, 1);
    out->comma = true;
}

void json_out_object_begin(struct json_out *out)
{
    open_with(out, '{');
}
void json_out_object_end(struct json_out *out)
{
    close_with(out, '}');
}
void json_out_array_begin(struct json_out *out)
{
    open_with(out, '[');
}
void json_out_array_end(struct json_out *out)
{
    close_with(out, ']');
}

void json_out_name_n(struct json_out *out, const char *name, size_t length)
{
    char *at = reserve(out, length + 4);
    char *start = at;
    if (out->comma)
        *at++ = ',';
    *at++ = '"';
    memcpy(at, name, length);
    at += length;
    *at++ = '"';
    *at++ = ':';
    out->length += (size_t)(at - start);
    out->comma = false;
}

void json_out_key(struct json_out *out, const char *name)
{
    json_out_text(out, name);
    append(out, ":", 1);
    out->comma = false;
}

void json_out_text_n(struct json_out *out, const char *value, size_t length)
{
    separate(out);
    char *at = reserve(out, length * 6 + 2);
    at[0] = '"';
    size_t written = utf8_json_escape(at + 1, value, length);
    at[written + 1] = '"';
    out->length += written + 2;
}

void json_out_text(struct json_out *out, const char *value_or_null)
{
    if (value_or_null)
        json_out_text_n(out, value_or_null, strlen(value_or_null));
    else
        json_out_null(out);
}

void json_out_number(struct json_out *out, int64_t value)
{
    char digits[24];
    char *at = digits + sizeof digits;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (value < 0)
        *--at = '-';
    separate(out);
    append(out, at, (size_t)(digits + sizeof digits - at));
}

void json_out_bool(struct json_out *out, bool value)
{
    separate(out);
    append(out, value ? "true" : "false", value ? 4 : 5);
}

void json_out_null(struct json_out *out)
{
    separate(out);
    append(out, "null", 4);
}

void json_out_time(struct json_out *out, int64_t at_us)
{
    char text[TIME_TEXT_SIZE];
    if (at_us == 0) {
        json_out_null(out);
        return;
    }
    separate(out);
    append(out, "\"", 1);
    (void)time_format(at_us, text);
    append(out, text, strlen(text));
    append(out, "\"", 1);
}

void json_out_raw(struct json_out *out, const char *json, size_t length)
{
    separate(out);
    append(out, json, length);
}

void json_out_member_raw(struct json_out *out, const char *name, const char *json_or_null)
{
    json_out_name(out, name);
    if (json_or_null)
        json_out_raw(out, json_or_null, strlen(json_or_null));
    else
        json_out_null(out);
}

const char *json_out_finish(struct json_out *out, size_t *ret_length)
{
    *reserve(out, 1) = '\0';
    if (ret_length)
        *ret_length = out->length;
    return out->bytes;
}
