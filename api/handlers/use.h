/* From a request to a use of the service layer, and from its reply to an answer. */
#ifndef OAM_HANDLERS_USE_H
#define OAM_HANDLERS_USE_H

#include "http/http.h"
#include "service/app.h"
#include "service/call.h"

/* What a service function needs of this request. False with UNAVAILABLE before the directory's first load. */
bool use_call(struct context *ctx, struct error *err, struct call *ret);

/* The same for who is asking, which is known without what everybody asks about. */
struct call use_call_without_directory(struct context *ctx, struct error *err);

/* Answers a reply: status, Location, ETag, Idempotency-Replayed. */
bool use_respond(struct context *ctx, const struct reply *reply);

#endif
