/* What the files of auth/ share; nobody outside includes it. */
#ifndef OAM_AUTH_AUTH_INTERNAL_H
#define OAM_AUTH_AUTH_INTERNAL_H

#include <pthread.h>

#include "auth/actor_cache.h"
#include "auth/auth.h"
#include "auth/keys.h"
#include "auth/throttle.h"

#define AUTH_ISSUER_SIZE 256
#define AUTH_KEYS_MAX    16

struct held_key {
    char kid[AUTH_KEY_ID_SIZE];
    char private_pem[AUTH_PEM_SIZE]; /* made from the sealed one, never from the public column */
    char public_pem[AUTH_PEM_SIZE];
    char jwk[AUTH_JWK_SIZE];
    int64_t created_at, signs_until, verifies_until;
};

struct key_ring {
    pthread_rwlock_t lock;
    pthread_mutex_t reload; /* held by the one thread that asks the database */
    struct held_key keys[AUTH_KEYS_MAX];
    size_t n;
    int64_t reloaded_at; /* monotonic; 0: never */
};

/* argon2id takes a core and 19 MiB for 20 ms: a few at once, a bounded line behind them, and the rest go home. */
struct hash_gate {
    pthread_mutex_t lock;
    pthread_cond_t freed;
    int running, slots, waiting, threads_max;
};

struct auth {
    unsigned char seal_key[32], mac_key[32], webhook_key[32];
    char issuer[AUTH_ISSUER_SIZE];
    struct key_ring ring;
    struct hash_gate gate;
    struct actor_cache *cache;
    struct throttle *throttle;
};

#endif
