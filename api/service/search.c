#include "service/search.h"

#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

/* U+00C0 to U+017F, each by the ASCII letters that people look for it with: never more bytes than the character has. */
static const char latin[0x180 - 0xC0][3] = {
    "a", "a", "a",  "a",  "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i",  "i",  /* À */
    "d", "n", "o",  "o",  "o", "o", "o",  "*", "o", "u", "u", "u", "u", "y", "th", "ss", /* Ð */
    "a", "a", "a",  "a",  "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i",  "i",  /* à */
    "d", "n", "o",  "o",  "o", "o", "o",  "/", "o", "u", "u", "u", "u", "y", "th", "y",  /* ð */
    "a", "a", "a",  "a",  "a", "a", "c",  "c", "c", "c", "c", "c", "c", "c", "d",  "d",  /* Ā */
    "d", "d", "e",  "e",  "e", "e", "e",  "e", "e", "e", "e", "e", "g", "g", "g",  "g",  /* Đ */
    "g", "g", "g",  "g",  "h", "h", "h",  "h", "i", "i", "i", "i", "i", "i", "i",  "i",  /* Ġ */
    "i", "i", "ij", "ij", "j", "j", "k",  "k", "k", "l", "l", "l", "l", "l", "l",  "l",  /* İ */
    "l", "l", "l",  "n",  "n", "n", "n",  "n", "n", "n", "n", "n", "o", "o", "o",  "o",  /* ŀ */
    "o", "o", "oe", "oe", "r", "r", "r",  "r", "r", "r", "s", "s", "s", "s", "s",  "s",  /* Ő */
    "s", "s", "t",  "t",  "t", "t", "t",  "t", "u", "u", "u", "u", "u", "u", "u",  "u",  /* Š */
    "u", "u", "u",  "u",  "w", "w", "y",  "y", "y", "z", "z", "z", "z", "z", "z",  "s",  /* Ű */
};

static uint32_t character_read(const char *bytes, size_t length)
{
    static const unsigned char first_mask[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t character = (unsigned char)bytes[0] & first_mask[length];
    for (size_t i = 1; i < length; i++)
        character = character << 6 | ((unsigned char)bytes[i] & 0x3F);
    return character;
}

/* Writes what stands for `character` and returns how many bytes that is; never more than the character has. */
static size_t character_fold(char *ret, uint32_t character, const char *bytes, size_t length)
{
    const char *folded = NULL;
    if (character >= 'A' && character <= 'Z') {
        ret[0] = (char)(character - 'A' + 'a');
        return 1;
    }
    if (character == 0x00B7 || (character >= 0x0300 && character <= 0x036F))
        return 0; /* the dot of l·l; a mark that follows its letter */
    if (character == 0x00A0)
        folded = " ";
    else if (character == 0x2019 || character == 0x2018)
        folded = "'";
    else if (character >= 0xC0 && character < 0x180)
        folded = latin[character - 0xC0];
    if (folded == NULL) {
        memcpy(ret, bytes, length);
        return length;
    }
    size_t size = strlen(folded);
    memcpy(ret, folded, size);
    return size;
}

char *search_fold(struct arena *arena, const char *text)
{
    size_t length = strlen(text), used = 0;
    char *folded = arena_take(arena, length + 1);
    for (size_t at = 0; at < length;) {
        size_t size = utf8_length(text + at, length - at);
        if (size == 0) { /* no UTF-8: nothing to look for */
            at++;
            continue;
        }
        /* "l.l" is how many people type "l·l". */
        bool is_dot = text[at] == '.' && used > 0 && folded[used - 1] == 'l' && (text[at + 1] | 0x20) == 'l';
        if (!is_dot)
            used += character_fold(folded + used, character_read(text + at, size), text + at, size);
        at += size;
    }
    folded[used] = '\0';
    return folded;
}

struct search search_new(struct arena *arena, const char *typed_or_null)
{
    struct search search = {NULL, 0};
    if (typed_or_null == NULL)
        return search;
    char *folded = search_fold(arena, typed_or_null), *rest = NULL;
    search.words = arena_alloc(arena, (strlen(folded) / 2 + 1) * sizeof *search.words);
    for (char *word = strtok_r(folded, " \t\r\n", &rest); word != NULL; word = strtok_r(NULL, " \t\r\n", &rest))
        search.words[search.n_words++] = word;
    return search;
}

bool search_find(const struct search *search, const char *folded)
{
    for (size_t i = 0; i < search->n_words; i++)
        if (strstr(folded, search->words[i]) == NULL)
            return false;
    return true;
}

bool word_set_has(const struct word_set *set, const char *word)
{
    for (size_t i = 0; i < set->n; i++)
        if (strcmp(set->items[i], word) == 0)
            return true;
    return set->n == 0;
}
