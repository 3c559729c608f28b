/* The newest events of the feed, in memory: what a reader who keeps up asks for is answered from here, and who waits is
   told from here whether it is for them, without the database. Filled by the relay in the order of positions; each
   process has its own. */
#ifndef OAM_SERVICE_FEED_RING_H
#define OAM_SERVICE_FEED_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As the feed has it, for whoever may see it: event_concerns() says who. Texts may be NULL where the event has none. */
struct feed_event {
    int64_t position, request_id, body_id, seq, version, at;
    bool internal, draft, joint;
    const char *ref, *type, *event, *from, *to, *body, *service;
    const int64_t *members; /* bodies that have adhered to a joint request */
    size_t n_members;
};

struct feed_ring;

/* Holds the last `capacity` events; 0: none, and reaches back to nowhere. Aborts when memory is exhausted. */
struct feed_ring *feed_ring_new(size_t capacity);
void feed_ring_free(struct feed_ring *ring);

/* Everything up to `position` is told, and nothing of it is here. */
void feed_ring_begin(struct feed_ring *ring, int64_t position);

/* Nobody knows what is new until feed_ring_begin(): the ring reaches back to nowhere. What is in it stays for who
   waits. */
void feed_ring_lose(struct feed_ring *ring);

/* The event behind the last one; copied. Who has adhered to its request may then see the request's other events too. */
void feed_ring_add(struct feed_ring *ring, const struct feed_event *event);

/* The last position that the ring has heard of. False when there may be others. */
bool feed_ring_head(struct feed_ring *ring, int64_t *ret_head);

/* Calls visit() for every event behind `after`, oldest first, until it answers false. False when the ring does not
   reach back so far, and nothing is visited. *ret_head: where the ring ended then. `visit` may not use the ring. */
bool feed_ring_visit(struct feed_ring *ring, int64_t after, bool (*visit)(void *cls, const struct feed_event *event),
                     void *cls, int64_t *ret_head);

#endif
