/* Notifications: what one was told, and that one has read it. */
#ifndef OAM_HANDLERS_NOTIFICATION_HANDLERS_H
#define OAM_HANDLERS_NOTIFICATION_HANDLERS_H

#include "http/http.h"

bool handle_notification_list(struct context *ctx, struct error *err);
bool handle_address_read(struct context *ctx, struct error *err);
bool handle_address_ask(struct context *ctx, struct error *err);
bool handle_address_confirm(struct context *ctx, struct error *err);
bool handle_address_forget(struct context *ctx, struct error *err);
bool handle_notification_read(struct context *ctx, struct error *err);

#endif
