#include "service/request_change.h"

#include <string.h>

#include "base/bell.h"
#include "service/request_acts.h"
#include "service/request_row.h"
#include "service/answer_cache.h"
#include "store/array.h"

static bool change_begin(struct tx *tx, const struct call *call, struct idempotency *key, const char *ref,
                         const struct rows **ret_hold, struct request *ret_request, struct reply *ret)
{
    const struct rows *rows = NULL;
    *ret = (struct reply){0};
    if (!tx_begin(tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    idempotency_queue(key, tx, call);
    if (ret_hold)
        tx_run(tx, QUERY_REQUEST_HOLD, ret_hold, param_text(ref));
    tx_run(tx, QUERY_REQUEST_READ, &rows, param_text(ref));
    return tx_flush(tx) && idempotency_check(key, call, ret) == IDEMPOTENCY_FRESH &&
           request_opened(call, rows, ref, ret_request);
}

bool request_change_begin(struct tx *tx, const struct call *call, struct idempotency *key, const char *ref,
                          struct request *ret_request, struct reply *ret)
{
    return change_begin(tx, call, key, ref, NULL, ret_request, ret);
}

bool request_change_hold(struct tx *tx, const struct call *call, struct idempotency *key, const char *ref,
                         struct request *ret_request, int64_t *ret_seq, struct reply *ret)
{
    const struct rows *hold = NULL;
    if (!change_begin(tx, call, key, ref, &hold, ret_request, ret))
        return false;
    *ret_seq = rows_number(hold, 0, 0);
    return true;
}

bool request_change_prepare(struct request_change *change, const struct call *call)
{
    change->after = change->before;
    change->body = directory_body_by_id(call->directory, change->before.body_id);
    change->definition = directory_workflow_by_id(call->directory, change->before.workflow_id);
    if (change->body && change->definition &&
        request_stand_read(&change->before, change->definition->workflow, &change->stand))
        return true;
    return error_set(call->err, ERROR_UNAVAILABLE, TEXT_DETAIL_DIRECTORY_EMPTY);
}

bool request_at_version(const struct call *call, const struct request *request, int64_t version)
{
    if (request->version == version)
        return true;
    call->err->current_version = request->version;
    return error_set(call->err, ERROR_PRECONDITION_FAILED, TEXT_DETAIL_STALE_VERSION);
}

static bool is_draft(const struct request_change *change)
{
    return change->before.submitted_at == 0 && change->after.submitted_at == 0;
}

static const struct actor *author_of(const struct request_change *change, const struct call *call)
{
    return change->is_nobodys ? &actor_system : call->actor;
}

static bool is_same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* Most steps leave what the request says, and whose it is, as it was. */
static bool says_else(const struct request *before, const struct request *after)
{
    return before->service_id != after->service_id || before->unit_id != after->unit_id ||
           !is_same(before->title, after->title) || !is_same(before->description, after->description) ||
           !is_same(before->register_number, after->register_number);
}

static void queue_step(const struct request_change *change, struct tx *tx, const struct call *call)
{
    const struct request *after = &change->after;
    const struct request_follow *follow = &change->follow;
    const struct actor *actor = author_of(change, call);
    const char *draft = is_draft(change) ? "t" : "f";
    const bool says = says_else(&change->before, after);
    tx_run(tx, QUERY_REQUEST_STEP, NULL, param_number(after->id), param_number(change->before.version),
           param_text(after->state), param_text(after->phase), param_text(after->outcome), param_text(after->data),
           param_text(says ? after->title : NULL), param_text(after->description), param_number(after->service_id),
           param_number(after->unit_id), param_number(after->workflow_id), param_number_or_null(after->assignee_id),
           param_text(after->register_number), param_text(actor->principal), param_text(actor->login),
           param_time(call->now), param_text(array_of_texts(call->arena, &change->type, 1)),
           param_text(array_of_texts(call->arena, &change->event, 1)),
           param_text(array_of_texts(call->arena, &draft, 1)), param_text(follow->engine), param_time(follow->due_at),
           param_text(follow->due), param_text(follow->gone ? NULL : follow->timers), param_text(follow->clocks),
           param_text(follow->outbox), param_bool(follow->undo), param_text(follow->gone));
    request_join_queue(tx, after->ref, change->before.joint, after->joint, follow->adhered);
}

void request_change_queue(const struct request_change *change, struct tx *tx, const struct call *call)
{
    queue_step(change, tx, call);
    request_acts_queue(tx, call, author_of(change, call), change->after.ref, change->follow.acts);
}

bool request_change_do(struct request_change *change, struct tx *tx, const struct call *call)
{
    struct request *after = &change->after;
    queue_step(change, tx, call);
    return request_acts_do(tx, call, author_of(change, call), after->ref, change->follow.acts, &after->version);
}

bool request_change_joins(const struct request_change *change)
{
    const struct request *before = &change->before, *after = &change->after;
    return !change->is_nobodys && !change->follow.undo && !change->follow.adhered && !change->follow.acts &&
           before->joint == after->joint && before->assignee_id == after->assignee_id &&
           before->register_number == after->register_number && before->workflow_id == after->workflow_id &&
           before->service_id == after->service_id;
}

void request_change_write(const struct request_change *change, struct json_out *out)
{
    const struct request *after = &change->after;
    const struct request_follow *follow = &change->follow;
    json_out_object_begin(out);
    json_out_member_number(out, "id", after->id);
    json_out_member_number(out, "version", change->before.version);
    json_out_member_text(out, "state", after->state);
    json_out_member_text(out, "phase", after->phase);
    json_out_member_text(out, "outcome", after->outcome);
    json_out_member_raw(out, "data", after->data);
    json_out_member_text(out, "engine", follow->engine);
    if (follow->due_at)
        json_out_member_number(out, "due_us", follow->due_at);
    /* An absent member is SQL's NULL; null would be JSON's. */
    if (follow->due)
        json_out_member_raw(out, "due", follow->due);
    json_out_member_text(out, "type", change->type);
    json_out_member_raw(out, "event", change->event);
    json_out_member_bool(out, "draft", is_draft(change));
    if (follow->timers)
        json_out_member_raw(out, "timers", follow->timers);
    if (follow->clocks)
        json_out_member_raw(out, "clocks", follow->clocks);
    if (follow->outbox)
        json_out_member_raw(out, "outbox", follow->outbox);
    json_out_object_end(out);
}

/* Somebody was faster between our reading and our writing: tell the version that is there now. */
static void tell_current_version(const struct call *call, const char *ref)
{
    tx_auto struct tx tx = {0};
    struct error own = {.language = call->language, .arena = call->arena};
    const struct rows *rows = NULL;
    if (!tx_begin(&tx, call->store, TX_READ, call->actor, call->arena, &own))
        return;
    tx_run(&tx, QUERY_REQUEST_READ, &rows, param_text(ref));
    if (tx_flush(&tx) && rows_count(rows) == 1)
        call->err->current_version = request_from_row(rows, 0).version;
}

static bool commit_reply(const struct request_change *change, struct tx *tx, const struct call *call,
                         const struct idempotency *key, struct reply *ret)
{
    if (change->explanation)
        request_assignment_reply(call, &change->after, change->explanation, ret);
    else
        request_reply(call, &change->after, 200, ret);
    idempotency_keep(key, tx, call, ret);
    return tx_commit(tx);
}

bool request_change_commit(struct request_change *change, struct tx *tx, const struct call *call,
                           const struct idempotency *key, struct reply *ret)
{
    struct request *after = &change->after;
    after->version = change->before.version + 1;
    after->updated_at = call->now;
    bool done = request_change_do(change, tx, call) && commit_reply(change, tx, call, key, ret);
    answer_cache_forget(call->cache, after->ref);
    if (done && ((change->follow.timers && !change->follow.gone) || change->follow.outbox || change->follow.undo))
        bell_ring(call->bell);
    if (!done && call->err->kind == ERROR_PRECONDITION_FAILED) {
        tx_end(tx);
        tell_current_version(call, after->ref);
    }
    return done;
}
