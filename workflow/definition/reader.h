/*
 * How one part of a document is read: a table of its members, each with its standing and its reader. What is in no
 * table is unknown and what is marked so is not run yet; both are faults, so that nothing is ever ignored.
 */
#ifndef OAM_WORKFLOW_READER_H
#define OAM_WORKFLOW_READER_H

#include <jansson.h>

#include "workflow/definition/draft.h"
#include "workflow/definition/report.h"
#include "workflow/definition/storage.h"

struct reader {
    struct report *report;
    struct workflow *wf;       /* its lists are the draft's until they have their size (link.c) */
    struct storage *storage;   /* what the workflow will own */
    struct storage *temporary; /* what dies with the parse */
    struct draft *draft;
    struct workflow_memory expressions; /* room to compile one in */
    const struct workflow_type *data;   /* what `data` is in them; NULL: not asked for yet */
    bool edges_unknown;                 /* a transition leads nowhere we know: reachability cannot be told */
    bool exhausted;                     /* of memory */
};

typedef void read_fn(struct reader *reader, const struct place *at, json_t *value, void *into);

enum member_standing {
    MEMBER_OPTIONAL,
    MEMBER_REQUIRED,
    MEMBER_MISPLACED /* of the format, and means nothing here */
};

struct member {
    const char *name;
    enum member_standing standing;
    read_fn *read;
};

/* Returns the document of a report's text, NULL with a fault where it is too large or too deep, or is not well-formed.
 */
json_t *document_load(struct report *report, size_t max);

/* Reads an object by its table, in the order of the table: what others refer to comes first. False: not an object. */
bool read_members(struct reader *reader, const struct place *at, json_t *value, const struct member *members,
                  size_t n_members, void *into);

/* Reads each item of an array, of min to max of them. */
void read_items(struct reader *reader, const struct place *at, json_t *value, size_t min, size_t max, read_fn *read,
                void *into);

/* Reads each member of an object whose names are identifiers, at most max of them; `into` is passed on. */
void read_entries(struct reader *reader, const struct place *at, json_t *value, size_t min, size_t max, read_fn *read,
                  void *into);

/* Returns the string if it is one of 1 to max bytes of printable UTF-8, NULL (and a fault) if not. */
const char *read_string(struct reader *reader, const struct place *at, json_t *value, size_t max);

/* As read_string(), and an identifier: ^[a-z][a-z0-9_]{0,47}$. */
const char *read_id(struct reader *reader, const struct place *at, json_t *value);

/* Reads an integer of min to max. */
bool read_integer(struct reader *reader, const struct place *at, json_t *value, int64_t min, int64_t max, int64_t *ret);

/* One of the words of the format. */
struct word {
    const char *name;
    int value;
};
bool read_word(struct reader *reader, const struct place *at, json_t *value, const struct word *words, size_t n_words,
               int *ret);

/* Reads a text in {ca, es, en} into a struct workflow_text; es may be missing and is then ca. */
void read_text(struct reader *reader, const struct place *at, json_t *value, void *into);
/* The same for a text of some lines. */
void read_long_text(struct reader *reader, const struct place *at, json_t *value, void *into);

/* Returns a text that says the same in every language. */
struct workflow_text text_of(const char *word);

/* Copies into what the workflow owns; "" when memory is exhausted, which is then noted. */
const char *keep_text(struct reader *reader, const char *text);
/* Allocates zeroed memory that the workflow owns (or the parse: temporary); NULL is noted as exhausted. */
void *keep_alloc(struct reader *reader, size_t n, size_t size);
void *draft_alloc(struct reader *reader, size_t n, size_t size);

bool id_is_valid(const char *id);
bool event_is_valid(const char *event);

bool read_bool(struct reader *reader, const struct place *at, json_t *value, bool *ret);

/* Takes the next entry of a list of the draft; a fault when it is full. */
bool list_take(struct reader *reader, const struct place *at, uint16_t *count, size_t max, unsigned *ret);

/* The readers of the parts, each in a file of its name; `into` is the workflow. */
read_fn read_roles, read_data, read_policies, read_calendars, read_clocks, read_panels, read_states, read_asserts;

/* Effects into the draft's list (`into` is a struct machine_span), timers of a state (its number), an `each`, a vote.
 */
read_fn read_effects, read_after, read_vote, read_over, read_join, read_role_set, read_span;
/* Ways out of a state; `into` is its number. */
read_fn read_on, read_always, read_done;

/* Reads one transition that a timer takes; returns its number, MACHINE_NONE without. */
int read_timer_transition(struct reader *reader, const struct place *at, json_t *value, unsigned state, size_t index);

/* Reads the timer that closes the vote of a state; returns its number, MACHINE_NONE without. */
int read_deadline(struct reader *reader, const struct place *at, json_t *value, unsigned state);

/* Returns what `data` is in expressions, once fields have their numbers; the workflow owns it. */
const struct workflow_type *expressions_data(struct reader *reader);
/* Sees that there is room to compile an expression in; false: memory is exhausted, which is noted. */
bool expressions_room(struct reader *reader);
/* What expressions may name, once fields, clocks and states have their numbers. */
void expressions_prepare(struct reader *reader);
/* Returns what a field is in expressions. */
enum workflow_kind kind_of_field(const struct workflow_field_info *field);
/* Compiles an expression over data, event, ticket, now and clocks; MACHINE_NONE with a fault when it is wrong. */
int read_expression(struct reader *reader, const struct place *at, json_t *value, enum workflow_kind wanted);
/* The same for who is kept from a vote: over `member` of the panel, besides `ticket`. */
int read_recusal(struct reader *reader, const struct place *at, json_t *value);

/* Find what an identifier refers to; a fault if nothing. */
bool refer_role(struct reader *reader, const struct place *at, json_t *value, unsigned *ret_role);
bool refer_clock(struct reader *reader, const struct place *at, json_t *value, unsigned *ret_clock);
bool refer_calendar(struct reader *reader, const struct place *at, json_t *value, unsigned *ret_calendar);
bool refer_field(struct reader *reader, const struct place *at, json_t *value, unsigned *ret_field);
const char *refer_policy(struct reader *reader, const struct place *at, json_t *value);
/* A state by its path as seen from another one: inside it, beside it, beside what it is inside of, and so on to the
 * top; MACHINE_NONE as the observer: from the top. */
int refer_state(struct reader *reader, const struct place *at, json_t *value, int observer);
/* The number of an event, a new one where it was not named before. */
int refer_event(struct reader *reader, const struct place *at, const char *key);
int read_event_name(struct reader *reader, const struct place *at, json_t *value);

/* Numbers the states of an object and all inside them, so that any of them can be referred to. */
void states_number(struct reader *reader, json_t *states, const struct place *at, int parent);

/* Tell what a state of its kind lacks or has too much (state_rules.c); give all of them what they have from others. */
void state_check(struct reader *reader, unsigned number);
void states_complete(struct reader *reader);

/* Once everything is read: masks and tables (link.c), and what the whole shows (graph.c). */
void link_machine(struct reader *reader);
/* Which transitions extend a term; a fault where that is no decision, or says no why (extensions.c). */
void link_extensions(struct reader *reader);
void graph_check(struct reader *reader);
/* Gives all lists their size and to the workflow (keep.c). */
void keep_machine(struct reader *reader);
/* What the document says of a transition of the draft. */
json_t *transition_document(const struct reader *reader, unsigned transition);
/* The place of a transition of the draft; ret_places has room for three. */
const struct place *transition_place(const struct reader *reader, unsigned transition, struct place ret_places[3]);

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
