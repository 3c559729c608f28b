/* A second pair of hands for a flood of timers: fires batches of its own while nobody else is at work. */
#ifndef OAM_WORKER_HELPER_H
#define OAM_WORKER_HELPER_H

#include "service/app.h"

struct helper;

/* Starts the thread with a store of its own (owned by the helper), which connects when it is first needed. Caller
   stops. */
struct helper *helper_start(struct app *app, struct store *store);
void helper_stop(struct helper *helper);

/* A batch was full: there is more that is due. Any thread may. */
void helper_call(struct helper *helper);

#endif
