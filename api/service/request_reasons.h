/* Why something cannot be done now, in words. */
#ifndef OAM_SERVICE_REQUEST_REASONS_H
#define OAM_SERVICE_REQUEST_REASONS_H

#include "base/json_out.h"
#include "model/request.h"
#include "service/call.h"
#include "service/request_verdict.h"

/* WORKFLOW_REASON_* that stand in the way now: data that is yet to be given does not, nor does a check of it. */
uint32_t request_obstacles(const struct workflow_reasons *reasons);

/* True when nothing but the data is in the way: fields that are missing, checks that do not hold. */
bool request_lacks_data(const struct workflow_reasons *reasons);

/* Adds NOT_ASKED_FOR under /data for each field that was sent and that the act does not ask for: whoever accepts a
 * grant does not write its amount. Of acts after submission; a draft is the body's own paper. */
void request_data_unasked(const struct workflow *wf, const struct workflow_reasons *reasons, uint64_t sent,
                          struct error *err);

/* Adds to the error what is wrong with the data: REQUIRED for each missing field; with all of them there, CHECK_FAILED
 * under /data for each check, in the words of the definition. A check of what is missing would only repeat that it is.
 */
void request_data_refused(const struct workflow *wf, const struct workflow_reasons *reasons, const char *base,
                          struct error *err);

/* Writes the array of all that is in the way but fields, which may be filled in: {code, detail}. */
void request_reasons_view(struct json_out *out, const struct workflow *wf, const struct workflow_reasons *reasons,
                          const struct call *call);

/* Fills the error for a refusal of the engine: 403 when a role is missing or four eyes are wanted, 422 with what is
   wrong with the data, 409 with every reason. Always false. */
bool request_refusal(const struct workflow *wf, const struct request_verdict *verdict, const char *event,
                     const struct request *request, const struct call *call);

#endif
