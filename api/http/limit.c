/* Token buckets in a fixed table: 1024 sets of 8, each set with its own lock; the bucket least recently used makes
   room, so that memory does not grow with the number of principals. Two principals whose 64-bit hashes meet share a
   bucket. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "http/internal.h"

#define SETS 1024
#define WAYS 8

struct bucket {
    uint64_t hash;
    int64_t filled_at; /* monotonic µs; 0: free */
    int64_t microtokens;
};

struct set {
    pthread_mutex_t mutex;
    struct bucket buckets[WAYS];
};

struct limiter {
    struct set sets[SETS];
};

struct limiter *limiter_new(void)
{
    struct limiter *limiter = calloc(1, sizeof *limiter);
    if (!limiter)
        abort();
    for (size_t i = 0; i < SETS; i++)
        (void)pthread_mutex_init(&limiter->sets[i].mutex, NULL);
    return limiter;
}

void limiter_free(struct limiter *limiter)
{
    if (!limiter)
        return;
    for (size_t i = 0; i < SETS; i++)
        (void)pthread_mutex_destroy(&limiter->sets[i].mutex);
    free(limiter);
}

/* Never 0, which a free bucket has. */
static uint64_t hash_of(const char *principal)
{
    uint64_t hash = hash_text(HASH_START, principal);
    return (hash ^ hash >> 29) | 1;
}

static struct bucket *bucket_of(struct set *set, uint64_t hash)
{
    struct bucket *oldest = &set->buckets[0];
    for (size_t i = 0; i < WAYS; i++) {
        if (set->buckets[i].hash == hash)
            return &set->buckets[i];
        if (set->buckets[i].filled_at < oldest->filled_at)
            oldest = &set->buckets[i];
    }
    *oldest = (struct bucket){.hash = hash};
    return oldest;
}

bool limiter_take(struct limiter *limiter, const char *principal, int per_minute, int64_t now_us, int *ret_remaining,
                  int *ret_reset_s)
{
    const int64_t token = 1000000, full = per_minute * token;
    uint64_t hash = hash_of(principal);
    struct set *set = &limiter->sets[(hash >> 16) % SETS];
    (void)pthread_mutex_lock(&set->mutex);
    struct bucket *bucket = bucket_of(set, hash);
    if (bucket->filled_at == 0) {
        bucket->microtokens = full;
    } else {
        int64_t passed = now_us - bucket->filled_at;
        if (passed > 60 * INT64_C(1000000))
            passed = 60 * INT64_C(1000000);
        bucket->microtokens += passed * per_minute / 60;
        if (bucket->microtokens > full)
            bucket->microtokens = full;
    }
    bucket->filled_at = now_us;
    bool taken = bucket->microtokens >= token;
    if (taken)
        bucket->microtokens -= token;
    int64_t missing = taken ? full - bucket->microtokens : token - bucket->microtokens;
    *ret_remaining = (int)(bucket->microtokens / token);
    *ret_reset_s = (int)((missing * 60 / per_minute + 999999) / 1000000);
    if (*ret_reset_s < 1)
        *ret_reset_s = 1;
    (void)pthread_mutex_unlock(&set->mutex);
    return taken;
}
