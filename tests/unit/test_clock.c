#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

static bool parses(const char *text, bool date_too, int64_t *ret)
{
    return time_parse(text, strlen(text), date_too, ret);
}

static void test_known_instants(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t at_us;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01T00:00:00.000001Z", 1},
        {"1969-12-31T23:59:59.999Z", -1000},
        {"2026-11-22T06:05:35.123Z", INT64_C(1795327535123000)},
        {"2026-11-22T08:05:35.123+02:00", INT64_C(1795327535123000)},
        {"2026-11-21T23:35:35.123-06:30", INT64_C(1795327535123000)},
        {"2000-02-29T00:00:00Z", INT64_C(951782400000000)},
        {"9999-12-31T23:59:59Z", INT64_C(253402300799000000)},
        {"0001-01-01T00:00:00Z", INT64_C(-62135596800000000)},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t at_us = 42;
        assert_true(parses(cases[i].text, false, &at_us));
        assert_true(at_us == cases[i].at_us);
    }
}

static void test_what_is_no_time(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "2026-11-22",
        "2026-11-22T06:05:35",
        "2026-11-22 06:05:35Z",
        "2026-11-22t06:05:35z",
        "2026-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-01-32T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:60Z",
        "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00.1234567Z",
        "2026-01-01T00:00:00+24:00",
        "2026-01-01T00:00:00+0100",
        "2026-01-01T00:00:00Zx",
        "0000-01-01T00:00:00Z",
        "-026-01-01T00:00:00Z",
        "20260101T000000Z",
    };
    int64_t at_us;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_false(parses(cases[i], false, &at_us));
}

static void test_a_date_is_midnight_where_allowed(void **state)
{
    (void)state;
    int64_t at_us = 0;
    assert_true(parses("1970-01-02", true, &at_us));
    assert_true(at_us == INT64_C(86400000000));
    assert_false(parses("1970-01-02", false, &at_us));
    assert_false(parses("1970-01-0", true, &at_us));
}

static void test_format_and_parse_agree(void **state)
{
    (void)state;
    char text[TIME_TEXT_SIZE];
    for (int64_t at_us = INT64_C(-62135596800000000); at_us < INT64_C(253402300799000000);
         at_us += INT64_C(86400000000) * 17 + 12345000) {
        int64_t again = 0;
        assert_true(parses(time_format(at_us, text), false, &again));
        assert_true(again == at_us);
    }
    assert_string_equal(time_format(-1000, text), "1969-12-31T23:59:59.999Z");
}

static void test_the_test_file_moves_time(void **state)
{
    (void)state;
    char path[] = "/tmp/oam_clock_XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, "1700000000000000\n", 17), 17);
    struct clock *clock = clock_new(path);
    assert_true(clock_now(clock) == INT64_C(1700000000000000));
    assert_int_equal(pwrite(file, "1800", 4, 0), 4);
    assert_true(clock_now(clock) == INT64_C(1800000000000000));
    assert_int_equal(ftruncate(file, 0), 0);
    assert_true(clock_now(clock) > INT64_C(1700000000000000));
    (void)close(file);
    (void)unlink(path);
    clock_free(clock);
    clock = clock_new(NULL);
    int64_t before = clock_monotonic();
    assert_true(clock_now(clock) > INT64_C(1600000000000000) && clock_wall() > INT64_C(1600000000000000));
    assert_true(clock_monotonic() >= before);
    clock_free(clock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_instants),
        cmocka_unit_test(test_what_is_no_time),
        cmocka_unit_test(test_a_date_is_midnight_where_allowed),
        cmocka_unit_test(test_format_and_parse_agree),
        cmocka_unit_test(test_the_test_file_moves_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
