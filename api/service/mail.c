#include "service/mail.h"

#include <inttypes.h>
#include <string.h>

#include "base/json_out.h"
#include "service/address_mail.h"
#include "service/letter.h"
#include "service/mail_message.h"
#include "service/webhook_mail.h"
#include "store/array.h"

enum { CLAIM_ID, CLAIM_REF, CLAIM_SEQ, CLAIM_ORDINAL, CLAIM_LEASE, CLAIM_TRIES };
enum {
    LETTER_ID,
    LETTER_ADDRESS,
    LETTER_LANGUAGE,
    LETTER_REF,
    LETTER_TITLE,
    LETTER_WORKFLOW_ID,
    LETTER_STATE,
    LETTER_REMINDER,
    LETTER_ROLE,
    LETTER_PAYLOAD,
    LETTER_AT,
    LETTER_TIMER
};

static enum text_language language_of(const char *key)
{
    return strcmp(key, "es") == 0 ? TEXT_ES : strcmp(key, "en") == 0 ? TEXT_EN : TEXT_CA;
}

/* What a letter says, closed by that nobody reads the answer. */
static struct letter letter_of(const struct call *call, const struct rows *rows, size_t row)
{
    const struct directory_workflow *definition =
        directory_workflow_by_id(call->directory, rows_number(rows, row, LETTER_WORKFLOW_ID));
    const enum text_language language = language_of(rows_text(rows, row, LETTER_LANGUAGE));
    json_t *payload = json_loads(rows_text(rows, row, LETTER_PAYLOAD), 0, NULL);
    const struct letter_facts facts = {
        .workflow = definition ? definition->workflow : NULL,
        .ref = rows_text(rows, row, LETTER_REF),
        .title = rows_text(rows, row, LETTER_TITLE),
        .state = rows_text(rows, row, LETTER_STATE),
        .role = rows_text(rows, row, LETTER_ROLE),
        .timer = rows_text(rows, row, LETTER_TIMER),
        .reminder = rows_bool(rows, row, LETTER_REMINDER),
        .payload = payload,
    };
    struct letter letter = letter_write(&facts, language, call->arena);
    letter.text =
        arena_printf(call->arena, "%s\r\n\r\n-- \r\n%s\r\n", letter.text, text(language, TEXT_LETTER_AUTOMATIC));
    json_decref(payload);
    return letter;
}

static size_t letter_find(const struct rows *letters, int64_t id)
{
    size_t row = 0;
    while (row < rows_count(letters) && rows_number(letters, row, LETTER_ID) != id)
        row++;
    return row;
}

/* False: there is no address to send it to, or none that could be one. */
static bool mail_write(const struct call *call, const char *from, const struct rows *claims, size_t row,
                       const struct rows *letters, struct mail *ret)
{
    *ret = (struct mail){
        .id = rows_number(claims, row, CLAIM_ID),
        .lease = rows_number(claims, row, CLAIM_LEASE),
        .tries = rows_number(claims, row, CLAIM_TRIES),
    };
    const size_t of = letter_find(letters, ret->id);
    if (of == rows_count(letters))
        return false;
    const struct letter letter = letter_of(call, letters, of);
    ret->address = rows_text(letters, of, LETTER_ADDRESS);
    ret->message = mail_message_write(
        &(struct mail_message){
            .from = from,
            .to = ret->address,
            .key = arena_printf(call->arena, "%s.%" PRId64 ".%" PRId64, rows_text(claims, row, CLAIM_REF),
                                rows_number(claims, row, CLAIM_SEQ), rows_number(claims, row, CLAIM_ORDINAL)),
            .language = rows_text(letters, of, LETTER_LANGUAGE),
            .subject = letter.subject,
            .text = letter.text,
            .at_us = rows_time(letters, of, LETTER_AT),
        },
        call->arena, &ret->length);
    return ret->message != NULL;
}

static void queue_failed(const struct mail *mail, const char *why, struct tx *tx, int64_t now)
{
    tx_run(tx, QUERY_MAIL_FAILED, NULL, param_number(mail->id), param_number(mail->lease), param_text(why),
           param_number(MAIL_TRIES_MAX), param_number(mail->tries - 1), param_time(now));
}

static const char *ids_of(const struct call *call, const struct rows *claims)
{
    const size_t n = rows_count(claims);
    int64_t *ids = arena_alloc(call->arena, (n + 1) * sizeof *ids);
    for (size_t i = 0; i < n; i++)
        ids[i] = rows_number(claims, i, CLAIM_ID);
    return array_of_numbers(call->arena, ids, n);
}

/* The claim is committed before anything is sent: what dies meanwhile is taken again when its lease is over. */
static bool claim(const struct call *call, size_t limit, int lease_s, const struct rows **ret_claims)
{
    tx_auto struct tx tx = {0};
    if (!tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    tx_run(&tx, QUERY_MAIL_CLAIM, ret_claims, param_number((int64_t)limit), param_number(lease_s));
    return tx_commit(&tx);
}

static bool take_effects(const struct call *call, const char *from, size_t limit, int lease_s, struct mail *mails,
                         size_t *count)
{
    const struct rows *claims = NULL, *letters = NULL;
    tx_auto struct tx tx = {0};
    if (limit == 0)
        return true;
    if (!claim(call, limit, lease_s, &claims))
        return false;
    const size_t n = rows_count(claims);
    if (n == 0)
        return true;
    if (!tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    tx_run(&tx, QUERY_MAIL_LETTERS, &letters, param_text(ids_of(call, claims)));
    if (!tx_flush(&tx))
        return false;
    for (size_t row = 0; row < n; row++) {
        struct mail *mail = &mails[*count];
        if (mail_write(call, from, claims, row, letters, mail))
            (*count)++;
        else if (mail->address)
            queue_failed(mail, "not an address", &tx, call->now);
        else
            tx_run(&tx, QUERY_MAIL_DONE, NULL, param_number(mail->id), param_text("{\"sent\": false}"),
                   param_time(call->now));
    }
    return tx_commit(&tx);
}

bool mail_take(const struct call *call, const char *from, size_t limit, int lease_s, struct mail **ret_mails,
               size_t *ret_count)
{
    *ret_count = 0;
    *ret_mails = arena_alloc(call->arena, (limit + 1) * sizeof **ret_mails);
    return address_mail_take(call, from, limit, lease_s, *ret_mails, ret_count) &&
           webhook_mail_take(call, from, limit - *ret_count, lease_s, *ret_mails, ret_count) &&
           take_effects(call, from, limit - *ret_count, lease_s, *ret_mails, ret_count);
}

bool mail_sent(const struct call *call, const struct mail *mail, const char *answer)
{
    tx_auto struct tx tx = {0};
    if (mail->asks)
        return address_mail_ended(call, mail, true);
    if (mail->notice)
        return webhook_mail_ended(call, mail, true);
    struct json_out out = json_out_new(call->arena, 128);
    json_out_object_begin(&out);
    json_out_member_bool(&out, "sent", true);
    json_out_member_text(&out, "answer", answer);
    json_out_object_end(&out);
    if (!tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    tx_run(&tx, QUERY_MAIL_DONE, NULL, param_number(mail->id), param_text(json_out_finish(&out, NULL)),
           param_time(call->now));
    return tx_commit(&tx);
}

bool mail_failed(const struct call *call, const struct mail *mail, const char *why)
{
    tx_auto struct tx tx = {0};
    if (mail->asks)
        return address_mail_ended(call, mail, false);
    if (mail->notice)
        return webhook_mail_ended(call, mail, false);
    if (!tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    queue_failed(mail, why, &tx, call->now);
    return tx_commit(&tx);
}
