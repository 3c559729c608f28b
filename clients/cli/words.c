/* Keys of the contract in the language of the reader. */
#include <string.h>

#include "cli.h"

static const struct {
    enum vocabulary vocabulary;
    const char *key;
    const char *labels[LANGUAGE_COUNT];
} words[] = {
#define WORD(vocabulary, key, ca, es, en) {WORDS_##vocabulary, key, {ca, es, en}},
#include "words.def"
#undef WORD
};

#define N_WORDS (sizeof words / sizeof *words)

/* The label of a key; the key itself where we have none, for vocabularies grow on the server first. */
const char *word_label(enum vocabulary vocabulary, const char *key)
{
    for (size_t i = 0; i < N_WORDS; i++)
        if (words[i].vocabulary == vocabulary && strcmp(words[i].key, key) == 0)
            return words[i].labels[text_chosen()];
    return key;
}

/* The index-th key of a vocabulary, NULL behind the last. */
const char *word_key(enum vocabulary vocabulary, size_t index)
{
    for (size_t i = 0; i < N_WORDS; i++)
        if (words[i].vocabulary == vocabulary && index-- == 0)
            return words[i].key;
    return NULL;
}
