#include "service/directory_index.h"

struct id_index id_index_new(struct arena *arena, size_t n)
{
    size_t size = 8;
    while (size < n * 2)
        size *= 2;
    return (struct id_index){.mask = size - 1, .slots = arena_alloc(arena, size * sizeof(struct id_slot))};
}

/* Ids come from a sequence: spread by an odd factor they fall apart, whatever gaps there are. */
static size_t slot_first(const struct id_index *index, int64_t id)
{
    return (size_t)(((uint64_t)id * UINT64_C(0x9E3779B97F4A7C15)) >> 20) & index->mask;
}

void id_index_add(struct id_index *index, int64_t id, size_t place)
{
    size_t slot = slot_first(index, id);
    while (index->slots[slot].place_from_1 != 0)
        slot = (slot + 1) & index->mask;
    index->slots[slot] = (struct id_slot){.id = id, .place_from_1 = place + 1};
}

size_t id_index_find(const struct id_index *index, int64_t id)
{
    for (size_t slot = slot_first(index, id); index->slots[slot].place_from_1 != 0; slot = (slot + 1) & index->mask)
        if (index->slots[slot].id == id)
            return index->slots[slot].place_from_1 - 1;
    return ID_INDEX_NONE;
}
