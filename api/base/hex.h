/* Bytes as people and PostgreSQL read them: lower-case hexadecimal. */
#ifndef OAM_BASE_HEX_H
#define OAM_BASE_HEX_H

#include <stdbool.h>
#include <stddef.h>

#define HEX_UUID_SIZE 37 /* 8-4-4-4-12 and the terminator */

/* Two digits for each byte, and a terminator: `ret` holds 2 * length + 1. Returns where the terminator stands. */
char *hex_write(char *ret, const void *bytes, size_t length);
/* Sixteen bytes in the form of RFC 9562. */
void hex_uuid(char ret[HEX_UUID_SIZE], const unsigned char bytes[16]);

/* Tells whether a text is 8-4-4-4-12 hexadecimal digits: the database must not be asked what anything else means. */
bool hex_is_uuid(const char *text);

#endif
