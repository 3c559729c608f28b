/* Pages of requests as bytes, for who looks at the same page again while nothing happens: an inbox is read far more
   often than it changes. Any change of any request makes every page old, so that a page found is one that PostgreSQL
   would give again; of other processes' changes we hear within OAM_RELAY_MS, as the answer cache does. */
#ifndef OAM_SERVICE_PAGE_CACHE_H
#define OAM_SERVICE_PAGE_CACHE_H

#include "service/answer_cache.h"

struct page_cache;

/* `answers` tells of changes, and must live longer. At most `bytes_max` are held (0: nothing is kept). */
struct page_cache *page_cache_new(struct answer_cache *answers, size_t bytes_max);
void page_cache_free(struct page_cache *cache);

struct page_entry {
    const char *bytes; /* JSON */
    size_t length;
    const char *etag, *link; /* headers that belong to it; link may be "" */
};

/* What a page belongs to: who looks (with the reach that the look was given), what is asked, in which language.
 * Arena-owned. */
const char *page_cache_key(struct arena *arena, const struct actor *actor, enum text_language language,
                           const char *asked);

/* A ticket taken BEFORE the database is read: a page that is older than a change is never found. */
uint64_t page_cache_ticket(const struct page_cache *cache);
void page_cache_keep(struct page_cache *cache, const char *key, uint64_t ticket, const struct page_entry *entry);

/* Copies into the arena. */
bool page_cache_find(struct page_cache *cache, const char *key, struct arena *arena, struct page_entry *ret);

#endif
