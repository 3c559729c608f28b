#include "service/query_cache.h"

#include <stdlib.h>
#include <string.h>

#include "service/slots.h"

/* Of a slot: its block is n marks, the key and the etag. */
struct query_cache {
    struct answer_cache *answers;
    struct slots *slots;
};

struct query_cache *query_cache_new(struct answer_cache *answers, size_t bytes_max)
{
    struct query_cache *cache = calloc(1, sizeof *cache);
    if (!cache)
        abort();
    *cache = (struct query_cache){.answers = answers, .slots = slots_new(bytes_max)};
    return cache;
}

void query_cache_free(struct query_cache *cache)
{
    if (!cache)
        return;
    slots_free(cache->slots);
    free(cache);
}

static int compare_marks(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

void query_cache_keep(struct query_cache *cache, const char *key, uint64_t ticket, const char *const *refs,
                      size_t n_refs, const char *etag)
{
    size_t marks_size = n_refs * sizeof(uint64_t), key_size = strlen(key) + 1, etag_size = strlen(etag) + 1;
    uint64_t *marks = slots_block(cache->slots, marks_size + key_size + etag_size);
    if (!marks)
        return;
    for (size_t i = 0; i < n_refs; i++)
        marks[i] = answer_cache_mark(refs[i]);
    qsort(marks, n_refs, sizeof *marks, compare_marks);
    char *letters = (char *)marks + marks_size;
    memcpy(letters, key, key_size);
    memcpy(letters + key_size, etag, etag_size);
    struct slot *slot = slots_take(cache->slots, key);
    slot_fill(slot, marks, letters, n_refs, ticket);
    slot_give(slot);
}

const char *query_cache_find(struct query_cache *cache, const char *key, struct arena *arena)
{
    struct slot *slot = slots_take(cache->slots, key);
    const char *etag = NULL;
    if (slot_has(slot, key) && answer_cache_unchanged(cache->answers, slot->block, slot->n, &slot->ticket))
        etag = arena_strdup(arena, slot->key + strlen(slot->key) + 1);
    slot_give(slot);
    return etag;
}
