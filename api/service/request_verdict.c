#include "service/request_verdict.h"

static struct request_verdict verdict_of(const struct workflow *wf, enum workflow_rc rc, const struct workflow_out *out)
{
    if (rc != WORKFLOW_OK)
        return (struct request_verdict){.reasons = out->reasons};
    return (struct request_verdict){
        .allowed = true, .to = workflow_principal(wf, &out->next.configuration), .out = out};
}

struct request_verdict request_verdict_start(const struct workflow *wf, const struct workflow_world *world,
                                             struct arena *arena)
{
    struct workflow_out *out = arena_alloc(arena, sizeof *out);
    return verdict_of(wf, workflow_start(wf, world, out), out);
}

struct request_verdict request_verdict_step(const struct workflow *wf, const struct request_stand *stand,
                                            const struct workflow_event *event, const struct workflow_world *world,
                                            struct arena *arena)
{
    if (!stand->placed)
        return (struct request_verdict){.reasons = {.why = WORKFLOW_REASON_WRONG_STATE}};
    struct workflow_out *out = arena_alloc(arena, sizeof *out);
    return verdict_of(wf, workflow_step(wf, &stand->instance, event, world, out), out);
}

struct request_verdict request_verdict_deed(const struct workflow *wf, const struct request_stand *stand,
                                            const struct request_deed *deed, const struct workflow_world *world,
                                            struct arena *arena)
{
    struct workflow_event named = {.kind = WORKFLOW_EVENT_NAMED,
                                   .data = deed->data,
                                   .body = deed->body,
                                   .choice = deed->choice,
                                   .scored = deed->scored,
                                   .score = deed->score};
    if (!workflow_event_find(wf, deed->event, &named.number))
        return (struct request_verdict){.reasons = {.why = WORKFLOW_REASON_UNKNOWN_EVENT}};
    return request_verdict_step(wf, stand, &named, world, arena);
}

struct request_verdict request_verdict_admission(const struct workflow *wf, const struct request_stand *stand,
                                                 const struct workflow_world *world, struct arena *arena)
{
    const struct workflow_event admission = {.kind = WORKFLOW_EVENT_ADMISSION};
    return request_verdict_step(wf, stand, &admission, world, arena);
}

const char *request_verdict_word(const struct request_verdict *verdict)
{
    uint32_t why = verdict->reasons.why;
    return verdict->allowed ? "allowed" : why == 0 ? "fault" : workflow_reason_key((enum workflow_reason)(why & -why));
}

size_t request_verdict_options(const struct workflow *wf, const struct request_stand *stand,
                               const struct workflow_world *world, int64_t body, struct arena *arena,
                               struct workflow_option **ret_options)
{
    size_t max = workflow_event_count(wf);
    *ret_options = arena_alloc(arena, (max + 1) * sizeof **ret_options);
    if (!stand->placed)
        return 0;
    struct workflow_out *out = arena_alloc(arena, sizeof *out);
    return workflow_options(wf, &stand->instance, world, body, false, out, *ret_options, max);
}

void request_verdict_path(struct json_out *out, const struct workflow *wf, const struct request_verdict *verdict)
{
    json_out_array_begin(out);
    for (size_t i = 0; i < verdict->out->n_path && i < WORKFLOW_PATH_MAX; i++)
        json_out_text(out, workflow_state(wf, verdict->out->path[i])->key);
    json_out_array_end(out);
}

void request_verdict_effects(const struct request_verdict *verdict, const char **ret_policy, bool *ret_registers)
{
    for (size_t i = 0; verdict->out && i < verdict->out->n_effects; i++) {
        const struct workflow_effect_info *effect = verdict->out->effects[i].info;
        if (effect->kind == WORKFLOW_EFFECT_ASSIGN)
            *ret_policy = effect->word;
        else if (effect->kind == WORKFLOW_EFFECT_REGISTER)
            *ret_registers = true;
    }
}
