/* `each`: one small configuration for every body that takes part, until enough of them have come to an end. */
#include "workflow/engine/run.h"

static const struct machine_each *each_at(const struct workflow *wf, unsigned state)
{
    return &wf->eaches[wf->states[state].each];
}

static bool is_of(const struct workflow *wf, unsigned each, const struct workflow_member_state *member)
{
    return member->state > each && member->state < wf->states[each].end;
}

static unsigned first_timer(const struct workflow *wf, unsigned each)
{
    return each_at(wf, each)->timers.first;
}

static void member_timers(struct run *run, unsigned each, struct workflow_member_state *member, bool arm)
{
    struct machine_span timers = run->wf->states[member->state].timers;
    int64_t body = run->body;

    run->body = member->body;
    for (unsigned i = timers.first; i < (unsigned)timers.first + timers.n; i++) {
        unsigned bit = 1u << (i - first_timer(run->wf, each));
        if (arm)
            timer_arm(run, i);
        else if (member->timers & bit)
            timer_cancel(run, i);
        member->timers = (uint8_t)(arm ? member->timers | bit : member->timers & ~bit);
    }
    run->body = body;
}

static void member_enter(struct run *run, unsigned each, struct workflow_member_state *member, bool resumed)
{
    int64_t body = run->body;

    run->body = member->body;
    effects_do(run, run->wf->states[member->state].entering, member->state, resumed);
    run->body = body;
    member_timers(run, each, member, true);
}

static void admit(struct run *run, unsigned each, int64_t body)
{
    struct workflow_instance *now = run->now;

    for (unsigned i = 0; i < now->n_members; i++)
        if (now->members[i].body == body && is_of(run->wf, each, &now->members[i]))
            return;
    if (now->n_members == WORKFLOW_MEMBERS_MAX) {
        run_fail(run, WORKFLOW_FAULT_TOO_MUCH);
        return;
    }
    now->members[now->n_members] =
        (struct workflow_member_state){.body = body, .state = (uint8_t)each_at(run->wf, each)->initial};
    member_enter(run, each, &now->members[now->n_members++], false);
}

void each_admit(struct run *run)
{
    struct workflow_states active = states_and(run->now->configuration, run->wf->joint);

    while (!states_none(active)) {
        unsigned each = states_take_first(&active);
        for (size_t i = 0; i < run->world->n_bodies; i++)
            admit(run, each, run->world->bodies[i]);
    }
}

/* What was decided by members before an amendment still stands after it; a new beginning asks everybody anew. */
void each_enter(struct run *run, unsigned each, bool resumed)
{
    struct workflow_instance *now = run->now;
    unsigned kept = 0;

    for (unsigned i = 0; i < now->n_members; i++)
        if (!is_of(run->wf, each, &now->members[i]) || resumed)
            now->members[kept++] = now->members[i];
    now->n_members = (uint8_t)kept;
    for (unsigned i = 0; i < now->n_members; i++)
        if (is_of(run->wf, each, &now->members[i]))
            member_enter(run, each, &now->members[i], true);
    for (size_t i = 0; i < run->world->n_bodies; i++)
        admit(run, each, run->world->bodies[i]);
}

void each_leave(struct run *run, unsigned each)
{
    for (unsigned i = 0; i < run->now->n_members; i++)
        if (is_of(run->wf, each, &run->now->members[i]))
            member_timers(run, each, &run->now->members[i], false);
}

bool each_is_joined(const struct run *run, unsigned each)
{
    const struct machine_each *join = each_at(run->wf, each);
    unsigned members = 0, ended = 0;

    for (unsigned i = 0; i < run->now->n_members; i++) {
        const struct workflow_member_state *member = &run->now->members[i];
        if (!is_of(run->wf, each, member))
            continue;
        members++;
        if (run->wf->states[member->state].info.kind == WORKFLOW_STATE_FINAL)
            ended += join->counted < 0 || join->counted == member->state;
    }
    return members > 0 && ended >= (join->at_least ? join->at_least : members);
}

bool each_find(const struct run *run, unsigned event, int *ret_member, struct machine_span *ret_transitions)
{
    const struct workflow *wf = run->wf;
    struct workflow_states active = states_and(run->now->configuration, wf->joint);

    while (!states_none(active)) {
        unsigned each = states_take_first(&active);
        if (!states_meet(wf->events[event].sources, each_at(wf, each)->template))
            continue;
        *ret_member = MACHINE_NONE;
        *ret_transitions = (struct machine_span){0, 0};
        for (unsigned i = 0; i < run->now->n_members; i++) {
            const struct workflow_member_state *member = &run->now->members[i];
            if (member->body != run->body || !is_of(wf, each, member))
                continue;
            *ret_member = (int)i;
            *ret_transitions = machine_span_of(wf, member->state, (int)event);
        }
        return true;
    }
    return false;
}

void each_follow(struct run *run, unsigned number, unsigned taken)
{
    const struct workflow *wf = run->wf;
    const struct machine_transition *transition = &wf->transitions[taken];
    struct workflow_member_state *member = &run->now->members[number];
    unsigned each = (unsigned)wf->states[member->state].info.parent;

    run->out->n_microsteps++;
    run_mark_taken(run, taken);
    if (!transition->targetless) {
        member_timers(run, each, member, false);
        effects_do(run, wf->states[member->state].leaving, member->state, false);
    }
    effects_set(run, taken);
    effects_do(run, transition->effects, (unsigned)transition->source, false);
    if (transition->targetless)
        return;
    member->state = (uint8_t)wf->targets[transition->targets.first];
    if (run->out->n_path < WORKFLOW_PATH_MAX)
        run->out->path[run->out->n_path++] = member->state;
    member_enter(run, each, member, false);
    if (wf->states[member->state].info.kind == WORKFLOW_STATE_FINAL && each_is_joined(run, each))
        run_complete(run, each);
}

int each_timer_find(const struct run *run, unsigned timer)
{
    const struct workflow *wf = run->wf;
    unsigned owner = wf->timers[timer].info.state;
    unsigned each = (unsigned)wf->states[owner].info.parent;

    if (!states_has(&run->now->configuration, each))
        return MACHINE_NONE;
    for (unsigned i = 0; i < run->now->n_members; i++) {
        const struct workflow_member_state *member = &run->now->members[i];
        if (member->body == run->body && member->state == owner &&
            (member->timers >> (timer - first_timer(wf, each)) & 1))
            return (int)i;
    }
    return MACHINE_NONE;
}

void each_fire(struct run *run, unsigned number, unsigned timer)
{
    const struct workflow *wf = run->wf;
    struct workflow_member_state *member = &run->now->members[number];
    unsigned each = (unsigned)wf->states[member->state].info.parent;
    struct machine_span only = {(uint16_t)wf->timers[timer].transition, 1};
    int transition;

    member->timers &= (uint8_t) ~(1u << (timer - first_timer(wf, each)));
    transition = select_first(run, only);
    if (transition >= 0)
        each_follow(run, number, (unsigned)transition);
}
