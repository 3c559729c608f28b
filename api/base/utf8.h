/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef OAM_BASE_UTF8_H
#define OAM_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the well-formed character at `bytes`, 1..4; 0 when there is none within `length`. */
size_t utf8_length(const char *bytes, size_t length);

bool utf8_valid(const char *bytes, size_t length);

/* Characters (code points) of a valid text. */
size_t utf8_count(const char *bytes, size_t length);

/* Writes `length` bytes as the inside of a JSON string and returns what it wrote, at most 6 bytes for each one read.
   Control characters are escaped; a byte that is no UTF-8 becomes U+FFFD, so that the output is always valid JSON. */
size_t utf8_json_escape(char *ret, const char *bytes, size_t length);

#endif
