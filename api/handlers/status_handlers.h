/* Execution status of many, and the feed of events. */
#ifndef OAM_HANDLERS_STATUS_HANDLERS_H
#define OAM_HANDLERS_STATUS_HANDLERS_H

#include "http/http.h"

bool handle_status_query(struct context *ctx, struct error *err);
bool handle_event_list(struct context *ctx, struct error *err);

#endif
