#include "service/calendar_shelf.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define PROBES 8

struct book {
    struct calendar_key key;
    alignas(max_align_t) unsigned char calendar[]; /* behind it the text of key.hours */
};

struct calendar_shelf {
    _Atomic(struct book *) places[CALENDAR_SHELF_PLACES]; /* set once, from NULL */
};

struct calendar_shelf *calendar_shelf_new(void)
{
    struct calendar_shelf *shelf = calloc(1, sizeof *shelf);
    if (!shelf)
        abort();
    return shelf;
}

void calendar_shelf_free(struct calendar_shelf *shelf)
{
    for (size_t i = 0; shelf && i < CALENDAR_SHELF_PLACES; i++)
        free(atomic_load_explicit(&shelf->places[i], memory_order_relaxed));
    free(shelf);
}

static size_t first_place(const struct calendar_key *key)
{
    uint64_t hash = hash_bytes(HASH_START, key->bodies, sizeof key->bodies);
    hash = hash_bytes(hash, &key->n_places, sizeof key->n_places);
    if (key->hours)
        hash = hash_bytes(hash, key->hours, strlen(key->hours));
    return (size_t)(hash % CALENDAR_SHELF_PLACES);
}

static bool is_same(const struct calendar_key *a, const struct calendar_key *b)
{
    return a->bodies[0] == b->bodies[0] && a->bodies[1] == b->bodies[1] && a->n_places == b->n_places &&
           (a->hours == b->hours || (a->hours && b->hours && strcmp(a->hours, b->hours) == 0));
}

const struct workflow_calendar *calendar_shelf_find(const struct calendar_shelf *shelf, const struct calendar_key *key)
{
    const size_t first = first_place(key);
    for (size_t i = 0; i < PROBES; i++) {
        const struct book *book =
            atomic_load_explicit(&shelf->places[(first + i) % CALENDAR_SHELF_PLACES], memory_order_acquire);
        if (!book)
            return NULL;
        if (is_same(&book->key, key))
            return (const struct workflow_calendar *)(const void *)book->calendar;
    }
    return NULL;
}

static struct book *book_make(const struct calendar_key *key, const struct workflow_calendar_source *source)
{
    const size_t hours_size = key->hours ? strlen(key->hours) + 1 : 0;
    struct book *book = malloc(sizeof *book + workflow_calendar_size() + hours_size);
    if (!book)
        abort();
    book->key = *key;
    if (key->hours) /* of a definition that may be a draft, which goes before the shelf does */
        book->key.hours = memcpy(book->calendar + workflow_calendar_size(), key->hours, hours_size);
    if (workflow_calendar_init(book->calendar, source, NULL))
        return book;
    free(book);
    return NULL;
}

/* Where there is none yet within reach; a whole neighbourhood stays as it is. */
static bool has_place(const struct calendar_shelf *shelf, size_t first)
{
    for (size_t i = 0; i < PROBES; i++)
        if (!atomic_load_explicit(&shelf->places[(first + i) % CALENDAR_SHELF_PLACES], memory_order_relaxed))
            return true;
    return false;
}

const struct workflow_calendar *calendar_shelf_add(struct calendar_shelf *shelf, const struct calendar_key *key,
                                                   const struct workflow_calendar_source *source)
{
    const size_t first = first_place(key);
    struct book *mine = has_place(shelf, first) ? book_make(key, source) : NULL;
    for (size_t i = 0; mine && i < PROBES; i++) {
        struct book *there = NULL;
        if (atomic_compare_exchange_strong_explicit(&shelf->places[(first + i) % CALENDAR_SHELF_PLACES], &there, mine,
                                                    memory_order_acq_rel, memory_order_acquire))
            return (const struct workflow_calendar *)(const void *)mine->calendar;
        if (is_same(&there->key, key)) {
            free(mine);
            return (const struct workflow_calendar *)(const void *)there->calendar;
        }
    }
    free(mine);
    return NULL;
}
