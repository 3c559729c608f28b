/* The use cases of a request, one transaction each. Every function answers false with call->err set; texts are
   arena-owned. A request beyond the actor's reach and one that does not exist are the same NOT_FOUND. */
#ifndef OAM_SERVICE_REQUEST_SERVICE_H
#define OAM_SERVICE_REQUEST_SERVICE_H

#include "base/json_out.h"
#include "model/request.h"
#include "service/answer_cache.h"
#include "service/call.h"
#include "service/idempotency.h"

/* Files a request (201). */
bool request_file(const struct call *call, const struct request_draft *draft, struct reply *ret);

/* Files or imports up to 100, each judged by itself (200 with a result per item); one transaction for all that are
 * good. */
bool request_file_batch(const struct call *call, const json_t *items, struct reply *ret);

/* Reads one. */
bool request_find(const struct call *call, const char *ref, struct request *ret);

/* Edits a draft that is at `version` (200). */
bool request_edit(const struct call *call, const char *ref, int64_t version, const struct request_patch *patch,
                  struct reply *ret);

/* Performs a transition on a request that is at `version` (200). */
bool request_transition(const struct call *call, const char *ref, int64_t version, const struct transition_input *input,
                        struct reply *ret);

/* Writes the TransitionOffer: every transition of the present state, allowed or why not. */
bool request_transitions(const struct call *call, const char *ref, struct json_out *out, int64_t *ret_version);

/* Asks one more body to take part in a request that is at `version` (200). */
bool request_invite(const struct call *call, const char *ref, int64_t version, const char *code, struct reply *ret);

/* Writes the MemberList: who is named, who was asked, and where each stands. */
bool request_members(const struct call *call, const char *ref, struct json_out *out, int64_t *ret_version);

/* Gives the request to another agent, who must cover the body and be present (200). */
bool request_reassign(const struct call *call, const char *ref, const struct assignment_input *input,
                      struct reply *ret);

/* Writes the Assignment: who has it, and why. */
bool request_assignment(const struct call *call, const char *ref, struct json_out *out, int64_t *ret_version);

/* A request, or its status, in two halves: what is asked may travel with what others ask (tx_flush_together). */
struct request_question {
    struct tx tx;
    const struct rows *rows;
    const char *ref;
    enum answer_kind kind;
    uint64_t ticket;                   /* of the cache */
    const struct selection *selection; /* what of it is wanted; NULL: all */
};
bool request_ask(const struct call *call, const char *ref, enum answer_kind kind, struct request_question *ret);
/* The answer as bytes; what it is cut out of is kept in the cache. */
bool request_answer(const struct call *call, struct request_question *question, const char **ret_bytes,
                    size_t *ret_length, int64_t *ret_version);

/* Keeps a representation of the request in the cache, unless it has been forgotten since the ticket. */
void request_keep(const struct call *call, const struct request *request, enum answer_kind kind, uint64_t ticket,
                  const char *bytes, size_t length);

/* The request of the rows of QUERY_REQUEST_READ, or NOT_FOUND. */
bool request_opened(const struct call *call, const struct rows *rows, const char *ref, struct request *ret);

/* Fills `ret` with the full representation of a changed request. */
void request_reply(const struct call *call, const struct request *request, int status, struct reply *ret);

#endif
