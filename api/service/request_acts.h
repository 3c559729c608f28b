/* What a step does to the action that its procedure keeps: opened, moved and accounted for where the definition says
 * so. */
#ifndef OAM_SERVICE_REQUEST_ACTS_H
#define OAM_SERVICE_REQUEST_ACTS_H

#include "model/request.h"
#include "service/call.h"
#include "store/store.h"

/* Queues, behind the write of the step, `acts` of request_follow; nothing for NULL. What the ledger does not allow
   fails the transaction (CONFLICT). */
void request_acts_queue(struct tx *tx, const struct call *call, const struct actor *actor, const char *ref,
                        const char *acts);

/* The same at once, and *version becomes what came of it. False, with a violation of /data for each rule of the ledger
   that would be broken, when the step cannot be. */
bool request_acts_do(struct tx *tx, const struct call *call, const struct actor *actor, const char *ref,
                     const char *acts, int64_t *version);

#endif
