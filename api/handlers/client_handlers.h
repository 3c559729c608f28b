#ifndef OAM_HANDLERS_CLIENT_HANDLERS_H
#define OAM_HANDLERS_CLIENT_HANDLERS_H

#include "http/http.h"

bool handle_client_list(struct context *ctx, struct error *err);
bool handle_client_create(struct context *ctx, struct error *err);
bool handle_client_read(struct context *ctx, struct error *err);
bool handle_client_change(struct context *ctx, struct error *err);
bool handle_client_revoke(struct context *ctx, struct error *err);
bool handle_client_rotate(struct context *ctx, struct error *err);

#endif
