/* What batch polls were answered, by validator alone: the same question of the same caller is "not modified" for as
   long as none of its requests has changed, however many others have. Who polls a thousand requests is then answered
   without the database and without reading a status; a question is known by a digest of its bytes. */
#ifndef OAM_SERVICE_QUERY_CACHE_H
#define OAM_SERVICE_QUERY_CACHE_H

#include "service/answer_cache.h"

struct query_cache;

/* `answers` tells of changes, and must live longer. At most `bytes_max` are held (0: nothing is kept). */
struct query_cache *query_cache_new(struct answer_cache *answers, size_t bytes_max);
void query_cache_free(struct query_cache *cache);

/* Keeps the ETag of an answer about `refs`, also about those that it told missing. `key` is a page_cache_key(); the
   ticket is answer_cache_changes() from BEFORE the answer was begun. */
void query_cache_keep(struct query_cache *cache, const char *key, uint64_t ticket, const char *const *refs,
                      size_t n_refs, const char *etag);

/* The ETag of the answer that would be given, in the arena; NULL when that is not known. */
const char *query_cache_find(struct query_cache *cache, const char *key, struct arena *arena);

#endif
