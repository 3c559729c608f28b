/* Execution status: one, many, and the feed of events. */
#ifndef OAM_HANDLERS_STATUS_HANDLERS_H
#define OAM_HANDLERS_STATUS_HANDLERS_H

#include "http/http.h"

bool handle_status_read(struct context *ctx, struct error *err);
bool handle_status_query(struct context *ctx, struct error *err);
bool handle_event_list(struct context *ctx, struct error *err);

/* route.from_memory of GET status, and of GET request (whose version is the same: a 304 needs no more). */
bool status_from_memory(struct context *ctx);
bool request_from_memory(struct context *ctx);

#endif
