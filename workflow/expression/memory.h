/* Inside the expressions: memory that the caller gave, taken from its beginning. */
#ifndef OAM_WORKFLOW_EXPRESSION_MEMORY_H
#define OAM_WORKFLOW_EXPRESSION_MEMORY_H

#include <string.h>

#include "workflow/expression.h"

/* Takes `size` bytes aligned to 16, not cleared; NULL when there are not so many. memory may be NULL: there are none.
 */
static inline void *memory_take(struct workflow_memory *memory, size_t size)
{
    if (memory == NULL || memory->used > memory->size)
        return NULL;
    size_t begin = (memory->used + 15) & ~(size_t)15;
    if (begin > memory->size || size > memory->size - begin)
        return NULL;
    memory->used = begin + size;
    return (char *)memory->bytes + begin;
}

/* The same, cleared. */
static inline void *memory_take_zeroed(struct workflow_memory *memory, size_t size)
{
    void *bytes = memory_take(memory, size);
    if (bytes != NULL)
        memset(bytes, 0, size);
    return bytes;
}

#endif
