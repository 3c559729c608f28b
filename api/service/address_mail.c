#include "service/address_mail.h"

#include <inttypes.h>

#include "service/address_code.h"
#include "service/mail_letter.h"
#include "service/mail_message.h"

enum { ASKED_ID, ASKED_ADDRESS, ASKED_LANGUAGE, ASKED_NONCE, ASKED_PRINCIPAL, ASKED_AT, ASKED_LEASE };

static const char *letter_text(const struct call *call, enum text_language language, const char *address,
                               const char *code)
{
    char asks[700];
    (void)text_format(asks, sizeof asks, language, TEXT_ADDRESS_LETTER, (const char *const[]){address, code, NULL});
    return mail_letter_text(call, language, asks);
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
    return mail_letters_take(call, QUERY_ADDRESS_CLAIM, letter_of, from, limit, lease_s, mails, count);
}

bool address_mail_ended(const struct call *call, const struct mail *mail, bool sent)
{
    return mail_letter_ended(call, QUERY_ADDRESS_MAILED, mail, sent);
}
