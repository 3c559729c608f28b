/* The stock of material: what there is of each item, what came and went, and what is free when. The database keeps the
   rules (schema/migrations/0023_stock.sql); here is who may, and what is told of what would be broken. */
#ifndef OAM_SERVICE_STOCK_H
#define OAM_SERVICE_STOCK_H

#include "base/json_out.h"
#include "model/stock.h"
#include "service/call.h"
#include "service/page_rows.h"

/* Writes a StockList; `service` NULL: of all of them. */
bool stock_list(const struct call *call, const char *service, struct json_out *out);

/* Writes a StockItem. */
bool stock_read(const struct call *call, const char *code, struct json_out *out, int64_t *ret_version);

/* Writes an Availability of the days from `from` to the one before `to`. */
bool stock_availability(const struct call *call, const char *code, const char *from, const char *to, int64_t quantity,
                        struct json_out *out);

/* Writes a page of Movements, the newest first, and a StockHoldList. */
bool stock_movements(const struct call *call, const char *code, const struct page_input *page, struct json_out *out,
                     const char **ret_next, const char **ret_prev);
bool stock_holds(const struct call *call, const char *code, struct json_out *out);

/* Adds an item (201), and changes one that is at `version`. */
bool stock_item_add(const struct call *call, const struct stock_item_input *input, struct reply *ret);
bool stock_item_change(const struct call *call, const char *code, int64_t version, const struct stock_item_input *input,
                       struct json_out *out, int64_t *ret_version);

/* Records a movement (201). */
bool stock_move(const struct call *call, const char *code, const struct stock_movement_input *input, struct reply *ret);

#endif
