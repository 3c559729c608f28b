/* The signing keys between memory and the database. */
#include "service/service_auth_keys.h"

#include <string.h>

#include "auth/keys.h"
#include "base/hex.h"
#include "base/log.h"
#include "service/service_auth.h"

#define SECOND   1000000LL
#define KEYS_MAX 16

const char *auth_hex(struct arena *arena, const unsigned char *bytes, size_t length)
{
    char *text = arena_alloc(arena, 2 * length + 3);
    text[0] = '\\';
    text[1] = 'x';
    (void)hex_write(text + 2, bytes, length);
    return text;
}

static void load(struct auth *auth, struct arena *arena, const struct rows *rows)
{
    struct auth_key *keys = arena_alloc(arena, KEYS_MAX * sizeof *keys);
    size_t n = 0;
    for (size_t i = 0; i < rows_count(rows) && n < KEYS_MAX; i++) {
        struct auth_key *key = &keys[n];
        size_t length = 0;
        const char *kid = rows_text(rows, i, 0), *pem = rows_text(rows, i, 2);
        const unsigned char *sealed = rows_bytes(rows, i, 1, &length);
        if (!kid || !pem || !sealed || strlen(kid) >= sizeof key->kid || length > sizeof key->sealed)
            continue;
        memcpy(key->kid, kid, strlen(kid) + 1);
        memcpy(key->sealed, sealed, length);
        key->sealed_length = length;
        key->created_at = rows_time(rows, i, 3);
        key->signs_until = rows_time(rows, i, 4);
        key->verifies_until = rows_time(rows, i, 5);
        n++;
    }
    auth_keys_load(auth, keys, n);
}

bool auth_keys_reload(struct store *store, struct auth *auth, struct arena *arena, int64_t now, struct error *err)
{
    tx_auto struct tx tx = {0};
    const struct rows *rows = NULL;
    if (!tx_begin(&tx, store, TX_READ, NULL, arena, err))
        return false;
    tx_run(&tx, QUERY_AUTH_KEYS, &rows, param_time(now));
    if (!tx_flush(&tx))
        return false;
    load(auth, arena, rows);
    return true;
}

/* Under the lock that makes it one process at a time; what was read in the same transaction decides whether a key is
 * due. */
static bool rotate(struct tx *tx, struct auth *auth, int64_t now, bool force)
{
    const struct rows *rows = NULL;
    struct auth_key key;
    tx_run(tx, QUERY_AUTH_PURGE, NULL, param_time(now));
    if (force)
        tx_run(tx, QUERY_AUTH_KEYS_RETIRE, NULL, param_time(now),
               param_time(now + (AUTH_TOKEN_SECONDS + AUTH_KEY_MARGIN_SECONDS) * SECOND));
    tx_run(tx, QUERY_AUTH_KEYS, &rows, param_time(now));
    if (!tx_flush(tx))
        return false;
    load(auth, tx->arena, rows);
    int64_t last = auth_keys_last(auth);
    if (last >= now + AUTH_KEY_AHEAD_SECONDS * SECOND)
        return tx_commit(tx);
    if (!auth_key_new(auth, now, last > now ? last : now, &key))
        return error_set(tx->err, ERROR_INTERNAL, TEXT_AUTH_SIGNING_UNAVAILABLE);
    tx_run(tx, QUERY_AUTH_KEY_ADD, NULL, param_text(key.kid),
           param_text(auth_hex(tx->arena, key.sealed, key.sealed_length)), param_text(key.public_pem),
           param_time(key.created_at), param_time(key.signs_until), param_time(key.verifies_until));
    tx_run(tx, QUERY_AUTH_KEYS, &rows, param_time(now));
    if (!tx_commit(tx))
        return false;
    load(auth, tx->arena, rows);
    log_event(LOG_INFO, "signing_key_made", LOG_S("kid", key.kid));
    return true;
}

bool service_auth_rotate(struct store *store, struct auth *auth, int64_t now, bool force)
{
    struct arena *arena = arena_new(16384);
    struct error err = {.language = TEXT_EN, .arena = arena};
    struct tx tx = {0};
    bool done = tx_begin(&tx, store, TX_WRITE, NULL, arena, &err);
    if (done) {
        /* Two processes that start at once make one key, not two. */
        tx_run(&tx, QUERY_AUTH_KEYS_LOCK, NULL);
        done = tx_flush(&tx) && rotate(&tx, auth, now, force);
        tx_end(&tx);
    }
    if (!done)
        log_event(LOG_ERROR, "signing_key_rotation_failed", LOG_S("reason", err.detail), LOG_S("where", err.where));
    arena_free(arena);
    return done;
}
