/* A ballot: one voice of a panel. */
#ifndef OAM_SERVICE_REQUEST_BALLOT_H
#define OAM_SERVICE_REQUEST_BALLOT_H

#include "service/request_step.h"

/* The choice that a word stands for; NONE for NULL. */
enum workflow_choice request_ballot_choice(const char *word);

/* Writes what a judged ballot of `input` leads to: for the provider's people an event of its own, which moves no
   version; for everybody, when the panel has come to its end, what it came to. The request's row is held, and `seq` its
   last event. */
bool request_ballot_commit(struct request_change *change, struct request_step *step,
                           const struct transition_input *input, int64_t seq, struct tx *tx, const struct call *call,
                           const struct idempotency *key, struct reply *ret);

#endif
