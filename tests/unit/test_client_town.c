/* The documented hash that gives a row its town. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "town.c"

static void test_hash__is_fnv_1a_of_sixty_four_bits(void **state)
{
    static const struct {
        const char *text;
        uint64_t hash;
    } vectors[] = {
        {"", UINT64_C(0xcbf29ce484222325)},
        {"a", UINT64_C(0xaf63dc4c8601ec8c)},
        {"foobar", UINT64_C(0x85944171f73967e8)},
        {"BCN-2016-01-10", UINT64_C(17644594537063623996)},
        {"1-1525243602", UINT64_C(6471255746250056885)},
    };
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        assert_true(fnv1a(vectors[i].text, strlen(vectors[i].text), FNV_OFFSET) == vectors[i].hash);
}

static void test_hash__goes_on_over_pieces(void **state)
{
    (void)state;
    assert_true(fnv1a("bar", 3, fnv1a("foo", 3, FNV_OFFSET)) == fnv1a("foobar", 6, FNV_OFFSET));
}

static void test_town__has_its_share_of_the_rows(void **state)
{
    struct towns towns = {0};
    size_t counts[4] = {0};
    char id[32];
    (void)state;
    assert_true(towns_add(&towns, "0000000001", 100));
    assert_true(towns_add(&towns, "0000000002", 0));
    assert_true(towns_add(&towns, "0000000003", 300));
    assert_true(towns_add(&towns, "0000000004", 600));
    for (int i = 0; i < 20000; i++) {
        snprintf(id, sizeof id, "row-%d", i);
        counts[towns_pick(&towns, id)[9] - '1']++;
    }
    assert_in_range(counts[0], 1800, 2200);
    assert_int_equal(counts[1], 0);
    assert_in_range(counts[2], 5700, 6300);
    assert_in_range(counts[3], 11600, 12400);
    towns_free(&towns);
}

/* 6471255746250056885 mod 1000 is 885; a point is the first town's whose cumulative end is beyond it. */
static void test_town__ends_are_exclusive(void **state)
{
    struct towns towns = {0};
    (void)state;
    assert_true(towns_add(&towns, "0000000001", 885));
    assert_true(towns_add(&towns, "0000000002", 1));
    assert_true(towns_add(&towns, "0000000003", 114));
    assert_string_equal(towns_pick(&towns, "1-1525243602"), "0000000002");
    towns_free(&towns);
}

static void test_town__refuses_what_is_no_code_and_sums_that_overflow(void **state)
{
    struct towns towns = {0};
    (void)state;
    assert_null(towns_pick(&towns, "x"));
    assert_false(towns_add(&towns, "08018", 1));
    assert_false(towns_add(&towns, "08018000x1", 1));
    assert_true(towns_add(&towns, "0801800001", UINT64_MAX));
    assert_false(towns_add(&towns, "0801800002", 1));
    towns_free(&towns);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hash__is_fnv_1a_of_sixty_four_bits),
        cmocka_unit_test(test_hash__goes_on_over_pieces),
        cmocka_unit_test(test_town__has_its_share_of_the_rows),
        cmocka_unit_test(test_town__ends_are_exclusive),
        cmocka_unit_test(test_town__refuses_what_is_no_code_and_sums_that_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
