#include "worker/worker.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "base/bell.h"
#include "base/log.h"
#include "service/absence.h"
#include "service/migration.h"
#include "service/outbox.h"
#include "service/recount.h"
#include "service/timer.h"

#define MS_US           INT64_C(1000)
#define SECOND_US       INT64_C(1000000)
#define POLL_MIN_MS     20
#define POLL_MAX_MS     500
#define SWEEP_US        (5 * SECOND_US) /* a claim starts from the beginning of the queue at least this often */
#define FIGURES_US      (5 * SECOND_US)
#define BATCH_PEOPLE_US (10 * MS_US) /* what a batch may take while people work: rows are held for so long … */
#define BATCH_ALONE_US  (40 * MS_US) /* … and while nobody does */
#define BATCH_MIN       10
#define PEOPLE_US       (SECOND_US / 2) /* who asked so lately is still at work */
#define SHARE_PEOPLE    1               /* rest as long as this many batches took, while people work … */
#define SHARE_ALONE     0               /* … and while nobody does */

struct worker {
    struct app *app;
    struct store *store;
    struct bell *bell;
    pthread_t thread;
    atomic_bool stopping;
    struct timer_place place;
    size_t batch; /* timers claimed at once; follows what a transaction takes */
    size_t alone; /* rounds of one timer to come */
    bool failing;
    int64_t next_sweep, next_figures, next_absences, next_recount, next_migrations; /* monotonic µs */
    uint_fast64_t uses; /* of the service by people, when last looked at */
    int64_t people_at;  /* monotonic µs when that had moved */
};

static void add(atomic_int_fast64_t *counter, size_t n)
{
    (void)atomic_fetch_add_explicit(counter, (int_fast64_t)n, memory_order_relaxed);
}

static struct call call_of(struct worker *worker, struct arena *arena, struct error *err)
{
    return (struct call){
        .store = worker->store,
        .arena = arena,
        .actor = &actor_system,
        .directory = directory_use(worker->app->directory, arena),
        .auth = worker->app->auth,
        .cache = worker->app->cache,
        .err = err,
        .now = clock_now(worker->app->clock),
        .language = TEXT_EN,
    };
}

/* ---- yielding to people ---- */

static bool people_work(struct worker *worker, int64_t now)
{
    uint_fast64_t uses = atomic_load_explicit(&worker->app->uses, memory_order_relaxed);
    if (uses != worker->uses)
        worker->people_at = now;
    worker->uses = uses;
    return now - worker->people_at < PEOPLE_US && worker->people_at != 0;
}

static void rest(int64_t us)
{
    struct timespec span = {us / SECOND_US, (long)(us % SECOND_US) * 1000};
    nanosleep(&span, NULL);
}

static size_t least_batch(const struct worker *worker)
{
    size_t most = (size_t)worker->app->config->worker_batch;
    return most < BATCH_MIN ? most : BATCH_MIN;
}

/* A batch that took long gets smaller, one that was quick grows: rows are held for a few milliseconds, whatever the
   machine. Then the database is left to the others for a while. */
static void pace(struct worker *worker, size_t fired, int64_t took)
{
    size_t most = (size_t)worker->app->config->worker_batch;
    bool people = people_work(worker, clock_monotonic());
    if (took > (people ? BATCH_PEOPLE_US : BATCH_ALONE_US))
        worker->batch = worker->batch / 2 < least_batch(worker) ? least_batch(worker) : worker->batch / 2;
    else if (fired >= worker->batch)
        worker->batch = worker->batch + BATCH_MIN > most ? most : worker->batch + BATCH_MIN;
    int share = people ? SHARE_PEOPLE : SHARE_ALONE;
    if (share > 0)
        rest(took * share);
}

/* ---- timers ---- */

static void count_round(struct worker *worker, const struct timer_round *round)
{
    struct runtime_counters *counters = &worker->app->runtime;
    add(&counters->timers_claimed, round->claimed);
    add(&counters->timers_fired, round->fired);
    add(&counters->timers_stale, round->stale + round->dropped);
    add(&counters->timers_failed, round->refused);
}

/* The whole batch was undone. One by one, all but the one that is to blame will do; that one waits. */
static bool blame(struct worker *worker, const struct call *call, const struct timer_round *round, size_t limit)
{
    enum error_kind kind = call->err->kind;
    if (kind == ERROR_UNAVAILABLE || kind == ERROR_DEADLINE || round->claimed == 0) {
        worker->batch = least_batch(worker); /* somebody else was in the way, or the database is gone */
        return false;
    }
    worker->place = (struct timer_place){0};
    if (limit > 1) {
        worker->alone = limit;
        return true;
    }
    struct error own = {.language = TEXT_EN, .arena = call->arena};
    struct call again = *call;
    again.err = &own;
    add(&worker->app->runtime.timers_failed, 1);
    return timer_give_up(&again, &round->last, call->err->where);
}

/* One batch. *ret_more: there may be more that is due. */
static bool fire_batch(struct worker *worker, struct arena *arena, bool *ret_more)
{
    struct error err = {.language = TEXT_EN, .arena = arena};
    struct call call = call_of(worker, arena, &err);
    struct timer_round round;
    int64_t begin = clock_monotonic();
    size_t limit = worker->alone > 0 ? 1 : worker->batch;
    *ret_more = false;
    if (!call.directory)
        return false;
    if (begin >= worker->next_sweep) {
        worker->next_sweep = begin + SWEEP_US;
        worker->place = (struct timer_place){0};
    }
    bool fired = timer_fire(&call, &worker->place, limit, &round);
    if (worker->alone > 0)
        worker->alone--;
    count_round(worker, &round);
    *ret_more = round.claimed >= limit || round.left > 0 || round.alone > 0;
    if (!fired)
        return blame(worker, &call, &round, limit);
    if (round.alone > 0) {
        worker->alone = round.alone;
        worker->place = (struct timer_place){0};
    }
    if (round.claimed < limit)
        worker->place = (struct timer_place){0};
    if (round.claimed > 0)
        pace(worker, round.fired, clock_monotonic() - begin);
    return true;
}

static bool fire_due(struct worker *worker, struct arena *arena, size_t *ret_rounds)
{
    bool more = true;
    *ret_rounds = 0;
    while (more && !atomic_load(&worker->stopping)) {
        arena_reset(arena);
        if (!fire_batch(worker, arena, &more))
            return false;
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
    struct call call = call_of(worker, arena, &err);
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
    struct call call = call_of(worker, arena, &err);
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
    struct call call = call_of(worker, arena, &err);
    int64_t begin = clock_monotonic();
    *ret_count = 0;
    if (begin < worker->next_recount)
        return true;
    if (!call.directory || !recount_apply(&call, ret_count))
        return false;
    if (*ret_count == 0)
        worker->next_recount = begin + SECOND_US / 2;
    else
        pace(worker, 0, clock_monotonic() - begin);
    return true;
}

/* Requests that go on under another version of their procedure: people go first, as with timers. */
static bool migrations(struct worker *worker, struct arena *arena, size_t *ret_count)
{
    struct error err = {.language = TEXT_EN, .arena = arena};
    struct call call = call_of(worker, arena, &err);
    int64_t clock = clock_monotonic();
    *ret_count = 0;
    if (clock < worker->next_migrations)
        return true;
    if (!call.directory || !migration_apply(&call, ret_count))
        return false;
    if (*ret_count == 0)
        worker->next_migrations = clock + SECOND_US;
    else if (people_work(worker, clock_monotonic()))
        rest(clock_monotonic() - clock);
    return true;
}

static bool figures(struct worker *worker, struct arena *arena)
{
    struct error err = {.language = TEXT_EN, .arena = arena};
    struct call call = call_of(worker, arena, &err);
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

struct worker *worker_start(struct app *app, struct store *store)
{
    struct worker *worker = calloc(1, sizeof *worker);
    if (!worker)
        abort();
    worker->app = app;
    worker->store = store;
    worker->bell = app->bell;
    worker->batch = (size_t)app->config->worker_batch;
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
    store_free(worker->store);
    free(worker);
}
