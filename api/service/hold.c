#include "service/hold.h"

#include <string.h>

#include "base/clock.h"
#include "base/hex.h"
#include "service/action_visit.h"
#include "service/stock_text.h"

#define NUMBER_NONE INT32_MAX /* of no hold: an action has few */

bool hold_list(const struct call *call, const char *ref, const char *uid, struct json_out *out)
{
    enum { LIST_FOUND, LIST_ITEMS };
    tx_auto struct tx tx = {0};
    const struct rows *rows = NULL;
    char today[TIME_TEXT_SIZE];
    if (!hex_is_uuid(uid))
        return action_not_found(call, ref);
    if (!tx_begin(&tx, call->store, TX_READ, call->actor, call->arena, call->err))
        return false;
    tx_run(&tx, QUERY_HOLD_LIST, &rows, param_text(ref), param_text(uid), param_text(text_language_tag(call->language)),
           param_text(stock_text_today(call, today)));
    if (!tx_flush(&tx))
        return false;
    if (rows_count(rows) == 0)
        return error_set(call->err, ERROR_NOT_FOUND, TEXT_DETAIL_REQUEST_NOT_FOUND, ref);
    if (!rows_bool(rows, 0, LIST_FOUND))
        return action_not_found(call, ref);
    stock_text_list(out, rows_text(rows, 0, LIST_ITEMS));
    return true;
}

bool hold_reserve(const struct call *call, const char *ref, const char *uid, const struct hold_input *input,
                  struct reply *ret)
{
    action_visit_auto struct action_visit visit = {.uid = uid};
    if (!action_visit_begin(&visit, call, ref, ACTION_ANY_VERSION, ret))
        return ret->replayed;
    if (visit.request.closed_at)
        return error_set(call->err, ERROR_CONFLICT, TEXT_DETAIL_NO_ACTION_NOW, ref);
    tx_run(&visit.tx, QUERY_STOCK_RESERVE, &visit.rows, param_number(visit.request.id), param_text(uid),
           param_text(stock_text_hold(call, input)), param_text(call->actor->principal), param_text(call->actor->login),
           param_time(call->now));
    return action_visit_end(&visit, call, 201, "",
                            arena_printf(call->arena, "/api/v1/requests/%s/actions/%s/holds", ref, uid), ret);
}

/* "1" to "9999", written in one way. */
static int64_t read_number(const char *text)
{
    const size_t length = strlen(text);
    int64_t number = 0;
    if (length == 0 || length > 4 || text[0] == '0' || strspn(text, "0123456789") != length)
        return NUMBER_NONE;
    for (size_t i = 0; i < length; i++)
        number = number * 10 + (text[i] - '0');
    return number;
}

bool hold_move(const struct call *call, const char *ref, const char *uid, const char *number, int64_t version,
               const struct hold_move_input *input, struct reply *ret)
{
    action_visit_auto struct action_visit visit = {.uid = uid, .hold = read_number(number)};
    if (!action_visit_begin(&visit, call, ref, version, ret))
        return ret->replayed;
    tx_run(&visit.tx, QUERY_STOCK_HOLD_MOVE, &visit.rows, param_number(visit.request.id), param_text(uid),
           param_number(visit.hold), param_text(input->move), param_text(stock_text_move(call, input)),
           param_text(call->actor->principal), param_text(call->actor->login), param_time(call->now));
    return action_visit_end(&visit, call, 200, "/lost", NULL, ret);
}
