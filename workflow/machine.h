/*
 * Inside the workflow: what the parser builds (workflow/definition/) and the core reads. Not for callers.
 *
 * Everything a step can lead to is known when the definition is read, so it is worked out then: each transition carries
 * its whole program, `always` chain included, and a step is a look-up.
 */
#ifndef OAM_WORKFLOW_MACHINE_H
#define OAM_WORKFLOW_MACHINE_H

#include "workflow/workflow.h"

struct machine_program {
    const unsigned *path; /* states entered, in order; at least one */
    size_t n_path;
    const struct workflow_effect *effects;
    size_t n_effects;
};

struct machine_transition {
    const char *event;
    struct workflow_text label;
    uint32_t roles;   /* any one of these */
    uint64_t require; /* all of these */
    struct machine_program program;
};

struct machine_state {
    struct workflow_state_info info;
    const struct machine_transition *transitions;
    size_t n_transitions;
};

enum machine_filter { MACHINE_FILTER_TERRITORY, MACHINE_FILTER_PRESENT, MACHINE_FILTER_CAPACITY };
enum { MACHINE_FILTERS = 3 };

enum machine_rank { MACHINE_RANK_TERRITORY, MACHINE_RANK_OPEN_LOAD, MACHINE_RANK_LAST_ASSIGNED, MACHINE_RANK_ID };
enum { MACHINE_RANKS = 4 };

struct machine_policy {
    const char *key;
    enum machine_filter filters[MACHINE_FILTERS]; /* in the order of the document: the first that fails is told */
    size_t n_filters;
    enum machine_rank ranks[MACHINE_RANKS];
    size_t n_ranks;
    int fallback_role;
};

struct workflow {
    const char *key;
    int version;
    struct workflow_text title, note;
    bool has_note;
    struct machine_program start;
    size_t n_states, n_roles, n_fields, n_policies;
    struct machine_state states[WORKFLOW_STATES_MAX];
    struct workflow_role_info roles[WORKFLOW_ROLES_MAX];
    struct workflow_field_info fields[WORKFLOW_FIELDS_MAX];
    struct machine_policy policies[WORKFLOW_POLICIES_MAX];
    void *storage; /* the parser's: owns every text and list above */
};

/* Returns the policy with this key, NULL when there is none. */
const struct machine_policy *machine_policy_find(const struct workflow *wf, const char *key);

#endif
