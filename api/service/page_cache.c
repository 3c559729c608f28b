#include "service/page_cache.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define SLOTS 256

struct slot {
    pthread_mutex_t mutex;
    uint64_t ticket;
    char *key, *etag, *link, *bytes; /* one block, key first; NULL: empty */
    size_t length;
};

struct page_cache {
    struct answer_cache *answers;
    size_t slot_bytes_max;
    struct slot slots[SLOTS];
};

struct page_cache *page_cache_new(struct answer_cache *answers, size_t bytes_max)
{
    struct page_cache *cache = calloc(1, sizeof *cache);
    if (!cache)
        abort();
    cache->answers = answers;
    cache->slot_bytes_max = bytes_max / SLOTS;
    for (size_t i = 0; i < SLOTS; i++)
        pthread_mutex_init(&cache->slots[i].mutex, NULL);
    return cache;
}

void page_cache_free(struct page_cache *cache)
{
    if (!cache)
        return;
    for (size_t i = 0; i < SLOTS; i++) {
        free(cache->slots[i].key);
        pthread_mutex_destroy(&cache->slots[i].mutex);
    }
    free(cache);
}

const char *page_cache_key(struct arena *arena, const struct actor *actor, enum text_language language,
                           const char *asked)
{
    const char *reach = "";
    for (size_t i = 0; i < actor->n_bodies; i++)
        reach = arena_printf(arena, "%s %" PRId64, reach, actor->bodies[i]);
    /* What is asked comes last: it is the caller's own text, and can imitate nothing before it. */
    return arena_printf(arena, "%s %d %d%d%d %" PRId64 "%s %s", actor->principal, (int)language, (int)actor->role,
                        actor->staff, actor->all_bodies, actor->agent_id, reach, asked);
}

static struct slot *slot_of(struct page_cache *cache, const char *key)
{
    return &cache->slots[hash_text(HASH_START, key) % SLOTS];
}

uint64_t page_cache_ticket(const struct page_cache *cache)
{
    return answer_cache_changes(cache->answers);
}

static char *put(char **at, const char *bytes, size_t length)
{
    char *start = *at;
    memcpy(start, bytes, length);
    start[length] = '\0';
    *at += length + 1;
    return start;
}

void page_cache_keep(struct page_cache *cache, const char *key, uint64_t ticket, const struct page_entry *entry)
{
    size_t key_length = strlen(key), etag_length = strlen(entry->etag), link_length = strlen(entry->link);
    size_t size = key_length + etag_length + link_length + entry->length + 4;
    char *block = size <= cache->slot_bytes_max && page_cache_ticket(cache) == ticket ? malloc(size) : NULL;
    if (!block)
        return;
    struct slot *slot = slot_of(cache, key);
    pthread_mutex_lock(&slot->mutex);
    free(slot->key);
    char *at = block;
    slot->key = put(&at, key, key_length);
    slot->etag = put(&at, entry->etag, etag_length);
    slot->link = put(&at, entry->link, link_length);
    slot->bytes = put(&at, entry->bytes, entry->length);
    slot->length = entry->length;
    slot->ticket = ticket;
    pthread_mutex_unlock(&slot->mutex);
}

bool page_cache_find(struct page_cache *cache, const char *key, struct arena *arena, struct page_entry *ret)
{
    struct slot *slot = slot_of(cache, key);
    pthread_mutex_lock(&slot->mutex);
    bool found = slot->key && answer_cache_trusted(cache->answers) && slot->ticket == page_cache_ticket(cache) &&
                 strcmp(slot->key, key) == 0;
    if (found)
        *ret = (struct page_entry){
            .bytes = arena_strndup(arena, slot->bytes, slot->length),
            .length = slot->length,
            .etag = arena_strdup(arena, slot->etag),
            .link = arena_strdup(arena, slot->link),
        };
    pthread_mutex_unlock(&slot->mutex);
    return found;
}
