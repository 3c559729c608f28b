/* Which transitions are taken: SCXML 1.0 Appendix D, selectTransitions and removeConflictingTransitions. */
#include "workflow/engine/run.h"

static bool holds(struct run *run, unsigned number)
{
    const struct machine_transition *transition = &run->wf->transitions[number];

    if (run->choices)
        return run_choose(run, number);
    return workflow_value_holds(
        run_evaluate(run, transition->guard, number, (unsigned)transition->source, WORKFLOW_TRACE_GUARD));
}

int select_first(struct run *run, struct machine_span span)
{
    for (unsigned i = span.first; i < (unsigned)span.first + span.n; i++) {
        const struct machine_transition *transition = &run->wf->transitions[i];
        if (transition->guard < 0)
            return (int)i;
        if (holds(run, i))
            return (int)i;
    }
    return MACHINE_NONE;
}

/* What an earlier one exits too, it keeps, unless the later one is inside of it: inner states come first. */
static void add_unless_preempted(const struct run *run, struct run_picks *picks, unsigned added)
{
    const struct machine_transition *candidate = &run->wf->transitions[added];
    struct workflow_states configuration = run->now->configuration;
    struct workflow_states exit = states_and(candidate->exit, configuration);
    unsigned kept = 0;
    uint16_t rest[RUN_PICKS_MAX];

    for (unsigned i = 0; i < picks->n; i++) {
        const struct machine_transition *earlier = &run->wf->transitions[picks->transitions[i]];
        if (picks->transitions[i] == added)
            return;
        if (states_meet(exit, states_and(earlier->exit, configuration))) {
            if (!states_has(&run->wf->states[earlier->source].inside, (unsigned)candidate->source))
                return;
            continue;
        }
        rest[kept++] = picks->transitions[i];
    }
    rest[kept++] = (uint16_t)added;
    for (unsigned i = 0; i < kept; i++)
        picks->transitions[i] = rest[i];
    picks->n = kept;
}

/* From each active leaf outwards, the first state that has a transition. A guard is asked once a state. */
static RUN_RARE void select_among(struct run *run, struct workflow_states sources, int event, struct run_picks *ret)
{
    const struct workflow *wf = run->wf;
    struct workflow_states leaves = states_and(run->now->configuration, wf->leaves), asked = {{0}};
    int16_t found[WORKFLOW_STATES_MAX];

    while (!states_none(leaves)) {
        for (int at = (int)states_take_first(&leaves); at >= 0; at = wf->states[at].info.parent) {
            if (!states_has(&sources, (unsigned)at))
                continue;
            if (!states_has(&asked, (unsigned)at)) {
                states_add(&asked, (unsigned)at);
                found[at] = (int16_t)select_first(run, machine_span_of(wf, (unsigned)at, event));
            }
            if (found[at] < 0)
                continue;
            add_unless_preempted(run, ret, (unsigned)found[at]);
            break;
        }
    }
}

static inline void select_from(struct run *run, struct workflow_states sources, int event, struct run_picks *ret)
{
    int transition;

    ret->n = 0;
    if (!states_single(sources)) {
        select_among(run, sources, event, ret);
        return;
    }
    transition = select_first(run, machine_span_of(run->wf, states_take_first(&sources), event));
    if (transition < 0)
        return;
    ret->transitions[0] = (uint16_t)transition;
    ret->n = 1;
}

void select_event(struct run *run, unsigned event, struct run_picks *ret)
{
    struct workflow_states sources = states_and(run->now->configuration, run->wf->events[event].sources);

    ret->n = 0;
    if (!states_none(sources))
        select_from(run, sources, (int)event, ret);
}

void select_always(struct run *run, struct run_picks *ret)
{
    struct workflow_states sources = states_and(run->now->configuration, run->wf->always);

    ret->n = 0;
    if (!states_none(sources))
        select_from(run, sources, MACHINE_NONE, ret);
}
