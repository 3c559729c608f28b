/* Who is chosen, and what is said of those who are not. */
#include "unit/test_workflow_document.h"

static int setup(void **state)
{
    char *text =
        edited("\"rank\": [\"open_load asc\"]", "\"rank\": [\"territory_distance asc\", \"last_assigned_at asc\", "
                                                "\"open_load asc\", \"agent_id asc\"]");

    *state = parses(text);
    free(text);
    return 0;
}

static int teardown(void **state)
{
    workflow_free(*state);
    return 0;
}

static void test_assign__prefers_the_agent_of_the_body_to_that_of_the_comarca(void **state)
{
    const struct workflow_candidate candidates[] = {
        {.id = 1, .covers_comarca = true, .capacity = 5},
        {.id = 2, .covers_body = true, .open_load = 4, .capacity = 5, .last_assigned_at_us = 9},
    };
    struct workflow_ranking order[2];
    size_t fit;

    assert_true(workflow_assign(*state, "near", candidates, 2, order, &fit));
    assert_int_equal(fit, 2);
    assert_int_equal(order[0].index, 1);
    assert_int_equal(order[1].index, 0);
}

static void test_assign__ranks_in_the_order_of_the_policy(void **state)
{
    const struct workflow_candidate candidates[] = {
        {.id = 1, .covers_body = true, .open_load = 1, .last_assigned_at_us = 7},
        {.id = 2, .covers_body = true, .open_load = 9, .last_assigned_at_us = 0},
        {.id = 3, .covers_body = true, .open_load = 0, .last_assigned_at_us = 7},
    };
    struct workflow_ranking order[3];
    size_t fit;

    assert_true(workflow_assign(*state, "near", candidates, 3, order, &fit));
    assert_int_equal(order[0].index, 1);
    assert_int_equal(order[1].index, 2);
    assert_int_equal(order[2].index, 0);
}

static void test_assign__passes_over_who_is_elsewhere_or_absent_and_says_so(void **state)
{
    const struct workflow_candidate candidates[] = {
        {.id = 1, .absent = true},
        {.id = 2, .covers_body = true, .absent = true},
        {.id = 3, .covers_comarca = true},
    };
    struct workflow_ranking order[3];
    size_t fit;

    assert_true(workflow_assign(*state, "near", candidates, 3, order, &fit));
    assert_int_equal(fit, 1);
    assert_int_equal(order[0].index, 2);
    assert_int_equal(order[1].index, 0);
    assert_int_equal(order[1].unfit, WORKFLOW_UNFIT_TERRITORY);
    assert_int_equal(order[2].unfit, WORKFLOW_UNFIT_ABSENT);
}

static void test_assign__does_not_apply_a_filter_that_the_policy_does_not_name(void **state)
{
    /* "near" says nothing of capacity. */
    const struct workflow_candidate full = {.id = 1, .covers_body = true, .open_load = 3, .capacity = 3};
    struct workflow_ranking order;
    size_t fit;

    assert_true(workflow_assign(*state, "near", &full, 1, &order, &fit));
    assert_int_equal(fit, 1);
}

static void test_assign__falls_back_to_a_role_when_nobody_is_there(void **state)
{
    size_t fit = 9;
    int role = -1;

    assert_true(workflow_assign(*state, "near", NULL, 0, NULL, &fit));
    assert_int_equal(fit, 0);
    assert_true(workflow_policy_fallback(*state, "near", &role));
    assert_string_equal(workflow_role(*state, (unsigned)role)->key, "doer");
}

static void test_assign__refuses_a_policy_that_is_not_there(void **state)
{
    size_t fit;
    int role;

    assert_false(workflow_assign(*state, "far", NULL, 0, NULL, &fit));
    assert_false(workflow_policy_fallback(*state, "far", &role));
}

static void test_words__say_why_somebody_is_unfit(void **state)
{
    (void)state;
    assert_string_equal(workflow_unfit_key(WORKFLOW_FIT), "fit");
    assert_string_equal(workflow_unfit_key(WORKFLOW_UNFIT_TERRITORY), "territory");
    assert_string_equal(workflow_unfit_key(WORKFLOW_UNFIT_ABSENT), "absent");
    assert_string_equal(workflow_unfit_key(WORKFLOW_UNFIT_CAPACITY), "capacity");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_assign__prefers_the_agent_of_the_body_to_that_of_the_comarca),
        cmocka_unit_test(test_assign__ranks_in_the_order_of_the_policy),
        cmocka_unit_test(test_assign__passes_over_who_is_elsewhere_or_absent_and_says_so),
        cmocka_unit_test(test_assign__does_not_apply_a_filter_that_the_policy_does_not_name),
        cmocka_unit_test(test_assign__falls_back_to_a_role_when_nobody_is_there),
        cmocka_unit_test(test_assign__refuses_a_policy_that_is_not_there),
        cmocka_unit_test(test_words__say_why_somebody_is_unfit),
    };
    return cmocka_run_group_tests_name("workflow_assign", tests, setup, teardown);
}
