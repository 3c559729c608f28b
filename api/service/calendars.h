/* The calendars that a definition counts by, for one body: who rests when, from the directory's holidays. */
#ifndef OAM_SERVICE_CALENDARS_H
#define OAM_SERVICE_CALENDARS_H

#include "service/directory.h"
#include "workflow/procedure.h"

/* The bodies whose local holidays a calendar counts: the seat, the applicant. */
struct calendar_bodies {
    int64_t ids[2];
    size_t n;
};

/* Official time of every body here. */
const struct workflow_zone *calendars_zone(void);

/* Compiles calendar number `calendar` of the definition (-1: none is named, which is whole days at the seat) for a
 * request of `body`. Arena-owned, points into the directory. `ret_bodies` may be NULL. */
const struct workflow_calendar *calendars_use(const struct workflow *wf, int calendar, const struct directory *dir,
                                              const struct directory_body *body, struct arena *arena,
                                              struct calendar_bodies *ret_bodies);

#endif
