/* Which town a row without one is given: the documented hash (README.md, "The town of a row"). */
#ifndef TOWN_H
#define TOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FNV_OFFSET UINT64_C(14695981039346656037)

struct town {
    char code[11];
    uint64_t end; /* sum of the populations up to and with this one */
};

struct towns {
    struct town *items;
    size_t n;
    uint64_t total;
};

/* FNV-1a of 64 bits, going on from seed (FNV_OFFSET to begin). */
uint64_t fnv1a(const void *data, size_t length, uint64_t seed);

/* Appends a town with its weight; false when memory is short, the code is not ten digits, or the sum overflows. */
bool towns_add(struct towns *towns, const char *code, uint64_t population);

/* The code of the town for a source_id: hash modulo total, in the cumulative weights. NULL when nobody lives anywhere.
 */
const char *towns_pick(const struct towns *towns, const char *source_id);

/* Releases the list. */
void towns_free(struct towns *towns);

#endif
