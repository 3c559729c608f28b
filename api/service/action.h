/* What was granted, as it is carried out: actions of a request, their milestones and their money. The database keeps
   the rules (schema/migrations/0017_action.sql); here is who may, and what is told of what would be broken. The
   version, and so the ETag, is the request's. */
#ifndef OAM_SERVICE_ACTION_H
#define OAM_SERVICE_ACTION_H

#include "base/json_out.h"
#include "model/action.h"
#include "service/call.h"

/* Writes an ActionList, an Action, an AmountList. */
bool action_list(const struct call *call, const char *ref, struct json_out *out, int64_t *ret_version);
bool action_read(const struct call *call, const char *ref, const char *uid, struct json_out *out, int64_t *ret_version);
bool amount_list(const struct call *call, const char *ref, const char *uid, struct json_out *out, int64_t *ret_version);

/* Opens an action (201). */
bool action_open(const struct call *call, const char *ref, const struct action_input *input, struct reply *ret);

/* Changes one of a request that is at `version` (200). */
bool action_change(const struct call *call, const char *ref, const char *uid, int64_t version,
                   const struct action_input *input, struct reply *ret);

/* Adds a milestone (201), and changes one of a request that is at `version` (200); both answer the Action. */
bool milestone_add(const struct call *call, const char *ref, const char *uid, const struct milestone_input *input,
                   struct reply *ret);
bool milestone_change(const struct call *call, const char *ref, const char *uid, const char *key, int64_t version,
                      const struct milestone_input *input, struct reply *ret);

/* Records an entry of the ledger (201). */
bool amount_record(const struct call *call, const char *ref, const char *uid, const struct amount_input *input,
                   struct reply *ret);

#endif
