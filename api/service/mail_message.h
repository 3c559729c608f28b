/* One plain text as RFC 5322 and RFC 2045 to 2047 have it. */
#ifndef OAM_SERVICE_MAIL_MESSAGE_H
#define OAM_SERVICE_MAIL_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct mail_message {
    const char *from, *to;      /* addresses: mail_address_valid() */
    const char *key;            /* what makes it this letter and no other: letters, digits, "-" and "." */
    const char *language;       /* "ca" */
    const char *subject, *text; /* UTF-8; whatever breaks lines in the subject becomes a blank */
    int64_t at_us;
};

/* Tells whether it is an address that fits into a header and an envelope without quoting. */
bool mail_address_valid(const char *address);

/* Writes it, lines ended by CRLF. The key at the sender's domain is its Message-ID, so that who receives it twice knows
 * it. NULL when an address is none. */
const char *mail_message_write(const struct mail_message *message, struct arena *arena, size_t *ret_length);

#endif
