/* Where a webhook may be sent: one strict form of URL, judged before anything is resolved. */
#ifndef OAM_MODEL_WEBHOOK_URL_H
#define OAM_MODEL_WEBHOOK_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/ip.h"

#define WEBHOOK_URL_MAX  1024
#define WEBHOOK_HOST_MAX 253

/* What an operator lets pass besides the open internet: addresses of `networks` (base/ip.h) on any port and by http
 * too. */
struct webhook_reach {
    const char *networks;
    const char *ports; /* "443,8443": on the open internet */
};

enum webhook_url_fault {
    WEBHOOK_URL_FINE,
    WEBHOOK_URL_MALFORMED, /* not the one form: blanks, control characters, backslash, user, fragment, odd host */
    WEBHOOK_URL_SCHEME,    /* not https */
    WEBHOOK_URL_PORT,      /* not one of the ports */
    WEBHOOK_URL_INTERNAL,  /* an address, or a name, of no place on the open internet */
};

struct webhook_url {
    bool https;
    char host[WEBHOOK_HOST_MAX + 1]; /* lower case, an IPv6 address without its brackets */
    bool is_address;
    struct ip address;
    unsigned port;
    const char *path; /* into the text: path and query, "" for none */
};

/* Reads `text`. Names in any spelling that somebody may read as a number are malformed; IPv4 has one spelling. */
enum webhook_url_fault webhook_url_parse(const char *text, const struct webhook_reach *reach, struct webhook_url *ret);

/* Whether a resolved address may be connected to. */
bool webhook_url_may_connect(const struct webhook_url *url, const struct ip *ip, const struct webhook_reach *reach);

#endif
