/* Memory of a short-lived program: kept in one list, released at the end, so that leak checkers see real leaks. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

struct kept {
    struct kept *next;
    json_t *json;
};

static struct kept *kept_first;

_Noreturn static void die_of_memory(void)
{
    fputs("oamctl: out of memory\n", stderr);
    exit(CLI_FAILED);
}

void *must_realloc(void *memory, size_t size)
{
    void *bigger = realloc(memory, size);
    if (!bigger)
        die_of_memory();
    return bigger;
}

/* Zeroed memory, aligned for anything, until the end. */
void *keep_alloc(size_t size)
{
    struct kept *kept = must_realloc(NULL, sizeof *kept + size);
    memset(kept, 0, sizeof *kept + size);
    kept->next = kept_first;
    kept_first = kept;
    return kept + 1;
}

char *keep_text(const char *text)
{
    return text ? keep_join(text, "", "") : NULL;
}

char *keep_join(const char *a, const char *b, const char *c)
{
    size_t la = strlen(a), lb = strlen(b), lc = strlen(c);
    char *joined = keep_alloc(la + lb + lc + 1);
    memcpy(joined, a, la);
    memcpy(joined + la, b, lb);
    memcpy(joined + la + lb, c, lc);
    return joined;
}

/* Takes over a reference until the end; NULL is out of memory. */
json_t *keep_json(json_t *json)
{
    if (!json)
        die_of_memory();
    keep_alloc(0);
    kept_first->json = json;
    return json;
}

void keep_release(void)
{
    while (kept_first) {
        struct kept *next = kept_first->next;
        json_decref(kept_first->json);
        free(kept_first);
        kept_first = next;
    }
}
