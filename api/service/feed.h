/* The feed from inside: numbering what has committed, and telling this process what changed. For the relay. */
#ifndef OAM_SERVICE_FEED_H
#define OAM_SERVICE_FEED_H

#include "service/app.h"

/* Numbers the events that have become visible; passes by, and *ret_all is false, when another process is at it.
 *ret_access: the last change of what clients may do (service_auth_hear). False when the database failed. */
bool feed_number(struct store *store, struct arena *arena, struct error *err, bool *ret_all, int64_t *ret_access);

/* The position of the last numbered event. */
bool feed_head(struct store *store, struct arena *arena, struct error *err, int64_t *ret_position);

/* Forgets in `cache` every request with an event after *position, adds the events to `ring`, and moves *position there.
 * *ret_count: how many events. */
bool feed_tell_changed(struct store *store, struct answer_cache *cache, struct feed_ring *ring, struct arena *arena,
                       struct error *err, int64_t *position, size_t *ret_count);

#endif
