/* States and transitions as they stand in the document, before `always` chains are followed to the end. */
#ifndef OAM_WORKFLOW_DRAFT_H
#define OAM_WORKFLOW_DRAFT_H

#include "workflow/workflow.h"

enum { DRAFT_LIST_EFFECTS_MAX = 8, DRAFT_NOWHERE = -1 };

struct draft_effects {
    struct workflow_effect items[DRAFT_LIST_EFFECTS_MAX];
    size_t n;
};

struct draft_transition {
    const char *event; /* NULL: `always` */
    struct workflow_text label;
    uint32_t roles;
    uint64_t require;
    int to; /* DRAFT_NOWHERE: the document is at fault */
    struct draft_effects effects;
};

struct draft_state {
    struct workflow_state_info info;
    bool has_phase, has_progress, has_always, has_on;
    struct draft_effects entry;
    const char *policy; /* `assign`, NULL without */
    struct draft_transition always;
    struct draft_transition *transitions;
    size_t n_transitions;
};

struct draft {
    int initial; /* DRAFT_NOWHERE: the document is at fault */
    struct draft_state states[WORKFLOW_STATES_MAX];
};

#endif
