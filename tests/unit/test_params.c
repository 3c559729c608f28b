/* Values on their way to PostgreSQL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/array.h"
#include "store/store_internal.h"

#define assert_param(expected, ...)                                                                                    \
    do {                                                                                                               \
        const struct param param_ = (__VA_ARGS__);                                                                     \
        assert_string_equal((expected), param_value(&param_));                                                         \
    } while (0)
#define assert_null_param(...)                                                                                         \
    do {                                                                                                               \
        const struct param param_ = (__VA_ARGS__);                                                                     \
        assert_null(param_value(&param_));                                                                             \
    } while (0)

static void test_param_text__keeps_empty_apart_from_null(void **state)
{
    (void)state;
    assert_param("", param_text(""));
    assert_param("a", param_text("a"));
    assert_null_param(param_text(NULL));
}

static void test_param_number__is_decimal_to_the_limits(void **state)
{
    (void)state;
    assert_param("0", param_number(0));
    assert_param("-9223372036854775808", param_number(INT64_MIN));
    assert_param("9223372036854775807", param_number(INT64_MAX));
    assert_null_param(param_number_or_null(0));
    assert_param("7", param_number_or_null(7));
}

static void test_param__survives_being_copied(void **state)
{
    (void)state;
    struct param copy;
    {
        const struct param original = param_number(42);
        copy = original;
    }
    assert_string_equal("42", param_value(&copy));
}

static void test_param_bool__is_a_letter(void **state)
{
    (void)state;
    assert_param("t", param_bool(true));
    assert_param("f", param_bool(false));
}

static void test_param_time__is_utc_with_microseconds(void **state)
{
    (void)state;
    assert_param("2026-11-22T06:05:35.123456Z", param_time(INT64_C(1795327535123456)));
    assert_param("1970-01-01T00:00:00.000001Z", param_time(1));
    assert_param("1969-12-31T23:59:59.999999Z", param_time(-1));
    assert_null_param(param_time(0));
}

static void test_param_time__is_held_to_four_digit_years(void **state)
{
    (void)state;
    assert_param("9999-12-31T23:59:59.775807Z", param_time(INT64_MAX));
    assert_param("0001-01-01T00:00:00.224192Z", param_time(INT64_MIN));
}

static void test_array__escapes_what_would_end_an_item(void **state)
{
    (void)state;
    struct arena *arena = arena_new(1024);
    const char *const items[] = {"a", "\"b\\", NULL, "", "{,}"};
    assert_string_equal("{\"a\",\"\\\"b\\\\\",NULL,\"\",\"{,}\"}", array_of_texts(arena, items, 5));
    assert_string_equal("{}", array_of_texts(arena, items, 0));
    assert_string_equal("{1,-2}", array_of_numbers(arena, (const int64_t[]){1, -2}, 2));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_param_text__keeps_empty_apart_from_null),
        cmocka_unit_test(test_param_number__is_decimal_to_the_limits),
        cmocka_unit_test(test_param__survives_being_copied),
        cmocka_unit_test(test_param_bool__is_a_letter),
        cmocka_unit_test(test_param_time__is_utc_with_microseconds),
        cmocka_unit_test(test_param_time__is_held_to_four_digit_years),
        cmocka_unit_test(test_array__escapes_what_would_end_an_item),
    };
    return cmocka_run_group_tests_name("params", tests, NULL, NULL);
}
