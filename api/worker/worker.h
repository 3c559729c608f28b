/* The worker: one thread in every process that fires what is due and delivers what leaves the house. Any number of
   processes may have one; there is no leader. */
#ifndef OAM_WORKER_WORKER_H
#define OAM_WORKER_WORKER_H

#include "service/app.h"

struct worker;

/* Starts the thread with a connection of its own and one for its helper (owned by the worker). Caller stops. */
struct worker *worker_start(struct app *app, struct store *store, struct store *helpers_store);
void worker_stop(struct worker *worker);

#endif
