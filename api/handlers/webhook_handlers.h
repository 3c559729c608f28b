#ifndef OAM_HANDLERS_WEBHOOK_HANDLERS_H
#define OAM_HANDLERS_WEBHOOK_HANDLERS_H

#include "http/http.h"

bool handle_webhook_list(struct context *ctx, struct error *err);
bool handle_webhook_create(struct context *ctx, struct error *err);
bool handle_webhook_read(struct context *ctx, struct error *err);
bool handle_webhook_change(struct context *ctx, struct error *err);
bool handle_webhook_delete(struct context *ctx, struct error *err);
bool handle_webhook_rotate(struct context *ctx, struct error *err);
bool handle_webhook_ping(struct context *ctx, struct error *err);
bool handle_webhook_redeliver(struct context *ctx, struct error *err);
bool handle_webhook_deliveries(struct context *ctx, struct error *err);

#endif
