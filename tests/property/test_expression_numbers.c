/* Numbers and times of expressions are those of libc: read the same, written so that they read back, in the fewest
 * digits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "workflow/expression/moment.h"
#include "workflow/expression/number.h"

enum { DOUBLES = 3000, TIMES = 100000 };

static uint64_t seed = 20261122;

static uint64_t next(void)
{
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return seed * UINT64_C(2685821657736338717);
}

/* Any bits, small numbers with few decimals, powers of two and numbers of little precision in turn. */
static double random_double(unsigned turn)
{
    double real = (double)(int64_t)(next() % 2000000 - 1000000);
    uint64_t bits = next();
    switch (turn % 4) {
    case 0:
        for (uint64_t i = next() % 8; i > 0; i--)
            real /= 10;
        return real;
    case 1:
        bits = next() % 2 == 0 ? UINT64_C(1) << next() % 52 : next() % 2047 << 52;
        break;
    case 2:
        bits &= ~(UINT64_MAX >> (12 + next() % 52));
        break;
    default:
        break;
    }
    memcpy(&real, &bits, sizeof real);
    return isfinite(real) ? real : 0.5;
}

static unsigned digits_of(const char *text)
{
    unsigned n = 0, zeros = 0;
    for (; *text != '\0' && *text != 'e'; text++) {
        if (*text == '0' && n > 0)
            zeros++;
        if (*text >= '1' && *text <= '9') {
            n += zeros + 1;
            zeros = 0;
        }
    }
    return n;
}

static void test_a_double_is_written_in_the_fewest_digits_that_read_back(void **state)
{
    (void)state;
    for (unsigned i = 0; i < DOUBLES; i++) {
        char ours[NUMBER_TEXT_MAX + 1], theirs[40];
        double real = random_double(i), back;
        ours[number_print_double(real, ours)] = '\0';
        assert_true(strtod(ours, NULL) == real);
        assert_true(number_parse_double(ours, strlen(ours), &back) && back == real);
        int precision = 1;
        do
            snprintf(theirs, sizeof theirs, "%.*e", precision - 1, real);
        while (strtod(theirs, NULL) != real && ++precision <= 17);
        assert_int_equal(digits_of(ours), digits_of(theirs));
    }
}

static void test_a_decimal_is_read_as_the_nearest_double(void **state)
{
    (void)state;
    for (unsigned i = 0; i < DOUBLES; i++) {
        char text[1200];
        double ours;
        if (i % 5 == 0) /* 54 bits and odd: halfway between two doubles, or a little more */
            snprintf(text, sizeof text, "%" PRIu64 ".%0900d", UINT64_C(1) << 53 | next() >> 11 | 1, (int)(i % 2));
        else
            snprintf(text, sizeof text, "%d.%" PRIu64 "e%d", (int)(next() % 1000), next() >> next() % 64,
                     (int)(next() % 680) - 350);
        double theirs = strtod(text, NULL);
        assert_int_equal(number_parse_double(text, strlen(text), &ours), isfinite(theirs));
        assert_true(!isfinite(theirs) || ours == theirs);
    }
}

static void test_an_int_is_read_as_it_is_written(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "", "-", "+", "1 ", " 1", "0x1", "9223372036854775808", "-9223372036854775809", "1.0"};
    for (unsigned i = 0; i < 10 * DOUBLES; i++) {
        char text[NUMBER_TEXT_MAX + 1], theirs[40];
        int64_t back, integer = (int64_t)(next() >> next() % 64) * (i % 2 == 0 ? -1 : 1);
        text[number_print_int(integer, text)] = '\0';
        snprintf(theirs, sizeof theirs, "%" PRId64, integer);
        assert_string_equal(text, theirs);
        assert_true(number_parse_int(text, strlen(text), &back) && back == integer);
    }
    int64_t least;
    assert_true(number_parse_int("-9223372036854775808", 20, &least) && least == INT64_MIN);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(number_parse_int(wrong[i], strlen(wrong[i]), &least));
}

static void test_an_instant_has_the_parts_that_libc_finds(void **state)
{
    (void)state;
    for (unsigned i = 0; i < TIMES; i++) {
        const time_t at = (time_t)(next() % 315537897600) - 62135596800;
        struct workflow_value instant, back;
        char text[MOMENT_TEXT_MAX + 1], theirs[80];
        struct tm tm;
        assert_non_null(gmtime_r(&at, &tm));
        assert_true(moment_timestamp(at, i % 3 == 0 ? 120000000 : 0, &instant));
        const int64_t expected[] = {tm.tm_year + 1900, tm.tm_mon,  tm.tm_mday, tm.tm_mday - 1, tm.tm_wday,
                                    tm.tm_yday,        tm.tm_hour, tm.tm_min,  tm.tm_sec,      i % 3 == 0 ? 120 : 0};
        for (int part = 0; part < MOMENT_PARTS; part++)
            assert_int_equal(moment_timestamp_part(&instant, 0, (enum moment_part)part), expected[part]);
        text[moment_print_timestamp(&instant, text)] = '\0';
        snprintf(theirs, sizeof theirs, "%04d-%02d-%02dT%02d:%02d:%02d%sZ", tm.tm_year + 1900, tm.tm_mon + 1,
                 tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, i % 3 == 0 ? ".12" : "");
        assert_string_equal(text, theirs);
        assert_true(moment_parse_timestamp(text, strlen(text), &back) && workflow_value_equal(&back, &instant));
    }
}

static void test_a_duration_is_read_as_it_is_written(void **state)
{
    (void)state;
    for (unsigned i = 0; i < TIMES; i++) {
        const int64_t total = (int64_t)(next() >> next() % 64) * (i % 2 == 0 ? -1 : 1);
        struct workflow_value duration, back;
        char text[MOMENT_TEXT_MAX + 1];
        assert_true(moment_duration(0, total, &duration));
        text[moment_print_duration(&duration, text)] = '\0';
        assert_true(moment_parse_duration(text, strlen(text), &back) && workflow_value_equal(&back, &duration));
        assert_int_equal(moment_duration_part(&duration, MOMENT_SECONDS), total / 1000000000);
        assert_int_equal(moment_duration_part(&duration, MOMENT_HOURS), total / 3600000000000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_double_is_written_in_the_fewest_digits_that_read_back),
        cmocka_unit_test(test_a_decimal_is_read_as_the_nearest_double),
        cmocka_unit_test(test_an_int_is_read_as_it_is_written),
        cmocka_unit_test(test_an_instant_has_the_parts_that_libc_finds),
        cmocka_unit_test(test_a_duration_is_read_as_it_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
