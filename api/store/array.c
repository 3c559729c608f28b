#include "store/array.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static char *append_quoted(char *to, const char *text)
{
    *to++ = '"';
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            *to++ = '\\';
        *to++ = *text;
    }
    *to++ = '"';
    return to;
}

const char *array_of_texts(struct arena *arena, const char *const *items, size_t count)
{
    size_t size = 3;
    for (size_t i = 0; i < count; i++)
        size += items[i] ? 2 * strlen(items[i]) + 3 : 5;
    char *literal = arena_alloc(arena, size), *to = literal;
    *to++ = '{';
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            *to++ = ',';
        if (items[i]) {
            to = append_quoted(to, items[i]);
        } else {
            memcpy(to, "NULL", 4);
            to += 4;
        }
    }
    *to++ = '}';
    *to = '\0';
    return literal;
}

const char *array_of_numbers(struct arena *arena, const int64_t *items, size_t count)
{
    size_t size = count * 21 + 3, used = 1;
    char *literal = arena_alloc(arena, size);
    literal[0] = '{';
    for (size_t i = 0; i < count; i++)
        used += (size_t)snprintf(literal + used, size - used, "%s%" PRId64, i > 0 ? "," : "", items[i]);
    literal[used++] = '}';
    literal[used] = '\0';
    return literal;
}
