/* Randomness of the kernel: keys and jitter. */
#include "client_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

static void random_bytes(unsigned char *bytes, size_t length)
{
    /* getrandom gives up to 256 bytes whole once the pool is ready, and blocks until then. */
    if (getrandom(bytes, length, 0) != (ssize_t)length)
        abort();
}

uint32_t oami_random(void)
{
    unsigned char b[4];
    random_bytes(b, sizeof b);
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

void oam_uuid(char ret_uuid[37])
{
    unsigned char b[16];
    random_bytes(b, sizeof b);
    b[6] = (unsigned char)((b[6] & 0x0F) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3F) | 0x80);
    snprintf(ret_uuid, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2],
             b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}
