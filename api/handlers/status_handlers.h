/* Execution status of many. */
#ifndef OAM_HANDLERS_STATUS_HANDLERS_H
#define OAM_HANDLERS_STATUS_HANDLERS_H

#include "http/http.h"

bool handle_status_query(struct context *ctx, struct error *err);

#endif
