/*
 * Steps: where a request stands, what may be done with it now, and what follows.
 *
 *     bytes --workflow_decode--> instance --workflow_step--> instance, effects, clocks, timers, trace
 * --workflow_encode--> bytes
 *
 * The algorithm is that of SCXML 1.0, Appendix D: inner states first, document order, run to completion. Time, actor
 * and data go in; nothing but the answer comes out. Bounds are fixed, so that nothing here allocates.
 */
#ifndef OAM_WORKFLOW_STEP_H
#define OAM_WORKFLOW_STEP_H

#include "workflow/expression.h"
#include "workflow/procedure.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    WORKFLOW_HISTORIES_MAX = 8,
    WORKFLOW_WITNESSES_MAX = 16, /* events whose last actor is remembered */
    WORKFLOW_UNDO_MAX = 16,      /* effects done that could have to be taken back */
    WORKFLOW_MEMBERS_MAX = 64,   /* bodies that take part in an `each` */
    WORKFLOW_BALLOTS_MAX = 32,
    WORKFLOW_MICROSTEPS_MAX = 64, /* of one step: beyond, it would never rest */
    WORKFLOW_EFFECTS_MAX = 128,   /* of one step, and so on */
    WORKFLOW_PATH_MAX = 128,
    WORKFLOW_TAKEN_MAX = 128,
    WORKFLOW_CLOCK_CHANGES_MAX = 64,
    WORKFLOW_TIMER_CHANGES_MAX = 192,
    WORKFLOW_TRACE_MAX = 128,
    WORKFLOW_FAILURES_MAX = 16, /* checks told of one step */
    WORKFLOW_STATE_BYTES_MAX = 2048
};

/* ---- Where a request stands --------------------------------------------------------------------------------- */

struct workflow_member_state {
    int64_t body;
    uint8_t state;  /* of the template */
    uint8_t timers; /* armed: bit i is the i-th timer of the `each` */
};

enum workflow_choice { WORKFLOW_CHOICE_NONE, WORKFLOW_YES, WORKFLOW_NO, WORKFLOW_ABSTAIN, WORKFLOW_CLOSE };

struct workflow_ballot {
    int64_t voter;
    int64_t score; /* 0 without one */
    uint8_t vote;  /* which of the definition's */
    uint8_t choice;
    bool chair, scored;
};

/*
 * All that the engine remembers of one request. Only meaningful next to its definition; what is stored are the bytes of
 * workflow_encode(). Members are for reading; they change by workflow_start() and workflow_step() only.
 */
struct workflow_instance {
    struct workflow_states configuration; /* every active state, with those around it */
    uint64_t timers;                      /* armed, those of members apart */
    uint16_t clocks;                      /* started and not stopped; whether they stand still is the configuration's */
    bool finished;
    uint8_t n_members, n_ballots, n_undo;
    uint8_t fired[WORKFLOW_TIMERS_MAX]; /* how often since their state was entered */
    struct workflow_states history[WORKFLOW_HISTORIES_MAX];
    int64_t witnesses[WORKFLOW_WITNESSES_MAX]; /* who did it last; 0: nobody yet */
    uint16_t undo[WORKFLOW_UNDO_MAX];          /* effects done, in order, that an `undo` would take back */
    struct workflow_member_state members[WORKFLOW_MEMBERS_MAX];
    struct workflow_ballot ballots[WORKFLOW_BALLOTS_MAX];
};

/*
 * Returns the one state that stands for a configuration: the innermost that all of it is inside of (the active leaf, or
 * the parallel state whose regions are active). MACHINE-wide ends and starts included; 0 for an empty one.
 */
unsigned workflow_principal(const struct workflow *wf, const struct workflow_states *configuration);

/*
 * Makes the instance of a request that is in one leaf state and about which nothing else is remembered: what was
 * imported, or kept by its state only. False when that state cannot be active alone (it is beside others in a parallel
 * one, holds states itself, or is no state of a configuration).
 */
bool workflow_place(const struct workflow *wf, unsigned state, struct workflow_instance *ret);

/*
 * Writes an instance as bytes: version, shape of the definition, contents, checksum. The same instance gives the same
 * bytes on every machine. Returns how many; nothing is written when that is more than size (WORKFLOW_STATE_BYTES_MAX
 * always suffices).
 */
size_t workflow_encode(const struct workflow *wf, const struct workflow_instance *instance, uint8_t *ret, size_t size);

/*
 * Reads an instance. False unless every byte is what workflow_encode() writes for this definition: another version or
 * definition, a wrong checksum, an impossible configuration, a number out of range or bytes left over are refused, and
 * *ret is then not to be used.
 */
bool workflow_decode(const struct workflow *wf, const uint8_t *bytes, size_t n, struct workflow_instance *ret);

/* Finds the outermost active state while which a clock stands still; ret_state is left alone when it does not. */
bool workflow_clock_held(const struct workflow *wf, const struct workflow_instance *instance, unsigned clock,
                         unsigned *ret_state);

/* ---- What a step is told ------------------------------------------------------------------------------------ */

/* What happens: an event by its number (workflow_event_find()), a timer that is due, or that those are let in who
 * take part by now (world.bodies) and did not before. */
struct workflow_event {
    enum { WORKFLOW_EVENT_NAMED, WORKFLOW_EVENT_TIMER, WORKFLOW_EVENT_ADMISSION } kind;
    unsigned number;
    int64_t body;                /* for one member of an `each`; 0: for the request */
    struct workflow_value data;  /* `event` in expressions: a map or record; unset without */
    enum workflow_choice choice; /* a ballot's */
    bool scored;
    int64_t score;
};

/* Somebody of a panel. */
struct workflow_voter {
    int64_t actor;
    bool chair;
    struct workflow_value facts; /* `member` in `recuse`: a map or record */
};

/* What is known about the world, as far as this request may depend on it. Zero is "nothing is". */
struct workflow_world {
    int64_t now_us; /* since 1970 UTC: `now` in expressions; the engine itself does not look at it */
    int64_t actor;  /* 0: no person */
    uint32_t roles_held;
    uint64_t fields_present;             /* bit i: field i has a value, stored already or sent with the event */
    const struct workflow_value *data;   /* of every field, in order; NULL: all unset */
    struct workflow_value ticket;        /* `ticket`: a map or record */
    const struct workflow_value *clocks; /* `clock.<id>`, of every clock, in order: maps or records; NULL: all unset */
    uint16_t clocks_over, clocks_extended; /* whose end has passed; that were extended: neither is extended any more */
    const int64_t *bodies;                 /* who takes part now, for `each`; who is not there any more stays */
    size_t n_bodies;
    const struct workflow_voter *voters; /* of the panel of the vote that is going on */
    size_t n_voters;
    const int64_t *acts; /* workflow_migrate(): by number of workflow_witness_event(), who did it last; NULL: nobody */
    struct workflow_memory *scratch; /* for texts and lists that expressions build; what `set` yields may live there */
};

/* ---- What comes out ------------------------------------------------------------------------------------------ */

enum workflow_rc {
    WORKFLOW_OK,
    WORKFLOW_REJECTED, /* nothing happened: see the reasons */
    WORKFLOW_FAULT     /* nothing happened, and it is nobody's fault but the definition's: see the fault */
};

/* Why an action is not possible; all of them at once. */
enum workflow_reason {
    WORKFLOW_REASON_UNKNOWN_EVENT = 1 << 0, /* the definition has no such event */
    WORKFLOW_REASON_WRONG_STATE = 1 << 1,   /* other states have it */
    WORKFLOW_REASON_HIDDEN = 1 << 2,        /* no guard holds */
    WORKFLOW_REASON_ROLE = 1 << 3,
    WORKFLOW_REASON_FIELDS = 1 << 4,
    WORKFLOW_REASON_CHECKS = 1 << 5,
    WORKFLOW_REASON_SAME_ACTOR = 1 << 6, /* who did the one may not do the other */
    WORKFLOW_REASON_STALE = 1 << 7,      /* a timer that is not armed any more */
    WORKFLOW_REASON_MEMBER = 1 << 8,     /* the body does not take part, or the actor is not of the panel */
    WORKFLOW_REASON_RECUSED = 1 << 9,
    WORKFLOW_REASON_BALLOT = 1 << 10, /* no choice, or one may not close the vote (yet) */
    WORKFLOW_REASON_VOTED = 1 << 11,
    /* Why a term is not extended (Llei 39/2015 art. 32). */
    WORKFLOW_REASON_TERM_IDLE = 1 << 12,     /* there is none: it was not started, or was stopped */
    WORKFLOW_REASON_TERM_OVER = 1 << 13,     /* its end has passed */
    WORKFLOW_REASON_TERM_EXTENDED = 1 << 14, /* it was extended before */
    WORKFLOW_REASON_TERM_HALF = 1 << 15      /* that is more than half of it, or nothing */
};
enum { WORKFLOW_REASONS = 16 };

/* Returns a stable word for a single reason: "unknown_event", "wrong_state", ... */
const char *workflow_reason_key(enum workflow_reason reason);

struct workflow_reasons {
    uint32_t why;          /* WORKFLOW_REASON_* together; 0: it is possible */
    uint32_t roles_wanted; /* any one of these is enough */
    uint64_t fields_required, fields_missing;
    uint16_t witnesses; /* which remembered events the actor did: see workflow_witness_event() */
    uint8_t n_failures;
    const struct workflow_text *failures[WORKFLOW_FAILURES_MAX]; /* messages of checks that do not hold */
};

enum workflow_fault_kind {
    WORKFLOW_SOUND,
    WORKFLOW_FAULT_RESTLESS,   /* more microsteps than WORKFLOW_MICROSTEPS_MAX */
    WORKFLOW_FAULT_EXPRESSION, /* a `set`, an amount or a date could not be computed: see the trace's last entry */
    WORKFLOW_FAULT_TOO_MUCH    /* effects, internal events, members or ballots beyond their bounds */
};

/* Returns a stable word for a fault: "sound", "restless", "expression", "too_much", ... */
const char *workflow_fault_key(enum workflow_fault_kind fault);

struct workflow_effect {
    const struct workflow_effect_info *info;
    uint16_t ordinal; /* from 0, in the order in which they are to be done */
    uint8_t state;    /* whose entry or exit it is, or whose transition's */
    bool resumed;     /* task: it is there already and goes on (a history was recalled): task_resume, never task_open */
    bool undoing;     /* it takes back an earlier effect: do what info->undo says, with the arguments of info */
    int64_t body;     /* of a member of an `each`; 0 otherwise */
    int64_t amount;   /* in cents, where info->amount is not -1 */
};

enum workflow_clock_kind {
    WORKFLOW_CLOCK_START,
    WORKFLOW_CLOCK_STOP,
    WORKFLOW_CLOCK_PAUSE,
    WORKFLOW_CLOCK_RESUME,
    WORKFLOW_CLOCK_EXTEND
};

/* Clocks live outside: START sets what was used to 0, even where it runs. To be done in order. */
struct workflow_clock_change {
    uint8_t clock, kind;
    int32_t amount; /* EXTEND: of the clock's own unit; 0 in the others */
};

enum workflow_timer_kind { WORKFLOW_TIMER_ARM, WORKFLOW_TIMER_CANCEL };

/* When it is due is the caller's to count, from workflow_timer_info(): the engine has no time. ARM replaces. In order.
 */
struct workflow_timer_change {
    uint8_t timer, kind;
    int64_t body;
    struct workflow_value date; /* ARM of an `on_date`: a timestamp */
};

enum workflow_trace_kind {
    WORKFLOW_TRACE_GUARD,
    WORKFLOW_TRACE_CHECK,
    WORKFLOW_TRACE_SET,
    WORKFLOW_TRACE_ARGUMENT,
    WORKFLOW_TRACE_DATE,
    WORKFLOW_TRACE_RECUSE
};

/* One expression that was asked, in order, and what it said. */
struct workflow_trace {
    uint16_t transition; /* number in the definition; of GUARD, CHECK, SET and DATE */
    uint8_t state;       /* its source */
    uint8_t kind;        /* enum workflow_trace_kind */
    int16_t expression;  /* see workflow_expression_of() */
    struct workflow_value value;
};

struct workflow_out {
    struct workflow_instance next; /* OK */
    struct workflow_reasons reasons;
    enum workflow_fault_kind fault;
    uint64_t set;    /* fields that were written, data[i] being the new value; may live in world->scratch */
    int16_t decided; /* the event that a vote came to, "vote.passed" or "vote.failed"; -1: none came to its end */
    unsigned n_path, n_taken, n_effects, n_clocks, n_timers, n_trace, n_microsteps;
    bool trace_cut;                     /* there was more to trace than room */
    uint8_t path[WORKFLOW_PATH_MAX];    /* states entered, in order, as far as there is room */
    uint16_t taken[WORKFLOW_TAKEN_MAX]; /* transitions, likewise; see workflow_transition_info() */
    struct workflow_effect effects[WORKFLOW_EFFECTS_MAX];
    struct workflow_clock_change clocks[WORKFLOW_CLOCK_CHANGES_MAX];
    struct workflow_timer_change timers[WORKFLOW_TIMER_CHANGES_MAX];
    struct workflow_trace trace[WORKFLOW_TRACE_MAX];
    struct workflow_value data[WORKFLOW_FIELDS_MAX];
};

/* Decides what happens when a request is born: the initial states and all that follows by itself. OK or FAULT. */
enum workflow_rc workflow_start(const struct workflow *wf, const struct workflow_world *world,
                                struct workflow_out *ret);

/*
 * Decides what an event does. world may be NULL: nothing is known. *ret holds as much as the answer says: only with OK
 * are next, effects, clocks, timers and set to be carried out, in that order; the trace is there always. A large struct
 * that need not be initialised.
 */
enum workflow_rc workflow_step(const struct workflow *wf, const struct workflow_instance *instance,
                               const struct workflow_event *event, const struct workflow_world *world,
                               struct workflow_out *ret);

/*
 * Whether an event would be one of a member of an `each` now, and not the request's: whose, is to be said with it.
 */
bool workflow_is_of_member(const struct workflow *wf, const struct workflow_instance *instance, unsigned event);

/* Finds the vote that would take an event as a ballot now; -1 when none would. */
int workflow_vote_of(const struct workflow *wf, const struct workflow_instance *instance, unsigned event);

/* One action, seen by one actor: a button. A ballot is judged as one that says yes. */
struct workflow_option {
    unsigned event;
    struct workflow_text label;
    bool possible;                   /* exactly when workflow_step() would answer OK */
    struct workflow_reasons reasons; /* why not, all of it. A guard is told as hidden, no more */
    int to; /* where it would lead as things stand (workflow_principal()); -1 when that cannot be told */
};

/*
 * Lists the actions that the active states know, inner states first, also those the actor may not do, so that a client
 * can say why; with `all`, then those of other states, as WRONG_STATE. Writes at most max of them and returns how many
 * there are (workflow_event_count() always suffices). `out` is room to work in. Actions of members are asked for one
 * body at a time (0: those of the request).
 */
size_t workflow_options(const struct workflow *wf, const struct workflow_instance *instance,
                        const struct workflow_world *world, int64_t body, bool all, struct workflow_out *out,
                        struct workflow_option *ret_options, size_t max);

#ifdef __cplusplus
}
#endif

#endif
