/* What an administrator publishes through Open311, and whom they give keys to. */
#include <string.h>

#include "auth/credentials.h"
#include "base/json_in.h"
#include "base/log.h"
#include "service/open311.h"
#include "service/service_auth_keys.h"
#include "store/array.h"

/* "a,b" as a list; NULL is none. */
static void write_words(struct json_out *out, const char *name, const char *words)
{
    json_out_name(out, name);
    json_out_array_begin(out);
    while (words && *words) {
        const size_t length = strcspn(words, ",");
        json_out_text_n(out, words, length);
        words += length + (words[length] == ',');
    }
    json_out_array_end(out);
}

void open311_list(const struct call *call, struct json_out *out)
{
    json_out_object_begin(out);
    json_out_name(out, "items");
    json_out_array_begin(out);
    for (size_t i = 0; i < call->directory->n_open311; i++) {
        const struct directory_open311 *endpoint = &call->directory->open311[i];
        json_out_object_begin(out);
        json_out_member_text(out, "body", endpoint->body->code);
        json_out_member_text(out, "name", endpoint->body->name);
        json_out_member_text(out, "contact", endpoint->contact);
        json_out_member_bool(out, "publishes_texts", endpoint->publishes_texts);
        json_out_name(out, "services");
        json_out_array_begin(out);
        for (size_t j = 0; j < endpoint->n_services; j++)
            json_out_text(out, endpoint->services[j]->code);
        json_out_array_end(out);
        write_words(out, "key_holders", endpoint->key_holders);
        json_out_member_text(out, "changed_by", endpoint->changed_by);
        json_out_member_time(out, "changed_at", endpoint->changed_at);
        json_out_object_end(out);
    }
    json_out_array_end(out);
    json_out_member_text(out, "next", NULL);
    json_out_member_text(out, "prev", NULL);
    json_out_object_end(out);
}

/* One that is no more can be taken back what it published, and given nothing. */
static const struct directory_body *body_of_any_time(const struct call *call, const char *code)
{
    const struct directory_body *body = directory_body_find(call->directory, code);
    if (!body)
        error_set(call->err, ERROR_NOT_FOUND, TEXT_DETAIL_BODY_NOT_FOUND, code);
    return body;
}

static const struct directory_body *body_of(const struct call *call, const char *code)
{
    const struct directory_body *body = body_of_any_time(call, code);
    if (!body || body->active)
        return body;
    error_set(call->err, ERROR_NOT_FOUND, TEXT_DETAIL_BODY_NOT_FOUND, code);
    return NULL;
}

/* Each once, and such as a body of that kind may ask for. */
static const int64_t *services_of(const struct call *call, const json_t *codes, size_t *ret_count)
{
    const size_t n = json_array_size(codes);
    int64_t *ids = arena_alloc(call->arena, (n + 1) * sizeof *ids);
    for (size_t i = 0; i < n; i++) {
        const char *code = json_string_value(json_array_get(codes, i));
        const char *pointer = json_pointer_index(call->arena, "/services", i);
        const struct directory_service *service = code ? directory_service_find(call->directory, code) : NULL;
        if (!service || !service->active || !service->requires_application) {
            error_violate(call->err, pointer, NO_SUCH_SERVICE, code ? code : "");
            continue;
        }
        ids[i] = service->id;
        for (size_t j = 0; j < i; j++)
            if (ids[j] == service->id)
                error_violate(call->err, pointer, NAMED_TWICE, code);
    }
    *ret_count = n;
    return ids;
}

bool open311_publish(const struct call *call, const char *body_code, const struct open311_input *input)
{
    size_t n;
    const struct directory_body *body = body_of(call, body_code);
    const int64_t *services = body ? services_of(call, input->services, &n) : NULL;
    tx_auto struct tx tx = {0};
    if (!body || error_is_set(call->err) || !tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    tx_run(&tx, QUERY_OPEN311_PUBLISH, NULL, param_number(body->id), param_text(input->contact),
           param_bool(input->publishes_texts), param_text(array_of_numbers(call->arena, services, n)),
           param_text(call->actor->login), param_time(call->now));
    if (!tx_commit(&tx))
        return false;
    log_event(LOG_INFO, "open311_published", LOG_S("body", body->code), LOG_S("by", call->actor->principal));
    return true;
}

/* Runs a change that answers whether there was anything to change. */
static bool change(struct tx *tx, const struct rows *const *rows, bool *ret_done)
{
    if (!tx_flush(tx))
        return false;
    *ret_done = rows_bool(*rows, 0, 0);
    return !*ret_done || tx_commit(tx);
}

bool open311_withdraw(const struct call *call, const char *body_code)
{
    const struct directory_body *body = body_of_any_time(call, body_code);
    const struct rows *rows = NULL;
    bool done;
    tx_auto struct tx tx = {0};
    if (!body || !tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    tx_run(&tx, QUERY_OPEN311_WITHDRAW, &rows, param_number(body->id));
    if (!change(&tx, &rows, &done))
        return false;
    if (!done)
        return error_set(call->err, ERROR_NOT_FOUND, TEXT_OPEN311_NO_JURISDICTION, body_code);
    log_event(LOG_INFO, "open311_withdrawn", LOG_S("body", body->code), LOG_S("by", call->actor->principal));
    return true;
}

bool open311_key_give(const struct call *call, const char *body_code, const char *client_id, char ret[], size_t size)
{
    unsigned char hash[AUTH_DIGEST_SIZE];
    const struct directory_body *body = body_of(call, body_code);
    const struct rows *rows = NULL;
    bool done;
    tx_auto struct tx tx = {0};
    if (!body || !tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    if (!auth_client_secret_new(ret, size))
        return error_set(call->err, ERROR_INTERNAL, TEXT_HTTP_INTERNAL);
    auth_client_secret_hash(ret, hash);
    tx_run(&tx, QUERY_OPEN311_KEY_GIVE, &rows, param_number(body->id), param_text(client_id),
           param_text(auth_hex(call->arena, hash, sizeof hash)), param_text(call->actor->login), param_time(call->now));
    if (!change(&tx, &rows, &done))
        return false;
    return done || error_set(call->err, ERROR_NOT_FOUND, TEXT_OPEN311_NO_CLIENT, client_id, body->code);
}

bool open311_key_take(const struct call *call, const char *body_code, const char *client_id)
{
    const struct directory_body *body = body_of_any_time(call, body_code);
    const struct rows *rows = NULL;
    bool done;
    tx_auto struct tx tx = {0};
    if (!body || !tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    tx_run(&tx, QUERY_OPEN311_KEY_TAKE, &rows, param_number(body->id), param_text(client_id));
    if (!change(&tx, &rows, &done))
        return false;
    return done || error_set(call->err, ERROR_NOT_FOUND, TEXT_OPEN311_NO_CLIENT, client_id, body->code);
}
