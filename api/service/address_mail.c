#include "service/address_mail.h"

#include <inttypes.h>

#include "service/address_code.h"
#include "service/mail_message.h"

enum { ASKED_ID, ASKED_ADDRESS, ASKED_LANGUAGE, ASKED_NONCE, ASKED_PRINCIPAL, ASKED_AT, ASKED_LEASE };

static const char *letter_text(const struct call *call, enum text_language language, const char *address,
                               const char *code)
{
    char asks[700], automatic[200];
    (void)text_format(asks, sizeof asks, language, TEXT_ADDRESS_LETTER, (const char *const[]){address, code, NULL});
    (void)text_format(automatic, sizeof automatic, language, TEXT_LETTER_AUTOMATIC, (const char *const[]){NULL});
    return arena_printf(call->arena, "%s\r\n\r\n-- \r\n%s\r\n", asks, automatic);
}

static struct mail letter_of(const struct call *call, const char *from, const struct rows *rows, size_t row)
{
    const char *address = rows_text(rows, row, ASKED_ADDRESS), *nonce = rows_text(rows, row, ASKED_NONCE);
    enum text_language language = TEXT_CA;
    char code[ADDRESS_CODE_SIZE];
    (void)text_language_find(rows_text(rows, row, ASKED_LANGUAGE), &language);
    address_code(call->auth, rows_text(rows, row, ASKED_PRINCIPAL), address, nonce, code);
    struct mail mail = {.id = rows_number(rows, row, ASKED_ID),
                        .lease = rows_number(rows, row, ASKED_LEASE),
                        .tries = rows_number(rows, row, ASKED_LEASE),
                        .asks = true,
                        .address = address};
    mail.message = mail_message_write(
        &(struct mail_message){
            .from = from,
            .to = address,
            .key = arena_printf(call->arena, "address.%s", nonce),
            .language = text_language_tag(language),
            .subject = text(language, TEXT_ADDRESS_LETTER_SUBJECT),
            .text = letter_text(call, language, address, code),
            .at_us = rows_time(rows, row, ASKED_AT),
        },
        call->arena, &mail.length);
    return mail;
}

bool address_mail_take(const struct call *call, const char *from, size_t limit, int lease_s, struct mail *mails,
                       size_t *count)
{
    tx_auto struct tx tx = {0};
    const struct rows *rows = NULL;
    if (limit == 0)
        return true;
    if (!tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    tx_run(&tx, QUERY_ADDRESS_CLAIM, &rows, param_number((int64_t)limit), param_number(lease_s));
    if (!tx_commit(&tx))
        return false;
    for (size_t row = 0; row < rows_count(rows); row++) {
        const struct mail mail = letter_of(call, from, rows, row);
        if (mail.message)
            mails[(*count)++] = mail;
    }
    return true;
}

bool address_mail_ended(const struct call *call, const struct mail *mail, bool sent)
{
    tx_auto struct tx tx = {0};
    if (!tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    tx_run(&tx, QUERY_ADDRESS_MAILED, NULL, param_number(mail->id), param_number(mail->lease), param_bool(sent));
    return tx_commit(&tx);
}
