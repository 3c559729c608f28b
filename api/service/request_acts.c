#include "service/request_acts.h"

#include "service/action_text.h"

static void queue(struct tx *tx, const struct call *call, const struct actor *actor, const char *ref, const char *acts,
                  bool strict, const struct rows **ret_rows)
{
    tx_run(tx, QUERY_ACTION_ACT, ret_rows, param_text(ref), param_text(acts), param_bool(strict),
           param_text(actor->principal), param_text(actor->login), param_time(call->now));
}

void request_acts_queue(struct tx *tx, const struct call *call, const struct actor *actor, const char *ref,
                        const char *acts)
{
    if (acts)
        queue(tx, call, actor, ref, acts, true, NULL);
}

bool request_acts_do(struct tx *tx, const struct call *call, const struct actor *actor, const char *ref,
                     const char *acts, int64_t *version)
{
    enum { ACT_VERSION, ACT_BROKEN };
    const struct rows *rows = NULL;
    if (!acts)
        return true;
    queue(tx, call, actor, ref, acts, false, &rows);
    if (!tx_flush(tx))
        return false;
    if (!rows_null(rows, 0, ACT_BROKEN))
        return action_text_refuse(call, rows_text(rows, 0, ACT_BROKEN), "/data");
    *version = rows_number(rows, 0, ACT_VERSION);
    return true;
}
