/* The walk through all configurations, shared by what looks at it. */
#ifndef OAM_WORKFLOW_WALK_H
#define OAM_WORKFLOW_WALK_H

#include "workflow/engine/run.h"
#include "workflow/verify.h"

enum { WALK_MEMBERS_MAX = 3, WALK_NONE = -1 };

/* What distinguishes two moments for everything that the verifier asks. */
struct walk_key {
    struct workflow_states configuration;
    struct workflow_states history[WORKFLOW_HISTORIES_MAX];
    uint16_t clocks, ever; /* running or standing still; started at some time */
    uint8_t finished;
    uint8_t members[WALK_MEMBERS_MAX]; /* states, in order: who is who does not matter; 0: nobody */
};

struct walk_node {
    struct walk_key key;
    int32_t came_from; /* less than 0: it is where requests begin */
    struct workflow_cause cause;
    int32_t first_act; /* consecutive acts */
    uint16_t n_acts;
    bool good; /* what the check that goes on has found out */
};

/* Something that may happen at a node, and all that may come of it. */
struct walk_act {
    struct workflow_cause cause;
    bool counts; /* people can do it, or time will: not only another system, and the timer is not standing still */
    int32_t first_outcome;
    uint16_t n_outcomes;
};

struct walk {
    const struct workflow *wf;
    struct workflow_memory *memory;
    unsigned n_bodies;
    int forbidden;         /* an event that never happens; WALK_NONE */
    const uint64_t *total; /* transitions, by number: the last of a group of which one always holds */
    struct walk_node *nodes;
    struct walk_act *acts;
    int32_t *outcomes;
    int32_t *table; /* of nodes, by key; a power of two */
    size_t n_nodes, n_acts, n_outcomes, table_size;
    size_t nodes_max, acts_max, outcomes_max;
    struct workflow_states entered; /* at some time, if only to be left at once */
    uint64_t *taken;                /* transitions */
    unsigned steps, steps_max;
    enum workflow_fault_kind fault; /* that some step came to */
    int32_t fault_at;
    struct workflow_cause fault_cause;
    bool full; /* the memory did not suffice */
    /* Called for each outcome of each act: the node that it left, what happened, the step, the node it came to. */
    void (*look)(void *context, const struct walk *walk, int32_t from, struct workflow_cause cause,
                 const struct workflow_out *out, int32_t to);
    /* Begins somewhere else than where requests begin, with walk_begin_at(); NULL: there. */
    void (*begin)(void *context, struct walk *walk);
    void *context;
    struct workflow_instance *here; /* the node that is being left */
    struct workflow_out *out;       /* room to work in */
};

/* Walks; false when there is not even memory to begin. Everything else is in the walk. */
bool walk_all(struct walk *walk);

/* Notes walk->out as a beginning, where the clocks in `ever` were started before; its node, WALK_NONE for a fault. */
int32_t walk_begin_at(struct walk *walk, uint16_t ever);
/* Counts a step, and makes the next combination of answers; false when all were tried, or too many. */
bool walk_goes_on(struct walk *walk, struct run_choices *choices);

/* Makes an instance that is at a node: with every timer armed that could be. */
void walk_instance_at(const struct walk *walk, const struct walk_key *key, struct workflow_instance *ret);

/* Marks the last transition of each group of automatic ones of which one always holds, whatever the data (verify.c). */
void walk_mark_total(const struct workflow *wf, const struct workflow_memory *memory, uint64_t *total);
/* Finds out from which nodes it can end, whatever guards answer: their `good` (ends.c). */
void walk_find_ends(struct walk *walk);
/* Tells whether an active leaf waits, and neither time nor an event that it is open for ends that (waiting.c). */
bool walk_waits_for_ever(const struct walk *walk, const struct walk_key *key, unsigned leaf);

/* Tells whether a timer of an active state will fire by itself: its clock runs. */
bool walk_timer_runs(const struct workflow *wf, const struct walk_key *key, unsigned timer);

/* Takes zeroed memory, aligned to 8; NULL when there is none left. */
void *walk_take(struct workflow_memory *memory, size_t size);

#endif
