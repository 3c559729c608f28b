/* What is read of states, transitions and effects, before the lists have their final size and targets are worked out.
 */
#ifndef OAM_WORKFLOW_DRAFT_H
#define OAM_WORKFLOW_DRAFT_H

#include "workflow/definition/locate.h"
#include "workflow/machine.h"

enum {
    DRAFT_LIST_EFFECTS_MAX = 8, /* of one `do`, `entry` or `exit` */
    DRAFT_STATE_EVENTS_MAX = 24,
    DRAFT_ALTERNATIVES_MAX = 16,
    DRAFT_TARGETS_MAX = 8,
    DRAFT_TRANSITIONS_MAX = 768,
    DRAFT_EFFECTS_MAX = 768,
    DRAFT_CHECKS_MAX = 256,
    DRAFT_SETS_MAX = 256,
    DRAFT_EXPRESSIONS_MAX = 768,
    DRAFT_VOTES_MAX = 8,
    DRAFT_EACHES_MAX = 8,
    DRAFT_PANELS_MAX = 8,
    DRAFT_CALENDARS_MAX = 8,
    DRAFT_ASSERTS_MAX = 64,
    DRAFT_ALL_TARGETS_MAX = 1024
};

/* A state as it stands in the document: what the machine needs, and what was said of it. */
struct draft_state {
    struct place place, group; /* its own; that of the `states` inside it */
    bool has_label, has_phase, has_progress, has_awaits, has_kind;
    bool in_each; /* of a template */
    int64_t repeat_at_most;
    const char *policy;
    json_t *document;
};

/* Where a transition stands, to tell of it when everything has been read. */
struct draft_place {
    const char *member; /* "on", "always", "on_done", "after" */
    const char *event;  /* of "on" */
    size_t index;
};

struct draft {
    struct machine_state states[WORKFLOW_STATES_MAX];
    struct draft_state said[WORKFLOW_STATES_MAX];
    struct machine_transition transitions[DRAFT_TRANSITIONS_MAX];
    struct draft_place places[DRAFT_TRANSITIONS_MAX];
    int16_t targets[DRAFT_ALL_TARGETS_MAX];
    struct workflow_effect_info effects[DRAFT_EFFECTS_MAX];
    struct machine_check checks[DRAFT_CHECKS_MAX];
    struct machine_set sets[DRAFT_SETS_MAX];
    struct machine_event events[WORKFLOW_EVENTS_MAX];
    struct machine_timer timers[WORKFLOW_TIMERS_MAX];
    struct machine_default defaults[WORKFLOW_FIELDS_MAX];
    struct workflow_clock_info clocks[WORKFLOW_CLOCKS_MAX];
    struct workflow_calendar_info calendars[DRAFT_CALENDARS_MAX];
    struct machine_panel panels[DRAFT_PANELS_MAX];
    struct machine_vote votes[DRAFT_VOTES_MAX];
    struct machine_each eaches[DRAFT_EACHES_MAX];
    struct machine_assert asserts[DRAFT_ASSERTS_MAX];
    const struct workflow_expression *expressions[DRAFT_EXPRESSIONS_MAX];
    struct machine_solution solutions[DRAFT_EXPRESSIONS_MAX];
    int16_t histories[WORKFLOW_HISTORIES_MAX], witnesses[WORKFLOW_WITNESSES_MAX];
    uint16_t n_targets, n_checks, n_sets; /* the others are counted in the workflow */
};

#endif
