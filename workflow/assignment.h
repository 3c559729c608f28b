/*
 * Assignment: who takes a request. Filter, rank, explain.
 *
 * A policy is a pool (whom to choose from), hard filters (what everybody has to fulfil) and a lexicographic rank (who
 * goes first among those who do). A decision tells of every candidate which filters failed, or what it was ranked by.
 * Its first is chosen; its second would be, were the first absent.
 *
 * A pure library: no allocation, no IO, no clock, no global state. Memory is the caller's: a struct workflow_memory.
 * The same candidates, in whatever order, give the same decision.
 */
#ifndef OAM_WORKFLOW_ASSIGNMENT_H
#define OAM_WORKFLOW_ASSIGNMENT_H

#include "workflow/expression.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    WORKFLOW_POLICY_FILTERS_MAX = 16,
    WORKFLOW_POLICY_RANKS_MAX = 16,
    WORKFLOW_POLICY_TEAM_SIZE = 49, /* bytes of a team's name, with its terminator */
    WORKFLOW_CANDIDATES_MAX = 4096,
    WORKFLOW_DISTANCE_BODY = 0,    /* their portfolio names this very body, */
    WORKFLOW_DISTANCE_COMARCA = 1, /* its comarca, */
    WORKFLOW_DISTANCE_FAR = 2      /* or neither */
};

/* ---- What is known ------------------------------------------------------------------------------------------ */

/* Somebody who might take the request: `agent` in expressions. Texts and lists are borrowed. */
struct workflow_agent {
    int64_t id;                             /* distinct; the last word of every ranking */
    const char *login, *unit;               /* NULL: unset */
    const struct workflow_value *skills;    /* strings: what they know */
    const struct workflow_value *conflicts; /* strings: official codes of bodies in which they have an interest */
    uint32_t n_skills, n_conflicts;
    int64_t open_load, weighted_load, capacity; /* open requests; hours of effort in them; open requests at most */
    int64_t last_assigned_us;                   /* microseconds since 1970; 0: never */
    int64_t turn; /* grows from one assignment to the next, so that those of one instant have an order too;
                     0: never. This is what `last_assigned_at` ranks by */
    uint8_t territory_distance; /* WORKFLOW_DISTANCE_... */
    bool in_team;               /* of the team that the pool names: the caller knows teams */
    bool absent;
    bool previous_referent; /* the last to end a request of that body and subject area */
    bool holds;             /* has the request at present: what `sticky` keeps */
};

/* What is to be assigned: `request` in expressions, and `ticket`, its older name. A NULL text is unset. */
struct workflow_subject {
    const char *body; /* official code; also `entity` */
    const char *comarca, *service, *subject_area, *unit, *priority;
    int64_t population;         /* of the body */
    int64_t effort_hours;       /* that it is expected to take */
    struct workflow_value data; /* `data`: a record of the type that the environment was made with, or unset */
};

/* The roots of the environment: their places in the bindings. */
enum { WORKFLOW_ROOT_AGENT, WORKFLOW_ROOT_REQUEST, WORKFLOW_ROOT_TICKET, WORKFLOW_ROOT_DATA, WORKFLOW_POLICY_ROOTS };
/* Fields of `agent` and of `request`. */
enum { WORKFLOW_AGENT_FIELDS = 14, WORKFLOW_SUBJECT_FIELDS = 9 };

/*
 * Fills what expressions of policies may name. ret_roots has room for WORKFLOW_POLICY_ROOTS and belongs to the
 * environment from then on. `data` is the record of the definition's fields; NULL: there is no `data`.
 */
void workflow_policy_environment(const struct workflow_type *data, struct workflow_member *ret_roots,
                                 struct workflow_environment *ret);

/* Writes the WORKFLOW_AGENT_FIELDS fields of an agent, in the order of the environment; texts stay where they are. */
void workflow_agent_fields(const struct workflow_agent *agent, struct workflow_value *ret_fields);

/* Writes the WORKFLOW_SUBJECT_FIELDS fields of a request likewise. */
void workflow_subject_fields(const struct workflow_subject *subject, struct workflow_value *ret_fields);

/* ---- Policies ----------------------------------------------------------------------------------------------- */

/* Whom to choose from: "agents" or "team(service)", each also with " in comarca(applicant)". */
struct workflow_pool {
    char team[WORKFLOW_POLICY_TEAM_SIZE]; /* "": no team, everybody */
    bool in_comarca;                      /* at a distance below WORKFLOW_DISTANCE_FAR only */
};

/* A few shapes of expressions are decided without the evaluator, with its result; see assignment/shape.h. */
struct workflow_shape {
    uint8_t kind; /* 0: none of them */
    uint8_t field, other, comparison;
    bool negated, is_constant;
    int64_t constant;
};

struct workflow_filter {
    const struct workflow_expression *expression; /* bool; what it says is workflow_expression_text() */
    struct workflow_shape shape;
};

struct workflow_rank {
    const char *text; /* without asc or desc: a field such as "open_load", or an expression */
    bool descending;
    bool is_field; /* of the agent: no expression to evaluate */
    uint8_t field;
    const struct workflow_expression *expression; /* bool, int, double, timestamp or duration; NULL when is_field */
};

/* All pointers go to the memory that it was compiled in. */
struct workflow_policy {
    const char *key;
    struct workflow_pool pool;
    struct workflow_filter filters[WORKFLOW_POLICY_FILTERS_MAX];
    struct workflow_rank ranks[WORKFLOW_POLICY_RANKS_MAX];
    uint8_t n_filters, n_ranks;
    bool sticky;       /* who has it keeps it as long as no filter fails */
    int fallback_role; /* of the definition: `if_none` */
};

/*
 * Reads a pool. False with one fault (code "syntax") when the text is none. The team is a name of lower case letters,
 * digits, "_" and ".", which means what the caller says.
 */
bool workflow_pool_parse(const char *text, size_t length, struct workflow_pool *ret,
                         struct workflow_expression_faults *faults);

/*
 * Compiles one of `require`: an expression that gives a bool, over the environment of workflow_policy_environment(). It
 * stays in `memory`. False with at least one fault when it does not compile.
 */
bool workflow_filter_compile(const char *text, size_t length, const struct workflow_environment *environment,
                             struct workflow_memory *memory, struct workflow_filter *ret,
                             struct workflow_expression_faults *faults);

/*
 * Compiles one of `rank`: "<what> asc" or "<what> desc", where <what> is previous_referent, territory_distance,
 * weighted_load, open_load, last_assigned_at, agent_id, or an expression. False with at least one fault (also when the
 * expression's result has no order, or is known only when it is evaluated).
 */
bool workflow_rank_compile(const char *text, size_t length, const struct workflow_environment *environment,
                           struct workflow_memory *memory, struct workflow_rank *ret,
                           struct workflow_expression_faults *faults);

/*
 * Returns a stable word for what a filter is about: "absent", "capacity", "skill", "conflict", "territory", "load" when
 * its text has a shape that is known, or else "filter".
 */
const char *workflow_filter_word(const struct workflow_filter *filter);

/* ---- Decisions ---------------------------------------------------------------------------------------------- */

enum workflow_standing {
    WORKFLOW_STANDING_FIT,
    WORKFLOW_STANDING_FAILED, /* a filter of the policy failed */
    WORKFLOW_STANDING_OUTSIDE /* not in the pool: nobody looked at the filters */
};

/* Where one candidate stands. */
struct workflow_ranked {
    uint32_t candidate;   /* into the agents */
    uint16_t failed;      /* FAILED: bit i is the i-th filter; all that fail are told */
    uint8_t standing;     /* enum workflow_standing */
    const int64_t *order; /* FIT: what it was ranked by, made comparable; less goes first. One for each rank, after the
                             one of `sticky` if the policy is */
};

/* What told the first from the second. */
enum workflow_decided {
    WORKFLOW_DECIDED_NOBODY, /* nobody is fit: `if_none` */
    WORKFLOW_DECIDED_ONLY,   /* nobody else is */
    WORKFLOW_DECIDED_STICKY, /* it has the request already */
    WORKFLOW_DECIDED_RANK,   /* by a rank of the policy */
    WORKFLOW_DECIDED_ID      /* equal in all that the policy asks: the least id */
};

struct workflow_decision {
    const struct workflow_policy *policy;
    const struct workflow_subject *subject;
    const struct workflow_agent *agents;
    const struct workflow_ranked *places; /* n of them: the fit in the order of the policy, those that failed, those
                                            outside, the latter two by id */
    size_t n, n_fit;
    enum workflow_decided decided;
    uint8_t rank; /* DECIDED_RANK: which */
};

/* Bytes of memory that a decision over n agents needs, expressions that build lists or strings apart. */
#define WORKFLOW_DECISION_MEMORY(n) (512 + (n) * (sizeof(struct workflow_ranked) + 2 * 16 + 8 * 17))

/*
 * Decides. places[0] is the one to choose when n_fit is not 0 and places[1], when n_fit is 2 or more, would be if that
 * one were absent: the counterfactual. An expression that cannot be evaluated counts as a filter that fails, and goes
 * last in a rank, ascending or descending. The decision lives in `memory` and points to the policy, the subject and the
 * agents. NULL when n is beyond WORKFLOW_CANDIDATES_MAX or the memory does not suffice.
 */
const struct workflow_decision *workflow_decide(const struct workflow_policy *policy,
                                                const struct workflow_subject *subject,
                                                const struct workflow_agent *agents, size_t n,
                                                struct workflow_memory *memory);

/* Tells why a filter fails for one agent (or holds): its clauses with their values. See workflow_expression_explain().
 */
size_t workflow_decision_explain(const struct workflow_decision *decision, const struct workflow_agent *agent,
                                 unsigned filter, struct workflow_memory *scratch,
                                 struct workflow_expression_clause *ret_clauses, size_t max);

/* Returns what a rank is for one agent, as the policy sees it: an int, a timestamp (unset: never), ..., or an error. */
struct workflow_value workflow_decision_value(const struct workflow_decision *decision,
                                              const struct workflow_agent *agent, unsigned rank,
                                              struct workflow_memory *scratch);

/* Returns a stable word: "nobody", "only", "sticky", "rank", "id". */
const char *workflow_decided_key(enum workflow_decided decided);

/* ---- Delegation --------------------------------------------------------------------------------------------- */

/* While the agent is away the delegate acts for them. */
struct workflow_delegation {
    int64_t agent, delegate;
};

/*
 * Finds who acts for an agent: the delegate, the delegate's delegate when that one is away too, and so on to the first
 * who is there. `list` has the delegations in force at that moment, at most one for each agent; `present` (with its
 * context) tells who is there. False when the chain ends with somebody who is away, or comes round.
 */
bool workflow_delegate_find(const struct workflow_delegation *list, size_t n, int64_t agent,
                            bool (*present)(const void *context, int64_t agent), const void *context,
                            int64_t *ret_delegate);

/* Tells whether no chain of delegations comes round; if one does, ret_agent (may be NULL) is somebody in it. */
bool workflow_delegations_are_acyclic(const struct workflow_delegation *list, size_t n, int64_t *ret_agent);

#ifdef __cplusplus
}
#endif

#endif
