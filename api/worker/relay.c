#include "worker/relay.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "base/bell.h"
#include "base/log.h"
#include "service/feed.h"
#include "service/feed_ring.h"
#include "service/idempotency.h"
#include "service/service_auth.h"
#include "service/answer_cache.h"

#define SECOND_US INT64_C(1000000)
#define HOUR_US   (3600 * SECOND_US)
#define TRUST_US  SECOND_US /* beyond the interval of the relay: GET /requests/{ref}/status promises it */

struct relay {
    struct app *app;
    struct store *store;
    pthread_t thread;
    atomic_bool stopping;
    int64_t position; /* events up to here are known to this process's caches */
    bool positioned, failing, changed_before;
    int64_t access;                                /* what clients may do is known up to that change */
    uint64_t fingerprint;                          /* of the directory that the cached answers were made with */
    int64_t next_refresh, next_rotate, next_purge; /* monotonic µs */
};

/* Answers carry names and labels of the directory: with another directory they are other answers. */
static bool refresh_directory(struct relay *relay, struct arena *arena, struct error *err)
{
    if (!directory_refresh(relay->app->directory, relay->store, err))
        return false;
    const struct directory *dir = directory_use(relay->app->directory, arena);
    bool changed = dir && dir->fingerprint != relay->fingerprint;
    /* Once more at the next look: a request that began with the old directory may have kept its answer since. */
    if (changed || relay->changed_before)
        answer_cache_forget_all(relay->app->cache);
    relay->changed_before = changed;
    if (changed)
        relay->fingerprint = dir->fingerprint;
    return true;
}

/* What comes round less often than events do. */
static bool keep_house(struct relay *relay, struct arena *arena, struct error *err)
{
    int64_t now = clock_monotonic();
    if (now >= relay->next_refresh) {
        relay->next_refresh = now + SECOND_US;
        if (!refresh_directory(relay, arena, err))
            return false;
    }
    if (now >= relay->next_rotate) {
        relay->next_rotate = now + 60 * SECOND_US;
        if (!service_auth_rotate(relay->store, relay->app->auth, clock_now(relay->app->clock), false))
            return false;
    }
    if (now >= relay->next_purge) {
        relay->next_purge = now + HOUR_US;
        return idempotency_purge(relay->store, clock_now(relay->app->clock), arena, err);
    }
    return true;
}

/* At the start nothing is cached, so that what happened before matters to nobody. */
static bool find_position(struct relay *relay, struct arena *arena, struct error *err)
{
    if (relay->positioned)
        return true;
    relay->positioned = feed_head(relay->store, arena, err, &relay->position);
    answer_cache_forget_all(relay->app->cache);
    if (relay->positioned)
        feed_ring_begin(relay->app->feed, relay->position);
    return relay->positioned;
}

static bool tell_changes(struct relay *relay, struct arena *arena, struct error *err)
{
    size_t count;
    if (!feed_tell_changed(relay->store, relay->app->cache, relay->app->feed, arena, err, &relay->position, &count))
        return false;
    if (count > 0) {
        relay->app->wake_readers(relay->app);
        bell_ring(relay->app->news);
    }
    return true;
}

/* Whose rights have changed is asked anew with their next request, and who holds something open for them at once. */
static bool tell_access(struct relay *relay, int64_t access, int64_t began, struct arena *arena, struct error *err)
{
    if (access != relay->access) {
        if (access < relay->access) /* the database was put back: what it numbers now, others had before */
            relay->access = 0;
        if (!service_auth_hear(relay->store, relay->app->auth, &relay->access, arena, err))
            return false;
        relay->access = access > relay->access ? access : relay->access;
        relay->app->wake_readers(relay->app);
    }
    auth_trust(relay->app->auth, began + AUTH_TRUST_SECONDS * SECOND_US);
    return true;
}

/* What is in memory counts for TRUST_US past the next look, and no longer: a database that is frozen, slow or out of
   reach says nothing, and others may go on changing it meanwhile. Past that, who asks is answered from the database or
   not at all. */
static void trust(struct relay *relay, int64_t heard)
{
    answer_cache_trust(relay->app->cache, heard + TRUST_US + relay->app->config->relay_ms * INT64_C(1000));
}

static bool tick(struct relay *relay, struct arena *arena)
{
    struct error err = {.language = TEXT_EN, .arena = arena};
    const int64_t began = clock_monotonic(); /* what was numbered before that, this turn hears of */
    bool all = false;
    int64_t access = 0;
    bool done = keep_house(relay, arena, &err) && find_position(relay, arena, &err) &&
                feed_number(relay->store, arena, &err, &all, &access) &&
                tell_access(relay, access, began, arena, &err) && tell_changes(relay, arena, &err);
    if (done) {
        atomic_store(&relay->app->database_seen, clock_monotonic());
        if (all)
            trust(relay, began);
    }
    if (done == relay->failing) /* said once, not fifty times a second */
        log_event(done ? LOG_INFO : LOG_ERROR, done ? "relay_recovered" : "relay_failed",
                  LOG_S("kind", done ? "" : error_kind_info(err.kind)->slug), LOG_S("where", err.where));
    relay->failing = !done;
    if (!done) { /* other processes go on meanwhile, and we do not hear of it */
        relay->positioned = false;
        feed_ring_lose(relay->app->feed);
    }
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
        bool done = tick(relay, arena);
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
    trust(relay, clock_monotonic());
    auth_trust(app->auth, clock_monotonic() + AUTH_TRUST_SECONDS * SECOND_US);
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
