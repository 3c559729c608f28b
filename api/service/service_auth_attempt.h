/* One attempt to log in, and what it costs when it fails. */
#ifndef OAM_SERVICE_SERVICE_AUTH_ATTEMPT_H
#define OAM_SERVICE_SERVICE_AUTH_ATTEMPT_H

#include "auth/throttle.h"
#include "service/call.h"

struct attempt {
    unsigned char
        subjects[2][THROTTLE_SUBJECT_SIZE]; /* who is guessed, where from; the same twice when only one is known */
    size_t n_subjects;
    bool was_failing; /* the database holds failures of the first */
};

/* Reserves the attempt in memory. False with TOO_MANY_REQUESTS. */
bool attempt_begin(const struct call *call, struct attempt *attempt);

/* Queues the question what other processes saw; attempt_allowed reads the answer, after the flush. False with
   TOO_MANY_REQUESTS. */
void attempt_ask(const struct call *call, const struct attempt *attempt, struct tx *tx, const struct rows **ret_rows);
bool attempt_allowed(const struct call *call, struct attempt *attempt, const struct rows *rows);

/* It came to nothing for a reason that is not the caller's: does not count. Always false. */
bool attempt_undo(const struct call *call, const struct attempt *attempt);

/* It failed: written down for all processes. False with the error of the database. */
bool attempt_failed(const struct call *call, const struct attempt *attempt);

/* It succeeded: the subject's failures are forgotten (in `tx`, in the database), the address's are not. */
void attempt_succeeded(const struct call *call, const struct attempt *attempt, struct tx *tx);

#endif
