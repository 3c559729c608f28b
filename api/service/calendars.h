/* The calendars that a definition counts by, for one body: who rests when, from the directory's holidays. */
#ifndef OAM_SERVICE_CALENDARS_H
#define OAM_SERVICE_CALENDARS_H

#include "base/json_out.h"
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
 * request of `body`. Lives as long as the directory or the arena, whichever goes first, and points into the directory:
 * most are on its shelf. `ret_bodies` may be NULL. */
const struct workflow_calendar *calendars_use(const struct workflow *wf, int calendar, const struct directory *dir,
                                              const struct directory_body *body, struct arena *arena,
                                              struct calendar_bodies *ret_bodies);

/* Tells whether a body is where Aran's own holidays are in force. */
bool calendars_in_aran(const struct directory_body *body);

/* Tells in an event by which calendars its clocks were counted, for who counts them again: nothing where there are no
 * clocks, or no revision yet. */
void calendars_tell(struct json_out *out, const struct workflow *wf, const struct directory *dir);

/* Tells who rests when in the town with this official code; false where there is no such body. Points into the
 * directory. */
bool calendars_place(const struct directory *dir, const char *code, struct workflow_place *ret_place);

#endif
