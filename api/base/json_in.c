#include "base/json_in.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_scan.h"
#include "base/utf8.h"

static const enum text_key fault_texts[] = {
    [JSON_FAULT_FINE] = TEXT_JSON_UNEXPECTED,       [JSON_FAULT_EMPTY] = TEXT_JSON_EMPTY,
    [JSON_FAULT_UNEXPECTED] = TEXT_JSON_UNEXPECTED, [JSON_FAULT_CUT] = TEXT_JSON_CUT,
    [JSON_FAULT_TRAILING] = TEXT_JSON_TRAILING,     [JSON_FAULT_TOO_DEEP] = TEXT_JSON_TOO_DEEP,
    [JSON_FAULT_BAD_UTF8] = TEXT_JSON_BAD_UTF8,     [JSON_FAULT_CONTROL] = TEXT_JSON_CONTROL,
    [JSON_FAULT_BAD_ESCAPE] = TEXT_JSON_BAD_ESCAPE, [JSON_FAULT_NUL] = TEXT_JSON_NUL,
    [JSON_FAULT_BAD_NUMBER] = TEXT_JSON_BAD_NUMBER, [JSON_FAULT_NUMBER_RANGE] = TEXT_JSON_NUMBER_RANGE,
    [JSON_FAULT_DUPLICATE] = TEXT_JSON_DUPLICATE,
};

static void release_json(void *object)
{
    json_decref(object);
}

static json_t *refuse(struct error *err, enum json_fault fault, struct json_position at)
{
    char line[24], column[24];
    (void)snprintf(line, sizeof line, "%zu", at.line);
    (void)snprintf(column, sizeof column, "%zu", at.column);
    (void)error_set(err, ERROR_MALFORMED_JSON, TEXT_JSON_AT, line, column, text(err->language, fault_texts[fault]));
    err->line = at.line;
    err->column = at.column;
    return NULL;
}

json_t *json_in_parse(const char *bytes, size_t length, struct error *err)
{
    struct json_position at;
    enum json_fault fault = json_scan(bytes, length, &at);
    if (fault != JSON_FAULT_FINE)
        return refuse(err, fault, at);
    json_error_t problem;
    json_t *value = json_loadb(bytes, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &problem);
    if (!value) {
        size_t offset = problem.position > 0 ? (size_t)problem.position - 1 : 0;
        fault = json_error_code(&problem) == json_error_duplicate_key ? JSON_FAULT_DUPLICATE : JSON_FAULT_UNEXPECTED;
        return refuse(err, fault, json_position_at(bytes, offset < length ? offset : length));
    }
    arena_attach(err->arena, release_json, value);
    return value;
}

const char *json_pointer(struct arena *arena, const char *base, const char *name)
{
    size_t length = strlen(base);
    char *pointer = arena_take(arena, length + 2 * strlen(name) + 2), *at = pointer + length;
    memcpy(pointer, base, length);
    *at++ = '/';
    for (; *name; name++) {
        if (*name == '~' || *name == '/') {
            *at++ = '~';
            *at++ = *name == '~' ? '0' : '1';
        } else {
            *at++ = *name;
        }
    }
    *at = '\0';
    return pointer;
}

const char *json_pointer_index(struct arena *arena, const char *base, size_t index)
{
    return arena_printf(arena, "%s/%zu", base, index);
}

struct json_in json_in_object(const json_t *value, const char *base, struct error *err)
{
    if (!json_is_object(value)) {
        (void)error_violate(err, base, WRONG_TYPE, text(err->language, TEXT_JSON_TYPE_OBJECT));
        value = NULL;
    }
    return (struct json_in){.object = value, .base = base, .err = err};
}

static void violate(const struct json_in *in, const char *name, enum violation_code code, const char *argument)
{
    const char *const args[] = {argument, NULL};
    (void)error_violate_at(in->err, json_pointer(in->err->arena, in->base, name), code, args);
}

/* The member, or NULL when absent; null is absent too. Nothing is violated where the object itself was wrong. */
static const json_t *member(const struct json_in *in, const char *name, bool required)
{
    if (!in->object)
        return NULL;
    const json_t *value = json_object_get(in->object, name);
    if (value && !json_is_null(value))
        return value;
    if (required)
        violate(in, name, VIOLATION_REQUIRED, NULL);
    return NULL;
}

static void violate_type(const struct json_in *in, const char *name, enum text_key type)
{
    violate(in, name, VIOLATION_WRONG_TYPE, text(in->err->language, type));
}

static bool has_control(const char *bytes, size_t length, bool multiline)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if (byte == 0x7F || (byte < 0x20 && !(multiline && (byte == '\n' || byte == '\t'))))
            return true;
        /* C1 controls are U+0080 to U+009F: C2 80 to C2 9F. */
        if (byte == 0xC2 && i + 1 < length && (unsigned char)bytes[i + 1] < 0xA0)
            return true;
    }
    return false;
}

const char *json_in_text(struct json_in *in, const char *name, size_t min, size_t max, bool required, bool multiline)
{
    char limit[24];
    const json_t *value = member(in, name, required);
    if (!value)
        return NULL;
    if (!json_is_string(value)) {
        violate_type(in, name, TEXT_JSON_TYPE_STRING);
        return NULL;
    }
    const char *bytes = json_string_value(value);
    size_t length = json_string_length(value), count = utf8_count(bytes, length);
    if (count < min || count > max) {
        (void)snprintf(limit, sizeof limit, "%zu", count < min ? min : max);
        violate(in, name, count < min ? VIOLATION_TOO_SHORT : VIOLATION_TOO_LONG, limit);
        return NULL;
    }
    if (has_control(bytes, length, multiline)) {
        violate(in, name, VIOLATION_CONTROL_CHARACTER, NULL);
        return NULL;
    }
    return bytes;
}

bool json_in_bool(struct json_in *in, const char *name, bool fallback)
{
    const json_t *value = member(in, name, false);
    if (!value)
        return fallback;
    if (!json_is_boolean(value)) {
        violate_type(in, name, TEXT_JSON_TYPE_BOOLEAN);
        return fallback;
    }
    return json_is_true(value);
}

int64_t json_in_integer(struct json_in *in, const char *name, int64_t min, int64_t max, bool required, int64_t fallback)
{
    const json_t *value = member(in, name, required);
    if (!value)
        return fallback;
    if (!json_is_integer(value)) {
        violate_type(in, name, TEXT_JSON_TYPE_INTEGER);
        return fallback;
    }
    int64_t number = json_integer_value(value);
    if (number >= min && number <= max)
        return number;
    char low[24], high[24];
    (void)snprintf(low, sizeof low, "%lld", (long long)min);
    (void)snprintf(high, sizeof high, "%lld", (long long)max);
    (void)error_violate(in->err, json_pointer(in->err->arena, in->base, name), OUT_OF_RANGE, low, high);
    return fallback;
}

int64_t json_in_time(struct json_in *in, const char *name, bool required)
{
    int64_t at_us = 0;
    const json_t *value = member(in, name, required);
    if (!value)
        return 0;
    if (!json_is_string(value)) {
        violate_type(in, name, TEXT_JSON_TYPE_STRING);
        return 0;
    }
    if (!time_parse(json_string_value(value), json_string_length(value), true, &at_us)) {
        violate(in, name, VIOLATION_BAD_FORMAT, text(in->err->language, TEXT_FORMAT_TIME));
        return 0;
    }
    return at_us ? at_us : 1; /* 0 stands for no time: a microsecond later is the same millisecond */
}

const json_t *json_in_value(struct json_in *in, const char *name, json_type type, bool required)
{
    const json_t *value = member(in, name, required);
    if (!value || json_typeof(value) == type)
        return value;
    violate_type(in, name, type == JSON_OBJECT ? TEXT_JSON_TYPE_OBJECT : TEXT_JSON_TYPE_ARRAY);
    return NULL;
}

void json_in_finish(struct json_in *in, const char *const names[])
{
    const char *name;
    json_t *value;
    if (!in->object)
        return;
    /* The iterator wants the object writable and does not write. */
    json_object_foreach((json_t *)(uintptr_t)in->object, name, value)
    {
        bool known = false;
        for (size_t i = 0; names[i] && !known; i++)
            known = strcmp(names[i], name) == 0;
        if (!known)
            violate(in, name, VIOLATION_UNKNOWN_MEMBER, name);
    }
}
