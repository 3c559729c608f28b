/* What edit, transition and reassignment have in common: the request as it was, as it will be, and the write. */
#ifndef OAM_SERVICE_REQUEST_CHANGE_H
#define OAM_SERVICE_REQUEST_CHANGE_H

#include "service/request_course.h"
#include "service/request_service.h"

struct request_change {
    struct request before, after;
    const struct directory_body *body;
    const struct directory_workflow *definition;
    struct request_stand stand; /* before */
    const json_t *voters;       /* who votes where this is a ballot, or NULL */
    const char *type, *event;   /* event type and its data (JSON) */
    bool is_nobodys;            /* the event is the house's own: whose ballot it was is not for everybody */
    const char *explanation;    /* of a reassignment: what is answered instead of the request */
    struct request_follow follow;
};

/* What every change of one request begins with: the look-up of the key and the request as it is, in one round trip.
   False when there is nothing left to do: ret->replayed tells an answer that was given before from a failure. */
bool request_change_begin(struct tx *tx, const struct call *call, struct idempotency *key, const char *ref,
                          struct request *ret_request, struct reply *ret);

/* The same, and nobody else changes it before this transaction ends; *ret_seq: its last event. */
bool request_change_hold(struct tx *tx, const struct call *call, struct idempotency *key, const char *ref,
                         struct request *ret_request, int64_t *ret_seq, struct reply *ret);

/* Resolves body, definition and state of `before`; INTERNAL when the directory does not know them. */
bool request_change_prepare(struct request_change *change, const struct call *call);

/* 412 with the version that is there now unless it is `version`. */
bool request_at_version(const struct call *call, const struct request *request, int64_t version);

/* The reply that tells who has `request` now, and why. */
void request_assignment_reply(const struct call *call, const struct request *request, const char *explanation,
                              struct reply *ret);

/* Queues the write: request, event, and what follows. */
void request_change_queue(const struct request_change *change, struct tx *tx, const struct call *call);

/* The same, and what follows has been judged: false, with each rule of the ledger that it would break, when it cannot
   be. The version is the one that came of it. */
bool request_change_do(struct request_change *change, struct tx *tx, const struct call *call);

/* Whether it can be written together with others: it changes nothing but state, data and what follows. */
bool request_change_joins(const struct request_change *change);
/* Such a change as an element of what QUERY_REQUEST_STEPS takes. */
void request_change_write(const struct request_change *change, struct json_out *out);

/* Queues the step and the key, commits, and forgets the cached status. The reply is `after` in full with one more
 * version. */
bool request_change_commit(struct request_change *change, struct tx *tx, const struct call *call,
                           const struct idempotency *key, struct reply *ret);

#endif
