/* The feed: every event the actor may see, once, in commit order. */
#ifndef OAM_SERVICE_EVENTS_H
#define OAM_SERVICE_EVENTS_H

#include "base/json_out.h"
#include "service/call.h"
#include "service/event_filter.h"
#include "service/feed_ring.h"

#define EVENT_TYPES_MAX    34
#define EVENT_POSITION_MAX INT64_C(999999999999999999)

struct event_query {
    int64_t after;
    bool latest;                        /* nothing but where the feed ends now */
    const char *subject;                /* ref, or NULL */
    const char *types[EVENT_TYPES_MAX]; /* request.submitted, … */
    size_t n_types;
    const struct workflow_expression *filter; /* or NULL */
    int limit;
};

/* How events are written: as a page {items, next, prev}, or as the lines of text/event-stream (WHATWG HTML 9.2.6), each
   with its position as id. */
enum event_form { EVENT_FORM_PAGE, EVENT_FORM_STREAM };

/* What `data` of an event holds: the same in a page, a stream and a webhook. */
void event_data_members(struct json_out *out, bool staff, const struct feed_event *event);

/* Asks the database. *ret_count is how many there were, *ret_next where to go on. */
bool event_list(const struct call *call, const struct event_query *query, enum event_form form, struct json_out *out,
                size_t *ret_count, int64_t *ret_next);

/* What one reader wants to hear of and may. */
struct event_interest {
    bool staff, all_bodies;
    const int64_t *bodies;
    size_t n_bodies;
    const char *subject;
    const char *const *types;
    size_t n_types;
    const struct workflow_expression *filter;
};

/* Points into both. */
struct event_interest event_interest_of(const struct actor *actor, const struct event_query *query);

/* A copy in one block that outlives what it was made of; the caller frees it. */
struct event_interest *event_interest_keep(const struct event_interest *interest);

/* Is it for them: by the rule of the row-level security of event_feed, and by what they asked for. */
bool event_concerns(const struct event_interest *interest, const struct feed_event *event);

/* The same from memory: false, with nothing written, when the ring does not reach back to `after`, or to `seen`:
   nothing up to there is for them; nor when one request's events may lie behind what one look goes through. */
bool event_list_recent(struct feed_ring *ring, const struct event_interest *interest, int64_t after, int64_t seen,
                       int limit, enum event_form form, struct json_out *out, size_t *ret_count, int64_t *ret_next);

/* Has anything come behind *seen that concerns them? Where nothing has, *seen moves to the end, or as far as one look
   goes. Where the ring does not reach back so far: has anything come at all? */
bool event_has_come(struct feed_ring *ring, const struct event_interest *interest, int64_t *seen);

#endif
