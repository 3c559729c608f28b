/* The relay: one thread in every process that numbers committed events (whichever process comes first), forgets what
   they changed in the caches, wakes who waits for them, and keeps directory and keys fresh. No NOTIFY: it halves
   writes. */
#ifndef OAM_WORKER_RELAY_H
#define OAM_WORKER_RELAY_H

#include "service/app.h"

struct relay;

/* Starts the thread with a connection of its own (owned by the relay). Caller stops. */
struct relay *relay_start(struct app *app, struct store *store);
void relay_stop(struct relay *relay);

#endif
