/* One request and its status, the two that are asked for all the time: from memory, or else from PostgreSQL. */
#ifndef OAM_HANDLERS_READ_HANDLERS_H
#define OAM_HANDLERS_READ_HANDLERS_H

#include "http/http.h"

bool handle_request_read(struct context *ctx, struct error *err);
bool handle_status_read(struct context *ctx, struct error *err);

/* route.from_memory of the two. */
bool request_from_memory(struct context *ctx);
bool status_from_memory(struct context *ctx);

/* route.ask of the two. */
bool request_read_ask(struct context *ctx, struct tx **ret_company, struct error *err);
bool status_ask(struct context *ctx, struct tx **ret_company, struct error *err);

#endif
