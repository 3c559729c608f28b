/* What was sent to a webhook, and sending it again. */
#include <inttypes.h>

#include "service/idempotency.h"
#include "service/page_rows.h"
#include "service/webhook.h"

enum {
    SENT_ID,
    SENT_UID,
    SENT_TYPE,
    SENT_POSITION,
    SENT_REF,
    SENT_AT,
    SENT_STATE,
    SENT_REPLAY,
    SENT_TRIES,
    SENT_STATUS,
    SENT_OUTCOME,
    SENT_NEXT_AT,
    SENT_ATTEMPTS,
    SENT_CREATED_AT,
    SENT_ENDED_AT
};

static void number_or_null(struct json_out *out, const char *name, const struct rows *rows, size_t row, int column)
{
    json_out_name(out, name);
    if (rows_null(rows, row, column))
        json_out_null(out);
    else
        json_out_number(out, rows_number(rows, row, column));
}

static void row_write(const struct page_rows *page, struct json_out *out, size_t row)
{
    const struct rows *rows = page->rows;
    struct arena *arena = page->call->arena;
    json_out_object_begin(out);
    json_out_member_text(out, "id", rows_text(rows, row, SENT_UID));
    json_out_member_text(out, "type", arena_printf(arena, "cat.oam.%s", rows_text(rows, row, SENT_TYPE)));
    json_out_member_text(out, "position",
                         rows_null(rows, row, SENT_POSITION)
                             ? NULL
                             : arena_printf(arena, "%" PRId64, rows_number(rows, row, SENT_POSITION)));
    json_out_member_text(out, "subject", rows_text(rows, row, SENT_REF));
    json_out_member_time(out, "time", rows_time(rows, row, SENT_AT));
    json_out_member_text(out, "state", rows_text(rows, row, SENT_STATE));
    json_out_member_bool(out, "replay", rows_bool(rows, row, SENT_REPLAY));
    json_out_member_number(out, "tries", rows_number(rows, row, SENT_TRIES));
    number_or_null(out, "status", rows, row, SENT_STATUS);
    json_out_member_text(out, "outcome", rows_text(rows, row, SENT_OUTCOME));
    json_out_member_time(out, "next_at", rows_time(rows, row, SENT_NEXT_AT));
    json_out_member_raw(out, "attempts", rows_text(rows, row, SENT_ATTEMPTS));
    json_out_member_time(out, "created_at", rows_time(rows, row, SENT_CREATED_AT));
    json_out_member_time(out, "ended_at", rows_time(rows, row, SENT_ENDED_AT));
    json_out_object_end(out);
}

static struct cursor row_edge(const struct page_rows *page, size_t row)
{
    return (struct cursor){.id = rows_number(page->rows, row, SENT_ID)};
}

bool webhook_deliveries(const struct call *call, const char *uid, const char *state, const struct page_input *page,
                        struct json_out *out, const char **ret_next, const char **ret_prev)
{
    const char *parts[] = {"webhook_deliveries", uid, state};
    struct page_rows list = {.call = call, .at.id = INT64_MAX, .write = row_write, .edge = row_edge};
    tx_auto struct tx tx = {0};
    if (!page_rows_begin(&list, page, parts, 3) ||
        !tx_begin(&tx, call->store, TX_READ, call->actor, call->arena, call->err))
        return false;
    const int64_t webhook = webhook_find(call, &tx, uid);
    if (webhook == 0)
        return false;
    tx_run(&tx, list.at.backwards ? QUERY_WEBHOOK_DELIVERY_PAGE_BACK : QUERY_WEBHOOK_DELIVERY_PAGE, &list.rows,
           param_number(webhook), param_text(state), param_number(list.at.id), param_number(page->limit + 1));
    return page_rows_finish(&list, &tx, out, ret_next, ret_prev);
}

/* ---- asking for it ---- */

/* Begins the write that both ask for: the key looked up, the webhook found. False: refused, or answered already. */
static bool begin(const struct call *call, struct tx *tx, struct idempotency *key, const char *uid, struct reply *ret)
{
    *ret = (struct reply){0};
    if (!tx_begin(tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    idempotency_queue(key, tx, call);
    return tx_flush(tx) && idempotency_check(key, call, ret) == IDEMPOTENCY_FRESH && webhook_find(call, tx, uid) != 0;
}

bool webhook_ping(const struct call *call, const char *uid, struct reply *ret)
{
    tx_auto struct tx tx = {0};
    struct idempotency key;
    const struct rows *rows = NULL;
    if (!begin(call, &tx, &key, uid, ret))
        return ret->replayed;
    tx_run(&tx, QUERY_WEBHOOK_PING, &rows, param_text(uid), param_time(call->now));
    if (!tx_flush(&tx))
        return false;
    struct json_out out = json_out_new(call->arena, 128);
    json_out_object_begin(&out);
    json_out_member_text(&out, "delivery", rows_text(rows, 0, 0));
    json_out_object_end(&out);
    *ret = (struct reply){.status = 202};
    ret->bytes = json_out_finish(&out, &ret->length);
    idempotency_keep(&key, &tx, call, ret);
    return tx_commit(&tx);
}

static struct param position_or_null(int64_t position)
{
    return position < 0 ? param_text(NULL) : param_number(position);
}

bool webhook_redeliver(const struct call *call, const char *uid, const struct redelivery_input *input,
                       struct reply *ret)
{
    tx_auto struct tx tx = {0};
    struct idempotency key;
    const struct rows *known = NULL, *queued = NULL;
    if (!begin(call, &tx, &key, uid, ret))
        return ret->replayed;
    tx_run(&tx, QUERY_WEBHOOK_DELIVERY_KNOWN, &known, param_text(uid), param_text(input->delivery));
    tx_run(&tx, QUERY_WEBHOOK_REDELIVER, &queued, param_text(uid), param_text(input->delivery),
           position_or_null(input->after), position_or_null(input->before), param_time(input->since),
           param_time(input->until), param_bool(input->dead_only), param_number(WEBHOOK_REDELIVERY_MOST),
           param_number(WEBHOOK_REDELIVERY_LOOK));
    if (!tx_flush(&tx))
        return false;
    if (input->delivery && rows_count(known) == 0)
        return error_set(call->err, ERROR_NOT_FOUND, TEXT_DETAIL_DELIVERY_NOT_FOUND);
    struct json_out out = json_out_new(call->arena, 64);
    json_out_object_begin(&out);
    json_out_member_number(&out, "queued", rows_number(queued, 0, 0));
    json_out_member_text(&out, "next",
                         rows_null(queued, 0, 1) ? NULL
                                                 : arena_printf(call->arena, "%" PRId64, rows_number(queued, 0, 1)));
    json_out_object_end(&out);
    *ret = (struct reply){.status = 202};
    ret->bytes = json_out_finish(&out, &ret->length);
    idempotency_keep(&key, &tx, call, ret);
    return tx_commit(&tx);
}
