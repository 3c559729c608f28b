#include "service/feed.h"

#include "service/answer_cache.h"
#include "store/store.h"

bool feed_number(struct store *store, struct arena *arena, struct error *err)
{
    tx_auto struct tx tx = {0};
    if (!tx_begin(&tx, store, TX_WRITE, &actor_system, arena, err))
        return false;
    tx_query(&tx, QUERY_EVENT_RELAY, NULL, 0, NULL);
    return tx_commit(&tx);
}

bool feed_head(struct store *store, struct arena *arena, struct error *err, int64_t *ret_position)
{
    tx_auto struct tx tx = {0};
    const struct rows *rows = NULL;
    if (!tx_begin(&tx, store, TX_READ, &actor_system, arena, err))
        return false;
    tx_query(&tx, QUERY_EVENT_HEAD, NULL, 0, &rows);
    if (!tx_flush(&tx))
        return false;
    *ret_position = rows_number(rows, 0, 0);
    return true;
}

bool feed_forget_changed(struct store *store, struct answer_cache *cache, struct arena *arena, struct error *err,
                         int64_t *position, size_t *ret_count)
{
    enum { CHANGED_POSITION, CHANGED_REF };
    tx_auto struct tx tx = {0};
    const struct rows *rows = NULL;
    if (!tx_begin(&tx, store, TX_READ, &actor_system, arena, err))
        return false;
    tx_run(&tx, QUERY_EVENT_CHANGED_SINCE, &rows, param_number(*position));
    if (!tx_flush(&tx))
        return false;
    for (size_t row = 0; row < rows_count(rows); row++) {
        answer_cache_forget(cache, rows_text(rows, row, CHANGED_REF));
        *position = rows_number(rows, row, CHANGED_POSITION);
    }
    *ret_count = rows_count(rows);
    return true;
}
