#include "service/request_verdict.h"

#include <string.h>

/* Keeps of an answer, which is large, what a request is told. */
static struct request_verdict verdict_of(const struct workflow *wf, const struct workflow_out *out, struct arena *arena)
{
    struct request_verdict verdict = {
        .allowed = true,
        .to = workflow_principal(wf, &out->next.configuration),
        .n_path = out->n_path,
        .n_effects = out->n_effects,
    };
    verdict.path = memcpy(arena_alloc(arena, out->n_path + 1), out->path, out->n_path);
    verdict.effects = memcpy(arena_alloc(arena, (out->n_effects + 1) * sizeof *out->effects), out->effects,
                             out->n_effects * sizeof *out->effects);
    return verdict;
}

struct request_verdict request_verdict_start(const struct workflow *wf, struct arena *arena)
{
    struct workflow_out out;
    return workflow_start(wf, NULL, &out) == WORKFLOW_OK ? verdict_of(wf, &out, arena) : (struct request_verdict){0};
}

struct request_verdict request_verdict_step(const struct workflow *wf, unsigned state, const char *event,
                                            const struct workflow_world *world, struct arena *arena)
{
    struct request_verdict refused = {.to = state};
    struct workflow_out out;
    struct workflow_instance instance;
    struct workflow_event step = {.kind = WORKFLOW_EVENT_NAMED};
    if (!workflow_event_find(wf, event, &step.number))
        refused.reasons.why = WORKFLOW_REASON_UNKNOWN_EVENT;
    else if (!workflow_place(wf, state, &instance))
        refused.reasons.why = WORKFLOW_REASON_WRONG_STATE;
    else if (workflow_step(wf, &instance, &step, world, &out) == WORKFLOW_OK)
        return verdict_of(wf, &out, arena);
    else
        refused.reasons = out.reasons;
    return refused;
}

const char *request_verdict_word(const struct request_verdict *verdict)
{
    uint32_t why = verdict->reasons.why;
    return verdict->allowed ? "allowed" : why == 0 ? "fault" : workflow_reason_key((enum workflow_reason)(why & -why));
}

size_t request_verdict_options(const struct workflow *wf, unsigned state, const struct workflow_world *world,
                               struct arena *arena, struct workflow_option **ret_options)
{
    struct workflow_out out;
    struct workflow_instance instance;
    size_t max = workflow_event_count(wf);
    *ret_options = arena_alloc(arena, (max + 1) * sizeof **ret_options);
    return workflow_place(wf, state, &instance)
               ? workflow_options(wf, &instance, world, 0, false, &out, *ret_options, max)
               : 0;
}

void request_verdict_path(struct json_out *out, const struct workflow *wf, const struct request_verdict *verdict)
{
    json_out_array_begin(out);
    for (size_t i = 0; i < verdict->n_path; i++)
        json_out_text(out, workflow_state(wf, verdict->path[i])->key);
    json_out_array_end(out);
}

void request_verdict_effects(const struct request_verdict *verdict, const char **ret_policy, bool *ret_registers)
{
    for (size_t i = 0; i < verdict->n_effects; i++) {
        const struct workflow_effect_info *effect = verdict->effects[i].info;
        if (effect->kind == WORKFLOW_EFFECT_ASSIGN)
            *ret_policy = effect->word;
        else if (effect->kind == WORKFLOW_EFFECT_REGISTER)
            *ret_registers = true;
    }
}
