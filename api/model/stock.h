/* Material as a client writes of it: items, movements, holds. All violations at once, in `err`. */
#ifndef OAM_MODEL_STOCK_H
#define OAM_MODEL_STOCK_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* A new item, or what changes of one: a NULL text stays, or is what it is by itself. */
struct stock_item_input {
    const char *code, *kind, *service, *unit;
    const char *name[TEXT_LANGUAGES]; /* all of them, or none */
    bool active, has_active;
};
struct stock_item_input stock_item_input_from_json(const json_t *json, struct error *err);
struct stock_item_input stock_item_patch_from_json(const json_t *json, struct error *err);

struct stock_movement_input {
    const char *kind, *reason, *on; /* on NULL: today */
    int64_t quantity;               /* how many more there are */
};
struct stock_movement_input stock_movement_input_from_json(const json_t *json, struct error *err);

struct hold_input {
    const char *item, *from, *to;
    int64_t quantity;
};
struct hold_input hold_input_from_json(const json_t *json, struct error *err);

#define HOLD_ALL (-1) /* the quantity was not said */

struct hold_move_input {
    const char *move, *from, *to, *on, *note;
    int64_t quantity, lost;
};
struct hold_move_input hold_move_input_from_json(const json_t *json, struct error *err);

/* "folding_chairs". */
bool stock_code_is_valid(const char *text);

#endif
