/* The data files on their way into the database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "service/seed_internal.h"

static struct arena *arena;
static size_t line;

static int begin_test(void **state)
{
    (void)state;
    arena = arena_new(4096);
    line = 0;
    return 0;
}

static int end_test(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static const char *convert(const char *csv)
{
    return seed_csv_to_json(arena, csv, strlen(csv), &line);
}

static void test_csv__becomes_objects_of_texts(void **state)
{
    (void)state;
    assert_string_equal("[{\"a\":\"1\",\"b\":\"l·l\"},{\"a\":\"2\",\"b\":\"y\"}]", convert("a,b\n1,l·l\n2,y\n"));
}

static void test_csv__blank_is_null(void **state)
{
    (void)state;
    assert_string_equal("[{\"a\":null,\"b\":null},{\"a\":null,\"b\":\"x\"}]", convert("a,b\n,\n\"\",x\n"));
}

static void test_csv__quotes_hold_commas_lines_and_quotes(void **state)
{
    (void)state;
    assert_string_equal("[{\"a\":\"Hospitalet, l'\",\"b\":\"\\\"q\\\"\"},{\"a\":\"x\\ny\",\"b\":\"z\"}]",
                        convert("a,b\n\"Hospitalet, l'\",\"\"\"q\"\"\"\n\"x\ny\",z\n"));
}

static void test_csv__last_line_may_lack_its_end(void **state)
{
    (void)state;
    assert_string_equal("[{\"a\":\"1\"}]", convert("a\n1"));
    assert_string_equal("[{\"a\":\"1\"}]", convert("a\n\"1\""));
    assert_string_equal("[]", convert("a\n"));
    assert_string_equal("[]", convert("a"));
}

static void test_csv__tells_the_line_of_a_row_that_does_not_fit(void **state)
{
    (void)state;
    assert_null(convert("a,b\n1,2\n\"x\ny\",2\n3\n"));
    assert_int_equal(line, 5);
    assert_null(convert("a,b\n1,2,3\n"));
    assert_int_equal(line, 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_csv__##name, begin_test, end_test)
    const struct CMUnitTest tests[] = {
        TEST(becomes_objects_of_texts),
        TEST(blank_is_null),
        TEST(quotes_hold_commas_lines_and_quotes),
        TEST(last_line_may_lack_its_end),
        TEST(tells_the_line_of_a_row_that_does_not_fit),
    };
    return cmocka_run_group_tests_name("seed_csv", tests, NULL, NULL);
}
