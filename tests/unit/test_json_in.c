#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/json_in.h"
#include "base/json_scan.h"

static struct arena *arena;
static struct error err;

static json_t *parse(const char *text)
{
    arena_reset(arena);
    err = (struct error){.arena = arena, .language = TEXT_EN};
    return json_in_parse(text, strlen(text), &err);
}

static void test_good_documents(void **state)
{
    (void)state;
    static const char *const good[] = {
        "{}",
        " [ ] ",
        "null",
        "-0",
        "1e5",
        "9223372036854775807",
        "-9223372036854775808",
        "\"\\ud83d\\ude00 \\u00e0\"",
        "{\"a\":{\"a\":[1,2,{\"a\":true}]},\"b\":false,\"c\":null}",
        "\"\xc3\xa0\"",
        "1.7976931348623157e308",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_non_null(parse(good[i]));
}

static void test_every_fault_has_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum json_fault fault;
        size_t line, column;
    } cases[] = {
        {"", JSON_FAULT_EMPTY, 1, 1},
        {" \n ", JSON_FAULT_EMPTY, 1, 1},
        {"{", JSON_FAULT_CUT, 1, 2},
        {"[1,", JSON_FAULT_CUT, 1, 4},
        {"{\"a\"", JSON_FAULT_CUT, 1, 5},
        {"\"abc", JSON_FAULT_CUT, 1, 5},
        {"[1,]", JSON_FAULT_UNEXPECTED, 1, 4},
        {"{\"a\":1,}", JSON_FAULT_UNEXPECTED, 1, 8},
        {"{a:1}", JSON_FAULT_UNEXPECTED, 1, 2},
        {"[1 2]", JSON_FAULT_UNEXPECTED, 1, 4},
        {"[1}", JSON_FAULT_UNEXPECTED, 1, 3},
        {"NaN", JSON_FAULT_UNEXPECTED, 1, 1},
        {"tru", JSON_FAULT_CUT, 1, 4},
        {"{}\n{}", JSON_FAULT_TRAILING, 2, 1},
        {"\"\xc3\xa0\xff\"", JSON_FAULT_BAD_UTF8, 1, 3},
        {"\"\xed\xa0\x80\"", JSON_FAULT_BAD_UTF8, 1, 2},
        {"\"a\nb\"", JSON_FAULT_CONTROL, 1, 3},
        {"\"\\x\"", JSON_FAULT_BAD_ESCAPE, 1, 3},
        {"\"\\ud800\"", JSON_FAULT_BAD_ESCAPE, 1, 8},
        {"\"\\ud800\\u0041\"", JSON_FAULT_BAD_ESCAPE, 1, 14},
        {"\"\\udc00\"", JSON_FAULT_BAD_ESCAPE, 1, 8},
        {"\"\\u0000\"", JSON_FAULT_NUL, 1, 8},
        {"01", JSON_FAULT_BAD_NUMBER, 1, 2},
        {"-", JSON_FAULT_CUT, 1, 2},
        {"-x", JSON_FAULT_BAD_NUMBER, 1, 2},
        {"1.", JSON_FAULT_CUT, 1, 3},
        {"1.e5", JSON_FAULT_BAD_NUMBER, 1, 3},
        {"9223372036854775808", JSON_FAULT_NUMBER_RANGE, 1, 1},
        {"-9223372036854775809", JSON_FAULT_NUMBER_RANGE, 1, 1},
        {"[\n  1e999]", JSON_FAULT_NUMBER_RANGE, 2, 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct json_position at;
        assert_int_equal(json_scan(cases[i].text, strlen(cases[i].text), &at), cases[i].fault);
        assert_int_equal(at.line, cases[i].line);
        assert_int_equal(at.column, cases[i].column);
        assert_null(parse(cases[i].text));
        assert_int_equal(err.kind, ERROR_MALFORMED_JSON);
    }
}

static void test_duplicates_are_refused_with_their_place(void **state)
{
    (void)state;
    assert_null(parse("{\"a\":1,\n \"\\u0061\":2}"));
    assert_int_equal(err.kind, ERROR_MALFORMED_JSON);
    assert_non_null(strstr(err.detail, "Line 2"));
    assert_non_null(strstr(err.detail, "twice"));
}

static void test_depth_is_bounded(void **state)
{
    (void)state;
    char text[200];
    for (int depth = JSON_DEPTH_MAX; depth <= JSON_DEPTH_MAX + 1; depth++) {
        memset(text, '[', (size_t)depth);
        memset(text + depth, ']', (size_t)depth);
        text[2 * depth] = '\0';
        assert_int_equal(parse(text) != NULL, depth == JSON_DEPTH_MAX);
    }
    memset(text, '[', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_null(parse(text));
}

static bool violated(const char *pointer, const char *code)
{
    for (size_t i = 0; i < err.n_violations; i++)
        if (strcmp(err.violations[i].code, code) == 0 && err.violations[i].pointer &&
            strcmp(err.violations[i].pointer, pointer) == 0)
            return true;
    return false;
}

static void test_members_and_their_violations(void **state)
{
    (void)state;
    static const char *const names[] = {"t",   "short", "long", "multi", "ctl", "n",
                                        "big", "flag",  "when", "list",  "nul", NULL};
    json_t *body = parse(
        "{\"t\":\"\xc3\xa0\xc3\xa0\xc3\xa0\",\"short\":\"a\",\"long\":\"abcdef\",\"multi\":\"a\\nb\",\"ctl\":\"a\\nb\","
        "\"n\":\"7\",\"big\":99,\"flag\":1,\"when\":\"yesterday\",\"list\":{},\"nul\":null,\"x/y~\":1}");
    struct json_in in = json_in_object(body, "/items/3", &err);
    assert_string_equal(json_in_text(&in, "t", 1, 3, true, false), "\xc3\xa0\xc3\xa0\xc3\xa0");
    assert_null(json_in_text(&in, "short", 2, 3, true, false));
    assert_null(json_in_text(&in, "long", 2, 3, true, false));
    assert_string_equal(json_in_text(&in, "multi", 1, 9, true, true), "a\nb");
    assert_null(json_in_text(&in, "ctl", 1, 9, true, false));
    assert_null(json_in_text(&in, "absent", 1, 9, false, false));
    assert_null(json_in_text(&in, "nul", 1, 9, true, false));
    assert_int_equal(json_in_integer(&in, "n", 0, 9, true, 5), 5);
    assert_int_equal(json_in_integer(&in, "big", 0, 9, true, 5), 5);
    assert_true(json_in_bool(&in, "flag", true));
    assert_int_equal(json_in_time(&in, "when", true), 0);
    assert_null(json_in_value(&in, "list", JSON_ARRAY, true));
    json_in_finish(&in, names);
    assert_int_equal(err.kind, ERROR_INVALID);
    assert_true(violated("/items/3/short", "too_short"));
    assert_true(violated("/items/3/long", "too_long"));
    assert_true(violated("/items/3/ctl", "control_character"));
    assert_true(violated("/items/3/nul", "required"));
    assert_true(violated("/items/3/n", "wrong_type"));
    assert_true(violated("/items/3/big", "out_of_range"));
    assert_true(violated("/items/3/flag", "wrong_type"));
    assert_true(violated("/items/3/when", "bad_format"));
    assert_true(violated("/items/3/list", "wrong_type"));
    assert_true(violated("/items/3/x~1y~0", "unknown_member"));
    assert_int_equal(err.n_violations, 10);
}

static void test_no_object_is_one_violation(void **state)
{
    (void)state;
    struct json_in in = json_in_object(parse("[]"), "", &err);
    static const char *const names[] = {NULL};
    assert_null(json_in_text(&in, "a", 1, 2, true, false));
    json_in_finish(&in, names);
    assert_int_equal(err.n_violations, 1);
    assert_true(violated("", "wrong_type"));
    assert_string_equal(json_pointer_index(arena, "/items", 12), "/items/12");
}

static void test_good_members(void **state)
{
    (void)state;
    struct json_in in = json_in_object(
        parse("{\"n\":-3,\"f\":false,\"w\":\"1970-01-02\",\"e\":\"1970-01-01\",\"o\":{},\"a\":[]}"), "", &err);
    assert_int_equal(json_in_integer(&in, "n", -5, 5, true, 0), -3);
    assert_int_equal(json_in_integer(&in, "none", -5, 5, false, 4), 4);
    assert_false(json_in_bool(&in, "f", true));
    assert_true(json_in_time(&in, "w", true) == INT64_C(86400000000));
    assert_true(json_in_time(&in, "e", true) == 1); /* 0 would be none */
    assert_non_null(json_in_value(&in, "o", JSON_OBJECT, true));
    assert_non_null(json_in_value(&in, "a", JSON_ARRAY, true));
    assert_false(error_is_set(&err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_documents),
        cmocka_unit_test(test_every_fault_has_its_place),
        cmocka_unit_test(test_duplicates_are_refused_with_their_place),
        cmocka_unit_test(test_depth_is_bounded),
        cmocka_unit_test(test_members_and_their_violations),
        cmocka_unit_test(test_no_object_is_one_violation),
        cmocka_unit_test(test_good_members),
    };
    arena = arena_new(4096);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(arena);
    return failed;
}
