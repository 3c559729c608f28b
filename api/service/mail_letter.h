/* Letters that ask or tell somebody one thing, each a row that is claimed under a lease: what those of addresses and of
   webhooks have in common. */
#ifndef OAM_SERVICE_MAIL_LETTER_H
#define OAM_SERVICE_MAIL_LETTER_H

#include "service/mail.h"
#include "store/store.h"

/* One row that was claimed, as a letter; without a message: not this time. */
typedef struct mail (*mail_letter_fn)(const struct call *call, const char *from, const struct rows *rows, size_t row);

/* Appends to `mails` what `claim` gives, `limit` at most, for lease_s seconds. */
bool mail_letters_take(const struct call *call, enum query claim, mail_letter_fn letter_of, const char *from,
                       size_t limit, int lease_s, struct mail *mails, size_t *count);

/* Tells `ended` what became of one: sent, or again later. */
bool mail_letter_ended(const struct call *call, enum query ended, const struct mail *mail, bool sent);

/* What it says, and under it that nobody reads an answer; arena-owned. */
const char *mail_letter_text(const struct call *call, enum text_language language, const char *said);

#endif
