/*
 * Static verification: what must hold of a definition before people depend on it, shown by walking through every
 * configuration that it can come to.
 *
 * The walk is the engine's own: only what data would decide is decided otherwise. A guard answers both ways, a vote
 * comes out both ways, a timer that is armed may fire at any moment, one, two and three bodies take part.
 * Configurations are finitely many, so the walk ends and leaves nothing out; what it finds is told with the way that
 * leads there.
 *
 * Pure as the rest of the core: the memory is the caller's.
 */
#ifndef OAM_WORKFLOW_VERIFY_H
#define OAM_WORKFLOW_VERIFY_H

#include "workflow/expression.h"
#include "workflow/workflow.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    WORKFLOW_VERIFY_MEMORY = 16 * 1024 * 1024, /* enough for tens of thousands of configurations */
    WORKFLOW_VERIFY_STEPS = 500 * 1000,        /* tried at most, a second of work: beyond, nothing is proved */
    WORKFLOW_WAY_MAX = 48                      /* steps told of a way that leads somewhere; its end when it is longer */
};

enum workflow_finding_kind {
    WORKFLOW_FINDING_DEAD_STATE,        /* state: nothing leads there */
    WORKFLOW_FINDING_DEAD_TRANSITION,   /* state, transition: it is never taken */
    WORKFLOW_FINDING_NO_END,            /* configuration: whatever people do, guards may keep it from an end */
    WORKFLOW_FINDING_GAP,               /* state: of its automatic transitions, perhaps none is taken */
    WORKFLOW_FINDING_RESTLESS,          /* it goes on by itself for ever */
    WORKFLOW_FINDING_TOO_MUCH,          /* one step has more effects, or the like, than the engine bears */
    WORKFLOW_FINDING_WAITS_FOR_EVER,    /* state: it waits, and no time limit or event that it is open for ends that */
    WORKFLOW_FINDING_CLOCK_NOT_STARTED, /* state, timer, clock: it counts on a clock that nobody has started */
    WORKFLOW_FINDING_TIMER_SPINS,       /* state, timer: it would fire at once, again and again */
    WORKFLOW_FINDING_NO_UNDO, /* state, effect: it holds money or goods, and nothing says how to give them back */
    WORKFLOW_FINDING_EXTENDS_NOTHING, /* state, transition, clock: a term that does not run then, or not any more */
    WORKFLOW_FINDING_ASSERT,          /* assertion: it does not hold */
    WORKFLOW_FINDING_TOO_LARGE        /* memory or steps did not suffice: nothing is proved */
};
enum { WORKFLOW_FINDING_KINDS = 13 };

/* Returns a stable word: "dead_state", "no_end", ... */
const char *workflow_finding_key(enum workflow_finding_kind kind);

/* One step of a way: an event, a timer that fires, or a vote that is over. */
struct workflow_cause {
    enum { WORKFLOW_CAUSE_EVENT, WORKFLOW_CAUSE_TIMER, WORKFLOW_CAUSE_VOTE } kind;
    unsigned number;
};

/* Numbers are places in the definition; -1 where the kind has none. */
struct workflow_finding {
    enum workflow_finding_kind kind;
    int state, transition, timer, clock, effect, assertion;
    struct workflow_states configuration; /* where it was found; empty when it is about none */
    unsigned n_members;                   /* bodies that took part */
    unsigned n_way;                       /* from the beginning to there */
    bool way_cut;                         /* the beginning is left out */
    struct workflow_cause way[WORKFLOW_WAY_MAX];
};

struct workflow_verified {
    size_t n_findings;       /* all, those without room too; 0: the definition is sound */
    unsigned configurations; /* different ones, with what histories remember */
    unsigned steps;          /* tried */
};

/*
 * Verifies. Writes at most max findings, the first of each thing found, and tells how many there are. `memory` is used
 * from its beginning and is free again afterwards (WORKFLOW_VERIFY_MEMORY suffices for what people write).
 */
struct workflow_verified workflow_verify(const struct workflow *wf, struct workflow_memory *memory,
                                         struct workflow_finding *ret, size_t max);

/* What findings are about, by name; NULL when the number is out of range. Owned by the workflow. */
const char *workflow_assert_key(const struct workflow *wf, unsigned number);
/* As on a button; the key where nothing is labelled. */
const char *workflow_event_name(const struct workflow *wf, unsigned event, enum workflow_language language);
/* What a timer is called: its label, or its key when the definition gives none. NULL when there is no such timer. */
const char *workflow_timer_name(const struct workflow *wf, unsigned timer, enum workflow_language language);
/* As workflow_event_name(), of a timer as workflow_timer_name(), of what happens by itself where it leads. */
const char *workflow_transition_name(const struct workflow *wf, unsigned transition, enum workflow_language language);

#ifdef __cplusplus
}
#endif

#endif
