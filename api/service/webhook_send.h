/* What the sender of webhooks asks of the database: deliveries made of the feed, those that are due as bytes, and what
   became of each. The protocol is in schema/migrations/0019_webhook.sql and 0025_webhook_turns.sql. */
#ifndef OAM_SERVICE_WEBHOOK_SEND_H
#define OAM_SERVICE_WEBHOOK_SEND_H

#include "service/call.h"

#define WEBHOOK_WINDOW      500   /* events of the feed that are made deliveries of at once, for each webhook */
#define WEBHOOK_PENDING_MAX 10000 /* a webhook with so many that wait gets no more: the feed keeps them */
#define WEBHOOK_PURGE_MOST  2000  /* deliveries that are forgotten in one transaction */

/* One message to send; all of it arena-owned. */
struct webhook_post {
    int64_t id, lease, tries; /* of this try */
    const char *uid;          /* webhook-id */
    const char *webhook;      /* its UUID */
    const char *url;
    const char *secrets; /* sealed, newest first: auth/webhook_secret.h */
    const char *trace;   /* traceparent */
    const char *body;
    size_t length;
    bool ping;
};

/* Makes deliveries of what is new in the feed, first for those that do not fail, and unless `all` for the others when
   there was nothing for these; *ret_more: there may be more at once. */
bool webhook_collect(const struct call *call, bool all, bool *ret_more);

/* How many may be under way here. */
struct webhook_room {
    size_t free, all, each; /* `each` for a webhook at most, and none has more than its part of `all` */
};

/* Takes deliveries that are due, who was served longest ago first, for lease_s seconds: then anybody may take them
   again. What their integration may not see any more is a dead letter by itself. */
bool webhook_take(const struct call *call, const struct webhook_room *room, int lease_s,
                  struct webhook_post **ret_posts, size_t *ret_count);

enum webhook_outcome {
#define WEBHOOK_OUTCOME(name, word) WEBHOOK_OUTCOME_##name,
#include "service/webhook_outcomes.def"
#undef WEBHOOK_OUTCOME
    WEBHOOK_OUTCOME_COUNT
};
/* "delivered", … */
const char *webhook_outcome_word(enum webhook_outcome outcome);

enum webhook_fate { WEBHOOK_DELIVERED, WEBHOOK_AGAIN, WEBHOOK_DEAD };

/* What became of one try. */
struct webhook_result {
    int64_t id, lease;
    const char *webhook;
    enum webhook_fate fate;
    enum webhook_outcome outcome;
    int status; /* of the answer; 0: none */
    int64_t took_ms;
    int64_t wait_ms; /* with WEBHOOK_AGAIN */
    bool disabled;   /* filled: this was one failure too many for the webhook */
};

/* Notes all of them in one transaction, and leaves them in the order of their webhooks. A webhook that has
 * failed for patience_s is disabled, and one whose receiver says that it is gone. */
bool webhook_settle(const struct call *call, struct webhook_result *results, size_t count, int patience_s);

/* Forgets some deliveries of so many days ago, and of webhooks that were removed; *ret_more: there may be more at once.
 */
bool webhook_purge(const struct call *call, int days, bool *ret_more);

struct webhook_figures {
    int64_t pending, age_us, active, paused, disabled, failing;
};
bool webhook_figures(const struct call *call, struct webhook_figures *ret);

#endif
