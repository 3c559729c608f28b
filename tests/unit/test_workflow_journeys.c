/* The procedures of the product, told as journeys: who does what, and where the request is then. */
#include "unit/test_workflow_journeys.h"
#include "unit/test_workflow_procedure.h"

#include <stdbool.h>

/* ---- what is given ---- */

/* "name=value"; the value of a list is numbers of bodies. */
static void give(struct scene *scene, const char *given, struct workflow_value towns[2], int64_t bodies[2])
{
    const char *value = strchr(given, '=') + 1;
    char name[64];
    unsigned number;

    snprintf(name, sizeof(name), "%.*s", (int)(value - 1 - given), given);
    assert_true(workflow_field_find(scene->wf, name, &number));
    if (workflow_field(scene->wf, number)->type == WORKFLOW_FIELD_LIST) {
        assert_int_equal(sscanf(value, "%ld,%ld", &bodies[0], &bodies[1]), 2);
        for (int i = 0; i < 2; i++)
            towns[i] = workflow_value_int(bodies[i]);
        scene->data[number] = workflow_value_list(towns, 2);
        scene->world.bodies = bodies;
        scene->world.n_bodies = 2;
    } else if (workflow_field(scene->wf, number)->type == WORKFLOW_FIELD_ENUM) {
        scene->data[number] = workflow_value_string(value, strlen(value));
    } else {
        scene->data[number] = workflow_value_int(strtol(value, NULL, 10));
    }
}

/* ---- a leg ---- */

static enum workflow_rc vote(struct scene *scene, bool yes)
{
    static const struct workflow_voter voters[BOARD] = {{.actor = 101, .chair = true}, {.actor = 102}, {.actor = 103}};
    enum workflow_rc rc = WORKFLOW_OK;

    scene->world.voters = voters;
    scene->world.n_voters = BOARD;
    for (int i = 0; i < BOARD && rc == WORKFLOW_OK; i++) {
        struct workflow_event ballot = scene_event(scene, "ballot");
        ballot.choice = yes ? WORKFLOW_YES : WORKFLOW_NO;
        scene->world.actor = voters[i].actor;
        rc = scene_step(scene, ballot);
    }
    return rc;
}

/* Only the role of the leg is held, and each role is another person. */
static void as_role(struct scene *scene, const char *key)
{
    unsigned role = 0;

    scene->world.roles_held = 0;
    scene->world.actor = 0;
    if (!key)
        return;
    assert_true(workflow_role_find(scene->wf, key, &role));
    scene->world.roles_held = 1u << role;
    scene->world.actor = role + 1;
}

static enum workflow_rc go(struct scene *scene, const struct leg *leg)
{
    const char *body = strchr(leg->event, '/');
    char name[64];

    as_role(scene, leg->role);
    if (leg->event[0] == '@')
        return scene_fire(scene, leg->event + 1);
    if (strncmp(leg->event, "ballot", 6) == 0)
        return vote(scene, leg->event[6] == '+');
    snprintf(name, sizeof(name), "%.*s", body ? (int)(body - leg->event) : 63, leg->event);
    struct workflow_event event = scene_event(scene, name);
    event.body = body ? strtol(body + 1, NULL, 10) : 0;
    return scene_step(scene, event);
}

static void note(const struct scene *scene, bool visited[WORKFLOW_STATES_MAX])
{
    for (unsigned i = 0; i < workflow_state_count(scene->wf); i++)
        if (scene->now.configuration.word[i / 64] >> i % 64 & 1)
            visited[i] = true;
    for (unsigned i = 0; i < scene->now.n_members; i++)
        visited[scene->now.members[i].state] = true;
}

/* Lives one journey through, as far as `legs`; *ret_visited may be NULL. */
static struct scene *live(const struct journey *journey, size_t legs, bool *ret_visited)
{
    static struct workflow_value towns[2];
    static int64_t bodies[2];
    struct scene *scene = procedure(journey->definition);

    for (size_t i = 0; i < legs && journey->legs[i].event; i++) {
        const struct leg *leg = &journey->legs[i];
        if (leg->given)
            give(scene, leg->given, towns, bodies);
        enum workflow_rc rc = go(scene, leg);
        if (rc != WORKFLOW_OK)
            print_error("%s: %s: %d, reasons %x, %s\n", journey->definition, leg->event, (int)rc,
                        scene->out.reasons.why, workflow_fault_key(scene->out.fault));
        assert_int_equal(rc, WORKFLOW_OK);
        assert_string_equal(scene_leaves(scene), leg->leaves);
        if (ret_visited)
            note(scene, ret_visited);
    }
    return scene;
}

static void test_journeys__lead_where_the_procedure_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < JOURNEYS; i++)
        scene_close(live(&journeys[i], LEGS, NULL));
}

/* Something may happen there, or it ends there: what only passes on is nowhere that a request could be. */
static bool rests(const struct workflow *wf, unsigned state)
{
    struct workflow_transition_info way;
    bool goes_on = false, waits = workflow_state(wf, state)->kind == WORKFLOW_STATE_FINAL;

    for (unsigned i = 0; workflow_transition_info(wf, i, &way); i++) {
        goes_on = goes_on || (way.from == state && way.by == WORKFLOW_BY_ALWAYS);
        waits = waits || (way.from == state && (way.by == WORKFLOW_BY_EVENT || way.by == WORKFLOW_BY_TIMER));
    }
    return waits && !goes_on;
}

/* A region's last step and a member's may be over at once; their states are those that a journey ends in or passes. */
static bool is_passed_through(const struct workflow *wf, unsigned state)
{
    return workflow_state(wf, state)->kind == WORKFLOW_STATE_FINAL && !workflow_state(wf, state)->is_final;
}

/* A state that no journey visits is one that nobody has thought through. */
static void test_journeys__visit_every_state_that_rests(void **state)
{
    (void)state;
    for (size_t k = 0; k < PROCEDURES; k++) {
        bool visited[WORKFLOW_STATES_MAX] = {false};
        struct scene *scene = procedure(procedures[k]);
        note(scene, visited);
        for (size_t i = 0; i < JOURNEYS; i++)
            if (strcmp(journeys[i].definition, procedures[k]) == 0)
                scene_close(live(&journeys[i], LEGS, visited));
        for (unsigned i = 0; i < workflow_state_count(scene->wf); i++) {
            if (visited[i] || !rests(scene->wf, i) || is_passed_through(scene->wf, i))
                continue;
            fail_msg("%s: no journey visits %s", procedures[k], workflow_state(scene->wf, i)->path);
        }
        scene_close(scene);
    }
}

static void test_submit__registers_and_starts_the_clocks(void **state)
{
    (void)state;
    for (size_t k = 0; k < PROCEDURES; k++) {
        struct scene *scene = procedure(procedures[k]);
        as_role(scene, "applicant");
        assert_int_equal(scene_do(scene, "submit"), WORKFLOW_OK);
        assert_string_equal(scene_effects(scene), strcmp(procedures[k], "economic_grant") == 0
                                                      ? "register:entrada"
                                                      : "register:entrada assign:territorial");
        assert_string_equal(scene_clocks(scene), strcmp(procedures[k], "economic_grant") == 0
                                                     ? "start first_reply"
                                                     : "start first_reply, start resolution");
        scene_close(scene);
    }
}

/* Each role alone, where the first journey of technical assistance goes: the whole permission table of one procedure,
 * as text. */
static void test_roles__may_do_what_is_theirs_and_nothing_else(void **state)
{
    static const struct {
        size_t legs; /* of that journey */
        const char *applicant, *signer, *agent, *technician, *unit_head, *supervisor;
    } rows[] = {
        {0, "submit discard ", "", "", "", "", ""},
        {1, "withdraw ", "", "take ", "", "", "cancel "},
        {2, "withdraw ", "", "accept require_amendment refer dismiss ", "", "", "cancel "},
        {3, "withdraw ", "", "require_amendment ", "skip_econ sign_tech require_amendment ", "sign_econ skip_econ ",
         "cancel "},
        {4, "withdraw ", "", "require_amendment ", "skip_econ require_amendment ", "sign_econ skip_econ ", "cancel "},
        {5, "withdraw ", "", "", "", "grant deny reassess ", "cancel "},
        {8, "amend withdraw ", "", "", "", "", "cancel "},
        {11, "", "accept_grant renounce ", "", "", "", "cancel "},
        {12, "", "renounce ", "", "report_progress deliver ", "extend revoke ", ""},
        {15, "approve object ", "renounce ", "", "", "revoke ", ""},
    };
    static const char *const roles[] = {"applicant", "signer", "agent", "technician", "unit_head", "supervisor"};
    const struct journey *journey = NULL;

    (void)state;
    for (size_t i = JOURNEYS; i-- > 0;)
        if (strcmp(journeys[i].definition, "technical_assistance") == 0)
            journey = &journeys[i];
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *const wanted[] = {rows[i].applicant,  rows[i].signer,    rows[i].agent,
                                      rows[i].technician, rows[i].unit_head, rows[i].supervisor};
        struct scene *scene = live(journey, rows[i].legs, NULL);
        for (size_t r = 0; r < 6; r++) {
            struct workflow_option options[32];
            char may[256] = "";
            as_role(scene, roles[r]);
            size_t n = workflow_options(scene->wf, &scene->now, &scene->world, 0, false, &scene->out, options, 32);
            for (size_t o = 0; o < n; o++)
                if (options[o].possible)
                    snprintf(may + strlen(may), sizeof(may) - strlen(may), "%s ",
                             workflow_event_key(scene->wf, options[o].event));
            assert_string_equal(may, wanted[r]);
        }
        scene_close(scene);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_journeys__lead_where_the_procedure_says),
        cmocka_unit_test(test_journeys__visit_every_state_that_rests),
        cmocka_unit_test(test_submit__registers_and_starts_the_clocks),
        cmocka_unit_test(test_roles__may_do_what_is_theirs_and_nothing_else),
    };
    return cmocka_run_group_tests_name("workflow_journeys", tests, NULL, NULL);
}
