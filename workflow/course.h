/*
 * What an answer of the engine comes to in time: clocks that start, stand still and stop, and when a timer is due.
 *
 * The engine counts nothing; whoever keeps a request does, with the calendars that its definition names.
 */
#ifndef OAM_WORKFLOW_COURSE_H
#define OAM_WORKFLOW_COURSE_H

#include "workflow/procedure.h"
#include "workflow/step.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What time is counted by: calendars[0] where a definition names none, calendars[i + 1] its calendar number i. */
struct workflow_course {
    const struct workflow *wf;
    const struct workflow_calendar *const *calendars;
    int64_t now_us;
};

/* Carries out what an answer says of clocks; returns those it was about. */
uint16_t workflow_course_clocks(const struct workflow_course *course, const struct workflow_out *out,
                                struct workflow_clock clocks[WORKFLOW_CLOCKS_MAX]);

/* Returns when a timer is due that is set now; WORKFLOW_NEVER where its clock does not run, or its date is none. `date`
 * is what the answer gave, NULL for timers of clocks. */
int64_t workflow_course_due(const struct workflow_course *course, unsigned timer, const struct workflow_value *date,
                            const struct workflow_clock clocks[WORKFLOW_CLOCKS_MAX]);

#ifdef __cplusplus
}
#endif

#endif
