#include "service/request_step.h"

#include <string.h>

#include "service/calendars.h"
#include "service/filing.h"
#include "service/joint.h"
#include "service/request_world.h"
#include "store/array.h"

struct workflow_world request_step_world(const struct request_change *change, const struct call *call,
                                         uint32_t roles_held, uint64_t fields_present)
{
    const struct request_world known = {
        .now_us = call->now,
        .actor = request_world_actor(call->actor->principal),
        .roles_held = roles_held,
        .fields_present = fields_present,
        .data = change->after.data,
        .directory = call->directory,
        .body = change->body,
        .service = directory_service_by_id(call->directory, change->before.service_id),
        .voters = change->voters,
    };
    return request_world_make(change->definition->workflow, &change->stand, &known, call->arena);
}

static void follow(struct request_change *change, const struct request_step *step, const struct call *call)
{
    const struct workflow *wf = change->definition->workflow;
    struct request_course course;
    unsigned timer;
    int64_t member;
    request_course_begin(&course, wf, call->directory, change->body, &change->stand, call->now, call->arena);
    if (step->timer && request_course_timer(wf, step->timer, &timer, &member))
        request_course_fired(&course, timer, member);
    else if (step->timer)
        request_course_gone(&course, step->timer);
    request_course_take(&course, step->verdict.out);
    change->follow = request_course_end(&course);
}

void request_step_apply(struct request_change *change, const struct request_step *step, const struct call *call)
{
    const struct workflow *wf = change->definition->workflow;
    const struct workflow_state_info *to = workflow_state(wf, step->verdict.to);
    struct request *after = &change->after;
    after->state = to->key;
    after->phase = workflow_phase_key(to->phase);
    after->outcome = to->outcome;
    if (!after->submitted_at && to->phase != WORKFLOW_PHASE_DRAFT && to->phase != WORKFLOW_PHASE_END)
        after->submitted_at = call->now;
    after->closed_at = to->is_final ? call->now : 0;
    after->data = request_world_set(wf, after->data, step->verdict.out, call->arena);
    after->joint = step->verdict.out->next.n_members > 0 || joint_is_named(wf, after->data);
    follow(change, step, call);
}

static void wanted(const struct request_change *change, const struct request_verdict *verdict, const char **ret_policy,
                   bool *ret_registers)
{
    *ret_policy = NULL;
    *ret_registers = false;
    request_verdict_effects(verdict, ret_policy, ret_registers);
    *ret_registers = *ret_registers && !change->before.register_number;
}

bool request_step_asks(const struct request_change *change, const struct request_verdict *verdict)
{
    const char *policy;
    bool registers;
    wanted(change, verdict, &policy, &registers);
    return policy || registers;
}

bool request_step_effects(struct request_change *change, struct request_step *step, struct tx *tx,
                          const struct call *call)
{
    const char *policy;
    bool registers;
    wanted(change, &step->verdict, &policy, &registers);
    if (!policy && !registers)
        return true;
    struct assign_pool pool;
    const struct assign_pool *const pools[] = {&pool};
    struct assign_facts facts;
    const struct rows *entries = NULL;
    if (registers)
        filing_numbers(tx, call, "register", 1, &entries);
    if (policy) {
        assign_pool_for(&pool, call,
                        &(struct assign_question){
                            .workflow = change->definition->workflow,
                            .policy = policy,
                            .body = change->body,
                            .service = directory_service_by_id(call->directory, change->after.service_id),
                            .unit = directory_unit_by_id(call->directory, change->after.unit_id),
                            .holder_id = change->before.assignee_id,
                            .data = change->after.data,
                        });
        assign_facts_queue(&facts, tx, call, pools, 1);
    }
    if (!tx_flush(tx))
        return false;
    if (registers) {
        change->after.register_number = rows_text(entries, 0, 0);
        change->after.registered_at = call->now;
    }
    if (policy) {
        assign_pool_take(&pool, &facts);
        struct assign_decision decision = assign_decide(&pool, call);
        change->after.assignee_id = decision.agent ? decision.agent->id : 0;
        step->explanation = decision.explanation;
        if (!decision.agent)
            change->follow.outbox = assign_alert(&pool, change->follow.outbox, call->arena);
    }
    return true;
}

static void timer_view(struct json_out *out, const struct request_step *step)
{
    json_out_name(out, "timer");
    json_out_object_begin(out);
    json_out_member_text(out, "id", step->timer);
    json_out_member_number(out, "generation", step->generation);
    json_out_member_time(out, "due", step->due);
    json_out_object_end(out);
}

void request_step_event(struct request_change *change, const struct request_step *step, const struct call *call)
{
    struct json_out out = json_out_new(call->arena, 512);
    json_out_object_begin(&out);
    json_out_member_text(&out, "event", step->event);
    if (step->member)
        json_out_member_text(&out, "body", step->member->code);
    json_out_member_text(&out, "from", change->before.state);
    json_out_member_text(&out, "to", change->after.state);
    json_out_name(&out, "path");
    request_verdict_path(&out, change->definition->workflow, &step->verdict);
    char *data = step->data ? json_dumps(step->data, JSON_COMPACT) : NULL;
    if (data)
        json_out_member_raw(&out, "data", arena_strdup(call->arena, data));
    free(data);
    if (step->comment)
        json_out_member_text(&out, "comment", step->comment);
    if (step->follows)
        json_out_member_bool(&out, "follows", true);
    if (step->timer)
        timer_view(&out, step);
    calendars_tell(&out, change->definition->workflow, call->directory);
    if (change->after.register_number && !change->before.register_number)
        json_out_member_text(&out, "register", change->after.register_number);
    if (step->explanation)
        json_out_member_raw(&out, "assignment", step->explanation);
    json_out_object_end(&out);
    change->event = json_out_finish(&out, NULL);
    change->type = strcmp(step->event, "submit") == 0 ? "request.submitted" : "request.transitioned";
}
