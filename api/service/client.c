#include "service/client.h"

#include <inttypes.h>
#include <string.h>

#include "auth/credentials.h"
#include "auth/permission.h"
#include "base/json_in.h"
#include "base/log.h"
#include "service/client_view.h"
#include "service/idempotency.h"
#include "service/page_rows.h"
#include "service/service_auth_keys.h"
#include "store/array.h"

#define HOUR_US INT64_C(3600000000)

/* ---- reading ---- */

bool client_list(const struct call *call, const struct page_input *page, struct json_out *out, const char **ret_next,
                 const char **ret_prev)
{
    static const char *const parts[] = {"clients"};
    struct page_rows list = {.call = call, .write = client_view_row, .edge = client_view_edge};
    tx_auto struct tx tx = {0};
    if (!page_rows_begin(&list, page, parts, 1) ||
        !tx_begin(&tx, call->store, TX_READ, call->actor, call->arena, call->err))
        return false;
    tx_run(&tx, list.at.backwards ? QUERY_CLIENT_PAGE_BACK : QUERY_CLIENT_PAGE, &list.rows, param_number(list.at.id),
           param_number(page->limit + 1), param_time(call->now));
    return page_rows_finish(&list, &tx, out, ret_next, ret_prev);
}

static void queue_read(const struct call *call, struct tx *tx, const char *client_id, const struct rows **ret_rows)
{
    tx_run(tx, QUERY_CLIENT_READ, ret_rows, param_text(client_id), param_time(call->now));
}

static bool is_there(const struct call *call, const struct rows *rows)
{
    return rows_count(rows) > 0 || error_set(call->err, ERROR_NOT_FOUND, TEXT_DETAIL_CLIENT_NOT_FOUND);
}

/* Queues what client_view() shows. */
static void queue_view(const struct call *call, struct tx *tx, const char *client_id, struct client_rows *ret)
{
    *ret = (struct client_rows){0};
    queue_read(call, tx, client_id, &ret->client);
    tx_run(tx, QUERY_CLIENT_CHANGES, &ret->changes, param_text(client_id), param_number(CLIENT_CHANGES_SHOWN));
}

bool client_read(const struct call *call, const char *client_id, struct json_out *out)
{
    struct client_rows rows;
    tx_auto struct tx tx = {0};
    if (!tx_begin(&tx, call->store, TX_READ, call->actor, call->arena, call->err))
        return false;
    queue_view(call, &tx, client_id, &rows);
    if (!tx_flush(&tx) || !is_there(call, rows.client))
        return false;
    client_view(out, &rows);
    return true;
}

/* ---- what it may do ---- */

/* As an array for the database; NULL when it is not said, or wrong. Who gives has all of them: people do. */
static const char *scopes_of(const struct call *call, const json_t *list)
{
    const char *names[CLIENT_SCOPES_MAX] = {0};
    size_t n_known = 0;
    const size_t n = json_array_size(list);
    while (permission_scope_names[n_known])
        n_known++;
    for (size_t i = 0; i < n; i++) {
        const char *pointer = json_pointer_index(call->arena, "/scopes", i);
        const char *given = json_string_value(json_array_get(list, i));
        for (size_t known = 0; given && known < n_known && !names[i]; known++)
            names[i] = strcmp(permission_scope_names[known], given) == 0 ? given : NULL;
        if (!names[i])
            error_violate_options(call->err, pointer, permission_scope_names, n_known);
        for (size_t before = 0; names[i] && before < i; before++)
            if (names[before] && strcmp(names[before], given) == 0)
                error_violate(call->err, pointer, NAMED_TWICE, given);
    }
    return list && !error_is_set(call->err) ? array_of_texts(call->arena, names, n) : NULL;
}

/* The same of bodies that there are today. */
static const char *bodies_of(const struct call *call, const json_t *list)
{
    int64_t ids[CLIENT_BODIES_MAX] = {0};
    const size_t n = json_array_size(list);
    for (size_t i = 0; i < n; i++) {
        const char *pointer = json_pointer_index(call->arena, "/bodies", i);
        const char *code = json_string_value(json_array_get(list, i));
        const struct directory_body *body = code ? directory_body_find(call->directory, code) : NULL;
        if (!body || !body->active) {
            error_violate(call->err, pointer, NO_SUCH_BODY, code ? code : "");
            continue;
        }
        ids[i] = body->id;
        for (size_t before = 0; before < i; before++)
            if (ids[before] == body->id)
                error_violate(call->err, pointer, NAMED_TWICE, code);
    }
    return list && !error_is_set(call->err) ? array_of_numbers(call->arena, ids, n) : NULL;
}

struct rights {
    const char *scopes, *bodies; /* arrays; NULL: as they are */
};

static bool rights_of(const struct call *call, const struct client_input *input, struct rights *ret)
{
    ret->scopes = scopes_of(call, input->scopes);
    ret->bodies = bodies_of(call, input->bodies);
    return !error_is_set(call->err);
}

/* ---- making one ---- */

static bool insert(const struct call *call, struct tx *tx, const struct client_input *input,
                   const struct rights *rights, const char *secret)
{
    unsigned char hash[AUTH_DIGEST_SIZE];
    const struct rows *done = NULL;
    auth_client_secret_hash(secret, hash);
    tx_run(tx, QUERY_CLIENT_CREATE, &done, param_text(input->client_id), param_text(input->name),
           param_text(auth_hex(call->arena, hash, sizeof hash)), param_text(rights->scopes),
           param_text(input->all_bodies ? input->all_bodies : "false"),
           param_text(rights->bodies ? rights->bodies : "{}"), param_text(call->actor->login),
           param_number(CLIENTS_MAX), param_time(call->now));
    if (!tx_flush(tx))
        return false;
    const char *outcome = rows_text(done, 0, 0);
    if (outcome && strcmp(outcome, "taken") == 0)
        return error_violate(call->err, "/client_id", CLIENT_EXISTS, input->client_id);
    return (outcome && strcmp(outcome, "made") == 0) ||
           error_set(call->err, ERROR_CONFLICT, TEXT_DETAIL_CLIENTS_TOO_MANY);
}

static bool add(const struct call *call, struct tx *tx, const struct idempotency *key, const struct client_input *input,
                const struct rights *rights, char secret[AUTH_CLIENT_SECRET_SIZE], struct reply *ret)
{
    struct client_rows rows;
    if (!insert(call, tx, input, rights, secret))
        return false;
    queue_view(call, tx, input->client_id, &rows);
    if (!tx_flush(tx))
        return false;
    *ret = (struct reply){
        .status = 201, .location = arena_printf(call->arena, "/api/v1/clients/%s", input->client_id), .version = 1};
    ret->bytes = client_view_made(call->arena, &rows, NULL, &ret->length);
    idempotency_keep(key, tx, call, ret);
    ret->bytes = client_view_made(call->arena, &rows, secret, &ret->length);
    return tx_commit(tx);
}

bool client_add(const struct call *call, const struct client_input *input, struct reply *ret)
{
    char secret[AUTH_CLIENT_SECRET_SIZE];
    struct rights rights;
    struct idempotency key;
    tx_auto struct tx tx = {0};
    if (!rights_of(call, input, &rights) || !tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    idempotency_queue(&key, &tx, call);
    if (!tx_flush(&tx))
        return false;
    const enum idempotency_outcome outcome = idempotency_check(&key, call, ret);
    if (outcome != IDEMPOTENCY_FRESH)
        return outcome == IDEMPOTENCY_REPLAY;
    if (!auth_client_secret_new(secret, sizeof secret))
        return error_set(call->err, ERROR_INTERNAL, TEXT_HTTP_INTERNAL);
    const bool made = add(call, &tx, &key, input, &rights, secret, ret);
    auth_wipe(secret, sizeof secret);
    if (made)
        log_event(LOG_INFO, "client_made", LOG_S("client", input->client_id), LOG_S("by", call->actor->principal));
    return made;
}

/* ---- changing it ---- */

static bool is_at(const struct call *call, const struct rows *rows, int64_t version)
{
    if (!is_there(call, rows))
        return false;
    if (rows_number(rows, 0, CLIENT_ROW_VERSION) != version) {
        call->err->current_version = rows_number(rows, 0, CLIENT_ROW_VERSION);
        return error_set(call->err, ERROR_PRECONDITION_FAILED, TEXT_DETAIL_STALE_VERSION);
    }
    return rows_null(rows, 0, CLIENT_ROW_REVOKED_AT) ||
           error_set(call->err, ERROR_CONFLICT, TEXT_DETAIL_CLIENT_REVOKED);
}

/* A change as it was queued, at a version of the client: `done` is its number, or nothing where somebody was faster,
   and `now` the client after it. */
struct change {
    int64_t version;
    const struct rows *done, *now;
    const char *event;
};

static bool commit_change(const struct call *call, struct tx *tx, const struct change *change)
{
    if (rows_null(change->done, 0, 0))
        return is_at(call, change->now, change->version);
    const int64_t id = rows_number(change->done, 0, 0);
    const char *client_id = rows_text(change->now, 0, CLIENT_ROW_CLIENT_ID);
    if (!tx_commit(tx))
        return false;
    auth_forget_principal(call->auth, arena_printf(call->arena, "client:%" PRId64, id));
    log_event(LOG_INFO, change->event, LOG_S("client", client_id), LOG_S("by", call->actor->principal));
    return true;
}

bool client_edit(const struct call *call, const char *client_id, int64_t version, const struct client_input *input,
                 struct json_out *out, int64_t *ret_version)
{
    struct rights rights;
    struct client_rows rows;
    tx_auto struct tx tx = {0};
    const struct rows *old = NULL;
    struct change change = {.version = version, .event = "client_changed"};
    if (!rights_of(call, input, &rights) || !tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    queue_read(call, &tx, client_id, &old);
    if (!tx_flush(&tx) || !is_at(call, old, version))
        return false;
    tx_run(&tx, QUERY_CLIENT_CHANGE, &change.done, param_text(client_id), param_number(version),
           param_text(input->name), param_text(rights.scopes), param_text(input->all_bodies), param_text(rights.bodies),
           param_text(input->active), param_text(call->actor->login), param_time(call->now));
    queue_view(call, &tx, client_id, &rows);
    if (!tx_flush(&tx))
        return false;
    change.now = rows.client;
    if (!commit_change(call, &tx, &change))
        return false;
    *ret_version = version + 1;
    client_view(out, &rows);
    return true;
}

bool client_revoke(const struct call *call, const char *client_id, int64_t version)
{
    tx_auto struct tx tx = {0};
    const struct rows *old = NULL;
    struct change change = {.version = version, .event = "client_revoked"};
    if (!tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    queue_read(call, &tx, client_id, &old);
    if (!tx_flush(&tx) || !is_at(call, old, version))
        return false;
    tx_run(&tx, QUERY_CLIENT_REVOKE, &change.done, param_text(client_id), param_number(version),
           param_text(call->actor->login), param_time(call->now));
    queue_read(call, &tx, client_id, &change.now);
    return tx_flush(&tx) && commit_change(call, &tx, &change);
}

/* ---- its secret ---- */

static bool rotate(const struct call *call, struct tx *tx, const struct idempotency *key,
                   const struct client_rotated *rotated, const char *secret, struct reply *ret)
{
    unsigned char hash[AUTH_DIGEST_SIZE];
    struct change change = {.version = rotated->version - 1, .event = "client_secret_rotated"};
    auth_client_secret_hash(secret, hash);
    tx_run(tx, QUERY_CLIENT_ROTATE, &change.done, param_text(rotated->client_id), param_number(change.version),
           param_text(auth_hex(call->arena, hash, sizeof hash)),
           param_time(rotated->until ? rotated->until : call->now), param_text(call->actor->login),
           param_time(call->now));
    queue_read(call, tx, rotated->client_id, &change.now);
    if (!tx_flush(tx))
        return false;
    *ret = (struct reply){.status = 200, .version = rotated->version};
    ret->bytes = client_view_rotated(call->arena, rotated, NULL, &ret->length);
    idempotency_keep(key, tx, call, ret);
    ret->bytes = client_view_rotated(call->arena, rotated, secret, &ret->length);
    return commit_change(call, tx, &change);
}

bool client_rotate(const struct call *call, const char *client_id, int64_t version, int64_t overlap_hours,
                   struct reply *ret)
{
    char secret[AUTH_CLIENT_SECRET_SIZE];
    const struct client_rotated rotated = {.client_id = client_id,
                                           .version = version + 1,
                                           .until = overlap_hours ? call->now + overlap_hours * HOUR_US : 0};
    tx_auto struct tx tx = {0};
    struct idempotency key;
    const struct rows *old = NULL;
    *ret = (struct reply){0};
    if (!tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    idempotency_queue(&key, &tx, call);
    queue_read(call, &tx, client_id, &old);
    if (!tx_flush(&tx))
        return false;
    if (idempotency_check(&key, call, ret) != IDEMPOTENCY_FRESH)
        return ret->replayed;
    if (!is_at(call, old, version))
        return false;
    if (!auth_client_secret_new(secret, sizeof secret))
        return error_set(call->err, ERROR_INTERNAL, TEXT_HTTP_INTERNAL);
    const bool done = rotate(call, &tx, &key, &rotated, secret, ret);
    auth_wipe(secret, sizeof secret);
    return done;
}
