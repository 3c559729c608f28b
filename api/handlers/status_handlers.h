/* Execution status of many. */
#ifndef OAM_HANDLERS_STATUS_HANDLERS_H
#define OAM_HANDLERS_STATUS_HANDLERS_H

#include "http/http.h"

bool handle_status_query(struct context *ctx, struct error *err);

/* route.from_memory of it: 304, when nothing that was asked about has changed. */
bool status_query_from_memory(struct context *ctx);

#endif
