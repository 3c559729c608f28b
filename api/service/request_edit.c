/* Changes that are no transitions: editing a draft, giving a request to another agent. */
#include <string.h>

#include "base/json_in.h"
#include "service/assign.h"
#include "service/calendars.h"
#include "service/joint.h"
#include "service/request_change.h"
#include "service/request_rules.h"
#include "service/request_service.h"
#include "service/request_verdict.h"
#include "service/request_world.h"

static const char *edited_event(const struct request_change *change, const struct request_patch *patch,
                                const struct call *call)
{
    struct json_out out = json_out_new(call->arena, 256);
    json_out_object_begin(&out);
    json_out_name(&out, "members");
    json_out_array_begin(&out);
    if (patch->title)
        json_out_text(&out, "title");
    if (patch->description)
        json_out_text(&out, "description");
    if (patch->service)
        json_out_text(&out, "service");
    if (patch->data)
        json_out_text(&out, "data");
    json_out_array_end(&out);
    char *data = patch->data ? json_dumps(patch->data, JSON_COMPACT) : NULL;
    if (data) /* so that the events alone tell what every guard has seen */
        json_out_member_raw(&out, "data", arena_strdup(call->arena, data));
    free(data);
    calendars_tell(&out, change->definition->workflow, call->directory);
    json_out_object_end(&out);
    return json_out_finish(&out, NULL);
}

/* In the initial state of its new procedure; what the old one had set is gone. */
static bool start_over(struct request_change *change, const struct workflow *wf,
                       const struct directory_service *service, const struct call *call)
{
    const struct workflow *old = directory_workflow_by_id(call->directory, change->before.workflow_id)->workflow;
    const struct request_stand born = {.known = false};
    const struct request_world known = {.now_us = call->now,
                                        .actor = request_world_actor(call->actor->principal),
                                        .data = change->after.data,
                                        .directory = call->directory,
                                        .body = change->body,
                                        .service = service};
    const struct workflow_world world = request_world_make(wf, &born, &known, call->arena);
    struct request_verdict verdict = request_verdict_start(wf, &world, call->arena);
    struct request_course course;
    if (!verdict.allowed)
        return error_set(call->err, ERROR_INTERNAL, TEXT_HTTP_INTERNAL);
    request_course_begin(&course, wf, call->directory, change->body, NULL, call->now, call->arena);
    for (unsigned i = 0; i < workflow_timer_count(old); i++)
        if (change->stand.instance.timers >> i & 1)
            request_course_gone(&course, workflow_timer_info(old, i)->key);
    request_course_take(&course, verdict.out);
    change->follow = request_course_end(&course);
    change->after.state = workflow_state(wf, verdict.to)->key;
    return true;
}

/* Another service may mean another unit and another procedure: a draft starts over in its initial state. */
static bool change_service(struct request_change *change, const char *code, const struct call *call)
{
    const struct directory_service *service = directory_service_find(call->directory, code);
    if (!service || !service->active)
        return error_violate(call->err, "/service", NO_SUCH_SERVICE, code);
    if (!service->requires_application ||
        (service->max_population && change->body->population > service->max_population))
        return error_violate(call->err, "/service", NOT_ELIGIBLE, code, change->body->name);
    const struct workflow *wf = service->workflow->workflow;
    change->definition = service->workflow;
    change->after.service_id = service->id;
    change->after.unit_id = service->unit->id;
    change->after.workflow_id = service->workflow->id;
    return start_over(change, wf, service, call);
}

static bool apply_patch(struct request_change *change, struct request_patch *patch, const struct call *call)
{
    uint64_t present;
    if (patch->service)
        change_service(change, patch->service, call);
    if (patch->title)
        change->after.title = patch->title;
    if (patch->description)
        change->after.description = patch->description;
    const struct workflow *wf = change->definition->workflow;
    const struct joint_naming naming = {
        wf, call->directory, directory_service_by_id(call->directory, change->after.service_id), change->body, ""};
    request_data_check(wf, patch->data, "", REQUEST_DATA_EDITED, call->err);
    patch->data = joint_settle(&naming, patch->data, call->err);
    change->after.data = request_data_merge(wf, change->before.data, patch->data, call->arena, &present);
    change->after.joint = joint_is_named(wf, change->after.data);
    if (patch->service && !error_is_set(call->err)) /* who was named for the old one may not be for the new one */
        (void)joint_settle(&naming, json_in_parse(change->after.data, strlen(change->after.data), call->err),
                           call->err);
    return !error_is_set(call->err);
}

bool request_edit(const struct call *call, const char *ref, int64_t version, const struct request_patch *asked,
                  struct reply *ret)
{
    struct request_patch settled = *asked, *patch = &settled;
    tx_auto struct tx tx = {0};
    struct idempotency key;
    struct request_change change = {.type = "request.edited"};
    if (!request_change_begin(&tx, call, &key, ref, &change.before, ret))
        return ret->replayed;
    if (strcmp(change.before.phase, "draft") != 0)
        return error_set(call->err, ERROR_NOT_A_DRAFT, TEXT_DETAIL_NOT_A_DRAFT, ref);
    if (!request_at_version(call, &change.before, version) || !request_change_prepare(&change, call) ||
        !apply_patch(&change, patch, call))
        return false;
    change.event = edited_event(&change, patch, call);
    return request_change_commit(&change, &tx, call, &key, ret);
}

/* ---- assignment ---- */

/* The agent who has it may pass it on; the desk and the supervisor may move any. */
static bool may_reassign(const struct call *call, const struct request *request)
{
    const struct actor *actor = call->actor;
    if (actor->role == ROLE_OPERATOR || actor->role == ROLE_SUPERVISOR ||
        (actor->agent_id != 0 && actor->agent_id == request->assignee_id))
        return true;
    return error_set(call->err, ERROR_FORBIDDEN, TEXT_DETAIL_ASSIGN_NOT_YOURS);
}

static const struct directory_agent *fit_agent(const struct call *call, const char *login,
                                               const struct directory_body *body)
{
    const struct directory_agent *agent = directory_agent_find(call->directory, login);
    if (!agent || !agent->active) {
        error_violate(call->err, "/agent", NO_SUCH_AGENT, login);
        return NULL;
    }
    if (directory_agent_covers(agent, body) == DIRECTORY_COVER_NONE || directory_agent_absent(agent, call->now) ||
        directory_agent_conflicts(agent, body)) {
        error_violate(call->err, "/agent", AGENT_UNFIT, login, body->name);
        return NULL;
    }
    return agent;
}

static const char *assigned_event(const struct request_change *change, const char *explanation, const struct call *call)
{
    const struct directory_agent *from = directory_agent_by_id(call->directory, change->before.assignee_id);
    struct json_out out = json_out_new(call->arena, 512);
    json_out_object_begin(&out);
    json_out_member_text(&out, "from_agent", from ? from->login : NULL);
    json_out_member_raw(&out, "assignment", explanation);
    json_out_object_end(&out);
    return json_out_finish(&out, NULL);
}

bool request_reassign(const struct call *call, const char *ref, const struct assignment_input *input, struct reply *ret)
{
    tx_auto struct tx tx = {0};
    struct idempotency key;
    struct request_change change = {.type = "request.assigned"};
    if (!request_change_begin(&tx, call, &key, ref, &change.before, ret))
        return ret->replayed;
    if (!may_reassign(call, &change.before) || !request_change_prepare(&change, call))
        return false;
    if (change.before.closed_at)
        return error_set(call->err, ERROR_REQUEST_CLOSED, TEXT_DETAIL_REQUEST_CLOSED, ref);
    const struct directory_agent *agent = fit_agent(call, input->agent, change.body);
    if (!agent)
        return false;
    change.after.assignee_id = agent->id;
    change.explanation = assign_manual(agent, input->reason, call->arena);
    change.event = assigned_event(&change, change.explanation, call);
    return request_change_commit(&change, &tx, call, &key, ret);
}

/* ---- the explanation ---- */

/* What a policy asked of somebody in particular, and where they have an interest, is the provider's affair: a body is
   told that they were not eligible. */
static void candidates_for_bodies(json_t *candidates)
{
    for (size_t i = 0; i < json_array_size(candidates); i++) {
        json_t *candidate = json_array_get(candidates, i);
        const char *failed = json_string_value(json_object_get(candidate, "failed"));
        json_object_del(candidate, "filters");
        if (failed && strcmp(failed, "conflict") == 0)
            json_object_set_new(candidate, "failed", json_string("filter"));
    }
}

static void assignment_view(struct json_out *out, const struct call *call, const struct request *request,
                            const char *stored, int64_t at)
{
    const struct directory_agent *agent = directory_agent_by_id(call->directory, request->assignee_id);
    const struct directory_unit *unit = agent ? agent->unit : directory_unit_by_id(call->directory, request->unit_id);
    json_t *explanation = stored ? json_loads(stored, 0, NULL) : NULL;
    if (!call->actor->staff)
        candidates_for_bodies(json_object_get(explanation, "candidates"));
    char *candidates = json_dumps(json_object_get(explanation, "candidates"), JSON_COMPACT);
    char *counterfactual = json_dumps(json_object_get(explanation, "counterfactual"), JSON_COMPACT | JSON_ENCODE_ANY);
    json_out_object_begin(out);
    json_out_member_text(out, "agent", agent ? agent->login : NULL);
    json_out_member_text(out, "agent_name", agent ? agent->name : NULL);
    json_out_member_text(out, "unit", unit ? unit->code : NULL);
    json_out_member_text(out, "owner", json_string_value(json_object_get(explanation, "owner")));
    json_out_member_text(out, "policy", json_string_value(json_object_get(explanation, "policy")));
    json_out_member_text(out, "decided_by", json_string_value(json_object_get(explanation, "decided_by")));
    json_out_member_text(out, "if_none", json_string_value(json_object_get(explanation, "if_none")));
    json_out_member_time(out, "at", stored ? at : 0);
    json_out_member_text(out, "reason",
                         stored ? assign_reason(call, stored, directory_body_by_id(call->directory, request->body_id))
                                : NULL);
    json_out_member_raw(out, "candidates", candidates ? candidates : "[]");
    json_out_member_raw(out, "counterfactual", counterfactual ? counterfactual : "null");
    json_out_object_end(out);
    free(candidates);
    free(counterfactual);
    json_decref(explanation);
}

void request_assignment_reply(const struct call *call, const struct request *request, const char *explanation,
                              struct reply *ret)
{
    struct json_out out = json_out_new(call->arena, 512);
    assignment_view(&out, call, request, explanation, call->now);
    *ret = (struct reply){.status = 200, .version = request->version};
    ret->bytes = json_out_finish(&out, &ret->length);
}

bool request_assignment(const struct call *call, const char *ref, struct json_out *out, int64_t *ret_version)
{
    enum { LAST_ASSIGNMENT, LAST_AT };
    struct request request;
    tx_auto struct tx tx = {0};
    const struct rows *rows = NULL;
    if (!request_find(call, ref, &request) || !tx_begin(&tx, call->store, TX_READ, call->actor, call->arena, call->err))
        return false;
    tx_run(&tx, QUERY_ASSIGNMENT_LAST, &rows, param_number(request.id));
    if (!tx_flush(&tx))
        return false;
    bool known = rows_count(rows) > 0;
    assignment_view(out, call, &request, known ? rows_text(rows, 0, LAST_ASSIGNMENT) : NULL,
                    known ? rows_time(rows, 0, LAST_AT) : 0);
    *ret_version = request.version;
    return true;
}
