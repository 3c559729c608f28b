/* What the actions of a request come to, as its status tells it: kept with the request by whatever changes them. */
#ifndef OAM_SERVICE_EXECUTION_VIEW_H
#define OAM_SERVICE_EXECUTION_VIEW_H

#include <jansson.h>

#include "base/json_out.h"
#include "model/request.h"

/* The stored text, read; NULL: there are no actions. Released with json_decref. */
json_t *execution_read(const struct request *request);

/* Percent: of the actions while the request is open and some are not cancelled, otherwise `of_procedure`. */
int64_t execution_progress(const struct request *request, const json_t *execution, int64_t of_procedure);

/* Writes the members `actions`, `milestones` and `amounts` of a Status. */
void execution_members(struct json_out *out, const json_t *execution);

#endif
