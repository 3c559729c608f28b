/* Hot answers as bytes: the status of a request in one language, by ref. Coherent across processes: whoever changes a
   request forgets it here at once, and the relay forgets what other processes changed within OAM_RELAY_MS of its
   commit. */
#ifndef OAM_SERVICE_STATUS_CACHE_H
#define OAM_SERVICE_STATUS_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"
#include "model/actor.h"

struct status_cache;

/* Holds at most `bytes_max` (0: keeps nothing). */
struct status_cache *status_cache_new(size_t bytes_max);
void status_cache_free(struct status_cache *cache);

struct status_entry {
    int64_t version, body_id;
    bool submitted;    /* drafts are for the body's side only */
    const char *bytes; /* the Status; copied into the arena by status_cache_find */
    size_t length;
};

/* A ticket taken BEFORE the database is read: status_cache_keep ignores what was forgotten since. */
uint64_t status_cache_ticket(struct status_cache *cache, const char *ref);
void status_cache_keep(struct status_cache *cache, const char *ref, enum text_language language, uint64_t ticket,
                       const struct status_entry *entry);

/* Copies the bytes only when `arena` is given: a 304 needs the version alone. */
bool status_cache_find(struct status_cache *cache, const char *ref, enum text_language language, struct arena *arena,
                       struct status_entry *ret);

void status_cache_forget(struct status_cache *cache, const char *ref);
void status_cache_forget_all(struct status_cache *cache);

/* Whether the actor may see what the entry shows: the same rule as the row-level security of request. */
bool status_entry_visible(const struct status_entry *entry, const struct actor *actor);

#endif
