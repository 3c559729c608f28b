/*
 * Inside the workflow: what the parser builds (workflow/definition/) and the core reads. Not for callers.
 *
 * States are numbered in document order, a state before those inside it, so that what is inside is one range of numbers
 * and one mask. Whatever a transition can be known to do when the document is read is worked out then: what it exits
 * and what it enters are masks, and a step is `configuration & ~exit | entry`, history apart.
 */
#ifndef OAM_WORKFLOW_MACHINE_H
#define OAM_WORKFLOW_MACHINE_H

#include "workflow/expression.h"
#include "workflow/step.h"
#include "workflow/workflow.h"

enum { MACHINE_NONE = -1 };

/* Some consecutive members of one of the machine's lists. */
struct machine_span {
    uint16_t first, n;
};

struct machine_state {
    struct workflow_state_info info;
    uint16_t end;                     /* the states inside are those from its own number + 1 to end - 1 */
    struct workflow_states inside;    /* every descendant, itself not; of an `each`, none: they are its template */
    struct workflow_states children;  /* histories not */
    struct workflow_states ancestors; /* itself not */
    struct workflow_states entry;     /* itself and what is entered by default with it */
    bool entry_recalls;               /* what is entered by default comes to a history */
    int16_t initial; /* compound: what is entered in it, perhaps a history; each: a state of the template */
    int16_t history; /* history: its place in an instance */
    int16_t recalls; /* history: what it leads to when nothing is remembered */
    bool deep;
    int16_t vote, each;                    /* places in the lists of those; MACHINE_NONE */
    int16_t assigning;                     /* the effect that its `assign` comes to; MACHINE_NONE */
    uint16_t pauses;                       /* clocks that stand still while it is active */
    struct machine_span always, own, done; /* transitions; own: for events, in document order */
    struct machine_span entering, leaving; /* effects */
    struct machine_span timers;
    int16_t open_ended; /* the event that it is open for, without a timer */
    bool keeps;         /* the request came to something here: what was done stays done (outcome completed) */
};

struct machine_transition {
    struct workflow_states exit;  /* left, as far as active */
    struct workflow_states entry; /* entered; with histories, what is entered besides what they recall */
    uint8_t trigger;              /* enum workflow_trigger */
    bool targetless;
    bool internal;          /* as written: stays inside its source */
    bool recalls;           /* comes to a history, so that the entry depends on what is remembered */
    int16_t source, domain; /* domain: what it stays inside of; MACHINE_NONE: the whole document */
    int16_t event;          /* BY_EVENT; MACHINE_NONE in the others */
    int16_t guard;          /* an expression; MACHINE_NONE: always true */
    uint16_t apart;         /* witnesses from whom the actor must differ (not_same_actor_as) */
    uint16_t extends;       /* clocks */
    uint32_t roles;         /* any one of these; none: not for people */
    uint64_t require;       /* all of these fields */
    struct machine_span targets, checks, sets, effects;
    struct workflow_text label;
};

/* Events are numbers, so that a step compares no names. */
struct machine_event {
    const char *key;
    struct workflow_states sources; /* states with a transition for it; of templates too */
    int16_t witness;                /* where an instance remembers who did it last; MACHINE_NONE: nowhere */
    int16_t vote;                   /* the vote whose ballots it carries; MACHINE_NONE */
    bool raised;                    /* by an effect or a vote of this definition */
};

/*
 * An expression over one field of `data`, where it could be solved: the stretches of its values for which it is true.
 * Most guards are such, and are then answered without evaluating them.
 */
enum { MACHINE_STRETCHES_MAX = 4 };
struct machine_solution {
    uint8_t n;    /* stretches; 0 with `solved` false: evaluate it */
    uint8_t kind; /* of the field: INT, BOOL or STRING (of an enum); another kind of value is evaluated */
    bool solved;
    uint16_t field;
    int64_t least, most; /* INT: what the field may be; beyond, evaluate it */
    struct {
        int64_t min, max; /* INT; BOOL: the same twice */
        const char *text; /* STRING */
    } stretches[MACHINE_STRETCHES_MAX];
};

struct machine_check {
    int16_t expression;
    struct workflow_text message;
};

struct machine_set {
    uint16_t field;
    int16_t expression;
};

struct machine_default {
    uint16_t field;
    struct workflow_value value;
};

struct machine_timer {
    struct workflow_timer_info info;
    int16_t on_date;    /* an expression; MACHINE_NONE */
    int16_t transition; /* what it does: it is BY_TIMER; MACHINE_NONE: it closes a vote */
    int16_t vote;       /* that vote; MACHINE_NONE */
    bool of_member;     /* inside an `each`: one for each member */
};

struct machine_vote {
    uint16_t state, panel;
    int16_t event, passed, failed; /* events */
    int16_t deadline;              /* a timer; MACHINE_NONE */
    struct workflow_text label;    /* of the ballot */
};

struct machine_panel {
    struct workflow_panel_info info;
    int16_t recuse; /* an expression over `member`; MACHINE_NONE */
};

struct machine_each {
    uint16_t state;
    uint16_t field; /* the list of participants */
    uint16_t initial;
    uint16_t at_least; /* members in a final state; 0: all */
    int16_t counted;   /* the final state that counts; MACHINE_NONE: any */
    struct workflow_states template;
    struct machine_span timers; /* of all states of the template */
};

/* What must never be, or must stay possible: for workflow_verify(), a step does not look. */
struct machine_assert {
    const char *key;
    enum { MACHINE_ASSERT_NEVER_WITHOUT, MACHINE_ASSERT_NEVER_AND, MACHINE_ASSERT_CAN_REACH } kind;
    int16_t state, other; /* never: state (and other); can_reach: from, to */
    int16_t event;        /* never without */
};

struct workflow {
    const char *key;
    int version;
    bool has_note;
    struct workflow_text title, note;
    uint64_t shape; /* of states, timers, clocks and events: bytes of an instance fit one shape only */

    uint16_t n_states, n_events, n_transitions, n_effects, n_timers, n_clocks, n_histories, n_witnesses;
    uint16_t n_roles, n_fields, n_policies, n_votes, n_eaches, n_panels, n_asserts, n_expressions, n_calendars;
    uint16_t n_defaults;
    int16_t initial;
    struct workflow_states everything; /* histories and templates not */
    struct workflow_states start;      /* entered first */
    bool start_recalls;
    struct workflow_states leaves;  /* atomic, final, each */
    struct workflow_states finals;  /* inside a compound: entering one completes it */
    struct workflow_states ends;    /* final states of the whole */
    struct workflow_states always;  /* with transitions that need no event */
    struct workflow_states busy_in; /* something is to be done when they are entered: effects, timers, completion */
    struct workflow_states busy_out;
    struct workflow_states pausing;    /* clocks */
    struct workflow_states remembered; /* by a history that is inside */
    struct workflow_states joint;      /* `each` */

    const struct machine_state *states;
    const struct machine_event *events;
    const struct machine_span *table; /* [event * n_states + state] */
    const struct machine_transition *transitions;
    const int16_t *targets;
    const struct workflow_effect_info *effects;
    const struct machine_check *checks;
    const struct machine_set *sets;
    const struct machine_default *defaults; /* fields that have a value from the start */
    const struct machine_timer *timers;
    const struct workflow_clock_info *clocks;
    const struct workflow_calendar_info *calendars;
    const int16_t *histories; /* states, by their place in an instance */
    const int16_t *witnesses; /* events, likewise */
    const struct machine_vote *votes;
    const struct machine_each *eaches;
    const struct machine_panel *panels;
    const struct machine_assert *asserts;
    const struct workflow_expression *const *expressions;
    const struct machine_solution *solutions;       /* of each expression */
    const struct workflow_environment *environment; /* of guards, checks and sets */

    struct workflow_role_info roles[WORKFLOW_ROLES_MAX];
    struct workflow_field_info fields[WORKFLOW_FIELDS_MAX];
    const struct workflow_policy *policies[WORKFLOW_POLICIES_MAX];
    void *storage; /* the parser's: owns every text and list above */
};

/* Returns the transitions of a state for an event, or its `always` for MACHINE_NONE. */
static inline struct machine_span machine_span_of(const struct workflow *wf, unsigned state, int event)
{
    size_t at = (size_t)event * wf->n_states + state;

    return event < 0 ? wf->states[state].always : wf->table[at];
}

/* What an entry comes to: what is entered, and what of it comes back by a history rather than anew. */
struct machine_entry {
    struct workflow_states entered, resumed;
    bool recalls; /* a history was come to, so that the answer depends on what is remembered */
};

/*
 * Works out what is entered for targets below a domain (MACHINE_NONE: the whole), as SCXML 1.0 Appendix D
 * (computeEntrySet) has it. `history` is what an instance remembers, NULL for nothing; wf needs states and n_states
 * only, so that the parser uses it too.
 */
struct machine_entry machine_entry_of(const struct workflow *wf, int domain, const int16_t *targets, size_t n_targets,
                                      const struct workflow_states *history);

/* Returns the last four bytes of an instance, over those before them (engine/codec.c). */
uint32_t machine_checksum(const uint8_t *bytes, size_t n);

/* Answers in_state('x') of an expression; the context is an instance. */
bool machine_ask(void *context, unsigned predicate, uint32_t state);

/* Tells whether a set of states can be a configuration: one child of each compound, all of each parallel, no orphan. */
bool machine_is_legal(const struct workflow *wf, const struct workflow_states *set);
/* Likewise for what is inside of one state of the set, itself included. */
bool machine_is_legal_inside(const struct workflow *wf, const struct workflow_states *set, unsigned state);

#endif
