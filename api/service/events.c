#include "service/events.h"

#include <inttypes.h>

#include "service/feed.h"
#include "store/array.h"

/* A selective filter looks at this many events of the feed at most before it answers how far it got. */
#define WINDOW 2000

enum {
    FEED_REACH,
    FEED_POSITION,
    FEED_REF,
    FEED_SEQ,
    FEED_VERSION,
    FEED_AT,
    FEED_TYPE,
    FEED_EVENT,
    FEED_FROM,
    FEED_TO,
    FEED_COMMENT
};

static void event_view(struct json_out *out, const struct call *call, const struct rows *rows, size_t row)
{
    json_out_object_begin(out);
    json_out_member_text(out, "id", arena_printf(call->arena, "%" PRId64, rows_number(rows, row, FEED_POSITION)));
    json_out_member_text(out, "type", arena_printf(call->arena, "cat.oam.%s", rows_text(rows, row, FEED_TYPE)));
    json_out_member_text(out, "subject", rows_text(rows, row, FEED_REF));
    json_out_member_time(out, "time", rows_time(rows, row, FEED_AT));
    json_out_name(out, "data");
    json_out_object_begin(out);
    /* As in the history: gaps would tell the body's side that there are notes. */
    json_out_member_number(out, "seq", rows_number(rows, row, call->actor->staff ? FEED_SEQ : FEED_VERSION));
    json_out_member_number(out, "version", rows_number(rows, row, FEED_VERSION));
    json_out_member_text(out, "event", rows_text(rows, row, FEED_EVENT));
    json_out_member_text(out, "from", rows_text(rows, row, FEED_FROM));
    json_out_member_text(out, "to", rows_text(rows, row, FEED_TO));
    json_out_object_end(out);
    json_out_object_end(out);
}

static bool read_feed(const struct call *call, const struct event_query *query, const struct rows **ret_rows)
{
    tx_auto struct tx tx = {0};
    const struct actor *actor = call->actor;
    if (!tx_begin(&tx, call->store, TX_READ, actor, call->arena, call->err))
        return false;
    struct param types =
        param_text(query->n_types > 0 ? array_of_texts(call->arena, query->types, query->n_types) : NULL);
    tx_query(&tx, QUERY_PLAN_FOR_THESE_VALUES, NULL, 0, NULL);
    if (query->subject)
        tx_run(&tx, QUERY_EVENT_PAGE_OF_REQUEST, ret_rows, param_number(query->after), param_text(query->subject),
               types, param_number(query->limit));
    else
        tx_run(&tx, QUERY_EVENT_PAGE, ret_rows, param_number(query->after),
               param_text(actor->staff || actor->all_bodies
                              ? NULL
                              : array_of_numbers(call->arena, actor->bodies, actor->n_bodies)),
               types, param_number(query->n_types > 0 ? WINDOW : query->limit));
    return tx_flush(&tx);
}

/* Where the feed ends now; the same for everybody, whatever they may see of it. */
static bool list_nothing(const struct call *call, struct json_out *out, int64_t *ret_next)
{
    if (!feed_head(call->store, call->arena, call->err, ret_next))
        return false;
    json_out_object_begin(out);
    json_out_member_raw(out, "items", "[]");
    json_out_member_text(out, "next", arena_printf(call->arena, "%" PRId64, *ret_next));
    json_out_member_text(out, "prev", NULL);
    json_out_object_end(out);
    return true;
}

bool event_list(const struct call *call, const struct event_query *query, struct json_out *out, size_t *ret_count,
                int64_t *ret_next)
{
    const struct rows *rows = NULL;
    *ret_count = 0;
    if (query->latest)
        return list_nothing(call, out, ret_next);
    if (!read_feed(call, query, &rows))
        return false;
    size_t count = 0;
    *ret_next = query->after;
    json_out_object_begin(out);
    json_out_name(out, "items");
    json_out_array_begin(out);
    for (size_t row = 0; row < rows_count(rows) && count < (size_t)query->limit; row++) {
        if (rows_null(rows, row, FEED_POSITION))
            continue;
        event_view(out, call, rows, row);
        *ret_next = rows_number(rows, row, FEED_POSITION);
        count++;
    }
    json_out_array_end(out);
    /* All that matched in the window is told: go on behind the window, not behind the last match. */
    if (!query->subject && count < (size_t)query->limit && rows_count(rows) > 0 && !rows_null(rows, 0, FEED_REACH))
        *ret_next = rows_number(rows, 0, FEED_REACH);
    json_out_member_text(out, "next", arena_printf(call->arena, "%" PRId64, *ret_next));
    json_out_member_text(out, "prev", NULL);
    json_out_object_end(out);
    *ret_count = count;
    return true;
}
