#include "service/request_member.h"

#include <string.h>

#include "service/request_rules.h"
#include "service/request_step.h"

struct workflow_world request_member_world(const struct request_change *change, const struct directory_body *acting_for,
                                           uint64_t present, const struct call *call)
{
    const uint32_t roles = request_roles_held(change->definition->workflow, call->actor, call->directory, acting_for,
                                              change->before.unit_id, change->before.assignee_id, call->now);
    return request_step_world(change, call, roles, present);
}

bool request_member_shown(const struct workflow_member_state *member, const struct actor *actor)
{
    return actor_sees_body(actor, member->body);
}

static bool is_member(const struct request_change *change, const struct directory_body *body)
{
    const struct workflow_instance *instance = &change->stand.instance;
    for (unsigned i = 0; body && i < instance->n_members; i++)
        if (instance->members[i].body == body->id)
            return true;
    return false;
}

/* Nothing but what may still be filled in stands in the way. */
static bool would_do(const struct request_change *change, const struct request_deed *deed,
                     const struct directory_body *body, uint64_t present, const struct call *call)
{
    const struct request_deed own = {.event = deed->event, .data = deed->data, .body = body->id};
    const struct workflow_world world = request_member_world(change, body, present, call);
    const struct request_verdict verdict =
        request_verdict_deed(change->definition->workflow, &change->stand, &own, &world, call->arena);
    return verdict.allowed || verdict.reasons.why == WORKFLOW_REASON_FIELDS;
}

/* Of several bodies, the one that this can be about. */
static bool imply(const struct request_change *change, uint64_t present, const struct request_deed *deed,
                  const struct call *call, const struct directory_body **ret_member)
{
    const struct workflow_instance *instance = &change->stand.instance;
    size_t own = 0, able = 0;
    const struct directory_body *last = NULL, *fit = NULL;
    for (unsigned i = 0; i < instance->n_members; i++) {
        const struct directory_body *body = directory_body_by_id(call->directory, instance->members[i].body);
        if (!body || !request_member_shown(&instance->members[i], call->actor))
            continue;
        own++;
        last = body;
        if (would_do(change, deed, body, present, call)) {
            able++;
            fit = body;
        }
    }
    if (own > 1 && able != 1)
        return error_violate(call->err, "/body", REQUIRED);
    *ret_member = own == 1 ? last : fit;
    return true;
}

bool request_member_find(const struct request_change *change, const char *named, uint64_t present,
                         struct request_deed *deed, const struct call *call, const struct directory_body **ret_member)
{
    const struct workflow *wf = change->definition->workflow;
    unsigned event;
    *ret_member = NULL;
    const bool of_member = change->stand.placed && workflow_event_find(wf, deed->event, &event) &&
                           workflow_is_of_member(wf, &change->stand.instance, event);
    if (of_member && named) {
        *ret_member = directory_body_find(call->directory, named);
        if (!is_member(change, *ret_member))
            return error_violate(call->err, "/body", NOT_A_MEMBER, named);
    } else if (of_member) {
        if (!imply(change, present, deed, call, ret_member))
            return false;
    } else if (named && strcmp(named, change->body->code) != 0) {
        return error_violate(call->err, "/body", NOT_A_MEMBER, named);
    }
    deed->body = *ret_member ? (*ret_member)->id : 0;
    return true;
}
