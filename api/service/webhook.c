#include "service/webhook.h"

#include <inttypes.h>
#include <string.h>

#include "auth/webhook_secret.h"
#include "base/hex.h"
#include "service/idempotency.h"
#include "service/page_rows.h"
#include "store/array.h"

#define HOUR_US INT64_C(3600000000)

enum {
    HOOK_ID,
    HOOK_UID,
    HOOK_CLIENT,
    HOOK_URL,
    HOOK_TYPES,
    HOOK_FILTER,
    HOOK_PAYLOAD,
    HOOK_DESCRIPTION,
    HOOK_CONTACT,
    HOOK_LANGUAGE,
    HOOK_STATE,
    HOOK_REASON,
    HOOK_VERSION,
    HOOK_POSITION,
    HOOK_FAILING_SINCE,
    HOOK_CREATED_AT,
    HOOK_UPDATED_AT,
    HOOK_PENDING,
    HOOK_FILTER_FAILURES,
    HOOK_FILTER_FAILED_AT,
    HOOK_FILTER_FAILED_POSITION,
    HOOK_FILTER_ERROR
};

/* ---- how one looks ---- */

/* "request.submitted request.transitioned" */
static void types_view(struct json_out *out, const char *types, struct arena *arena)
{
    json_out_name(out, "types");
    json_out_array_begin(out);
    while (*types) {
        const size_t length = strcspn(types, " ");
        json_out_text(out, arena_printf(arena, "cat.oam.%.*s", (int)length, types));
        types += length + (types[length] == ' ');
    }
    json_out_array_end(out);
}

/* How often the filter could not be evaluated since it was said, and the last time; null: never. */
static void filter_failure_view(struct json_out *out, const struct rows *rows, size_t row, struct arena *arena)
{
    json_out_name(out, "filter_failure");
    if (rows_null(rows, row, HOOK_FILTER_ERROR)) {
        json_out_null(out);
        return;
    }
    json_out_object_begin(out);
    json_out_member_number(out, "count", rows_number(rows, row, HOOK_FILTER_FAILURES));
    json_out_member_text(out, "error", rows_text(rows, row, HOOK_FILTER_ERROR));
    json_out_member_time(out, "at", rows_time(rows, row, HOOK_FILTER_FAILED_AT));
    json_out_member_text(out, "position",
                         rows_null(rows, row, HOOK_FILTER_FAILED_POSITION)
                             ? NULL
                             : arena_printf(arena, "%" PRId64, rows_number(rows, row, HOOK_FILTER_FAILED_POSITION)));
    json_out_object_end(out);
}

static void hook_members(struct json_out *out, const struct call *call, const struct rows *rows, size_t row)
{
    json_out_member_text(out, "id", rows_text(rows, row, HOOK_UID));
    json_out_member_number(out, "version", rows_number(rows, row, HOOK_VERSION));
    json_out_member_text(out, "client", rows_text(rows, row, HOOK_CLIENT));
    json_out_member_text(out, "url", rows_text(rows, row, HOOK_URL));
    types_view(out, rows_text(rows, row, HOOK_TYPES), call->arena);
    json_out_member_text(out, "filter", rows_text(rows, row, HOOK_FILTER));
    filter_failure_view(out, rows, row, call->arena);
    json_out_member_text(out, "payload", rows_text(rows, row, HOOK_PAYLOAD));
    json_out_member_text(out, "description", rows_text(rows, row, HOOK_DESCRIPTION));
    json_out_member_text(out, "contact", rows_text(rows, row, HOOK_CONTACT));
    json_out_member_text(out, "state", rows_text(rows, row, HOOK_STATE));
    json_out_member_text(out, "reason", rows_text(rows, row, HOOK_REASON));
    json_out_member_time(out, "failing_since", rows_time(rows, row, HOOK_FAILING_SINCE));
    json_out_member_text(out, "position", arena_printf(call->arena, "%" PRId64, rows_number(rows, row, HOOK_POSITION)));
    json_out_member_number(out, "pending", rows_number(rows, row, HOOK_PENDING));
    json_out_member_time(out, "created_at", rows_time(rows, row, HOOK_CREATED_AT));
    json_out_member_time(out, "updated_at", rows_time(rows, row, HOOK_UPDATED_AT));
}

static void row_write(const struct page_rows *page, struct json_out *out, size_t row)
{
    json_out_object_begin(out);
    hook_members(out, page->call, page->rows, row);
    json_out_object_end(out);
}

static struct cursor row_edge(const struct page_rows *page, size_t row)
{
    return (struct cursor){.id = rows_number(page->rows, row, HOOK_ID)};
}

bool webhook_list(const struct call *call, const struct page_input *page, struct json_out *out, const char **ret_next,
                  const char **ret_prev)
{
    static const char *const parts[] = {"webhooks"};
    struct page_rows list = {.call = call, .write = row_write, .edge = row_edge};
    tx_auto struct tx tx = {0};
    if (!page_rows_begin(&list, page, parts, 1) ||
        !tx_begin(&tx, call->store, TX_READ, call->actor, call->arena, call->err))
        return false;
    tx_run(&tx, list.at.backwards ? QUERY_WEBHOOK_PAGE_BACK : QUERY_WEBHOOK_PAGE, &list.rows, param_number(list.at.id),
           param_number(page->limit + 1));
    return page_rows_finish(&list, &tx, out, ret_next, ret_prev);
}

/* Queues nothing where the id is none: then there is no such webhook. */
static bool queue_read(const struct call *call, struct tx *tx, const char *uid, const struct rows **ret_rows)
{
    if (!hex_is_uuid(uid))
        return error_set(call->err, ERROR_NOT_FOUND, TEXT_DETAIL_WEBHOOK_NOT_FOUND);
    tx_run(tx, QUERY_WEBHOOK_READ, ret_rows, param_text(uid));
    return true;
}

static bool is_there(const struct call *call, const struct rows *rows)
{
    return rows_count(rows) > 0 || error_set(call->err, ERROR_NOT_FOUND, TEXT_DETAIL_WEBHOOK_NOT_FOUND);
}

int64_t webhook_find(const struct call *call, struct tx *tx, const char *uid)
{
    const struct rows *rows = NULL;
    if (!queue_read(call, tx, uid, &rows) || !tx_flush(tx) || !is_there(call, rows))
        return 0;
    return rows_number(rows, 0, HOOK_ID);
}

static void hook_view(struct json_out *out, const struct call *call, const struct rows *rows)
{
    json_out_object_begin(out);
    hook_members(out, call, rows, 0);
    json_out_object_end(out);
}

bool webhook_read(const struct call *call, const char *uid, struct json_out *out)
{
    tx_auto struct tx tx = {0};
    const struct rows *rows = NULL;
    if (!tx_begin(&tx, call->store, TX_READ, call->actor, call->arena, call->err) ||
        !queue_read(call, &tx, uid, &rows) || !tx_flush(&tx) || !is_there(call, rows))
        return false;
    hook_view(out, call, rows);
    return true;
}

/* ---- making one ---- */

/* Whose it is to be: the caller's own, or the one that an administrator names. 0 with a violation. */
static int64_t owner_of(const struct call *call, struct tx *tx, const char *client)
{
    const struct rows *rows = NULL;
    if (call->actor->client_id != 0 && (!client || strcmp(client, call->actor->login) == 0))
        return call->actor->client_id;
    if (call->actor->client_id == 0 && !client) {
        (void)error_violate(call->err, "/client", REQUIRED);
        return 0;
    }
    if (call->actor->client_id == 0) {
        tx_run(tx, QUERY_WEBHOOK_CLIENT, &rows, param_text(client));
        if (!tx_flush(tx))
            return 0;
        if (rows_count(rows) > 0)
            return rows_number(rows, 0, 0);
    }
    (void)error_violate(call->err, "/client", NO_SUCH_CLIENT, client);
    return 0;
}

/* The reply to who asked now, and the one that is kept: in that, the secret is null. */
static const char *with_secret(const struct call *call, const struct rows *rows, const char *secret, size_t *ret_length)
{
    struct json_out out = json_out_new(call->arena, 1024);
    json_out_object_begin(&out);
    hook_members(&out, call, rows, 0);
    json_out_member_text(&out, "secret", secret);
    json_out_object_end(&out);
    return json_out_finish(&out, ret_length);
}

static bool queue_create(const struct call *call, struct tx *tx, const struct webhook_input *input, int64_t owner,
                         const char *uid, const char *sealed)
{
    const struct rows *made = NULL;
    tx_run(tx, QUERY_WEBHOOK_CREATE, &made, param_text(uid), param_number(owner), param_text(input->url),
           param_text(array_of_texts(call->arena, input->types, input->n_types)),
           param_text(input->payload ? input->payload : "thin"),
           param_text(input->description ? input->description : ""), param_text(input->contact),
           param_text(text_language_tag(call->language)), param_text(sealed), param_number(WEBHOOKS_MAX),
           param_time(call->now), param_text(input->filter));
    if (!tx_flush(tx))
        return false;
    return rows_bool(made, 0, 0) || error_set(call->err, ERROR_CONFLICT, TEXT_DETAIL_WEBHOOKS_TOO_MANY);
}

bool webhook_add(const struct call *call, const struct webhook_input *input, struct reply *ret)
{
    char uid[37], secret[WEBHOOK_SECRET_TEXT_SIZE], sealed[WEBHOOK_SEALED_HEX_SIZE];
    tx_auto struct tx tx = {0};
    struct idempotency key;
    const struct rows *rows = NULL;
    if (!tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    idempotency_queue(&key, &tx, call);
    if (!tx_flush(&tx))
        return false;
    const enum idempotency_outcome outcome = idempotency_check(&key, call, ret);
    if (outcome != IDEMPOTENCY_FRESH)
        return outcome == IDEMPOTENCY_REPLAY;
    const int64_t owner = owner_of(call, &tx, input->client);
    auth_uuid7(call->now, uid);
    webhook_secret_new(call->auth, uid, secret, sealed);
    if (owner == 0 || !queue_create(call, &tx, input, owner, uid, sealed))
        return false;
    tx_run(&tx, QUERY_WEBHOOK_READ, &rows, param_text(uid));
    if (!tx_flush(&tx))
        return false;
    *ret =
        (struct reply){.status = 201, .location = arena_printf(call->arena, "/api/v1/webhooks/%s", uid), .version = 1};
    ret->bytes = with_secret(call, rows, NULL, &ret->length);
    idempotency_keep(&key, &tx, call, ret);
    ret->bytes = with_secret(call, rows, secret, &ret->length);
    return tx_commit(&tx);
}

/* ---- changing it ---- */

static bool is_at(const struct call *call, const struct rows *rows, int64_t version)
{
    if (!is_there(call, rows))
        return false;
    if (rows_number(rows, 0, HOOK_VERSION) == version)
        return true;
    call->err->current_version = rows_number(rows, 0, HOOK_VERSION);
    return error_set(call->err, ERROR_PRECONDITION_FAILED, TEXT_DETAIL_STALE_VERSION);
}

/* What is not said stays. */
static void queue_change(const struct call *call, struct tx *tx, const struct rows *old, const char *uid,
                         const struct webhook_input *input, const struct rows **ret_done)
{
    const char *types = input->has_types ? array_of_texts(call->arena, input->types, input->n_types) : NULL;
    if (!types) {
        const char *of_type[WEBHOOK_TYPES_MAX];
        size_t n = 0;
        for (const char *at = rows_text(old, 0, HOOK_TYPES); *at; at += strspn(at, " ")) {
            const size_t length = strcspn(at, " ");
            of_type[n++] = arena_strndup(call->arena, at, length);
            at += length;
        }
        types = array_of_texts(call->arena, of_type, n);
    }
    tx_run(tx, QUERY_WEBHOOK_CHANGE, ret_done, param_text(uid), param_number(rows_number(old, 0, HOOK_VERSION)),
           param_text(input->url ? input->url : rows_text(old, 0, HOOK_URL)), param_text(types),
           param_text(input->payload ? input->payload : rows_text(old, 0, HOOK_PAYLOAD)),
           param_text(input->description ? input->description : rows_text(old, 0, HOOK_DESCRIPTION)),
           param_text(input->has_contact ? input->contact : rows_text(old, 0, HOOK_CONTACT)),
           param_text(rows_text(old, 0, HOOK_LANGUAGE)),
           param_text(input->state ? input->state : rows_text(old, 0, HOOK_STATE)), param_time(call->now),
           param_text(input->filter       ? input->filter
                      : input->has_filter ? ""
                                          : NULL));
}

bool webhook_edit(const struct call *call, const char *uid, int64_t version, const struct webhook_input *input,
                  struct json_out *out, int64_t *ret_version)
{
    tx_auto struct tx tx = {0};
    const struct rows *old = NULL, *done = NULL, *rows = NULL;
    if (!tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err) ||
        !queue_read(call, &tx, uid, &old) || !tx_flush(&tx) || !is_at(call, old, version))
        return false;
    queue_change(call, &tx, old, uid, input, &done);
    tx_run(&tx, QUERY_WEBHOOK_READ, &rows, param_text(uid));
    if (!tx_flush(&tx) || !is_there(call, rows))
        return false;
    if (!rows_bool(done, 0, 0)) /* somebody was faster */
        return is_at(call, rows, version);
    *ret_version = rows_number(rows, 0, HOOK_VERSION);
    hook_view(out, call, rows);
    return tx_commit(&tx);
}

bool webhook_remove(const struct call *call, const char *uid, int64_t version)
{
    tx_auto struct tx tx = {0};
    const struct rows *old = NULL, *done = NULL;
    if (!tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err) ||
        !queue_read(call, &tx, uid, &old) || !tx_flush(&tx) || !is_at(call, old, version))
        return false;
    tx_run(&tx, QUERY_WEBHOOK_REMOVE, &done, param_text(uid), param_number(version));
    if (!tx_commit(&tx))
        return false;
    return rows_bool(done, 0, 0) || error_set(call->err, ERROR_PRECONDITION_FAILED, TEXT_DETAIL_STALE_VERSION);
}

/* ---- its secret ---- */

static const char *rotated(const struct call *call, const char *uid, const char *secret, int64_t until, int64_t version,
                           size_t *ret_length)
{
    struct json_out out = json_out_new(call->arena, 512);
    json_out_object_begin(&out);
    json_out_member_text(&out, "id", uid);
    json_out_member_number(&out, "version", version);
    json_out_member_text(&out, "secret", secret);
    json_out_member_time(&out, "previous_until", until);
    json_out_object_end(&out);
    return json_out_finish(&out, ret_length);
}

bool webhook_rotate(const struct call *call, const char *uid, struct reply *ret)
{
    char secret[WEBHOOK_SECRET_TEXT_SIZE], sealed[WEBHOOK_SEALED_HEX_SIZE];
    const int64_t until = call->now + WEBHOOK_OVERLAP_HOURS * HOUR_US;
    tx_auto struct tx tx = {0};
    struct idempotency key;
    const struct rows *old = NULL, *done = NULL;
    *ret = (struct reply){0};
    if (!tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    idempotency_queue(&key, &tx, call);
    if (!queue_read(call, &tx, uid, &old) || !tx_flush(&tx))
        return false;
    if (idempotency_check(&key, call, ret) != IDEMPOTENCY_FRESH)
        return ret->replayed;
    if (!is_there(call, old))
        return false;
    webhook_secret_new(call->auth, rows_text(old, 0, HOOK_UID), secret, sealed);
    tx_run(&tx, QUERY_WEBHOOK_ROTATE, &done, param_text(uid), param_text(sealed), param_time(until),
           param_time(call->now));
    if (!tx_flush(&tx) || (rows_null(done, 0, 0) && !is_there(call, done)))
        return false;
    const int64_t version = rows_number(done, 0, 0);
    *ret = (struct reply){.status = 200, .version = version};
    ret->bytes = rotated(call, rows_text(old, 0, HOOK_UID), NULL, until, version, &ret->length);
    idempotency_keep(&key, &tx, call, ret);
    ret->bytes = rotated(call, rows_text(old, 0, HOOK_UID), secret, until, version, &ret->length);
    return tx_commit(&tx);
}
