/* Corners that faults put into the engine by hand went unnoticed at: the first of a list, the neighbour of the last. */
#include "unit/test_workflow_scene.h"

#include <stdbool.h>

/* The first transition of all is a timer's; timers of regions are neighbours. */
static const char *const timed = SCENE_HEAD
    "`data`: {`sum`: {`type`: `int`}, `word`: {`type`: `string`}, `told`: {`type`: `string`}},"
    "`initial`: `idle`, `states`: {"
    "`idle`: {" SCENE_L ", `after`: [{`id`: `first`, `in`: {`days`: 1}, `calendar`: `legal`, `to`: `both`}]},"
    "`both`: {" SCENE_L ", `type`: `parallel`, `states`: {"
    "  `left`: {`initial`: `a`, `states`: {`a`: {`on`: {`go`: @b},"
    "    `after`: [{`id`: `of_left`, `in`: {`days`: 1}, `calendar`: `legal`, `to`: `b`}]}, `b`: {}}},"
    "  `right`: {`initial`: `c`, `states`: {`c`: {`entry`: [{`fx`: `notify`, `to`: `all`}],"
    "    `after`: [{`id`: `of_right`, `in`: {`days`: 1}, `calendar`: `legal`, `to`: `d`}]}, `d`: {}}}},"
    "  `on`: {`pay`: [{`role`: `all`, `do`: [{`fx`: `pay`, `amount`: `data.sum`, `undo`: `claw`}], `to`: `idle`}],"
    "   `end`: @end, `ask`: [{`role`: `all`, `guard`: `size(ticket.entity) > 0`, `do`: [{`fx`: `emit`, `event`: "
    "`woke`}],"
    "     `internal`: true}],"
    "   `woke`: [{`guard`: `has(event.told) || size(ticket.entity) == 0`, `to`: `gone`}, {`to`: `idle`}]}},"
    " " SCENE_END "}}";

static struct scene *begun(void)
{
    struct scene *scene = scene_open(timed);

    assert_int_equal(scene_start(scene), WORKFLOW_OK);
    return scene;
}

static void test_timer__may_have_the_first_transition_of_all(void **state)
{
    struct scene *scene = begun();

    (void)state;
    assert_int_equal(scene_fire(scene, "first"), WORKFLOW_OK);
    assert_string_equal(scene_leaves(scene), "both.left.a both.right.c");
    scene_close(scene);
}

static void test_timer__of_a_neighbour_is_not_cancelled_too(void **state)
{
    struct scene *scene = begun();

    (void)state;
    assert_int_equal(scene_fire(scene, "first"), WORKFLOW_OK);
    assert_int_equal(scene_do(scene, "go"), WORKFLOW_OK);
    assert_string_equal(scene_timers(scene), "cancel of_left");
    assert_int_equal(scene_fire(scene, "of_right"), WORKFLOW_OK);
    assert_string_equal(scene_leaves(scene), "both.left.b both.right.d");
    scene_close(scene);
}

static void test_effect__says_which_state_it_is_of(void **state)
{
    struct scene *scene = begun();
    unsigned of = 0;

    (void)state;
    assert_int_equal(scene_fire(scene, "first"), WORKFLOW_OK);
    assert_string_equal(scene_effects(scene), "notify");
    assert_true(workflow_state_find(scene->wf, "both.right.c", &of));
    assert_int_equal(scene->out.effects[0].state, of);
    scene_close(scene);
}

static void test_amount__that_is_no_number_is_a_fault_and_nothing_happens(void **state)
{
    struct scene *scene = begun();

    (void)state;
    assert_int_equal(scene_fire(scene, "first"), WORKFLOW_OK);
    assert_int_equal(scene_do(scene, "pay"), WORKFLOW_FAULT);
    assert_int_equal(scene->out.fault, WORKFLOW_FAULT_EXPRESSION);
    assert_string_equal(scene_leaves(scene), "both.left.a both.right.c");
    scene->data[0] = workflow_value_int(1250);
    assert_int_equal(scene_do(scene, "pay"), WORKFLOW_OK);
    assert_int_equal(scene->out.effects[0].amount, 1250);
    scene_close(scene);
}

/* What is raised by the step tells nothing, and leaves the rest of what expressions see as it was. */
static void test_raised__event_tells_nothing_and_the_ticket_stays(void **state)
{
    struct scene *scene = begun();
    const struct workflow_value ticket[] = {workflow_value_string("entity", 6),
                                            workflow_value_string("0800180001", 10)};
    const struct workflow_value told[] = {workflow_value_string("told", 4), workflow_value_int(1)};
    struct workflow_event ask;

    (void)state;
    scene->world.ticket = workflow_value_map(ticket, 1);
    assert_int_equal(scene_fire(scene, "first"), WORKFLOW_OK);
    ask = scene_event(scene, "ask");
    ask.data = workflow_value_map(told, 1);
    assert_int_equal(scene_step(scene, ask), WORKFLOW_OK);
    assert_string_equal(scene_leaves(scene), "idle");
    scene_close(scene);
}

/* On entry, in its order, seeing what was set before; what cannot be computed is a fault and nothing happens. */
static void test_set__on_entry_writes_what_later_effects_see(void **state)
{
    struct scene *scene = scene_open(
        SCENE_HEAD "`data`: {`n`: {`type`: `int`}, `sum`: {`type`: `int`}}, `initial`: `a`, `states`: {"
                   "`a`: {" SCENE_L ", `entry`: [{`fx`: `set`, `field`: `n`, `value`: `3`},"
                   "  {`fx`: `set`, `field`: `sum`, `value`: `data.n * 2`}, {`fx`: `pay`, `amount`: `data.sum + 1`,"
                   "   `undo`: `claw`}], `on`: {`go`: @b, `drop`: @gone}},"
                   "`b`: {" SCENE_L ", `entry`: [{`fx`: `set`, `field`: `sum`, `value`: `6 / (data.n - 3)`}],"
                   " `on`: {`leave`: @end}}," SCENE_END "}}");

    (void)state;
    assert_int_equal(scene_start(scene), WORKFLOW_OK);
    assert_int_equal(scene->data[0].integer, 3);
    assert_int_equal(scene->data[1].integer, 6);
    assert_int_equal(scene->out.effects[0].amount, 7);
    assert_int_equal(scene_do(scene, "go"), WORKFLOW_FAULT);
    assert_int_equal(scene->out.fault, WORKFLOW_FAULT_EXPRESSION);
    assert_string_equal(scene_leaves(scene), "a");
    scene->data[0] = workflow_value_int(5);
    assert_int_equal(scene_do(scene, "go"), WORKFLOW_OK);
    assert_int_equal(scene->data[1].integer, 3);
    scene_close(scene);
}

static void test_place__in_an_end_is_an_end(void **state)
{
    struct scene *scene = begun();
    struct workflow_instance placed;
    unsigned at = 0;

    (void)state;
    assert_true(workflow_state_find(scene->wf, "end", &at));
    assert_true(workflow_place(scene->wf, at, &placed));
    assert_true(placed.finished);
    assert_true(workflow_state_find(scene->wf, "idle", &at));
    assert_true(workflow_place(scene->wf, at, &placed));
    assert_false(placed.finished);
    scene_close(scene);
}

/* ---- members and ballots ---- */

#define PANEL(approve)                                                                                                 \
    SCENE_HEAD                                                                                                         \
    "`data`: {`towns`: {`type`: `list`, `of`: `entity`}}, `initial`: `asking`,"                                        \
    "`panels`: {`jury`: {`members`: `board`, `quorum`: 2, `approve`: `" approve "`}}, `states`: {"                     \
    "`asking`: {" SCENE_L ", `type`: `each`, `over`: `data.towns`, `join`: {`all`: true}, `initial`: `asked`,"         \
    " `states`: {`asked`: {`after`: [{`id`: `silent`, `in`: {`days`: 5}, `calendar`: `legal`, `to`: `out`}]},"         \
    "  `out`: {`type`: `final`}}, `on_done`: [{`to`: `voting`}]},"                                                     \
    "`voting`: {" SCENE_L ", `entry`: [{`fx`: `reserve`, `what`: `hall`, `undo`: `release`},"                          \
    "   {`fx`: `notify`, `to`: `all`}],"                                                                               \
    "  `vote`: {`panel`: `jury`, `event`: `ballot`}, `on`: {`vote.passed`: [{`to`: `end`}],"                           \
    "  `vote.failed`: [{`to`: `gone`}]}}," SCENE_END "}}"

static const int64_t towns[] = {8019, 8121};
static const struct workflow_voter voters[] = {{.actor = 1, .chair = true}, {.actor = 2}, {.actor = 3}};

static struct scene *asking(const char *text)
{
    struct scene *scene = scene_open(text);

    scene->world.bodies = towns;
    scene->world.n_bodies = 2;
    scene->world.voters = voters;
    scene->world.n_voters = 3;
    scene->world.roles_held = UINT32_MAX;
    assert_int_equal(scene_start(scene), WORKFLOW_OK);
    return scene;
}

static void silence(struct scene *scene)
{
    struct workflow_event event = {.kind = WORKFLOW_EVENT_TIMER};

    assert_true(workflow_timer_find(scene->wf, "silent", &event.number));
    for (int i = 0; i < 2; i++) {
        event.body = towns[i];
        assert_int_equal(scene_step(scene, event), WORKFLOW_OK);
    }
}

static void vote(struct scene *scene, enum workflow_choice first, enum workflow_choice second,
                 enum workflow_choice third)
{
    const enum workflow_choice choices[] = {first, second, third};

    for (int i = 0; i < 3; i++) {
        struct workflow_event event = scene_event(scene, "ballot");
        event.choice = choices[i];
        scene->world.actor = i + 1;
        assert_int_equal(scene_step(scene, event), WORKFLOW_OK);
    }
}

static const char *outcome_of(const char *approve, enum workflow_choice first, enum workflow_choice second,
                              enum workflow_choice third)
{
    static char said[sizeof(((struct scene *)0)->said)];
    struct scene *scene = asking(approve);

    silence(scene);
    vote(scene, first, second, third);
    snprintf(said, sizeof(said), "%s", scene_leaves(scene));
    scene_close(scene);
    return said;
}

static void test_member__may_have_the_first_transition_of_all(void **state)
{
    struct scene *scene = asking(PANEL("majority"));

    (void)state;
    silence(scene);
    assert_string_equal(scene_leaves(scene), "voting");
    scene_close(scene);
}

static void test_vote__is_passed_by_as_many_as_the_panel_wants(void **state)
{
    (void)state;
    assert_string_equal(outcome_of(PANEL("unanimous"), WORKFLOW_YES, WORKFLOW_YES, WORKFLOW_YES), "end");
    assert_string_equal(outcome_of(PANEL("unanimous"), WORKFLOW_YES, WORKFLOW_YES, WORKFLOW_NO), "gone");
    assert_string_equal(outcome_of(PANEL("unanimous"), WORKFLOW_YES, WORKFLOW_YES, WORKFLOW_ABSTAIN), "gone");
    assert_string_equal(outcome_of(PANEL("two_thirds"), WORKFLOW_YES, WORKFLOW_YES, WORKFLOW_NO), "end");
    assert_string_equal(outcome_of(PANEL("two_thirds"), WORKFLOW_YES, WORKFLOW_NO, WORKFLOW_ABSTAIN), "gone");
    assert_string_equal(outcome_of(PANEL("two_thirds"), WORKFLOW_YES, WORKFLOW_ABSTAIN, WORKFLOW_ABSTAIN), "end");
    assert_string_equal(outcome_of(PANEL("majority"), WORKFLOW_YES, WORKFLOW_NO, WORKFLOW_ABSTAIN), "gone");
    assert_string_equal(outcome_of(PANEL("majority"), WORKFLOW_YES, WORKFLOW_ABSTAIN, WORKFLOW_ABSTAIN), "end");
}

static bool reads_again(const struct scene *scene, const struct workflow_instance *instance)
{
    static struct workflow_instance back;
    uint8_t bytes[WORKFLOW_STATE_BYTES_MAX];
    size_t n = workflow_encode(scene->wf, instance, bytes, sizeof(bytes));

    return workflow_decode(scene->wf, bytes, n, &back);
}

/* Asked in the middle of something that may be set aside, with a reminder that leads nowhere. */
static const char *const aside = SCENE_HEAD
    "`data`: {`n`: {`type`: `int`}, `towns`: {`type`: `list`, `of`: `entity`}}, `initial`: `work`, `states`: {"
    "`work`: {" SCENE_L ", `initial`: `asking`, `on`: {`stop`: @rest}, `after`: [{`id`: `whole`, `in`: {`days`: 90},"
    "  `calendar`: `legal`, `to`: `end`}], `states`: {"
    "  `back`: {`type`: `history`, `deep`: true, `default`: `asking`},"
    "  `asking`: {`type`: `each`, `over`: `data.towns`, `join`: {`all`: true}, `initial`: `asked`, `states`: {"
    "    `asked`: {`entry`: [{`fx`: `task`, `role`: `all`, `form`: `answer`}], `on`: {`answer`: @read},"
    "     `after`: [{`id`: `nag`, `in`: {`days`: 2}, `calendar`: `legal`, `do`: [{`fx`: `notify`, `to`: `all`}]},"
    "      {`id`: `silent`, `in`: {`days`: 5}, `calendar`: `legal`, `to`: `out`}]},"
    "    `read`: {`entry`: [{`fx`: `notify`, `to`: `all`}], `on`: {`sign`: @out}}, `out`: {`type`: `final`}},"
    "   `on_done`: [{`to`: `end`}]}}},"
    "`rest`: {" SCENE_L ", `on`: {`go_on`: @work.back, `drop`: @gone}}," SCENE_END "}}";

static enum workflow_rc of_town(struct scene *scene, const char *key, int64_t body)
{
    struct workflow_event event = scene_event(scene, key);

    event.body = body;
    return scene_step(scene, event);
}

static void test_member__is_where_it_was_when_its_request_comes_back(void **state)
{
    struct scene *scene = asking(aside);
    unsigned history = 0;

    (void)state;
    assert_string_equal(scene_effects(scene), "task:answer@8019 task:answer@8121");
    assert_int_equal(of_town(scene, "answer", 8019), WORKFLOW_OK);
    assert_string_equal(scene_timers(scene), "cancel nag@8019, cancel silent@8019");
    assert_int_equal(scene_do(scene, "stop"), WORKFLOW_OK);
    assert_string_equal(scene_timers(scene), "cancel nag@8121, cancel silent@8121, cancel whole");
    assert_int_equal(scene_do(scene, "go_on"), WORKFLOW_OK);
    assert_string_equal(scene_effects(scene), "task:answer(resumed)@8121");
    assert_string_equal(scene_timers(scene), "arm whole, arm nag@8121, arm silent@8121");
    assert_int_equal(of_town(scene, "sign", 8019), WORKFLOW_OK);
    assert_true(reads_again(scene, &scene->now));
    assert_true(workflow_state_find(scene->wf, "work.back", &history));
    scene->now.configuration.word[0] |= UINT64_C(1) << history; /* a history is never active */
    assert_false(reads_again(scene, &scene->now));
    scene_close(scene);
}

static void test_member__tells_the_states_that_it_comes_to(void **state)
{
    struct scene *scene = asking(aside);
    unsigned list = 0;

    (void)state;
    assert_true(workflow_participants(scene->wf, &list));
    assert_string_equal(workflow_field(scene->wf, list)->key, "towns");
    assert_int_equal(of_town(scene, "answer", 8121), WORKFLOW_OK);
    assert_int_equal(scene->out.n_path, 1);
    assert_string_equal(workflow_state(scene->wf, scene->out.path[0])->name, "read");
    scene_close(scene);
}

/* Bodies are asked twice, one question after the other: each is over by its own answers. */
static void test_member__of_one_question_is_none_of_another(void **state)
{
    struct scene *scene = asking(
        SCENE_HEAD "`data`: {`towns`: {`type`: `list`, `of`: `entity`}}, `initial`: `first`, `states`: {"
                   "`first`: {" SCENE_L ", `type`: `each`, `over`: `data.towns`, `join`: {`all`: true},"
                   " `initial`: `asked`, `states`: {`asked`: {`on`: {`agree`: @agreed, `shun`: @shunned}},"
                   "  `agreed`: {`type`: `final`}, `shunned`: {`type`: `final`}}, `on_done`: [{`to`: `second`}]},"
                   "`second`: {" SCENE_L ", `type`: `each`, `over`: `data.towns`,"
                   " `join`: {`at_least`: 2, `in`: `paid`}, `initial`: `billed`, `on`: {`drop`: @gone},"
                   " `states`: {`billed`: {`on`: {`pay`: @paid}}, `paid`: {`type`: `final`}},"
                   " `on_done`: [{`to`: `end`}]}," SCENE_END "}}");

    (void)state;
    assert_int_equal(of_town(scene, "agree", 8019), WORKFLOW_OK);
    assert_int_equal(of_town(scene, "shun", 8121), WORKFLOW_OK);
    assert_string_equal(scene_leaves(scene), "second");
    assert_int_equal(scene->now.n_members, 4);
    assert_int_equal(of_town(scene, "agree", 8019), WORKFLOW_REJECTED);
    assert_int_equal(of_town(scene, "pay", 8121), WORKFLOW_OK);
    assert_string_equal(scene_leaves(scene), "second");
    assert_true(reads_again(scene, &scene->now));
    assert_int_equal(of_town(scene, "pay", 8019), WORKFLOW_OK);
    assert_string_equal(scene_leaves(scene), "end");
    scene_close(scene);
}

static void test_member__hears_a_reminder_once(void **state)
{
    struct scene *scene = asking(aside);
    struct workflow_event nag = {.kind = WORKFLOW_EVENT_TIMER, .body = 8121};

    (void)state;
    assert_true(workflow_timer_find(scene->wf, "nag", &nag.number));
    assert_int_equal(scene_step(scene, nag), WORKFLOW_OK);
    assert_string_equal(scene_effects(scene), "notify@8121");
    assert_int_equal(scene_step(scene, nag), WORKFLOW_REJECTED);
    assert_int_equal(scene->out.reasons.why, WORKFLOW_REASON_STALE);
    nag.body = 8019;
    assert_int_equal(scene_step(scene, nag), WORKFLOW_OK);
    assert_int_equal(of_town(scene, "answer", 8121), WORKFLOW_OK);
    assert_string_equal(scene_timers(scene), "cancel silent@8121"); /* the reminder is over */
    scene_close(scene);
}

/* Bytes with a right checksum, of an instance that no step comes to. */
static void test_decode__refuses_what_cannot_be(void **state)
{
    struct scene *scene = asking(PANEL("majority"));
    struct workflow_instance wrong;

    (void)state;
    assert_true(reads_again(scene, &scene->now));
    wrong = scene->now;
    wrong.members[0].timers = 2; /* its state has one timer */
    assert_false(reads_again(scene, &wrong));
    silence(scene);
    assert_true(reads_again(scene, &scene->now));
    wrong = scene->now;
    wrong.members[0].timers = 1; /* nobody is asked any more */
    assert_false(reads_again(scene, &wrong));
    wrong = scene->now;
    assert_int_equal(wrong.n_undo, 1);
    wrong.undo[0]++; /* an effect that nothing takes back */
    assert_false(reads_again(scene, &wrong));
    wrong = scene->now;
    wrong.members[0].state = 200; /* no state at all */
    assert_false(reads_again(scene, &wrong));
    wrong = scene->now;
    wrong.members[0].state = 0; /* a state of the request */
    wrong.members[0].timers = 0;
    assert_false(reads_again(scene, &wrong));
    wrong = scene->now;
    wrong.finished = true; /* at no end */
    assert_false(reads_again(scene, &wrong));
    scene_close(scene);
}

static void test_decode__refuses_ballots_that_nobody_casts(void **state)
{
    struct scene *scene = asking(PANEL("majority"));
    struct workflow_event event = scene_event(scene, "ballot");
    struct workflow_instance wrong;

    (void)state;
    silence(scene);
    event.choice = WORKFLOW_ABSTAIN;
    scene->world.actor = 2;
    assert_int_equal(scene_step(scene, event), WORKFLOW_OK);
    assert_int_equal(scene->now.n_ballots, 1);
    assert_true(reads_again(scene, &scene->now));
    wrong = scene->now;
    wrong.ballots[0].vote = 1; /* there is one vote */
    assert_false(reads_again(scene, &wrong));
    wrong = scene->now;
    wrong.ballots[0].choice = WORKFLOW_CHOICE_NONE;
    assert_false(reads_again(scene, &wrong));
    wrong.ballots[0].choice = WORKFLOW_CLOSE; /* closing is no ballot */
    assert_false(reads_again(scene, &wrong));
    scene_close(scene);
}

static void test_decode__refuses_timers_of_states_that_are_not_active(void **state)
{
    struct scene *scene = begun();
    struct workflow_instance wrong;
    unsigned first = 0, left = 0;

    (void)state;
    assert_true(workflow_timer_find(scene->wf, "first", &first));
    assert_true(workflow_timer_find(scene->wf, "of_left", &left));
    assert_true(reads_again(scene, &scene->now));
    assert_int_equal(scene->now.timers, UINT64_C(1) << first);
    wrong = scene->now;
    wrong.timers |= UINT64_C(1) << left;
    assert_false(reads_again(scene, &wrong));
    wrong = scene->now;
    wrong.fired[first] = 2; /* it fires once */
    assert_false(reads_again(scene, &wrong));
    scene_close(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_timer__may_have_the_first_transition_of_all),
        cmocka_unit_test(test_timer__of_a_neighbour_is_not_cancelled_too),
        cmocka_unit_test(test_effect__says_which_state_it_is_of),
        cmocka_unit_test(test_amount__that_is_no_number_is_a_fault_and_nothing_happens),
        cmocka_unit_test(test_raised__event_tells_nothing_and_the_ticket_stays),
        cmocka_unit_test(test_set__on_entry_writes_what_later_effects_see),
        cmocka_unit_test(test_place__in_an_end_is_an_end),
        cmocka_unit_test(test_member__may_have_the_first_transition_of_all),
        cmocka_unit_test(test_vote__is_passed_by_as_many_as_the_panel_wants),
        cmocka_unit_test(test_member__is_where_it_was_when_its_request_comes_back),
        cmocka_unit_test(test_member__tells_the_states_that_it_comes_to),
        cmocka_unit_test(test_member__of_one_question_is_none_of_another),
        cmocka_unit_test(test_member__hears_a_reminder_once),
        cmocka_unit_test(test_decode__refuses_what_cannot_be),
        cmocka_unit_test(test_decode__refuses_ballots_that_nobody_casts),
        cmocka_unit_test(test_decode__refuses_timers_of_states_that_are_not_active),
    };
    return cmocka_run_group_tests_name("workflow_corners", tests, NULL, NULL);
}
