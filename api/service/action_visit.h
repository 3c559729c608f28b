/* What every change of an action has in common, its money and its material included: the request is held, who asks may
   keep it, a function of the database decides, and the answer is kept under the key. */
#ifndef OAM_SERVICE_ACTION_VISIT_H
#define OAM_SERVICE_ACTION_VISIT_H

#include "service/request_change.h"

#define ACTION_ANY_VERSION (-1)

struct action_visit {
    struct tx tx;
    struct idempotency key;
    struct request request;
    const char *uid;         /* of the action; NULL: there is none yet */
    int64_t hold;            /* its number, whose item's unit may keep it too; 0: it is not about one */
    const char *milestone;   /* its key, where it is one that has to be there */
    const struct rows *rows; /* what the database answered: (version, broken, view) */
};
#define action_visit_auto __attribute__((cleanup(action_visit_leave)))

/* False when there is nothing left to do, which ret->replayed tells from a failure. */
bool action_visit_begin(struct action_visit *visit, const struct call *call, const char *ref, int64_t version,
                        struct reply *ret);

/* After the door was queued into visit->rows. `subject`: where what is wrong with the whole is wrong. */
bool action_visit_end(struct action_visit *visit, const struct call *call, int status, const char *subject,
                      const char *location, struct reply *ret);

void action_visit_leave(struct action_visit *visit);

/* 404; always false. */
bool action_not_found(const struct call *call, const char *ref);

#endif
