#include "auth/actor_cache.h"

#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "auth/auth.h"
#include "base/clock.h"
#include "base/hash.h"

#define WAYS        4
#define SETS        (ACTOR_CACHE_ENTRIES / WAYS)
#define LOCKS       64
#define SLOTS       1024 /* of principals: one that shares its slot with who changed is asked about once more */
#define SECOND      1000000LL
#define RECHECK_AT  (20 * SECOND) /* one caller is sent to the database, well before everybody would be */
#define RECHECK_FOR (2 * SECOND)  /* and has this long to come back before the next is sent */

struct entry {
    unsigned char digest[ACTOR_CACHE_DIGEST_SIZE], owner[ACTOR_CACHE_DIGEST_SIZE];
    int64_t checked_at, recheck_at, expires_at; /* expires_at 0: free */
    uint64_t who, since;                        /* good while nobody of that slot has changed since */
    struct actor actor;
};

struct actor_cache {
    pthread_mutex_t locks[LOCKS];
    atomic_uint_least64_t generation;
    atomic_int_least64_t trusted_until;
    atomic_uint_least64_t changed[SLOTS]; /* the generation in which somebody of that slot changed last */
    struct entry entries[SETS][WAYS];     /* untouched pages cost nothing */
};

struct actor_cache *actor_cache_new(void)
{
    struct actor_cache *cache = calloc(1, sizeof *cache);
    if (!cache)
        return NULL;
    for (size_t i = 0; i < LOCKS; i++)
        pthread_mutex_init(&cache->locks[i], NULL);
    atomic_store(&cache->trusted_until, INT64_MAX);
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

static struct entry *entry_oldest(struct actor_cache *cache, size_t set)
{
    struct entry *oldest = &cache->entries[set][0];
    for (size_t i = 1; i < WAYS; i++) /* a free one has never been checked: it is the oldest */
        if (cache->entries[set][i].checked_at < oldest->checked_at)
            oldest = &cache->entries[set][i];
    return oldest;
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

/* Whether it would be known if somebody's rights had changed. */
static bool hears(const struct actor_cache *cache)
{
    return clock_monotonic() < atomic_load(&cache->trusted_until);
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
    bool found = entry && hears(cache) && !actor_cache_changed(cache, entry->who, entry->since) && usable(entry, now);
    if (found)
        actor_copy(ret, &entry->actor);
    pthread_mutex_unlock(&cache->locks[set % LOCKS]);
    return found;
}

void actor_cache_put(struct actor_cache *cache, const unsigned char digest[ACTOR_CACHE_DIGEST_SIZE],
                     const unsigned char owner[ACTOR_CACHE_DIGEST_SIZE], const struct actor *actor, int64_t now,
                     int64_t expires_at, uint64_t since)
{
    size_t set = set_of(digest);
    pthread_mutex_lock(&cache->locks[set % LOCKS]);
    struct entry *entry = entry_find(cache, set, digest);
    if (!entry)
        entry = entry_oldest(cache, set);
    memcpy(entry->digest, digest, sizeof entry->digest);
    memcpy(entry->owner, owner, sizeof entry->owner);
    entry->checked_at = now;
    entry->recheck_at = now + RECHECK_AT;
    entry->expires_at = expires_at;
    entry->who = actor_cache_who(actor->principal);
    entry->since = since;
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

/* Whoever reads the new generation is to see what is new; who reads the old one is refused by the slot. */
void actor_cache_drop_principal(struct actor_cache *cache, const char *principal)
{
    const uint64_t generation = atomic_fetch_add(&cache->generation, 1) + 1;
    atomic_uint_least64_t *changed = &cache->changed[actor_cache_who(principal)];
    uint_least64_t before = atomic_load(changed);
    while (before < generation && !atomic_compare_exchange_weak(changed, &before, generation)) {
    }
}

uint64_t actor_cache_generation(const struct actor_cache *cache)
{
    return atomic_load(&cache->generation);
}

uint64_t actor_cache_who(const char *principal)
{
    return hash_text(HASH_START, principal) % SLOTS;
}

bool actor_cache_changed(const struct actor_cache *cache, uint64_t who, uint64_t since)
{
    return atomic_load(&cache->changed[who]) > since;
}

void actor_cache_trust(struct actor_cache *cache, int64_t until)
{
    atomic_store(&cache->trusted_until, until);
}
