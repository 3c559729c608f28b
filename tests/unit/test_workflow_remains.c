/* What stays exactly as it was from one version to the next, also where it is the first of its kind: what was fired,
 * held and asked; and how a gap is told however far away it is. */
#include "unit/test_workflow_change.h"

#define FLAT(data, open) SCENE_HEAD "`data`: {" data "}, `initial`: `open`, `states`: {" open "," SCENE_END "}}"
#define OPEN(more)       "`open`: {" SCENE_L ", " more "`on`: {`stop`: @end, `drop`: @gone}}"

/* ---- the way to a gap ---- */

/* `on` leads from each state to the next, and from the last to the end. */
static char *chain(unsigned length)
{
    char *text = malloc(16384);

    assert_non_null(text);
    int n = snprintf(text, 16384, SCENE_HEAD "`data`: {}, `initial`: `s0`, `states`: {");
    for (unsigned i = 0; i < length; i++)
        n += snprintf(text + n, (size_t)(16384 - n),
                      i + 1 < length ? "`s%u`: {" SCENE_L ", `on`: {`on`: @s%u}},"
                                     : "`s%u`: {" SCENE_L ", `on`: {`on`: @end, `drop`: @gone}},",
                      i, i + 1);
    snprintf(text + n, (size_t)(16384 - n), SCENE_END "}}");
    return text;
}

static void test_proof__tells_the_end_of_a_long_way(void **state)
{
    static const struct {
        unsigned length, told;
        bool cut;
    } cases[] = {
        {2, 1, false}, {WORKFLOW_WAY_MAX + 1, WORKFLOW_WAY_MAX, false}, {WORKFLOW_WAY_MAX + 2, WORKFLOW_WAY_MAX, true}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char last[16], *from = chain(cases[i].length), *to = chain(cases[i].length - 1);
        struct change *change = change_open(from, to, NULL);
        snprintf(last, sizeof(last), "s%u", cases[i].length - 1);
        assert_int_equal(change->proof.n_gaps, 1);
        assert_string_equal(workflow_obstacle_key(change->gaps[0].obstacle.kind), "state");
        unsigned stands = workflow_principal(change->from->wf, &change->gaps[0].configuration);
        assert_string_equal(workflow_state(change->from->wf, stands)->path, last);
        assert_int_equal(change->gaps[0].n_way, cases[i].told);
        assert_int_equal(change->gaps[0].way_cut, cases[i].cut);
        change_close(change);
        free(from);
        free(to);
    }
}

/* ---- what is known by two names ---- */

/* A state whose name another one has too in the new version is still itself. */
static void test_migration__a_state_is_found_by_its_path_first(void **state)
{
#define REGION(name)                                                                                                   \
    "`" name "`: {" SCENE_L ", `initial`: `draft`, `states`: {`draft`: {" SCENE_L ", `on`: {`stop`: @end, `drop`: "    \
    "@gone"
    struct change *change = change_open(FLAT("", REGION("open") "}}}}"),
                                        FLAT("", REGION("open") ", `send`: @sent}}}}," REGION("sent") "}}}}"), NULL);

    (void)state;
    assert_non_null(change->map);
    assert_int_equal(change->proof.n_gaps, 0);
    go(change->from, NULL);
    assert_int_equal(take_over(change), WORKFLOW_OK);
    unsigned principal = workflow_principal(change->to->wf, &change->to->now.configuration);
    assert_string_equal(workflow_state(change->to->wf, principal)->path, "open.draft");
    change_close(change);
}

/* ---- timers ---- */

#define NAG(id, times)                                                                                                 \
    "{`id`: `" id "`, `in`: {`days`: 2}, `calendar`: `legal`, `repeat`: " times                                        \
    ", `do`: [{`fx`: `notify`, `to`: `all`}]}"

static void test_migration__what_was_fired_is_not_fired_again(void **state)
{
    static const struct {
        const char *to;
        unsigned fired;
        uint64_t armed;
        size_t left;
    } cases[] = {
        {FLAT("", OPEN("`after`: [" NAG("nag", "4") "], ")), 2, 1, 0},
        {FLAT("", OPEN("`after`: [" NAG("nag", "2") "], ")), 2, 0, 1},
        {FLAT("", OPEN("`after`: [" NAG("other", "4") "], ")), 0, 1, 1},
        {FLAT("", OPEN("")), 0, 0, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct change *change = change_open(FLAT("", OPEN("`after`: [" NAG("nag", "4") "], ")), cases[i].to, NULL);
        struct workflow_left left[WORKFLOW_LEFT_MAX];
        go(change->from, NULL);
        for (unsigned n = 0; n < 2; n++)
            assert_int_equal(scene_fire(change->from, "nag"), WORKFLOW_OK);
        assert_int_equal(take_over(change), WORKFLOW_OK);
        assert_int_equal(change->to->now.fired[0], cases[i].fired);
        assert_int_equal(change->to->now.timers, cases[i].armed);
        assert_int_equal(workflow_map_left(change->map, &change->from->now, &change->to->now, left), cases[i].left);
        for (size_t n = 0; n < cases[i].left; n++) {
            assert_int_equal(left[n].timer, 0);
            assert_int_equal(left[n].body, 0);
        }
        assert_bytes_read(change->to);
        change_close(change);
    }
}

#define EACH(asked)                                                                                                    \
    FLAT("`list`: {`type`: `list`, `of`: `entity`, `max`: 9}",                                                         \
         "`open`: {" SCENE_L ", `type`: `each`, `over`: `data.list`, `initial`: `asked`, `join`: {`all`: true}, "      \
         "`on_done`: [{`to`: `end`}], `open_ended`: `out`, `on`: {`out`: @gone}, `states`: {`asked`: {" SCENE_L        \
         ", " asked "`on`: {`sign`: @signed}}, `signed`: {" SCENE_L ", `type`: `final`}}}")
#define SPAN(id) "{`id`: `" id "`, `in`: {`days`: 2}, `calendar`: `legal`, `to`: `signed`}"

static void test_migration__a_member_has_all_the_timers_that_are_new(void **state)
{
    static const int64_t bodies[] = {7};
    struct change *change =
        change_open(EACH(""), EACH("`after`: [" SPAN("one") "," SPAN("two") "," SPAN("three") "], "), NULL);

    (void)state;
    change->from->world.bodies = change->to->world.bodies = bodies;
    change->from->world.n_bodies = change->to->world.n_bodies = 1;
    go(change->from, NULL);
    assert_int_equal(take_over(change), WORKFLOW_OK);
    assert_int_equal(change->to->now.members[0].timers, 7);
    assert_string_equal(scene_timers(change->to), "arm one@7, arm two@7, arm three@7");
    change_close(change);
}

/* ---- what is held ---- */

#define HOLD(amount) "`entry`: [{`fx`: `pay`, " amount "`undo`: `claw`}], "

static void test_migration__what_is_held_is_given_back_by_the_new_version(void **state)
{
    struct change *change =
        change_open(FLAT("", OPEN(HOLD("`amount`: `100`, "))), FLAT("", OPEN(HOLD("`amount`: `100`, "))), NULL);

    (void)state;
    assert_int_equal(change->proof.n_gaps, 0);
    go(change->from, NULL);
    assert_int_equal(take_over(change), WORKFLOW_OK);
    assert_int_equal(change->to->now.n_undo, 1);
    assert_int_equal(scene_do(change->to, "drop"), WORKFLOW_OK);
    assert_string_equal(scene_effects(change->to), "undo pay");
    change_close(change);
}

/* Another number of them, or one where there was none, is not what is held. */
static void test_proof__what_is_held_is_given_back_by_what_says_the_same(void **state)
{
    static const char *const amounts[] = {"`amount`: `1`, ", "`amount`: `2`, ", ""};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        for (size_t j = 0; j < 3; j++) {
            char from[2048], to[2048];
            snprintf(from, sizeof(from),
                     FLAT("", OPEN("`entry`: [{`fx`: `reserve`, `what`: `van`, %s`undo`: `release`}], ")), amounts[i]);
            snprintf(to, sizeof(to),
                     FLAT("", OPEN("`entry`: [{`fx`: `reserve`, `what`: `van`, %s`undo`: `release`}], ")), amounts[j]);
            struct change *change = change_open(from, to, NULL);
            assert_int_equal(change->proof.n_gaps, i == j ? 0 : 1);
            change_close(change);
        }
    }
}

/* ---- data ---- */

static void test_migration__a_first_field_that_is_new_has_its_default(void **state)
{
    struct change *change =
        change_open(FLAT("`n`: {`type`: `int`}", OPEN("")),
                    FLAT("`more`: {`type`: `int`, `default`: 7}, `n`: {`type`: `int`, `default`: 8}", OPEN("")), NULL);

    (void)state;
    go(change->from, NULL);
    assert_int_equal(take_over(change), WORKFLOW_OK);
    assert_int_equal(change->to->out.set, 1);
    assert_int_equal(change->to->out.data[0].integer, 7);
    change_close(change);
}

static void test_map__computes_data_from_the_ticket(void **state)
{
    struct change *change = change_open(FLAT("", OPEN("")), FLAT("`town`: {`type`: `string`}", OPEN("")),
                                        "{`data`: {`town`: `ticket.entity`}}");
    const struct workflow_value ticket[] = {workflow_value_string("entity", 6),
                                            workflow_value_string("0801930008", 10)};

    (void)state;
    assert_non_null(change->map);
    change->from->world.ticket = workflow_value_map(ticket, 1);
    go(change->from, NULL);
    assert_int_equal(take_over(change), WORKFLOW_OK);
    assert_int_equal(change->to->out.set, 1);
    assert_int_equal(change->to->out.data[0].n, 10);
    assert_memory_equal(change->to->out.data[0].text, "0801930008", 10);
    change_close(change);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_proof__tells_the_end_of_a_long_way),
        cmocka_unit_test(test_migration__a_state_is_found_by_its_path_first),
        cmocka_unit_test(test_migration__what_was_fired_is_not_fired_again),
        cmocka_unit_test(test_migration__a_member_has_all_the_timers_that_are_new),
        cmocka_unit_test(test_migration__what_is_held_is_given_back_by_the_new_version),
        cmocka_unit_test(test_proof__what_is_held_is_given_back_by_what_says_the_same),
        cmocka_unit_test(test_migration__a_first_field_that_is_new_has_its_default),
        cmocka_unit_test(test_map__computes_data_from_the_ticket),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
