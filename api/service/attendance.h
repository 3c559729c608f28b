/* Is there somebody for everything that a procedure needs? Every role of its transitions, in every comarca, today. */
#ifndef OAM_SERVICE_ATTENDANCE_H
#define OAM_SERVICE_ATTENDANCE_H

#include "service/call.h"

struct attendance_gap {
    const struct workflow_role_info *role;
    const struct directory_comarca *comarca; /* NULL: in the whole provider … */
    const struct directory_unit *unit;       /* … or in this unit of a service */
};

/* Lists the roles that people of the provider would have to play and nobody can: the portfolio is empty, or all are
 * away and nobody acts for them. In the arena. */
bool attendance_find(const struct call *call, struct tx *tx, const char *key, const struct workflow *wf,
                     const struct attendance_gap **ret_gaps, size_t *ret_n);

/* A sentence for a gap. */
const char *attendance_tell(const struct call *call, const struct attendance_gap *gap);

#endif
