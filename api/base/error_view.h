/* An error as RFC 9457 problem details: one way to write it, for answers and for items of a batch. */
#ifndef OAM_BASE_ERROR_VIEW_H
#define OAM_BASE_ERROR_VIEW_H

#include "base/error.h"
#include "base/json_out.h"

/* Writes {type, title, status, detail, instance, code, trace_id, errors} in the error's language. */
void error_view(struct json_out *out, const struct error *err, const char *request_id, const char *trace_id);

#endif
