/* Bytes as people and PostgreSQL read them: lower-case hexadecimal. */
#ifndef OAM_BASE_HEX_H
#define OAM_BASE_HEX_H

#include <stddef.h>

#define HEX_UUID_SIZE 37 /* 8-4-4-4-12 and the terminator */

/* Two digits for each byte, and a terminator: `ret` holds 2 * length + 1. Returns where the terminator stands. */
char *hex_write(char *ret, const void *bytes, size_t length);
/* Sixteen bytes in the form of RFC 9562. */
void hex_uuid(char ret[HEX_UUID_SIZE], const unsigned char bytes[16]);

#endif
