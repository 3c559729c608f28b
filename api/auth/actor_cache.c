#include "auth/actor_cache.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "auth/auth.h"

#define WAYS        4
#define SETS        (ACTOR_CACHE_ENTRIES / WAYS)
#define LOCKS       64
#define SECOND      1000000LL
#define RECHECK_AT  (20 * SECOND) /* one caller is sent to the database, well before everybody would be */
#define RECHECK_FOR (2 * SECOND)  /* and has this long to come back before the next is sent */

struct entry {
    unsigned char digest[ACTOR_CACHE_DIGEST_SIZE], owner[ACTOR_CACHE_DIGEST_SIZE];
    int64_t checked_at, recheck_at, expires_at; /* expires_at 0: free */
    struct actor actor;
};

struct actor_cache {
    pthread_mutex_t locks[LOCKS];
    struct entry entries[SETS][WAYS]; /* untouched pages cost nothing */
};

struct actor_cache *actor_cache_new(void)
{
    struct actor_cache *cache = calloc(1, sizeof *cache);
    for (size_t i = 0; cache && i < LOCKS; i++)
        pthread_mutex_init(&cache->locks[i], NULL);
    return cache;
}

void actor_cache_free(struct actor_cache *cache)
{
    for (size_t i = 0; cache && i < LOCKS; i++)
        pthread_mutex_destroy(&cache->locks[i]);
    free(cache);
}

static size_t set_of(const unsigned char digest[ACTOR_CACHE_DIGEST_SIZE])
{
    uint32_t head;
    memcpy(&head, digest, sizeof head);
    return head % SETS;
}

/* Under the lock of the set. */
static struct entry *entry_find(struct actor_cache *cache, size_t set, const unsigned char *digest)
{
    for (size_t i = 0; i < WAYS; i++) {
        struct entry *entry = &cache->entries[set][i];
        if (entry->expires_at && sodium_memcmp(entry->digest, digest, ACTOR_CACHE_DIGEST_SIZE) == 0)
            return entry;
    }
    return NULL;
}

/* Most actors have one body or none: the rest of the array stays behind. */
static void actor_copy(struct actor *ret, const struct actor *actor)
{
    size_t head = offsetof(struct actor, bodies);
    size_t n = actor->n_bodies < ACTOR_BODIES_MAX ? actor->n_bodies : ACTOR_BODIES_MAX;
    size_t tail = offsetof(struct actor, unit_id);
    memcpy(ret, actor, head + n * sizeof actor->bodies[0]);
    memcpy((char *)ret + tail, (const char *)actor + tail, sizeof *actor - tail);
}

/* Whether what was found may be used now; takes the turn to re-check. A clock that was set back re-checks too; a second
   is left for requests that read it just before another one put the entry. */
static bool usable(struct entry *entry, int64_t now)
{
    if (now >= entry->expires_at || now < entry->checked_at - SECOND ||
        now >= entry->checked_at + AUTH_RECHECK_SECONDS * SECOND)
        return false;
    if (now >= entry->recheck_at) {
        entry->recheck_at = now + RECHECK_FOR;
        return false;
    }
    return true;
}

bool actor_cache_find(struct actor_cache *cache, const unsigned char digest[ACTOR_CACHE_DIGEST_SIZE], int64_t now,
                      struct actor *ret)
{
    size_t set = set_of(digest);
    pthread_mutex_lock(&cache->locks[set % LOCKS]);
    struct entry *entry = entry_find(cache, set, digest);
    bool found = entry && usable(entry, now);
    if (found)
        actor_copy(ret, &entry->actor);
    pthread_mutex_unlock(&cache->locks[set % LOCKS]);
    return found;
}

void actor_cache_put(struct actor_cache *cache, const unsigned char digest[ACTOR_CACHE_DIGEST_SIZE],
                     const unsigned char owner[ACTOR_CACHE_DIGEST_SIZE], const struct actor *actor, int64_t now,
                     int64_t expires_at)
{
    size_t set = set_of(digest);
    pthread_mutex_lock(&cache->locks[set % LOCKS]);
    struct entry *entry = entry_find(cache, set, digest);
    if (!entry) {
        entry = &cache->entries[set][0];
        for (size_t i = 1; i < WAYS; i++) /* a free one has never been checked: it is the oldest */
            if (cache->entries[set][i].checked_at < entry->checked_at)
                entry = &cache->entries[set][i];
    }
    memcpy(entry->digest, digest, sizeof entry->digest);
    memcpy(entry->owner, owner, sizeof entry->owner);
    entry->checked_at = now;
    entry->recheck_at = now + RECHECK_AT;
    entry->expires_at = expires_at;
    entry->actor = *actor;
    pthread_mutex_unlock(&cache->locks[set % LOCKS]);
}

void actor_cache_drop_owner(struct actor_cache *cache, const unsigned char owner[ACTOR_CACHE_DIGEST_SIZE])
{
    for (size_t set = 0; set < SETS; set++) {
        pthread_mutex_lock(&cache->locks[set % LOCKS]);
        for (size_t i = 0; i < WAYS; i++) {
            struct entry *entry = &cache->entries[set][i];
            if (entry->expires_at && sodium_memcmp(entry->owner, owner, ACTOR_CACHE_DIGEST_SIZE) == 0)
                *entry = (struct entry){0};
        }
        pthread_mutex_unlock(&cache->locks[set % LOCKS]);
    }
}
