/* Whether an actor may do what was chosen: every reason against it, at once. */
#include "workflow/engine/run.h"

static void judge_checks(struct run *run, const struct machine_transition *transition, struct workflow_reasons *reasons)
{
    const struct workflow *wf = run->wf;
    unsigned number = (unsigned)(transition - wf->transitions);

    for (unsigned i = 0; i < transition->checks.n; i++) {
        const struct machine_check *check = &wf->checks[transition->checks.first + i];
        struct workflow_value value =
            run_evaluate(run, check->expression, number, (unsigned)transition->source, WORKFLOW_TRACE_CHECK);
        if (workflow_value_holds(value))
            continue;
        reasons->why |= WORKFLOW_REASON_CHECKS;
        if (reasons->n_failures < WORKFLOW_FAILURES_MAX)
            reasons->failures[reasons->n_failures++] = &check->message;
    }
}

static void judge_actor(const struct run *run, const struct machine_transition *transition,
                        struct workflow_reasons *reasons)
{
    for (unsigned witness = 0; witness < run->wf->n_witnesses; witness++) {
        if (!(transition->apart >> witness & 1) || run->world->actor == 0 ||
            run->now->witnesses[witness] != run->world->actor)
            continue;
        reasons->why |= WORKFLOW_REASON_SAME_ACTOR;
        reasons->witnesses |= (uint16_t)(1u << witness);
    }
}

void judge(struct run *run, const struct machine_transition *transition, struct workflow_reasons *reasons)
{
    const struct workflow_world *world = run->world;

    if (!run->judged)
        return;
    reasons->roles_wanted |= transition->roles;
    if ((transition->roles & world->roles_held) == 0)
        reasons->why |= WORKFLOW_REASON_ROLE;
    if (transition->require) {
        reasons->fields_required |= transition->require;
        reasons->fields_missing |= transition->require & ~world->fields_present;
        if (transition->require & ~world->fields_present)
            reasons->why |= WORKFLOW_REASON_FIELDS;
    }
    if (transition->apart)
        judge_actor(run, transition, reasons);
    if (transition->extends)
        clocks_judge(run, transition, reasons);
    if (transition->checks.n)
        judge_checks(run, transition, reasons);
}
