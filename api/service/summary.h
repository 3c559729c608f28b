/* "Les meves actuacions": where all requests of a body stand, in one look. */
#ifndef OAM_SERVICE_SUMMARY_H
#define OAM_SERVICE_SUMMARY_H

#include "base/json_out.h"
#include "service/call.h"

/* Writes a Summary of what the actor may see of the body; NOT_FOUND beyond its reach as if there were none. */
bool body_summary(const struct call *call, const char *code, struct json_out *out);

#endif
