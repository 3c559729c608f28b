/* The fields of a grant, expressions over them, and what they are worth; shared by the tests of expressions. */
#ifndef TESTS_UNIT_TEST_EXPRESSION_GRANT_H
#define TESTS_UNIT_TEST_EXPRESSION_GRANT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "workflow/expression.h"

enum grant_field {
    GRANT_OPINION,
    GRANT_ASKED,
    GRANT_BUDGET,
    GRANT_UNTIL,
    GRANT_TOWNS,
    GRANT_SIGNED,
    GRANT_NOTE,
    GRANT_RATE,
    GRANT_PLACE,
    GRANT_FIELDS
};

static const char *const grant_opinions[] = {"favourable", "unfavourable", "not_needed"};
static const struct workflow_type grant_opinion = {
    .kind = WORKFLOW_KIND_STRING, .options = grant_opinions, .n_options = 3};
static const struct workflow_type grant_cents = {
    .kind = WORKFLOW_KIND_INT, .has_min = true, .has_max = true, .max = 1000000};
static const struct workflow_type grant_instant = {.kind = WORKFLOW_KIND_TIMESTAMP};
static const struct workflow_type grant_town = {.kind = WORKFLOW_KIND_STRING, .has_max = true, .max = 32};
static const struct workflow_type grant_towns = {
    .kind = WORKFLOW_KIND_LIST, .element = &grant_town, .has_max = true, .max = 20};
static const struct workflow_type grant_bool = {.kind = WORKFLOW_KIND_BOOL};
static const struct workflow_type grant_text = {.kind = WORKFLOW_KIND_STRING, .has_max = true, .max = 100};
static const struct workflow_type grant_double = {.kind = WORKFLOW_KIND_DOUBLE};
static const struct workflow_member grant_place_members[] = {{"town", &grant_text, false},
                                                             {"street", &grant_text, false}};
static const struct workflow_type grant_place = {
    .kind = WORKFLOW_KIND_RECORD, .members = grant_place_members, .n_members = 2};

static const struct workflow_member grant_members[GRANT_FIELDS] = {
    [GRANT_OPINION] = {"opinion", &grant_opinion, false}, [GRANT_ASKED] = {"asked", &grant_cents, false},
    [GRANT_BUDGET] = {"budget", &grant_cents, true},      [GRANT_UNTIL] = {"until", &grant_instant, false},
    [GRANT_TOWNS] = {"towns", &grant_towns, false},       [GRANT_SIGNED] = {"signed", &grant_bool, false},
    [GRANT_NOTE] = {"note", &grant_text, false},          [GRANT_RATE] = {"rate", &grant_double, false},
    [GRANT_PLACE] = {"place", &grant_place, false}};
static const struct workflow_type grant_data = {
    .kind = WORKFLOW_KIND_RECORD, .members = grant_members, .n_members = GRANT_FIELDS};
/* A root that is a value, one of two words, and one that nothing is known of. */
static const struct workflow_member grant_roots[] = {{"data", &grant_data, true},
                                                     {"months", &grant_cents, false},
                                                     {"clock.extensions", &grant_cents, false},
                                                     {"event", NULL, false}};

static bool grant_resolve(void *context, const char *text, size_t length, uint32_t *ret_number)
{
    (void)context;
    *ret_number = 7;
    return length == 5 && memcmp(text, "study", 5) == 0;
}

static const char *grant_state(void *context, size_t i)
{
    (void)context;
    return i == 0 ? "study" : NULL;
}

static const struct workflow_predicate grant_predicates[] = {{"in_state", grant_resolve, grant_state}};

__attribute__((unused)) static const struct workflow_environment grant_environment = {
    .roots = grant_roots, .n_roots = 4, .predicates = grant_predicates, .n_predicates = 1};

static char grant_memory_bytes[512 * 1024] __attribute__((aligned(16)));
static struct workflow_memory grant_memory = {grant_memory_bytes, sizeof grant_memory_bytes, 0};
static struct workflow_expression_fault grant_fault_list[8];
static struct workflow_expression_faults grant_faults = {grant_fault_list, 8, 0};
static struct workflow_value grant_values[GRANT_FIELDS], grant_root_values[4];
static bool grant_answer; /* of in_state('study') */

/* Begins anew: no expression, every field unset but the budget. */
__attribute__((unused)) static void grant_begin(void)
{
    grant_memory.used = 0;
    grant_faults.n = 0;
    grant_answer = false;
    memset(grant_values, 0, sizeof grant_values);
    memset(grant_root_values, 0, sizeof grant_root_values);
    grant_values[GRANT_BUDGET] = workflow_value_int(5000);
    grant_root_values[0] = workflow_value_record(grant_values, GRANT_FIELDS);
}

__attribute__((unused)) static const struct workflow_expression *grant_compile(const char *text)
{
    const struct workflow_expression *expression =
        workflow_expression_compile(text, strlen(text), &grant_environment, NULL, &grant_memory, &grant_faults);
    if (expression == NULL)
        fail_msg("%s: %s", text, grant_faults.n > 0 ? grant_fault_list[0].message : "no fault");
    return expression;
}

static bool grant_ask(void *context, unsigned predicate, uint32_t number)
{
    assert_ptr_equal(context, &grant_answer);
    return predicate == 0 && number == 7 && grant_answer;
}

/* What the names stand for. */
__attribute__((unused)) static struct workflow_bindings grant_bindings(void)
{
    return (struct workflow_bindings){
        .roots = grant_root_values, .n_roots = 4, .ask = grant_ask, .context = &grant_answer, .scratch = &grant_memory};
}

__attribute__((unused)) static struct workflow_value grant_evaluate(const char *text)
{
    const struct workflow_bindings bindings = grant_bindings();
    return workflow_expression_evaluate(grant_compile(text), &bindings);
}

/* What a text is worth, written out. */
#define ASSERT_WORTH(text, expected)                                                                                   \
    do {                                                                                                               \
        char worth_[256];                                                                                              \
        const struct workflow_value value_ = grant_evaluate(text);                                                     \
        (void)workflow_value_print(&value_, worth_, sizeof worth_);                                                    \
        assert_string_equal(worth_, expected);                                                                         \
    } while (0)

#endif
