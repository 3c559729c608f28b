/* "Did you mean": the nearest word by edits. */
#include "cli.h"

#include <string.h>

#define WORD_MAX 48

static size_t min3(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

/* Edits from one word to the other, two letters in the wrong order being one (optimal string alignment). */
static size_t distance(const char *a, const char *b)
{
    size_t la = strlen(a), lb = strlen(b);
    size_t rows[3][WORD_MAX + 1];
    if (la > WORD_MAX || lb > WORD_MAX)
        return WORD_MAX;
    size_t *row = rows[0], *last = rows[1], *before = rows[2];
    for (size_t j = 0; j <= lb; j++)
        row[j] = j;
    for (size_t i = 1; i <= la; i++) {
        size_t *oldest = before;
        before = last;
        last = row;
        row = oldest;
        row[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            row[j] = min3(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < row[j])
                row[j] = before[j - 2] + 1;
        }
    }
    return row[lb];
}

/* The candidate nearest to word, or NULL when none is near. candidate gives NULL at the end of the list. */
const char *suggest(const char *word, const char *(*candidate)(size_t index, const void *context), const void *context)
{
    const char *best = NULL;
    size_t best_distance = strlen(word) / 3 + 2;
    const char *name;
    for (size_t i = 0; (name = candidate(i, context)) != NULL; i++) {
        size_t d = strncmp(name, word, strlen(word)) == 0 ? 1 : distance(word, name);
        if (*name && d < best_distance) {
            best = name;
            best_distance = d;
        }
    }
    return best;
}
