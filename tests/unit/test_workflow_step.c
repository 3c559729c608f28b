/* What may be done in a state, who may do it, and what follows. */
#include "unit/test_workflow_document.h"

enum { ASKER = 1, DOER = 2 };
enum { OPEN, WORK, DONE };
static const uint64_t reason = 1;

static int setup(void **state)
{
    *state = parses(sound);
    return 0;
}

static int teardown(void **state)
{
    workflow_free(*state);
    return 0;
}

static void test_start__enters_the_initial_state_with_its_effects(void **state)
{
    struct workflow_verdict verdict = workflow_start(*state);

    assert_int_equal(verdict.refusal, WORKFLOW_ALLOWED);
    assert_int_equal(verdict.from, OPEN);
    assert_int_equal(verdict.to, OPEN);
    assert_int_equal(verdict.n_path, 1);
    assert_int_equal(verdict.n_effects, 1);
    assert_int_equal(verdict.effects[0].kind, WORKFLOW_EFFECT_REGISTER);
    assert_string_equal(verdict.effects[0].argument, "entrada");
}

static void test_step__follows_a_transition_to_whoever_holds_its_role(void **state)
{
    struct workflow_facts facts = {ASKER, reason};
    struct workflow_verdict verdict = workflow_step(*state, OPEN, "go", &facts);

    assert_int_equal(verdict.refusal, WORKFLOW_ALLOWED);
    assert_int_equal(verdict.from, OPEN);
    assert_int_equal(verdict.to, WORK);
    assert_int_equal(verdict.path[0], WORK);
    assert_int_equal(verdict.n_effects, 1);
    assert_int_equal(verdict.effects[0].kind, WORKFLOW_EFFECT_ASSIGN);
    assert_string_equal(verdict.effects[0].argument, "near");
}

static void test_step__refuses_a_role_that_does_not_hold_it(void **state)
{
    struct workflow_facts facts = {DOER, reason};
    struct workflow_verdict verdict = workflow_step(*state, OPEN, "go", &facts);

    assert_int_equal(verdict.refusal, WORKFLOW_ROLE_MISSING);
    assert_int_equal(verdict.to, OPEN);
    assert_int_equal(verdict.n_path, 0);
    assert_int_equal(verdict.n_effects, 0);
    assert_int_equal(verdict.roles_wanted, ASKER);
}

static void test_step__is_content_with_any_one_of_several_roles(void **state)
{
    struct workflow_facts asker = {ASKER, 0}, doer = {DOER | 4, 0}, other = {4, 0};

    assert_int_equal(workflow_step(*state, WORK, "end", &asker).refusal, WORKFLOW_ALLOWED);
    assert_int_equal(workflow_step(*state, WORK, "end", &doer).to, DONE);
    assert_int_equal(workflow_step(*state, WORK, "end", &other).refusal, WORKFLOW_ROLE_MISSING);
}

static void test_step__refuses_while_a_required_field_is_missing(void **state)
{
    struct workflow_facts facts = {ASKER, ~reason};
    struct workflow_verdict verdict = workflow_step(*state, OPEN, "go", &facts);

    assert_int_equal(verdict.refusal, WORKFLOW_FIELDS_MISSING);
    assert_int_equal(verdict.fields_missing, reason);
    assert_int_equal(verdict.to, OPEN);
}

static void test_step__tells_missing_fields_also_to_whom_the_role_is_missing(void **state)
{
    struct workflow_verdict verdict = workflow_step(*state, OPEN, "go", NULL);

    assert_int_equal(verdict.refusal, WORKFLOW_ROLE_MISSING);
    assert_int_equal(verdict.fields_missing, reason);
}

static void test_step__tells_an_event_of_another_state_from_one_of_none(void **state)
{
    struct workflow_facts all = {UINT32_MAX, UINT64_MAX};

    assert_int_equal(workflow_step(*state, WORK, "go", &all).refusal, WORKFLOW_WRONG_STATE);
    assert_int_equal(workflow_step(*state, DONE, "end", &all).refusal, WORKFLOW_WRONG_STATE);
    assert_int_equal(workflow_step(*state, WORK, "fly", &all).refusal, WORKFLOW_UNKNOWN_EVENT);
    assert_int_equal(workflow_step(*state, WORK, "", &all).refusal, WORKFLOW_UNKNOWN_EVENT);
}

static void test_step__refuses_a_state_that_is_not_there(void **state)
{
    struct workflow_facts all = {UINT32_MAX, UINT64_MAX};
    struct workflow_verdict verdict = workflow_step(*state, 99, "go", &all);

    assert_int_equal(verdict.refusal, WORKFLOW_WRONG_STATE);
    assert_int_equal(verdict.to, 99);
    assert_int_equal(workflow_options(*state, 99, &all, NULL, 0), 0);
    assert_null(workflow_event_label(*state, 99, "go"));
}

static void test_step__orders_effects_transition_first_then_entry_then_assignment_along_the_chain(void **state)
{
    char *text =
        edited("\"to\": \"work\"}]", "\"to\": \"passing\", \"do\": [{\"fx\": \"register\", \"book\": \"sortida\"}]}]");
    char *whole = replaced(text, "\"done\": {",
                           "\"passing\": {\"label\": {\"ca\": \"De pas\", \"en\": \"Passing\"}, \"phase\": \"intake\","
                           "\"entry\": [{\"fx\": \"assign\", \"policy\": \"near\"}], \"always\": [{\"to\": \"work\", "
                           "\"do\": [{\"fx\": \"register\", \"book\": \"entrada\"}]}]}, \"done\": {");
    static const struct workflow_effect wanted[] = {{WORKFLOW_EFFECT_REGISTER, "sortida"},
                                                    {WORKFLOW_EFFECT_ASSIGN, "near"},
                                                    {WORKFLOW_EFFECT_REGISTER, "entrada"},
                                                    {WORKFLOW_EFFECT_ASSIGN, "near"}};
    struct workflow_facts facts = {ASKER, reason};
    struct workflow *wf = parses(whole);
    struct workflow_verdict verdict = workflow_step(wf, OPEN, "go", &facts);

    (void)state;
    assert_int_equal(verdict.n_path, 2);
    assert_string_equal(workflow_state(wf, verdict.path[0])->key, "passing");
    assert_int_equal(verdict.path[1], WORK);
    assert_int_equal(verdict.to, WORK);
    assert_int_equal(verdict.n_effects, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(verdict.effects[i].kind, wanted[i].kind);
        assert_string_equal(verdict.effects[i].argument, wanted[i].argument);
    }
    workflow_free(wf);
    free(text);
    free(whole);
}

static void test_options__list_what_the_actor_may_not_do_with_the_reason(void **state)
{
    struct workflow_option options[WORKFLOW_EVENTS_MAX];
    struct workflow_facts doer = {DOER, 0};

    assert_int_equal(workflow_options(*state, OPEN, &doer, options, WORKFLOW_EVENTS_MAX), 1);
    assert_string_equal(options[0].event, "go");
    assert_false(options[0].allowed);
    assert_int_equal(options[0].refusal, WORKFLOW_ROLE_MISSING);
    assert_int_equal(options[0].roles_wanted, ASKER);
    assert_int_equal(options[0].fields_required, reason);
}

static void test_options__allow_what_only_lacks_fields(void **state)
{
    struct workflow_option option;
    struct workflow_facts asker = {ASKER, 0};

    assert_int_equal(workflow_options(*state, OPEN, &asker, &option, 1), 1);
    assert_true(option.allowed);
    assert_int_equal(option.refusal, WORKFLOW_FIELDS_MISSING);
    assert_int_equal(option.fields_missing, reason);
    assert_int_equal(option.to, WORK);
}

static void test_options__count_what_does_not_fit(void **state)
{
    struct workflow_facts all = {UINT32_MAX, UINT64_MAX};

    assert_int_equal(workflow_options(*state, OPEN, &all, NULL, 0), 1);
    assert_int_equal(workflow_options(*state, DONE, &all, NULL, 0), 0);
}

static void test_words__are_stable(void **state)
{
    (void)state;
    assert_string_equal(workflow_refusal_key(WORKFLOW_ALLOWED), "allowed");
    assert_string_equal(workflow_refusal_key(WORKFLOW_UNKNOWN_EVENT), "unknown_event");
    assert_string_equal(workflow_refusal_key(WORKFLOW_WRONG_STATE), "wrong_state");
    assert_string_equal(workflow_refusal_key(WORKFLOW_ROLE_MISSING), "role_missing");
    assert_string_equal(workflow_refusal_key(WORKFLOW_FIELDS_MISSING), "fields_missing");
    assert_string_equal(workflow_phase_key(WORKFLOW_PHASE_DRAFT), "draft");
    assert_string_equal(workflow_phase_key(WORKFLOW_PHASE_JUSTIFICATION), "justification");
    assert_string_equal(workflow_phase_key(WORKFLOW_PHASE_END), "end");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_start__enters_the_initial_state_with_its_effects),
        cmocka_unit_test(test_step__follows_a_transition_to_whoever_holds_its_role),
        cmocka_unit_test(test_step__refuses_a_role_that_does_not_hold_it),
        cmocka_unit_test(test_step__is_content_with_any_one_of_several_roles),
        cmocka_unit_test(test_step__refuses_while_a_required_field_is_missing),
        cmocka_unit_test(test_step__tells_missing_fields_also_to_whom_the_role_is_missing),
        cmocka_unit_test(test_step__tells_an_event_of_another_state_from_one_of_none),
        cmocka_unit_test(test_step__refuses_a_state_that_is_not_there),
        cmocka_unit_test(test_step__orders_effects_transition_first_then_entry_then_assignment_along_the_chain),
        cmocka_unit_test(test_options__list_what_the_actor_may_not_do_with_the_reason),
        cmocka_unit_test(test_options__allow_what_only_lacks_fields),
        cmocka_unit_test(test_options__count_what_does_not_fit),
        cmocka_unit_test(test_words__are_stable),
    };
    return cmocka_run_group_tests_name("workflow_step", tests, setup, teardown);
}
