/*
 * Random guards over fields that are small enough to try every value: a proof is right, a counterexample is one, the
 * values for which a guard holds are exactly those, and its canonical text is worth the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "workflow/expression.h"

enum { GUARDS = 3000, MONTHS_MAX = 12, FIELDS = 4, TEXT_MAX = 1000 };

static const char *const opinions[] = {"yes", "no", "later"};
static const struct workflow_type months = {
    .kind = WORKFLOW_KIND_INT, .has_min = true, .has_max = true, .max = MONTHS_MAX};
static const struct workflow_type opinion = {.kind = WORKFLOW_KIND_STRING, .options = opinions, .n_options = 3};
static const struct workflow_type yes_no = {.kind = WORKFLOW_KIND_BOOL};
static const struct workflow_type list = {.kind = WORKFLOW_KIND_LIST, .element = &months, .has_max = true, .max = 3};
static const struct workflow_member members[FIELDS] = {
    {"months", &months, false}, {"opinion", &opinion, true}, {"signed", &yes_no, false}, {"towns", &list, false}};
static const struct workflow_type data = {.kind = WORKFLOW_KIND_RECORD, .members = members, .n_members = FIELDS};
static const struct workflow_member roots[] = {{"data", &data, true}};
static const struct workflow_environment environment = {
    .roots = roots, .n_roots = 1, .cost_max = UINT64_MAX, .length_max = TEXT_MAX};

static char bytes[1024 * 1024] __attribute__((aligned(16)));
static struct workflow_memory memory = {bytes, sizeof bytes, 0};
static uint64_t seed = 20261122;

static uint64_t next(uint64_t below)
{
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return (seed * UINT64_C(2685821657736338717) >> 20) % below;
}

struct text {
    char bytes[TEXT_MAX];
    size_t n;
};

static void put(struct text *text, const char *more)
{
    const size_t n = strlen(more);
    if (text->n + n < sizeof text->bytes) {
        memcpy(text->bytes + text->n, more, n + 1);
        text->n += n;
    }
}

static void put_comparison(struct text *text)
{
    static const char *const operators[] = {"==", "!=", "<", "<=", ">", ">="};
    char one[100];
    switch (next(6)) {
    case 0:
        snprintf(one, sizeof one, "has(data.%s)", members[next(FIELDS)].name);
        break;
    case 1:
        snprintf(one, sizeof one, "data.opinion %s '%s'", operators[next(2)], opinions[next(3)]);
        break;
    case 2:
        snprintf(one, sizeof one, "data.months in [%d, %d, 4]", (int)next(15), (int)next(15));
        break;
    case 3:
        snprintf(one, sizeof one, "size(data.towns) %s %d", operators[next(6)], (int)next(5));
        break;
    case 4:
        snprintf(one, sizeof one, "%d %s data.months", (int)next(15) - 1, operators[next(6)]);
        break;
    default:
        snprintf(one, sizeof one, "data.signed");
    }
    put(text, one);
}

static void put_guard(struct text *text, unsigned depth)
{
    switch (depth == 0 ? 9 : next(8)) {
    case 0:
    case 1:
    case 2:
        put(text, "(");
        put_guard(text, depth - 1);
        put(text, next(2) == 0 ? " && " : " || ");
        put_guard(text, depth - 1);
        put(text, ")");
        break;
    case 3:
        put(text, "!(");
        put_guard(text, depth - 1);
        put(text, ")");
        break;
    case 4:
        put(text, "(");
        put_guard(text, depth - 1);
        put(text, " ? ");
        put_guard(text, depth - 1);
        put(text, " : ");
        put_guard(text, depth - 1);
        put(text, ")");
        break;
    default:
        put_comparison(text);
    }
}

static const struct workflow_expression *compile(const char *text, size_t length)
{
    struct workflow_expression_fault fault;
    struct workflow_expression_faults faults = {&fault, 1, 0};
    const struct workflow_expression *guard =
        workflow_expression_compile(text, length, &environment, &yes_no, &memory, &faults);
    if (guard == NULL)
        fail_msg("%.*s: %s", (int)length, text, fault.message);
    return guard;
}

/* Every value of every field, unset included where it may be: calls `visit` for each case. */
struct sweep {
    struct workflow_value values[FIELDS];
    size_t cases, gaps;
};

static void set(struct sweep *sweep, int at_months, int at_opinion, int at_signed, int at_towns)
{
    static const struct workflow_value elements[4] = {{.kind = WORKFLOW_KIND_INT}};
    const char *word = opinions[at_opinion];
    sweep->values[0] = at_months > MONTHS_MAX ? workflow_value_unset() : workflow_value_int(at_months);
    sweep->values[1] = workflow_value_string(word, strlen(word));
    sweep->values[2] = at_signed > 1 ? workflow_value_unset() : workflow_value_bool(at_signed == 1);
    sweep->values[3] = at_towns > 3 ? workflow_value_unset() : workflow_value_list(elements, (size_t)at_towns);
}

static bool any_holds(const struct workflow_expression *const *guards, size_t n, const struct workflow_value *values)
{
    const struct workflow_value root = workflow_value_record(values, FIELDS);
    const struct workflow_bindings bindings = {.roots = &root, .n_roots = 1};
    for (size_t i = 0; i < n; i++)
        if (workflow_value_holds(workflow_expression_evaluate(guards[i], &bindings)))
            return true;
    return false;
}

/* Tries all cases; `same`, when not NULL, has to hold in exactly the same ones. */
static void sweep_all(struct sweep *sweep, const struct workflow_expression *const *guards, size_t n,
                      const struct workflow_expression *same)
{
    for (int at_months = 0; at_months <= MONTHS_MAX + 1; at_months++)
        for (int at_opinion = 0; at_opinion < 3; at_opinion++)
            for (int at_signed = 0; at_signed < 3; at_signed++)
                for (int at_towns = 0; at_towns < 5; at_towns++) {
                    set(sweep, at_months, at_opinion, at_signed, at_towns);
                    const bool holds = any_holds(guards, n, sweep->values);
                    sweep->cases++;
                    sweep->gaps += !holds;
                    if (same != NULL)
                        assert_int_equal(any_holds(&same, 1, sweep->values), holds);
                }
}

static void test_a_proof_is_what_trying_everything_shows(void **state)
{
    (void)state;
    unsigned proved = 0, refuted = 0;
    for (unsigned i = 0; i < GUARDS; i++) {
        const struct workflow_expression *guards[3];
        const size_t n = 1 + next(3);
        memory.used = 0;
        for (size_t k = 0; k < n; k++) {
            struct text text = {.n = 0};
            put_guard(&text, (unsigned)next(4));
            guards[k] = compile(text.bytes, text.n);
        }
        struct workflow_expression_read reads[FIELDS];
        struct workflow_value values[FIELDS];
        struct sweep sweep = {.cases = 0};
        size_t found;
        const enum workflow_cover cover =
            workflow_expressions_cover(guards, n, &environment, &memory, reads, values, FIELDS, &found);
        sweep_all(&sweep, guards, n, NULL);
        assert_int_equal(cover, sweep.gaps == 0 ? WORKFLOW_COVER_PROVED : WORKFLOW_COVER_REFUTED);
        proved += cover == WORKFLOW_COVER_PROVED;
        if (cover == WORKFLOW_COVER_PROVED)
            continue;
        refuted++;
        set(&sweep, 0, 0, 0, 0); /* what no guard looks at may be anything */
        for (size_t k = 0; k < found; k++)
            sweep.values[reads[k].member] = values[k];
        assert_false(any_holds(guards, n, sweep.values));
    }
    assert_in_range(proved, GUARDS / 20, GUARDS);
    assert_in_range(refuted, GUARDS / 20, GUARDS);
}

static void test_a_guard_holds_exactly_within_its_ranges(void **state)
{
    (void)state;
    unsigned solved = 0;
    for (unsigned i = 0; i < GUARDS; i++) {
        struct text text = {.n = 0};
        struct workflow_expression_range ranges[16];
        size_t n;
        memory.used = 0;
        put_guard(&text, (unsigned)next(3));
        const struct workflow_expression *guard = compile(text.bytes, text.n);
        struct workflow_expression_read read;
        if (workflow_expression_reads(guard, &read, 1) != 1 || read.member != 0)
            continue;
        assert_true(workflow_expression_solve(guard, &environment, &memory, ranges, 16, &n));
        solved++;
        for (int at = 0; at <= MONTHS_MAX + 1; at++) {
            struct sweep sweep = {.cases = 0};
            bool within = false;
            set(&sweep, at, 0, 0, 0);
            for (size_t k = 0; k < n; k++) {
                const bool unset = ranges[k].min.kind == WORKFLOW_KIND_UNSET;
                within =
                    within ||
                    (at > MONTHS_MAX ? unset : !unset && ranges[k].min.integer <= at && at <= ranges[k].max.integer);
            }
            assert_int_equal(any_holds(&guard, 1, sweep.values), within);
        }
    }
    assert_true(solved > GUARDS / 20);
}

static void test_a_canonical_text_is_worth_the_same_and_stays_as_it_is(void **state)
{
    (void)state;
    for (unsigned i = 0; i < GUARDS / 3; i++) {
        struct text text = {.n = 0};
        char first[TEXT_MAX], second[TEXT_MAX];
        struct workflow_expression_faults faults = {0};
        memory.used = 0;
        put_guard(&text, (unsigned)next(4));
        const struct workflow_syntax *syntax =
            workflow_syntax_parse(text.bytes, text.n, &environment, &memory, &faults);
        assert_non_null(syntax);
        assert_true(workflow_syntax_print(syntax, first, sizeof first) <= text.n);
        syntax = workflow_syntax_parse(first, strlen(first), &environment, &memory, &faults);
        assert_non_null(syntax);
        (void)workflow_syntax_print(syntax, second, sizeof second);
        assert_string_equal(first, second);
        const struct workflow_expression *guard = compile(text.bytes, text.n), *printed = compile(first, strlen(first));
        struct sweep sweep = {.cases = 0};
        sweep_all(&sweep, &guard, 1, printed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_proof_is_what_trying_everything_shows),
        cmocka_unit_test(test_a_guard_holds_exactly_within_its_ranges),
        cmocka_unit_test(test_a_canonical_text_is_worth_the_same_and_stays_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
