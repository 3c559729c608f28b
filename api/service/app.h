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
struct worker;
struct mailer;
struct sender;
struct bell;         /* base/bell.h */
struct answer_cache; /* service/answer_cache.h */
struct page_cache;   /* service/page_cache.h */
struct query_cache;  /* service/query_cache.h */
struct feed_ring;    /* service/feed_ring.h */

/* What the worker did since the start, and what it saw last. */
struct runtime_counters {
    atomic_int_fast64_t timers_claimed, timers_fired, timers_stale, timers_failed, effects_done, effects_failed;
    atomic_int_fast64_t timers_due, timer_lag_us, outbox_queued, outbox_age_us, incidents_open; /* of the database */
};

/* What the sender of webhooks did since the start, by enum webhook_outcome, and what it saw last. */
#define WEBHOOK_COUNTERS 16
struct webhook_counters {
    atomic_int_fast64_t tries[WEBHOOK_COUNTERS];
    atomic_int_fast64_t pending, age_us, active, paused, disabled, failing; /* of the database */
};

struct app {
    const struct config *config;
    struct clock *clock;
    struct auth *auth;
    struct directory_holder *directory;
    struct answer_cache *cache;
    struct page_cache *pages;
    struct query_cache *queries;
    struct feed_ring *feed;
    struct http_server *server;
    struct relay *relay;
    struct worker *worker;
    struct mailer *mailer; /* NULL: notifications stay inside */
    struct bell *bell;     /* rung when a step left something to do: the worker hears it */
    struct sender *sender; /* of webhooks */
    struct bell *news;     /* rung when there may be something to send to webhooks: the sender hears it */
    struct runtime_counters runtime;
    struct webhook_counters webhooks;
    atomic_int whatifs;        /* that run: whatif_enter() */
    atomic_uint_fast64_t uses; /* of the service by people and integrations: while it moves, the worker yields */
    /* Wakes who waits for events; set with the server, called by the relay. */
    void (*wake_readers)(struct app *app);
    /* Monotonic µs of the relay's last answer from PostgreSQL, 0 before the first: old means that the database is not
     * there. */
    atomic_int_least64_t database_seen;
    atomic_bool draining;   /* SIGTERM seen: /readyz says 503 */
    uint64_t activity_seen; /* of the server, by app_rest() */
    bool was_busy;
    const char *public_url;
    char public_url_text[128];
};

#endif
