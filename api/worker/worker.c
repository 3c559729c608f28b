#include "worker/worker.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/bell.h"
#include "base/log.h"
#include "service/absence.h"
#include "service/migration.h"
#include "service/outbox.h"
#include "service/recount.h"
#include "worker/firing.h"
#include "worker/helper.h"

#define SECOND_US   INT64_C(1000000)
#define POLL_MIN_MS 20
#define POLL_MAX_MS 500
#define FIGURES_US  (5 * SECOND_US)

struct worker {
    struct app *app;
    struct firing firing;
    struct helper *helper;
    struct bell *bell;
    pthread_t thread;
    atomic_bool stopping;
    bool failing;
    int64_t next_figures, next_absences, next_recount, next_migrations; /* monotonic µs */
};

static void add(atomic_int_fast64_t *counter, size_t n)
{
    (void)atomic_fetch_add_explicit(counter, (int_fast64_t)n, memory_order_relaxed);
}

/* ---- timers ---- */

static bool fire_due(struct worker *worker, struct arena *arena, size_t *ret_rounds)
{
    bool more = true;
    *ret_rounds = 0;
    while (more && !atomic_load(&worker->stopping)) {
        arena_reset(arena);
        if (!firing_batch(&worker->firing, arena, &more))
            return false;
        if (more)
            helper_call(worker->helper);
        *ret_rounds += 1;
        if (*ret_rounds % 16 == 0) /* what is to leave the house does not wait for a flood to end */
            return true;
    }
    return true;
}

/* ---- effects ---- */

static bool deliver(struct worker *worker, struct arena *arena, size_t *ret_count)
{
    struct error err = {.language = TEXT_EN, .arena = arena};
    struct call call = firing_call(&worker->firing, arena, &err);
    const char *outside = *worker->app->config->smtp_url ? "{email}" : "{}";
    if (!outbox_settle(&call, outside, (size_t)worker->app->config->worker_batch, ret_count))
        return false;
    add(&worker->app->runtime.effects_done, *ret_count);
    return true;
}

/* Who went away or came back: looked at once a second, since it goes by days; what there is to do goes on at once. */
static bool absences(struct worker *worker, struct arena *arena, size_t *ret_count)
{
    struct error err = {.language = TEXT_EN, .arena = arena};
    struct call call = firing_call(&worker->firing, arena, &err);
    int64_t clock = clock_monotonic();
    *ret_count = 0;
    if (clock < worker->next_absences)
        return true;
    if (!call.directory || !absence_apply(&call, ret_count))
        return false;
    if (*ret_count == 0)
        worker->next_absences = clock + SECOND_US;
    return true;
}

/* What a corrected calendar has touched: looked at twice a second, and without a pause while there is any. */
static bool recounts(struct worker *worker, struct arena *arena, size_t *ret_count)
{
    struct error err = {.language = TEXT_EN, .arena = arena};
    struct call call = firing_call(&worker->firing, arena, &err);
    int64_t begin = clock_monotonic();
    *ret_count = 0;
    if (begin < worker->next_recount)
        return true;
    if (!call.directory || !recount_apply(&call, ret_count))
        return false;
    if (*ret_count == 0)
        worker->next_recount = begin + SECOND_US / 2;
    else
        firing_pace(&worker->firing, 0, clock_monotonic() - begin);
    return true;
}

/* Requests that go on under another version of their procedure: people go first, as with timers. */
static bool migrations(struct worker *worker, struct arena *arena, size_t *ret_count)
{
    struct error err = {.language = TEXT_EN, .arena = arena};
    struct call call = firing_call(&worker->firing, arena, &err);
    int64_t clock = clock_monotonic();
    *ret_count = 0;
    if (clock < worker->next_migrations)
        return true;
    if (!call.directory || !migration_apply(&call, ret_count))
        return false;
    if (*ret_count == 0)
        worker->next_migrations = clock + SECOND_US;
    else
        firing_yield(&worker->firing, clock_monotonic() - clock);
    return true;
}

static bool figures(struct worker *worker, struct arena *arena)
{
    struct error err = {.language = TEXT_EN, .arena = arena};
    struct call call = firing_call(&worker->firing, arena, &err);
    struct runtime_figures now;
    int64_t clock = clock_monotonic();
    if (clock < worker->next_figures)
        return true;
    worker->next_figures = clock + FIGURES_US;
    if (!outbox_figures(&call, &now))
        return false;
    struct runtime_counters *told = &worker->app->runtime;
    atomic_store(&told->timers_due, now.timers_due);
    atomic_store(&told->timer_lag_us, now.timer_lag_us);
    atomic_store(&told->outbox_queued, now.outbox_queued);
    atomic_store(&told->outbox_age_us, now.outbox_age_us);
    atomic_store(&told->incidents_open, now.incidents_open);
    return true;
}

/* ---- the thread ---- */

static bool tick(struct worker *worker, struct arena *arena, bool *ret_worked)
{
    size_t rounds = 0, delivered = 0, away = 0, recounted = 0, taken_over = 0;
    bool done = fire_due(worker, arena, &rounds);
    arena_reset(arena);
    done = deliver(worker, arena, &delivered) && done;
    arena_reset(arena);
    done = absences(worker, arena, &away) && done;
    arena_reset(arena);
    done = recounts(worker, arena, &recounted) && done;
    arena_reset(arena);
    done = migrations(worker, arena, &taken_over) && done;
    arena_reset(arena);
    done = figures(worker, arena) && done;
    arena_reset(arena);
    if (done == worker->failing)
        log_event(done ? LOG_INFO : LOG_WARN, done ? "worker_recovered" : "worker_failed");
    worker->failing = !done;
    *ret_worked = done && (rounds > 1 || delivered > 0 || away > 0 || taken_over > 0 || recounted > 0);
    return done;
}

static void *run(void *data)
{
    struct worker *worker = data;
    struct arena *arena = arena_new(256 * 1024);
    int sleep_ms = POLL_MIN_MS;
    while (!atomic_load(&worker->stopping)) {
        bool worked;
        (void)tick(worker, arena, &worked);
        if (worked) {
            sleep_ms = POLL_MIN_MS;
            continue;
        }
        if (bell_wait(worker->bell, sleep_ms))
            sleep_ms = POLL_MIN_MS;
        else
            sleep_ms = sleep_ms * 2 > POLL_MAX_MS ? POLL_MAX_MS : sleep_ms * 2;
    }
    arena_free(arena);
    return NULL;
}

struct worker *worker_start(struct app *app, struct store *store, struct store *helpers_store)
{
    struct worker *worker = calloc(1, sizeof *worker);
    if (!worker)
        abort();
    worker->app = app;
    worker->firing = firing_new(app, store);
    worker->helper = helper_start(app, helpers_store);
    worker->bell = app->bell;
    if (pthread_create(&worker->thread, NULL, run, worker) != 0)
        abort();
    return worker;
}

void worker_stop(struct worker *worker)
{
    if (!worker)
        return;
    atomic_store(&worker->stopping, true);
    bell_ring(worker->bell);
    pthread_join(worker->thread, NULL);
    helper_stop(worker->helper);
    store_free(worker->firing.store);
    free(worker);
}
