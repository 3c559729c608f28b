#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE_MAX ((size_t)1 << 20)

struct block {
    struct block *before; /* the block that was full when this one was made */
    size_t size, used;
    alignas(max_align_t) char bytes[];
};

struct attachment {
    struct attachment *before;
    void (*release)(void *);
    void *object;
};

struct arena {
    struct block *current;
    struct attachment *attachments;
    size_t total;
};

static void *allocate_or_abort(size_t size)
{
    void *memory = malloc(size);
    if (!memory) {
        static const char message[] = "arena: out of memory\n";
        (void)fwrite(message, 1, sizeof message - 1, stderr);
        abort();
    }
    return memory;
}

static struct block *block_new(struct block *before, size_t size)
{
    struct block *block = allocate_or_abort(sizeof *block + size);
    block->before = before;
    block->size = size;
    block->used = 0;
    return block;
}

struct arena *arena_new(size_t first_size)
{
    struct arena *arena = allocate_or_abort(sizeof *arena);
    arena->current = block_new(NULL, first_size);
    arena->attachments = NULL;
    arena->total = 0;
    return arena;
}

static void release_until(struct arena *arena, const struct attachment *last)
{
    while (arena->attachments != last) {
        struct attachment *attachment = arena->attachments;
        arena->attachments = attachment->before;
        attachment->release(attachment->object);
    }
}

static void free_blocks_until(struct arena *arena, const struct block *last)
{
    while (arena->current != last) {
        struct block *before = arena->current->before;
        free(arena->current);
        arena->current = before;
    }
}

void arena_free(struct arena *arena)
{
    if (!arena)
        return;
    release_until(arena, NULL);
    free_blocks_until(arena, NULL);
    free(arena);
}

void arena_reset(struct arena *arena)
{
    release_until(arena, NULL);
    struct block *first = arena->current;
    while (first->before)
        first = first->before;
    free_blocks_until(arena, first);
    first->used = 0;
    arena->total = 0;
}

void *arena_take(struct arena *arena, size_t size)
{
    const size_t alignment = alignof(max_align_t);
    if (size > SIZE_MAX / 4)
        abort();
    size_t rounded = (size + alignment - 1) / alignment * alignment;
    struct block *block = arena->current;
    if (block->size - block->used < rounded) {
        size_t grown = block->size < BLOCK_SIZE_MAX / 2 ? block->size * 2 : BLOCK_SIZE_MAX;
        block = arena->current = block_new(block, rounded > grown ? rounded : grown);
    }
    void *memory = block->bytes + block->used;
    block->used += rounded;
    arena->total += rounded;
    return memory;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    void *memory = arena_take(arena, size);
    return memset(memory, 0, size);
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
    if (!text)
        return NULL;
    char *copy = arena_take(arena, length + 1);
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return text ? arena_strndup(arena, text, strlen(text)) : NULL;
}

char *arena_vprintf(struct arena *arena, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    if (length < 0)
        abort();
    char *text = arena_take(arena, (size_t)length + 1);
    (void)vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}

void arena_attach(struct arena *arena, void (*release)(void *), void *object)
{
    struct attachment *attachment = arena_take(arena, sizeof *attachment);
    attachment->before = arena->attachments;
    attachment->release = release;
    attachment->object = object;
    arena->attachments = attachment;
}

struct arena_mark arena_mark(const struct arena *arena)
{
    return (struct arena_mark){.block = arena->current,
                               .block_used = arena->current->used,
                               .total = arena->total,
                               .attachment = arena->attachments};
}

void arena_rewind(struct arena *arena, struct arena_mark mark)
{
    release_until(arena, mark.attachment);
    free_blocks_until(arena, mark.block);
    arena->current->used = mark.block_used;
    arena->total = mark.total;
}

size_t arena_used(const struct arena *arena)
{
    return arena->total;
}
