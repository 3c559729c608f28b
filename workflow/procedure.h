/*
 * What a definition says beyond states, roles and fields: calendars, clocks, timers, panels and effects. Look-ups; each
 * returns what the workflow owns.
 */
#ifndef OAM_WORKFLOW_PROCEDURE_H
#define OAM_WORKFLOW_PROCEDURE_H

#include "workflow/calendar.h"
#include "workflow/workflow.h"

#ifdef __cplusplus
extern "C" {
#endif

enum workflow_calendar_of {
    WORKFLOW_CALENDAR_SEAT = 1,
    WORKFLOW_CALENDAR_APPLICANT_ENTITY = 2,
    WORKFLOW_CALENDAR_CATALONIA = 4,
    WORKFLOW_CALENDAR_ASSIGNEE = 8
};

struct workflow_calendar_info {
    const char *key;
    unsigned of;       /* WORKFLOW_CALENDAR_* together: a day off in any of them is one */
    const char *hours; /* "mon-fri 08:00-15:00"; NULL: whole days */
};

/* Returns one calendar, in document order, NULL when the number is out of range. */
const struct workflow_calendar_info *workflow_calendar_info(const struct workflow *wf, unsigned calendar);

struct workflow_clock_info {
    const char *key;
    struct workflow_text label; /* the key itself when the definition gives none */
    struct workflow_span budget;
    unsigned calendar;
    bool legal;      /* kind: legal; otherwise service */
    bool extendable; /* something extends it */
    const char *law; /* NULL when the definition names none */
};

/* Returns how many clocks there are. */
size_t workflow_clock_count(const struct workflow *wf);
/* Returns one clock, NULL when the number is out of range. */
const struct workflow_clock_info *workflow_clock_info(const struct workflow *wf, unsigned clock);
/* Finds a clock by its key. ret_clock is left alone when there is no such clock. */
bool workflow_clock_find(const struct workflow *wf, const char *key, unsigned *ret_clock);

/* When a timer is due: exactly one of a clock's percentage, a span from when it is armed, or a date (step.h). */
enum workflow_timer_of { WORKFLOW_TIMER_OF_CLOCK, WORKFLOW_TIMER_OF_SPAN, WORKFLOW_TIMER_OF_DATE };
struct workflow_timer_info {
    const char *key;            /* distinct within the definition */
    struct workflow_text label; /* what is told when it fires; NULLs when the definition gives none */
    unsigned state;             /* armed when this is entered, cancelled when it is left */
    enum workflow_timer_of of;
    unsigned clock, percent; /* OF_CLOCK */
    struct workflow_span in; /* OF_SPAN */
    int calendar;            /* OF_SPAN, OF_DATE; -1: none is named */
    bool office;             /* window: it fires within office hours only */
    unsigned repeat;         /* how often it may fire, 1 or more */
};

/* Returns how many timers there are. */
size_t workflow_timer_count(const struct workflow *wf);
/* Returns one timer, NULL when the number is out of range. */
const struct workflow_timer_info *workflow_timer_info(const struct workflow *wf, unsigned timer);
/* Finds a timer by its key. ret_timer is left alone when there is no such timer. */
bool workflow_timer_find(const struct workflow *wf, const char *key, unsigned *ret_timer);

enum workflow_trigger { WORKFLOW_BY_EVENT, WORKFLOW_BY_ALWAYS, WORKFLOW_BY_DONE, WORKFLOW_BY_TIMER };

/* A way from one state to others, as the definition has it; what it does not have is -1. */
struct workflow_transition_info {
    enum workflow_trigger by;
    unsigned from;
    const int16_t *to; /* n_to states, histories among them; none: it stays where it is */
    size_t n_to;
    int event; /* BY_EVENT */
    int timer; /* BY_TIMER */
    int guard; /* see workflow_expression_of() */
    struct workflow_text label;
    uint32_t roles;   /* any one of these; none: not for people */
    uint64_t require; /* all of these fields */
};

/* Tells one transition, numbered from 0 in document order. False, leaving *ret alone, when the number is out of range.
 */
bool workflow_transition_info(const struct workflow *wf, unsigned transition, struct workflow_transition_info *ret);

enum workflow_approval { WORKFLOW_MAJORITY, WORKFLOW_TWO_THIRDS, WORKFLOW_UNANIMOUS };

struct workflow_panel_info {
    const char *key;
    unsigned members; /* the role of those who vote */
    unsigned quorum;  /* ballots, abstentions included, without which there is no decision */
    enum workflow_approval approve;
    bool chair_breaks_tie;
};

/* Returns one panel, in document order, NULL when the number is out of range. */
const struct workflow_panel_info *workflow_panel_info(const struct workflow *wf, unsigned panel);

struct workflow_vote_info {
    unsigned state, panel;
    unsigned event;             /* by which ballots are cast */
    struct workflow_text label; /* of the ballot */
};

/* Returns how many votes there are. */
size_t workflow_vote_count(const struct workflow *wf);
/* Tells one vote, in document order. False, leaving *ret alone, when the number is out of range. */
bool workflow_vote_info(const struct workflow *wf, unsigned vote, struct workflow_vote_info *ret);

/* Finds the field that lists those who take part, the one that every `each` is over. ret_field is left alone when
 * nobody but the applicant ever takes part. */
bool workflow_participants(const struct workflow *wf, unsigned *ret_field);

enum workflow_effect_kind {
    WORKFLOW_EFFECT_TASK,         /* role; word: the form */
    WORKFLOW_EFFECT_NOTIFY,       /* role, electronic, survey; word: the template or NULL */
    WORKFLOW_EFFECT_DOCUMENT,     /* word: the template */
    WORKFLOW_EFFECT_REGISTER,     /* word: the book, "entrada" or "sortida" */
    WORKFLOW_EFFECT_RESERVE,      /* word: what */
    WORKFLOW_EFFECT_RELEASE,      /* word: what */
    WORKFLOW_EFFECT_PAY,          /* amount */
    WORKFLOW_EFFECT_CLAW,         /* amount */
    WORKFLOW_EFFECT_ACTION,       /* word: the kind of action that is opened, or the state that it comes to */
    WORKFLOW_EFFECT_RECORD,       /* word: the sort of money; amount: what all of it comes to, in cents */
    WORKFLOW_EFFECT_CALL,         /* word: the operation; clock or -1 */
    WORKFLOW_EFFECT_EMIT,         /* event; word: its key. For other requests too */
    WORKFLOW_EFFECT_CLOCK_START,  /* clock; comes out as a change of a clock, not as an effect */
    WORKFLOW_EFFECT_CLOCK_STOP,   /* likewise */
    WORKFLOW_EFFECT_CLOCK_EXTEND, /* clock; by, or amount: likewise */
    WORKFLOW_EFFECT_ASSIGN,       /* word: the key of the policy that chooses */
    WORKFLOW_EFFECT_SET           /* field, amount: its value; comes out as a field that was written */
};
enum { WORKFLOW_EFFECT_KINDS = 17 };

/* An effect as the definition has it; what a kind does not have is NULL or -1. */
struct workflow_effect_info {
    enum workflow_effect_kind kind;
    const char *word;
    int role, clock, event, field;
    int amount; /* the expression that says how much, or what: see workflow_expression_of() */
    int32_t by; /* clock_extend: by how much of the clock's own unit, where no expression says it */
    bool electronic, survey;
    int undo;   /* the kind of effect that takes it back */
    bool plain; /* comes out as it stands: nothing to compute, to raise or to take back */
};

/* Returns the word of a kind of effect: "task" to "set". */
const char *workflow_effect_key(enum workflow_effect_kind kind);

/* Returns the text of an expression that a trace names, and its bytes; NULL when the number is out of range. */
const char *workflow_expression_of(const struct workflow *wf, int expression, size_t *ret_length);
/* Returns the event whose last actor is remembered as number `witness`, -1 when the number is out of range. */
int workflow_witness_event(const struct workflow *wf, unsigned witness);

#ifdef __cplusplus
}
#endif

#endif
