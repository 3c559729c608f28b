/* Stock of material, and what of it is held for actions. */
#ifndef OAM_HANDLERS_STOCK_HANDLERS_H
#define OAM_HANDLERS_STOCK_HANDLERS_H

#include "http/http.h"

bool handle_stock_list(struct context *ctx, struct error *err);
bool handle_stock_create(struct context *ctx, struct error *err);
bool handle_stock_read(struct context *ctx, struct error *err);
bool handle_stock_change(struct context *ctx, struct error *err);
bool handle_stock_availability(struct context *ctx, struct error *err);
bool handle_movement_list(struct context *ctx, struct error *err);
bool handle_movement_create(struct context *ctx, struct error *err);
bool handle_stock_holds(struct context *ctx, struct error *err);

bool handle_hold_list(struct context *ctx, struct error *err);
bool handle_hold_create(struct context *ctx, struct error *err);
bool handle_hold_move(struct context *ctx, struct error *err);

#endif
