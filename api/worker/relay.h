/* The relay: one thread in every process that numbers committed events (whichever process comes first), forgets what they
   changed in the caches, wakes who waits for them, and keeps directory and keys fresh. No NOTIFY: it halves writes. */
#ifndef OAM_WORKER_RELAY_H
#define OAM_WORKER_RELAY_H

#include <stdint.h>

#include "app.h"

struct relay;

/* Starts the thread with a connection of its own (owned by the relay). Caller stops. */
struct relay *relay_start(struct app *app, struct store *store);
void relay_stop(struct relay *relay);

/* Monotonic µs of the last tick that the database answered; 0 before the first. Old: the database is not there. */
int64_t relay_last_tick(const struct relay *relay);

#endif
