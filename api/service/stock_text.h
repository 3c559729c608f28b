/* Material as the functions of the database take it, with codes made ids. */
#ifndef OAM_SERVICE_STOCK_TEXT_H
#define OAM_SERVICE_STOCK_TEXT_H

#include "base/clock.h"
#include "base/json_out.h"
#include "model/stock.h"
#include "service/call.h"

/* What is said of a new item, or of what changes of one (`service` NULL); NULL with every violation. */
const char *stock_text_item(const struct call *call, const struct stock_item_input *input,
                            const struct directory_service *service);

const char *stock_text_hold(const struct call *call, const struct hold_input *input);
const char *stock_text_move(const struct call *call, const struct hold_move_input *input);

/* All in one page; `items` NULL: none. */
void stock_text_list(struct json_out *out, const char *items);

const char *stock_text_today(const struct call *call, char ret[TIME_TEXT_SIZE]);

#endif
