/* What the engine says about a request that is stored by the key of its state. */
#ifndef OAM_SERVICE_REQUEST_VERDICT_H
#define OAM_SERVICE_REQUEST_VERDICT_H

#include "base/arena.h"
#include "base/json_out.h"
#include "workflow/step.h"

struct request_verdict {
    bool allowed;
    unsigned to;                     /* where it leads: where it stands, when it is not allowed */
    struct workflow_reasons reasons; /* when it is not allowed */
    const uint8_t *path;             /* states passed through, in the arena, as the effects are */
    const struct workflow_effect *effects;
    size_t n_path, n_effects;
};

/* Decides what happens when a request is born. */
struct request_verdict request_verdict_start(const struct workflow *wf, struct arena *arena);

/* Decides what the event does in the state; the reasons tell UNKNOWN_EVENT and WRONG_STATE of what is not there. */
struct request_verdict request_verdict_step(const struct workflow *wf, unsigned state, const char *event,
                                            const struct workflow_world *world, struct arena *arena);

/* Returns a stable word for the first reason against it: "unknown_event", "wrong_state", "role_missing", ... */
const char *request_verdict_word(const struct request_verdict *verdict);

/* Lists what may be done in the state, by whom it may be and why not: *ret_options in the arena. */
size_t request_verdict_options(const struct workflow *wf, unsigned state, const struct workflow_world *world,
                               struct arena *arena, struct workflow_option **ret_options);

/* JSON array of the states a request passed through. */
void request_verdict_path(struct json_out *out, const struct workflow *wf, const struct request_verdict *verdict);

/* Which policy, if any, and whether to register: from the effects. */
void request_verdict_effects(const struct request_verdict *verdict, const char **ret_policy, bool *ret_registers);

#endif
