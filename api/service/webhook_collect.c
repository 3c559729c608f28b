/* Deliveries of what is new in the feed: those of webhooks with a filter are chosen here, the others in the database.
 */
#include "base/log.h"
#include "service/event_filter.h"
#include "service/webhook_send.h"
#include "store/array.h"

enum {
    LOOK_ID,
    LOOK_UID,
    LOOK_FILTER,
    LOOK_PLACE,
    LOOK_REACH,
    LOOK_POSITION,
    LOOK_REF,
    LOOK_VERSION,
    LOOK_AT,
    LOOK_TYPE,
    LOOK_EVENT,
    LOOK_FROM,
    LOOK_TO,
    LOOK_BODY,
    LOOK_SERVICE
};

/* What became of one window. */
struct sifted {
    int64_t positions[WEBHOOK_WINDOW];
    size_t n;
    int64_t failures, failed_position; /* the last one; 0: the filter itself cannot be read */
    const char *error;
};

static void judge(struct sifted *sifted, const struct workflow_expression *filter, const struct rows *rows, size_t row)
{
    const char *error;
    const struct feed_event event = {
        .position = rows_number(rows, row, LOOK_POSITION),
        .ref = rows_text(rows, row, LOOK_REF),
        .version = rows_number(rows, row, LOOK_VERSION),
        .at = rows_time(rows, row, LOOK_AT),
        .type = rows_text(rows, row, LOOK_TYPE),
        .event = rows_text(rows, row, LOOK_EVENT),
        .from = rows_text(rows, row, LOOK_FROM),
        .to = rows_text(rows, row, LOOK_TO),
        .body = rows_text(rows, row, LOOK_BODY),
        .service = rows_text(rows, row, LOOK_SERVICE),
    };
    if (event_filter_judge(filter, &event, &error) && sifted->n < WEBHOOK_WINDOW)
        sifted->positions[sifted->n++] = event.position;
    if (error) {
        sifted->failures++;
        sifted->failed_position = event.position;
        sifted->error = error;
    }
}

/* The rows of one webhook, which are those from `row` to `end`. */
static void sift(const struct call *call, const struct rows *rows, size_t row, size_t end, struct sifted *ret)
{
    const struct arena_mark mark = arena_mark(call->arena); /* a compilation takes room that the next one may have */
    const char *webhook = rows_text(rows, row, LOOK_UID);
    struct event_filter_faults faults;
    const struct workflow_expression *filter =
        event_filter_compile(rows_text(rows, row, LOOK_FILTER), call->arena, &faults);
    ret->n = 0;
    ret->failures = filter ? 0 : 1;
    ret->failed_position = 0;
    ret->error = filter ? NULL : "unreadable";
    for (; filter && row < end; row++)
        if (!rows_null(rows, row, LOOK_POSITION))
            judge(ret, filter, rows, row);
    if (ret->error)
        log_event(LOG_WARN, "webhook_filter_failed", LOG_S("webhook", webhook), LOG_S("error", ret->error),
                  LOG_N("events", ret->failures));
    arena_rewind(call->arena, mark);
}

/* A filter that was read when it was said, and is not any more, keeps its webhook where it is: what it would let pass
   is not lost. */
static void queue_sifted(const struct call *call, struct tx *tx, const struct rows *rows, size_t row,
                         const struct sifted *sifted)
{
    const int64_t place = rows_number(rows, row, LOOK_PLACE);
    const bool stays = sifted->failures > 0 && sifted->failed_position == 0;
    tx_run(tx, QUERY_WEBHOOK_SIFT, NULL, param_number(rows_number(rows, row, LOOK_ID)), param_number(place),
           param_number(stays ? place : rows_number(rows, row, LOOK_REACH)),
           param_text(array_of_numbers(call->arena, sifted->positions, sifted->n)), param_number(sifted->failures),
           param_number_or_null(sifted->failed_position), param_text(sifted->error));
}

bool webhook_collect(const struct call *call, bool all, bool *ret_more)
{
    tx_auto struct tx tx = {0};
    const struct rows *plain = NULL, *rows = NULL;
    struct sifted *sifted = arena_alloc(call->arena, sizeof *sifted);
    if (!tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    tx_run(&tx, QUERY_WEBHOOK_COLLECT, &plain, param_number(WEBHOOK_WINDOW), param_number(WEBHOOK_PENDING_MAX),
           param_bool(all));
    tx_run(&tx, QUERY_WEBHOOK_LOOK, &rows, param_number(WEBHOOK_WINDOW), param_number(WEBHOOK_PENDING_MAX),
           param_bool(all));
    if (!tx_flush(&tx))
        return false;
    const size_t count = rows_count(rows);
    for (size_t row = 0, end; row < count; row = end) {
        for (end = row + 1; end < count && rows_number(rows, end, LOOK_ID) == rows_number(rows, row, LOOK_ID);)
            end++;
        sift(call, rows, row, end, sifted);
        queue_sifted(call, &tx, rows, row, sifted);
    }
    if (!tx_commit(&tx))
        return false;
    *ret_more = count > 0 || rows_number(plain, 0, 0) > 0;
    return true;
}
