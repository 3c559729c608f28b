#include "service/address.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_in.h"
#include "service/address_code.h"
#include "service/mail_message.h"

#define LIFE_US (INT64_C(86400) * 1000000) /* of a code */

const char *address_from_json(const json_t *json, struct error *err)
{
    static const char *const names[] = {"address", NULL};
    struct json_in in = json_in_object(json, "", err);
    const char *address = json_in_text(&in, "address", 1, 254, true, false);
    json_in_finish(&in, names);
    if (address && !mail_address_valid(address))
        error_violate_like(err, "/address", "nom@exemple.cat");
    return error_is_set(err) ? NULL : address;
}

bool address_write(const struct call *call, struct json_out *out)
{
    enum { READ_EMAIL, READ_ASKED_FOR, READ_ASKED_AT, READ_TRIES_LEFT };
    tx_auto struct tx tx = {0};
    const struct rows *rows = NULL;
    if (!tx_begin(&tx, call->store, TX_READ, call->actor, call->arena, call->err))
        return false;
    tx_run(&tx, QUERY_ADDRESS_READ, &rows, param_number(call->actor->user_id), param_time(call->now));
    if (!tx_flush(&tx))
        return false;
    const char *asked_for = rows_count(rows) ? rows_text(rows, 0, READ_ASKED_FOR) : NULL;
    json_out_object_begin(out);
    json_out_member_text(out, "address", rows_count(rows) ? rows_text(rows, 0, READ_EMAIL) : NULL);
    json_out_name(out, "pending");
    if (asked_for) {
        json_out_object_begin(out);
        json_out_member_text(out, "address", asked_for);
        json_out_member_time(out, "expires_at", rows_time(rows, 0, READ_ASKED_AT) + LIFE_US);
        json_out_member_number(out, "tries_left", rows_number(rows, 0, READ_TRIES_LEFT));
        json_out_object_end(out);
    } else {
        json_out_null(out);
    }
    json_out_object_end(out);
    return true;
}

bool address_ask(const struct call *call, const char *address)
{
    tx_auto struct tx tx = {0};
    const struct rows *rows = NULL;
    if (!tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    tx_run(&tx, QUERY_ADDRESS_ASK, &rows, param_number(call->actor->user_id), param_text(address),
           param_text(text_language_tag(call->language)), param_time(call->now));
    if (!tx_flush(&tx))
        return false;
    const int64_t wait = rows_number(rows, 0, 0);
    if (wait == 0)
        return tx_commit(&tx);
    call->err->retry_after_s = (int)wait;
    return error_set(call->err, ERROR_TOO_MANY_REQUESTS, TEXT_ADDRESS_TOO_OFTEN,
                     arena_printf(call->arena, "%d", (int)wait));
}

static const char *code_from_json(const json_t *json, struct error *err)
{
    static const char *const names[] = {"code", NULL};
    struct json_in in = json_in_object(json, "", err);
    const char *code = json_in_text(&in, "code", 1, 20, true, false);
    json_in_finish(&in, names);
    return error_is_set(err) ? NULL : code;
}

bool address_confirm(const struct call *call, const json_t *json)
{
    const char *code = code_from_json(json, call->err);
    tx_auto struct tx tx = {0};
    const struct rows *rows = NULL;
    if (!code || !tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    tx_run(&tx, QUERY_ADDRESS_TRY, &rows, param_time(call->now));
    if (!tx_flush(&tx))
        return false;
    if (rows_count(rows) == 0)
        return error_set(call->err, ERROR_CONFLICT, TEXT_ADDRESS_NOTHING_ASKED);
    const char *nonce = rows_text(rows, 0, 1);
    const bool right = address_code_is(call->auth, call->actor->principal, rows_text(rows, 0, 0), nonce, code);
    if (right)
        tx_run(&tx, QUERY_ADDRESS_SETTLE, NULL, param_text(nonce));
    /* The try counts, whatever it was. */
    return tx_commit(&tx) && (right || error_violate(call->err, "/code", WRONG_CODE));
}

bool address_forget(const struct call *call)
{
    tx_auto struct tx tx = {0};
    if (!tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    tx_run(&tx, QUERY_ADDRESS_FORGET, NULL, param_number(call->actor->user_id));
    return tx_commit(&tx);
}
