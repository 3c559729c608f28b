/*
 * What answers of the engine come to in time: clocks that start, stand still and stop, timers and when they are due.
 *
 * The engine counts nothing; whoever keeps a request does, with the calendars that its definition names. A course is
 * one request as it is followed from its beginning: told in a scenario, or replayed.
 */
#ifndef OAM_WORKFLOW_COURSE_H
#define OAM_WORKFLOW_COURSE_H

#include "workflow/procedure.h"
#include "workflow/step.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { WORKFLOW_PENDING_MAX = WORKFLOW_TIMERS_MAX + 8 * WORKFLOW_MEMBERS_MAX };

/* A timer that runs. */
struct workflow_pending {
    uint16_t timer;
    int64_t body; /* of a member; 0 otherwise */
    int64_t due_us;
};

/* Members are for reading; data may be written between answers. */
struct workflow_course {
    const struct workflow *wf;
    /* What time is counted by: [0] where a definition names nothing, [i + 1] its calendar number i. */
    const struct workflow_calendar *const *calendars;
    int64_t now_us; /* of the answer that is taken */
    struct workflow_instance instance;
    struct workflow_clock clocks[WORKFLOW_CLOCKS_MAX];
    struct workflow_value
        data[WORKFLOW_FIELDS_MAX];        /* as the last `set` left it: where its texts live is the caller's */
    int64_t ends_us[WORKFLOW_CLOCKS_MAX]; /* of clocks that have run: their end, as it was known last */
    uint16_t ran, late;                   /* clocks that have run; that ran past their end */
    unsigned n_pending;
    struct workflow_pending pending[WORKFLOW_PENDING_MAX];
};

/* Begins before anything is there. */
void workflow_course_begin(struct workflow_course *course, const struct workflow *wf,
                           const struct workflow_calendar *const *calendars);

/* Carries out an answer that is OK, at course->now_us. */
void workflow_course_take(struct workflow_course *course, const struct workflow_out *out);

/* Returns the timer that is due first (of several at one instant, the first of the definition), NULL when none ever is.
 */
const struct workflow_pending *workflow_course_first(const struct workflow_course *course);
/* Forgets a timer that has fired. */
void workflow_course_drop(struct workflow_course *course, unsigned timer, int64_t body);
/* Finds one; NULL: it does not run. */
const struct workflow_pending *workflow_course_find(const struct workflow_course *course, unsigned timer, int64_t body);

/* ---- what whoever keeps a request elsewhere counts by ---- */

/* Carries out a change of a clock at now_us, by the calendar that the definition names for it. */
void workflow_clock_follow(const struct workflow *wf, struct workflow_clock_change change,
                           const struct workflow_calendar *calendar, int64_t now_us, struct workflow_clock *clock);
/* Tells a world what a step asks of a clock: whether it is over at world->now_us, whether it was extended. */
void workflow_clock_tell(const struct workflow *wf, unsigned number, const struct workflow_clock *clock,
                         const struct workflow_calendar *calendar, struct workflow_world *world);
/* Returns the calendar whose hours are the office's: a timer's own, or the first that has any; own where none has. */
int workflow_office(const struct workflow *wf, int own);
/* Returns the instant of a timer's date, WORKFLOW_NEVER for a value that is none. A date has no time of day: it begins
 * at the zone's midnight, not at Greenwich's. */
int64_t workflow_date_begins(const struct workflow_value *date, const struct workflow_zone *zone);

/* Tells of clocks that still run which of them are past their end by now. */
void workflow_course_end(struct workflow_course *course, int64_t now_us);

#ifdef __cplusplus
}
#endif

#endif
