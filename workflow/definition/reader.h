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
#include "workflow/machine.h"

struct reader {
    struct report *report;
    struct workflow *wf;
    struct storage *storage;   /* what the workflow will own */
    struct storage *temporary; /* what dies with the parse */
    struct draft *draft;
    unsigned nesting;   /* inside a state that is not run yet: names are checked, references are not */
    bool edges_unknown; /* a transition leads nowhere we know: reachability cannot be told */
    bool exhausted;     /* of memory */
};

typedef void read_fn(struct reader *reader, const struct place *at, json_t *value, void *into);

enum member_standing {
    MEMBER_OPTIONAL,
    MEMBER_REQUIRED,
    MEMBER_UNSUPPORTED, /* of the format, not run yet; its reader, if any, only looks for more faults inside */
    MEMBER_MISPLACED    /* means nothing here */
};

struct member {
    const char *name;
    enum member_standing standing;
    read_fn *read;
};

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

/* One of the words of the format. Those not run yet are refused by name. */
struct word {
    const char *name;
    int value;
};
enum { WORD_UNSUPPORTED = -1 };
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

/* The readers of the parts, each in a file of its name. */
read_fn read_roles, read_data, read_policies, read_states, read_role_set, read_effects;

/* Finds what an identifier refers to; a fault if nothing. */
bool refer_role(struct reader *reader, const struct place *at, json_t *value, unsigned *ret_role);
const char *refer_policy(struct reader *reader, const struct place *at, json_t *value);

/* Works out the programs of all transitions, once every state is read (link.c), and what the graph of states shows
 * (graph.c). */
void link_programs(struct reader *reader);
void graph_check(struct reader *reader);

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
