/* Who waits for events: what they want to hear of, and up to where nothing was for them. */
#ifndef OAM_HANDLERS_EVENT_WATCH_H
#define OAM_HANDLERS_EVENT_WATCH_H

#include "http/http.h"
#include "service/events.h"

#define EVENT_WATCH_PAGE                                                                                               \
    50 /* events that a stream is told at once: what a reader that does not read may hold of memory */

struct event_watch {
    struct watch base;
    struct feed_ring *ring;
    struct event_interest *interest;
    int64_t seen; /* nothing up to here is for them, or they have it */
};

/* For the caller, of what the query asks for, behind `seen`. */
struct watch *event_watch_new(const struct context *ctx, const struct event_query *query, int64_t seen);

/* What event_watch_new() made. */
struct event_watch *event_watch_of(const struct watch *watch);

/* The lines of a stream that are to be told next; false when only the database knows. */
bool event_watch_pull(struct watch *watch, struct arena *arena, const char **ret_bytes, size_t *ret_length);

#endif
