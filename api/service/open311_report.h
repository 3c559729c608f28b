/* What a request that came in through Open311 keeps of its report: in its first event, and beside it. */
#ifndef OAM_SERVICE_OPEN311_REPORT_H
#define OAM_SERVICE_OPEN311_REPORT_H

#include "base/json_out.h"
#include "model/open311.h"
#include "store/store.h"

/* The member "report" of the event. */
void open311_report_tell(struct json_out *out, const struct open311_report *report);

/* In the transaction that files `ref`, after it was written. */
void open311_report_queue(struct tx *tx, const char *ref, const struct open311_report *report);

#endif
