/* What may be done with a request now, and doing it. */
#include "service/request_rules.h"
#include "service/request_service.h"
#include "service/request_step.h"
#include "service/request_world.h"
#include "service/service_catalogue.h"

/* Roles and fields first, so that one answer tells all that is in the way. */
static bool decide(struct request_change *change, const struct transition_input *input, const struct call *call,
                   struct request_verdict *ret)
{
    const struct workflow *wf = change->definition->workflow;
    uint64_t present;
    change->after.data = request_data_merge(wf, change->before.data, input->data, call->arena, &present);
    uint64_t sent = request_data_check(wf, input->data, "", false, call->err);
    /* Once submitted, what a transition asks for is asked anew: what an earlier act said does not answer for this one.
     */
    const struct workflow_world world =
        request_step_world(change, call,
                           request_roles_held(wf, call->actor, call->directory, change->body, change->before.unit_id,
                                              change->before.assignee_id),
                           change->before.submitted_at ? sent : present);
    *ret = request_verdict_event(wf, &change->stand, input->event, request_world_value(input->data, call->arena),
                                 &world, call->arena);
    bool lacks_fields = !ret->allowed && ret->reasons.why == WORKFLOW_REASON_FIELDS;
    if (ret->allowed || lacks_fields) {
        if (lacks_fields)
            request_fields_missing(wf, ret->reasons.fields_missing, "", call->err);
        return !error_is_set(call->err);
    }
    call->err->kind = ERROR_NONE; /* whether it may be done at all comes before how */
    call->err->n_violations = 0;
    return request_refusal(wf, ret, input->event, &change->before, call);
}

bool request_transition(const struct call *call, const char *ref, int64_t version, const struct transition_input *input,
                        struct reply *ret)
{
    tx_auto struct tx tx = {0};
    struct idempotency key;
    struct request_change change = {0};
    struct request_step step = {.event = input->event, .data = input->data, .comment = input->comment};
    if (!request_change_begin(&tx, call, &key, ref, &change.before, ret))
        return ret->replayed;
    if (!request_at_version(call, &change.before, version) || !request_change_prepare(&change, call) ||
        !decide(&change, input, call, &step.verdict))
        return false;
    request_step_apply(&change, &step, call);
    if (!request_step_effects(&change, &step, &tx, call))
        return false;
    request_step_event(&change, &step, call);
    return request_change_commit(&change, &tx, call, &key, ret);
}

/* ---- the offer ---- */

static void reasons_view(struct json_out *out, const struct workflow *wf, const struct workflow_option *option,
                         const struct call *call)
{
    json_out_array_begin(out);
    if (option->reasons.why & WORKFLOW_REASON_ROLE) {
        const char *const args[] = {request_role_labels(wf, option->reasons.roles_wanted, call->language, call->arena),
                                    NULL};
        char *sentence = arena_alloc(call->arena, 400);
        json_out_object_begin(out);
        json_out_member_text(out, "code", "role_required");
        json_out_member_text(out, "detail",
                             text_format(sentence, 400, call->language, TEXT_REASON_ROLE_REQUIRED, args));
        json_out_object_end(out);
    }
    json_out_array_end(out);
}

static void option_view(struct json_out *out, const struct workflow *wf, const struct workflow_option *option,
                        const struct call *call)
{
    json_out_object_begin(out);
    json_out_member_text(out, "event", workflow_event_key(wf, option->event));
    json_out_member_text(out, "label", option->label.in[call->language]);
    json_out_member_text(out, "to", option->to >= 0 ? workflow_state(wf, (unsigned)option->to)->key : NULL);
    json_out_member_bool(out, "allowed", (option->reasons.why & ~(uint32_t)WORKFLOW_REASON_FIELDS) == 0);
    json_out_name(out, "reasons");
    reasons_view(out, wf, option, call);
    json_out_name(out, "fields");
    catalogue_fields(out, wf, option->reasons.fields_required, call->language);
    json_out_object_end(out);
}

bool request_transitions(const struct call *call, const char *ref, struct json_out *out, int64_t *ret_version)
{
    struct request_change change = {0};
    struct workflow_option *options;
    if (!request_find(call, ref, &change.before) || !request_change_prepare(&change, call))
        return false;
    const struct workflow *wf = change.definition->workflow;
    const struct workflow_world world =
        request_step_world(&change, call,
                           request_roles_held(wf, call->actor, call->directory, change.body, change.before.unit_id,
                                              change.before.assignee_id),
                           0);
    size_t count = request_verdict_options(wf, &change.stand, &world, call->arena, &options);
    *ret_version = change.before.version;
    json_out_object_begin(out);
    json_out_member_text(out, "ref", change.before.ref);
    json_out_member_number(out, "version", change.before.version);
    json_out_member_text(out, "state", change.before.state);
    json_out_name(out, "items");
    json_out_array_begin(out);
    for (size_t i = 0; i < count; i++)
        option_view(out, wf, &options[i], call);
    json_out_array_end(out);
    json_out_object_end(out);
    return true;
}
