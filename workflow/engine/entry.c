/* What is entered: SCXML 1.0 Appendix D, computeEntrySet, and what a configuration may be. */
#include "workflow/engine/states.h"
#include "workflow/machine.h"

struct gather {
    const struct workflow *wf;
    const struct workflow_states *history;
    struct machine_entry entry;
};

/* Depth is bounded by that of documents. */
static void add_inside(struct gather *gather, int number);

/* A region in which something is entered already is not entered by default too. */
static void fill_regions(struct gather *gather, const struct machine_state *parallel)
{
    struct workflow_states regions = parallel->children;

    while (!states_none(regions)) {
        unsigned region = states_take_first(&regions);
        struct workflow_states within = states_or(gather->wf->states[region].inside, states_only(region));
        if (!states_meet(within, gather->entry.entered))
            add_inside(gather, (int)region);
    }
}

/* Enters what lies between a state and a domain; what comes back by a history brings back what is around it. */
static void add_around(struct gather *gather, int number, int domain, bool resumed)
{
    for (int at = gather->wf->states[number].info.parent; at != domain && at >= 0;
         at = gather->wf->states[at].info.parent) {
        states_add(&gather->entry.entered, (unsigned)at);
        if (resumed)
            states_add(&gather->entry.resumed, (unsigned)at);
        if (gather->wf->states[at].info.kind == WORKFLOW_STATE_PARALLEL)
            fill_regions(gather, &gather->wf->states[at]);
    }
}

static bool is_remembered(const struct gather *gather, const struct machine_state *history)
{
    return gather->history && !states_none(gather->history[history->history]);
}

static void recall(struct gather *gather, const struct machine_state *history)
{
    struct workflow_states remembered;

    gather->entry.recalls = true;
    if (!is_remembered(gather, history)) {
        add_inside(gather, history->recalls);
        add_around(gather, history->recalls, history->info.parent, false);
        return;
    }
    remembered = gather->history[history->history];
    gather->entry.entered = states_or(gather->entry.entered, remembered);
    gather->entry.resumed = states_or(gather->entry.resumed, remembered);
    if (history->deep)
        return;
    while (!states_none(remembered))
        add_inside(gather, (int)states_take_first(&remembered));
}

static void add_inside(struct gather *gather, int number)
{
    const struct machine_state *state = &gather->wf->states[number];

    if (state->info.kind == WORKFLOW_STATE_HISTORY) {
        recall(gather, state);
        return;
    }
    states_add(&gather->entry.entered, (unsigned)number);
    if (state->info.kind == WORKFLOW_STATE_COMPOUND) {
        add_inside(gather, state->initial);
        add_around(gather, state->initial, number, false);
    } else if (state->info.kind == WORKFLOW_STATE_PARALLEL) {
        fill_regions(gather, state);
    }
}

struct machine_entry machine_entry_of(const struct workflow *wf, int domain, const int16_t *targets, size_t n_targets,
                                      const struct workflow_states *history)
{
    struct gather gather = {.wf = wf, .history = history};

    for (size_t i = 0; i < n_targets; i++)
        add_inside(&gather, targets[i]);
    for (size_t i = 0; i < n_targets; i++) {
        const struct machine_state *target = &wf->states[targets[i]];
        bool resumed = target->info.kind == WORKFLOW_STATE_HISTORY && is_remembered(&gather, target);
        add_around(&gather, targets[i], domain, resumed);
    }
    return gather.entry;
}

static bool is_legal_at(const struct workflow *wf, const struct workflow_states *set, unsigned number)
{
    const struct machine_state *state = &wf->states[number];
    struct workflow_states active = states_and(state->children, *set);

    switch (state->info.kind) {
    case WORKFLOW_STATE_COMPOUND:
        return states_count(active) == 1;
    case WORKFLOW_STATE_PARALLEL:
        return states_equal(active, state->children);
    case WORKFLOW_STATE_HISTORY:
        return false;
    default:
        return true;
    }
}

bool machine_is_legal_inside(const struct workflow *wf, const struct workflow_states *set, unsigned number)
{
    struct workflow_states rest = states_and(*set, states_or(wf->states[number].inside, states_only(number)));

    while (!states_none(rest)) {
        unsigned state = states_take_first(&rest);
        if (!is_legal_at(wf, set, state))
            return false;
        if (state != number && !states_has(set, (unsigned)wf->states[state].info.parent))
            return false;
    }
    return states_has(set, number);
}

bool machine_is_legal(const struct workflow *wf, const struct workflow_states *set)
{
    struct workflow_states rest = *set;
    unsigned top = 0;

    if (states_none(rest) || (top = states_take_first(&rest)) >= wf->n_states || wf->states[top].info.parent >= 0)
        return false;
    return states_none(states_without(rest, wf->states[top].inside)) && machine_is_legal_inside(wf, set, top);
}
