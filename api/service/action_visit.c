#include "service/action_visit.h"

#include <string.h>

#include "base/hex.h"
#include "service/action_text.h"
#include "service/answer_cache.h"

bool action_not_found(const struct call *call, const char *ref)
{
    return error_set(call->err, ERROR_NOT_FOUND, TEXT_DETAIL_ACTION_NOT_FOUND, ref);
}

void action_visit_leave(struct action_visit *visit)
{
    tx_end(&visit->tx);
}

/* The unit that answers for it, that of the request and, of material, the one that has it; supervision; the provider's
   own systems. */
static bool may_keep(const struct call *call, const struct request *request, const struct rows *keeper)
{
    enum { KEEPER_ACTION, KEEPER_ITEM };
    const struct actor *actor = call->actor;
    switch (actor->role) {
    case ROLE_SUPERVISOR:
        return true;
    case ROLE_INTEGRATION:
        return actor->all_bodies;
    case ROLE_TECHNICIAN:
    case ROLE_UNIT_HEAD:
        return actor->unit_id == request->unit_id ||
               (keeper && (actor->unit_id == rows_number(keeper, 0, KEEPER_ACTION) ||
                           actor->unit_id == rows_number(keeper, 0, KEEPER_ITEM)));
    default:
        return false;
    }
}

static bool find(struct action_visit *visit, const struct call *call, const struct rows **ret_keeper)
{
    const char *ref = visit->request.ref;
    if (!hex_is_uuid(visit->uid))
        return action_not_found(call, ref);
    tx_run(&visit->tx, QUERY_ACTION_KEEPER, ret_keeper, param_number(visit->request.id), param_text(visit->uid),
           param_number(visit->hold));
    return tx_flush(&visit->tx) && (rows_count(*ret_keeper) > 0 || action_not_found(call, ref));
}

bool action_visit_begin(struct action_visit *visit, const struct call *call, const char *ref, int64_t version,
                        struct reply *ret)
{
    const struct rows *keeper = NULL;
    int64_t seq;
    if (!request_change_hold(&visit->tx, call, &visit->key, ref, &visit->request, &seq, ret) ||
        (version != ACTION_ANY_VERSION && !request_at_version(call, &visit->request, version)) ||
        (visit->uid && !find(visit, call, &keeper)))
        return false;
    return may_keep(call, &visit->request, keeper) ||
           error_set(call->err, ERROR_FORBIDDEN, TEXT_DETAIL_ACTION_NOT_YOURS);
}

bool action_visit_end(struct action_visit *visit, const struct call *call, int status, const char *subject,
                      const char *location, struct reply *ret)
{
    enum { DOOR_VERSION, DOOR_BROKEN, DOOR_VIEW };
    const char *ref = visit->request.ref;
    if (!tx_flush(&visit->tx))
        return false;
    if (rows_count(visit->rows) == 0)
        return visit->milestone
                   ? error_set(call->err, ERROR_NOT_FOUND, TEXT_DETAIL_MILESTONE_NOT_FOUND, visit->milestone)
                   : action_not_found(call, ref);
    const char *view = rows_text(visit->rows, 0, DOOR_VIEW);
    if (!rows_null(visit->rows, 0, DOOR_BROKEN))
        return action_text_broken(call, rows_text(visit->rows, 0, DOOR_BROKEN), view, subject);
    *ret = (struct reply){.status = status,
                          .bytes = view,
                          .length = strlen(view),
                          .location = location,
                          .version = rows_number(visit->rows, 0, DOOR_VERSION)};
    idempotency_keep(&visit->key, &visit->tx, call, ret);
    bool done = tx_commit(&visit->tx);
    answer_cache_forget(call->cache, ref);
    return done;
}
