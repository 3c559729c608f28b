/* How much of something each principal holds at once: long-polls, places before the database. Only who holds something
   is in the table; two principals whose 64-bit hashes meet count together. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "http/internal.h"

#define BUCKETS 256

struct holder {
    struct holder *next;
    uint64_t key;
    int count;
};

struct tally {
    pthread_mutex_t mutex;
    struct holder *buckets[BUCKETS];
};

struct tally *tally_new(void)
{
    struct tally *tally = calloc(1, sizeof *tally);
    if (!tally)
        abort();
    (void)pthread_mutex_init(&tally->mutex, NULL);
    return tally;
}

void tally_free(struct tally *tally)
{
    if (!tally)
        return;
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct holder *holder = tally->buckets[i], *next; holder; holder = next) {
            next = holder->next;
            free(holder);
        }
    (void)pthread_mutex_destroy(&tally->mutex);
    free(tally);
}

static struct holder **find(struct tally *tally, uint64_t key)
{
    struct holder **link = &tally->buckets[key % BUCKETS];
    while (*link && (*link)->key != key)
        link = &(*link)->next;
    return link;
}

static struct holder *holder_new(uint64_t key)
{
    struct holder *holder = calloc(1, sizeof *holder);
    if (!holder)
        abort();
    holder->key = key;
    return holder;
}

uint64_t tally_take(struct tally *tally, const char *principal, int most)
{
    uint64_t key = hash_text(HASH_START, principal);
    if (key == 0)
        key = 1;
    (void)pthread_mutex_lock(&tally->mutex);
    struct holder **link = find(tally, key);
    bool taken = (*link ? (*link)->count : 0) < most;
    if (taken) {
        if (!*link)
            *link = holder_new(key);
        (*link)->count++;
    }
    (void)pthread_mutex_unlock(&tally->mutex);
    return taken ? key : 0;
}

void tally_give(struct tally *tally, uint64_t key)
{
    if (key == 0)
        return;
    (void)pthread_mutex_lock(&tally->mutex);
    struct holder **link = find(tally, key), *holder = *link;
    if (holder && --holder->count == 0) {
        *link = holder->next;
        free(holder);
    }
    (void)pthread_mutex_unlock(&tally->mutex);
}
