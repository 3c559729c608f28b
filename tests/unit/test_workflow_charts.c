/* What states inside others mean, and what a history brings back. */
#include "unit/test_workflow_scene.h"

#include <stdbool.h>

static const char *const study = SCENE_HEAD
    "`data`: {`hours`: {`type`: `int`, `default`: 10}, `rounds`: {`type`: `int`, `default`: 0}},"
    "`clocks`: {`term`: {`budget`: {`months`: 3}, `calendar`: `legal`}, `amendment`: {`budget`: {`habils`: 10},"
    " `calendar`: `legal`}},"
    "`assign`: {`near`: {`pool`: `agents in comarca(applicant)`, `rank`: [`open_load asc`], `if_none`: `all`}},"
    "`initial`: `open`, `states`: {`open`: {" SCENE_L ", `on`: {`begin`: @work, `both`: @work.study.left.ready}},"
    "`work`: {" SCENE_L ", `initial`: `triage`, `entry`: [{`fx`: `clock_start`, `clock`: `term`}, {`fx`: `notify`,"
    " `to`: `all`}], `exit`: [{`fx`: `document`, `template`: `left`}], `on`: {`ask`: @wait, `stop`: @gone,"
    " `note`: [{`role`: `all`, `internal`: true, `do`: [{`fx`: `notify`, `to`: `all`}]}],"
    "  `again`: [{`role`: `all`, `internal`: true, `to`: `triage`}], `anew`: @triage}, `after`: [{`id`: `slow`,"
    " `in`: {`days`: 9}, `calendar`: `legal`, `do`: [{`fx`: `notify`, `to`: `all`}]}], `states`: {"
    "  `back`: {`type`: `history`, `deep`: true, `default`: `triage`},"
    "  `shallow`: {`type`: `history`, `default`: `triage`},"
    "  `triage`: {`on`: {`accept`: @study}},"
    "  `study`: {`type`: `parallel`, `assign`: `near`, `states`: {"
    "   `left`: {`initial`: `writing`, `states`: {"
    "    `writing`: {`entry`: [{`fx`: `task`, `role`: `all`, `form`: `left`}, {`fx`: `emit`, `event`: `woke`}],"
    "     `on`: {`sign_left`: @ready}}, `ready`: {`type`: `final`}}},"
    "   `right`: {`initial`: `gate`, `states`: {"
    "    `gate`: {`always`: [{`guard`: `data.hours <= 40`, `set`: {`rounds`: `data.rounds + 1`}, `to`: `ready`},"
    "      {`to`: `writing`}]},"
    "    `writing`: {`entry`: [{`fx`: `task`, `role`: `all`, `form`: `right`}], `on`: {`sign_right`: @ready}},"
    " `ready`: {`type`: `final`}}}},"
    "   `on_done`: [{`to`: `decision`, `do`: [{`fx`: `register`, `book`: `sortida`}]}]},"
    "  `decision`: {`on`: {`grant`: @end, `back`: [{`role`: `all`, `to`: [`study.left.writing`,"
    "   `study.right.writing`]}]}}}},"
    "`wait`: {" SCENE_L ", `pause`: [`term`], `entry`: [{`fx`: `clock_start`, `clock`: `amendment`}],"
    " `on`: {`answer`: @work.back, `answer_shallow`: @work.shallow}}," SCENE_END "}}";

static struct scene *at_work(void)
{
    struct scene *scene = scene_open(study);

    assert_int_equal(scene_start(scene), WORKFLOW_OK);
    assert_int_equal(scene_do(scene, "begin"), WORKFLOW_OK);
    return scene;
}

static void test_compound__is_entered_where_it_begins_and_does_what_entry_says(void **state)
{
    struct scene *scene = at_work();

    (void)state;
    assert_string_equal(scene_leaves(scene), "work.triage");
    assert_string_equal(scene_effects(scene), "notify");
    assert_string_equal(scene_clocks(scene), "start term");
    assert_string_equal(scene_timers(scene), "arm slow");
    scene_close(scene);
}

static void test_compound__answers_for_what_is_inside_of_it(void **state)
{
    struct scene *scene = at_work();

    (void)state;
    assert_int_equal(scene_do(scene, "note"), WORKFLOW_OK);
    assert_string_equal(scene_leaves(scene), "work.triage");
    assert_string_equal(scene_effects(scene), "notify");
    assert_int_equal(scene_do(scene, "stop"), WORKFLOW_OK);
    assert_string_equal(scene_leaves(scene), "gone");
    assert_true(scene->now.finished);
    scene_close(scene);
}

static void test_internal__stays_inside_where_an_external_one_leaves_and_comes_back(void **state)
{
    struct scene *scene = at_work();

    (void)state;
    assert_int_equal(scene_do(scene, "again"), WORKFLOW_OK);
    assert_string_equal(scene_effects(scene), "");
    assert_int_equal(scene_do(scene, "anew"), WORKFLOW_OK);
    assert_string_equal(scene_effects(scene), "document:left notify");
    assert_string_equal(scene_timers(scene), "cancel slow, arm slow");
    scene_close(scene);
}

static void test_parallel__enters_all_regions_and_goes_on_when_all_are_complete(void **state)
{
    struct scene *scene = at_work();

    (void)state;
    scene->data[0] = workflow_value_int(50);
    assert_int_equal(scene_do(scene, "accept"), WORKFLOW_OK);
    assert_string_equal(scene_leaves(scene), "work.study.left.writing work.study.right.writing");
    assert_string_equal(scene_effects(scene), "assign:near task:left emit:woke task:right");
    assert_int_equal(scene_do(scene, "sign_right"), WORKFLOW_OK);
    assert_string_equal(scene_leaves(scene), "work.study.left.writing work.study.right.ready");
    assert_int_equal(scene_do(scene, "sign_left"), WORKFLOW_OK);
    assert_string_equal(scene_leaves(scene), "work.decision");
    assert_string_equal(scene_effects(scene), "register:sortida");
    scene_close(scene);
}

static void test_always__goes_on_in_the_same_step_and_sees_what_was_set(void **state)
{
    struct scene *scene = at_work();

    (void)state;
    assert_int_equal(scene_do(scene, "accept"), WORKFLOW_OK);
    assert_string_equal(scene_leaves(scene), "work.study.left.writing work.study.right.ready");
    assert_int_equal(scene->out.set, 2);
    assert_int_equal(scene->out.data[1].integer, 1);
    assert_int_equal(scene->out.trace[0].kind, WORKFLOW_TRACE_GUARD);
    assert_true(workflow_value_holds(scene->out.trace[0].value));
    scene_close(scene);
}

static void test_targets__one_for_each_region(void **state)
{
    struct scene *scene = at_work();

    (void)state;
    assert_int_equal(scene_do(scene, "accept"), WORKFLOW_OK);
    assert_int_equal(scene_do(scene, "sign_left"), WORKFLOW_OK);
    assert_string_equal(scene_leaves(scene), "work.decision");
    assert_int_equal(scene_do(scene, "back"), WORKFLOW_OK);
    assert_string_equal(scene_leaves(scene), "work.study.left.writing work.study.right.writing");
    scene_close(scene);
}

static void test_targets__inside_enter_what_is_around_them_and_beside(void **state)
{
    struct scene *scene = scene_open(study);

    (void)state;
    assert_int_equal(scene_start(scene), WORKFLOW_OK);
    assert_int_equal(scene_do(scene, "both"), WORKFLOW_OK);
    assert_string_equal(scene_leaves(scene), "work.decision");
    scene_close(scene);
}

static void test_history__brings_back_every_region_as_it_was(void **state)
{
    struct scene *scene = at_work();

    (void)state;
    scene->data[0] = workflow_value_int(50);
    assert_int_equal(scene_do(scene, "accept"), WORKFLOW_OK);
    assert_int_equal(scene_do(scene, "sign_right"), WORKFLOW_OK);
    assert_int_equal(scene_do(scene, "ask"), WORKFLOW_OK);
    assert_string_equal(scene_leaves(scene), "wait");
    assert_int_equal(scene_do(scene, "answer"), WORKFLOW_OK);
    assert_string_equal(scene_leaves(scene), "work.study.left.writing work.study.right.ready");
    scene_close(scene);
}

/* Without this, every amendment would open tasks, start terms and send letters anew. */
static void test_history__resumes_tasks_and_clocks_and_does_nothing_outside_twice(void **state)
{
    struct scene *scene = at_work();

    (void)state;
    scene->data[0] = workflow_value_int(50);
    assert_int_equal(scene_do(scene, "accept"), WORKFLOW_OK);
    assert_int_equal(scene_do(scene, "ask"), WORKFLOW_OK);
    assert_string_equal(scene_effects(scene), "document:left");
    assert_string_equal(scene_clocks(scene), "start amendment, pause term");
    assert_string_equal(scene_timers(scene), "cancel slow");
    assert_int_equal(scene_do(scene, "answer"), WORKFLOW_OK);
    assert_string_equal(scene_effects(scene), "task:left(resumed) emit:woke(resumed) task:right(resumed)");
    assert_string_equal(scene_clocks(scene), "resume term");
    assert_string_equal(scene_timers(scene), "arm slow");
    scene_close(scene);
}

static void test_history__does_not_bring_back_a_timer_that_has_fired(void **state)
{
    struct scene *scene = at_work();

    (void)state;
    assert_int_equal(scene_fire(scene, "slow"), WORKFLOW_OK);
    assert_string_equal(scene_effects(scene), "notify");
    assert_int_equal(scene_do(scene, "ask"), WORKFLOW_OK);
    assert_int_equal(scene_do(scene, "answer"), WORKFLOW_OK);
    assert_string_equal(scene_timers(scene), "");
    scene_close(scene);
}

static void test_history__shallow_brings_back_one_level_and_begins_below_it(void **state)
{
    struct scene *scene = at_work();

    (void)state;
    scene->data[0] = workflow_value_int(50);
    assert_int_equal(scene_do(scene, "accept"), WORKFLOW_OK);
    assert_int_equal(scene_do(scene, "sign_right"), WORKFLOW_OK);
    assert_int_equal(scene_do(scene, "ask"), WORKFLOW_OK);
    assert_int_equal(scene_do(scene, "answer_shallow"), WORKFLOW_OK);
    assert_string_equal(scene_leaves(scene), "work.study.left.writing work.study.right.writing");
    assert_string_equal(scene_effects(scene), "task:left emit:woke task:right");
    scene_close(scene);
}

static void test_principal__is_the_leaf_or_what_holds_all_leaves(void **state)
{
    struct scene *scene = at_work();

    (void)state;
    assert_string_equal(workflow_state(scene->wf, workflow_principal(scene->wf, &scene->now.configuration))->path,
                        "work.triage");
    assert_int_equal(scene_do(scene, "accept"), WORKFLOW_OK);
    assert_string_equal(workflow_state(scene->wf, workflow_principal(scene->wf, &scene->now.configuration))->path,
                        "work.study");
    scene_close(scene);
}

static void test_place__puts_a_request_where_a_leaf_alone_may_be(void **state)
{
    struct scene *scene = at_work();
    struct workflow_instance placed;
    unsigned number;

    (void)state;
    assert_true(workflow_state_find(scene->wf, "work.decision", &number));
    assert_true(workflow_place(scene->wf, number, &placed));
    assert_true(workflow_state_find(scene->wf, "work.study.left.writing", &number));
    assert_false(workflow_place(scene->wf, number, &placed));
    assert_true(workflow_state_find(scene->wf, "work", &number));
    assert_false(workflow_place(scene->wf, number, &placed));
    assert_false(workflow_place(scene->wf, 9999, &placed));
    scene_close(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compound__is_entered_where_it_begins_and_does_what_entry_says),
        cmocka_unit_test(test_compound__answers_for_what_is_inside_of_it),
        cmocka_unit_test(test_internal__stays_inside_where_an_external_one_leaves_and_comes_back),
        cmocka_unit_test(test_parallel__enters_all_regions_and_goes_on_when_all_are_complete),
        cmocka_unit_test(test_always__goes_on_in_the_same_step_and_sees_what_was_set),
        cmocka_unit_test(test_targets__one_for_each_region),
        cmocka_unit_test(test_targets__inside_enter_what_is_around_them_and_beside),
        cmocka_unit_test(test_history__brings_back_every_region_as_it_was),
        cmocka_unit_test(test_history__resumes_tasks_and_clocks_and_does_nothing_outside_twice),
        cmocka_unit_test(test_history__does_not_bring_back_a_timer_that_has_fired),
        cmocka_unit_test(test_history__shallow_brings_back_one_level_and_begins_below_it),
        cmocka_unit_test(test_principal__is_the_leaf_or_what_holds_all_leaves),
        cmocka_unit_test(test_place__puts_a_request_where_a_leaf_alone_may_be),
    };
    return cmocka_run_group_tests_name("workflow_charts", tests, NULL, NULL);
}
