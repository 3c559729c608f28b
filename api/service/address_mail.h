/* Letters that ask whether somebody reads an address. */
#ifndef OAM_SERVICE_ADDRESS_MAIL_H
#define OAM_SERVICE_ADDRESS_MAIL_H

#include "service/mail.h"

/* Takes up to `limit` that are due, each for lease_s seconds, into mails from *count on. */
bool address_mail_take(const struct call *call, const char *from, size_t limit, int lease_s, struct mail *mails,
                       size_t *count);

/* It went, or did not: again after a while, eight times at most. */
bool address_mail_ended(const struct call *call, const struct mail *mail, bool sent);

#endif
