/* Why something cannot be done now, in words. */
#ifndef OAM_SERVICE_REQUEST_REASONS_H
#define OAM_SERVICE_REQUEST_REASONS_H

#include "base/json_out.h"
#include "model/request.h"
#include "service/call.h"
#include "service/request_verdict.h"

/* Writes the array of all that is in the way but fields, which may be filled in: {code, detail}. */
void request_reasons_view(struct json_out *out, const struct workflow *wf, const struct workflow_reasons *reasons,
                          const struct call *call);

/* Fills the error for a refusal of the engine: 403 when a role is missing, 422 with the fields or the choice, 409 with
   every reason. Always false. */
bool request_refusal(const struct workflow *wf, const struct request_verdict *verdict, const char *event,
                     const struct request *request, const struct call *call);

#endif
