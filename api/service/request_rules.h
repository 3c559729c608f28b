/* Between the engine, which knows roles and fields as bits, and a request with its people and its data. */
#ifndef OAM_SERVICE_REQUEST_RULES_H
#define OAM_SERVICE_REQUEST_RULES_H

#include "model/request.h"
#include "service/call.h"
#include "service/request_verdict.h"

/* The roles of the definition that the actor holds for a request of `body`, done by unit `unit_id`, held by
 * `assignee_id`. */
uint32_t request_roles_held(const struct workflow *wf, const struct actor *actor, const struct directory *dir,
                            const struct directory_body *body, int64_t unit_id, int64_t assignee_id, int64_t now);

/* The role of those who are in a team that definitions may name; ROLE_NONE of another. */
enum role request_team_role(const char *team);

/* Checks each member of `data` (may be NULL) against the fields of the definition: name, type, limits; violations under
   /data (below `base`). null takes a value away where it may be edited; what only the procedure writes comes from
   nobody but a register whose procedure has written it already. Returns the fields that have a value. */
enum request_data_from { REQUEST_DATA_FILED, REQUEST_DATA_EDITED, REQUEST_DATA_IMPORTED };
uint64_t request_data_check(const struct workflow *wf, const json_t *data, const char *base,
                            enum request_data_from from, struct error *err);

/* Adds REQUIRED under /data for each missing field. */
void request_fields_missing(const struct workflow *wf, uint64_t missing, const char *base, struct error *err);

/* Stored data with `change` laid over it (RFC 7396, one level): JSON text, arena-owned; *ret_present: fields with a
 * value. */
const char *request_data_merge(const struct workflow *wf, const char *stored, const json_t *change, struct arena *arena,
                               uint64_t *ret_present);

/* Labels of the roles of a set, "A, B o C"-less: comma-separated, for the sentence that says who may. */
const char *request_role_labels(const struct workflow *wf, uint32_t roles, enum text_language language,
                                struct arena *arena);

#endif
