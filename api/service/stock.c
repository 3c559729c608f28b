#include "service/stock.h"

#include <string.h>

#include "service/action_text.h"
#include "service/idempotency.h"
#include "service/page_rows.h"
#include "service/stock_text.h"

static bool not_found(const struct call *call, const char *code)
{
    return error_set(call->err, ERROR_NOT_FOUND, TEXT_DETAIL_ITEM_NOT_FOUND, code);
}

static bool read_begin(const struct call *call, struct tx *tx)
{
    return tx_begin(tx, call->store, TX_READ, call->actor, call->arena, call->err);
}

/* ---- reading ---- */

bool stock_list(const struct call *call, const char *service, struct json_out *out)
{
    tx_auto struct tx tx = {0};
    const struct rows *rows = NULL;
    char today[TIME_TEXT_SIZE];
    if (!read_begin(call, &tx))
        return false;
    tx_run(&tx, QUERY_STOCK_LIST, &rows, param_text(text_language_tag(call->language)),
           param_text(stock_text_today(call, today)), param_text(service));
    if (!tx_flush(&tx))
        return false;
    stock_text_list(out, rows_text(rows, 0, 0));
    return true;
}

enum { ITEM_VERSION, ITEM_VIEW, ITEM_UNIT };

/* The item that is read, or written to, in this transaction; NULL with the error set. */
static const struct rows *find(const struct call *call, struct tx *tx, const char *code)
{
    const struct rows *rows = NULL;
    tx_run(tx, QUERY_STOCK_READ, &rows, param_text(code), param_text(text_language_tag(call->language)));
    if (!tx_flush(tx))
        return NULL;
    if (rows_count(rows) == 0)
        (void)not_found(call, code);
    return rows_count(rows) > 0 ? rows : NULL;
}

bool stock_read(const struct call *call, const char *code, struct json_out *out, int64_t *ret_version)
{
    tx_auto struct tx tx = {0};
    const struct rows *rows = read_begin(call, &tx) ? find(call, &tx, code) : NULL;
    if (!rows)
        return false;
    const char *view = rows_text(rows, 0, ITEM_VIEW);
    *ret_version = rows_number(rows, 0, ITEM_VERSION);
    json_out_raw(out, view, strlen(view));
    return true;
}

bool stock_availability(const struct call *call, const char *code, const char *from, const char *to, int64_t quantity,
                        struct json_out *out)
{
    tx_auto struct tx tx = {0};
    const struct rows *rows = NULL;
    char today[TIME_TEXT_SIZE];
    if (!read_begin(call, &tx))
        return false;
    tx_run(&tx, QUERY_STOCK_AVAILABILITY, &rows, param_text(code), param_text(from), param_text(to),
           param_number(quantity), param_text(stock_text_today(call, today)));
    if (!tx_flush(&tx))
        return false;
    const char *view = rows_text(rows, 0, 0);
    if (!view)
        return not_found(call, code);
    json_out_raw(out, view, strlen(view));
    return true;
}

bool stock_holds(const struct call *call, const char *code, struct json_out *out)
{
    tx_auto struct tx tx = {0};
    const struct rows *rows = NULL;
    char today[TIME_TEXT_SIZE];
    if (!read_begin(call, &tx))
        return false;
    tx_run(&tx, QUERY_STOCK_HOLDS, &rows, param_text(code), param_text(stock_text_today(call, today)));
    if (!tx_flush(&tx))
        return false;
    if (rows_count(rows) == 0)
        return not_found(call, code);
    stock_text_list(out, rows_text(rows, 0, 0));
    return true;
}

enum { MOVEMENT_NUMBER, MOVEMENT_VIEW };

static void movement_write(const struct page_rows *page, struct json_out *out, size_t row)
{
    const char *view = rows_text(page->rows, row, MOVEMENT_VIEW);
    json_out_raw(out, view, strlen(view));
}

static struct cursor movement_edge(const struct page_rows *page, size_t row)
{
    return (struct cursor){.id = rows_number(page->rows, row, MOVEMENT_NUMBER)};
}

bool stock_movements(const struct call *call, const char *code, const struct page_input *page, struct json_out *out,
                     const char **ret_next, const char **ret_prev)
{
    const char *parts[] = {"stock_movements", code};
    struct page_rows list = {.call = call, .at.id = INT64_MAX, .write = movement_write, .edge = movement_edge};
    tx_auto struct tx tx = {0};
    if (!page_rows_begin(&list, page, parts, 2) || !read_begin(call, &tx) || !find(call, &tx, code))
        return false;
    tx_run(&tx, list.at.backwards ? QUERY_STOCK_MOVEMENT_PAGE_BACK : QUERY_STOCK_MOVEMENT_PAGE, &list.rows,
           param_text(code), param_number(list.at.id), param_number(page->limit + 1));
    return page_rows_finish(&list, &tx, out, ret_next, ret_prev);
}

/* ---- writing ---- */

/* The unit that keeps the item; supervision and administrators. */
static bool may_keep(const struct call *call, int64_t unit_id)
{
    const struct actor *actor = call->actor;
    if (actor->role == ROLE_SUPERVISOR || actor->role == ROLE_ADMIN || actor->unit_id == unit_id)
        return true;
    return error_set(call->err, ERROR_FORBIDDEN, TEXT_DETAIL_ITEM_NOT_YOURS);
}

/* A write under a key. False: refused, or answered already. */
static bool write_begin(const struct call *call, struct tx *tx, struct idempotency *key, struct reply *ret)
{
    *ret = (struct reply){0};
    if (!tx_begin(tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    idempotency_queue(key, tx, call);
    return tx_flush(tx) && idempotency_check(key, call, ret) == IDEMPOTENCY_FRESH;
}

static bool write_end(const struct call *call, struct tx *tx, const struct idempotency *key, const char *view,
                      const char *location, int64_t version, struct reply *ret)
{
    *ret =
        (struct reply){.status = 201, .bytes = view, .length = strlen(view), .location = location, .version = version};
    idempotency_keep(key, tx, call, ret);
    return tx_commit(tx);
}

bool stock_item_add(const struct call *call, const struct stock_item_input *input, struct reply *ret)
{
    const struct directory_service *service = directory_service_find(call->directory, input->service);
    const struct directory_unit *unit = input->unit ? directory_unit_find(call->directory, input->unit) : NULL;
    struct idempotency key;
    const struct rows *rows = NULL;
    tx_auto struct tx tx = {0};
    if (!service)
        (void)error_violate(call->err, "/service", NO_SUCH_SERVICE, input->service);
    else if (strcmp(service->support_type, "material") != 0)
        (void)error_violate(call->err, "/service", NOT_MATERIAL, input->service);
    const char *text = stock_text_item(call, input, service);
    if (!text || !may_keep(call, unit ? unit->id : service->unit->id))
        return false;
    if (!write_begin(call, &tx, &key, ret))
        return ret->replayed;
    tx_run(&tx, QUERY_STOCK_ITEM_ADD, &rows, param_text(text), param_text(text_language_tag(call->language)),
           param_time(call->now));
    if (!tx_flush(&tx))
        return false;
    const char *view = rows_text(rows, 0, 0);
    if (!view)
        return error_violate(call->err, "/code", ITEM_EXISTS);
    return write_end(call, &tx, &key, view, arena_printf(call->arena, "/api/v1/stock/%s", input->code), 1, ret);
}

/* Who keeps it decides to whom it goes. */
static bool may_change(const struct call *call, struct tx *tx, const char *code)
{
    const struct rows *item = find(call, tx, code);
    return item && may_keep(call, rows_number(item, 0, ITEM_UNIT));
}

bool stock_item_change(const struct call *call, const char *code, int64_t version, const struct stock_item_input *input,
                       struct json_out *out, int64_t *ret_version)
{
    enum { CHANGED_VERSION, CHANGED_VIEW };
    const struct rows *rows = NULL;
    tx_auto struct tx tx = {0};
    if (!tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err) || !may_change(call, &tx, code))
        return false;
    const char *text = stock_text_item(call, input, NULL);
    if (!text)
        return false;
    tx_run(&tx, QUERY_STOCK_ITEM_CHANGE, &rows, param_text(code), param_number(version), param_text(text),
           param_text(text_language_tag(call->language)), param_time(call->now));
    if (!tx_flush(&tx))
        return false;
    const char *view = rows_text(rows, 0, CHANGED_VIEW);
    *ret_version = rows_number(rows, 0, CHANGED_VERSION);
    if (!view) {
        call->err->current_version = *ret_version;
        return error_set(call->err, ERROR_PRECONDITION_FAILED, TEXT_DETAIL_STALE_VERSION);
    }
    json_out_raw(out, view, strlen(view));
    return tx_commit(&tx);
}

bool stock_move(const struct call *call, const char *code, const struct stock_movement_input *input, struct reply *ret)
{
    enum { DOOR_VERSION, DOOR_BROKEN, DOOR_VIEW };
    struct idempotency key;
    const struct rows *rows = NULL;
    tx_auto struct tx tx = {0};
    char today[TIME_TEXT_SIZE];
    if (!write_begin(call, &tx, &key, ret))
        return ret->replayed;
    if (!may_change(call, &tx, code))
        return false;
    tx_run(&tx, QUERY_STOCK_MOVE, &rows, param_text(code), param_text(input->kind), param_number(input->quantity),
           param_text(input->on ? input->on : stock_text_today(call, today)), param_text(input->reason),
           param_text(call->actor->principal), param_text(call->actor->login), param_time(call->now));
    if (!tx_flush(&tx))
        return false;
    const char *view = rows_text(rows, 0, DOOR_VIEW);
    if (!rows_null(rows, 0, DOOR_BROKEN))
        return action_text_broken(call, rows_text(rows, 0, DOOR_BROKEN), view, "/quantity");
    return write_end(call, &tx, &key, view, arena_printf(call->arena, "/api/v1/stock/%s/movements", code),
                     rows_number(rows, 0, DOOR_VERSION), ret);
}
