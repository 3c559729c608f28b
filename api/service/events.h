/* The feed: every event the actor may see, once, in commit order. */
#ifndef OAM_SERVICE_EVENTS_H
#define OAM_SERVICE_EVENTS_H

#include "base/json_out.h"
#include "service/call.h"

#define EVENT_TYPES_MAX 34

struct event_query {
    int64_t after;
    bool latest;                        /* nothing but where the feed ends now */
    const char *subject;                /* ref, or NULL */
    const char *types[EVENT_TYPES_MAX]; /* request.submitted, … */
    size_t n_types;
    int limit;
};

/* Writes {items, next, prev}; *ret_count is how many there were, *ret_next where to go on. */
bool event_list(const struct call *call, const struct event_query *query, struct json_out *out, size_t *ret_count,
                int64_t *ret_next);

#endif
