/* Finding by name as people type it: without accents, capitals or the middle dot, any word in any place. */
#ifndef OAM_SERVICE_SEARCH_H
#define OAM_SERVICE_SEARCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/* Lower case without marks, in the Latin letters of Europe: "Col·lecció" -> "colleccio". Arena-owned. */
char *search_fold(struct arena *arena, const char *text);

struct search {
    const char **words; /* folded */
    size_t n_words;
};

/* The words of what was typed, parted by white space; none: everything matches. */
struct search search_new(struct arena *arena, const char *typed_or_null);

/* True when every word is a part of `folded`, a text that search_fold() made. */
bool search_find(const struct search *search, const char *folded);

/* The values of a filter, any of which will do; none: whatever there is. */
struct word_set {
    const char **items;
    size_t n;
};
bool word_set_has(const struct word_set *set, const char *word);

#endif
