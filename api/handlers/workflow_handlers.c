#include "handlers/workflow_handlers.h"

#include "handlers/answer.h"
#include "service/service_catalogue.h"
#include "workflow/procedure.h"

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

/* By itself: by `always`, when something is complete, or when a timer is due. */
static bool is_automatic(const struct workflow_transition_info *transition)
{
    return transition->by != WORKFLOW_BY_EVENT || transition->roles == 0;
}

static void transition_write(struct json_out *out, const struct workflow *wf,
                             const struct workflow_transition_info *transition, enum text_language language)
{
    unsigned to = transition->n_to > 0 ? (unsigned)transition->to[0] : transition->from;
    bool automatic = is_automatic(transition);
    json_out_object_begin(out);
    json_out_member_text(out, "event", automatic ? NULL : workflow_event_key(wf, (unsigned)transition->event));
    json_out_member_text(out, "label", automatic ? NULL : transition->label.in[language]);
    json_out_member_text(out, "from", workflow_state(wf, transition->from)->key);
    json_out_member_text(out, "to", workflow_state(wf, to)->key);
    json_out_name(out, "roles");
    json_out_array_begin(out);
    for (unsigned i = 0; i < workflow_role_count(wf); i++)
        if ((transition->roles & UINT32_C(1) << i) != 0)
            json_out_text(out, workflow_role(wf, i)->key);
    json_out_array_end(out);
    json_out_name(out, "fields");
    catalogue_fields(out, wf, transition->require, language);
    json_out_member_bool(out, "automatic", automatic);
    json_out_object_end(out);
}

/* What people do first, then what follows by itself. */
static void transitions_write(struct json_out *out, const struct workflow *wf, enum text_language language)
{
    struct workflow_transition_info transition;
    json_out_name(out, "transitions");
    json_out_array_begin(out);
    for (unsigned automatic = 0; automatic < 2; automatic++)
        for (unsigned i = 0; workflow_transition_info(wf, i, &transition); i++)
            if (is_automatic(&transition) == (automatic == 1))
                transition_write(out, wf, &transition, language);
    json_out_array_end(out);
}

bool handle_workflow_read(struct context *ctx, struct error *err)
{
    const struct directory *dir = answer_directory(ctx, err);
    if (dir == NULL)
        return false;
    const struct directory_workflow *row = answer_workflow(ctx, dir, err);
    if (row == NULL)
        return false;
    if (answer_not_modified(ctx, answer_directory_etag(ctx, dir, ETAG_STRONG)))
        return true;
    struct json_out out = json_out_new(ctx->arena, 16 * 1024);
    json_out_object_begin(&out);
    head_write(&out, row, ctx->language);
    json_out_member_text(&out, "initial", workflow_state(row->workflow, workflow_initial(row->workflow))->key);
    states_write(&out, row->workflow, ctx->language);
    roles_write(&out, row->workflow, ctx->language);
    transitions_write(&out, row->workflow, ctx->language);
    json_out_object_end(&out);
    return http_respond_json(ctx, 200, &out);
}
