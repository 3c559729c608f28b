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
        switch (verify->wf->asserts[i].kind) {
        case MACHINE_ASSERT_NEVER_WITHOUT:
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
