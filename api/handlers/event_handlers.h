/* The feed of events: pages, long-polls, streams. */
#ifndef OAM_HANDLERS_EVENT_HANDLERS_H
#define OAM_HANDLERS_EVENT_HANDLERS_H

#include "http/http.h"

bool event_list_from_memory(struct context *ctx);
bool handle_event_list(struct context *ctx, struct error *err);
bool event_stream_from_memory(struct context *ctx);
bool handle_event_stream(struct context *ctx, struct error *err);

#endif
