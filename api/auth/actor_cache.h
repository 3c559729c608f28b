/* Verified tokens and sessions, by their SHA-256: an ES256 check costs 400 us and a look into the database, finding one
   here half a microsecond. Bounded; only what was verified gets in, so a flood of forgeries pushes nobody out. */
#ifndef OAM_AUTH_ACTOR_CACHE_H
#define OAM_AUTH_ACTOR_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/actor.h"

#define ACTOR_CACHE_DIGEST_SIZE 32
#define ACTOR_CACHE_ENTRIES     8192

struct actor_cache;
struct actor_cache *actor_cache_new(void);
void actor_cache_free(struct actor_cache *cache);

/* True with a copy of the actor. False when there is none, it has expired, it was checked against the database more
   than 30 s ago, or (for one caller, at 20 s) it is time to check: the others go on meanwhile. */
bool actor_cache_find(struct actor_cache *cache, const unsigned char digest[ACTOR_CACHE_DIGEST_SIZE], int64_t now,
                      struct actor *ret);

/* Adds or replaces; the oldest of the same set makes room. `since` is the generation from before the database was
   asked: one whose principal is dropped after that is not found, since it may be what it was before. */
void actor_cache_put(struct actor_cache *cache, const unsigned char digest[ACTOR_CACHE_DIGEST_SIZE],
                     const unsigned char owner[ACTOR_CACHE_DIGEST_SIZE], const struct actor *actor, int64_t now,
                     int64_t expires_at, uint64_t since);

/* How often a principal was dropped. */
uint64_t actor_cache_generation(const struct actor_cache *cache);
/* The slot of a principal, which it shares with few. */
uint64_t actor_cache_who(const char *principal);
/* Whether anybody of that slot was dropped since that generation. */
bool actor_cache_changed(const struct actor_cache *cache, uint64_t who, uint64_t since);
/* Drops what is known of a principal, "user:<id>" or "client:<id>", and of those of its slot. */
void actor_cache_drop_principal(struct actor_cache *cache, const char *principal);
/* Entries are found until then (monotonic µs); before the first call, always. */
void actor_cache_trust(struct actor_cache *cache, int64_t until);

/* Drops all entries of an owner. */
void actor_cache_drop_owner(struct actor_cache *cache, const unsigned char owner[ACTOR_CACHE_DIGEST_SIZE]);

#endif
