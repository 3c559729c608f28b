/* Saying when an agent is away. */
#include "service/absence.h"

#include <string.h>

#include "service/idempotency.h"

#define YEAR_DAYS    366
#define AHEAD_YEARS  5
#define ABSENCES_MAX 200

static bool may_manage(const struct call *call, const struct directory_agent *agent)
{
    const struct actor *actor = call->actor;
    if (actor->role == ROLE_SUPERVISOR || actor->role == ROLE_ADMIN ||
        (actor->agent_id != 0 && actor->agent_id == agent->id) ||
        (actor->role == ROLE_UNIT_HEAD && actor->unit_id == agent->unit->id))
        return true;
    return error_set(call->err, ERROR_FORBIDDEN, TEXT_DETAIL_ABSENCE_NOT_YOURS);
}

static const struct directory_agent *agent_of(const struct call *call, const char *login)
{
    const struct directory_agent *agent = directory_agent_find(call->directory, login);
    if (agent && agent->active)
        return may_manage(call, agent) ? agent : NULL;
    error_set(call->err, ERROR_NOT_FOUND, TEXT_DIRECTORY_NO_AGENT, login);
    return NULL;
}

static const char *login_of(const struct call *call, int64_t agent_id)
{
    const struct directory_agent *agent = directory_agent_by_id(call->directory, agent_id);
    return agent ? agent->login : NULL;
}

static void absence_view(struct json_out *out, const char *uid, const char *first, const char *last,
                         const char *delegate, const char *status)
{
    json_out_object_begin(out);
    json_out_member_text(out, "id", uid);
    json_out_member_text(out, "first_day", first);
    json_out_member_text(out, "last_day", last);
    json_out_member_text(out, "delegate", delegate);
    json_out_member_text(out, "status", status);
    json_out_object_end(out);
}

bool absence_list(const struct call *call, const char *login, struct json_out *out)
{
    enum { ABSENCE_UID, ABSENCE_FIRST, ABSENCE_LAST, ABSENCE_DELEGATE_ID, ABSENCE_STATUS };
    const struct directory_agent *agent = agent_of(call, login);
    const struct rows *rows = NULL;
    tx_auto struct tx tx = {0};
    if (!agent || !tx_begin(&tx, call->store, TX_READ, call->actor, call->arena, call->err))
        return false;
    tx_run(&tx, QUERY_ABSENCE_LIST, &rows, param_number(agent->id), param_number(directory_day(call->now)),
           param_number(YEAR_DAYS), param_number(ABSENCES_MAX));
    if (!tx_flush(&tx))
        return false;
    json_out_object_begin(out);
    json_out_name(out, "items");
    json_out_array_begin(out);
    for (size_t row = 0; row < rows_count(rows); row++)
        absence_view(out, rows_text(rows, row, ABSENCE_UID), rows_text(rows, row, ABSENCE_FIRST),
                     rows_text(rows, row, ABSENCE_LAST), login_of(call, rows_number(rows, row, ABSENCE_DELEGATE_ID)),
                     rows_text(rows, row, ABSENCE_STATUS));
    json_out_array_end(out);
    json_out_member_text(out, "next", NULL);
    json_out_member_text(out, "prev", NULL);
    json_out_object_end(out);
    return true;
}

/* What is over cannot be announced, and nobody knows what is years ahead. */
static bool check_days(const struct call *call, const struct absence_input *input, int64_t today)
{
    if (input->last_day < input->first_day)
        error_violate(call->err, "/last_day", ENDS_BEFORE_IT_BEGINS, input->first_text);
    else if (input->last_day < today)
        error_violate(call->err, "/last_day", IN_THE_PAST);
    else if (input->last_day > today + AHEAD_YEARS * YEAR_DAYS)
        error_violate(call->err, "/last_day", TOO_FAR_AHEAD);
    return !error_is_set(call->err);
}

static const struct directory_agent *delegate_of(const struct call *call, const struct directory_agent *agent,
                                                 const struct absence_input *input)
{
    const struct directory_agent *delegate =
        input->delegate ? directory_agent_find(call->directory, input->delegate) : NULL;
    if (input->delegate && (!delegate || !delegate->active))
        error_violate(call->err, "/delegate", NO_SUCH_AGENT, input->delegate);
    else if (delegate == agent)
        error_violate(call->err, "/delegate", DELEGATE_IS_AGENT);
    return delegate;
}

bool absence_add(const struct call *call, const char *login, const struct absence_input *input, struct reply *ret)
{
    const struct directory_agent *agent = agent_of(call, login);
    const int64_t today = directory_day(call->now);
    tx_auto struct tx tx = {0};
    struct idempotency key;
    if (!agent)
        return false;
    check_days(call, input, today);
    const struct directory_agent *delegate = delegate_of(call, agent, input);
    if (error_is_set(call->err) || !tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    idempotency_queue(&key, &tx, call);
    if (!tx_flush(&tx))
        return false;
    enum idempotency_outcome outcome = idempotency_check(&key, call, ret);
    if (outcome != IDEMPOTENCY_FRESH)
        return outcome == IDEMPOTENCY_REPLAY;
    char uid[37];
    auth_uuid7(call->now, uid);
    tx_run(&tx, QUERY_ABSENCE_ADD, NULL, param_text(uid), param_number(agent->id), param_text(input->first_text),
           param_text(input->last_text), param_number_or_null(delegate ? delegate->id : 0),
           param_text(call->actor->principal), param_time(call->now));
    struct json_out out = json_out_new(call->arena, 256);
    absence_view(&out, uid, input->first_text, input->last_text, delegate ? delegate->login : NULL,
                 input->first_day <= today ? "running" : "planned");
    *ret = (struct reply){.status = 201};
    ret->bytes = json_out_finish(&out, &ret->length);
    idempotency_keep(&key, &tx, call, ret);
    return tx_commit(&tx);
}

bool absence_remove(const struct call *call, const char *login, const char *uid)
{
    const struct directory_agent *agent = agent_of(call, login);
    const struct rows *rows = NULL;
    tx_auto struct tx tx = {0};
    if (!agent || !tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    tx_run(&tx, QUERY_ABSENCE_REMOVE, &rows, param_text(uid), param_number(agent->id),
           param_number(directory_day(call->now)), param_time(call->now));
    if (!tx_commit(&tx))
        return false;
    return rows_bool(rows, 0, 0) || error_set(call->err, ERROR_NOT_FOUND, TEXT_DETAIL_ABSENCE_NOT_FOUND);
}
