#include "workflow/expression/suggest.h"

#include <string.h>

enum { WORD_MAX = 64 }; /* longer ones are not suggested nor looked for */

/* Insertions, deletions, replacements and swaps of neighbours between two words (Damerau, optimal string alignment). */
static size_t distance(const char *a, size_t n, const char *b, size_t m)
{
    size_t rows[3][WORD_MAX + 1];
    for (size_t j = 0; j <= m; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *row = rows[i % 3], *above = rows[(i - 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t best = above[j - 1] + (a[i - 1] != b[j - 1]);
            best = above[j] + 1 < best ? above[j] + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && rows[(i - 2) % 3][j - 2] + 1 < best)
                best = rows[(i - 2) % 3][j - 2] + 1;
            row[j] = best;
        }
    }
    return rows[n % 3][m];
}

struct suggestion suggest_begin(const char *word, size_t length)
{
    return (struct suggestion){.word = word, .length = length, .distance = 1 + (length + 1) / 3};
}

void suggest_offer(struct suggestion *suggestion, const char *name)
{
    size_t length = strlen(name);
    if (length > WORD_MAX || suggestion->length > WORD_MAX || length == 0)
        return;
    size_t d = distance(suggestion->word, suggestion->length, name, length);
    if (d < suggestion->distance) {
        suggestion->distance = d;
        suggestion->best = name;
    }
}

const char *suggest_before(const struct suggestion *suggestion)
{
    return suggestion->best != NULL ? ": did you mean " : "";
}

const char *suggest_name(const struct suggestion *suggestion)
{
    return suggestion->best != NULL ? suggestion->best : "";
}

const char *suggest_after(const struct suggestion *suggestion)
{
    return suggestion->best != NULL ? "?" : "";
}
