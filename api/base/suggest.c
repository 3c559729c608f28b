#include "base/suggest.h"

#include <stdint.h>
#include <string.h>

struct suggestion suggestion_of(const char *typed)
{
    return (struct suggestion){.typed = typed, .distance = SIZE_MAX};
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* As soon as it cannot be below `most` any more, `most`. */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length, size_t most)
{
    size_t rows[3][SUGGEST_LENGTH_MAX + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b_length; j++)
        above[j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t best = row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
            best = least(best, row[j]);
        }
        if (best >= most)
            return most;
        size_t *spent = before;
        before = above;
        above = row;
        row = spent;
    }
    return above[b_length];
}

void suggestion_offer(struct suggestion *suggestion, const char *candidate)
{
    size_t typed = strlen(suggestion->typed), offered = strlen(candidate);
    size_t apart = typed > offered ? typed - offered : offered - typed;
    if (typed > SUGGEST_LENGTH_MAX || offered > SUGGEST_LENGTH_MAX || apart >= suggestion->distance)
        return;
    size_t found = distance(suggestion->typed, typed, candidate, offered, suggestion->distance);
    if (found >= suggestion->distance)
        return;
    suggestion->distance = found;
    suggestion->nearest = candidate;
}
