/* One use of the service layer: who asks, when, in which language, and what of the process it may reach. */
#ifndef OAM_SERVICE_CALL_H
#define OAM_SERVICE_CALL_H

#include "auth/auth.h"
#include "base/arena.h"
#include "base/error.h"
#include "model/actor.h"
#include "service/directory.h"
#include "store/store.h"

struct answer_cache;
struct bell;

struct call {
    struct store *store;
    struct arena *arena;
    const struct actor *actor;
    const struct directory *directory;
    struct auth *auth;
    struct answer_cache *cache;
    struct bell *bell; /* rung after a commit that left the worker something to do; NULL: nobody listens */
    struct error *err;
    int64_t now; /* µs */
    enum text_language language;
    const char *request_id, *trace_id; /* for the problems inside a batch */
    const char *idempotency_key;       /* NULL: none was given */
    const char *route;                 /* template, which the key is bound to */
    const char *target;                /* the path as asked: another ref under the same key is another request */
    const char *body;                  /* what the key's hash is taken of */
    size_t body_length;
};

/* An answer that may have to be given again: what Idempotency-Key keeps. */
struct reply {
    int status;
    const char *bytes; /* JSON, arena-owned */
    size_t length;
    const char *location; /* or NULL */
    int64_t version;      /* for the ETag; 0: none */
    bool replayed;
};

#endif
