/* PostgreSQL array literals for parameters that travel as text. */
#ifndef OAM_STORE_ARRAY_H
#define OAM_STORE_ARRAY_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* {"a","b"} with quotes and backslashes escaped; a NULL item is SQL NULL. Arena-owned. */
const char *array_of_texts(struct arena *arena, const char *const *items, size_t count);
/* {1,2,3} */
const char *array_of_numbers(struct arena *arena, const int64_t *items, size_t count);

#endif
