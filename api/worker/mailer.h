/* Sends letters through an SMTP server, beside everything else: a server that hangs holds up nobody. */
#ifndef OAM_WORKER_MAILER_H
#define OAM_WORKER_MAILER_H

#include "service/app.h"

struct mailer;
struct store;

/* Starts its thread, which owns the store from now on. */
struct mailer *mailer_start(struct app *app, struct store *store);

/* Waits for its thread, at most as long as a letter may take. NULL is fine. */
void mailer_stop(struct mailer *mailer);

#endif
