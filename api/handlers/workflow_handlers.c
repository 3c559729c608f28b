#include "handlers/workflow_handlers.h"

#include "handlers/answer.h"
#include "service/service_catalogue.h"

static void head_write(struct json_out *out, const struct directory_workflow *row, enum text_language language)
{
    json_out_member_text(out, "key", row->key);
    json_out_member_number(out, "version", row->version);
    json_out_member_text(out, "hash", row->hash);
    json_out_member_text(out, "title", workflow_title(row->workflow)->in[language]);
}

bool handle_workflow_list(struct context *ctx, struct error *err)
{
    const struct directory *dir = answer_directory(ctx, err);
    if (dir == NULL)
        return false;
    if (answer_not_modified(ctx, answer_directory_etag(ctx, dir, ETAG_WEAK)))
        return true;
    struct json_out out = page_begin(ctx);
    for (size_t i = 0; i < dir->n_workflows; i++) {
        if (!dir->workflows[i].latest)
            continue;
        json_out_object_begin(&out);
        head_write(&out, &dir->workflows[i], ctx->language);
        json_out_object_end(&out);
    }
    return page_respond(ctx, &out, NULL);
}

/* ---- one definition ---- */

static void states_write(struct json_out *out, const struct workflow *wf, enum text_language language)
{
    json_out_name(out, "states");
    json_out_array_begin(out);
    for (unsigned i = 0; i < workflow_state_count(wf); i++) {
        const struct workflow_state_info *state = workflow_state(wf, i);
        json_out_object_begin(out);
        json_out_member_text(out, "key", state->key);
        json_out_member_text(out, "label", state->label.in[language]);
        json_out_member_text(out, "phase", workflow_phase_key(state->phase));
        json_out_member_number(out, "progress", state->progress);
        json_out_member_bool(out, "final", state->is_final);
        json_out_member_text(out, "outcome", state->outcome);
        json_out_member_text(out, "awaits",
                             state->awaits_role < 0 ? NULL : workflow_role(wf, (unsigned)state->awaits_role)->key);
        json_out_object_end(out);
    }
    json_out_array_end(out);
}

static void roles_write(struct json_out *out, const struct workflow *wf, enum text_language language)
{
    json_out_name(out, "roles");
    json_out_array_begin(out);
    for (unsigned i = 0; i < workflow_role_count(wf); i++) {
        json_out_object_begin(out);
        json_out_member_text(out, "key", workflow_role(wf, i)->key);
        json_out_member_text(out, "label", workflow_role(wf, i)->label.in[language]);
        json_out_object_end(out);
    }
    json_out_array_end(out);
}

/* The state that `always` leads to from each state, which the engine tells by the paths that go through it; -1: none.
 */
struct follow_ups {
    int to[WORKFLOW_STATES_MAX];
};

static void follow_ups_note(struct follow_ups *follow_ups, const struct workflow_verdict *verdict)
{
    for (size_t i = 0; i + 1 < verdict->n_path; i++)
        follow_ups->to[verdict->path[i]] = (int)verdict->path[i + 1];
}

/* What the event does for somebody who may do all and has given all. */
static struct workflow_verdict step_freely(const struct workflow *wf, unsigned state, const char *event)
{
    const struct workflow_facts facts = {.roles_held = UINT32_MAX, .fields_present = UINT64_MAX};
    return workflow_step(wf, state, event, &facts);
}

static void transition_write(struct json_out *out, const struct workflow *wf, unsigned from,
                             const struct workflow_option *option, unsigned to, enum text_language language)
{
    json_out_object_begin(out);
    json_out_member_text(out, "event", option->event);
    json_out_member_text(out, "label", option->label.in[language]);
    json_out_member_text(out, "from", workflow_state(wf, from)->key);
    json_out_member_text(out, "to", workflow_state(wf, to)->key);
    json_out_name(out, "roles");
    json_out_array_begin(out);
    for (unsigned i = 0; i < workflow_role_count(wf); i++)
        if ((option->roles_wanted & UINT32_C(1) << i) != 0)
            json_out_text(out, workflow_role(wf, i)->key);
    json_out_array_end(out);
    json_out_name(out, "fields");
    catalogue_fields(out, wf, option->fields_required, language);
    json_out_member_bool(out, "automatic", false);
    json_out_object_end(out);
}

static void follow_up_write(struct json_out *out, const struct workflow *wf, unsigned from, unsigned to)
{
    json_out_object_begin(out);
    json_out_member_text(out, "event", NULL);
    json_out_member_text(out, "label", NULL);
    json_out_member_text(out, "from", workflow_state(wf, from)->key);
    json_out_member_text(out, "to", workflow_state(wf, to)->key);
    json_out_member_raw(out, "roles", "[]");
    json_out_member_raw(out, "fields", "[]");
    json_out_member_bool(out, "automatic", true);
    json_out_object_end(out);
}

static void transitions_write(struct json_out *out, const struct workflow *wf, enum text_language language)
{
    struct follow_ups follow_ups;
    const unsigned n_states = (unsigned)workflow_state_count(wf);
    const struct workflow_verdict start = workflow_start(wf);
    for (unsigned i = 0; i < WORKFLOW_STATES_MAX; i++)
        follow_ups.to[i] = -1;
    follow_ups_note(&follow_ups, &start);
    json_out_name(out, "transitions");
    json_out_array_begin(out);
    for (unsigned state = 0; state < n_states; state++) {
        struct workflow_option options[WORKFLOW_EVENTS_MAX];
        size_t n = workflow_options(wf, state, NULL, options, WORKFLOW_EVENTS_MAX);
        for (size_t i = 0; i < n; i++) {
            struct workflow_verdict verdict = step_freely(wf, state, options[i].event);
            follow_ups_note(&follow_ups, &verdict);
            transition_write(out, wf, state, &options[i], verdict.n_path > 0 ? verdict.path[0] : verdict.to, language);
        }
    }
    for (unsigned state = 0; state < n_states; state++)
        if (follow_ups.to[state] >= 0)
            follow_up_write(out, wf, state, (unsigned)follow_ups.to[state]);
    json_out_array_end(out);
}

bool handle_workflow_read(struct context *ctx, struct error *err)
{
    const struct directory *dir = answer_directory(ctx, err);
    if (dir == NULL)
        return false;
    const struct directory_workflow *row = directory_workflow_latest(dir, ctx->params[0]);
    if (row == NULL)
        return error_set(err, ERROR_NOT_FOUND, TEXT_DIRECTORY_NO_WORKFLOW, ctx->params[0]);
    if (answer_not_modified(ctx, answer_directory_etag(ctx, dir, ETAG_STRONG)))
        return true;
    struct json_out out = json_out_new(ctx->arena, 16 * 1024);
    const struct workflow_verdict start = workflow_start(row->workflow);
    json_out_object_begin(&out);
    head_write(&out, row, ctx->language);
    json_out_member_text(&out, "initial",
                         workflow_state(row->workflow, start.n_path > 0 ? start.path[0] : start.to)->key);
    states_write(&out, row->workflow, ctx->language);
    roles_write(&out, row->workflow, ctx->language);
    transitions_write(&out, row->workflow, ctx->language);
    json_out_object_end(&out);
    return http_respond_json(ctx, 200, &out);
}
