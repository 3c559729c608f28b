#include "service/feed_ring.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct feed_ring {
    pthread_rwlock_t lock;
    struct feed_event *events; /* position p is in p % capacity, or was nobody's; all it points to is in one block */
    size_t capacity;
    int64_t start, head; /* events behind `start` and up to `head` are here */
    bool known;          /* what is new is known */
};

struct feed_ring *feed_ring_new(size_t capacity)
{
    struct feed_ring *ring = calloc(1, sizeof *ring);
    if (!ring)
        abort();
    (void)pthread_rwlock_init(&ring->lock, NULL);
    ring->capacity = capacity;
    if (capacity > 0 && !(ring->events = calloc(capacity, sizeof *ring->events)))
        abort();
    return ring;
}

/* The block begins with the members, which are there even where there are none. */
static void forget(struct feed_event *event)
{
    free((void *)(uintptr_t)event->members);
    memset(event, 0, sizeof *event);
}

void feed_ring_free(struct feed_ring *ring)
{
    if (!ring)
        return;
    for (size_t i = 0; i < ring->capacity; i++)
        forget(&ring->events[i]);
    free(ring->events);
    (void)pthread_rwlock_destroy(&ring->lock);
    free(ring);
}

void feed_ring_begin(struct feed_ring *ring, int64_t position)
{
    (void)pthread_rwlock_wrlock(&ring->lock);
    ring->start = ring->head = position;
    ring->known = ring->capacity > 0;
    (void)pthread_rwlock_unlock(&ring->lock);
}

void feed_ring_lose(struct feed_ring *ring)
{
    (void)pthread_rwlock_wrlock(&ring->lock);
    ring->known = false;
    (void)pthread_rwlock_unlock(&ring->lock);
}

static size_t text_size(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

static const char *keep_text(char **place, const char *text)
{
    size_t size = text_size(text);
    if (size == 0)
        return NULL;
    const char *kept = memcpy(*place, text, size);
    *place += size;
    return kept;
}

static struct feed_event keep(const struct feed_event *event)
{
    struct feed_event kept = *event;
    size_t members = event->n_members * sizeof *event->members;
    int64_t *block =
        malloc(members + text_size(event->ref) + text_size(event->type) + text_size(event->event) +
               text_size(event->from) + text_size(event->to) + text_size(event->body) + text_size(event->service) + 1);
    if (!block)
        abort();
    if (members > 0)
        memcpy(block, event->members, members);
    char *place = (char *)block + members;
    kept.members = block;
    kept.ref = keep_text(&place, event->ref);
    kept.type = keep_text(&place, event->type);
    kept.event = keep_text(&place, event->event);
    kept.from = keep_text(&place, event->from);
    kept.to = keep_text(&place, event->to);
    kept.body = keep_text(&place, event->body);
    kept.service = keep_text(&place, event->service);
    return kept;
}

static struct feed_event *at(const struct feed_ring *ring, int64_t position)
{
    return &ring->events[(size_t)position % ring->capacity];
}

/* Whoever adheres sees what came before, and whoever leaves sees nothing any more, as in the database. */
static void tell_members(struct feed_ring *ring, const struct feed_event *event)
{
    for (int64_t position = ring->start + 1; position < event->position; position++) {
        struct feed_event *earlier = at(ring, position);
        if (earlier->position != position || earlier->request_id != event->request_id)
            continue;
        bool same = earlier->n_members == event->n_members &&
                    memcmp(earlier->members, event->members, event->n_members * sizeof *event->members) == 0;
        if (same)
            continue;
        struct feed_event told = *earlier;
        told.members = event->members;
        told.n_members = event->n_members;
        told = keep(&told);
        forget(earlier);
        *earlier = told;
    }
}

static void put(struct feed_ring *ring, const struct feed_event *event)
{
    struct feed_event *place = at(ring, event->position);
    forget(place);
    *place = keep(event);
    if (ring->head - ring->start > (int64_t)ring->capacity)
        ring->start = ring->head - (int64_t)ring->capacity;
    if (event->joint)
        tell_members(ring, place);
}

void feed_ring_add(struct feed_ring *ring, const struct feed_event *event)
{
    (void)pthread_rwlock_wrlock(&ring->lock);
    ring->head = event->position;
    if (ring->capacity > 0)
        put(ring, event);
    (void)pthread_rwlock_unlock(&ring->lock);
}

bool feed_ring_head(struct feed_ring *ring, int64_t *ret_head)
{
    (void)pthread_rwlock_rdlock(&ring->lock);
    bool known = ring->known;
    *ret_head = ring->head;
    (void)pthread_rwlock_unlock(&ring->lock);
    return known;
}

bool feed_ring_visit(struct feed_ring *ring, int64_t after, bool (*visit)(void *cls, const struct feed_event *event),
                     void *cls, int64_t *ret_head)
{
    (void)pthread_rwlock_rdlock(&ring->lock);
    bool reaches = ring->known && after >= ring->start;
    *ret_head = ring->head;
    for (int64_t position = after + 1; reaches && position <= ring->head; position++)
        if (at(ring, position)->position == position && !visit(cls, at(ring, position)))
            break;
    (void)pthread_rwlock_unlock(&ring->lock);
    return reaches;
}
