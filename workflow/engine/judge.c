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

static RUN_RARE void judge_more(struct run *run, const struct machine_transition *transition,
                                struct workflow_reasons *reasons)
{
    uint64_t missing = transition->require & ~run->world->fields_present;

    reasons->fields_required |= transition->require;
    reasons->fields_missing |= missing;
    if (missing)
        reasons->why |= WORKFLOW_REASON_FIELDS;
    if (transition->apart)
        judge_actor(run, transition, reasons);
    if (transition->extends)
        clocks_judge(run, transition, reasons);
    if (transition->checks.n)
        judge_checks(run, transition, reasons);
}

void judge(struct run *run, const struct machine_transition *transition, struct workflow_reasons *reasons)
{
    if (!run->judged)
        return;
    reasons->roles_wanted |= transition->roles;
    if ((transition->roles & run->world->roles_held) == 0)
        reasons->why |= WORKFLOW_REASON_ROLE;
    if (transition->require || transition->apart || transition->extends || transition->checks.n)
        judge_more(run, transition, reasons);
}
