/* What is published through Open311, for administrators. */
#ifndef OAM_HANDLERS_OPEN311_SETTINGS_HANDLERS_H
#define OAM_HANDLERS_OPEN311_SETTINGS_HANDLERS_H

#include "http/http.h"

bool handle_open311_list(struct context *ctx, struct error *err);
bool handle_open311_publish(struct context *ctx, struct error *err);
bool handle_open311_withdraw(struct context *ctx, struct error *err);
bool handle_open311_key_give(struct context *ctx, struct error *err);
bool handle_open311_key_take(struct context *ctx, struct error *err);

#endif
