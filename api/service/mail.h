/* Letters that leave the house by e-mail: which wait, what they say, what became of them. */
#ifndef OAM_SERVICE_MAIL_H
#define OAM_SERVICE_MAIL_H

#include "service/call.h"

#define MAIL_TRIES_MAX 12 /* then a person is asked */

struct mail {
    int64_t id;
    int64_t lease, tries; /* of this try */
    bool asks;            /* whether somebody reads that address (address_mail.h) */
    bool notice;          /* of a webhook (webhook_mail.h); with neither, it is an effect's */
    const char *address;  /* arena-owned, as all here */
    const char *message;  /* RFC 5322 */
    size_t length;
};

/* Takes up to `limit` letters that are due, each for lease_s seconds: then anybody may take it again. People who wait
 * for a code come first. Those that have nobody to be sent to any more are done with. `from` is who writes. */
bool mail_take(const struct call *call, const char *from, size_t limit, int lease_s, struct mail **ret_mails,
               size_t *ret_count);

/* It was accepted; that it had been accepted before, by another who has lost the lease, is no fault. */
bool mail_sent(const struct call *call, const struct mail *mail, const char *answer);

/* It was not: again after 5 s to 6 h, or an incident. */
bool mail_failed(const struct call *call, const struct mail *mail, const char *why);

#endif
