/* Timers that come due: each is an ordinary step with an event, by the actor `system`. Any number of processes may do
   this at once; the protocol is tests/workflow/spin/timer.pml. */
#ifndef OAM_SERVICE_TIMER_H
#define OAM_SERVICE_TIMER_H

#include "service/call.h"

#define TIMER_BATCH_MAX 200
#define TIMER_TRIES_MAX 12

/* Where the next claim goes on: behind what the last one had, so that it does not read again what is gone but not yet
   vacuumed. Zeroed: from the beginning of the queue. */
struct timer_place {
    int64_t wake_us, request_id;
};

/* One timer, to come back to after its transaction failed. */
struct timer_name {
    int64_t request_id, generation, tries;
    char timer[97];
};

struct timer_round {
    size_t claimed; /* timers that the claim saw */
    size_t fired;   /* steps done */
    size_t dropped; /* their state had been left */
    size_t stale;   /* cancelled or set anew between the claim's snapshot and its lock */
    size_t refused; /* the definition does not let it: an incident now */
    size_t left;    /* to be met again: the second timer of a request, a definition that is not loaded yet */
    size_t alone;   /* … or a step that asks for loads or numbers, which goes alone (limit 1) */
    struct timer_name last;
};

/* Claims up to `limit` timers that are due at call->now (1 to TIMER_BATCH_MAX), fires them, and commits. False when
 * nothing of it was done; ret->last then names the timer that was prepared last, which with a limit of 1 is the one to
 * blame. place moves on in any case. */
bool timer_fire(const struct call *call, struct timer_place *place, size_t limit, struct timer_round *ret);

/* After a transaction of its own failed: again later, or an incident after TIMER_TRIES_MAX tries, or at once where what
   it does is wrong and no time mends it. */
bool timer_give_up(const struct call *call, const struct timer_name *timer, const struct error *cause);

#endif
