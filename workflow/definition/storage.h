/* Memory that is given out piece by piece and freed at once: everything a workflow owns, or one parse needs. */
#ifndef OAM_WORKFLOW_STORAGE_H
#define OAM_WORKFLOW_STORAGE_H

#include <stddef.h>

struct storage;

/* Returns an empty storage, NULL when memory is exhausted. The caller frees it with storage_free(). */
struct storage *storage_new(void);
/* Frees the storage and everything it gave out. NULL is fine. */
void storage_free(struct storage *storage);
/* Returns n * size zeroed bytes, aligned for anything, never NULL for n == 0; NULL when memory is exhausted. */
void *storage_alloc(struct storage *storage, size_t n, size_t size);
/* Returns a copy of the text, NULL when memory is exhausted. */
const char *storage_text(struct storage *storage, const char *text);

#endif
