/*
 * From an `oam-wf/1` document to a `struct workflow` that runs, or to the complete list of what is wrong with it.
 *
 * Nothing is ever ignored: a member of the format that this engine does not run yet is refused by name
 * (`unsupported_member`, `unsupported_value`, `unsupported_effect`), a member of no format too (`unknown_member`).
 */
#ifndef OAM_WORKFLOW_DEFINITION_H
#define OAM_WORKFLOW_DEFINITION_H

#include "workflow/migration.h"
#include "workflow/step.h"
#include "workflow/workflow.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    WORKFLOW_DOCUMENT_MAX = 256 * 1024, /* bytes of a document */
    WORKFLOW_DEPTH_MAX = 32,            /* objects and arrays inside each other */
    WORKFLOW_FAULTS_MAX = 64            /* faults kept of one document; a caller's array need not be larger */
};

/* One thing that is wrong, where, and what to do about it. Fixed buffers, so that telling it cannot fail. */
struct workflow_fault {
    char pointer[160];     /* RFC 6901, "" for the whole document; its beginning is cut ("…") when too long */
    unsigned line, column; /* from 1; characters, not bytes. A member is at its name, an item at its start; what is
                              wrong inside an expression is where it is */
    char code[40];         /* stable: "unknown_member", "unsupported_member", "unknown_state", ... */
    char message[200];     /* English, for the person who writes definitions */
};

/*
 * Parses and validates a document of `length` bytes (UTF-8, no terminator needed). Returns the workflow, to be freed
 * by the caller with workflow_free(), or NULL when there is any fault (and, when not even the list of faults fits in
 * memory, none). The faults are sorted by line and column; ret_n_faults says how many there are (bounded by
 * WORKFLOW_FAULTS_MAX), of which the first max_faults are in ret_faults. ret_faults may be NULL when max_faults is 0;
 * ret_n_faults may be NULL.
 */
struct workflow *workflow_parse(const char *json, size_t length, struct workflow_fault *ret_faults, size_t max_faults,
                                size_t *ret_n_faults);

/* A place in the text of a document. */
struct workflow_where {
    char pointer[160];
    unsigned line, column; /* as of a fault */
};

/* Tells where a state, or the number-th of the `asserts`, is written in the text that the workflow was parsed from; the
 * whole document where there is none. */
struct workflow_where workflow_where_state(const struct workflow *wf, const char *json, size_t length, unsigned state);
struct workflow_where workflow_where_assert(const char *json, size_t length, unsigned number);

/* Frees a workflow and every text that came from it. NULL is fine. */
void workflow_free(struct workflow *wf);

/*
 * Reads a map from one definition to another: {"states": {"old.path": "new.path"}, "history": {"new.path": "old.path"
 * or null}, "timers": {"key": "keep" | "rearm" | "drop"}, "clocks": {"key": "keep" | "restart" | "drop"}, "data":
 * {"field": expression over the old data}}. NULL: {}. What it does not say is decided by names: the same path or key is
 * the same; clocks and timers with the same key go on. Faults as of workflow_parse(); whether it is total is for
 * workflow_map_prove(). The definitions must outlive it; the caller frees it with workflow_map_free().
 */
struct workflow_map *workflow_map_read(const struct workflow *from, const struct workflow *to, const char *json,
                                       size_t length, struct workflow_fault *ret_faults, size_t max_faults,
                                       size_t *ret_n_faults);
/* Frees a map. NULL is fine. */
void workflow_map_free(struct workflow_map *map);

/* What a new version changes, the least first. */
enum workflow_version_change {
    WORKFLOW_CHANGE_NONE,
    WORKFLOW_CHANGE_TEXTS,     /* A: labels, texts, forms: requests go on as if nothing had been */
    WORKFLOW_CHANGE_EXTENSION, /* B: what was possible stays so with the same result; more is */
    WORKFLOW_CHANGE_STRUCTURE  /* C: needs somebody to say what becomes of what */
};
/* Returns "none", "texts", "extension", "structure". */
const char *workflow_change_key(enum workflow_version_change change);

enum workflow_alteration_kind { WORKFLOW_ADDED, WORKFLOW_CHANGED, WORKFLOW_REMOVED };
struct workflow_alteration {
    struct workflow_where where; /* in the new document; of what was removed, in the old one */
    enum workflow_alteration_kind kind;
    enum workflow_version_change change; /* what this alone makes of it */
};

/* A definition and the text that it was parsed from. */
struct workflow_source {
    const struct workflow *workflow;
    const char *json;
    size_t length;
};

/* Compares two versions, member by member. Writes the first max differences and tells how many there are. */
enum workflow_version_change workflow_compare(const struct workflow_source *from, const struct workflow_source *to,
                                              struct workflow_alteration *ret, size_t max, size_t *ret_n);

/*
 * Tells where a request stands in words, as JSON: active leaves by their paths, clocks, timers, what histories
 * remember, who acted last, what would be taken back, members and ballots. For people, logs and tests; what is stored
 * are the bytes of workflow_encode(). Returns text that the caller frees, NULL when memory is exhausted.
 */
char *workflow_project(const struct workflow *wf, const struct workflow_instance *instance);

#ifdef __cplusplus
}
#endif

#endif
