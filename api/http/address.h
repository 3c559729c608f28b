/* Where a request comes from, for throttles. */
#ifndef OAM_HTTP_ADDRESS_H
#define OAM_HTTP_ADDRESS_H

#include "http/http.h"

/* The client's address as text, arena-owned; NULL when there is none (a Unix socket). For a peer of the network of our
   proxies (OAM_PROXY) it is the last entry of the last X-Forwarded-For, the one that the proxy wrote; from anybody else
   that header is a claim, and throttles would be turned by it. Of an IPv6 address its /64: whoever has one of them has
   all (RFC 6177). */
const char *http_client_address(const struct context *ctx);

#endif
