#include "service/idempotency.h"

#include <string.h>

#include "base/hex.h"

enum { FOUND_ROUTE, FOUND_HASH, FOUND_STATUS, FOUND_LOCATION, FOUND_VERSION, FOUND_RESPONSE };

void idempotency_queue(struct idempotency *key, struct tx *tx, const struct call *call)
{
    *key = (struct idempotency){0};
    if (!call->idempotency_key)
        return;
    size_t target_length = strlen(call->target) + 1, length = target_length + call->body_length;
    unsigned char *said = arena_alloc(call->arena, length), digest[AUTH_DIGEST_SIZE];
    memcpy(said, call->target, target_length);
    if (call->body_length > 0)
        memcpy(said + target_length, call->body, call->body_length);
    auth_digest(said, length, digest);
    (void)hex_write(key->hash, digest, sizeof digest);
    tx_run(tx, QUERY_IDEMPOTENCY_LOCK, &key->lock, param_text(call->actor->principal),
           param_text(call->idempotency_key));
    tx_run(tx, QUERY_IDEMPOTENCY_FIND, &key->found, param_text(call->actor->principal),
           param_text(call->idempotency_key));
}

enum idempotency_outcome idempotency_check(const struct idempotency *key, const struct call *call, struct reply *ret)
{
    if (!call->idempotency_key)
        return IDEMPOTENCY_FRESH;
    if (rows_count(key->found) == 0) {
        if (rows_bool(key->lock, 0, 0))
            return IDEMPOTENCY_FRESH;
        call->err->retry_after_s = 1;
        error_set(call->err, ERROR_IDEMPOTENCY_IN_FLIGHT, TEXT_DETAIL_IDEMPOTENCY_IN_FLIGHT);
        return IDEMPOTENCY_REFUSED;
    }
    size_t length = 0;
    const unsigned char *stored = rows_bytes(key->found, 0, FOUND_HASH, &length);
    char stored_hex[65] = "";
    if (length == AUTH_DIGEST_SIZE)
        (void)hex_write(stored_hex, stored, length);
    if (strcmp(stored_hex, key->hash) != 0 || strcmp(rows_text(key->found, 0, FOUND_ROUTE), call->route) != 0) {
        error_set(call->err, ERROR_IDEMPOTENCY_KEY_REUSED, TEXT_DETAIL_IDEMPOTENCY_KEY_REUSED);
        return IDEMPOTENCY_REFUSED;
    }
    const char *response = rows_text(key->found, 0, FOUND_RESPONSE);
    *ret = (struct reply){
        .status = (int)rows_number(key->found, 0, FOUND_STATUS),
        .bytes = response,
        .length = strlen(response),
        .location = rows_text(key->found, 0, FOUND_LOCATION),
        .version = rows_number(key->found, 0, FOUND_VERSION),
        .replayed = true,
    };
    return IDEMPOTENCY_REPLAY;
}

void idempotency_keep(const struct idempotency *key, struct tx *tx, const struct call *call, const struct reply *reply)
{
    if (!call->idempotency_key)
        return;
    tx_run(tx, QUERY_IDEMPOTENCY_KEEP, NULL, param_text(call->actor->principal), param_text(call->idempotency_key),
           param_text(call->route), param_text(key->hash), param_number(reply->status), param_text(reply->location),
           param_number_or_null(reply->version), param_text(reply->bytes), param_time(call->now));
}

bool idempotency_purge(struct store *store, int64_t now, struct arena *arena, struct error *err)
{
    static const struct actor ourselves = {.principal = "system"};
    tx_auto struct tx tx = {0};
    if (!tx_begin(&tx, store, TX_WRITE, &ourselves, arena, err))
        return false;
    tx_run(&tx, QUERY_IDEMPOTENCY_PURGE, NULL, param_time(now - IDEMPOTENCY_HOURS * INT64_C(3600000000)));
    return tx_commit(&tx);
}
