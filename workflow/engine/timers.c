/* Timers are outside too: a state that is entered arms its own, one that is left cancels them. */
#include "workflow/engine/run.h"

static void change(struct run *run, struct workflow_timer_change change)
{
    struct workflow_out *out = run->out;

    if (out->n_timers == WORKFLOW_TIMER_CHANGES_MAX)
        run_fail(run, WORKFLOW_FAULT_TOO_MUCH);
    else
        out->timers[out->n_timers++] = change;
}

void timer_arm(struct run *run, unsigned number)
{
    const struct machine_timer *timer = &run->wf->timers[number];
    struct workflow_timer_change armed = {.timer = (uint8_t)number, .kind = WORKFLOW_TIMER_ARM, .body = run->body};

    if (timer->on_date >= 0 && !run->choices) {
        armed.date =
            run_evaluate(run, timer->on_date, (unsigned)timer->transition, timer->info.state, WORKFLOW_TRACE_DATE);
        if (armed.date.kind != WORKFLOW_KIND_TIMESTAMP)
            run_fail(run, WORKFLOW_FAULT_EXPRESSION);
    }
    change(run, armed);
    if (!timer->of_member)
        run->now->timers |= UINT64_C(1) << number;
}

/* What has fired as often as it may does not fire again because an amendment was in between. */
void timers_arm(struct run *run, unsigned state, bool resumed)
{
    struct machine_span timers = run->wf->states[state].timers;

    for (unsigned i = timers.first; i < (unsigned)timers.first + timers.n; i++) {
        if (!resumed)
            run->now->fired[i] = 0;
        if (run->now->fired[i] < run->wf->timers[i].info.repeat)
            timer_arm(run, i);
    }
}

void timer_cancel(struct run *run, unsigned number)
{
    change(run,
           (struct workflow_timer_change){.timer = (uint8_t)number, .kind = WORKFLOW_TIMER_CANCEL, .body = run->body});
}

void timers_cancel(struct run *run, unsigned state)
{
    struct machine_span timers = run->wf->states[state].timers;

    for (unsigned i = timers.first; i < (unsigned)timers.first + timers.n; i++) {
        if (!(run->now->timers >> i & 1))
            continue;
        run->now->timers &= ~(UINT64_C(1) << i);
        timer_cancel(run, i);
    }
}
