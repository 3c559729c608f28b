/* Every sentence of oamctl in Catalan, Spanish and English: one flat table, texts.def. */
#ifndef TEXT_H
#define TEXT_H

#include <stdarg.h>
#include <stdio.h>

enum text {
#define TEXT(id, ca, es, en) T_##id,
#include "texts.def"
#undef TEXT
    TEXT_COUNT
};

enum language { LANGUAGE_CA, LANGUAGE_ES, LANGUAGE_EN, LANGUAGE_COUNT };

/* Chooses the language by a tag ("es_ES.UTF-8", "en"); anything else, C and POSIX too, is Catalan. */
void text_choose(const char *tag);

/* Chooses by LC_ALL, LC_MESSAGES and LANG. */
void text_choose_by_environment(void);

/* The language chosen. */
enum language text_chosen(void);

/* The tag of the language chosen, for Accept-Language. */
const char *text_language(void);

/* The sentence in the language chosen. */
const char *sentence(enum text id);

/* The same in a given language; for tests. */
const char *text_in(enum language language, enum text id);

/* Prints the sentence; each {} takes the next argument, a string, cleaned of control characters. */
void text_print(FILE *out, enum text id, ...);
void text_vprint(FILE *out, enum text id, va_list arguments);

#endif
