#include "service/answer_cache.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"

#define STRIPES            64
#define BUCKETS_PER_STRIPE 1024
#define REF_SIZE           20
#define CHANGES_KEPT       8192 /* seconds of the most that PostgreSQL takes, hours of a busy day */
#define MARK_ALL           0    /* the mark of a change of everything */

struct entry {
    struct entry *next_in_bucket;
    struct entry *newer; /* the stripe's queue, oldest first */
    char ref[REF_SIZE];
    enum answer_kind kind;
    enum text_language language;
    struct answer_entry value; /* bytes follow the struct */
    size_t size;
    bool dead; /* forgotten; freed when its turn in the queue comes */
};

struct stripe {
    pthread_mutex_t mutex;
    struct entry *buckets[BUCKETS_PER_STRIPE];
    struct entry *oldest, *newest;
    size_t bytes;
    uint64_t forgotten; /* counts forgets: the ticket */
} __attribute__((aligned(64)));

struct answer_cache {
    atomic_uint_least64_t changes;
    atomic_uint_least64_t changed[CHANGES_KEPT]; /* change n is of the mark in n % CHANGES_KEPT */
    pthread_mutex_t changing;
    atomic_int_least64_t trusted_until; /* monotonic µs */
    size_t stripe_bytes_max;
    struct stripe stripes[STRIPES];
};

struct answer_cache *answer_cache_new(size_t bytes_max)
{
    struct answer_cache *cache = aligned_alloc(64, sizeof *cache);
    if (!cache)
        abort();
    memset(cache, 0, sizeof *cache);
    cache->stripe_bytes_max = bytes_max / STRIPES;
    atomic_init(&cache->trusted_until, INT64_MAX);
    pthread_mutex_init(&cache->changing, NULL);
    for (size_t i = 0; i < STRIPES; i++)
        pthread_mutex_init(&cache->stripes[i].mutex, NULL);
    return cache;
}

void answer_cache_free(struct answer_cache *cache)
{
    if (!cache)
        return;
    for (size_t i = 0; i < STRIPES; i++) {
        for (struct entry *entry = cache->stripes[i].oldest, *next; entry; entry = next) {
            next = entry->newer;
            free(entry);
        }
        pthread_mutex_destroy(&cache->stripes[i].mutex);
    }
    pthread_mutex_destroy(&cache->changing);
    free(cache);
}

/* No attacker chooses them: refs are ours. */
static uint64_t hash_of(const char *ref)
{
    return hash_text(HASH_START, ref);
}

static struct stripe *stripe_of(struct answer_cache *cache, uint64_t hash)
{
    return &cache->stripes[hash % STRIPES];
}

static struct entry **bucket_of(struct stripe *stripe, uint64_t hash)
{
    return &stripe->buckets[(hash / STRIPES) % BUCKETS_PER_STRIPE];
}

static void unlink_from_bucket(struct stripe *stripe, struct entry *gone)
{
    struct entry **link = bucket_of(stripe, hash_of(gone->ref));
    while (*link != gone)
        link = &(*link)->next_in_bucket;
    *link = gone->next_in_bucket;
}

/* Frees the oldest until `wanted` more bytes fit. */
static void make_room(struct stripe *stripe, size_t limit, size_t wanted)
{
    while (stripe->oldest && (stripe->bytes + wanted > limit || stripe->oldest->dead)) {
        struct entry *oldest = stripe->oldest;
        stripe->oldest = oldest->newer;
        if (!stripe->oldest)
            stripe->newest = NULL;
        if (!oldest->dead)
            unlink_from_bucket(stripe, oldest);
        stripe->bytes -= oldest->size;
        free(oldest);
    }
}

uint64_t answer_cache_ticket(struct answer_cache *cache, const char *ref)
{
    struct stripe *stripe = stripe_of(cache, hash_of(ref));
    pthread_mutex_lock(&stripe->mutex);
    uint64_t ticket = stripe->forgotten;
    pthread_mutex_unlock(&stripe->mutex);
    return ticket;
}

static struct entry *find(struct stripe *stripe, uint64_t hash, const char *ref, enum answer_kind kind,
                          enum text_language language)
{
    struct entry *entry = *bucket_of(stripe, hash);
    while (entry && (entry->kind != kind || entry->language != language || strcmp(entry->ref, ref) != 0))
        entry = entry->next_in_bucket;
    return entry;
}

void answer_cache_keep(struct answer_cache *cache, const char *ref, enum answer_kind kind, enum text_language language,
                       uint64_t ticket, const struct answer_entry *value)
{
    size_t size = sizeof(struct entry) + value->length;
    uint64_t hash = hash_of(ref);
    struct stripe *stripe = stripe_of(cache, hash);
    if (strlen(ref) >= REF_SIZE || size > cache->stripe_bytes_max)
        return;
    pthread_mutex_lock(&stripe->mutex);
    if (stripe->forgotten == ticket && !find(stripe, hash, ref, kind, language)) {
        make_room(stripe, cache->stripe_bytes_max, size);
        struct entry *entry = calloc(1, size);
        if (entry) {
            memcpy(entry->ref, ref, strlen(ref) + 1);
            entry->kind = kind;
            entry->language = language;
            entry->size = size;
            entry->value = *value;
            entry->value.bytes = (char *)(entry + 1);
            memcpy(entry + 1, value->bytes, value->length);
            entry->next_in_bucket = *bucket_of(stripe, hash);
            *bucket_of(stripe, hash) = entry;
            *(stripe->newest ? &stripe->newest->newer : &stripe->oldest) = entry;
            stripe->newest = entry;
            stripe->bytes += size;
        }
    }
    pthread_mutex_unlock(&stripe->mutex);
}

bool answer_cache_find(struct answer_cache *cache, const char *ref, enum answer_kind kind, enum text_language language,
                       struct arena *arena, struct answer_entry *ret)
{
    uint64_t hash = hash_of(ref);
    struct stripe *stripe = stripe_of(cache, hash);
    if (!answer_cache_trusted(cache))
        return false;
    pthread_mutex_lock(&stripe->mutex);
    const struct entry *entry = find(stripe, hash, ref, kind, language);
    if (entry) {
        *ret = entry->value;
        ret->bytes = arena ? arena_strndup(arena, entry->value.bytes, entry->value.length) : NULL;
    }
    pthread_mutex_unlock(&stripe->mutex);
    return entry != NULL;
}

static void forget_in(struct stripe *stripe, uint64_t hash, const char *ref)
{
    struct entry **link = bucket_of(stripe, hash);
    while (*link) {
        struct entry *entry = *link;
        if (strcmp(entry->ref, ref) == 0) {
            *link = entry->next_in_bucket;
            entry->dead = true;
        } else {
            link = &entry->next_in_bucket;
        }
    }
    stripe->forgotten++;
}

void answer_cache_trust(struct answer_cache *cache, int64_t until)
{
    atomic_store_explicit(&cache->trusted_until, until, memory_order_release);
}

bool answer_cache_trusted(const struct answer_cache *cache)
{
    return clock_monotonic() <= atomic_load_explicit(&cache->trusted_until, memory_order_acquire);
}

/* ---- changes ---- */

uint64_t answer_cache_mark(const char *ref)
{
    uint64_t hash = hash_of(ref);
    return hash == MARK_ALL ? 1 : hash;
}

/* Only once it is forgotten: whoever counts from here on reads nothing of before. */
static void note_change(struct answer_cache *cache, uint64_t mark)
{
    pthread_mutex_lock(&cache->changing);
    uint64_t number = atomic_load(&cache->changes);
    atomic_store(&cache->changed[number % CHANGES_KEPT], mark);
    atomic_store(&cache->changes, number + 1);
    pthread_mutex_unlock(&cache->changing);
}

uint64_t answer_cache_changes(const struct answer_cache *cache)
{
    return atomic_load(&cache->changes);
}

static bool is_marked(const uint64_t *marks, size_t n_marks, uint64_t wanted)
{
    size_t first = 0, end = n_marks;
    while (first < end) {
        size_t middle = first + (end - first) / 2;
        if (marks[middle] < wanted)
            first = middle + 1;
        else
            end = middle;
    }
    return first < n_marks && marks[first] == wanted;
}

bool answer_cache_unchanged(const struct answer_cache *cache, const uint64_t *marks, size_t n_marks, uint64_t *ticket)
{
    const uint64_t now = atomic_load(&cache->changes);
    if (!answer_cache_trusted(cache) || now - *ticket >= CHANGES_KEPT)
        return false;
    for (uint64_t number = *ticket; number < now; number++) {
        uint64_t mark = atomic_load(&cache->changed[number % CHANGES_KEPT]);
        if (mark == MARK_ALL || is_marked(marks, n_marks, mark))
            return false;
    }
    /* What was written over while we looked was not looked at. */
    if (atomic_load(&cache->changes) - *ticket >= CHANGES_KEPT)
        return false;
    *ticket = now;
    return true;
}

void answer_cache_forget(struct answer_cache *cache, const char *ref)
{
    uint64_t hash = hash_of(ref);
    struct stripe *stripe = stripe_of(cache, hash);
    pthread_mutex_lock(&stripe->mutex);
    forget_in(stripe, hash, ref);
    pthread_mutex_unlock(&stripe->mutex);
    note_change(cache, answer_cache_mark(ref));
}

void answer_cache_forget_all(struct answer_cache *cache)
{
    for (size_t i = 0; i < STRIPES; i++) {
        struct stripe *stripe = &cache->stripes[i];
        pthread_mutex_lock(&stripe->mutex);
        make_room(stripe, 0, 1);
        stripe->forgotten++;
        pthread_mutex_unlock(&stripe->mutex);
    }
    note_change(cache, MARK_ALL);
}

bool answer_entry_visible(const struct answer_entry *entry, const struct actor *actor)
{
    if (actor->staff)
        return entry->submitted;
    return actor_sees_body(actor, entry->body_id);
}
