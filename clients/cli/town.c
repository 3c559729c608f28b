/* Weighted choice by hash: the same row always goes to the same town, and big towns get many. */
#include "town.h"

#include <stdlib.h>
#include <string.h>

uint64_t fnv1a(const void *data, size_t length, uint64_t seed)
{
    const unsigned char *bytes = data;
    uint64_t hash = seed;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(1099511628211);
    return hash;
}

bool towns_add(struct towns *towns, const char *code, uint64_t population)
{
    if (strlen(code) != 10 || strspn(code, "0123456789") != 10 || population > UINT64_MAX - towns->total)
        return false;
    struct town *items = realloc(towns->items, (towns->n + 1) * sizeof *items);
    if (!items)
        return false;
    towns->items = items;
    towns->total += population;
    struct town *town = &items[towns->n++];
    memcpy(town->code, code, 11);
    town->end = towns->total;
    return true;
}

const char *towns_pick(const struct towns *towns, const char *source_id)
{
    if (towns->total == 0)
        return NULL;
    uint64_t point = fnv1a(source_id, strlen(source_id), FNV_OFFSET) % towns->total;
    size_t low = 0, high = towns->n - 1;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (point < towns->items[middle].end)
            high = middle;
        else
            low = middle + 1;
    }
    return towns->items[low].code;
}

void towns_free(struct towns *towns)
{
    free(towns->items);
    *towns = (struct towns){0};
}
