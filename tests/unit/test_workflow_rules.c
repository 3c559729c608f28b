/* Who may do what, and why not: every reason at once. What is taken back, and when timers fire. */
#include "unit/test_workflow_scene.h"

#include <stdbool.h>

static const char *const grant = SCENE_HEAD
    "`data`: {`asked`: {`type`: `cents`, `min`: 1, `max`: 900000}, `budget`: {`type`: `cents`},"
    " `reason`: {`type`: `string`}, `kind`: {`type`: `enum`, `of`: [`a`, `b`], `default`: `a`},"
    " `until`: {`type`: `date`}, `pages`: {`type`: `int`}},"
    "`clocks`: {`answer`: {`budget`: {`days`: 5}, `calendar`: `legal`}},"
    "`initial`: `open`, `states`: {`open`: {" SCENE_L ", `on`: { `submit`: [{`role`: `all`,"
    " `guard`: `data.kind == 'a'`, `require`: [`asked`, `reason`],"
    "   `check`: [{`expr`: `data.asked <= data.budget`, `msg`: {`ca`: `massa`, `en`: `too much`}},"
    "    {`expr`: `event.pages > 1`, `msg`: {`ca`: `curt`, `es`: `corto`, `en`: `short`}}],"
    "   `to`: `seen`}, {`role`: `other`, `guard`: `data.kind == 'b' && in_state('open')`, `to`: `gone`}],"
    " `sign`: [{`role`: [`all`, `other`], `to`: `signed`}], `wrong`: [{`role`: `all`,"
    " `set`: {`asked`: `1 / (data.asked - data.asked)`}, `to`: `seen`}], `hold`: [{`role`: `all`,"
    " `to`: `held`}] }, `after`: [{`id`: `nag`, `in`: {`days`: 2}, `calendar`: `legal`, `repeat`: 3,"
    " `window`: `office`,"
    "   `do`: [{`fx`: `notify`, `to`: `all`}]}]},"
    "`seen`: {" SCENE_L ", `on`: {`close`: @end}, `after`: [{`id`: `late`, `on_date`: `data.until`, `to`: `end`}]},"
    "`signed`: {" SCENE_L ", `entry`: [{`fx`: `clock_start`, `clock`: `answer`}],"
    " `on`: { `approve`: [{`role`: `all`, `not_same_actor_as`: [`sign`], `to`: `end`}]},"
    " `after`: [{`id`: `overdue`, `clock`: `answer`, `at`: `150%`, `guard`: `data.kind == 'b'`, `to`: `gone`}]},"
    "`held`: {" SCENE_L ", `entry`: [{`fx`: `reserve`, `what`: `stock`, `undo`: `release`},"
    "   {`fx`: `pay`, `amount`: `data.asked`, `undo`: `claw`}], `on`: {`give_back`: [{`role`: `all`,"
    " `internal`: true, `do`: [{`fx`: `release`, `what`: `stock`}]}],"
    "  `drop`: @gone, `finish`: @end}}," SCENE_END "}}";

static struct scene *opened(void)
{
    struct scene *scene = scene_open(grant);

    assert_int_equal(scene_start(scene), WORKFLOW_OK);
    return scene;
}

/* `event` of the next step. */
static enum workflow_rc submit(struct scene *scene, int64_t pages)
{
    const struct workflow_value told[] = {workflow_value_string("pages", 5), workflow_value_int(pages)};
    struct workflow_event event = scene_event(scene, "submit");

    event.data = workflow_value_map(told, 1);
    return scene_step(scene, event);
}

static void test_default__is_there_from_the_start(void **state)
{
    struct scene *scene = opened();

    (void)state;
    assert_int_equal(scene->out.set, 1 << 3);
    assert_int_equal(scene->data[3].n, 1);
    assert_memory_equal(scene->data[3].text, "a", 1);
    scene_close(scene);
}

static void test_refusal__tells_every_reason_at_once(void **state)
{
    struct scene *scene = opened();
    const struct workflow_reasons *reasons = &scene->out.reasons;

    (void)state;
    scene->world.roles_held = 2;
    scene->world.fields_present = 1;
    scene->data[0] = workflow_value_int(500);
    scene->data[1] = workflow_value_int(400);
    assert_int_equal(submit(scene, 1), WORKFLOW_REJECTED);
    assert_int_equal(reasons->why, WORKFLOW_REASON_ROLE | WORKFLOW_REASON_FIELDS | WORKFLOW_REASON_CHECKS);
    assert_int_equal(reasons->roles_wanted, 1);
    assert_int_equal(reasons->fields_missing, 1 << 2);
    assert_int_equal(reasons->n_failures, 2);
    assert_string_equal(reasons->failures[0]->in[WORKFLOW_EN], "too much");
    assert_string_equal(reasons->failures[1]->in[WORKFLOW_ES], "corto");
    assert_string_equal(scene_leaves(scene), "open");
    scene_close(scene);
}

static void test_check__that_cannot_be_computed_does_not_hold_and_the_trace_says_why(void **state)
{
    struct scene *scene = opened();
    const struct workflow_trace *last;

    (void)state;
    scene->data[0] = workflow_value_int(400);
    scene->data[1] = workflow_value_int(400);
    assert_int_equal(scene_do(scene, "submit"), WORKFLOW_REJECTED);
    assert_int_equal(scene->out.reasons.why, WORKFLOW_REASON_CHECKS);
    assert_int_equal(scene->out.reasons.n_failures, 1);
    last = &scene->out.trace[scene->out.n_trace - 1];
    assert_int_equal(last->kind, WORKFLOW_TRACE_CHECK);
    assert_int_equal(last->value.kind, WORKFLOW_KIND_ERROR);
    scene_close(scene);
}

/* Guards choose the alternative, whoever acts; the role then says whether they may. */
static void test_guard__chooses_before_anybody_is_asked_for_a_role(void **state)
{
    struct scene *scene = opened();

    (void)state;
    scene->data[3] = workflow_value_string("b", 1);
    assert_int_equal(submit(scene, 2), WORKFLOW_REJECTED);
    assert_int_equal(scene->out.reasons.why, WORKFLOW_REASON_ROLE);
    assert_int_equal(scene->out.reasons.roles_wanted, 2);
    scene->world.roles_held = 2;
    assert_int_equal(submit(scene, 2), WORKFLOW_OK);
    assert_string_equal(scene_leaves(scene), "gone");
    scene_close(scene);
}

static void test_guard__hides_when_none_holds(void **state)
{
    struct scene *scene = opened();

    (void)state;
    scene->data[3] = workflow_value_unset();
    assert_int_equal(submit(scene, 2), WORKFLOW_REJECTED);
    assert_int_equal(scene->out.reasons.why, WORKFLOW_REASON_HIDDEN);
    assert_int_equal(scene->out.n_trace, 2);
    assert_int_equal(scene->out.trace[0].value.kind, WORKFLOW_KIND_ERROR);
    scene_close(scene);
}

static void test_four_eyes__want_somebody_else(void **state)
{
    struct scene *scene = opened();

    (void)state;
    assert_int_equal(scene_do(scene, "sign"), WORKFLOW_OK);
    assert_int_equal(scene_do(scene, "approve"), WORKFLOW_REJECTED);
    assert_int_equal(scene->out.reasons.why, WORKFLOW_REASON_SAME_ACTOR);
    assert_string_equal(workflow_event_key(scene->wf, (unsigned)workflow_witness_event(scene->wf, 0)), "sign");
    assert_int_equal(scene->out.reasons.witnesses, 1);
    scene->world.actor = 2;
    assert_int_equal(scene_do(scene, "approve"), WORKFLOW_OK);
    scene_close(scene);
}

static void test_set__that_cannot_be_computed_is_a_fault_and_nothing_happens(void **state)
{
    struct scene *scene = opened();

    (void)state;
    scene->data[0] = workflow_value_int(400);
    assert_int_equal(scene_do(scene, "wrong"), WORKFLOW_FAULT);
    assert_int_equal(scene->out.fault, WORKFLOW_FAULT_EXPRESSION);
    assert_string_equal(workflow_fault_key(scene->out.fault), "expression");
    assert_string_equal(scene_leaves(scene), "open");
    scene_close(scene);
}

static void test_undo__takes_back_last_first_what_came_to_nothing(void **state)
{
    struct scene *scene = opened();

    (void)state;
    scene->data[0] = workflow_value_int(400);
    assert_int_equal(scene_do(scene, "hold"), WORKFLOW_OK);
    assert_string_equal(scene_effects(scene), "reserve:stock pay");
    assert_int_equal(scene->out.effects[1].amount, 400);
    assert_int_equal(scene_do(scene, "drop"), WORKFLOW_OK);
    assert_string_equal(scene_effects(scene), "undo pay undo reserve:stock");
    assert_int_equal(scene->out.effects[0].info->undo, WORKFLOW_EFFECT_CLAW);
    assert_int_equal(scene->out.effects[0].amount, 400);
    scene_close(scene);
}

static void test_undo__forgets_what_was_taken_back_by_hand(void **state)
{
    struct scene *scene = opened();

    (void)state;
    scene->data[0] = workflow_value_int(400);
    assert_int_equal(scene_do(scene, "hold"), WORKFLOW_OK);
    assert_int_equal(scene_do(scene, "give_back"), WORKFLOW_OK);
    assert_string_equal(scene_effects(scene), "release:stock");
    assert_int_equal(scene_do(scene, "drop"), WORKFLOW_OK);
    assert_string_equal(scene_effects(scene), "undo pay");
    scene_close(scene);
}

static void test_undo__leaves_what_came_to_something(void **state)
{
    struct scene *scene = opened();

    (void)state;
    scene->data[0] = workflow_value_int(400);
    assert_int_equal(scene_do(scene, "hold"), WORKFLOW_OK);
    assert_int_equal(scene_do(scene, "finish"), WORKFLOW_OK);
    assert_string_equal(scene_effects(scene), "");
    scene_close(scene);
}

static void test_timer__fires_as_often_as_it_may(void **state)
{
    struct scene *scene = opened();

    (void)state;
    assert_string_equal(scene_timers(scene), "arm nag");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(scene_fire(scene, "nag"), WORKFLOW_OK);
        assert_string_equal(scene_effects(scene), "notify");
        assert_string_equal(scene_timers(scene), i < 2 ? "arm nag" : "");
    }
    assert_int_equal(scene_fire(scene, "nag"), WORKFLOW_REJECTED);
    assert_int_equal(scene->out.reasons.why, WORKFLOW_REASON_STALE);
    scene_close(scene);
}

static void test_timer__of_a_state_that_was_left_is_stale(void **state)
{
    struct scene *scene = opened();

    (void)state;
    assert_int_equal(scene_do(scene, "sign"), WORKFLOW_OK);
    assert_string_equal(scene_timers(scene), "cancel nag, arm overdue");
    assert_int_equal(scene_fire(scene, "nag"), WORKFLOW_REJECTED);
    scene_close(scene);
}

static void test_timer__whose_guard_does_not_hold_has_fired_and_does_nothing(void **state)
{
    struct scene *scene = opened();

    (void)state;
    assert_int_equal(scene_do(scene, "sign"), WORKFLOW_OK);
    assert_int_equal(scene_fire(scene, "overdue"), WORKFLOW_OK);
    assert_string_equal(scene_leaves(scene), "signed");
    assert_int_equal(scene_fire(scene, "overdue"), WORKFLOW_REJECTED);
    scene_close(scene);
}

static void test_timer__on_a_date_is_armed_with_it(void **state)
{
    struct scene *scene = opened();

    (void)state;
    scene->data[0] = workflow_value_int(400);
    scene->data[1] = workflow_value_int(400);
    assert_int_equal(submit(scene, 2), WORKFLOW_FAULT); /* the date is not known, so nobody would ever be reminded */
    scene->data[4] = workflow_value_timestamp(1790000000, 0);
    assert_int_equal(submit(scene, 2), WORKFLOW_OK);
    assert_string_equal(scene_timers(scene), "cancel nag, arm late");
    assert_int_equal(scene->out.timers[1].date.integer, 1790000000);
    scene_close(scene);
}

static void test_end__stops_every_clock(void **state)
{
    struct scene *scene = opened();

    (void)state;
    assert_int_equal(scene_do(scene, "sign"), WORKFLOW_OK);
    assert_string_equal(scene_clocks(scene), "start answer");
    scene->world.actor = 2;
    assert_int_equal(scene_do(scene, "approve"), WORKFLOW_OK);
    assert_string_equal(scene_clocks(scene), "stop answer");
    assert_string_equal(scene_timers(scene), "cancel overdue");
    assert_int_equal(scene_do(scene, "approve"), WORKFLOW_REJECTED);
    scene_close(scene);
}

static void test_options__say_of_each_button_why_it_is_grey_and_where_it_leads(void **state)
{
    static struct workflow_option options[WORKFLOW_EVENTS_MAX];
    struct scene *scene = opened();
    size_t n;

    (void)state;
    n = workflow_options(scene->wf, &scene->now, &scene->world, 0, false, &scene->out, options, WORKFLOW_EVENTS_MAX);
    assert_int_equal(n, 4);
    assert_string_equal(workflow_event_key(scene->wf, options[0].event), "submit");
    assert_false(options[0].possible);
    assert_int_equal(options[0].reasons.why, WORKFLOW_REASON_CHECKS);
    assert_true(options[1].possible);
    assert_string_equal(workflow_state(scene->wf, (unsigned)options[1].to)->key, "signed");
    n = workflow_options(scene->wf, &scene->now, &scene->world, 0, true, &scene->out, options, WORKFLOW_EVENTS_MAX);
    assert_int_equal(n, 9);
    assert_int_equal(options[8].reasons.why, WORKFLOW_REASON_WRONG_STATE);
    scene_close(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_default__is_there_from_the_start),
        cmocka_unit_test(test_refusal__tells_every_reason_at_once),
        cmocka_unit_test(test_check__that_cannot_be_computed_does_not_hold_and_the_trace_says_why),
        cmocka_unit_test(test_guard__chooses_before_anybody_is_asked_for_a_role),
        cmocka_unit_test(test_guard__hides_when_none_holds),
        cmocka_unit_test(test_four_eyes__want_somebody_else),
        cmocka_unit_test(test_set__that_cannot_be_computed_is_a_fault_and_nothing_happens),
        cmocka_unit_test(test_undo__takes_back_last_first_what_came_to_nothing),
        cmocka_unit_test(test_undo__forgets_what_was_taken_back_by_hand),
        cmocka_unit_test(test_undo__leaves_what_came_to_something),
        cmocka_unit_test(test_timer__fires_as_often_as_it_may),
        cmocka_unit_test(test_timer__of_a_state_that_was_left_is_stale),
        cmocka_unit_test(test_timer__whose_guard_does_not_hold_has_fired_and_does_nothing),
        cmocka_unit_test(test_timer__on_a_date_is_armed_with_it),
        cmocka_unit_test(test_end__stops_every_clock),
        cmocka_unit_test(test_options__say_of_each_button_why_it_is_grey_and_where_it_leads),
    };
    return cmocka_run_group_tests_name("workflow_rules", tests, NULL, NULL);
}
