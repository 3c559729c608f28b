/* One arena per request: everything born in a request dies with it, in one call. */
#ifndef OAM_BASE_ARENA_H
#define OAM_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

/* A new arena with a first block of `first_size` bytes. Aborts when memory is exhausted, as every call below:
   what a request may ask for is bounded by body_max, so running out is a bug or a dying machine. Caller frees. */
struct arena *arena_new(size_t first_size);

/* Runs the attachments, last in first out, and frees all. NULL is fine. */
void arena_free(struct arena *arena);

/* Runs the attachments and keeps the first block for the next request. */
void arena_reset(struct arena *arena);

/* `size` bytes, zeroed, aligned for any type; never NULL. */
void *arena_alloc(struct arena *arena, size_t size);

/* The same, not zeroed: for buffers that are written before they are read. */
void *arena_take(struct arena *arena, size_t size);

/* Copies owned by the arena, NUL-terminated. `text` may be NULL: then NULL. */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t length);

char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

/* `release(object)` runs at reset or free: json_t, PGresult and jwt_t join the arena the moment they are born. */
void arena_attach(struct arena *arena, void (*release)(void *), void *object);

/* A point to come back to: what was born after the mark dies at the rewind, attachments included. For work that is done
   again and again within one request (a long-poll). Marks nest; a rewind forgets the marks after it. */
struct arena_mark {
    void *block;
    size_t block_used, total;
    void *attachment;
};
struct arena_mark arena_mark(const struct arena *arena);
void arena_rewind(struct arena *arena, struct arena_mark mark);

/* Bytes handed out since the last reset (metrics, tests). */
size_t arena_used(const struct arena *arena);

#endif
