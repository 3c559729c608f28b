#include "workflow/definition/storage.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Most definitions fit in one block or two; a larger wish gets a block of its own. */
enum { BLOCK_SIZE = 16 * 1024 };

struct block {
    struct block *next;
    size_t used, size;
    max_align_t bytes[];
};

struct storage {
    struct block *blocks; /* the first one is the one being filled */
};

struct storage *storage_new(void)
{
    return calloc(1, sizeof(struct storage));
}

void storage_free(struct storage *storage)
{
    if (!storage)
        return;
    for (struct block *block = storage->blocks; block;) {
        struct block *next = block->next;
        free(block);
        block = next;
    }
    free(storage);
}

static struct block *block_add(struct storage *storage, size_t size)
{
    struct block *block = calloc(1, sizeof(*block) + size);

    if (!block)
        return NULL;
    block->size = size;
    block->next = storage->blocks;
    storage->blocks = block;
    return block;
}

void *storage_alloc(struct storage *storage, size_t n, size_t size)
{
    const size_t align = sizeof(max_align_t);
    struct block *block = storage->blocks;
    size_t wanted;
    void *piece;

    if (size != 0 && n > SIZE_MAX / 2 / size)
        return NULL;
    wanted = (n * size + align - 1) / align * align;
    if (wanted == 0)
        wanted = align;
    if (!block || block->size - block->used < wanted) {
        block = block_add(storage, wanted > BLOCK_SIZE ? wanted : BLOCK_SIZE);
        if (!block)
            return NULL;
    }
    piece = (char *)block->bytes + block->used;
    block->used += wanted;
    return piece;
}

const char *storage_text(struct storage *storage, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = storage_alloc(storage, 1, size);

    if (copy)
        memcpy(copy, text, size);
    return copy;
}
