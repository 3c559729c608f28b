/* Letters that tell whoever a webhook names that it is sent nothing any more. For mail.c. */
#ifndef OAM_SERVICE_WEBHOOK_MAIL_H
#define OAM_SERVICE_WEBHOOK_MAIL_H

#include "service/mail.h"

/* Takes up to `limit` that are due, each for lease_s seconds, and adds them to `mails`. */
bool webhook_mail_take(const struct call *call, const char *from, size_t limit, int lease_s, struct mail *mails,
                       size_t *count);

/* It was sent; or not, and goes again after a while, twelve times at most. */
bool webhook_mail_ended(const struct call *call, const struct mail *mail, bool sent);

#endif
