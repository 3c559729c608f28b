/*
 * The workflow engine: what a definition says, and who takes a request. Its clocks, timers, panels and
 * effects are in workflow/procedure.h; what may be done with a request and what follows, in workflow/step.h.
 *
 * A pure library: no IO, no clock, no allocation, no global state. The same arguments give the same answer, so a
 * `struct workflow` may be read by any number of threads at once. Definitions come from workflow/definition.h.
 *
 * States, events, roles and fields are small numbers (their place in the document) so that sets of them are bit masks;
 * numbers are only meaningful next to the definition they came from: what is stored is always the key.
 */
#ifndef OAM_WORKFLOW_WORKFLOW_H
#define OAM_WORKFLOW_WORKFLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct workflow;

enum {
    WORKFLOW_STATES_MAX = 128,
    WORKFLOW_EVENTS_MAX = 256, /* different ones: enough room for every workflow_options() */
    WORKFLOW_ROLES_MAX = 32,   /* a set of roles is an uint32_t */
    WORKFLOW_FIELDS_MAX = 64,  /* a set of fields is an uint64_t */
    WORKFLOW_CLOCKS_MAX = 16,
    WORKFLOW_TIMERS_MAX = 64,
    WORKFLOW_POLICIES_MAX = 16,
    WORKFLOW_KEY_MAX = 48 /* bytes of an identifier, without the terminator */
};

/* A set of states: bit i % 64 of word[i / 64] is state i. */
struct workflow_states {
    uint64_t word[WORKFLOW_STATES_MAX / 64];
};

enum workflow_language { WORKFLOW_CA, WORKFLOW_ES, WORKFLOW_EN };
enum { WORKFLOW_LANGUAGES = 3 };

/* A text in every language: in[WORKFLOW_CA] and so on, never NULL. Owned by the workflow. */
struct workflow_text {
    const char *in[WORKFLOW_LANGUAGES];
};

enum workflow_phase {
    WORKFLOW_PHASE_DRAFT,
    WORKFLOW_PHASE_INTAKE,
    WORKFLOW_PHASE_STUDY,
    WORKFLOW_PHASE_DECISION,
    WORKFLOW_PHASE_WAITING,
    WORKFLOW_PHASE_EXECUTION,
    WORKFLOW_PHASE_JUSTIFICATION,
    WORKFLOW_PHASE_END
};

/* ---- What a definition says ------------------------------------------------------------------------------- */

/* Returns the key of the definition, for instance "general_enquiry". */
const char *workflow_key(const struct workflow *wf);
/* Returns the version that the document gives itself, 1 or more. */
int workflow_version(const struct workflow *wf);
/* Returns the title of the procedure. */
const struct workflow_text *workflow_title(const struct workflow *wf);
/* Returns the note that explains the procedure, NULL when the document has none. */
const struct workflow_text *workflow_note(const struct workflow *wf);
/* Returns the key of a phase as it is written in definitions, "draft" to "end". */
const char *workflow_phase_key(enum workflow_phase phase);

enum workflow_state_kind {
    WORKFLOW_STATE_ATOMIC,
    WORKFLOW_STATE_COMPOUND,
    WORKFLOW_STATE_PARALLEL,
    WORKFLOW_STATE_FINAL,
    WORKFLOW_STATE_HISTORY, /* never active: what comes to it goes where it was before */
    WORKFLOW_STATE_EACH     /* active like an atomic one; what is inside is the template of every member */
};

struct workflow_state_info {
    const char *key;  /* what it is known by outside: its name, or its path where another state has that name too */
    const char *name; /* in the document: "triage" */
    const char *path; /* from the top: "processing.triage" */
    struct workflow_text label;
    enum workflow_state_kind kind;
    enum workflow_phase phase; /* its own, or that of what it is inside of */
    bool is_final;             /* the request ends here: final and inside of nothing */
    const char *outcome;       /* of a final one at the top: "completed", "denied", ...; of a member's final one, where
                                  it says so: any but "completed" ends its part. NULL in the others */
    unsigned progress;         /* 0 to 100 */
    int awaits_role;           /* whose move it is, -1 when the definition does not say */
    int parent;                /* -1: at the top */
};

/* Returns how many states there are; they are numbered from 0 in document order, a state before those inside it. */
size_t workflow_state_count(const struct workflow *wf);
/* Returns one state, NULL when the number is out of range. */
const struct workflow_state_info *workflow_state(const struct workflow *wf, unsigned state);
/* Returns the state that a request is born into, before any `always`. */
unsigned workflow_initial(const struct workflow *wf);
/* Finds a state by its key or its path. ret_state may be NULL and is left alone when there is no such state.
 */
bool workflow_state_find(const struct workflow *wf, const char *key, unsigned *ret_state);

enum workflow_role_from {
    WORKFLOW_ROLE_FROM_APPLICANT_ENTITY,
    WORKFLOW_ROLE_FROM_ASSIGNEE,
    WORKFLOW_ROLE_FROM_TEAM,
    WORKFLOW_ROLE_FROM_PANEL,
    WORKFLOW_ROLE_FROM_SYSTEM
};

enum workflow_role_scope {
    WORKFLOW_ROLE_SCOPE_GLOBAL,
    WORKFLOW_ROLE_SCOPE_ENTITY,
    WORKFLOW_ROLE_SCOPE_COMARCA,
    WORKFLOW_ROLE_SCOPE_SERVICE
};

struct workflow_role_info {
    const char *key;
    struct workflow_text label;
    enum workflow_role_from from;
    const char *team; /* NULL when the definition names none */
    enum workflow_role_scope scope;
};

/* Returns how many roles there are; role i is bit (1 << i) of a set of roles. */
size_t workflow_role_count(const struct workflow *wf);
/* Returns one role, NULL when the number is out of range. */
const struct workflow_role_info *workflow_role(const struct workflow *wf, unsigned role);
/* Finds a role by its key. ret_role may be NULL and is left alone when there is no such role. */
bool workflow_role_find(const struct workflow *wf, const char *key, unsigned *ret_role);

enum workflow_field_type {
    WORKFLOW_FIELD_STRING,
    WORKFLOW_FIELD_INT,
    WORKFLOW_FIELD_CENTS,
    WORKFLOW_FIELD_BOOL,
    WORKFLOW_FIELD_DATE,
    WORKFLOW_FIELD_INSTANT,
    WORKFLOW_FIELD_ENUM,
    WORKFLOW_FIELD_DOC,
    WORKFLOW_FIELD_DOCS,
    WORKFLOW_FIELD_REF,
    WORKFLOW_FIELD_LIST
};

struct workflow_field_info {
    const char *key;
    struct workflow_text label; /* the key itself when the definition gives no label */
    enum workflow_field_type type;
    bool has_min, has_max;
    bool by_procedure;          /* written by `set` alone: nobody sends it */
    int64_t min, max;           /* a value (int, cents), characters (string) or members (list, docs) */
    const char *of;             /* ref, list: what of; NULL in the others */
    const char *const *options; /* enum: the values allowed */
    size_t n_options;
};

/* Returns how many fields there are; field i is bit (1 << i) of a set of fields. */
size_t workflow_field_count(const struct workflow *wf);
/* Returns one field, NULL when the number is out of range. */
const struct workflow_field_info *workflow_field(const struct workflow *wf, unsigned field);
/* Finds a field by its key. ret_field may be NULL and is left alone when there is no such field. */
bool workflow_field_find(const struct workflow *wf, const char *key, unsigned *ret_field);
/* Returns the key of a field type as it is written in definitions, "string" to "list". */
const char *workflow_field_type_key(enum workflow_field_type type);

/* Returns how many events there are, those that the definition raises itself included. */
size_t workflow_event_count(const struct workflow *wf);
/* Returns the key of an event, NULL when the number is out of range. */
const char *workflow_event_key(const struct workflow *wf, unsigned event);
/* Finds an event by its key: once, at the door; inside, events are numbers. ret_event is left alone without one. */
bool workflow_event_find(const struct workflow *wf, const char *key, unsigned *ret_event);
/* Returns the label of an event in a state, what it is inside of or what is inside of it (for a history: a parallel
 * state stands for its regions), NULL when none of them knows it. */
const struct workflow_text *workflow_event_label(const struct workflow *wf, unsigned state, const char *event);

/* ---- Assignment ------------------------------------------------------------------------------------------- */

struct workflow_policy; /* workflow/assignment.h */

/* Returns the policy with this key, NULL when the definition has none. */
const struct workflow_policy *workflow_policy_find(const struct workflow *wf, const char *key);
/* Returns the policies in the order of the document, NULL when the number is out of range. */
const struct workflow_policy *workflow_policy_at(const struct workflow *wf, unsigned number);

#ifdef __cplusplus
}
#endif

#endif
