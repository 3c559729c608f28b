#include "service/calendar.h"

#include "base/log.h"

bool calendar_seat_take(struct store *store, const char *code, struct arena *arena, struct error *err)
{
    tx_auto struct tx tx = {0};
    const struct rows *rows = NULL;
    if (!tx_begin(&tx, store, TX_WRITE, &actor_system, arena, err))
        return false;
    tx_run(&tx, QUERY_CALENDAR_SEAT_TAKE, &rows, param_text(code), param_text("OAM_SEAT"));
    if (!tx_commit(&tx))
        return false;
    if (rows_null(rows, 0, 0))
        return error_set(err, ERROR_INVALID, TEXT_CALENDAR_NO_SEAT, code);
    if (rows_bool(rows, 0, 0))
        log_event(LOG_INFO, "seat_moved", LOG_S("body", code));
    return true;
}
