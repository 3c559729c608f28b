/* Who waits, and what ends it. */
#include "workflow/verify/report.h"

static bool leads_on(const struct workflow *wf, unsigned timer)
{
    const struct machine_timer *info = &wf->timers[timer];

    return info->vote >= 0 || (info->transition >= 0 && !wf->transitions[info->transition].targetless);
}

/* Whether something ends the wait of a leaf without anybody's doing, or the definition says what it is open for. */
static bool is_waited_out(const struct walk *walk, const struct walk_key *key, unsigned leaf)
{
    const struct workflow *wf = walk->wf;

    for (int at = (int)leaf; at >= 0; at = wf->states[at].info.parent) {
        const struct machine_state *state = &wf->states[at];
        if (state->open_ended >= 0)
            return true;
        for (unsigned i = state->timers.first; i < (unsigned)state->timers.first + state->timers.n; i++)
            if (leads_on(wf, i) && walk_timer_runs(wf, key, i))
                return true;
    }
    return false;
}

/* Bodies that are asked wait too: those of them who are not done need a limit of their own or of the whole. */
static bool members_are_waited_out(const struct walk *walk, const struct walk_key *key, unsigned each)
{
    const struct workflow *wf = walk->wf;

    for (unsigned i = 0; i < WALK_MEMBERS_MAX && key->members[i]; i++) {
        const struct machine_state *state = &wf->states[key->members[i]];
        bool ends = state->info.kind == WORKFLOW_STATE_FINAL || state->info.parent != (int)each;
        for (unsigned t = state->timers.first; t < (unsigned)state->timers.first + state->timers.n; t++)
            ends = ends || leads_on(wf, t);
        if (!ends)
            return false;
    }
    return true;
}

bool walk_waits_for_ever(const struct walk *walk, const struct walk_key *key, unsigned leaf)
{
    const struct machine_state *state = &walk->wf->states[leaf];

    return (state->info.phase == WORKFLOW_PHASE_WAITING || state->each >= 0) && !is_waited_out(walk, key, leaf) &&
           (state->each < 0 || !members_are_waited_out(walk, key, leaf));
}

static void look_at(struct verify *verify, const struct walk *walk, int32_t at)
{
    const struct workflow *wf = verify->wf;
    const struct walk_key *key = &walk->nodes[at].key;
    struct workflow_states leaves = states_without(states_and(key->configuration, wf->leaves), verify->told_waiting);

    while (!states_none(leaves)) {
        unsigned leaf = states_take_first(&leaves);
        struct workflow_finding *finding;
        if (!walk_waits_for_ever(walk, key, leaf))
            continue;
        states_add(&verify->told_waiting, leaf);
        finding = report_finding(verify, WORKFLOW_FINDING_WAITS_FOR_EVER);
        if (!finding)
            continue;
        finding->state = (int)leaf;
        report_way(finding, walk, at);
    }
}

void check_waiting(struct verify *verify, const struct walk *walk)
{
    for (size_t i = 0; i < walk->n_nodes; i++)
        look_at(verify, walk, (int32_t)i);
}
