/* Whether it can end: a game of people against guards. */
#include "workflow/verify/report.h"

static bool act_ends(const struct walk *walk, const struct walk_act *act)
{
    if (!act->counts || act->n_outcomes == 0)
        return false;
    for (unsigned i = 0; i < act->n_outcomes; i++)
        if (!walk->nodes[walk->outcomes[act->first_outcome + (int32_t)i]].good)
            return false;
    return true;
}

/* Backwards from the ends: a node can end when something may happen there of which every outcome can. */
void walk_find_ends(struct walk *walk)
{
    bool changed = true;

    for (size_t i = 0; i < walk->n_nodes; i++)
        walk->nodes[i].good = walk->nodes[i].key.finished;
    while (changed) {
        changed = false;
        for (size_t i = walk->n_nodes; i > 0; i--) {
            struct walk_node *node = &walk->nodes[i - 1];
            bool ends = node->good;
            for (unsigned act = 0; act < node->n_acts && !ends; act++)
                ends = act_ends(walk, &walk->acts[node->first_act + (int32_t)act]);
            changed = changed || ends != node->good;
            node->good = ends;
        }
    }
}

/* Whether it is bad by itself: nothing that people do there leads to another bad one. */
static bool is_cause(const struct walk *walk, size_t at)
{
    const struct walk_node *node = &walk->nodes[at];

    for (unsigned a = 0; a < node->n_acts; a++) {
        const struct walk_act *act = &walk->acts[node->first_act + (int32_t)a];
        for (unsigned o = 0; o < act->n_outcomes; o++) {
            int32_t to = walk->outcomes[act->first_outcome + (int32_t)o];
            if (to != (int32_t)at && !walk->nodes[to].good)
                return false;
        }
    }
    return true;
}

static void tell_stuck(struct verify *verify, const struct walk *walk, size_t at)
{
    unsigned state = workflow_principal(verify->wf, &walk->nodes[at].key.configuration);
    struct workflow_finding *finding;

    if (states_has(&verify->told_stuck, state))
        return;
    states_add(&verify->told_stuck, state);
    finding = report_finding(verify, WORKFLOW_FINDING_NO_END);
    if (!finding)
        return;
    finding->state = (int)state;
    report_way(finding, walk, (int32_t)at);
}

/* Where it goes round among bad ones, none is the cause: then the first one is told. */
void check_ends(struct verify *verify, struct walk *walk)
{
    size_t first = walk->n_nodes, causes = 0;

    walk_find_ends(walk);
    for (size_t i = walk->n_nodes; i > 0; i--)
        if (!walk->nodes[i - 1].good)
            first = i - 1;
    for (size_t i = first; i < walk->n_nodes; i++)
        if (!walk->nodes[i].good && is_cause(walk, i)) {
            tell_stuck(verify, walk, i);
            causes++;
        }
    if (first < walk->n_nodes && causes == 0)
        tell_stuck(verify, walk, first);
}
