/* What several decide: ballots of a panel, and the bodies of a joint request. */
#include "unit/test_workflow_scene.h"

#include <stdbool.h>

static const char *const board =
    SCENE_HEAD "`data`: {`score`: {`type`: `int`}},"
               "`panels`: {`jury`: {`members`: `board`, `quorum`: 2, `approve`: `majority`, `chair_breaks_tie`: true,"
               " `recuse`: `ticket.entity in member.conflicts`}},"
               "`initial`: `open`, `states`: {`open`: {" SCENE_L ", `vote`: {`panel`: `jury`, `event`: `ballot`,"
               " `label`: {`ca`: `Vot`, `en`: `Vote`}, `deadline`: {`id`: `closes`, `in`: {`days`: 3},"
               " `calendar`: `legal`}}, `on`: {`vote.passed`: [{`set`: {`score`: `event.score`}, `to`: `end`}],"
               " `vote.failed`: [{`to`: `gone`}],"
               "  `anew`: @open}}," SCENE_END "}}";

enum { CHAIR = 1, SECOND, THIRD, NEIGHBOUR, VOTERS = 4 };

struct jury {
    struct workflow_voter voters[VOTERS];
    struct workflow_value towns[VOTERS], facts[VOTERS][2], ticket[2];
};

/* Four members; the last is of the town that asks. */
static struct scene *session(struct jury *jury)
{
    struct scene *scene = scene_open(board);

    for (int i = 0; i < VOTERS; i++) {
        jury->towns[i] = workflow_value_string(i == 3 ? "99" : "1", i == 3 ? 2 : 1);
        jury->facts[i][0] = workflow_value_string("conflicts", 9);
        jury->facts[i][1] = workflow_value_list(&jury->towns[i], 1);
        jury->voters[i] =
            (struct workflow_voter){.actor = i + 1, .chair = i == 0, .facts = workflow_value_map(jury->facts[i], 1)};
    }
    jury->ticket[0] = workflow_value_string("entity", 6);
    jury->ticket[1] = workflow_value_string("99", 2);
    scene->world.ticket = workflow_value_map(jury->ticket, 1);
    scene->world.voters = jury->voters;
    scene->world.n_voters = VOTERS;
    scene->world.roles_held = 4;
    assert_int_equal(scene_start(scene), WORKFLOW_OK);
    return scene;
}

static enum workflow_rc ballot(struct scene *scene, int64_t actor, enum workflow_choice choice, int64_t score)
{
    struct workflow_event event = scene_event(scene, "ballot");

    event.choice = choice;
    event.scored = score != 0;
    event.score = score;
    scene->world.actor = actor;
    return scene_step(scene, event);
}

static void test_vote__ends_when_everybody_has_voted_and_tells_the_mean_score(void **state)
{
    struct jury jury;
    struct scene *scene = session(&jury);

    (void)state;
    assert_string_equal(scene_timers(scene), "arm closes");
    assert_int_equal(ballot(scene, CHAIR, WORKFLOW_YES, 70), WORKFLOW_OK);
    assert_int_equal(ballot(scene, SECOND, WORKFLOW_NO, 20), WORKFLOW_OK);
    assert_string_equal(scene_leaves(scene), "open");
    assert_int_equal(ballot(scene, THIRD, WORKFLOW_YES, 91), WORKFLOW_OK);
    assert_string_equal(scene_leaves(scene), "end");
    assert_int_equal(scene->data[0].integer, (70 + 20 + 91) / 3);
    scene_close(scene);
}

static void test_vote__is_lost_without_a_majority(void **state)
{
    struct jury jury;
    struct scene *scene = session(&jury);

    (void)state;
    ballot(scene, CHAIR, WORKFLOW_ABSTAIN, 0);
    ballot(scene, SECOND, WORKFLOW_NO, 0);
    assert_int_equal(ballot(scene, THIRD, WORKFLOW_ABSTAIN, 0), WORKFLOW_OK);
    assert_string_equal(scene_leaves(scene), "gone");
    scene_close(scene);
}

static void test_vote__in_a_tie_the_chair_decides(void **state)
{
    struct jury jury;
    struct scene *scene = session(&jury);

    (void)state;
    ballot(scene, CHAIR, WORKFLOW_YES, 0);
    ballot(scene, SECOND, WORKFLOW_NO, 0);
    assert_int_equal(ballot(scene, THIRD, WORKFLOW_ABSTAIN, 0), WORKFLOW_OK);
    assert_string_equal(scene_leaves(scene), "end");
    scene_close(scene);
}

static void test_vote__refuses_the_recused_the_foreign_the_second_ballot_and_none(void **state)
{
    struct jury jury;
    struct scene *scene = session(&jury);

    (void)state;
    assert_int_equal(ballot(scene, NEIGHBOUR, WORKFLOW_YES, 0), WORKFLOW_REJECTED);
    assert_int_equal(scene->out.reasons.why, WORKFLOW_REASON_RECUSED);
    assert_int_equal(ballot(scene, 77, WORKFLOW_YES, 0), WORKFLOW_REJECTED);
    assert_int_equal(scene->out.reasons.why, WORKFLOW_REASON_MEMBER);
    assert_int_equal(ballot(scene, SECOND, WORKFLOW_CHOICE_NONE, 0), WORKFLOW_REJECTED);
    assert_int_equal(scene->out.reasons.why, WORKFLOW_REASON_BALLOT);
    assert_int_equal(ballot(scene, SECOND, WORKFLOW_YES, 0), WORKFLOW_OK);
    assert_int_equal(ballot(scene, SECOND, WORKFLOW_NO, 0), WORKFLOW_REJECTED);
    assert_int_equal(scene->out.reasons.why, WORKFLOW_REASON_VOTED);
    scene->world.roles_held = 1;
    assert_int_equal(ballot(scene, THIRD, WORKFLOW_YES, 0), WORKFLOW_REJECTED);
    assert_int_equal(scene->out.reasons.why, WORKFLOW_REASON_ROLE);
    scene_close(scene);
}

static void test_vote__is_closed_by_the_chair_once_there_is_a_quorum(void **state)
{
    struct jury jury;
    struct scene *scene = session(&jury);

    (void)state;
    ballot(scene, CHAIR, WORKFLOW_YES, 0);
    assert_int_equal(ballot(scene, CHAIR, WORKFLOW_CLOSE, 0), WORKFLOW_REJECTED);
    assert_int_equal(scene->out.reasons.why, WORKFLOW_REASON_BALLOT);
    ballot(scene, SECOND, WORKFLOW_YES, 0);
    assert_int_equal(ballot(scene, SECOND, WORKFLOW_CLOSE, 0), WORKFLOW_REJECTED);
    assert_int_equal(ballot(scene, CHAIR, WORKFLOW_CLOSE, 0), WORKFLOW_OK);
    assert_string_equal(scene_leaves(scene), "end");
    scene_close(scene);
}

static void test_vote__is_over_at_its_deadline_and_lost_without_a_quorum(void **state)
{
    struct jury jury;
    struct scene *scene = session(&jury);

    (void)state;
    ballot(scene, CHAIR, WORKFLOW_YES, 0);
    assert_int_equal(scene_fire(scene, "closes"), WORKFLOW_OK);
    assert_string_equal(scene_leaves(scene), "gone");
    scene_close(scene);
}

static void test_vote__begins_without_ballots_when_it_begins_anew(void **state)
{
    struct jury jury;
    struct scene *scene = session(&jury);

    (void)state;
    ballot(scene, CHAIR, WORKFLOW_YES, 0);
    scene->world.roles_held = 1;
    assert_int_equal(scene_do(scene, "anew"), WORKFLOW_OK);
    assert_int_equal(scene->now.n_ballots, 0);
    scene_close(scene);
}

static void test_vote__tells_what_it_came_to_and_when(void **state)
{
    struct jury jury;
    struct scene *scene = session(&jury);
    struct workflow_vote_info vote;
    unsigned ballots = scene_event(scene, "ballot").number;

    (void)state;
    assert_int_equal(workflow_vote_count(scene->wf), 1);
    assert_true(workflow_vote_info(scene->wf, 0, &vote));
    assert_false(workflow_vote_info(scene->wf, 1, &vote));
    assert_int_equal(vote.event, ballots);
    assert_string_equal(vote.label.in[WORKFLOW_EN], "Vote");
    assert_string_equal(workflow_state(scene->wf, vote.state)->key, "open");
    assert_string_equal(workflow_event_label(scene->wf, vote.state, "ballot")->in[WORKFLOW_EN], "Vote");
    assert_string_equal(workflow_event_label(scene->wf, vote.state, "anew")->in[WORKFLOW_EN], "anew");
    assert_string_equal(workflow_panel_info(scene->wf, vote.panel)->key, "jury");
    assert_int_equal(workflow_vote_of(scene->wf, &scene->now, ballots), 0);
    assert_int_equal(workflow_vote_of(scene->wf, &scene->now, scene_event(scene, "anew").number), -1);
    assert_int_equal(workflow_vote_of(scene->wf, &scene->now, WORKFLOW_EVENTS_MAX), -1);
    ballot(scene, CHAIR, WORKFLOW_YES, 0);
    assert_int_equal(scene->out.decided, -1);
    ballot(scene, SECOND, WORKFLOW_YES, 0);
    ballot(scene, THIRD, WORKFLOW_NO, 0);
    assert_string_equal(workflow_event_key(scene->wf, (unsigned)scene->out.decided), "vote.passed");
    assert_int_equal(workflow_vote_of(scene->wf, &scene->now, ballots), -1);
    scene_close(scene);
}

/* ---- each ---- */

#define JOINT(join)                                                                                                    \
    SCENE_HEAD                                                                                                         \
    "`data`: {`towns`: {`type`: `list`, `of`: `entity`}}, `initial`: `joining`, `states`: {"                           \
    "`joining`: {" SCENE_L ", `type`: `each`, `over`: `data.towns`, `join`: " join ", `initial`: `invited`,"           \
    " `states`: {`invited`: {`entry`: [{`fx`: `notify`, `to`: `all`}],"                                                \
    "   `on`: {`adhere`: @joined, `decline`: @left},"                                                                  \
    "   `after`: [{`id`: `expiry`, `in`: {`habils`: 10}, `calendar`: `legal`, `to`: `left`}]},"                        \
    "  `joined`: {`type`: `final`}, `left`: {`type`: `final`}},"                                                       \
    " `on`: {`withdraw`: @gone}, `on_done`: [{`to`: `end`}]}," SCENE_END "}}"

static const int64_t towns[] = {8019, 8121, 17079};

static struct scene *joining(const char *text, size_t n)
{
    struct scene *scene = scene_open(text);

    scene->world.bodies = towns;
    scene->world.n_bodies = n;
    assert_int_equal(scene_start(scene), WORKFLOW_OK);
    return scene;
}

static enum workflow_rc of_town(struct scene *scene, const char *key, int64_t body)
{
    struct workflow_event event = scene_event(scene, key);

    event.body = body;
    return scene_step(scene, event);
}

static void test_each__asks_every_body_and_waits_for_all(void **state)
{
    struct scene *scene = joining(JOINT("{`all`: true}"), 2);

    (void)state;
    assert_string_equal(scene_effects(scene), "notify@8019 notify@8121");
    assert_string_equal(scene_timers(scene), "arm expiry@8019, arm expiry@8121");
    assert_int_equal(of_town(scene, "adhere", 8019), WORKFLOW_OK);
    assert_string_equal(scene_timers(scene), "cancel expiry@8019");
    assert_string_equal(scene_leaves(scene), "joining");
    assert_int_equal(of_town(scene, "decline", 8121), WORKFLOW_OK);
    assert_string_equal(scene_leaves(scene), "end");
    scene_close(scene);
}

static void test_each__tells_a_body_that_takes_no_part_and_one_that_has_answered(void **state)
{
    struct scene *scene = joining(JOINT("{`all`: true}"), 2);

    (void)state;
    assert_int_equal(of_town(scene, "adhere", 17079), WORKFLOW_REJECTED);
    assert_int_equal(scene->out.reasons.why, WORKFLOW_REASON_MEMBER);
    assert_int_equal(of_town(scene, "adhere", 8019), WORKFLOW_OK);
    assert_int_equal(of_town(scene, "adhere", 8019), WORKFLOW_REJECTED);
    assert_int_equal(scene->out.reasons.why, WORKFLOW_REASON_WRONG_STATE);
    scene->world.roles_held = 2;
    assert_int_equal(of_town(scene, "adhere", 8121), WORKFLOW_REJECTED);
    assert_int_equal(scene->out.reasons.why, WORKFLOW_REASON_ROLE);
    scene_close(scene);
}

static void test_each__lets_in_who_joins_late(void **state)
{
    struct scene *scene = joining(JOINT("{`all`: true}"), 1);

    (void)state;
    scene->world.n_bodies = 3;
    assert_int_equal(of_town(scene, "adhere", 8019), WORKFLOW_OK);
    assert_string_equal(scene_effects(scene), "notify@8121 notify@17079");
    assert_string_equal(scene_leaves(scene), "joining");
    assert_int_equal(of_town(scene, "adhere", 8121), WORKFLOW_OK);
    assert_int_equal(of_town(scene, "adhere", 17079), WORKFLOW_OK);
    assert_string_equal(scene_leaves(scene), "end");
    scene_close(scene);
}

static void test_each__is_joined_by_enough_of_them(void **state)
{
    struct scene *scene = joining(JOINT("{`at_least`: 2, `in`: `joined`}"), 3);

    (void)state;
    assert_int_equal(of_town(scene, "adhere", 8019), WORKFLOW_OK);
    assert_int_equal(of_town(scene, "decline", 8121), WORKFLOW_OK);
    assert_string_equal(scene_leaves(scene), "joining");
    assert_int_equal(of_town(scene, "adhere", 17079), WORKFLOW_OK);
    assert_string_equal(scene_leaves(scene), "end");
    scene_close(scene);
}

static void test_each__fires_the_timer_of_one_body(void **state)
{
    struct scene *scene = joining(JOINT("{`all`: true}"), 2);
    struct workflow_event event = {.kind = WORKFLOW_EVENT_TIMER, .body = 8121};

    (void)state;
    assert_int_equal(scene_step(scene, event), WORKFLOW_OK);
    assert_int_equal(scene_step(scene, event), WORKFLOW_REJECTED);
    assert_int_equal(scene->out.reasons.why, WORKFLOW_REASON_STALE);
    assert_int_equal(of_town(scene, "adhere", 8019), WORKFLOW_OK);
    assert_string_equal(scene_leaves(scene), "end");
    scene_close(scene);
}

static void test_each__is_left_as_a_whole_with_the_timers_of_all(void **state)
{
    struct scene *scene = joining(JOINT("{`all`: true}"), 2);

    (void)state;
    assert_int_equal(scene_do(scene, "withdraw"), WORKFLOW_OK);
    assert_string_equal(scene_timers(scene), "cancel expiry@8019, cancel expiry@8121");
    assert_string_equal(scene_leaves(scene), "gone");
    scene_close(scene);
}

static void test_each__lets_in_by_an_admission_and_only_while_it_asks(void **state)
{
    struct scene *scene = joining(JOINT("{`all`: true}"), 1);
    struct workflow_event admission = {.kind = WORKFLOW_EVENT_ADMISSION};

    (void)state;
    scene->world.n_bodies = 2;
    assert_int_equal(scene_step(scene, admission), WORKFLOW_OK);
    assert_string_equal(scene_effects(scene), "notify@8121");
    assert_string_equal(scene_timers(scene), "arm expiry@8121");
    assert_int_equal(scene->now.n_members, 2);
    assert_int_equal(scene_step(scene, admission), WORKFLOW_OK);
    assert_string_equal(scene_effects(scene), "");
    assert_int_equal(of_town(scene, "adhere", 8019), WORKFLOW_OK);
    assert_int_equal(of_town(scene, "adhere", 8121), WORKFLOW_OK);
    assert_int_equal(scene_step(scene, admission), WORKFLOW_REJECTED);
    assert_int_equal(scene->out.reasons.why, WORKFLOW_REASON_WRONG_STATE);
    scene_close(scene);
}

static void test_each__knows_whose_an_event_is_while_it_asks(void **state)
{
    struct scene *scene = joining(JOINT("{`all`: true}"), 1);
    unsigned adhere = scene_event(scene, "adhere").number, withdraw = scene_event(scene, "withdraw").number, field;

    (void)state;
    assert_true(workflow_is_of_member(scene->wf, &scene->now, adhere));
    assert_false(workflow_is_of_member(scene->wf, &scene->now, withdraw));
    assert_false(workflow_is_of_member(scene->wf, &scene->now, WORKFLOW_EVENTS_MAX));
    assert_true(workflow_participants(scene->wf, &field));
    assert_string_equal(workflow_field(scene->wf, field)->key, "towns");
    assert_int_equal(of_town(scene, "adhere", 8019), WORKFLOW_OK);
    assert_false(workflow_is_of_member(scene->wf, &scene->now, adhere));
    scene_close(scene);
}

static void test_participants__are_none_where_nobody_is_asked(void **state)
{
    struct jury jury;
    struct scene *scene = session(&jury);
    unsigned field = 77;

    (void)state;
    assert_false(workflow_participants(scene->wf, &field));
    assert_int_equal(field, 77);
    scene_close(scene);
}

/* Two `each`, one inside the way to the other, over lists of which the second is `second`. */
#define TWICE(second)                                                                                                  \
    SCENE_HEAD "`data`: {`towns`: {`type`: `list`, `of`: `entity`}, `others`: {`type`: `list`, `of`: `entity`}},"      \
               "`initial`: `one`, `states`: {"                                                                         \
               "`one`: {" SCENE_L ", `type`: `each`, `over`: `data.towns`, `join`: {`all`: true}, `initial`: `a`,"     \
               " `states`: {`a`: {`on`: {`go`: @b}}, `b`: {`type`: `final`, `outcome`: `withdrawn`}},"                 \
               " `on`: {`stop`: @gone}, `on_done`: [{`to`: `two`}]},"                                                  \
               "`two`: {" SCENE_L ", `type`: `each`, `over`: `data." second "`, `join`: {`all`: true},"                \
               " `initial`: `c`, `states`: {`c`: {`on`: {`on`: @d}}, `d`: {`type`: `final`}},"                         \
               " `on_done`: [{`to`: `end`}]}," SCENE_END "}}"

static void test_participants__are_one_list_and_leave_by_an_outcome(void **state)
{
    struct workflow_fault fault;
    char *text = chart_text(TWICE("others"));
    size_t n;
    unsigned left;

    (void)state;
    assert_null(workflow_parse(text, strlen(text), &fault, 1, &n));
    assert_int_equal(n, 1);
    assert_string_equal(fault.code, "another_list");
    assert_string_equal(fault.pointer, "/states/two/over");
    free(text);
    struct scene *scene = scene_open(TWICE("towns"));
    assert_true(workflow_state_find(scene->wf, "b", &left));
    assert_string_equal(workflow_state(scene->wf, left)->outcome, "withdrawn");
    assert_false(workflow_state(scene->wf, left)->is_final);
    scene_close(scene);
}

static void test_options__are_those_of_one_body(void **state)
{
    static struct workflow_option options[WORKFLOW_EVENTS_MAX];
    struct scene *scene = joining(JOINT("{`all`: true}"), 2);

    (void)state;
    assert_int_equal(
        workflow_options(scene->wf, &scene->now, &scene->world, 0, false, &scene->out, options, WORKFLOW_EVENTS_MAX),
        1);
    assert_int_equal(
        workflow_options(scene->wf, &scene->now, &scene->world, 8121, false, &scene->out, options, WORKFLOW_EVENTS_MAX),
        3);
    assert_string_equal(workflow_event_key(scene->wf, options[0].event), "adhere");
    assert_true(options[0].possible);
    scene_close(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vote__ends_when_everybody_has_voted_and_tells_the_mean_score),
        cmocka_unit_test(test_vote__is_lost_without_a_majority),
        cmocka_unit_test(test_vote__in_a_tie_the_chair_decides),
        cmocka_unit_test(test_vote__refuses_the_recused_the_foreign_the_second_ballot_and_none),
        cmocka_unit_test(test_vote__is_closed_by_the_chair_once_there_is_a_quorum),
        cmocka_unit_test(test_vote__is_over_at_its_deadline_and_lost_without_a_quorum),
        cmocka_unit_test(test_vote__begins_without_ballots_when_it_begins_anew),
        cmocka_unit_test(test_vote__tells_what_it_came_to_and_when),
        cmocka_unit_test(test_each__asks_every_body_and_waits_for_all),
        cmocka_unit_test(test_each__tells_a_body_that_takes_no_part_and_one_that_has_answered),
        cmocka_unit_test(test_each__lets_in_who_joins_late),
        cmocka_unit_test(test_each__is_joined_by_enough_of_them),
        cmocka_unit_test(test_each__fires_the_timer_of_one_body),
        cmocka_unit_test(test_each__is_left_as_a_whole_with_the_timers_of_all),
        cmocka_unit_test(test_each__lets_in_by_an_admission_and_only_while_it_asks),
        cmocka_unit_test(test_each__knows_whose_an_event_is_while_it_asks),
        cmocka_unit_test(test_participants__are_none_where_nobody_is_asked),
        cmocka_unit_test(test_participants__are_one_list_and_leave_by_an_outcome),
        cmocka_unit_test(test_options__are_those_of_one_body),
    };
    return cmocka_run_group_tests_name("workflow_many", tests, NULL, NULL);
}
