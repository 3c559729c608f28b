/* Where a request comes from, for throttles. */
#ifndef OAM_HTTP_ADDRESS_H
#define OAM_HTTP_ADDRESS_H

#include "http/http.h"

/* The client's address as text, arena-owned; NULL when there is none (a Unix socket). A peer of a private network or of
   this machine is taken for our proxy: then it is the last entry of the last X-Forwarded-For, the one that the proxy
   wrote. */
const char *http_client_address(const struct context *ctx);

#endif
