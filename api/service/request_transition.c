/* What may be done with a request now, and doing it. */
#include "service/joint.h"
#include "service/request_member.h"
#include "service/request_reasons.h"
#include "service/request_rules.h"
#include "service/request_service.h"
#include "service/request_step.h"
#include "service/request_world.h"
#include "service/service_catalogue.h"

/* Roles and fields first, so that one answer tells all that is in the way. */
static bool decide(struct request_change *change, struct request_step *step, const struct transition_input *input,
                   const struct call *call)
{
    const struct workflow *wf = change->definition->workflow;
    const struct joint_naming naming = {
        wf, call->directory, directory_service_by_id(call->directory, change->before.service_id), change->body, ""};
    uint64_t sent = request_data_check(wf, input->data, "", false, call->err), present;
    step->data = joint_settle(&naming, input->data, call->err);
    change->after.data = request_data_merge(wf, change->before.data, step->data, call->arena, &present);
    /* Once submitted, what a transition asks for is asked anew: what an earlier act said does not answer for this one.
     */
    if (change->before.submitted_at)
        present = sent;
    struct request_deed deed = {.event = input->event, .data = request_world_value(step->data, call->arena)};
    if (!request_member_find(change, input->body, present, &deed, call, &step->member))
        return false;
    const struct workflow_world world =
        request_member_world(change, step->member ? step->member : change->body, present, call);
    step->verdict = request_verdict_deed(wf, &change->stand, &deed, &world, call->arena);
    if (step->verdict.allowed)
        return !error_is_set(call->err);
    if (!request_lacks_data(&step->verdict.reasons)) { /* whether it may be done at all comes before how */
        call->err->kind = ERROR_NONE;
        call->err->n_violations = 0;
    }
    return request_refusal(wf, &step->verdict, input->event, &change->before, call);
}

bool request_transition(const struct call *call, const char *ref, int64_t version, const struct transition_input *input,
                        struct reply *ret)
{
    tx_auto struct tx tx = {0};
    struct idempotency key;
    struct request_change change = {0};
    struct request_step step = {.event = input->event, .comment = input->comment};
    if (!request_change_begin(&tx, call, &key, ref, &change.before, ret))
        return ret->replayed;
    if (!request_at_version(call, &change.before, version) || !request_change_prepare(&change, call) ||
        !decide(&change, &step, input, call))
        return false;
    request_step_apply(&change, &step, call);
    if (!request_step_effects(&change, &step, &tx, call))
        return false;
    request_step_event(&change, &step, call);
    return request_change_commit(&change, &tx, call, &key, ret);
}

/* ---- the offer ---- */

static void option_view(struct json_out *out, const struct workflow *wf, const struct workflow_option *option,
                        const struct directory_body *member, const struct call *call)
{
    json_out_object_begin(out);
    json_out_member_text(out, "event", workflow_event_key(wf, option->event));
    json_out_member_text(out, "body", member ? member->code : NULL);
    json_out_member_text(out, "label", option->label.in[call->language]);
    json_out_member_text(out, "to", option->to >= 0 ? workflow_state(wf, (unsigned)option->to)->key : NULL);
    json_out_member_bool(out, "allowed", request_obstacles(&option->reasons) == 0);
    json_out_name(out, "reasons");
    request_reasons_view(out, wf, &option->reasons, call);
    json_out_name(out, "fields");
    catalogue_fields(out, wf, option->reasons.fields_required, call->language);
    json_out_object_end(out);
}

/* What one body may do: of a member what is that member's, of the body that leads what is the request's. */
static void options_view(struct json_out *out, const struct request_change *change, const struct directory_body *member,
                         const struct call *call)
{
    const struct workflow *wf = change->definition->workflow;
    struct workflow_option *options;
    const struct workflow_world world = request_member_world(change, member ? member : change->body, 0, call);
    size_t count = request_verdict_options(wf, &change->stand, &world, member ? member->id : 0, call->arena, &options);
    for (size_t i = 0; i < count; i++)
        if (!(options[i].reasons.why &
              WORKFLOW_REASON_HIDDEN) && /* where a guard does not hold there is no such button */
            (!member || workflow_is_of_member(wf, &change->stand.instance, options[i].event)))
            option_view(out, wf, &options[i], member, call);
}

static void members_options_view(struct json_out *out, const struct request_change *change, const struct call *call)
{
    const struct workflow_instance *instance = &change->stand.instance;
    for (unsigned i = 0; change->stand.placed && i < instance->n_members; i++) {
        const struct directory_body *body = directory_body_by_id(call->directory, instance->members[i].body);
        if (body && request_member_shown(&instance->members[i], call->actor))
            options_view(out, change, body, call);
    }
}

bool request_transitions(const struct call *call, const char *ref, struct json_out *out, int64_t *ret_version)
{
    struct request_change change = {0};
    if (!request_find(call, ref, &change.before) || !request_change_prepare(&change, call))
        return false;
    *ret_version = change.before.version;
    json_out_object_begin(out);
    json_out_member_text(out, "ref", change.before.ref);
    json_out_member_number(out, "version", change.before.version);
    json_out_member_text(out, "state", change.before.state);
    json_out_name(out, "items");
    json_out_array_begin(out);
    members_options_view(out, &change, call);
    options_view(out, &change, NULL, call);
    json_out_array_end(out);
    json_out_object_end(out);
    return true;
}
