/* Sets of states as two words: what a step is made of. */
#ifndef OAM_WORKFLOW_STATES_H
#define OAM_WORKFLOW_STATES_H

#include "workflow/workflow.h"

static inline bool states_has(const struct workflow_states *set, unsigned state)
{
    return (set->word[state >> 6] >> (state & 63)) & 1;
}

static inline void states_add(struct workflow_states *set, unsigned state)
{
    set->word[state >> 6] |= UINT64_C(1) << (state & 63);
}

static inline bool states_none(struct workflow_states set)
{
    return (set.word[0] | set.word[1]) == 0;
}

static inline struct workflow_states states_and(struct workflow_states a, struct workflow_states b)
{
    return (struct workflow_states){{a.word[0] & b.word[0], a.word[1] & b.word[1]}};
}

static inline struct workflow_states states_or(struct workflow_states a, struct workflow_states b)
{
    return (struct workflow_states){{a.word[0] | b.word[0], a.word[1] | b.word[1]}};
}

static inline struct workflow_states states_without(struct workflow_states a, struct workflow_states b)
{
    return (struct workflow_states){{a.word[0] & ~b.word[0], a.word[1] & ~b.word[1]}};
}

static inline bool states_equal(struct workflow_states a, struct workflow_states b)
{
    return a.word[0] == b.word[0] && a.word[1] == b.word[1];
}

static inline bool states_meet(struct workflow_states a, struct workflow_states b)
{
    return !states_none(states_and(a, b));
}

/* Tells whether there is exactly one. */
static inline bool states_single(struct workflow_states set)
{
    uint64_t word = set.word[0] ? set.word[0] : set.word[1];
    return word && !(word & (word - 1)) && !(set.word[0] && set.word[1]);
}

/* One by one: sets that are counted have a handful, and compilers call a library for more. */
static inline unsigned states_count(struct workflow_states set)
{
    unsigned n = 0;
    for (unsigned i = 0; i < 2; i++)
        for (uint64_t word = set.word[i]; word; word &= word - 1)
            n++;
    return n;
}

static inline struct workflow_states states_only(unsigned state)
{
    struct workflow_states set = {{0}};
    states_add(&set, state);
    return set;
}

/* The states from first to end - 1. */
static inline struct workflow_states states_range(unsigned first, unsigned end)
{
    struct workflow_states set = {{0}};
    for (unsigned i = first; i < end; i++)
        states_add(&set, i);
    return set;
}

/* Takes the lowest state out of a set that is not empty. */
static inline unsigned states_take_first(struct workflow_states *set)
{
    unsigned at = set->word[0] ? 0 : 1;
    unsigned state = at * 64 + (unsigned)__builtin_ctzll(set->word[at]);
    set->word[at] &= set->word[at] - 1;
    return state;
}

/* Takes the highest one. */
static inline unsigned states_take_last(struct workflow_states *set)
{
    unsigned at = set->word[1] ? 1 : 0;
    unsigned bit = 63 - (unsigned)__builtin_clzll(set->word[at]);
    set->word[at] &= ~(UINT64_C(1) << bit);
    return at * 64 + bit;
}

#endif
