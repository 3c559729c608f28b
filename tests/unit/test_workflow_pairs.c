/* Two of a kind, where one must not be taken for the other: timers, signatures, reservations, regions, votes, clocks.
 */
#include "unit/test_workflow_scene.h"

#include <stdbool.h>

static struct scene *begun(const char *text)
{
    struct scene *scene = scene_open(text);

    assert_int_equal(scene_start(scene), WORKFLOW_OK);
    return scene;
}

/* ---- timers and clocks ---- */

static const char *const waiting = SCENE_HEAD
    "`data`: {`kind`: {`type`: `enum`, `of`: [`a`, `b`], `default`: `a`}},"
    "`clocks`: {`answer`: {`budget`: {`days`: 5}, `calendar`: `legal`},"
    "  `repair`: {`budget`: {`days`: 9}, `calendar`: `legal`}, `idle`: {`budget`: {`days`: 9}, `calendar`: `legal`}},"
    "`initial`: `open`, `states`: {"
    "`open`: {" SCENE_L ", `initial`: `asked`, `entry`: [{`fx`: `clock_start`, `clock`: `answer`},"
    "  {`fx`: `clock_start`, `clock`: `repair`}], `states`: {"
    "  `asked`: {`on`: {`wait`: [{`role`: `all`, `label`: {`ca`: `Espera`, `en`: `Wait`}, `to`: `paused`}]},"
    "    `after`: [{`id`: `guarded`, `in`: {`days`: 1}, `calendar`: `legal`, `guard`: `data.kind == 'b'`, `to`: "
    "`gone`},"
    "     {`id`: `open_to_all`, `in`: {`days`: 2}, `calendar`: `legal`, `to`: `end`}]},"
    "  `paused`: {`pause`: [`repair`, `idle`], `on`: {`go`: [{`role`: `all`, `label`: {`ca`: `Torna`, `en`: `Back`}, "
    "`to`: `asked`}]}}}}," SCENE_END "}}";

static void test_timer__that_may_not_go_its_way_does_not_go_its_neighbours(void **state)
{
    struct scene *scene = begun(waiting);

    (void)state;
    assert_int_equal(scene_fire(scene, "guarded"), WORKFLOW_OK);
    assert_string_equal(scene_leaves(scene), "open.asked");
    assert_int_equal(scene_fire(scene, "open_to_all"), WORKFLOW_OK);
    assert_string_equal(scene_leaves(scene), "end");
    scene_close(scene);
}

static void test_timer__that_has_fired_is_not_cancelled_as_well(void **state)
{
    struct scene *scene = begun(waiting);

    (void)state;
    assert_int_equal(scene_fire(scene, "guarded"), WORKFLOW_OK);
    assert_int_equal(scene_do(scene, "wait"), WORKFLOW_OK);
    assert_string_equal(scene_timers(scene), "cancel open_to_all");
    assert_int_equal(scene_do(scene, "go"), WORKFLOW_OK);
    assert_string_equal(scene_timers(scene), "arm guarded, arm open_to_all");
    scene_close(scene);
}

static void test_transition__names_the_timer_that_takes_it(void **state)
{
    struct scene *scene = begun(waiting);
    struct workflow_transition_info way;
    unsigned of_timers = 0;

    (void)state;
    for (unsigned i = 0; workflow_transition_info(scene->wf, i, &way); i++) {
        if (way.by == WORKFLOW_BY_TIMER) {
            assert_string_equal(workflow_timer_info(scene->wf, (unsigned)way.timer)->key,
                                of_timers ? "open_to_all" : "guarded");
            of_timers++;
        } else {
            assert_int_equal(way.timer, -1);
        }
    }
    assert_int_equal(of_timers, 2);
    scene_close(scene);
}

static void test_clock__is_held_by_the_state_that_pauses_it_and_no_other_clock_is(void **state)
{
    struct scene *scene = begun(waiting);
    unsigned answer = 0, repair = 0, idle = 0, paused = 0, held = 99;

    (void)state;
    assert_true(workflow_clock_find(scene->wf, "answer", &answer));
    assert_true(workflow_clock_find(scene->wf, "repair", &repair));
    assert_true(workflow_clock_find(scene->wf, "idle", &idle));
    assert_true(workflow_state_find(scene->wf, "open.paused", &paused));
    assert_false(workflow_clock_held(scene->wf, &scene->now, repair, &held));
    assert_int_equal(scene_do(scene, "wait"), WORKFLOW_OK);
    assert_string_equal(scene_clocks(scene), "pause repair");
    assert_false(workflow_clock_held(scene->wf, &scene->now, answer, &held));
    assert_false(workflow_clock_held(scene->wf, &scene->now, idle, &held)); /* it was never started */
    assert_int_equal(held, 99);
    assert_true(workflow_clock_held(scene->wf, &scene->now, repair, &held));
    assert_int_equal(held, paused);
    scene_close(scene);
}

static void test_label__of_what_can_be_done_inside_is_known_outside(void **state)
{
    struct scene *scene = begun(waiting);
    unsigned paused = 0, end = 0;

    (void)state;
    assert_true(workflow_state_find(scene->wf, "open.paused", &paused));
    assert_true(workflow_state_find(scene->wf, "end", &end));
    assert_string_equal(workflow_event_label(scene->wf, 0, "wait")->in[WORKFLOW_EN], "Wait");
    assert_string_equal(workflow_event_label(scene->wf, 0, "go")->in[WORKFLOW_EN], "Back");
    assert_null(workflow_event_label(scene->wf, paused, "wait")); /* a sibling's */
    assert_null(workflow_event_label(scene->wf, end, "wait"));
    assert_null(workflow_event_label(scene->wf, 0, "dance"));
    assert_null(workflow_event_label(scene->wf, (unsigned)workflow_state_count(scene->wf), "wait"));
    scene_close(scene);
}

/* ---- signatures and reservations ---- */

static const char *const signing = SCENE_HEAD
    "`data`: {}, `initial`: `open`, `states`: {"
    "`open`: {" SCENE_L ", `entry`: [{`fx`: `reserve`, `what`: `hall`, `undo`: `release`},"
    "  {`fx`: `pay`, `amount`: `100`, `undo`: `claw`}, {`fx`: `reserve`, `what`: `car`, `undo`: `release`}], `on`: {"
    "  `sign`: [{`role`: `all`, `internal`: true}], `seal`: [{`role`: `all`, `internal`: true}],"
    "  `note`: [{`role`: `all`, `internal`: true}],"
    "  `free_hall`: [{`role`: `all`, `internal`: true, `do`: [{`fx`: `release`, `what`: `hall`}]}],"
    "  `free_car`: [{`role`: `all`, `internal`: true, `do`: [{`fx`: `release`, `what`: `car`}]}],"
    "  `approve`: [{`role`: `all`, `not_same_actor_as`: [`sign`, `seal`], `to`: `end`}], `drop`: @gone}}," SCENE_END
    "}}";

static void test_four_eyes__remember_each_signature_whatever_comes_between(void **state)
{
    static const char *const signatures[] = {"sign", "seal"};
    struct scene *scene = begun(signing);

    (void)state;
    for (int64_t actor = 1; actor <= 2; actor++) {
        scene->world.actor = actor;
        assert_int_equal(scene_do(scene, signatures[actor - 1]), WORKFLOW_OK);
    }
    scene->world.actor = 3;
    assert_int_equal(scene_do(scene, "note"), WORKFLOW_OK);
    for (int64_t actor = 1; actor <= 2; actor++) {
        scene->world.actor = actor;
        assert_int_equal(scene_do(scene, "approve"), WORKFLOW_REJECTED);
        assert_int_equal(scene->out.reasons.why, WORKFLOW_REASON_SAME_ACTOR);
        for (unsigned i = 0; i < 2; i++)
            if (scene->out.reasons.witnesses >> i & 1)
                assert_string_equal(workflow_event_key(scene->wf, (unsigned)workflow_witness_event(scene->wf, i)),
                                    signatures[actor - 1]);
        assert_true(scene->out.reasons.witnesses == 1 || scene->out.reasons.witnesses == 2);
    }
    assert_int_equal(workflow_witness_event(scene->wf, 2), -1);
    scene->world.actor = 3;
    assert_int_equal(scene_do(scene, "approve"), WORKFLOW_OK);
    scene_close(scene);
}

static void test_undo__forgets_the_one_that_was_taken_back_and_not_its_like(void **state)
{
    struct scene *scene = begun(signing);

    (void)state;
    assert_int_equal(scene_do(scene, "free_hall"), WORKFLOW_OK);
    assert_int_equal(scene_do(scene, "drop"), WORKFLOW_OK);
    assert_string_equal(scene_effects(scene), "undo reserve:car undo pay");
    scene_close(scene);
    scene = begun(signing);
    assert_int_equal(scene_do(scene, "free_car"), WORKFLOW_OK);
    assert_int_equal(scene_do(scene, "free_car"), WORKFLOW_OK); /* once more: nothing is left of it to forget */
    assert_int_equal(scene_do(scene, "drop"), WORKFLOW_OK);
    assert_string_equal(scene_effects(scene), "undo pay undo reserve:hall");
    scene_close(scene);
}

static void test_project__tells_every_timer_and_everybody_who_acted(void **state)
{
    struct scene *scene = begun(waiting);
    char *text = workflow_project(scene->wf, &scene->now);

    (void)state;
    assert_non_null(strstr(text, "\"clocks\":{\"answer\":\"running\",\"repair\":\"running\"},\"timers\":{"
                                 "\"guarded\":{\"armed\":true,\"fired\":0},"
                                 "\"open_to_all\":{\"armed\":true,\"fired\":0}}"));
    free(text);
    scene_close(scene);
    scene = begun(signing);
    assert_int_equal(scene_do(scene, "sign"), WORKFLOW_OK);
    scene->world.actor = 2;
    assert_int_equal(scene_do(scene, "seal"), WORKFLOW_OK);
    text = workflow_project(scene->wf, &scene->now);
    assert_non_null(strstr(text, "\"last_actors\":{\"sign\":1,\"seal\":2}"));
    assert_non_null(strstr(text, "\"undo\":[{\"fx\":\"reserve\",\"word\":\"hall\",\"undo\":\"release\"},"
                                 "{\"fx\":\"pay\",\"undo\":\"claw\"},"));
    free(text);
    scene_close(scene);
}

/* ---- regions and histories ---- */

static const char *const regions = SCENE_HEAD
    "`data`: {}, `initial`: `idle`, `states`: {"
    "`idle`: {" SCENE_L ", `on`: {`begin`: @both, `back`: @both.before, `leave`: @end, `drop`: @gone}},"
    "`both`: {" SCENE_L ", `type`: `parallel`, `on`: {`stop`: @idle}, `states`: {"
    "  `before`: {`type`: `history`, `deep`: true, `default`: `left.a`},"
    "  `left`: {`initial`: `a`, `states`: {`a`: {`entry`: [{`fx`: `task`, `role`: `all`, `form`: `first`}],"
    "    `on`: {`move`: [{`role`: `all`, `do`: [{`fx`: `notify`, `to`: `all`}], `to`: `b`}]}}, `b`: {}}},"
    "  `right`: {`initial`: `c`, `states`: {`c`: {`entry`: [{`fx`: `task`, `role`: `all`, `form`: `second`}],"
    "    `on`: {`move`: [{`role`: `all`, `do`: [{`fx`: `document`, `template`: `note`}], `to`: `d`}]}}, "
    "`d`: {}}}}}," SCENE_END "}}";

static void test_event__that_both_regions_know_moves_both_in_order(void **state)
{
    struct scene *scene = begun(regions);

    (void)state;
    assert_int_equal(scene_do(scene, "begin"), WORKFLOW_OK);
    assert_string_equal(scene_leaves(scene), "both.left.a both.right.c");
    assert_int_equal(scene_do(scene, "move"), WORKFLOW_OK);
    assert_string_equal(scene_effects(scene), "notify document:note");
    assert_string_equal(scene_leaves(scene), "both.left.b both.right.d");
    assert_int_equal(scene->out.n_taken, 2);
    scene_close(scene);
}

static void test_history__of_what_never_was_begins_and_resumes_nothing(void **state)
{
    struct scene *scene = begun(regions);

    (void)state;
    assert_int_equal(scene_do(scene, "back"), WORKFLOW_OK);
    assert_string_equal(scene_effects(scene), "task:first task:second");
    assert_int_equal(scene_do(scene, "stop"), WORKFLOW_OK);
    assert_int_equal(scene_do(scene, "back"), WORKFLOW_OK);
    assert_string_equal(scene_effects(scene), "task:first(resumed) task:second(resumed)");
    assert_int_equal(scene_do(scene, "stop"), WORKFLOW_OK);
    assert_int_equal(scene_do(scene, "begin"), WORKFLOW_OK); /* not by the history */
    assert_string_equal(scene_effects(scene), "task:first task:second");
    scene_close(scene);
}

/* The first way of the whole document is as good as any, beside another region and inside. */
static void test_event__that_both_regions_know_may_have_the_first_way_of_all(void **state)
{
    struct scene *scene = begun(
        SCENE_HEAD
        "`data`: {}, `initial`: `both`, `states`: {"
        "`both`: {" SCENE_L ", `type`: `parallel`, `states`: {"
        "  `left`: {`initial`: `a`, `states`: {`a`: {`on`: {`move`: @b}},"
        "   `b`: {`on`: {`stop`: @end, `drop`: @gone}}}},"
        "  `right`: {`initial`: `c`, `states`: {`c`: {`on`: {`move`: @d}}, `d`: {`on`: {`leave`: @end}}}}}}," SCENE_END
        "}}");

    (void)state;
    assert_int_equal(scene_do(scene, "move"), WORKFLOW_OK);
    assert_string_equal(scene_leaves(scene), "both.left.b both.right.d");
    assert_int_equal(scene->out.n_taken, 2);
    assert_int_equal(scene->out.taken[0], 0);
    scene_close(scene);
}

/* ---- traces ---- */

/* 9 regions that each ask 16 guards about one event: more than is told, and that is said. */
static void test_trace__says_that_it_is_cut(void **state)
{
    static char text[65536];
    struct scene *scene;

    (void)state;
    for (int regions_asked = 8; regions_asked <= 9; regions_asked++) {
        size_t n = (size_t)snprintf(text, sizeof text,
                                    "%s`data`: {`n`: {`type`: `int`}}, `initial`: `p`, `states`: {%s, `p`: {%s,"
                                    " `type`: `parallel`, `on`: {`stop`: @end, `drop`: @gone}, `states`: {",
                                    SCENE_HEAD, SCENE_END, SCENE_L);
        for (int region = 0; region < regions_asked; region++) {
            n += (size_t)snprintf(text + n, sizeof text - n,
                                  "%s`r%d`: {`initial`: `a%d`, `states`: {`b%d`: {}, `a%d`: {`on`: {`go`: [",
                                  region ? ", " : "", region, region, region, region);
            for (int guard = 0; guard < 16; guard++)
                n += (size_t)snprintf(text + n, sizeof text - n,
                                      "%s{`role`: `all`, `guard`: `data.n + 1 == %d`, `to`: `b%d`}", guard ? ", " : "",
                                      guard, region);
            n += (size_t)snprintf(text + n, sizeof text - n, "]}}}}");
        }
        snprintf(text + n, sizeof text - n, "}}}}");
        scene = begun(text);
        scene->data[0] = workflow_value_int(100);
        assert_int_equal(scene_do(scene, "go"), WORKFLOW_REJECTED);
        assert_int_equal(scene->out.n_trace, regions_asked == 8 ? 8 * 16 : WORKFLOW_TRACE_MAX);
        assert_int_equal(scene->out.trace_cut, regions_asked == 9);
        for (unsigned i = 0; i < scene->out.n_trace; i++)
            assert_int_equal(scene->out.trace[i].transition, i + 2); /* after those of `p` */
        scene_close(scene);
    }
}

static void test_expression__is_known_by_the_numbers_that_there_are(void **state)
{
    struct scene *scene = begun(waiting);
    size_t length = 0;

    (void)state;
    assert_string_equal(workflow_expression_of(scene->wf, 0, &length), "data.kind == 'b'");
    assert_int_equal(length, strlen("data.kind == 'b'"));
    assert_null(workflow_expression_of(scene->wf, -1, &length));
    assert_null(workflow_expression_of(scene->wf, 1, &length));
    scene_close(scene);
}

/* ---- votes ---- */

static const char *const votes = SCENE_HEAD
    "`data`: {`tally`: {`type`: `int`}},"
    "`panels`: {`jury`: {`members`: `board`, `quorum`: 3, `approve`: `majority`}},"
    "`initial`: `first`, `states`: {"
    "`first`: {" SCENE_L ", `on`: {"
    "  `vote.passed`: [{`set`: {`tally`: `event.yes * 100 + event.no * 10 + event.abstained`}, `to`: `second`}],"
    "  `vote.failed`: [{`to`: `gone`}]}, `vote`: {`panel`: `jury`, `event`: `opinion`}},"
    "`second`: {" SCENE_L ", `vote`: {`panel`: `jury`, `event`: `decision`}, `on`: {"
    "  `vote.passed`: [{`set`: {`tally`: `event.yes * 100 + event.no * 10 + event.abstained`}, `to`: `end`}],"
    "  `vote.failed`: [{`to`: `gone`}]}}," SCENE_END "}}";

static const struct workflow_voter voters[] = {{.actor = 1}, {.actor = 2}, {.actor = 3}, {.actor = 4, .chair = true}};

static enum workflow_rc ballot(struct scene *scene, const char *key, int64_t actor, enum workflow_choice choice)
{
    struct workflow_event event = scene_event(scene, key);

    event.choice = choice;
    scene->world.actor = actor;
    return scene_step(scene, event);
}

static struct scene *session(void)
{
    struct scene *scene = scene_open(votes);

    scene->world.voters = voters;
    scene->world.n_voters = 4;
    scene->world.roles_held = 4;
    assert_int_equal(scene_start(scene), WORKFLOW_OK);
    return scene;
}

static void test_vote__counts_each_choice_and_no_ballots_of_an_earlier_vote(void **state)
{
    struct scene *scene = session();

    (void)state;
    assert_int_equal(ballot(scene, "opinion", 1, WORKFLOW_YES), WORKFLOW_OK);
    assert_int_equal(ballot(scene, "opinion", 2, WORKFLOW_YES), WORKFLOW_OK);
    assert_int_equal(ballot(scene, "opinion", 3, WORKFLOW_NO), WORKFLOW_OK);
    assert_int_equal(ballot(scene, "opinion", 4, WORKFLOW_ABSTAIN), WORKFLOW_OK);
    assert_int_equal(scene->data[0].integer, 211);
    assert_string_equal(scene_leaves(scene), "second");
    assert_int_equal(ballot(scene, "decision", 1, WORKFLOW_ABSTAIN), WORKFLOW_OK);
    assert_int_equal(ballot(scene, "decision", 2, WORKFLOW_YES), WORKFLOW_OK);
    /* Two ballots of this vote: the four of the other one make no quorum here. */
    assert_int_equal(ballot(scene, "decision", 4, WORKFLOW_CLOSE), WORKFLOW_REJECTED);
    assert_int_equal(scene->out.reasons.why, WORKFLOW_REASON_BALLOT);
    assert_int_equal(ballot(scene, "decision", 3, WORKFLOW_ABSTAIN), WORKFLOW_OK);
    assert_int_equal(ballot(scene, "decision", 4, WORKFLOW_CLOSE), WORKFLOW_OK);
    assert_int_equal(scene->data[0].integer, 102);
    scene_close(scene);
}

static void test_vote__says_whose_it_is_to_whom_it_refuses(void **state)
{
    struct scene *scene = session();
    unsigned members = 0;

    (void)state;
    assert_true(workflow_role_find(scene->wf, "board", &members));
    scene->world.roles_held = 1;
    assert_int_equal(ballot(scene, "opinion", 1, WORKFLOW_YES), WORKFLOW_REJECTED);
    assert_int_equal(scene->out.reasons.why, WORKFLOW_REASON_ROLE);
    assert_int_equal(scene->out.reasons.roles_wanted, 1u << members);
    scene_close(scene);
}

/* ---- many events ---- */

/* Says that a state answers to events from number `first` to before `end`. */
static size_t say_events(char *text, size_t size, int first, int end)
{
    size_t n = (size_t)snprintf(text, size, "%s, `on`: {", SCENE_L);

    for (int i = first; i < end; i++)
        n += (size_t)snprintf(text + n, size - n, "%s`e%02d`: [{`role`: `all`, `internal`: true}]",
                              i > first ? ", " : "", i);
    return n + (size_t)snprintf(text + n, size - n, "}");
}

static void test_options__tell_each_event_once_however_many_there_are(void **state)
{
    enum { LEVELS = 5, OF_LEVEL = 17, TWICE = 5, EVENTS = LEVELS * OF_LEVEL };
    static struct workflow_option options[WORKFLOW_EVENTS_MAX];
    static char text[32768];
    bool told[EVENTS + 1] = {false};
    struct scene *scene;
    size_t n = (size_t)snprintf(
        text, sizeof text,
        "%s`data`: {}, `initial`: `s0`, `states`: {%s, `s0`: {`initial`: `s1`, `always`: [{`guard`: `false`,"
        " `to`: `end`}, {`guard`: `false`, `to`: `gone`}], ",
        SCENE_HEAD, SCENE_END);

    (void)state;
    for (int level = 0; level < LEVELS; level++) {
        /* Each state answers to some events of the one around it too, the 64th of all among them. */
        const int first = level ? level * OF_LEVEL - TWICE : 0;
        if (level)
            n += (size_t)snprintf(text + n, sizeof text - n, ", `states`: {`s%d`: {", level);
        if (level && level < LEVELS - 1)
            n += (size_t)snprintf(text + n, sizeof text - n, "`initial`: `s%d`, ", level + 1);
        n += say_events(text + n, sizeof text - n, first, (level + 1) * OF_LEVEL);
    }
    snprintf(text + n, sizeof text - n, "}}}}}}}}}}}");
    scene = begun(text);
    assert_int_equal(
        workflow_options(scene->wf, &scene->now, &scene->world, 0, false, &scene->out, options, WORKFLOW_EVENTS_MAX),
        EVENTS);
    for (int i = 0; i < EVENTS; i++) {
        assert_true(options[i].event <= EVENTS && !told[options[i].event]);
        told[options[i].event] = true;
    }
    memset(options, 0xa5, sizeof options);
    assert_int_equal(workflow_options(scene->wf, &scene->now, &scene->world, 0, false, &scene->out, options, 3),
                     EVENTS);
    assert_true(options[2].event < EVENTS);
    assert_int_equal(options[3].event, 0xa5a5a5a5); /* beyond what fits nothing is written */
    scene_close(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_timer__that_may_not_go_its_way_does_not_go_its_neighbours),
        cmocka_unit_test(test_timer__that_has_fired_is_not_cancelled_as_well),
        cmocka_unit_test(test_transition__names_the_timer_that_takes_it),
        cmocka_unit_test(test_clock__is_held_by_the_state_that_pauses_it_and_no_other_clock_is),
        cmocka_unit_test(test_label__of_what_can_be_done_inside_is_known_outside),
        cmocka_unit_test(test_four_eyes__remember_each_signature_whatever_comes_between),
        cmocka_unit_test(test_undo__forgets_the_one_that_was_taken_back_and_not_its_like),
        cmocka_unit_test(test_project__tells_every_timer_and_everybody_who_acted),
        cmocka_unit_test(test_event__that_both_regions_know_moves_both_in_order),
        cmocka_unit_test(test_event__that_both_regions_know_may_have_the_first_way_of_all),
        cmocka_unit_test(test_trace__says_that_it_is_cut),
        cmocka_unit_test(test_expression__is_known_by_the_numbers_that_there_are),
        cmocka_unit_test(test_history__of_what_never_was_begins_and_resumes_nothing),
        cmocka_unit_test(test_vote__counts_each_choice_and_no_ballots_of_an_earlier_vote),
        cmocka_unit_test(test_vote__says_whose_it_is_to_whom_it_refuses),
        cmocka_unit_test(test_options__tell_each_event_once_however_many_there_are),
    };
    return cmocka_run_group_tests_name("workflow_pairs", tests, NULL, NULL);
}
