/* One step of the engine on one request, whoever asks for it: a person's transition or a timer's firing. */
#ifndef OAM_SERVICE_REQUEST_STEP_H
#define OAM_SERVICE_REQUEST_STEP_H

#include "service/request_change.h"
#include "service/request_verdict.h"

struct request_step {
    struct request_verdict verdict;
    const char *event;
    const json_t *data;                  /* what came with it, or NULL */
    const struct directory_body *member; /* whose event it is, of those who take part; NULL: the request's */
    const char *comment;                 /* or NULL */
    bool follows;                        /* from a ballot, which was told before it */
    const char *timer;                   /* what fired, or NULL: a person did */
    int64_t generation, due;             /* of the timer */
    const char *explanation;             /* JSON: why it was assigned to whom, or NULL */
};

/* What the engine may know of the request as it will be: change->after.data has what was sent. */
struct workflow_world request_step_world(const struct request_change *change, const struct call *call,
                                         uint32_t roles_held, uint64_t fields_present);

/* Puts the request where the verdict leads, and everything that follows into change->follow. */
void request_step_apply(struct request_change *change, const struct request_step *step, const struct call *call);

/* Tells whether the step asks the database for more than its own write: a number of the register, somebody to take it.
 */
bool request_step_asks(const struct request_change *change, const struct request_verdict *verdict);

/* Numbers and loads that the effects ask for, in one more round trip, only when they do. */
bool request_step_effects(struct request_change *change, struct request_step *step, struct tx *tx,
                          const struct call *call);

/* Type and data of the step's event. */
void request_step_event(struct request_change *change, const struct request_step *step, const struct call *call);

#endif
