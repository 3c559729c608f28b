#include "service/webhook_mail.h"

#include <inttypes.h>
#include <string.h>

#include "service/mail_letter.h"
#include "service/mail_message.h"

enum {
    NOTICE_ID,
    NOTICE_ADDRESS,
    NOTICE_LANGUAGE,
    NOTICE_WEBHOOK,
    NOTICE_URL,
    NOTICE_REASON,
    NOTICE_SINCE,
    NOTICE_AT,
    NOTICE_LEASE
};

/* Without path and query, which may hold what lets somebody in. */
static const char *origin_of(const struct call *call, const char *url)
{
    const char *host = strstr(url, "://");
    const size_t length = host ? (size_t)(host - url) + 3 + strcspn(host + 3, "/?") : 0;
    return arena_strndup(call->arena, url, length);
}

static const char *letter_text(const struct call *call, enum text_language language, const struct rows *rows,
                               size_t row)
{
    char why[700];
    const bool gone = strcmp(rows_text(rows, row, NOTICE_REASON), "gone") == 0;
    (void)text_format(why, sizeof why, language, gone ? TEXT_WEBHOOK_LETTER_GONE : TEXT_WEBHOOK_LETTER_FAILING,
                      (const char *const[]){origin_of(call, rows_text(rows, row, NOTICE_URL)),
                                            rows_text(rows, row, NOTICE_WEBHOOK), NULL});
    return mail_letter_text(call, language, why);
}

static struct mail letter_of(const struct call *call, const char *from, const struct rows *rows, size_t row)
{
    enum text_language language = TEXT_CA;
    (void)text_language_find(rows_text(rows, row, NOTICE_LANGUAGE), &language);
    struct mail mail = {.id = rows_number(rows, row, NOTICE_ID),
                        .lease = rows_number(rows, row, NOTICE_LEASE),
                        .tries = rows_number(rows, row, NOTICE_LEASE),
                        .notice = true,
                        .address = rows_text(rows, row, NOTICE_ADDRESS)};
    mail.message = mail_message_write(
        &(struct mail_message){
            .from = from,
            .to = mail.address,
            .key = arena_printf(call->arena, "webhook.%s.%" PRId64, rows_text(rows, row, NOTICE_WEBHOOK), mail.id),
            .language = text_language_tag(language),
            .subject = text(language, TEXT_WEBHOOK_LETTER_SUBJECT),
            .text = letter_text(call, language, rows, row),
            .at_us = rows_time(rows, row, NOTICE_AT),
        },
        call->arena, &mail.length);
    return mail;
}

bool webhook_mail_take(const struct call *call, const char *from, size_t limit, int lease_s, struct mail *mails,
                       size_t *count)
{
    return mail_letters_take(call, QUERY_WEBHOOK_NOTICE_CLAIM, letter_of, from, limit, lease_s, mails, count);
}

bool webhook_mail_ended(const struct call *call, const struct mail *mail, bool sent)
{
    return mail_letter_ended(call, QUERY_WEBHOOK_NOTICE_ENDED, mail, sent);
}
