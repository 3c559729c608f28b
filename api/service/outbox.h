/* Effects that leave the house: queued with the step's event under the key request:seq:ordinal. The protocol is
   tests/workflow/spin/outbox.pml. */
#ifndef OAM_SERVICE_OUTBOX_H
#define OAM_SERVICE_OUTBOX_H

#include "service/call.h"

/* Does what needs nobody outside: notifications to who reads them here, effects on record. Kinds of `outside` (a
 * PostgreSQL array, "{}": none) stay. *ret_count: how many, up to `limit`. */
bool outbox_settle(const struct call *call, const char *outside, size_t limit, size_t *ret_count);

/* What /metrics tells. */
struct runtime_figures {
    int64_t timers_due, timer_lag_us, outbox_queued, outbox_age_us, incidents_open;
};
bool outbox_figures(const struct call *call, struct runtime_figures *ret);

#endif
