/* What may be done with a request now, and doing it. */
#include <string.h>

#include "service/joint.h"
#include "service/panel.h"
#include "service/request_ballot.h"
#include "service/request_member.h"
#include "service/request_reasons.h"
#include "service/request_rules.h"
#include "service/request_service.h"
#include "service/request_step.h"
#include "service/request_world.h"
#include "service/service_catalogue.h"

static bool is_of_a_vote(const struct workflow *wf, const char *event)
{
    struct workflow_vote_info vote;
    for (unsigned i = 0; workflow_vote_info(wf, i, &vote); i++)
        if (strcmp(workflow_event_key(wf, vote.event), event) == 0)
            return true;
    return false;
}

/* What a ballot says, and who votes; whoever leaves out the choice is judged as if they said yes, and told. */
static bool take_ballot(struct request_change *change, const struct transition_input *input, struct request_deed *deed,
                        const struct call *call)
{
    const struct workflow *wf = change->definition->workflow;
    unsigned event;
    int vote = change->stand.placed && workflow_event_find(wf, deed->event, &event)
                   ? workflow_vote_of(wf, &change->stand.instance, event)
                   : -1;
    if (vote < 0) /* of a vote that is over, the state says so */
        return (!input->choice && !input->scored) || is_of_a_vote(wf, deed->event) ||
               error_violate(call->err, "/choice", NOT_A_VOTE);
    if (input->data)
        return error_violate(call->err, "/data", UNKNOWN_MEMBER, "data");
    change->voters = panel_voters(change, (unsigned)vote, call);
    deed->choice = input->choice ? request_ballot_choice(input->choice) : WORKFLOW_YES;
    deed->scored = input->scored;
    deed->score = input->score;
    return true;
}

/* Roles and fields first, so that one answer tells all that is in the way. */
static bool decide(struct request_change *change, struct request_step *step, const struct transition_input *input,
                   const struct call *call)
{
    const struct workflow *wf = change->definition->workflow;
    const struct joint_naming naming = {
        wf, call->directory, directory_service_by_id(call->directory, change->before.service_id), change->body, ""};
    uint64_t sent = request_data_check(wf, input->data, "", REQUEST_DATA_FILED, call->err), present;
    step->data = joint_settle(&naming, input->data, call->err);
    change->after.data = request_data_merge(wf, change->before.data, step->data, call->arena, &present);
    /* Once submitted, what a transition asks for is asked anew: what an earlier act said does not answer for this one.
     */
    if (change->before.submitted_at)
        present = sent;
    struct request_deed deed = {.event = input->event, .data = request_world_value(step->data, call->arena)};
    if (!request_member_find(change, input->body, present, &deed, call, &step->member) ||
        !take_ballot(change, input, &deed, call))
        return false;
    const struct workflow_world world =
        request_member_world(change, step->member ? step->member : change->body, present, call);
    step->verdict = request_verdict_deed(wf, &change->stand, &deed, &world, call->arena);
    if (step->verdict.allowed && change->voters && !input->choice)
        return error_violate(call->err, "/choice", REQUIRED);
    const struct workflow_reasons *reasons =
        step->verdict.allowed ? &step->verdict.out->reasons : &step->verdict.reasons;
    if (change->before.submitted_at && (step->verdict.allowed || request_lacks_data(reasons)))
        request_data_unasked(wf, reasons, sent, call->err);
    if (step->verdict.allowed)
        return !error_is_set(call->err);
    if (!request_lacks_data(reasons)) { /* whether it may be done at all comes before how */
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
    int64_t seq = 0;
    /* Two members who vote at once both vote: the second waits for the first, and is judged by what is there then. */
    if (input->choice ? !request_change_hold(&tx, call, &key, ref, &change.before, &seq, ret)
                      : !request_change_begin(&tx, call, &key, ref, &change.before, ret))
        return ret->replayed;
    if (!request_at_version(call, &change.before, version) || !request_change_prepare(&change, call) ||
        !decide(&change, &step, input, call))
        return false;
    if (change.voters)
        return request_ballot_commit(&change, &step, input, seq, &tx, call, &key, ret);
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

/* A ballot is judged among those who vote in its own vote. */
static void judge_ballot(const struct request_change *change, struct workflow_option *option, const struct call *call)
{
    const struct workflow *wf = change->definition->workflow;
    const int vote = workflow_vote_of(wf, &change->stand.instance, option->event);
    if (vote < 0)
        return;
    struct request_change own = *change;
    own.voters = panel_voters(change, (unsigned)vote, call);
    const struct workflow_world world = request_member_world(&own, own.body, 0, call);
    const struct request_deed deed = {.event = workflow_event_key(wf, option->event), .choice = WORKFLOW_YES};
    option->reasons = request_verdict_deed(wf, &own.stand, &deed, &world, call->arena).reasons;
    option->to = -1; /* what the others say is not known */
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
            (!member || workflow_is_of_member(wf, &change->stand.instance, options[i].event))) {
            judge_ballot(change, &options[i], call);
            option_view(out, wf, &options[i], member, call);
        }
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
