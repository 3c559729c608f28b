#include "service/page_cache.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "service/slots.h"

/* Of a slot: its block is the key, the etag, the link and the bytes, each with a NUL behind; n is how many bytes. */
struct page_cache {
    struct answer_cache *answers;
    struct slots *slots;
};

struct page_cache *page_cache_new(struct answer_cache *answers, size_t bytes_max)
{
    struct page_cache *cache = calloc(1, sizeof *cache);
    if (!cache)
        abort();
    *cache = (struct page_cache){.answers = answers, .slots = slots_new(bytes_max)};
    return cache;
}

void page_cache_free(struct page_cache *cache)
{
    if (!cache)
        return;
    slots_free(cache->slots);
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

uint64_t page_cache_ticket(const struct page_cache *cache)
{
    return answer_cache_changes(cache->answers);
}

static char *put(char *at, const char *bytes, size_t length)
{
    memcpy(at, bytes, length);
    at[length] = '\0';
    return at + length + 1;
}

void page_cache_keep(struct page_cache *cache, const char *key, uint64_t ticket, const struct page_entry *entry)
{
    size_t key_length = strlen(key), etag_length = strlen(entry->etag), link_length = strlen(entry->link);
    char *block = page_cache_ticket(cache) == ticket
                      ? slots_block(cache->slots, key_length + etag_length + link_length + entry->length + 4)
                      : NULL;
    if (!block)
        return;
    char *at = put(block, key, key_length);
    at = put(at, entry->etag, etag_length);
    at = put(at, entry->link, link_length);
    (void)put(at, entry->bytes, entry->length);
    struct slot *slot = slots_take(cache->slots, key);
    slot_fill(slot, block, block, entry->length, ticket);
    slot_give(slot);
}

bool page_cache_find(struct page_cache *cache, const char *key, struct arena *arena, struct page_entry *ret)
{
    struct slot *slot = slots_take(cache->slots, key);
    bool found =
        slot_has(slot, key) && answer_cache_trusted(cache->answers) && slot->ticket == page_cache_ticket(cache);
    if (found) {
        const char *etag = slot->key + strlen(slot->key) + 1, *link = etag + strlen(etag) + 1;
        *ret = (struct page_entry){
            .bytes = arena_strndup(arena, link + strlen(link) + 1, slot->n),
            .length = slot->n,
            .etag = arena_strdup(arena, etag),
            .link = arena_strdup(arena, link),
        };
    }
    slot_give(slot);
    return found;
}
