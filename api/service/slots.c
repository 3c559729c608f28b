#include "service/slots.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define SLOTS 256

struct slots {
    size_t slot_bytes_max;
    struct slot list[SLOTS];
};

struct slots *slots_new(size_t bytes_max)
{
    struct slots *slots = calloc(1, sizeof *slots);
    if (!slots)
        abort();
    slots->slot_bytes_max = bytes_max / SLOTS;
    for (size_t i = 0; i < SLOTS; i++)
        pthread_mutex_init(&slots->list[i].mutex, NULL);
    return slots;
}

void slots_free(struct slots *slots)
{
    if (!slots)
        return;
    for (size_t i = 0; i < SLOTS; i++) {
        free(slots->list[i].block);
        pthread_mutex_destroy(&slots->list[i].mutex);
    }
    free(slots);
}

void *slots_block(const struct slots *slots, size_t size)
{
    return size <= slots->slot_bytes_max ? malloc(size) : NULL;
}

struct slot *slots_take(struct slots *slots, const char *key)
{
    struct slot *slot = &slots->list[hash_text(HASH_START, key) % SLOTS];
    pthread_mutex_lock(&slot->mutex);
    return slot;
}

void slot_give(struct slot *slot)
{
    pthread_mutex_unlock(&slot->mutex);
}

bool slot_has(const struct slot *slot, const char *key)
{
    return slot->block && strcmp(slot->key, key) == 0;
}

void slot_fill(struct slot *slot, void *block, const char *key, size_t n, uint64_t ticket)
{
    free(slot->block);
    slot->block = block;
    slot->key = key;
    slot->n = n;
    slot->ticket = ticket;
}
