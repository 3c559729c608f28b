/* Sends events to webhooks, beside everything else: a receiver that hangs holds up nobody but itself. */
#ifndef OAM_WORKER_SENDER_H
#define OAM_WORKER_SENDER_H

#include "service/app.h"

struct sender;
struct store;

/* Starts its thread, which owns the store from now on. */
struct sender *sender_start(struct app *app, struct store *store);

/* Waits for its thread, at most as long as a receiver may take. NULL is fine. */
void sender_stop(struct sender *sender);

#endif
