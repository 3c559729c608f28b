/*
 * The workflow engine: what a request may do next, and what follows from it.
 *
 * A pure library: no IO, no clock, no allocation, no global state. The same arguments give the same answer, so a
 * `struct workflow` may be read by any number of threads at once. Definitions come from workflow/definition.h.
 *
 * States, roles and fields are small numbers (their place in the document) so that sets of them are bit masks;
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
    WORKFLOW_STATES_MAX = 64,
    WORKFLOW_ROLES_MAX = 32,  /* a set of roles is an uint32_t */
    WORKFLOW_FIELDS_MAX = 64, /* a set of fields is an uint64_t */
    WORKFLOW_EVENTS_MAX = 24, /* events of one state: enough room for every workflow_options() */
    WORKFLOW_POLICIES_MAX = 16,
    WORKFLOW_PATH_MAX = 8,     /* states entered by one step */
    WORKFLOW_EFFECTS_MAX = 32, /* effects of one step */
    WORKFLOW_KEY_MAX = 48      /* bytes of an identifier, without the terminator */
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

struct workflow_state_info {
    const char *key;
    struct workflow_text label;
    enum workflow_phase phase;
    bool is_final;
    const char *outcome; /* final states: "completed", "denied", ...; NULL in the others */
    unsigned progress;   /* 0 to 100 */
    int awaits_role;     /* whose move it is, -1 when the definition does not say */
};

/* Returns how many states there are; they are numbered from 0 in document order. */
size_t workflow_state_count(const struct workflow *wf);
/* Returns one state, NULL when the number is out of range. */
const struct workflow_state_info *workflow_state(const struct workflow *wf, unsigned state);
/* Finds a state by its key. ret_state may be NULL and is left alone when there is no such state. */
bool workflow_state_find(const struct workflow *wf, const char *key, unsigned *ret_state);

enum workflow_role_from {
    WORKFLOW_ROLE_FROM_APPLICANT_ENTITY,
    WORKFLOW_ROLE_FROM_ASSIGNEE,
    WORKFLOW_ROLE_FROM_TEAM,
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

/* ---- Steps ------------------------------------------------------------------------------------------------ */

/* What is known about the actor and the request when a step is asked for. */
struct workflow_facts {
    uint32_t roles_held;     /* bit i: the actor holds role i for this request */
    uint64_t fields_present; /* bit i: field i has a value, stored already or sent with the event */
};

enum workflow_refusal {
    WORKFLOW_ALLOWED,
    WORKFLOW_UNKNOWN_EVENT, /* no state of this definition knows the event */
    WORKFLOW_WRONG_STATE,   /* other states do, this one does not */
    WORKFLOW_ROLE_MISSING,
    WORKFLOW_FIELDS_MISSING
};

/* Returns a stable word for a refusal: "allowed", "unknown_event", "wrong_state", ... */
const char *workflow_refusal_key(enum workflow_refusal refusal);

enum workflow_effect_kind {
    WORKFLOW_EFFECT_REGISTER, /* argument: the register book, "entrada" or "sortida" */
    WORKFLOW_EFFECT_ASSIGN    /* argument: the key of the policy for workflow_assign() */
};

struct workflow_effect {
    enum workflow_effect_kind kind;
    const char *argument;
};

/*
 * The answer to a step. Only when refusal is WORKFLOW_ALLOWED do `to`, `path` and `effects` tell of a change;
 * otherwise `to` equals `from` and both lists are empty. roles_wanted and fields_missing are filled whenever the
 * event exists in the state, so that every reason can be told at once: an actor without the role still learns which
 * fields are missing.
 */
struct workflow_verdict {
    enum workflow_refusal refusal;
    unsigned from, to;
    uint32_t roles_wanted;                 /* any one of these is enough */
    uint64_t fields_missing;               /* required and not present */
    const struct workflow_effect *effects; /* in the order in which they are to be done; owned by the workflow */
    size_t n_effects;
    const unsigned *path; /* states entered in order, `always` included; the last one is `to`; owned likewise */
    size_t n_path;
};

/* Decides what happens when a request is born: the initial state, its `always` chain and what they entail. */
struct workflow_verdict workflow_start(const struct workflow *wf);

/* Decides what the event does in the state for somebody about whom `facts` is known (NULL: nothing is). */
struct workflow_verdict workflow_step(const struct workflow *wf, unsigned state, const char *event,
                                      const struct workflow_facts *facts);

/* One event of a state, seen by one actor: a button. */
struct workflow_option {
    const char *event;
    struct workflow_text label;
    bool allowed;                  /* the actor holds a role for it; missing fields are inputs still to be given */
    enum workflow_refusal refusal; /* exactly what workflow_step() would answer now */
    uint32_t roles_wanted;
    uint64_t fields_required, fields_missing;
    unsigned to; /* where it ends, `always` included */
};

/*
 * Lists the events of a state in document order, also those the actor may not do, so that a client can say why.
 * Writes at most max of them and returns how many there are (WORKFLOW_EVENTS_MAX always suffices). A final state
 * and a number out of range have none.
 */
size_t workflow_options(const struct workflow *wf, unsigned state, const struct workflow_facts *facts,
                        struct workflow_option *ret_options, size_t max);

/* Returns the label of an event in a state (for a history), NULL when the state does not know the event. */
const struct workflow_text *workflow_event_label(const struct workflow *wf, unsigned state, const char *event);

/* ---- Assignment ------------------------------------------------------------------------------------------- */

/* Somebody who might take the request, as the directory knows them now. */
struct workflow_candidate {
    int64_t id;          /* distinct; the last word of every ranking */
    bool covers_body;    /* their portfolio names this very body */
    bool covers_comarca; /* their portfolio names the body's comarca */
    bool absent;
    uint32_t open_load, capacity;
    int64_t last_assigned_at_us; /* 0: never, and that goes first */
};

enum workflow_unfit { WORKFLOW_FIT, WORKFLOW_UNFIT_TERRITORY, WORKFLOW_UNFIT_ABSENT, WORKFLOW_UNFIT_CAPACITY };

/* Returns a stable word: "fit", "territory", "absent", "capacity". */
const char *workflow_unfit_key(enum workflow_unfit unfit);

struct workflow_ranking {
    size_t index;              /* into the candidates */
    enum workflow_unfit unfit; /* the first filter of the policy that failed */
};

/*
 * Orders all n candidates under a policy of the definition: the fit ones first, best first, then the others by id.
 * ret_order has room for n entries; ret_fit is how many are fit (0: nobody, see workflow_policy_fallback()).
 * ret_order[0] is the one to choose and, if they were absent, ret_order[1] would be: the counterfactual. The order is
 * total and does not depend on the order of the candidates. False only when the definition has no such policy.
 */
bool workflow_assign(const struct workflow *wf, const char *policy, const struct workflow_candidate *candidates,
                     size_t n, struct workflow_ranking *ret_order, size_t *ret_fit);

/* Tells which role receives the request when nobody is fit: the policy's `if_none`, which every policy has. False
 * when the definition has no such policy. */
bool workflow_policy_fallback(const struct workflow *wf, const char *policy, int *ret_role);

#ifdef __cplusplus
}
#endif

#endif
