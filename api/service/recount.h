/* Terms that are counted anew when their calendars are corrected: each once, as an event of its request. */
#ifndef OAM_SERVICE_RECOUNT_H
#define OAM_SERVICE_RECOUNT_H

#include "service/call.h"

/* Counts some requests anew, in one transaction; *ret_count of them were looked at. Whoever comes first has them: any
 * number of processes may call this at once, and one that is killed leaves them to the others. */
bool recount_apply(const struct call *call, size_t *ret_count);

#endif
