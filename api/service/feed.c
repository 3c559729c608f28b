#include "service/feed.h"

#include <stdlib.h>
#include <string.h>

#include "service/answer_cache.h"
#include "service/feed_ring.h"
#include "store/store.h"

bool feed_number(struct store *store, struct arena *arena, struct error *err, bool *ret_all, int64_t *ret_access)
{
    tx_auto struct tx tx = {0};
    const struct rows *rows = NULL;
    if (!tx_begin(&tx, store, TX_WRITE, &actor_system, arena, err))
        return false;
    tx_query(&tx, QUERY_EVENT_RELAY, NULL, 0, &rows);
    if (!tx_commit(&tx))
        return false;
    *ret_all = rows_bool(rows, 0, 0);
    *ret_access = rows_number(rows, 0, 1);
    return true;
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

/* {1,2}, as PostgreSQL writes it. */
static const int64_t *numbers_of(struct arena *arena, const char *text, size_t *ret_count)
{
    int64_t *numbers = arena_alloc(arena, (text ? strlen(text) : 1) * sizeof *numbers);
    *ret_count = 0;
    for (const char *place = text ? text : "{}"; place[0] != '}' && place[1] != '}';) {
        char *end;
        numbers[(*ret_count)++] = strtoll(place + 1, &end, 10);
        place = end;
    }
    return numbers;
}

enum {
    CHANGED_POSITION,
    CHANGED_REQUEST,
    CHANGED_BODY_ID,
    CHANGED_SEQ,
    CHANGED_VERSION,
    CHANGED_AT,
    CHANGED_INTERNAL,
    CHANGED_DRAFT,
    CHANGED_JOINT,
    CHANGED_REF,
    CHANGED_TYPE,
    CHANGED_EVENT,
    CHANGED_FROM,
    CHANGED_TO,
    CHANGED_BODY,
    CHANGED_SERVICE,
    CHANGED_MEMBERS
};

static struct feed_event event_of(const struct rows *rows, size_t row, struct arena *arena)
{
    struct feed_event event = {
        .position = rows_number(rows, row, CHANGED_POSITION),
        .request_id = rows_number(rows, row, CHANGED_REQUEST),
        .body_id = rows_number(rows, row, CHANGED_BODY_ID),
        .seq = rows_number(rows, row, CHANGED_SEQ),
        .version = rows_number(rows, row, CHANGED_VERSION),
        .at = rows_time(rows, row, CHANGED_AT),
        .internal = rows_bool(rows, row, CHANGED_INTERNAL),
        .draft = rows_bool(rows, row, CHANGED_DRAFT),
        .joint = rows_bool(rows, row, CHANGED_JOINT),
        .ref = rows_text(rows, row, CHANGED_REF),
        .type = rows_text(rows, row, CHANGED_TYPE),
        .event = rows_text(rows, row, CHANGED_EVENT),
        .from = rows_text(rows, row, CHANGED_FROM),
        .to = rows_text(rows, row, CHANGED_TO),
        .body = rows_text(rows, row, CHANGED_BODY),
        .service = rows_text(rows, row, CHANGED_SERVICE),
    };
    event.members = numbers_of(arena, rows_text(rows, row, CHANGED_MEMBERS), &event.n_members);
    return event;
}

bool feed_tell_changed(struct store *store, struct answer_cache *cache, struct feed_ring *ring, struct arena *arena,
                       struct error *err, int64_t *position, size_t *ret_count)
{
    tx_auto struct tx tx = {0};
    const struct rows *rows = NULL;
    if (!tx_begin(&tx, store, TX_READ, &actor_system, arena, err))
        return false;
    tx_query(&tx, QUERY_EVENT_BY_KEYS, NULL, 0, NULL);
    tx_run(&tx, QUERY_EVENT_CHANGED_SINCE, &rows, param_number(*position));
    if (!tx_flush(&tx))
        return false;
    for (size_t row = 0; row < rows_count(rows); row++) {
        struct feed_event event = event_of(rows, row, arena);
        /* Whoever hears of it from the ring and asks for the request must not be given the old one. */
        answer_cache_forget(cache, event.ref);
        feed_ring_add(ring, &event);
        *position = event.position;
    }
    *ret_count = rows_count(rows);
    return true;
}
