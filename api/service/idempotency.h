/* Idempotency-Key (the IETF draft's rules): the answer is kept in the transaction of the effect, for 24 hours, and
   given again to whoever repeats the request; principals do not share keys. */
#ifndef OAM_SERVICE_IDEMPOTENCY_H
#define OAM_SERVICE_IDEMPOTENCY_H

#include "service/call.h"

#define IDEMPOTENCY_HOURS 24

struct idempotency {
    char hash[65]; /* hex SHA-256 of route, target and body */
    const struct rows *lock, *found;
};

/* Queues the lock and the look-up of the key; does nothing when the call has no key. */
void idempotency_queue(struct idempotency *key, struct tx *tx, const struct call *call);

enum idempotency_outcome { IDEMPOTENCY_FRESH, IDEMPOTENCY_REPLAY, IDEMPOTENCY_REFUSED };
/* After the flush: FRESH: go on; REPLAY: `ret` is the answer of the first time; REFUSED: in flight, or reused for
   something else (err says which). */
enum idempotency_outcome idempotency_check(const struct idempotency *key, const struct call *call, struct reply *ret);

/* Queues keeping `reply` beside its effect. */
void idempotency_keep(const struct idempotency *key, struct tx *tx, const struct call *call, const struct reply *reply);

/* Forgets the keys older than IDEMPOTENCY_HOURS. */
bool idempotency_purge(struct store *store, int64_t now, struct arena *arena, struct error *err);

#endif
