/* Hot answers as bytes: a request, or its status, in one language, by ref. Coherent across processes: whoever changes a
   request forgets it here at once, and the relay forgets what other processes changed, as often as it looks. Where it
   has not looked for too long, whatever the reason, nothing is known here any more: answer_cache_trust(). */
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
    int64_t renamed;   /* of the directory whose names are in it */
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

/* Whatever is held here, or follows from what it has heard, counts until then (monotonic µs); for ever as long as
   nobody has said so. What other processes change is heard of by who says it, and not by us when they cannot. */
void answer_cache_trust(struct answer_cache *cache, int64_t until);
bool answer_cache_trusted(const struct answer_cache *cache);

/* Counts changes, of what is held here and of what is not: as long as it stands still, nothing has changed that we know
   of. A new request is a change too: who files one forgets it. */
uint64_t answer_cache_changes(const struct answer_cache *cache);

/* A ref as answer_cache_unchanged() knows it. */
uint64_t answer_cache_mark(const char *ref);

/* None of the requests with these marks, in ascending order, has changed since *ticket, an earlier
   answer_cache_changes(): *ticket moves to now. False where one has, where that was too many changes ago to say, and
   where nothing is trusted. */
bool answer_cache_unchanged(const struct answer_cache *cache, const uint64_t *marks, size_t n_marks, uint64_t *ticket);

/* Whether the actor may see what the entry shows: the same rule as the row-level security of request. */
bool answer_entry_visible(const struct answer_entry *entry, const struct actor *actor);

#endif
