/* Firing what is due, batch after batch, and leaving room for people. Each thread that does so has one of these. */
#ifndef OAM_WORKER_FIRING_H
#define OAM_WORKER_FIRING_H

#include "service/app.h"
#include "service/call.h"
#include "service/timer.h"

struct firing {
    struct app *app;
    struct store *store; /* owned by the thread */
    struct timer_place place;
    size_t batch; /* timers claimed at once; follows what a transaction takes */
    size_t alone; /* rounds of one timer to come */
    int64_t next_sweep;
    uint_fast64_t uses; /* of the service by people, when last looked at */
    int64_t people_at;  /* monotonic µs when that had moved */
};

struct firing firing_new(struct app *app, struct store *store);

/* What a call of the worker's needs; err is the caller's. */
struct call firing_call(const struct firing *firing, struct arena *arena, struct error *err);

/* Whether people have used the service since the last look, or within half a second of it. */
bool firing_people_work(struct firing *firing);

/* After a transaction of `took` µs that fired so many timers: the next batch is as large as suits, and while people
   work the caller rests as long as it worked. */
void firing_pace(struct firing *firing, size_t fired, int64_t took);

/* After work of so many µs: rests as long while people work. */
void firing_yield(struct firing *firing, int64_t took);

/* One batch. *ret_more: there may be more that is due. False: nothing was done, and it is of no use to try at once. */
bool firing_batch(struct firing *firing, struct arena *arena, bool *ret_more);

#endif
