/* The door: an event or a timer, judged, taken, and followed to rest. */
#include <string.h>

#include "workflow/engine/run.h"

static const struct workflow_world nothing;

/* Copies what this definition uses of an instance; the rest is never read. */
static void instance_copy(const struct workflow *wf, struct workflow_instance *to, const struct workflow_instance *from)
{
    memcpy(to, from, offsetof(struct workflow_instance, fired));
    if (wf->n_timers)
        memcpy(to->fired, from->fired, sizeof(to->fired));
    for (unsigned i = 0; i < wf->n_histories; i++)
        to->history[i] = from->history[i];
    for (unsigned i = 0; i < wf->n_witnesses; i++)
        to->witnesses[i] = from->witnesses[i];
    for (unsigned i = 0; i < from->n_undo; i++)
        to->undo[i] = from->undo[i];
    if (from->n_members)
        memcpy(to->members, from->members, from->n_members * sizeof(to->members[0]));
    if (from->n_ballots)
        memcpy(to->ballots, from->ballots, from->n_ballots * sizeof(to->ballots[0]));
}

static void out_begin(struct workflow_out *out)
{
    out->reasons.why = 0;
    out->reasons.roles_wanted = 0;
    out->reasons.fields_required = out->reasons.fields_missing = 0;
    out->reasons.witnesses = 0;
    out->reasons.n_failures = 0;
    out->fault = WORKFLOW_SOUND;
    out->decided = MACHINE_NONE;
    out->set = 0;
    out->n_path = out->n_taken = out->n_effects = out->n_clocks = out->n_timers = out->n_trace = out->n_microsteps = 0;
    out->trace_cut = false;
}

void run_begin(struct run *run, const struct workflow *wf, const struct workflow_world *world, struct workflow_out *out)
{
    run->wf = wf;
    run->choices = NULL;
    run->world = world ? world : &nothing;
    run->out = out;
    run->now = &out->next;
    run->body = 0;
    run->restarted = run->extended = 0;
    run->queued = run->taken = 0;
    run->bound = false;
    run->counted = MACHINE_NONE;
    run->event = workflow_value_unset();
    out_begin(out);
}

/* Most steps are over here: nothing goes on by itself, nothing was raised, no clock stands still. */
static inline enum workflow_rc finish(struct run *run, const struct workflow_instance *before)
{
    const struct workflow *wf = run->wf;
    struct workflow_states seen;

    if (run->queued || states_meet(run->now->configuration, wf->always))
        run_to_rest(run);
    seen = before ? states_or(before->configuration, run->now->configuration) : run->now->configuration;
    if (run->now->finished || states_meet(seen, wf->pausing))
        clocks_settle(run, before);
    return run->out->fault == WORKFLOW_SOUND ? WORKFLOW_OK : WORKFLOW_FAULT;
}

enum workflow_rc run_finish(struct run *run, const struct workflow_instance *before)
{
    return finish(run, before);
}

enum workflow_rc run_start(struct run *run)
{
    const struct workflow *wf = run->wf;
    struct machine_entry entry = {.entered = wf->start};

    memset(run->now, 0, sizeof(*run->now));
    for (unsigned i = 0; i < wf->n_defaults; i++)
        run_set(run, wf->defaults[i].field, wf->defaults[i].value);
    if (wf->start_recalls)
        entry = machine_entry_of(wf, MACHINE_NONE, &wf->initial, 1, run->now->history);
    run_enter(run, entry.entered, entry.resumed);
    return run_finish(run, NULL);
}

enum workflow_rc workflow_start(const struct workflow *wf, const struct workflow_world *world, struct workflow_out *ret)
{
    struct run run;

    run_begin(&run, wf, world, ret);
    return run_start(&run);
}

static void take_single(struct run *run, int transition)
{
    struct run_picks picks = {1, {(uint16_t)transition}};

    if (transition >= 0)
        microstep(run, &picks);
}

RUN_RARE enum workflow_rc run_timer(struct run *run, unsigned timer, const struct workflow_instance *before)
{
    const struct workflow *wf = run->wf;
    const struct machine_timer *fired = timer < wf->n_timers ? &wf->timers[timer] : NULL;
    struct machine_span only;
    int member = fired && fired->of_member ? each_timer_find(run, timer) : MACHINE_NONE;

    if (!fired || before->finished || (fired->of_member ? member < 0 : !(run->now->timers >> timer & 1))) {
        run->out->reasons.why = WORKFLOW_REASON_STALE;
        return WORKFLOW_REJECTED;
    }
    if (fired->of_member) {
        each_fire(run, (unsigned)member, timer);
        return run_finish(run, before);
    }
    run->now->timers &= ~(UINT64_C(1) << timer);
    run->now->fired[timer]++;
    only = (struct machine_span){(uint16_t)fired->transition, 1};
    if (fired->vote >= 0)
        vote_close(run, (unsigned)fired->vote);
    else
        take_single(run, select_first(run, only));
    /* Entering its state anew armed it already; staying, it goes on as often as it may. */
    if (!(run->now->timers >> timer & 1) && states_has(&run->now->configuration, fired->info.state) &&
        run->now->fired[timer] > 0 && run->now->fired[timer] < fired->info.repeat)
        timer_arm(run, timer);
    return run_finish(run, before);
}

/* What nobody has a role for is not for people: it answers to what the definition raises itself. */
static void judge_picks(struct run *run, const struct run_picks *picks)
{
    for (unsigned i = 0; i < picks->n; i++)
        judge(run, &run->wf->transitions[picks->transitions[i]], &run->out->reasons);
}

static RUN_RARE enum workflow_rc step_member(struct run *run, unsigned event, int member,
                                             struct machine_span transitions, const struct workflow_instance *before)
{
    struct workflow_reasons *reasons = &run->out->reasons;
    int transition = MACHINE_NONE;

    if (member < 0)
        reasons->why = WORKFLOW_REASON_MEMBER;
    else if (transitions.n == 0)
        reasons->why = WORKFLOW_REASON_WRONG_STATE;
    else if ((transition = select_first(run, transitions)) < 0)
        reasons->why = WORKFLOW_REASON_HIDDEN;
    else
        judge(run, &run->wf->transitions[transition], reasons);
    if (reasons->why)
        return WORKFLOW_REJECTED;
    if (run->wf->events[event].witness >= 0)
        run->now->witnesses[run->wf->events[event].witness] = run->world->actor;
    each_follow(run, (unsigned)member, (unsigned)transition);
    return run_finish(run, before);
}

static RUN_RARE enum workflow_rc step_vote(struct run *run, unsigned vote, const struct workflow_event *event,
                                           const struct workflow_instance *before)
{
    vote_judge(run, vote, event, &run->out->reasons);
    if (run->out->reasons.why)
        return WORKFLOW_REJECTED;
    vote_cast(run, vote, event);
    return run_finish(run, before);
}

enum workflow_rc run_named(struct run *run, const struct workflow_event *event, const struct workflow_instance *before)
{
    const struct workflow *wf = run->wf;
    struct workflow_reasons *reasons = &run->out->reasons;
    struct run_picks picks;
    struct machine_span transitions;
    int member, vote;

    if (event->number >= wf->n_events) {
        reasons->why = WORKFLOW_REASON_UNKNOWN_EVENT;
        return WORKFLOW_REJECTED;
    }
    vote = wf->n_votes ? vote_of(wf, &run->now->configuration, event->number) : MACHINE_NONE;
    if (vote >= 0)
        return step_vote(run, (unsigned)vote, event, before);
    if (!states_none(states_and(run->now->configuration, wf->joint)) &&
        each_find(run, event->number, &member, &transitions))
        return step_member(run, event->number, member, transitions, before);
    select_event(run, event->number, &picks);
    if (picks.n == 0) {
        reasons->why = states_meet(run->now->configuration, wf->events[event->number].sources)
                           ? WORKFLOW_REASON_HIDDEN
                           : WORKFLOW_REASON_WRONG_STATE;
        return WORKFLOW_REJECTED;
    }
    judge_picks(run, &picks);
    if (reasons->why)
        return WORKFLOW_REJECTED;
    if (wf->events[event->number].witness >= 0)
        run->now->witnesses[wf->events[event->number].witness] = run->world->actor;
    microstep(run, &picks);
    return finish(run, before);
}

enum workflow_rc workflow_step(const struct workflow *wf, const struct workflow_instance *instance,
                               const struct workflow_event *event, const struct workflow_world *world,
                               struct workflow_out *ret)
{
    return run_step(wf, instance, event, world, ret, true);
}

void run_continue(struct run *run, const struct workflow_instance *instance, int64_t body)
{
    instance_copy(run->wf, run->now, instance);
    run->body = body;
    if (states_meet(run->now->configuration, run->wf->joint))
        each_admit(run);
}

/* They are in already: run_continue() saw to it. */
static RUN_RARE enum workflow_rc run_admission(struct run *run, const struct workflow_instance *before)
{
    if (!states_meet(run->now->configuration, run->wf->joint) || before->finished) {
        run->out->reasons.why = WORKFLOW_REASON_WRONG_STATE;
        return WORKFLOW_REJECTED;
    }
    return run_finish(run, before);
}

bool workflow_is_of_member(const struct workflow *wf, const struct workflow_instance *instance, unsigned event)
{
    struct workflow_states active = states_and(instance->configuration, wf->joint);

    while (event < wf->n_events && !states_none(active)) {
        const struct machine_each *each = &wf->eaches[wf->states[states_take_first(&active)].each];
        if (states_meet(wf->events[event].sources, each->template))
            return true;
    }
    return false;
}

int workflow_vote_of(const struct workflow *wf, const struct workflow_instance *instance, unsigned event)
{
    return event < wf->n_events ? vote_of(wf, &instance->configuration, event) : MACHINE_NONE;
}

enum workflow_rc run_step(const struct workflow *wf, const struct workflow_instance *instance,
                          const struct workflow_event *event, const struct workflow_world *world,
                          struct workflow_out *ret, bool judged)
{
    struct run run;

    run_begin(&run, wf, world, ret);
    run.judged = judged;
    run.event = event->data;
    run_continue(&run, instance, event->body);
    if (event->kind == WORKFLOW_EVENT_TIMER)
        return run_timer(&run, event->number, instance);
    if (event->kind == WORKFLOW_EVENT_ADMISSION)
        return run_admission(&run, instance);
    return run_named(&run, event, instance);
}

unsigned workflow_principal(const struct workflow *wf, const struct workflow_states *configuration)
{
    struct workflow_states leaves = states_and(*configuration, wf->leaves);
    unsigned leaf;

    if (states_none(leaves))
        return 0;
    leaf = states_take_first(&leaves);
    while (!states_none(leaves) && wf->states[leaf].info.parent >= 0) {
        leaf = (unsigned)wf->states[leaf].info.parent;
        leaves = states_without(leaves, wf->states[leaf].inside);
    }
    return leaf;
}

bool workflow_place(const struct workflow *wf, unsigned state, struct workflow_instance *ret)
{
    struct workflow_states configuration;

    if (state >= wf->n_states || !states_has(&wf->leaves, state))
        return false;
    configuration = states_or(wf->states[state].ancestors, states_only(state));
    if (!machine_is_legal(wf, &configuration))
        return false;
    memset(ret, 0, sizeof(*ret));
    ret->configuration = configuration;
    ret->finished = wf->states[state].info.is_final;
    return true;
}

const char *workflow_reason_key(enum workflow_reason reason)
{
    static const char *const keys[WORKFLOW_REASONS] = {
        "unknown_event", "wrong_state", "hidden",        "role_missing", "fields_missing", "check_failed",
        "same_actor",    "stale",       "not_member",    "recused",      "invalid_ballot", "voted_already",
        "term_idle",     "term_over",   "term_extended", "term_half",
    };
    return keys[__builtin_ctz(reason) % WORKFLOW_REASONS];
}

const char *workflow_fault_key(enum workflow_fault_kind fault)
{
    static const char *const keys[] = {
        [WORKFLOW_SOUND] = "sound",
        [WORKFLOW_FAULT_RESTLESS] = "restless",
        [WORKFLOW_FAULT_EXPRESSION] = "expression",
        [WORKFLOW_FAULT_TOO_MUCH] = "too_much",
    };
    return keys[fault];
}
