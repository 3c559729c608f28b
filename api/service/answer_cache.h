/* Hot answers as bytes: a request, or its status, in one language, by ref. Coherent across processes: whoever changes a
   request forgets it here at once, and the relay forgets what other processes changed within OAM_RELAY_MS of its
   commit. */
#ifndef OAM_SERVICE_ANSWER_CACHE_H
#define OAM_SERVICE_ANSWER_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"
#include "model/actor.h"

struct answer_cache;

/* Holds at most `bytes_max` (0: keeps nothing). */
struct answer_cache *answer_cache_new(size_t bytes_max);
void answer_cache_free(struct answer_cache *cache);

/* Which representation. */
enum answer_kind { ANSWER_STATUS, ANSWER_REQUEST };

struct answer_entry {
    int64_t version, body_id;
    bool submitted;    /* drafts are for the body's side only */
    const char *bytes; /* JSON; copied into the arena by answer_cache_find */
    size_t length;
};

/* A ticket taken BEFORE the database is read: answer_cache_keep ignores what was forgotten since. */
uint64_t answer_cache_ticket(struct answer_cache *cache, const char *ref);
void answer_cache_keep(struct answer_cache *cache, const char *ref, enum answer_kind kind, enum text_language language,
                       uint64_t ticket, const struct answer_entry *entry);

/* Copies the bytes only when `arena` is given: a 304 needs the version alone. */
bool answer_cache_find(struct answer_cache *cache, const char *ref, enum answer_kind kind, enum text_language language,
                       struct arena *arena, struct answer_entry *ret);

void answer_cache_forget(struct answer_cache *cache, const char *ref);
void answer_cache_forget_all(struct answer_cache *cache);

/* Counts changes, of what is held here and of what is not: as long as it stands still, nothing has changed that we know
   of. A new request is a change too: who files one says so. */
void answer_cache_note_change(struct answer_cache *cache);
uint64_t answer_cache_changes(const struct answer_cache *cache);

/* Whether the actor may see what the entry shows: the same rule as the row-level security of request. */
bool answer_entry_visible(const struct answer_entry *entry, const struct actor *actor);

#endif
