/* What may be done now, and what follows from it. */
#include <string.h>

#include "workflow/machine.h"

const char *workflow_refusal_key(enum workflow_refusal refusal)
{
    static const char *const keys[] = {
        [WORKFLOW_ALLOWED] = "allowed",
        [WORKFLOW_UNKNOWN_EVENT] = "unknown_event",
        [WORKFLOW_WRONG_STATE] = "wrong_state",
        [WORKFLOW_ROLE_MISSING] = "role_missing",
        [WORKFLOW_FIELDS_MISSING] = "fields_missing",
    };
    return keys[refusal];
}

static const struct machine_transition *transition_find(const struct machine_state *state, const char *event)
{
    for (size_t i = 0; i < state->n_transitions; i++)
        if (strcmp(state->transitions[i].event, event) == 0)
            return &state->transitions[i];
    return NULL;
}

static bool event_is_known(const struct workflow *wf, const char *event)
{
    for (size_t i = 0; i < wf->n_states; i++)
        if (transition_find(&wf->states[i], event))
            return true;
    return false;
}

/* The role comes first: who may not do a thing at all is not asked for fields. */
static enum workflow_refusal judge(const struct machine_transition *transition, const struct workflow_facts *facts)
{
    if ((transition->roles & facts->roles_held) == 0)
        return WORKFLOW_ROLE_MISSING;
    if ((transition->require & ~facts->fields_present) != 0)
        return WORKFLOW_FIELDS_MISSING;
    return WORKFLOW_ALLOWED;
}

static unsigned program_target(const struct machine_program *program)
{
    return program->path[program->n_path - 1];
}

static void verdict_follow(struct workflow_verdict *verdict, const struct machine_program *program)
{
    verdict->to = program_target(program);
    verdict->path = program->path;
    verdict->n_path = program->n_path;
    verdict->effects = program->effects;
    verdict->n_effects = program->n_effects;
}

struct workflow_verdict workflow_start(const struct workflow *wf)
{
    struct workflow_verdict verdict = {.refusal = WORKFLOW_ALLOWED, .from = wf->start.path[0]};
    verdict_follow(&verdict, &wf->start);
    return verdict;
}

struct workflow_verdict workflow_step(const struct workflow *wf, unsigned state, const char *event,
                                      const struct workflow_facts *facts)
{
    static const struct workflow_facts nothing = {0};
    struct workflow_verdict verdict = {.refusal = WORKFLOW_WRONG_STATE, .from = state, .to = state};
    const struct machine_transition *transition;

    if (!facts)
        facts = &nothing;
    transition = state < wf->n_states ? transition_find(&wf->states[state], event) : NULL;
    if (!transition) {
        if (!event_is_known(wf, event))
            verdict.refusal = WORKFLOW_UNKNOWN_EVENT;
        return verdict;
    }
    verdict.refusal = judge(transition, facts);
    verdict.roles_wanted = transition->roles;
    verdict.fields_missing = transition->require & ~facts->fields_present;
    if (verdict.refusal == WORKFLOW_ALLOWED)
        verdict_follow(&verdict, &transition->program);
    return verdict;
}

size_t workflow_options(const struct workflow *wf, unsigned state, const struct workflow_facts *facts,
                        struct workflow_option *ret_options, size_t max)
{
    static const struct workflow_facts nothing = {0};
    const struct machine_state *here;

    if (state >= wf->n_states)
        return 0;
    if (!facts)
        facts = &nothing;
    here = &wf->states[state];
    for (size_t i = 0; i < here->n_transitions && i < max; i++) {
        const struct machine_transition *transition = &here->transitions[i];
        ret_options[i] = (struct workflow_option){
            .event = transition->event,
            .label = transition->label,
            .allowed = (transition->roles & facts->roles_held) != 0,
            .refusal = judge(transition, facts),
            .roles_wanted = transition->roles,
            .fields_required = transition->require,
            .fields_missing = transition->require & ~facts->fields_present,
            .to = program_target(&transition->program),
        };
    }
    return here->n_transitions;
}

const struct workflow_text *workflow_event_label(const struct workflow *wf, unsigned state, const char *event)
{
    const struct machine_transition *transition;

    transition = state < wf->n_states ? transition_find(&wf->states[state], event) : NULL;
    return transition ? &transition->label : NULL;
}
