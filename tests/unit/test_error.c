#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/error.h"

static struct arena *arena;

static struct error fresh(enum text_language language)
{
    return (struct error){.arena = arena, .language = language};
}

static void test_the_first_to_fail_wins(void **state)
{
    (void)state;
    struct error err = fresh(TEXT_EN);
    assert_false(error_is_set(&err));
    assert_false(error_set(&err, ERROR_BODY_TOO_LARGE, TEXT_HTTP_BODY_TOO_LARGE, "12"));
    assert_false(error_set(&err, ERROR_INTERNAL, TEXT_HTTP_INTERNAL));
    assert_int_equal(err.kind, ERROR_BODY_TOO_LARGE);
    assert_non_null(strstr(err.detail, "12"));
    assert_non_null(strstr(err.where, "test_error.c:"));
}

static void test_violations_gather(void **state)
{
    (void)state;
    struct error err = fresh(TEXT_CA);
    assert_false(error_violate(&err, "/title", REQUIRED));
    assert_false(error_violate(&err, "", WRONG_TYPE, "un objecte"));
    assert_false(error_violate(&err, "limit", OUT_OF_RANGE, "1", "200"));
    assert_int_equal(err.kind, ERROR_INVALID);
    assert_int_equal(err.n_violations, 3);
    assert_string_equal(err.violations[0].pointer, "/title");
    assert_string_equal(err.violations[0].code, "required");
    assert_string_equal(err.violations[1].pointer, "");
    assert_null(err.violations[2].pointer);
    assert_string_equal(err.violations[2].parameter, "limit");
    assert_non_null(strstr(err.violations[2].detail, "200"));
}

static void test_violations_keep_another_kind_and_are_bounded(void **state)
{
    (void)state;
    struct error err = fresh(TEXT_ES);
    (void)error_set(&err, ERROR_INVALID_PARAMETER, TEXT_HTTP_QUERY);
    for (int i = 0; i < ERROR_VIOLATIONS_MAX + 50; i++)
        (void)error_violate(&err, "x", REPEATED, "x");
    assert_int_equal(err.kind, ERROR_INVALID_PARAMETER);
    assert_int_equal(err.n_violations, ERROR_VIOLATIONS_MAX);
}

static void test_a_violation_says_what_would_do_instead(void **state)
{
    (void)state;
    static const char *const options[] = {"web", "phone"};
    struct error err = {.language = TEXT_EN, .arena = arena};
    assert_false(error_violate_options(&err, "/channel", options, 2));
    assert_string_equal(err.violations[0].code, "not_an_option");
    assert_string_equal(err.violations[0].detail, "The value must be one of: web, phone.");
    assert_false(error_violate_like(&err, "since", "2026-11-22"));
    assert_string_equal(err.violations[1].code, "bad_format");
    assert_string_equal(err.violations[1].detail, "Wrong format: it has to be like 2026-11-22.");
}

static void test_every_kind_is_complete(void **state)
{
    (void)state;
    for (int kind = 1; kind < ERROR_KIND_COUNT; kind++) {
        const struct error_kind_info *info = error_kind_info((enum error_kind)kind);
        assert_in_range(info->status, 400, 599);
        assert_int_equal(strlen(info->slug), strlen(info->code));
        assert_null(strchr(info->code, '-'));
        for (int language = 0; language < TEXT_LANGUAGES; language++)
            assert_int_not_equal(*text((enum text_language)language, info->title), '\0');
    }
    assert_string_equal(error_kind_info(ERROR_NOT_FOUND)->code, "not_found");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_to_fail_wins),
        cmocka_unit_test(test_violations_gather),
        cmocka_unit_test(test_violations_keep_another_kind_and_are_bounded),
        cmocka_unit_test(test_a_violation_says_what_would_do_instead),
        cmocka_unit_test(test_every_kind_is_complete),
    };
    arena = arena_new(1024);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(arena);
    return failed;
}
