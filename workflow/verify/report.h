/* The report in progress: what its parts share. */
#ifndef OAM_WORKFLOW_VERIFY_REPORT_H
#define OAM_WORKFLOW_VERIFY_REPORT_H

#include "workflow/verify/walk.h"

struct verify {
    const struct workflow *wf;
    struct workflow_memory *memory;
    struct workflow_finding *findings;
    size_t max;
    struct workflow_verified verified;
    uint64_t *total;
    struct workflow_states entered;
    uint64_t *taken;
    struct workflow_states told_waiting, told_stuck; /* states told of already */
    uint64_t told_clock, told_spin;                  /* timers */
    uint16_t told_extension;                         /* clocks */
    bool told_fault;
};

/* Begins a finding with every number absent; NULL when there is no room: it is counted all the same. */
struct workflow_finding *report_finding(struct verify *verify, enum workflow_finding_kind kind);
/* Tells the way to a node, and what happens there last. */
void report_way(struct workflow_finding *finding, const struct walk *walk, int32_t at);
void report_way_and(struct workflow_finding *finding, const struct walk *walk, int32_t at, struct workflow_cause last);

/* How many steps may still be tried: a budget of the whole verification. */
unsigned report_steps_left(const struct verify *verify);

/* Does everybody who waits wait for something (waiting.c); can it end, whatever guards answer (ends.c); does the
 * definition keep its own assertions (asserts.c). */
void check_waiting(struct verify *verify, const struct walk *walk);
void check_ends(struct verify *verify, struct walk *walk);
void check_asserts(struct verify *verify, struct walk *walk);

#endif
