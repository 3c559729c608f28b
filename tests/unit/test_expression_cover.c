#include <stdio.h>

#include "unit/test_expression_grant.h"

enum { GUARDS = 4 };

/* Whether some guards leave no gap; a counterexample is written as "field=value, ...". */
static enum workflow_cover cover(const char *const *texts, char *ret_counterexample)
{
    const struct workflow_expression *guards[GUARDS];
    struct workflow_expression_read reads[8];
    struct workflow_value values[8];
    size_t n = 0, count, used;
    grant_begin();
    while (n < GUARDS && texts[n] != NULL) {
        guards[n] = grant_compile(texts[n]);
        n++;
    }
    used = grant_memory.used;
    enum workflow_cover answer =
        workflow_expressions_cover(guards, n, &grant_environment, &grant_memory, reads, values, 8, &count);
    assert_int_equal(grant_memory.used, used);
    ret_counterexample[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        char value[64];
        (void)workflow_value_print(&values[i], value, sizeof value);
        const char *name = reads[i].root == 0 ? grant_members[reads[i].member].name : grant_roots[reads[i].root].name;
        const size_t length = strlen(ret_counterexample);
        (void)snprintf(ret_counterexample + length, 256 - length, "%s%s=%s", length > 0 ? ", " : "", name, value);
    }
    return answer;
}

static void test_alternatives_leave_no_gap_or_a_counterexample(void **state)
{
    (void)state;
    static const struct {
        const char *guards[GUARDS];
        enum workflow_cover answer;
        const char *counterexample;
    } cases[] = {
        {{"data.budget <= 40", "data.budget > 40"}, WORKFLOW_COVER_PROVED, ""},
        {{"data.budget < 40", "data.budget > 40"}, WORKFLOW_COVER_REFUTED, "budget=40"},
        {{"data.budget >= 0"}, WORKFLOW_COVER_PROVED, ""}, /* its declared minimum */
        {{"data.budget < 1000000"}, WORKFLOW_COVER_REFUTED, "budget=1000000"},
        {{"data.asked <= 40", "data.asked > 40"}, WORKFLOW_COVER_REFUTED, "asked=unset"},
        {{"data.asked <= 40", "data.asked > 40", "!has(data.asked)"}, WORKFLOW_COVER_PROVED, ""},
        {{"has(data.asked) && data.asked <= 40", "!(has(data.asked) && data.asked <= 40)"}, WORKFLOW_COVER_PROVED, ""},
        {{"data.opinion == 'favourable'", "data.opinion in ['unfavourable', 'not_needed']", "!has(data.opinion)"},
         WORKFLOW_COVER_PROVED,
         ""},
        {{"data.opinion == 'favourable'", "data.opinion == 'not_needed'", "!has(data.opinion)"},
         WORKFLOW_COVER_REFUTED,
         "opinion='unfavourable'"},
        {{"data.note == 'a'", "data.note != 'a'", "!has(data.note)"}, WORKFLOW_COVER_PROVED, ""},
        {{"data.note in ['a', 'bb']", "!has(data.note)"}, WORKFLOW_COVER_REFUTED, "note='***'"},
        {{"data.signed", "!data.signed", "!has(data.signed)"}, WORKFLOW_COVER_PROVED, ""},
        {{"size(data.towns) > 1", "size(data.towns) == 1", "!has(data.towns)"}, WORKFLOW_COVER_REFUTED, "towns=[]"},
        {{"size(data.towns) > 1", "size(data.towns) <= 1", "!has(data.towns)"}, WORKFLOW_COVER_PROVED, ""},
        {{"data.until < timestamp('2026-01-01T00:00:00Z')", "data.until > timestamp('2026-01-01T00:00:00Z')",
          "!has(data.until)"},
         WORKFLOW_COVER_REFUTED,
         "until=timestamp('2026-01-01T00:00:00Z')"},
        {{"data.budget > 10 ? data.budget < 100 : true", "100 <= data.budget"}, WORKFLOW_COVER_PROVED, ""},
        {{"data.budget <= 40 && data.signed", "data.budget > 40 && data.signed", "!has(data.signed)"},
         WORKFLOW_COVER_REFUTED,
         "budget=0, signed=false"},
        {{"clock.extensions == 0", "clock.extensions > 0", "months > 3 || true"}, WORKFLOW_COVER_PROVED, ""},
        {{"true"}, WORKFLOW_COVER_PROVED, ""},
        {{"false"}, WORKFLOW_COVER_REFUTED, ""},
        /* beyond comparing with constants */
        {{"data.asked <= data.budget", "data.asked > data.budget"}, WORKFLOW_COVER_UNKNOWN, ""},
        {{"data.budget + 1 > 3", "data.budget + 1 <= 3"}, WORKFLOW_COVER_UNKNOWN, ""},
        {{"data.note < 'b'", "data.note >= 'b'"}, WORKFLOW_COVER_UNKNOWN, ""},
        {{"data.rate < 1.0", "data.rate >= 1.0"}, WORKFLOW_COVER_UNKNOWN, ""},
        {{"in_state('study')", "!in_state('study')"}, WORKFLOW_COVER_UNKNOWN, ""},
        {{"event.x == 1", "event.x != 1"}, WORKFLOW_COVER_UNKNOWN, ""},
        {{"data.towns.exists(t, t == 'Vic')", "true"}, WORKFLOW_COVER_UNKNOWN, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char counterexample[256];
        const enum workflow_cover answer = cover(cases[i].guards, counterexample);
        if (answer != cases[i].answer)
            fail_msg("%s: %d", cases[i].guards[0], (int)answer);
        assert_string_equal(counterexample, cases[i].counterexample);
    }
}

/* Where an expression of one field holds, as "1..40 77". */
static bool solve(const char *text, char *ret_text)
{
    struct workflow_expression_range ranges[8];
    size_t n, length = 0;
    grant_begin();
    const bool fine = workflow_expression_solve(grant_compile(text), &grant_environment, &grant_memory, ranges, 8, &n);
    ret_text[0] = '\0';
    for (size_t i = 0; fine && i < n; i++) {
        char min[64], max[64];
        (void)workflow_value_print(&ranges[i].min, min, sizeof min);
        (void)workflow_value_print(&ranges[i].max, max, sizeof max);
        const bool point = strcmp(min, max) == 0;
        length += (size_t)snprintf(ret_text + length, 256 - length, "%s%s%s%s", length > 0 ? " " : "",
                                   ranges[i].other ? "other" : min, ranges[i].other || point ? "" : "..",
                                   ranges[i].other || point ? "" : max);
    }
    return fine;
}

static void test_the_values_for_which_it_holds_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *text, *values; /* NULL: it cannot be told */
    } cases[] = {
        {"data.asked <= 40", "0..40"},
        {"data.asked > 40 && data.asked != 77", "41..76 78..1000000"},
        {"data.asked in [3, 4, 5, 9]", "3..5 9"},
        {"!has(data.asked) || data.asked == 0", "unset 0"},
        {"data.asked < 0", ""},
        {"data.opinion != 'favourable'", "'unfavourable' 'not_needed'"},
        {"data.note != 'a'", "other"},
        {"data.note in ['a', 'b']", "'a' 'b'"},
        {"data.signed", "true"},
        {"size(data.towns) >= 2 && size(data.towns) < 5", "2..4"},
        {"data.until > timestamp('9999-12-31T23:59:59Z')",
         "timestamp('9999-12-31T23:59:59.000000001Z')..timestamp('9999-12-31T23:59:59.999999999Z')"},
        {"data.asked < data.budget", NULL},
        {"data.asked < 1 && data.budget < 1", NULL},
        {"true", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char values[256];
        assert_int_equal(solve(cases[i].text, values), cases[i].values != NULL);
        if (cases[i].values != NULL)
            assert_string_equal(values, cases[i].values);
    }
}

static void test_too_little_memory_and_too_many_cases_are_unknown(void **state)
{
    (void)state;
    grant_begin();
    const struct workflow_expression *guard = grant_compile("data.asked <= 40");
    char bytes[256] __attribute__((aligned(16)));
    struct workflow_memory small = {bytes, sizeof bytes, 0};
    size_t n;
    assert_int_equal(workflow_expressions_cover(&guard, 1, &grant_environment, &small, NULL, NULL, 0, &n),
                     WORKFLOW_COVER_UNKNOWN);
    assert_int_equal(small.used, 0);
    /* 21 cells of each of five fields */
    static const char *const many[GUARDS] = {
        "data.asked in [1, 3, 5, 7, 9, 11, 13, 15, 17, 19] || data.budget in [1, 3, 5, 7, 9, 11, 13, 15, 17, 19] || "
        "months in [1, 3, 5, 7, 9, 11, 13, 15, 17, 19] || clock.extensions in [1, 3, 5, 7, 9, 11, 13, 15, 17, 19] || "
        "size(data.towns) in [1, 3, 5, 7, 9, 11, 13, 15, 17, 19]"};
    char counterexample[256];
    assert_int_equal(cover(many, counterexample), WORKFLOW_COVER_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alternatives_leave_no_gap_or_a_counterexample),
        cmocka_unit_test(test_the_values_for_which_it_holds_are_told),
        cmocka_unit_test(test_too_little_memory_and_too_many_cases_are_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
