#include "service/action.h"

#include <string.h>

#include "base/clock.h"
#include "base/hex.h"
#include "service/action_text.h"
#include "service/action_visit.h"

/* ---- reading: the version and the representation, in one statement ---- */

static bool read_one(const struct call *call, const char *ref, const char *uid, enum query query,
                     const struct rows **ret_rows, int64_t *ret_version)
{
    tx_auto struct tx tx = {0};
    if (uid && !hex_is_uuid(uid))
        return action_not_found(call, ref);
    if (!tx_begin(&tx, call->store, TX_READ, call->actor, call->arena, call->err))
        return false;
    if (uid)
        tx_run(&tx, query, ret_rows, param_text(ref), param_text(uid));
    else
        tx_run(&tx, query, ret_rows, param_text(ref));
    if (!tx_flush(&tx))
        return false;
    if (rows_count(*ret_rows) == 0)
        return error_set(call->err, ERROR_NOT_FOUND, TEXT_DETAIL_REQUEST_NOT_FOUND, ref);
    *ret_version = rows_number(*ret_rows, 0, 0);
    return true;
}

static void page_write(struct json_out *out, const char *items)
{
    json_out_member_raw(out, "items", items ? items : "[]");
    json_out_member_text(out, "next", NULL);
    json_out_member_text(out, "prev", NULL);
}

bool action_list(const struct call *call, const char *ref, struct json_out *out, int64_t *ret_version)
{
    const struct rows *rows = NULL;
    if (!read_one(call, ref, NULL, QUERY_ACTION_LIST, &rows, ret_version))
        return false;
    json_out_object_begin(out);
    page_write(out, rows_text(rows, 0, 1));
    json_out_object_end(out);
    return true;
}

bool action_read(const struct call *call, const char *ref, const char *uid, struct json_out *out, int64_t *ret_version)
{
    const struct rows *rows = NULL;
    if (!read_one(call, ref, uid, QUERY_ACTION_READ, &rows, ret_version))
        return false;
    const char *view = rows_text(rows, 0, 1);
    if (!view)
        return action_not_found(call, ref);
    json_out_raw(out, view, strlen(view));
    return true;
}

bool amount_list(const struct call *call, const char *ref, const char *uid, struct json_out *out, int64_t *ret_version)
{
    enum { LIST_VERSION, LIST_ITEMS, LIST_TOTALS, LIST_YEARS };
    const struct rows *rows = NULL;
    if (!read_one(call, ref, uid, QUERY_AMOUNT_LIST, &rows, ret_version))
        return false;
    if (rows_null(rows, 0, LIST_TOTALS))
        return action_not_found(call, ref);
    json_out_object_begin(out);
    page_write(out, rows_text(rows, 0, LIST_ITEMS));
    json_out_member_text(out, "currency", "EUR");
    json_out_member_raw(out, "amounts", rows_text(rows, 0, LIST_TOTALS));
    json_out_member_raw(out, "years", rows_text(rows, 0, LIST_YEARS));
    json_out_object_end(out);
    return true;
}

/* ---- writing: the request is held, the database decides ---- */

bool action_open(const struct call *call, const char *ref, const struct action_input *input, struct reply *ret)
{
    action_visit_auto struct action_visit visit = {0};
    const struct request *request = &visit.request;
    char uid[37];
    if (!action_visit_begin(&visit, call, ref, ACTION_ANY_VERSION, ret))
        return ret->replayed;
    if (request->closed_at || !request->submitted_at)
        return error_set(call->err, ERROR_CONFLICT, TEXT_DETAIL_NO_ACTION_NOW, ref);
    const char *text = action_text_new(call, request, input);
    if (!text)
        return false;
    auth_uuid7(call->now, uid);
    tx_run(&visit.tx, QUERY_ACTION_OPEN, &visit.rows, param_number(request->id), param_text(uid), param_text(text),
           param_text(call->actor->principal), param_text(call->actor->login), param_time(call->now));
    return action_visit_end(&visit, call, 201, "",
                            arena_printf(call->arena, "/api/v1/requests/%s/actions/%s", ref, uid), ret);
}

bool action_change(const struct call *call, const char *ref, const char *uid, int64_t version,
                   const struct action_input *input, struct reply *ret)
{
    action_visit_auto struct action_visit visit = {.uid = uid};
    if (!action_visit_begin(&visit, call, ref, version, ret))
        return ret->replayed;
    const char *text = action_text_change(call, input);
    if (!text)
        return false;
    tx_run(&visit.tx, QUERY_ACTION_CHANGE, &visit.rows, param_number(visit.request.id), param_text(uid),
           param_text(text), param_text(call->actor->principal), param_text(call->actor->login), param_time(call->now));
    return action_visit_end(&visit, call, 200, "/state", NULL, ret);
}

static bool queue_milestone(struct action_visit *visit, const struct call *call, const char *key, bool add,
                            const struct milestone_input *input)
{
    const char *text = action_text_milestone(call, input);
    if (!text)
        return false;
    tx_run(&visit->tx, QUERY_MILESTONE_SET, &visit->rows, param_number(visit->request.id), param_text(visit->uid),
           param_text(key), param_bool(add), param_text(text), param_text(call->actor->principal),
           param_text(call->actor->login), param_time(call->now));
    return true;
}

bool milestone_add(const struct call *call, const char *ref, const char *uid, const struct milestone_input *input,
                   struct reply *ret)
{
    action_visit_auto struct action_visit visit = {.uid = uid};
    if (!action_visit_begin(&visit, call, ref, ACTION_ANY_VERSION, ret))
        return ret->replayed;
    return queue_milestone(&visit, call, input->key, true, input) &&
           action_visit_end(&visit, call, 201, "",
                            arena_printf(call->arena, "/api/v1/requests/%s/actions/%s", ref, uid), ret);
}

bool milestone_change(const struct call *call, const char *ref, const char *uid, const char *key, int64_t version,
                      const struct milestone_input *input, struct reply *ret)
{
    action_visit_auto struct action_visit visit = {.uid = uid, .milestone = key};
    if (!action_visit_begin(&visit, call, ref, version, ret))
        return ret->replayed;
    return queue_milestone(&visit, call, key, false, input) && action_visit_end(&visit, call, 200, "", NULL, ret);
}

/* Of a day in four digits and more, "2026-11-22". */
static int64_t year_of(const char *day)
{
    int64_t year = 0;
    for (size_t i = 0; i < 4; i++)
        year = year * 10 + (day[i] - '0');
    return year;
}

bool amount_record(const struct call *call, const char *ref, const char *uid, const struct amount_input *input,
                   struct reply *ret)
{
    action_visit_auto struct action_visit visit = {.uid = uid};
    char entry[37], today[TIME_TEXT_SIZE];
    const char *on = input->on ? input->on : day_format(directory_day(call->now), today);
    if (!action_visit_begin(&visit, call, ref, ACTION_ANY_VERSION, ret))
        return ret->replayed;
    auth_uuid7(call->now, entry);
    tx_run(&visit.tx, QUERY_AMOUNT_RECORD, &visit.rows, param_number(visit.request.id), param_text(uid),
           param_text(entry), param_text(input->kind), param_number(input->year ? input->year : year_of(on)),
           param_text(input->amount), param_text(on), param_text(input->reference), param_text(input->note),
           param_text(input->reverses), param_text(call->actor->principal), param_text(call->actor->login),
           param_time(call->now));
    return action_visit_end(&visit, call, 201, "/amount",
                            arena_printf(call->arena, "/api/v1/requests/%s/actions/%s/amounts", ref, uid), ret);
}
