/* The process, as handlers and workers see it. */
#ifndef OAM_APP_H
#define OAM_APP_H

#include "auth/auth.h"
#include "base/clock.h"
#include "base/config.h"
#include "service/directory.h"

struct http_server;
struct status_cache; /* service/status_cache.h */
struct relay;        /* worker/relay.h */

struct app {
    const struct config *config;
    struct clock *clock;
    struct auth *auth;
    struct directory_holder *directory;
    struct status_cache *cache;
    struct http_server *server;
    struct relay *relay;
    const char *public_url;
    char public_url_text[128];
    bool draining;                  /* SIGTERM seen: /readyz says 503 */
};

/* Wires and starts everything; false, with the reason on stderr, when something is missing: nobody serves half a desk. */
bool app_start(struct app *app, const struct config *config);
/* Drains (OAM_DRAIN_S at most) and frees all. */
void app_stop(struct app *app);

#endif
