/* Many requests at once, by ref: from memory what it knows, from the database the rest in one round trip. */
#ifndef OAM_SERVICE_REQUEST_MANY_H
#define OAM_SERVICE_REQUEST_MANY_H

#include "model/selection.h"
#include "service/answer_cache.h"
#include "service/call.h"

struct request_part {
    const char *bytes; /* JSON; NULL: not read, or not for the caller */
    size_t length;
};

/* One of many. */
struct request_slot {
    const char *ref;
    int64_t version; /* the status is to be of this one, to fit what is there of the request; 0: of any */
    uint64_t ticket;
    struct request_part status, request; /* request: a summary, or more */
};

/* Fills the statuses, and with `with_request` the requests too, both of one version; what was there of the request
   stays where memory knows the status of that version. */
bool request_slots_fill(const struct call *call, struct request_slot *slots, size_t count, bool with_request);

/* Writes a StatusList of `refs`, in their order, and what is missing; `selection` NULL: the whole statuses. */
bool request_status_many(const struct call *call, const char **refs, size_t count, const struct selection *selection,
                         struct json_out *out);

#endif
