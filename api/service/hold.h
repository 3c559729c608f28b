/* Material held for an action: reserved, handed over, back. Never more than there is, which the database sees to. */
#ifndef OAM_SERVICE_HOLD_H
#define OAM_SERVICE_HOLD_H

#include "base/json_out.h"
#include "model/stock.h"
#include "service/call.h"

/* Writes a HoldList. */
bool hold_list(const struct call *call, const char *ref, const char *uid, struct json_out *out);

/* Reserves for an action (201). */
bool hold_reserve(const struct call *call, const char *ref, const char *uid, const struct hold_input *input,
                  struct reply *ret);

/* What becomes of one, of a request that is at `version` (200). `number`: as the address has it. */
bool hold_move(const struct call *call, const char *ref, const char *uid, const char *number, int64_t version,
               const struct hold_move_input *input, struct reply *ret);

#endif
