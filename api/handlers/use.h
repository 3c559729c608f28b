/* From a request to a use of the service layer, and from its reply to an answer. */
#ifndef OAM_HANDLERS_USE_H
#define OAM_HANDLERS_USE_H

#include "http/http.h"
#include "service/app.h"
#include "service/call.h"

/* What a service function needs of this request; call->directory is NULL only before the first load, which is then
   UNAVAILABLE (false). */
bool use_call(struct context *ctx, struct error *err, struct call *ret);

/* Answers a reply: status, Location, ETag, Idempotency-Replayed. */
bool use_respond(struct context *ctx, const struct reply *reply);

#endif
