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
    struct flat_verdict verdict = flat_start(*state);

    assert_true(verdict.allowed);
    assert_int_equal(verdict.from, OPEN);
    assert_int_equal(verdict.to, OPEN);
    assert_int_equal(verdict.n_path, 1);
    assert_int_equal(verdict.n_effects, 1);
    assert_int_equal(verdict.effects[0].kind, WORKFLOW_EFFECT_REGISTER);
    assert_string_equal(verdict.effects[0].argument, "entrada");
}

static void test_step__follows_a_transition_to_whoever_holds_its_role(void **state)
{
    struct flat_facts facts = {ASKER, reason};
    struct flat_verdict verdict = flat_step(*state, OPEN, "go", &facts);

    assert_true(verdict.allowed);
    assert_int_equal(verdict.from, OPEN);
    assert_int_equal(verdict.to, WORK);
    assert_int_equal(verdict.path[0], WORK);
    assert_int_equal(verdict.n_effects, 1);
    assert_int_equal(verdict.effects[0].kind, WORKFLOW_EFFECT_ASSIGN);
    assert_string_equal(verdict.effects[0].argument, "near");
}

static void test_step__refuses_a_role_that_does_not_hold_it(void **state)
{
    struct flat_facts facts = {DOER, reason};
    struct flat_verdict verdict = flat_step(*state, OPEN, "go", &facts);

    assert_int_equal(verdict.why, WORKFLOW_REASON_ROLE);
    assert_int_equal(verdict.to, OPEN);
    assert_int_equal(verdict.n_path, 0);
    assert_int_equal(verdict.n_effects, 0);
    assert_int_equal(verdict.roles_wanted, ASKER);
}

static void test_step__is_content_with_any_one_of_several_roles(void **state)
{
    struct flat_facts asker = {ASKER, 0}, doer = {DOER | 4, 0}, other = {4, 0};

    assert_int_equal(flat_step(*state, WORK, "end", &asker).allowed, true);
    assert_int_equal(flat_step(*state, WORK, "end", &doer).to, DONE);
    assert_int_equal(flat_step(*state, WORK, "end", &other).why, WORKFLOW_REASON_ROLE);
}

static void test_step__refuses_while_a_required_field_is_missing(void **state)
{
    struct flat_facts facts = {ASKER, ~reason};
    struct flat_verdict verdict = flat_step(*state, OPEN, "go", &facts);

    assert_int_equal(verdict.why, WORKFLOW_REASON_FIELDS);
    assert_int_equal(verdict.fields_missing, reason);
    assert_int_equal(verdict.to, OPEN);
}

static void test_step__tells_missing_fields_also_to_whom_the_role_is_missing(void **state)
{
    struct flat_verdict verdict = flat_step(*state, OPEN, "go", NULL);

    assert_int_equal(verdict.why, WORKFLOW_REASON_ROLE | WORKFLOW_REASON_FIELDS);
    assert_int_equal(verdict.fields_missing, reason);
}

static void test_step__tells_an_event_of_another_state_from_one_of_none(void **state)
{
    struct flat_facts all = {UINT32_MAX, UINT64_MAX};

    assert_int_equal(flat_step(*state, WORK, "go", &all).why, WORKFLOW_REASON_WRONG_STATE);
    assert_int_equal(flat_step(*state, DONE, "end", &all).why, WORKFLOW_REASON_WRONG_STATE);
    assert_int_equal(flat_step(*state, WORK, "fly", &all).why, WORKFLOW_REASON_UNKNOWN_EVENT);
    assert_int_equal(flat_step(*state, WORK, "", &all).why, WORKFLOW_REASON_UNKNOWN_EVENT);
}

static void test_step__refuses_a_state_that_is_not_there(void **state)
{
    struct flat_facts all = {UINT32_MAX, UINT64_MAX};
    struct flat_verdict verdict = flat_step(*state, 99, "go", &all);

    assert_int_equal(verdict.why, WORKFLOW_REASON_WRONG_STATE);
    assert_int_equal(verdict.to, 99);
    assert_int_equal(flat_options(*state, 99, &all, NULL, 0), 0);
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
    static const struct {
        enum workflow_effect_kind kind;
        const char *argument;
    } wanted[] = {{WORKFLOW_EFFECT_REGISTER, "sortida"},
                  {WORKFLOW_EFFECT_ASSIGN, "near"},
                  {WORKFLOW_EFFECT_REGISTER, "entrada"},
                  {WORKFLOW_EFFECT_ASSIGN, "near"}};
    struct flat_facts facts = {ASKER, reason};
    struct workflow *wf = parses(whole);
    struct flat_verdict verdict = flat_step(wf, OPEN, "go", &facts);

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
    struct flat_option options[FLAT_OPTIONS_MAX];
    struct flat_facts doer = {DOER, 0};

    assert_int_equal(flat_options(*state, OPEN, &doer, options, FLAT_OPTIONS_MAX), 1);
    assert_string_equal(options[0].event, "go");
    assert_false(options[0].allowed);
    assert_int_equal(options[0].why, WORKFLOW_REASON_ROLE | WORKFLOW_REASON_FIELDS);
    assert_int_equal(options[0].roles_wanted, ASKER);
    assert_int_equal(options[0].fields_required, reason);
}

static void test_options__allow_what_only_lacks_fields(void **state)
{
    struct flat_option option;
    struct flat_facts asker = {ASKER, 0};

    assert_int_equal(flat_options(*state, OPEN, &asker, &option, 1), 1);
    assert_true(option.allowed);
    assert_int_equal(option.why, WORKFLOW_REASON_FIELDS);
    assert_int_equal(option.fields_missing, reason);
    assert_int_equal(option.to, WORK);
}

static void test_options__count_what_does_not_fit(void **state)
{
    struct flat_facts all = {UINT32_MAX, UINT64_MAX};

    assert_int_equal(flat_options(*state, OPEN, &all, NULL, 0), 1);
    assert_int_equal(flat_options(*state, DONE, &all, NULL, 0), 0);
}

static void test_words__are_stable(void **state)
{
    (void)state;
    assert_string_equal(workflow_reason_key(WORKFLOW_REASON_UNKNOWN_EVENT), "unknown_event");
    assert_string_equal(workflow_reason_key(WORKFLOW_REASON_WRONG_STATE), "wrong_state");
    assert_string_equal(workflow_reason_key(WORKFLOW_REASON_ROLE), "role_missing");
    assert_string_equal(workflow_reason_key(WORKFLOW_REASON_FIELDS), "fields_missing");
    assert_string_equal(workflow_reason_key(WORKFLOW_REASON_VOTED), "voted_already");
    assert_string_equal(workflow_fault_key(WORKFLOW_FAULT_RESTLESS), "restless");
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
