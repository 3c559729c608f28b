/* Who gets a request: candidates and what is known of them from the directory, loads from the database (locked), the
   decision from the engine, and the explanation that goes into the event. */
#ifndef OAM_SERVICE_ASSIGN_H
#define OAM_SERVICE_ASSIGN_H

#include "service/call.h"
#include "workflow/assignment.h"

/* What is to be assigned, by which policy. */
struct assign_question {
    const struct workflow *workflow;
    const char *policy; /* key */
    const struct directory_body *body;
    const struct directory_service *service;
    const struct directory_unit *unit; /* that delivers */
    int64_t holder_id;                 /* agent.id of who has it now, 0: nobody */
    const char *data;                  /* JSON object */
};

struct assign_pool {
    const struct workflow_policy *policy; /* NULL: the definition has none by that key, and nobody is a candidate */
    const struct workflow *workflow;
    const struct directory_body *body;
    const struct directory_service *service;
    struct workflow_subject subject;
    const struct directory_agent **agents;
    struct workflow_agent *candidates; /* the same count */
    size_t count;
};

/* The candidates of the policy's pool, in the arena, without their loads yet. */
void assign_pool_for(struct assign_pool *ret, const struct call *call, const struct assign_question *question);

/* What only the database knows. */
struct assign_facts {
    const struct rows *burdens, *referents;
};

/* Queues reading it for several pools at once. The loads are locked until the transaction ends, so that what is decided
   by them is exact whoever else decides. */
void assign_facts_queue(struct assign_facts *ret, struct tx *tx, const struct call *call,
                        const struct assign_pool *const *pools, size_t n_pools);

/* After the flush: the facts of one pool. */
void assign_pool_take(struct assign_pool *pool, const struct assign_facts *facts);

struct assign_decision {
    const struct directory_agent *agent; /* NULL: nobody is fit */
    const char *explanation; /* JSON for the event: {agent, policy, decided_by, candidates, counterfactual} */
};

/* Decides by the policy. */
struct assign_decision assign_decide(const struct assign_pool *pool, const struct call *call);

/* Nobody is fit: the outbox (JSON array, or NULL) with one more effect, that tells the role of the policy's `if_none`.
 */
const char *assign_alert(const struct assign_pool *pool, const char *outbox, struct arena *arena);

/* After the n-th decision within a batch: the chosen one carries one more, and has had its turn. */
void assign_pool_charge(struct assign_pool *pool, const struct directory_agent *agent, int64_t open_hours, bool open,
                        size_t n, const struct call *call);

/* Hours that a request is expected to take: as estimated in its data, or as its service weighs. */
int64_t assign_effort(const struct directory_service *service, const char *data);

/* The explanation of a person's choice. */
const char *assign_manual(const struct directory_agent *agent, const char *reason, struct arena *arena);

/* That of an absence: "kept", "delegated" or "returned"; `owner` is whose it is. */
const char *assign_stand_in(const struct directory_agent *agent, const struct directory_agent *owner,
                            const char *policy, const char *outcome, struct arena *arena);

/* Why, as a sentence in the call's language, from a stored explanation. */
const char *assign_reason(const struct call *call, const char *explanation, const struct directory_body *body);

#endif
