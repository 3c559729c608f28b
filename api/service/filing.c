#include "service/filing.h"

#include <string.h>
#include <time.h>

#include "base/json_in.h"
#include "service/calendars.h"
#include "service/joint.h"
#include "service/open311_report.h"
#include "service/request_reasons.h"
#include "service/request_rules.h"
#include "service/request_world.h"
#include "store/array.h"
#include "workflow/assignment.h"

/* The year of filing in the official time of the seat: at New Year that is UTC + 1 h. */
static int64_t filing_year(int64_t now_us)
{
    time_t seconds = (time_t)(now_us / 1000000 + 3600);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    return tm.tm_year + 1900;
}

void filing_numbers(struct tx *tx, const struct call *call, const char *kind, size_t count,
                    const struct rows **ret_rows)
{
    tx_run(tx, QUERY_NEXT_NUMBERS, ret_rows, param_text(kind), param_number(filing_year(call->now)),
           param_number((int64_t)count));
}

/* A body beyond the actor's reach and one that does not exist are told apart nowhere. */
static bool resolve_body(struct filing *filing, const struct call *call)
{
    filing->body = directory_body_find(call->directory, filing->draft->body);
    if (filing->body && filing->body->active && actor_sees_body(call->actor, filing->body->id))
        return true;
    return error_set(call->err, ERROR_NOT_FOUND, TEXT_DETAIL_BODY_NOT_FOUND, filing->draft->body);
}

static void check_eligible(const struct filing *filing, const struct call *call, const char *base)
{
    const struct directory_service *service = filing->service;
    if (!service->requires_application ||
        (service->max_population && filing->body->population > service->max_population))
        error_violate(call->err, json_pointer(call->arena, base, "service"), NOT_ELIGIBLE, service->code,
                      filing->body->name);
}

/* Roles for the submit of a new request: the desk and its agents may file on behalf of a town that rang or came. */
static uint32_t filing_roles(const struct filing *filing, const struct call *call)
{
    const struct workflow *wf = filing->definition->workflow;
    uint32_t held =
        request_roles_held(wf, call->actor, call->directory, filing->body, filing->service->unit->id, 0, call->now);
    unsigned applicant;
    if (call->actor->staff && workflow_role_find(wf, "applicant", &applicant))
        held |= 1u << applicant;
    return held;
}

static struct workflow_world filing_world(const struct filing *filing, const struct request_stand *stand,
                                          const struct call *call, uint32_t roles, uint64_t present)
{
    const struct request_world known = {.now_us = call->now,
                                        .actor = request_world_actor(call->actor->principal),
                                        .roles_held = roles,
                                        .fields_present = present,
                                        .data = filing->data,
                                        .directory = call->directory,
                                        .body = filing->body,
                                        .service = filing->service};
    return request_world_make(filing->definition->workflow, stand, &known, call->arena);
}

static bool prepare_start(struct filing *filing, struct request_course *course, const struct call *call)
{
    const struct workflow *wf = filing->definition->workflow;
    request_course_begin(course, wf, call->directory, filing->body, NULL, call->now, call->arena);
    const struct workflow_world world = filing_world(filing, &course->stand, call, 0, 0);
    filing->start = request_verdict_start(wf, &world, call->arena);
    if (!filing->start.allowed)
        return error_set(call->err, ERROR_INTERNAL, TEXT_HTTP_INTERNAL);
    filing->state = filing->start.to;
    filing->data = request_world_set(wf, filing->data, filing->start.out, call->arena);
    request_course_take(course, filing->start.out);
    return true;
}

static bool prepare_submit(struct filing *filing, struct request_course *course, const struct call *call,
                           uint64_t present, const char *base)
{
    const struct workflow *wf = filing->definition->workflow;
    const struct workflow_world world = filing_world(filing, &course->stand, call, filing_roles(filing, call), present);
    const struct request_deed submit = {.event = "submit", .data = request_world_value(filing->sent, call->arena)};
    filing->submit = request_verdict_deed(wf, &course->stand, &submit, &world, call->arena);
    const struct workflow_reasons *reasons = &filing->submit.reasons;
    if (!filing->submit.allowed && request_lacks_data(reasons))
        request_data_refused(wf, reasons, base, call->err);
    else if (!filing->submit.allowed)
        error_set(call->err, ERROR_FORBIDDEN, TEXT_DETAIL_ROLE_REQUIRED,
                  request_role_labels(wf, reasons->roles_wanted, call->language, call->arena));
    if (!filing->submit.allowed)
        return false;
    filing->state = filing->submit.to;
    filing->data = request_world_set(wf, filing->data, filing->submit.out, call->arena);
    request_course_take(course, filing->submit.out);
    request_verdict_effects(&filing->submit, &filing->policy, &filing->registers);
    return !error_is_set(call->err);
}

/* One `updated_at` of the year 9999 would head every list, and mislead whoever asks for changes since the last. */
static void refuse_future(int64_t at, const char *under, const char *name, const struct call *call)
{
    if (at > call->now)
        error_violate(call->err, json_pointer(call->arena, under, name), IN_THE_FUTURE);
}

static bool prepare_import(struct filing *filing, const struct request_course *course, const struct call *call,
                           const char *base)
{
    const struct workflow *wf = filing->definition->workflow;
    const struct request_import *import = &filing->draft->import;
    const char *under = json_pointer(call->arena, base, "import");
    refuse_future(import->submitted_at, under, "submitted_at", call);
    refuse_future(import->updated_at, under, "updated_at", call);
    refuse_future(import->closed_at, under, "closed_at", call);
    if (!workflow_state_find(wf, import->state, &filing->state) ||
        workflow_state(wf, filing->state)->phase == WORKFLOW_PHASE_DRAFT) /* what was submitted is no draft */
        return error_violate(call->err, json_pointer(call->arena, under, "state"), NO_SUCH_STATE, import->state);
    /* Somebody answers for it from now on: whoever the procedure would have given it to. */
    const struct workflow_world anybody = filing_world(filing, &course->stand, call, UINT32_MAX, UINT64_MAX);
    bool registers = false;
    const struct request_deed deed = {.event = "submit", .data = workflow_value_unset()};
    struct request_verdict submit = request_verdict_deed(wf, &course->stand, &deed, &anybody, call->arena);
    request_verdict_effects(&submit, &filing->policy, &registers);
    /* A call for grants gives nothing to anybody before it closes; what comes from elsewhere is past that. */
    const struct workflow_policy *later = workflow_policy_at(wf, 0);
    if (!filing->policy && later)
        filing->policy = later->key;
    return !error_is_set(call->err);
}

bool filing_prepare(struct filing *ret, const struct call *call, const struct request_draft *draft, const char *base)
{
    memset(ret, 0, offsetof(struct filing, pool));
    ret->pool.count = 0;
    ret->draft = draft;
    if (!draft->body || !draft->service || !resolve_body(ret, call))
        return false;
    ret->service = directory_service_find(call->directory, draft->service);
    if (!ret->service || !ret->service->active)
        return error_violate(call->err, json_pointer(call->arena, base, "service"), NO_SUCH_SERVICE, draft->service);
    ret->definition = ret->service->workflow;
    const struct workflow *wf = ret->definition->workflow;
    struct request_course course;
    const struct joint_naming naming = {wf, call->directory, draft->is_import ? NULL : ret->service, ret->body, base};
    uint64_t present = request_data_check(wf, draft->data, base,
                                          draft->is_import ? REQUEST_DATA_IMPORTED : REQUEST_DATA_FILED, call->err);
    ret->sent = joint_settle(&naming, draft->data, call->err);
    ret->data = request_data_merge(wf, "{}", ret->sent, call->arena, &present);
    if (!prepare_start(ret, &course, call))
        return false;
    if (draft->is_import) {
        prepare_import(ret, &course, call, base);
    } else {
        check_eligible(ret, call, base);
        if (call->actor->staff && !draft->submit) /* a draft is the body's working paper: staff could not even see it */
            error_violate(call->err, json_pointer(call->arena, base, "submit"), REQUIRED);
        if (draft->submit && !error_is_set(call->err))
            prepare_submit(ret, &course, call, present, base);
        ret->follow = request_course_end(&course);
    }
    if (error_is_set(call->err))
        return false;
    if (ret->policy)
        assign_pool_for(&ret->pool, call,
                        &(struct assign_question){.workflow = wf,
                                                  .policy = ret->policy,
                                                  .body = ret->body,
                                                  .service = ret->service,
                                                  .unit = ret->service->unit,
                                                  .data = ret->data});
    return true;
}

static const char *created_event(const struct filing *filing, const struct call *call)
{
    struct json_out out = json_out_new(call->arena, 256);
    json_out_object_begin(&out);
    json_out_member_text(&out, "to", workflow_state(filing->definition->workflow, filing->start.to)->key);
    json_out_member_text(&out, "service", filing->service->code);
    json_out_member_text(&out, "body", filing->body->code);
    json_out_member_raw(&out, "data", filing->data);
    if (filing->draft->report)
        open311_report_tell(&out, filing->draft->report);
    calendars_tell(&out, filing->definition->workflow, call->directory);
    json_out_object_end(&out);
    return json_out_finish(&out, NULL);
}

/* How it left the draft: submitted, or brought in from elsewhere. */
static const char *arrival_event(const struct filing *filing, const struct call *call, const char *explanation)
{
    const struct workflow *wf = filing->definition->workflow;
    struct json_out out = json_out_new(call->arena, 1024);
    json_out_object_begin(&out);
    if (filing->draft->is_import) {
        json_out_member_text(&out, "external_ref", filing->draft->external_ref);
    } else {
        json_out_member_text(&out, "event", "submit");
        json_out_member_text(&out, "register", filing->request.register_number);
        json_out_name(&out, "path");
        request_verdict_path(&out, wf, &filing->submit);
    }
    json_out_member_text(&out, "from", workflow_state(wf, filing->start.to)->key);
    json_out_member_text(&out, "to", filing->request.state);
    calendars_tell(&out, wf, call->directory);
    if (explanation)
        json_out_member_raw(&out, "assignment", explanation);
    json_out_object_end(&out);
    return json_out_finish(&out, NULL);
}

static void set_times(struct filing *filing, const struct call *call, const struct workflow_state_info *state)
{
    struct request *request = &filing->request;
    const struct request_draft *draft = filing->draft;
    request->created_at = call->now;
    request->updated_at = call->now;
    if (draft->is_import) {
        request->submitted_at = draft->import.submitted_at;
        if (draft->import.updated_at)
            request->updated_at = draft->import.updated_at;
        if (state->is_final)
            request->closed_at = draft->import.closed_at                            ? draft->import.closed_at
                                 : draft->import.updated_at > request->submitted_at ? draft->import.updated_at
                                                                                    : request->submitted_at;
    } else if (draft->submit) {
        request->submitted_at = call->now;
    }
}

static void set_request(struct filing *filing, const struct call *call, const char *ref, const char *register_number)
{
    const struct request_draft *draft = filing->draft;
    const struct workflow_state_info *state = workflow_state(filing->definition->workflow, filing->state);
    filing->request = (struct request){
        .ref = ref,
        .body_id = filing->body->id,
        .service_id = filing->service->id,
        .unit_id = filing->service->unit->id,
        .workflow_id = filing->definition->id,
        .state = state->key,
        .phase = workflow_phase_key(state->phase),
        .outcome = state->outcome,
        .version = draft->submit || draft->is_import ? 2 : 1,
        .title = draft->title,
        .description = draft->description ? draft->description : "",
        .data = filing->data,
        .channel = draft->channel           ? draft->channel
                   : call->actor->client_id ? "api"
                                            : "web",
        .external_ref = draft->external_ref,
        .supports = draft->import.supports,
        .place = draft->report ? draft->report->place : draft->import.place,
        .synthetic = draft->import.synthetic,
        .joint = joint_is_named(filing->definition->workflow, filing->data),
        .created_by = call->actor->login,
        .register_number = filing->registers ? register_number : NULL,
        .registered_at = filing->registers ? call->now : 0,
    };
    set_times(filing, call, state);
}

void filing_write(struct filing *filing, struct tx *tx, const struct call *call, const char *ref,
                  const char *register_number)
{
    struct request *request = &filing->request;
    set_request(filing, call, ref, register_number);
    const char *explanation = NULL;
    if (filing->policy) {
        struct assign_decision decision = assign_decide(&filing->pool, call);
        request->assignee_id = decision.agent ? decision.agent->id : 0;
        explanation = decision.explanation;
        if (!decision.agent)
            filing->follow.outbox = assign_alert(&filing->pool, filing->follow.outbox, call->arena);
    }
    bool arrives = filing->draft->submit || filing->draft->is_import;
    const char *types[FILING_EVENTS_MAX] = {"request.created",
                                            filing->draft->is_import ? "request.imported" : "request.submitted"};
    const char *events[FILING_EVENTS_MAX] = {created_event(filing, call),
                                             arrives ? arrival_event(filing, call, explanation) : NULL};
    /* What is submitted or imported at once never was a working paper. */
    const char *drafts[FILING_EVENTS_MAX] = {arrives ? "f" : "t", "f"};
    size_t count = arrives ? 2 : 1;
    tx_run(tx, QUERY_REQUEST_CREATE, NULL, param_text(ref), param_number(request->body_id),
           param_text(filing->body->comarca->code), param_number(request->service_id), param_number(request->unit_id),
           param_number(request->workflow_id), param_text(request->state), param_text(request->phase),
           param_text(request->outcome), param_text(request->title), param_text(request->description),
           param_text(request->data), param_text(request->channel), param_number_or_null(request->assignee_id),
           param_text(request->register_number), param_text(request->external_ref), param_number(request->supports),
           param_text(request->place), param_bool(request->synthetic), param_text(call->actor->principal),
           param_text(call->actor->login), param_time(call->now), param_time(request->submitted_at),
           param_time(request->updated_at), param_time(request->closed_at),
           param_text(array_of_texts(call->arena, types, count)),
           param_text(array_of_texts(call->arena, events, count)),
           param_text(array_of_texts(call->arena, drafts, count)), param_text(filing->follow.engine),
           param_time(filing->follow.due_at), param_text(filing->follow.due), param_text(filing->follow.timers),
           param_text(filing->follow.clocks), param_text(filing->follow.outbox));
    request_join_queue(tx, ref, false, request->joint, filing->follow.adhered);
    if (filing->draft->report)
        open311_report_queue(tx, ref, filing->draft->report);
}
