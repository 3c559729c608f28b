#include "service/mail_letter.h"

bool mail_letters_take(const struct call *call, enum query claim, mail_letter_fn letter_of, const char *from,
                       size_t limit, int lease_s, struct mail *mails, size_t *count)
{
    tx_auto struct tx tx = {0};
    const struct rows *rows = NULL;
    if (limit == 0)
        return true;
    if (!tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    tx_run(&tx, claim, &rows, param_number((int64_t)limit), param_number(lease_s));
    if (!tx_commit(&tx))
        return false;
    for (size_t row = 0; row < rows_count(rows); row++) {
        const struct mail mail = letter_of(call, from, rows, row);
        if (mail.message)
            mails[(*count)++] = mail;
    }
    return true;
}

bool mail_letter_ended(const struct call *call, enum query ended, const struct mail *mail, bool sent)
{
    tx_auto struct tx tx = {0};
    if (!tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    tx_run(&tx, ended, NULL, param_number(mail->id), param_number(mail->lease), param_bool(sent));
    return tx_commit(&tx);
}

const char *mail_letter_text(const struct call *call, enum text_language language, const char *said)
{
    char automatic[200];
    (void)text_format(automatic, sizeof automatic, language, TEXT_LETTER_AUTOMATIC, (const char *const[]){NULL});
    return arena_printf(call->arena, "%s\r\n\r\n-- \r\n%s\r\n", said, automatic);
}
