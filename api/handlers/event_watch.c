#include "handlers/event_watch.h"

#include <stdlib.h>
#include <string.h>

#include "service/app.h"

struct event_watch *event_watch_of(const struct watch *watch)
{
    return (struct event_watch *)(uintptr_t)watch;
}

static bool watch_ready(struct watch *watch)
{
    struct event_watch *own = event_watch_of(watch);
    return event_has_come(own->ring, own->interest, &own->seen);
}

static void watch_release(struct watch *watch)
{
    free(event_watch_of(watch)->interest);
    free(watch);
}

static bool watch_allows(const struct watch *watch, const struct actor *actor)
{
    const struct event_interest *interest = event_watch_of(watch)->interest;
    return actor->staff == interest->staff && actor->all_bodies == interest->all_bodies &&
           actor->n_bodies == interest->n_bodies &&
           (actor->n_bodies == 0 ||
            memcmp(actor->bodies, interest->bodies, actor->n_bodies * sizeof *actor->bodies) == 0);
}

/* Nothing is to be told where the ring knows of nothing newer, even when it does not know what was before. */
bool event_watch_pull(struct watch *watch, struct arena *arena, const char **ret_bytes, size_t *ret_length)
{
    struct event_watch *own = event_watch_of(watch);
    struct json_out out = json_out_new(arena, 512);
    size_t count = 0;
    int64_t head;
    if (event_list_recent(own->ring, own->interest, own->seen, 0, EVENT_WATCH_PAGE, EVENT_FORM_STREAM, &out, &count,
                          &own->seen)) {
        *ret_bytes = json_out_finish(&out, ret_length);
        return true;
    }
    (void)feed_ring_head(own->ring, &head);
    *ret_length = 0;
    return head <= own->seen;
}

struct watch *event_watch_new(const struct context *ctx, const struct event_query *query, int64_t seen)
{
    struct event_watch *own = calloc(1, sizeof *own);
    if (!own)
        abort();
    const struct event_interest interest = event_interest_of(&ctx->actor, query);
    own->base = (struct watch){watch_ready, watch_release, watch_allows, event_watch_pull};
    own->ring = ctx->app->feed;
    own->interest = event_interest_keep(&interest);
    own->seen = seen;
    return &own->base;
}
