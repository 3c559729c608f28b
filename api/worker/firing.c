#include "worker/firing.h"

#include <time.h>

#define SECOND_US       INT64_C(1000000)
#define SWEEP_US        (5 * SECOND_US) /* a claim starts from the beginning of the queue at least this often */
#define BATCH_PEOPLE_US INT64_C(10000)  /* what a batch may take while people work: rows are held for so long … */
#define BATCH_ALONE_US  INT64_C(40000)  /* … and while nobody does */
#define BATCH_MIN       10
#define PEOPLE_US       (SECOND_US / 2) /* who asked so lately is still at work */

struct firing firing_new(struct app *app, struct store *store)
{
    return (struct firing){.app = app, .store = store, .batch = (size_t)app->config->worker_batch};
}

struct call firing_call(const struct firing *firing, struct arena *arena, struct error *err)
{
    struct app *app = firing->app;
    return (struct call){
        .store = firing->store,
        .arena = arena,
        .actor = &actor_system,
        .directory = directory_use(app->directory, arena),
        .auth = app->auth,
        .cache = app->cache,
        .err = err,
        .now = clock_now(app->clock),
        .language = TEXT_EN,
    };
}

/* ---- yielding to people ---- */

bool firing_people_work(struct firing *firing)
{
    int64_t now = clock_monotonic();
    uint_fast64_t uses = atomic_load_explicit(&firing->app->uses, memory_order_relaxed);
    if (uses != firing->uses)
        firing->people_at = now;
    firing->uses = uses;
    return now - firing->people_at < PEOPLE_US && firing->people_at != 0;
}

static void rest(int64_t us)
{
    struct timespec span = {us / SECOND_US, (long)(us % SECOND_US) * 1000};
    nanosleep(&span, NULL);
}

void firing_yield(struct firing *firing, int64_t took)
{
    if (firing_people_work(firing))
        rest(took);
}

static size_t least_batch(const struct firing *firing)
{
    size_t most = (size_t)firing->app->config->worker_batch;
    return most < BATCH_MIN ? most : BATCH_MIN;
}

/* A batch that took long gets smaller, one that was quick grows: rows are held for a few milliseconds, whatever the
   machine. Then the database is left to the others for a while. */
void firing_pace(struct firing *firing, size_t fired, int64_t took)
{
    size_t most = (size_t)firing->app->config->worker_batch;
    bool people = firing_people_work(firing);
    if (took > (people ? BATCH_PEOPLE_US : BATCH_ALONE_US))
        firing->batch = firing->batch / 2 < least_batch(firing) ? least_batch(firing) : firing->batch / 2;
    else if (fired >= firing->batch)
        firing->batch = firing->batch + BATCH_MIN > most ? most : firing->batch + BATCH_MIN;
    if (people)
        rest(took);
}

/* ---- timers ---- */

static void add(atomic_int_fast64_t *counter, size_t n)
{
    (void)atomic_fetch_add_explicit(counter, (int_fast64_t)n, memory_order_relaxed);
}

static void count_round(struct firing *firing, const struct timer_round *round)
{
    struct runtime_counters *counters = &firing->app->runtime;
    add(&counters->timers_claimed, round->claimed);
    add(&counters->timers_fired, round->fired);
    add(&counters->timers_stale, round->stale + round->dropped);
    add(&counters->timers_failed, round->refused);
}

/* The whole batch was undone. One by one, all but the one that is to blame will do; that one waits. */
static bool blame(struct firing *firing, const struct call *call, const struct timer_round *round, size_t limit)
{
    enum error_kind kind = call->err->kind;
    if (kind == ERROR_UNAVAILABLE || kind == ERROR_DEADLINE || round->claimed == 0) {
        firing->batch = least_batch(firing); /* somebody else was in the way, or the database is gone */
        return false;
    }
    firing->place = (struct timer_place){0};
    if (limit > 1) {
        firing->alone = limit;
        return true;
    }
    struct error own = {.language = TEXT_EN, .arena = call->arena};
    struct call again = *call;
    again.err = &own;
    add(&firing->app->runtime.timers_failed, 1);
    return timer_give_up(&again, &round->last, call->err);
}

/* What is to be met again, or is the last there is: the next claim starts from the beginning of the queue. */
static void move_on(struct firing *firing, const struct timer_round *round, size_t limit)
{
    if (round->alone > 0)
        firing->alone = round->alone;
    if (round->alone > 0 || round->claimed < limit)
        firing->place = (struct timer_place){0};
}

bool firing_batch(struct firing *firing, struct arena *arena, bool *ret_more)
{
    struct error err = {.language = TEXT_EN, .arena = arena};
    struct call call = firing_call(firing, arena, &err);
    struct timer_round round;
    int64_t begin = clock_monotonic();
    size_t limit = firing->alone > 0 ? 1 : firing->batch;
    *ret_more = false;
    if (!call.directory)
        return false;
    if (begin >= firing->next_sweep) {
        firing->next_sweep = begin + SWEEP_US;
        firing->place = (struct timer_place){0};
    }
    bool fired = timer_fire(&call, &firing->place, limit, &round);
    if (firing->alone > 0)
        firing->alone--;
    count_round(firing, &round);
    *ret_more = round.claimed >= limit || round.left > 0 || round.alone > 0;
    if (!fired)
        return blame(firing, &call, &round, limit);
    move_on(firing, &round, limit);
    if (round.claimed > 0)
        firing_pace(firing, round.fired, clock_monotonic() - begin);
    return true;
}
