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

/* Copies owned by the arena, NUL-terminated. `text` may be NULL: then NULL. */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t length);

char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

/* `release(object)` runs at reset or free: json_t, PGresult and jwt_t join the arena the moment they are born. */
void arena_attach(struct arena *arena, void (*release)(void *), void *object);

/* Bytes handed out since the last reset (metrics, tests). */
size_t arena_used(const struct arena *arena);

#endif
