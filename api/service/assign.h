/* Who gets a request: candidates from the directory, loads from the database (locked), the ranking from the engine, and
   the explanation that goes into the event. */
#ifndef OAM_SERVICE_ASSIGN_H
#define OAM_SERVICE_ASSIGN_H

#include "service/call.h"

#define ASSIGN_CANDIDATES_MAX 64

struct assign_pool {
    const struct directory_agent *agents[ASSIGN_CANDIDATES_MAX];
    struct workflow_candidate candidates[ASSIGN_CANDIDATES_MAX];
    size_t count;
};

/* The agents whose portfolio covers the body (the first 64 by login), without their loads yet. */
void assign_pool_for(struct assign_pool *ret, const struct call *call, const struct directory_body *body);

/* Appends the pool's agent ids to `ids` of `max`, leaving out repeated ones; returns the new count. */
size_t assign_pool_ids(const struct assign_pool *pool, int64_t *ids, size_t count, size_t max);

/* Takes loads from the rows of QUERY_AGENT_LOADS. */
void assign_pool_loads(struct assign_pool *pool, const struct rows *loads);

struct assign_decision {
    const struct directory_agent *agent; /* NULL: nobody is fit */
    const char *explanation;             /* JSON for the event: {agent, policy, candidates, counterfactual} */
};

/* Ranks by the definition's policy. */
struct assign_decision assign_decide(const struct assign_pool *pool, const struct workflow *wf, const char *policy,
                                     const struct call *call);

/* After a decision within a batch: the chosen one carries one more. */
void assign_pool_charge(struct assign_pool *pool, const struct directory_agent *agent, bool open, int64_t now);

/* The explanation of a person's choice. */
const char *assign_manual(const struct directory_agent *agent, const char *reason, struct arena *arena);

/* Why, as a sentence in the call's language, from a stored explanation. */
const char *assign_reason(const struct call *call, const char *explanation, const struct directory_body *body);

#endif
