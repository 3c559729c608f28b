/* How many long-polls each principal holds open. Each of them costs a connection and a job, and whatever wakes them
   wakes them all. Only who waits is in the table; two principals whose 64-bit hashes meet count together. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "http/internal.h"

#define BUCKETS 256

struct waits_of {
    struct waits_of *next;
    uint64_t hash;
    int count;
};

struct waits {
    pthread_mutex_t mutex;
    struct waits_of *buckets[BUCKETS];
};

struct waits *waits_new(void)
{
    struct waits *waits = calloc(1, sizeof *waits);
    if (!waits)
        abort();
    (void)pthread_mutex_init(&waits->mutex, NULL);
    return waits;
}

void waits_free(struct waits *waits)
{
    if (!waits)
        return;
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct waits_of *one = waits->buckets[i], *next; one; one = next) {
            next = one->next;
            free(one);
        }
    (void)pthread_mutex_destroy(&waits->mutex);
    free(waits);
}

static struct waits_of **find(struct waits *waits, uint64_t hash)
{
    struct waits_of **link = &waits->buckets[hash % BUCKETS];
    while (*link && (*link)->hash != hash)
        link = &(*link)->next;
    return link;
}

static struct waits_of *waits_of_new(uint64_t hash)
{
    struct waits_of *one = calloc(1, sizeof *one);
    if (!one)
        abort();
    one->hash = hash;
    return one;
}

bool waits_take(struct waits *waits, const char *principal, int most)
{
    uint64_t hash = hash_text(HASH_START, principal);
    (void)pthread_mutex_lock(&waits->mutex);
    struct waits_of **link = find(waits, hash);
    bool taken = (*link ? (*link)->count : 0) < most;
    if (taken) {
        if (!*link)
            *link = waits_of_new(hash);
        (*link)->count++;
    }
    (void)pthread_mutex_unlock(&waits->mutex);
    return taken;
}

void waits_give(struct waits *waits, const char *principal)
{
    (void)pthread_mutex_lock(&waits->mutex);
    struct waits_of **link = find(waits, hash_text(HASH_START, principal)), *one = *link;
    if (one && --one->count == 0) {
        *link = one->next;
        free(one);
    }
    (void)pthread_mutex_unlock(&waits->mutex);
}
