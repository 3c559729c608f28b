/* What the files of a course share, and who counts it anew. */
#ifndef OAM_SERVICE_REQUEST_COURSE_INTERNAL_H
#define OAM_SERVICE_REQUEST_COURSE_INTERNAL_H

#include "service/calendars.h"
#include "service/request_course.h"

/* A calendar of the definition for the body of the course. `ret_bodies` may be NULL. */
const struct workflow_calendar *course_calendar(const struct request_course *course, int calendar,
                                                struct calendar_bodies *ret_bodies);

/* When a timer comes due that counts from `since`: when it was set, or the moment that it is of; of a clock: any. */
int64_t course_timer_due(const struct request_course *course, unsigned timer, int64_t since);

/* From here on the days are those of a member's town, but for clocks, which are the request's. Returns the body that
 * leads, for the caller to put back. */
const struct directory_body *course_count_for(struct request_course *course, unsigned timer, int64_t member);

/* Writes a row of `timers`; without a due it says that the timer is gone. */
void course_row_write(struct request_course *course, const char *name, struct course_moment moment);

/* `clocks` of those that have changed; NULL when none has. */
const char *course_clocks(struct request_course *course);

/* What is told to be due, the law's clocks before the house's and the first to end before the others, and what stands
 * still. */
void course_tell_due(const struct request_course *course, struct request_follow *ret);

#endif
