/* /bodies, /comarques, /units, /agents: the directory, from memory; only an agent's present load is asked of
 * PostgreSQL. */
#ifndef OAM_HANDLERS_DIRECTORY_HANDLERS_H
#define OAM_HANDLERS_DIRECTORY_HANDLERS_H

#include "http/http.h"

bool handle_body_list(struct context *ctx, struct error *err);
bool handle_body_read(struct context *ctx, struct error *err);
bool handle_comarca_list(struct context *ctx, struct error *err);
bool handle_unit_list(struct context *ctx, struct error *err);
bool handle_agent_list(struct context *ctx, struct error *err);
bool handle_agent_read(struct context *ctx, struct error *err);

#endif
