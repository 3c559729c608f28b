/* Asking one more body to take part: in a draft it is named, while those who take part are asked it is asked too. */
#include <stdlib.h>
#include <string.h>

#include "base/json_in.h"
#include "service/joint.h"
#include "service/request_member.h"
#include "service/request_rules.h"
#include "service/request_service.h"
#include "service/request_step.h"
#include "service/request_view.h"

/* The body that leads asks the others; the desk and its agents do in the name of a town that rang. */
static bool may_invite(const struct request_change *change, const struct call *call)
{
    if (actor_sees_body(call->actor, change->before.body_id))
        return true;
    return error_set(call->err, ERROR_FORBIDDEN, TEXT_DETAIL_LEAD_INVITES);
}

static void release_json(void *json)
{
    json_decref(json);
}

/* The data that name one more: {"<field>": [..., code]}. */
static const json_t *one_more(const struct request_change *change, unsigned field, const char *code,
                              const struct call *call)
{
    const char *key = workflow_field(change->definition->workflow, field)->key;
    json_t *stored = json_loads(change->before.data, 0, NULL), *data = json_object();
    json_t *bodies = json_deep_copy(json_object_get(stored, key));
    if (!json_is_array(bodies)) {
        json_decref(bodies);
        bodies = json_array();
    }
    json_array_append_new(bodies, json_string(code));
    json_object_set_new(data, key, bodies);
    json_decref(stored);
    arena_attach(call->arena, release_json, data);
    return data;
}

/* What is wrong with the list is wrong with the body that was added to it. */
static bool settle(const struct request_change *change, const char *code, const struct call *call,
                   const json_t **ret_data)
{
    const struct workflow *wf = change->definition->workflow;
    const struct joint_naming naming = {
        wf, call->directory, directory_service_by_id(call->directory, change->before.service_id), change->body, ""};
    unsigned field;
    if (!workflow_participants(wf, &field))
        return error_violate(call->err, "/body", NOT_JOINT, naming.service ? naming.service->code : "");
    *ret_data = joint_settle(&naming, one_more(change, field, code, call), call->err);
    for (size_t i = 0; i < call->err->n_violations; i++)
        call->err->violations[i].pointer = "/body";
    return !error_is_set(call->err);
}

static void name_in_draft(struct request_change *change, const json_t *data, const struct call *call)
{
    struct json_out out = json_out_new(call->arena, 256);
    char *text = json_dumps(data, JSON_COMPACT);
    json_out_object_begin(&out);
    json_out_member_raw(&out, "members", "[\"data\"]");
    json_out_member_raw(&out, "data", text ? arena_strdup(call->arena, text) : NULL);
    json_out_object_end(&out);
    free(text);
    change->after.joint = joint_is_named(change->definition->workflow, change->after.data);
    change->type = "request.edited";
    change->event = json_out_finish(&out, NULL);
}

static bool ask(struct request_change *change, const char *code, const json_t *data, struct tx *tx,
                const struct call *call)
{
    const struct workflow *wf = change->definition->workflow;
    struct request_step step = {.event = "invite", .data = data, .member = directory_body_find(call->directory, code)};
    const struct workflow_world world = request_member_world(change, change->body, 0, call);
    step.verdict = request_verdict_admission(wf, &change->stand, &world, call->arena);
    if (!step.verdict.allowed)
        return error_set(call->err, ERROR_TRANSITION_NOT_OFFERED, TEXT_DETAIL_NOBODY_INVITED,
                         request_state_label(&change->before, call->directory, call->language));
    request_step_apply(change, &step, call);
    if (!request_step_effects(change, &step, tx, call))
        return false;
    request_step_event(change, &step, call);
    change->type = "request.invited";
    return true;
}

bool request_invite(const struct call *call, const char *ref, int64_t version, const char *code, struct reply *ret)
{
    tx_auto struct tx tx = {0};
    struct idempotency key;
    struct request_change change = {0};
    const json_t *data = NULL;
    uint64_t present;
    if (!request_change_begin(&tx, call, &key, ref, &change.before, ret))
        return ret->replayed;
    if (!request_at_version(call, &change.before, version) || !request_change_prepare(&change, call) ||
        !may_invite(&change, call) || !settle(&change, code, call, &data))
        return false;
    change.after.data =
        request_data_merge(change.definition->workflow, change.before.data, data, call->arena, &present);
    if (strcmp(change.before.phase, "draft") == 0)
        name_in_draft(&change, data, call);
    else if (!ask(&change, code, data, &tx, call))
        return false;
    return request_change_commit(&change, &tx, call, &key, ret);
}

bool request_members(const struct call *call, const char *ref, struct json_out *out, int64_t *ret_version)
{
    struct request_change change = {0};
    if (!request_find(call, ref, &change.before) || !request_change_prepare(&change, call))
        return false;
    *ret_version = change.before.version;
    json_out_object_begin(out);
    json_out_member_text(out, "ref", change.before.ref);
    json_out_member_number(out, "version", change.before.version);
    json_out_member_bool(out, "joint", change.before.joint);
    json_out_name(out, "items");
    joint_named_view(out, &change.before, &change.stand, change.definition->workflow, call);
    json_out_object_end(out);
    return true;
}
