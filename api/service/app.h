/* The process, as handlers and workers see it. Wired by api/app.c. */
#ifndef OAM_SERVICE_APP_H
#define OAM_SERVICE_APP_H

#include <stdatomic.h>

#include "auth/auth.h"
#include "base/clock.h"
#include "base/config.h"
#include "service/directory.h"

struct http_server;
struct relay;
struct answer_cache; /* service/answer_cache.h */
struct page_cache;   /* service/page_cache.h */

struct app {
    const struct config *config;
    struct clock *clock;
    struct auth *auth;
    struct directory_holder *directory;
    struct answer_cache *cache;
    struct page_cache *pages;
    struct http_server *server;
    struct relay *relay;
    /* Wakes who waits for events; set with the server, called by the relay. */
    void (*wake_readers)(struct app *app);
    /* Monotonic µs of the relay's last answer from PostgreSQL, 0 before the first: old means that the database is not
     * there. */
    atomic_int_least64_t database_seen;
    atomic_bool draining; /* SIGTERM seen: /readyz says 503 */
    const char *public_url;
    char public_url_text[128];
};

#endif
