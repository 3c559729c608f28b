/* What a request brings along where the versions differ: order, clocks, the timers of members, ballots, the moment. */
#include "unit/test_workflow_change.h"

#define CLOCK(name) "`" name "`: {`budget`: {`days`: 10}, `calendar`: `legal`}"
#define START(name) "{`fx`: `clock_start`, `clock`: `" name "`}"
#define FLAT(data, clocks, first, second)                                                                              \
    SCENE_HEAD "`data`: {" data "}, `clocks`: {" clocks "}, `initial`: `open`, `states`: {" first "," second           \
               "," SCENE_END "}}"
#define OPEN(more)  "`open`: {" SCENE_L ", " more "`on`: {`stop`: @end, `drop`: @gone, `wait`: @aside}}"
#define ASIDE(more) "`aside`: {" SCENE_L ", " more "`on`: {`go_on`: @open, `drop`: @gone}}"

/* ---- states ---- */

static void test_migration__finds_states_in_another_order(void **state)
{
    static const char *const events[] = {NULL, "wait"}, *const wanted[] = {"open", "aside"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct change *change = change_open(FLAT("", "", OPEN(""), ASIDE("")), FLAT("", "", ASIDE(""), OPEN("")), NULL);
        assert_int_equal(change->proof.n_gaps, 0);
        assert_true(change->proof.steps >= change->proof.configurations);
        go(change->from, NULL);
        if (events[i])
            go(change->from, events[i]);
        assert_int_equal(take_over(change), WORKFLOW_OK);
        unsigned principal = workflow_principal(change->to->wf, &change->to->now.configuration);
        assert_string_equal(workflow_state(change->to->wf, principal)->path, wanted[i]);
        assert_bytes_read(change->to);
        change_close(change);
    }
}

/* ---- clocks ---- */

/* Both terms run from the beginning; where it waits, one version or the other lets them stand still. */
static void test_migration__clocks_stand_still_where_the_new_version_lets_them(void **state)
{
#define PAUSED "`pause`: [`term`, `turn`], "
#define BOTH(aside)                                                                                                    \
    FLAT("", CLOCK("other") "," CLOCK("term") "," CLOCK("turn"),                                                       \
         OPEN("`entry`: [" START("term") "," START("turn") "], "), ASIDE(aside))
    static const struct {
        const char *from, *to;
        unsigned n, kind;
    } cases[] = {{BOTH(""), BOTH(PAUSED), 2, WORKFLOW_CLOCK_PAUSE},
                 {BOTH(PAUSED), BOTH(""), 2, WORKFLOW_CLOCK_RESUME},
                 {BOTH(PAUSED), BOTH(PAUSED), 0, 0},
                 {BOTH(""), BOTH(""), 0, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct change *change = change_open(cases[i].from, cases[i].to, NULL);
        go(change->from, NULL);
        go(change->from, "wait");
        assert_int_equal(take_over(change), WORKFLOW_OK);
        assert_int_equal(change->to->out.n_clocks, cases[i].n);
        for (unsigned n = 0; n < cases[i].n; n++) {
            assert_int_equal(change->to->out.clocks[n].clock, n + 1);
            assert_int_equal(change->to->out.clocks[n].kind, cases[i].kind);
        }
        change_close(change);
    }
}

/* A timer on a clock that only those have who come in anew: whoever is there already would wait for ever. */
static void test_proof__a_request_does_not_wait_for_a_clock_that_never_began(void **state)
{
#define LATE               "`after`: [{`id`: `late`, `clock`: `term`, `at`: `100%`, `to`: `gone`}], "
#define LATER(entry, late) FLAT("", CLOCK("term"), OPEN(entry), ASIDE(late))
#define FIRST(entry, late) FLAT("", CLOCK("term"), ASIDE(late), OPEN(entry))
    static const struct {
        const char *from, *to;
        size_t n_gaps;
    } cases[] = {
        {LATER("", ""), LATER("`entry`: [" START("term") "], ", LATE), 1},
        {LATER("", ""), FIRST("`entry`: [" START("term") "], ", LATE), 1},
        {LATER("`entry`: [" START("term") "], ", ""), LATER("`entry`: [" START("term") "], ", LATE), 0},
        /* Nobody ever starts it: that is no doing of the map's. */
        {LATER("", ""), LATER("", LATE), 0},
        {LATER("", ""), FIRST("", LATE), 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct change *change = change_open(cases[i].from, cases[i].to, NULL);
        assert_int_equal(change->proof.n_gaps, cases[i].n_gaps);
        if (cases[i].n_gaps > 0) {
            assert_string_equal(workflow_obstacle_key(change->gaps[0].obstacle.kind), "waits");
            assert_string_equal(workflow_state(change->to->wf, (unsigned)change->gaps[0].obstacle.other)->path,
                                "aside");
            assert_int_equal(change->gaps[0].n_way, 1);
            assert_string_equal(workflow_event_key(change->from->wf, change->gaps[0].way[0].number), "wait");
        }
        change_close(change);
    }
}

/* ---- members ---- */

#define EACH(asked)                                                                                                    \
    SCENE_HEAD "`data`: {`list`: {`type`: `list`, `of`: `entity`, `max`: 9}}, `initial`: `open`, `states`: {`open`: "  \
               "{" SCENE_L                                                                                             \
               ", `type`: `each`, `over`: `data.list`, `initial`: `asked`, `join`: {`all`: true}, `on_done`: "         \
               "[{`to`: `end`}], `open_ended`: `out`, `on`: {`out`: @gone}, `states`: {`asked`: {" SCENE_L ", " asked  \
               "`on`: {`sign`: @signed}}, `signed`: {" SCENE_L ", `type`: `final`}}}," SCENE_END "}}"
#define REMIND(id) "{`id`: `" id "`, `in`: {`days`: 2}, `calendar`: `legal`, `to`: `signed`}"

/* Of those who are asked still, what the new version reminds of is armed; what ran already goes on. */
static void test_migration__members_are_reminded_of_what_is_new(void **state)
{
    static const int64_t bodies[] = {7, 8, 9};
    static const struct {
        const char *from, *to;
        unsigned armed, timer;
        uint8_t timers;
    } cases[] = {
        {EACH(""), EACH("`after`: [" REMIND("one") "], "), 2, 0, 1},
        {EACH("`after`: [" REMIND("one") "], "), EACH("`after`: [" REMIND("two") "," REMIND("one") "], "), 2, 0, 3},
        {EACH("`after`: [" REMIND("one") "], "), EACH("`after`: [" REMIND("one") "], "), 0, 0, 1},
        {EACH("`after`: [" REMIND("one") "], "), EACH(""), 0, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct change *change = change_open(cases[i].from, cases[i].to, NULL);
        struct workflow_left left[WORKFLOW_LEFT_MAX];
        change->from->world.bodies = change->to->world.bodies = bodies;
        change->from->world.n_bodies = change->to->world.n_bodies = 3;
        go(change->from, NULL);
        struct workflow_event sign = scene_event(change->from, "sign");
        sign.body = 8;
        assert_int_equal(scene_step(change->from, sign), WORKFLOW_OK);
        assert_int_equal(take_over(change), WORKFLOW_OK);
        assert_int_equal(change->to->out.n_timers, cases[i].armed);
        for (unsigned n = 0; n < cases[i].armed; n++) {
            assert_int_equal(change->to->out.timers[n].timer, cases[i].timer);
            assert_int_equal(change->to->out.timers[n].kind, WORKFLOW_TIMER_ARM);
            assert_int_equal(change->to->out.timers[n].body, n == 0 ? 7 : 9);
        }
        for (unsigned n = 0; n < 3; n++)
            assert_int_equal(change->to->now.members[n].timers, n == 1 ? 0 : cases[i].timers);
        size_t n_left = workflow_map_left(change->map, &change->from->now, &change->to->now, left);
        assert_int_equal(n_left, i == 3 ? 2 : 0);
        for (size_t n = 0; n < n_left; n++)
            assert_int_equal(left[n].body, n == 0 ? 7 : 9);
        assert_bytes_read(change->to);
        change_close(change);
    }
}

/* ---- ballots ---- */

#define VOTE(first, more)                                                                                              \
    SCENE_HEAD "`data`: {}, `panels`: {`jury`: {`members`: `board`, `quorum`: 2, `approve`: `majority`}},"             \
               "`initial`: `open`, `states`: {" first "`open`: {" SCENE_L                                              \
               ", `vote`: {`panel`: `jury`, `event`: `ballot`, `label`: {`ca`: `Vot`, `en`: `Vote`}, `deadline`: "     \
               "{`id`: `closes`, `in`: {`days`: 3}, `calendar`: `legal`}}, `on`: {`vote.passed`: [{`to`: `end`}], "    \
               "`vote.failed`: [{`to`: `gone`}]" more "}}," SCENE_END "}}"

static enum workflow_rc vote(struct scene *scene, int64_t actor, enum workflow_choice choice)
{
    struct workflow_event event = scene_event(scene, "ballot");

    event.choice = choice;
    scene->world.actor = actor;
    return scene_step(scene, event);
}

static void test_migration__ballots_count_that_were_cast_before(void **state)
{
    static const struct workflow_voter voters[] = {{.actor = 1}, {.actor = 2}, {.actor = 3}};
    struct change *change =
        change_open(VOTE("", ""), VOTE("`later`: {" SCENE_L ", `on`: {`begin`: @open}},", ", `put_off`: @later"), NULL);

    (void)state;
    assert_non_null(change->map);
    change->from->world.voters = change->to->world.voters = voters;
    change->from->world.n_voters = change->to->world.n_voters = 3;
    change->from->world.roles_held = change->to->world.roles_held = 4;
    go(change->from, NULL);
    assert_int_equal(vote(change->from, 1, WORKFLOW_NO), WORKFLOW_OK);
    assert_int_equal(vote(change->from, 2, WORKFLOW_YES), WORKFLOW_OK);
    assert_int_equal(take_over(change), WORKFLOW_OK);
    assert_bytes_read(change->to);
    assert_int_equal(change->to->now.n_ballots, 2);
    assert_int_equal(vote(change->to, 1, WORKFLOW_YES), WORKFLOW_REJECTED);
    assert_int_equal(change->to->out.reasons.why, WORKFLOW_REASON_VOTED);
    assert_int_equal(vote(change->to, 3, WORKFLOW_YES), WORKFLOW_OK);
    assert_true(change->to->now.finished);
    unsigned principal = workflow_principal(change->to->wf, &change->to->now.configuration);
    assert_string_equal(workflow_state(change->to->wf, principal)->path, "end");
    change_close(change);
}

/* ---- data ---- */

/* `now` is the moment of the migration, to the microsecond, before 1970 too. */
static void test_map__computes_data_at_its_moment(void **state)
{
    static const struct {
        int64_t now_us;
        bool after, before;
    } cases[] = {{INT64_C(1700000000500000), true, true},
                 {INT64_C(1700000000700000), true, false},
                 {INT64_C(1700000000000000), false, true},
                 {INT64_C(-500000), false, true}};
    struct change *change =
        change_open(FLAT("", "", OPEN(""), ASIDE("")),
                    FLAT("`after`: {`type`: `bool`}, `before`: {`type`: `bool`}", "", OPEN(""), ASIDE("")),
                    "{`data`: {`after`: `now > timestamp('2023-11-14T22:13:20.400Z')`,"
                    " `before`: `now < timestamp('2023-11-14T22:13:20.600Z')`}}");

    (void)state;
    assert_non_null(change->map);
    go(change->from, NULL);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        change->from->world.now_us = change->to->world.now_us = cases[i].now_us;
        assert_int_equal(take_over(change), WORKFLOW_OK);
        assert_int_equal(change->to->out.set, 3);
        assert_int_equal(change->to->out.data[0].boolean, cases[i].after);
        assert_int_equal(change->to->out.data[1].boolean, cases[i].before);
    }
    change_close(change);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_migration__finds_states_in_another_order),
        cmocka_unit_test(test_migration__clocks_stand_still_where_the_new_version_lets_them),
        cmocka_unit_test(test_proof__a_request_does_not_wait_for_a_clock_that_never_began),
        cmocka_unit_test(test_migration__members_are_reminded_of_what_is_new),
        cmocka_unit_test(test_migration__ballots_count_that_were_cast_before),
        cmocka_unit_test(test_map__computes_data_at_its_moment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
