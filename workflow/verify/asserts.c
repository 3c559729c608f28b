/* The definition's own assertions. */
#include "workflow/verify/report.h"

static bool is_in(const struct walk *walk, size_t node, int state)
{
    return states_has(&walk->nodes[node].key.configuration, (unsigned)state);
}

static void refute(struct verify *verify, int assertion, const struct walk *walk, int32_t at)
{
    struct workflow_finding *finding = report_finding(verify, WORKFLOW_FINDING_ASSERT);

    if (!finding)
        return;
    finding->assertion = assertion;
    finding->state = verify->wf->asserts[assertion].state;
    report_way(finding, walk, at);
}

/* Everything that leads to `to`, backwards: every node in `from` must be among it. */
static void check_can_reach(struct verify *verify, int assertion, struct walk *walk)
{
    const struct machine_assert *claim = &verify->wf->asserts[assertion];
    bool changed = true;

    for (size_t i = 0; i < walk->n_nodes; i++)
        walk->nodes[i].good = is_in(walk, i, claim->other);
    while (changed) {
        changed = false;
        for (size_t i = walk->n_nodes; i > 0; i--) {
            struct walk_node *node = &walk->nodes[i - 1];
            bool reaches = node->good;
            for (unsigned a = 0; a < node->n_acts && !reaches; a++) {
                const struct walk_act *act = &walk->acts[node->first_act + (int32_t)a];
                for (unsigned o = 0; o < act->n_outcomes && !reaches; o++)
                    reaches = walk->nodes[walk->outcomes[act->first_outcome + (int32_t)o]].good;
            }
            changed = changed || reaches != node->good;
            node->good = reaches;
        }
    }
    for (size_t i = 0; i < walk->n_nodes; i++)
        if (is_in(walk, i, claim->state) && !walk->nodes[i].good) {
            refute(verify, assertion, walk, (int32_t)i);
            return;
        }
}

static void check_never_and(struct verify *verify, int assertion, const struct walk *walk)
{
    const struct machine_assert *claim = &verify->wf->asserts[assertion];

    for (size_t i = 0; i < walk->n_nodes; i++)
        if (is_in(walk, i, claim->state) && is_in(walk, i, claim->other)) {
            refute(verify, assertion, walk, (int32_t)i);
            return;
        }
}

/* Whether a step raises the event by itself; otherwise it only ever comes from outside, as what happens at a node. */
static bool is_raised(const struct workflow *wf, int event)
{
    for (unsigned i = 0; i < wf->n_effects; i++)
        if (wf->effects[i].kind == WORKFLOW_EFFECT_EMIT && wf->effects[i].event == event)
            return true;
    for (unsigned i = 0; i < wf->n_votes; i++)
        if (wf->votes[i].passed == event || wf->votes[i].failed == event)
            return true;
    return false;
}

static bool spread(const struct walk *walk, const struct walk_node *node, int event)
{
    bool changed = false;

    for (unsigned a = 0; a < node->n_acts; a++) {
        const struct walk_act *act = &walk->acts[node->first_act + (int32_t)a];
        bool forbidden = act->cause.kind == WORKFLOW_CAUSE_EVENT && act->cause.number == (unsigned)event;
        for (unsigned o = 0; o < act->n_outcomes && !forbidden; o++) {
            struct walk_node *to = &walk->nodes[walk->outcomes[act->first_outcome + (int32_t)o]];
            changed = changed || !to->good;
            to->good = true;
        }
    }
    return changed;
}

/* Whether the state is come to without the event, by the walk that there is: most claims hold, and need no other. */
static bool is_reached_without(struct walk *walk, int state, int event)
{
    bool changed = true;

    for (size_t i = 0; i < walk->n_nodes; i++)
        walk->nodes[i].good = walk->nodes[i].came_from == WALK_NONE;
    while (changed) {
        changed = false;
        for (size_t i = 0; i < walk->n_nodes; i++)
            changed = (walk->nodes[i].good && spread(walk, &walk->nodes[i], event)) || changed;
    }
    for (size_t i = 0; i < walk->n_nodes; i++)
        if (walk->nodes[i].good && is_in(walk, i, state))
            return true;
    return false;
}

/* The same walk in a world where the event never happens. */
static void check_never_without(struct verify *verify, int assertion, unsigned n_bodies)
{
    const struct machine_assert *claim = &verify->wf->asserts[assertion];
    struct workflow_memory memory = *verify->memory;
    struct walk walk = {.wf = verify->wf,
                        .memory = &memory,
                        .n_bodies = n_bodies,
                        .forbidden = claim->event,
                        .steps_max = report_steps_left(verify),
                        .total = verify->total};

    const bool begun = walk_all(&walk);
    verify->verified.steps += walk.steps;
    if (!begun || walk.full) {
        (void)report_finding(verify, WORKFLOW_FINDING_TOO_LARGE);
        return;
    }
    for (size_t i = 0; i < walk.n_nodes; i++)
        if (is_in(&walk, i, claim->state)) {
            refute(verify, assertion, &walk, (int32_t)i);
            return;
        }
}

void check_asserts(struct verify *verify, struct walk *walk)
{
    for (int i = 0; i < (int)verify->wf->n_asserts; i++) {
        const struct machine_assert *claim = &verify->wf->asserts[i];
        switch (claim->kind) {
        case MACHINE_ASSERT_NEVER_WITHOUT:
            if (is_raised(verify->wf, claim->event) || is_reached_without(walk, claim->state, claim->event))
                check_never_without(verify, i, walk->n_bodies);
            break;
        case MACHINE_ASSERT_NEVER_AND:
            check_never_and(verify, i, walk);
            break;
        case MACHINE_ASSERT_CAN_REACH:
            check_can_reach(verify, i, walk);
            break;
        }
    }
}
