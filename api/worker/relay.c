#include "worker/relay.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "http/http.h"
#include "service/idempotency.h"
#include "service/service_auth.h"
#include "service/status_cache.h"
#include "store/store.h"

#define SECOND_US INT64_C(1000000)
#define HOUR_US (3600 * SECOND_US)

struct relay {
    struct app *app;
    struct store *store;
    pthread_t thread;
    atomic_bool stopping;
    atomic_int_least64_t last_tick;
    int64_t position;            /* events up to here are known to this process's caches */
    bool positioned, failing;
    int64_t next_refresh, next_rotate, next_purge; /* monotonic µs */
};

/* Sees every request and no note: what caches hold. */
static const struct actor relay_actor = {.role = ROLE_NONE, .principal = "system", .staff = true, .all_bodies = true};

/* Numbers what has committed. False when the database did not answer. */
static bool number_events(struct relay *relay, struct arena *arena, struct error *err)
{
    tx_auto struct tx tx = {0};
    if (!tx_begin(&tx, relay->store, TX_WRITE, &relay_actor, arena, err))
        return false;
    tx_query(&tx, QUERY_EVENT_RELAY, NULL, 0, NULL);
    return tx_commit(&tx);
}

/* At the start nothing is cached, so that what happened before matters to nobody. */
static bool find_position(struct relay *relay, struct arena *arena, struct error *err)
{
    tx_auto struct tx tx = {0};
    const struct rows *rows = NULL;
    if (!tx_begin(&tx, relay->store, TX_READ, &relay_actor, arena, err))
        return false;
    tx_query(&tx, QUERY_EVENT_HEAD, NULL, 0, &rows);
    if (!tx_flush(&tx))
        return false;
    relay->position = rows_number(rows, 0, 0);
    relay->positioned = true;
    status_cache_forget_all(relay->app->cache);
    return true;
}

/* Forgets what changed since the last tick; *ret_news: something did. */
static bool tell_changes(struct relay *relay, struct arena *arena, struct error *err, bool *ret_news)
{
    tx_auto struct tx tx = {0};
    const struct rows *rows = NULL;
    if (!tx_begin(&tx, relay->store, TX_READ, &relay_actor, arena, err))
        return false;
    tx_run(&tx, QUERY_EVENT_CHANGED_SINCE, &rows, param_number(relay->position));
    if (!tx_flush(&tx))
        return false;
    for (size_t row = 0; row < rows_count(rows); row++) {
        status_cache_forget(relay->app->cache, rows_text(rows, row, 1));
        relay->position = rows_number(rows, row, 0);
    }
    *ret_news = rows_count(rows) > 0;
    if (*ret_news && relay->app->server)
        http_wake_all(relay->app->server);
    return true;
}

static bool purge_keys(struct relay *relay, struct arena *arena, struct error *err)
{
    tx_auto struct tx tx = {0};
    if (!tx_begin(&tx, relay->store, TX_WRITE, &relay_actor, arena, err))
        return false;
    tx_run(&tx, QUERY_IDEMPOTENCY_PURGE, NULL, param_time(clock_now(relay->app->clock) - IDEMPOTENCY_HOURS * HOUR_US));
    return tx_commit(&tx);
}

/* What comes round less often than events do. */
static bool keep_house(struct relay *relay, struct arena *arena, struct error *err)
{
    int64_t now = clock_monotonic();
    if (now >= relay->next_refresh) {
        relay->next_refresh = now + SECOND_US;
        if (!directory_refresh(relay->app->directory, relay->store, err))
            return false;
    }
    if (now >= relay->next_rotate) {
        relay->next_rotate = now + 60 * SECOND_US;
        if (!service_auth_rotate(relay->store, relay->app->auth, clock_now(relay->app->clock), false))
            return false;
    }
    if (now >= relay->next_purge) {
        relay->next_purge = now + HOUR_US;
        return purge_keys(relay, arena, err);
    }
    return true;
}

static bool tick(struct relay *relay, struct arena *arena, bool *ret_news)
{
    struct error err = {.language = TEXT_EN, .arena = arena};
    bool done = keep_house(relay, arena, &err) && (relay->positioned || find_position(relay, arena, &err))
                && number_events(relay, arena, &err) && tell_changes(relay, arena, &err, ret_news);
    if (done)
        atomic_store(&relay->last_tick, clock_monotonic());
    if (done == relay->failing) /* said once, not fifty times a second */
        log_event(done ? LOG_INFO : LOG_ERROR, done ? "relay_recovered" : "relay_failed",
                  LOG_S("kind", done ? "" : error_kind_info(err.kind)->slug), LOG_S("where", err.where));
    relay->failing = !done;
    if (!done) /* other processes went on meanwhile, and we did not hear of it */
        relay->positioned = false;
    return done;
}

static void sleep_ms(int ms)
{
    struct timespec span = {ms / 1000, (ms % 1000) * 1000000L};
    nanosleep(&span, NULL);
}

static void *run(void *data)
{
    struct relay *relay = data;
    struct arena *arena = arena_new(64 * 1024);
    while (!atomic_load(&relay->stopping)) {
        bool news = false;
        bool done = tick(relay, arena, &news);
        arena_reset(arena);
        sleep_ms(done ? relay->app->config->relay_ms : 200);
    }
    arena_free(arena);
    return NULL;
}

struct relay *relay_start(struct app *app, struct store *store)
{
    struct relay *relay = calloc(1, sizeof *relay);
    if (!relay)
        abort();
    relay->app = app;
    relay->store = store;
    if (pthread_create(&relay->thread, NULL, run, relay) != 0)
        abort();
    return relay;
}

void relay_stop(struct relay *relay)
{
    if (!relay)
        return;
    atomic_store(&relay->stopping, true);
    pthread_join(relay->thread, NULL);
    store_free(relay->store);
    free(relay);
}

int64_t relay_last_tick(const struct relay *relay)
{
    return relay ? atomic_load(&((struct relay *)(uintptr_t)relay)->last_tick) : 0;
}
