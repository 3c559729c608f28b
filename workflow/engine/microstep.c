/* SCXML 1.0 Appendix D: exitStates, executeTransitionContent, enterStates, and on until nothing follows by itself. */
#include "workflow/engine/run.h"

static RUN_RARE void remember(struct run *run, struct workflow_states leaving)
{
    const struct workflow *wf = run->wf;

    for (unsigned i = 0; i < wf->n_histories; i++) {
        const struct machine_state *history = &wf->states[wf->histories[i]];
        const struct machine_state *of = &wf->states[history->info.parent];
        if (states_has(&leaving, (unsigned)history->info.parent))
            run->now->history[i] = states_and(run->now->configuration, history->deep ? of->inside : of->children);
    }
}

static RUN_RARE void leave_busily(struct run *run, struct workflow_states busy)
{
    while (!states_none(busy)) {
        unsigned state = states_take_last(&busy);
        const struct machine_state *left = &run->wf->states[state];
        if (left->leaving.n)
            effects_do(run, left->leaving, state, false);
        if (left->timers.n)
            timers_cancel(run, state);
        if (left->each >= 0)
            each_leave(run, state);
    }
}

static inline void leave(struct run *run, struct workflow_states leaving)
{
    struct workflow_states busy = states_and(leaving, run->wf->busy_out);

    if (states_meet(leaving, run->wf->remembered))
        remember(run, leaving);
    if (!states_none(busy))
        leave_busily(run, busy);
    run->now->configuration = states_without(run->now->configuration, leaving);
}

/* A region is complete when it is in a final state of its own; a parallel state when all its regions are. */
static bool is_complete(const struct run *run, unsigned number)
{
    const struct machine_state *state = &run->wf->states[number];
    struct workflow_states regions = state->children;

    if (state->info.kind == WORKFLOW_STATE_COMPOUND)
        return states_meet(states_and(regions, run->now->configuration), run->wf->finals);
    if (state->info.kind == WORKFLOW_STATE_EACH)
        return each_is_joined(run, number);
    if (state->info.kind != WORKFLOW_STATE_PARALLEL)
        return false;
    while (!states_none(regions))
        if (!is_complete(run, states_take_first(&regions)))
            return false;
    return true;
}

void run_complete(struct run *run, unsigned state)
{
    const struct workflow *wf = run->wf;
    int above;

    run_raise(run, true, state);
    above = wf->states[state].info.parent;
    if (above >= 0 && wf->states[above].info.kind == WORKFLOW_STATE_PARALLEL && is_complete(run, (unsigned)above))
        run_raise(run, true, (unsigned)above);
}

static void end(struct run *run, unsigned final)
{
    run->now->finished = true;
    if (!run->wf->states[final].keeps)
        effects_undo(run, final);
}

static void enter_one(struct run *run, unsigned state, bool resumed)
{
    const struct machine_state *entered = &run->wf->states[state];

    if (entered->entering.n)
        effects_do(run, entered->entering, state, resumed);
    if (entered->assigning >= 0 && !resumed)
        effects_assign(run, (unsigned)entered->assigning, state);
    if (entered->timers.n)
        timers_arm(run, state, resumed);
    if (entered->vote >= 0)
        vote_enter(run, state, resumed);
    if (entered->each >= 0)
        each_enter(run, state, resumed);
    if (entered->info.is_final)
        end(run, state);
    else if (entered->info.kind == WORKFLOW_STATE_FINAL)
        run_complete(run, (unsigned)entered->info.parent);
}

/* One by one, in document order: a final state of an early region does not see the later ones complete. */
void run_enter(struct run *run, struct workflow_states entered, struct workflow_states resumed)
{
    struct workflow_out *out = run->out;

    while (!states_none(entered)) {
        unsigned state = states_take_first(&entered);
        states_add(&run->now->configuration, state);
        if (out->n_path < WORKFLOW_PATH_MAX)
            out->path[out->n_path++] = (uint8_t)state;
        if (states_has(&run->wf->busy_in, state))
            enter_one(run, state, states_has(&resumed, state));
    }
}

static RUN_RARE struct machine_entry entry_recalled(const struct run *run, const struct machine_transition *transition)
{
    return machine_entry_of(run->wf, transition->domain, &run->wf->targets[transition->targets.first],
                            transition->targets.n, run->now->history);
}

void run_mark_taken(const struct run *run, unsigned transition)
{
    if (run->choices)
        run->choices->taken[transition / 64] |= UINT64_C(1) << (transition % 64);
    if (run->out->n_taken < WORKFLOW_TAKEN_MAX)
        run->out->taken[run->out->n_taken++] = (uint16_t)transition;
}

static void take(struct run *run, unsigned number)
{
    const struct machine_transition *transition = &run->wf->transitions[number];

    if (transition->sets.n)
        effects_set(run, number);
    if (transition->effects.n)
        effects_do(run, transition->effects, (unsigned)transition->source, false);
}

/* Most steps are one transition that knows what it enters. */
static inline void microstep_single(struct run *run, unsigned number)
{
    const struct machine_transition *transition = &run->wf->transitions[number];
    struct workflow_states exit = states_and(transition->exit, run->now->configuration);
    struct machine_entry entry;

    if (!states_none(exit))
        leave(run, exit);
    take(run, number);
    if (transition->targetless)
        return;
    if (!transition->recalls) {
        run_enter(run, transition->entry, (struct workflow_states){{0}});
        return;
    }
    entry = entry_recalled(run, transition);
    run_enter(run, entry.entered, entry.resumed);
}

static RUN_RARE void microstep_several(struct run *run, const struct run_picks *picks)
{
    const struct machine_transition *transitions = run->wf->transitions;
    struct workflow_states exit = {{0}}, entered = {{0}}, resumed = {{0}};

    for (unsigned i = 0; i < picks->n; i++) {
        run_mark_taken(run, picks->transitions[i]);
        exit = states_or(exit, transitions[picks->transitions[i]].exit);
    }
    exit = states_and(exit, run->now->configuration);
    if (!states_none(exit))
        leave(run, exit);
    for (unsigned i = 0; i < picks->n; i++)
        take(run, picks->transitions[i]);
    for (unsigned i = 0; i < picks->n; i++) {
        const struct machine_transition *transition = &transitions[picks->transitions[i]];
        struct machine_entry more = {.entered = transition->entry};
        if (transition->targetless)
            continue;
        if (transition->recalls)
            more = entry_recalled(run, transition);
        entered = states_or(entered, more.entered);
        resumed = states_or(resumed, more.resumed);
    }
    run_enter(run, entered, resumed);
}

void microstep(struct run *run, const struct run_picks *picks)
{
    run->out->n_microsteps++;
    if (picks->n != 1) {
        microstep_several(run, picks);
        return;
    }
    run_mark_taken(run, picks->transitions[0]);
    microstep_single(run, picks->transitions[0]);
}

static void select_done(struct run *run, unsigned state, struct run_picks *ret)
{
    int transition = MACHINE_NONE;

    ret->n = 0;
    if (states_has(&run->now->configuration, state))
        transition = select_first(run, run->wf->states[state].done);
    if (transition < 0)
        return;
    ret->transitions[0] = (uint16_t)transition;
    ret->n = 1;
}

static bool take_raised(struct run *run, struct run_picks *ret)
{
    struct run_raised raised;

    if (run->taken == run->queued)
        return false;
    raised = run->queue[run->taken++];
    if (run->taken == run->queued)
        run->taken = run->queued = 0;
    if (raised.done) {
        select_done(run, raised.number, ret);
        return true;
    }
    if (run->choices && run->choices->forbidden == raised.number) {
        ret->n = 0;
        return true;
    }
    run_tell_event(run, raised.number == run->counted ? workflow_value_map(run->tally, WORKFLOW_TALLY_FACTS)
                                                      : workflow_value_unset());
    select_event(run, raised.number, ret);
    return true;
}

RUN_RARE void run_to_rest(struct run *run)
{
    struct run_picks picks;

    while (!run->now->finished && run->out->fault == WORKFLOW_SOUND) {
        select_always(run, &picks);
        if (picks.n == 0 && !take_raised(run, &picks))
            return;
        if (picks.n == 0)
            continue;
        if (run->out->n_microsteps == WORKFLOW_MICROSTEPS_MAX)
            run_fail(run, WORKFLOW_FAULT_RESTLESS);
        else
            microstep(run, &picks);
    }
}
