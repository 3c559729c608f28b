#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/suggest.h"

static struct suggestion nearest_of(const char *typed, const char *const candidates[])
{
    struct suggestion suggestion = suggestion_of(typed);
    for (size_t i = 0; candidates[i]; i++)
        suggestion_offer(&suggestion, candidates[i]);
    return suggestion;
}

static void test_suggestion__is_the_nearest_candidate(void **state)
{
    static const char *const states[] = {"draft",   "assigned", "in_progress", "waiting_applicant",
                                         "granted", "denied",   "closed",      NULL};
    static const struct {
        const char *typed, *nearest;
        size_t distance;
    } cases[] = {
        {"in_progess", "in_progress", 1}, /* one missing */
        {"cloosed", "closed", 1},         /* one too many */
        {"denyed", "denied", 1},          /* another */
        {"garnted", "granted", 1},        /* two swapped */
        {"inprogress", "in_progress", 1},
        {"asigend", "assigned", 2},
        {"closed", "closed", 0},
        {"zz", "draft", 5},
        {"", "draft", 5},
        {"waiting", "draft", 6},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct suggestion found = nearest_of(cases[i].typed, states);
        assert_string_equal(found.nearest, cases[i].nearest);
        assert_int_equal(found.distance, cases[i].distance);
    }
}

/* The classic examples of the measure, each from one side and from the other. */
static void test_suggestion__counts_changes(void **state)
{
    static const struct {
        const char *a, *b;
        size_t distance;
    } cases[] = {
        {"kitten", "sitting", 3}, {"saturday", "sunday", 3}, {"ca", "abc", 3}, {"a", "b", 1},
        {"ab", "ba", 1},          {"abcd", "acbd", 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(nearest_of(cases[i].a, (const char *const[]){cases[i].b, NULL}).distance, cases[i].distance);
        assert_int_equal(nearest_of(cases[i].b, (const char *const[]){cases[i].a, NULL}).distance, cases[i].distance);
    }
}

static void test_suggestion__stays_with_the_first_of_equals_and_passes_over_what_is_endless(void **state)
{
    char endless[SUGGEST_LENGTH_MAX + 2];
    (void)state;
    memset(endless, 'a', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    assert_string_equal(nearest_of("bat", (const char *const[]){"cat", "rat", NULL}).nearest, "cat");
    assert_null(nearest_of("a", (const char *const[]){endless, NULL}).nearest);
    assert_null(nearest_of(endless, (const char *const[]){"a", NULL}).nearest);
    assert_null(nearest_of("a", (const char *const[]){NULL}).nearest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_suggestion__is_the_nearest_candidate),
        cmocka_unit_test(test_suggestion__counts_changes),
        cmocka_unit_test(test_suggestion__stays_with_the_first_of_equals_and_passes_over_what_is_endless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
