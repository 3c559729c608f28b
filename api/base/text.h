/* Text for people: one flat catalogue per language (base/text/{ca,es,en}.json), compiled to tables. */
#ifndef OAM_BASE_TEXT_H
#define OAM_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "generated/text.h" /* enum text_key, text_catalogue[TEXT_LANGUAGES][TEXT_KEY_COUNT] */

enum text_language { TEXT_CA, TEXT_ES, TEXT_EN, TEXT_LANGUAGES };

/* "ca", "es" or "en". */
const char *text_language_tag(enum text_language language);
/* The language of such a tag. False, and *ret as it was, when it is none of them. */
bool text_language_find(const char *tag, enum text_language *ret);

/* Best language of an Accept-Language value (RFC 9110 12.5.4; q-values honoured); NULL, "*" or nothing we speak:
 * Catalan. */
enum text_language text_language_negotiate(const char *accept_language);

/* The sentence of `key` in `language`. */
const char *text(enum text_language language, enum text_key key);

/* Writes the sentence with {0}, {1}… replaced by `args` (a NULL-terminated array) into `ret` of `size` bytes, cutting
   at a UTF-8 boundary. Returns `ret`. */
char *text_format(char *ret, size_t size, enum text_language language, enum text_key key, const char *const args[]);

#endif
