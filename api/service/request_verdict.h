/* What the engine says about a request, from where it stands. */
#ifndef OAM_SERVICE_REQUEST_VERDICT_H
#define OAM_SERVICE_REQUEST_VERDICT_H

#include "base/arena.h"
#include "base/json_out.h"
#include "service/request_stand.h"

struct request_verdict {
    bool allowed;
    unsigned to;                     /* where it leads; only when it is allowed */
    struct workflow_reasons reasons; /* when it is not allowed */
    const struct workflow_out *out;  /* the answer as a whole, in the arena; only when it is allowed */
};

/* Decides what happens when a request is born. */
struct request_verdict request_verdict_start(const struct workflow *wf, const struct workflow_world *world,
                                             struct arena *arena);

/* Decides what an event or a timer does; WRONG_STATE where the request stands nowhere that the engine knows. */
struct request_verdict request_verdict_step(const struct workflow *wf, const struct request_stand *stand,
                                            const struct workflow_event *event, const struct workflow_world *world,
                                            struct arena *arena);

/* What somebody does, by the key of an event. */
struct request_deed {
    const char *event;
    struct workflow_value data;
    int64_t body;                /* of a member of an `each`, or 0 */
    enum workflow_choice choice; /* a ballot's */
    bool scored;
    int64_t score;
};

/* The same by a deed; UNKNOWN_EVENT of what the definition has not. */
struct request_verdict request_verdict_deed(const struct workflow *wf, const struct request_stand *stand,
                                            const struct request_deed *deed, const struct workflow_world *world,
                                            struct arena *arena);

/* Lets in those who take part by now; WRONG_STATE where nobody is asked to. */
struct request_verdict request_verdict_admission(const struct workflow *wf, const struct request_stand *stand,
                                                 const struct workflow_world *world, struct arena *arena);

/* Returns a stable word for the first reason against it: "unknown_event", "wrong_state", "role_missing", ... */
const char *request_verdict_word(const struct request_verdict *verdict);

/* Lists what may be done now, by whom it may be and why not: *ret_options in the arena. With the body of a member, what
 * that one may do too. */
size_t request_verdict_options(const struct workflow *wf, const struct request_stand *stand,
                               const struct workflow_world *world, int64_t body, struct arena *arena,
                               struct workflow_option **ret_options);

/* JSON array of the states a request passed through. */
void request_verdict_path(struct json_out *out, const struct workflow *wf, const struct request_verdict *verdict);

/* Which policy, if any, and whether to register: from the effects. */
void request_verdict_effects(const struct request_verdict *verdict, const char **ret_policy, bool *ret_registers);

#endif
