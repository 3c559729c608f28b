#include "service/outbox.h"

bool outbox_settle(const struct call *call, const char *outside, size_t limit, size_t *ret_count)
{
    tx_auto struct tx tx = {0};
    const struct rows *rows = NULL;
    *ret_count = 0;
    if (!tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    tx_run(&tx, QUERY_OUTBOX_SETTLE, &rows, param_text(outside), param_number((int64_t)limit), param_time(call->now));
    if (!tx_commit(&tx))
        return false;
    *ret_count = (size_t)rows_number(rows, 0, 0);
    return true;
}

bool outbox_figures(const struct call *call, struct runtime_figures *ret)
{
    enum { FIGURE_DUE, FIGURE_LAG, FIGURE_QUEUED, FIGURE_AGE, FIGURE_INCIDENTS };
    tx_auto struct tx tx = {0};
    const struct rows *rows = NULL;
    if (!tx_begin(&tx, call->store, TX_READ, call->actor, call->arena, call->err))
        return false;
    tx_run(&tx, QUERY_RUNTIME_FIGURES, &rows, param_time(call->now));
    if (!tx_flush(&tx))
        return false;
    *ret = (struct runtime_figures){
        .timers_due = rows_number(rows, 0, FIGURE_DUE),
        .timer_lag_us = rows_number(rows, 0, FIGURE_LAG),
        .outbox_queued = rows_number(rows, 0, FIGURE_QUEUED),
        .outbox_age_us = rows_number(rows, 0, FIGURE_AGE),
        .incidents_open = rows_number(rows, 0, FIGURE_INCIDENTS),
    };
    return true;
}
