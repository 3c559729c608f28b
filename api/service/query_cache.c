#include "service/query_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define SLOTS 256

struct slot {
    pthread_mutex_t mutex;
    uint64_t ticket;
    uint64_t *marks; /* one block with key and etag behind; NULL: empty */
    size_t n_marks;
    const char *key, *etag;
};

struct query_cache {
    struct answer_cache *answers;
    size_t slot_bytes_max;
    struct slot slots[SLOTS];
};

struct query_cache *query_cache_new(struct answer_cache *answers, size_t bytes_max)
{
    struct query_cache *cache = calloc(1, sizeof *cache);
    if (!cache)
        abort();
    cache->answers = answers;
    cache->slot_bytes_max = bytes_max / SLOTS;
    for (size_t i = 0; i < SLOTS; i++)
        pthread_mutex_init(&cache->slots[i].mutex, NULL);
    return cache;
}

void query_cache_free(struct query_cache *cache)
{
    if (!cache)
        return;
    for (size_t i = 0; i < SLOTS; i++) {
        free(cache->slots[i].marks);
        pthread_mutex_destroy(&cache->slots[i].mutex);
    }
    free(cache);
}

static struct slot *slot_of(struct query_cache *cache, const char *key)
{
    return &cache->slots[hash_text(HASH_START, key) % SLOTS];
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
    size_t size = marks_size + key_size + etag_size;
    uint64_t *marks = size <= cache->slot_bytes_max ? malloc(size) : NULL;
    if (!marks)
        return;
    for (size_t i = 0; i < n_refs; i++)
        marks[i] = answer_cache_mark(refs[i]);
    qsort(marks, n_refs, sizeof *marks, compare_marks);
    char *letters = (char *)marks + marks_size;
    struct slot *slot = slot_of(cache, key);
    pthread_mutex_lock(&slot->mutex);
    free(slot->marks);
    slot->marks = marks;
    slot->n_marks = n_refs;
    slot->key = memcpy(letters, key, key_size);
    slot->etag = memcpy(letters + key_size, etag, etag_size);
    slot->ticket = ticket;
    pthread_mutex_unlock(&slot->mutex);
}

const char *query_cache_find(struct query_cache *cache, const char *key, struct arena *arena)
{
    struct slot *slot = slot_of(cache, key);
    const char *etag = NULL;
    pthread_mutex_lock(&slot->mutex);
    if (slot->marks && strcmp(slot->key, key) == 0 &&
        answer_cache_unchanged(cache->answers, slot->marks, slot->n_marks, &slot->ticket))
        etag = arena_strdup(arena, slot->etag);
    pthread_mutex_unlock(&slot->mutex);
    return etag;
}
