/* What json_out writes, json_in reads back as the same; what json_scan accepts, jansson accepts, and the other way
   round but for what we refuse on purpose. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_in.h"
#include "base/json_out.h"
#include "base/json_scan.h"

static uint64_t seed = 20261122;

static uint32_t next(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % below;
}

static const char *random_text(struct arena *arena)
{
    static const char *const pieces[] = {
        "a",     "\"",   "\\", "/", "\n", "\t", "\x01", "\x7f", "\xc3\xa0", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
        "\\u00", "}{][", " "};
    char *text = arena_alloc(arena, 128);
    for (uint32_t left = next(16); left > 0; left--)
        (void)strncat(text, pieces[next(sizeof pieces / sizeof pieces[0])], 8);
    return text;
}

static json_t *random_value(struct json_out *out, int depth);

static json_t *random_container(struct json_out *out, int depth, bool object)
{
    json_t *value = object ? json_object() : json_array();
    if (object)
        json_out_object_begin(out);
    else
        json_out_array_begin(out);
    for (uint32_t i = 0, count = next(5); i < count; i++) {
        if (object) {
            const char *name = arena_printf(out->arena, "%u%s", i, random_text(out->arena));
            json_out_key(out, name);
            assert_int_equal(json_object_set_new(value, name, random_value(out, depth + 1)), 0);
        } else {
            assert_int_equal(json_array_append_new(value, random_value(out, depth + 1)), 0);
        }
    }
    if (object)
        json_out_object_end(out);
    else
        json_out_array_end(out);
    return value;
}

static json_t *random_value(struct json_out *out, int depth)
{
    switch (next(depth < 6 ? 7 : 5)) {
    case 0:
        json_out_null(out);
        return json_null();
    case 1:
        json_out_bool(out, true);
        return json_true();
    case 2: {
        int64_t number = (int64_t)((uint64_t)next(UINT32_MAX) << 32 | next(UINT32_MAX)) >> next(64);
        json_out_number(out, number);
        return json_integer(number);
    }
    case 3:
    case 4: {
        const char *text = random_text(out->arena);
        json_out_text(out, text);
        return json_string(text);
    }
    case 5:
        return random_container(out, depth, true);
    default:
        return random_container(out, depth, false);
    }
}

static void test_written_is_read(void **state)
{
    (void)state;
    struct arena *arena = arena_new(65536);
    for (int i = 0; i < 5000; i++) {
        struct error err = {.arena = arena, .language = TEXT_EN};
        struct json_out out = json_out_new(arena, 64);
        size_t length;
        json_t *expected = random_container(&out, 0, i % 2 == 0);
        const char *text = json_out_finish(&out, &length);
        json_t *read = json_in_parse(text, length, &err);
        assert_non_null(read);
        assert_true(json_equal(expected, read));
        json_decref(expected);
        arena_reset(arena);
    }
    arena_free(arena);
}

/* Bytes changed and cut. No NUL: jansson takes one for the end of the text, we refuse it. */
static size_t mutate(char *bytes, size_t length)
{
    static const char alphabet[] = "{}[]\",:\\u0d8cfe+-.1tfn \n\xff\xc3\xa0";
    for (uint32_t edits = 1 + next(3); edits > 0 && length > 0; edits--) {
        size_t at = next((uint32_t)length);
        if (next(3) == 0) {
            memmove(bytes + at, bytes + at + 1, length - at - 1);
            length--;
        } else {
            bytes[at] = alphabet[next(sizeof alphabet - 1)];
        }
    }
    return length;
}

static void test_scan_agrees_with_jansson(void **state)
{
    (void)state;
    struct arena *arena = arena_new(65536);
    int refused = 0;
    for (int i = 0; i < 20000; i++) {
        struct error err = {.arena = arena, .language = TEXT_EN};
        struct json_out out = json_out_new(arena, 64);
        struct json_position at;
        json_error_t problem;
        size_t length;
        json_t *expected = random_container(&out, 0, true);
        char *bytes = arena_strdup(arena, json_out_finish(&out, &length));
        length = mutate(bytes, length);
        enum json_fault fault = json_scan(bytes, length, &at);
        json_t *theirs = json_loadb(bytes, length, JSON_DECODE_ANY, &problem);
        assert_true(at.line >= 1 && at.column >= 1);
        if (fault == JSON_FAULT_FINE)
            assert_non_null(theirs);
        else
            assert_true(theirs == NULL || fault == JSON_FAULT_TOO_DEEP);
        refused += fault != JSON_FAULT_FINE;
        json_t *ours = json_in_parse(bytes, length, &err);
        assert_int_equal(ours == NULL, error_is_set(&err));
        json_decref(expected);
        json_decref(theirs);
        arena_reset(arena);
    }
    assert_true(refused > 1000);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_written_is_read),
        cmocka_unit_test(test_scan_agrees_with_jansson),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
