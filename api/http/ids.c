#include <string.h>
#include <sys/random.h>

#include "base/hex.h"
#include "http/internal.h"

#define POOL_SIZE 4096

void id_random(void *ret, size_t length)
{
    static _Thread_local unsigned char pool[POOL_SIZE];
    static _Thread_local size_t left;
    if (length > left) {
        size_t filled = 0;
        while (filled < sizeof pool) {
            ssize_t got = getrandom(pool + filled, sizeof pool - filled, 0);
            filled += got > 0 ? (size_t)got : 0;
        }
        left = sizeof pool;
    }
    left -= length;
    memcpy(ret, pool + left, length);
}

void id_uuid7(int64_t now_us, char ret[37])
{
    unsigned char bytes[16];
    uint64_t ms = (uint64_t)(now_us / 1000);
    id_random(bytes + 6, 10);
    for (int i = 0; i < 6; i++)
        bytes[i] = (unsigned char)(ms >> (40 - 8 * i));
    bytes[6] = (unsigned char)(0x70 | (bytes[6] & 0x0F));
    bytes[8] = (unsigned char)(0x80 | (bytes[8] & 0x3F));
    hex_uuid(ret, bytes);
}

void id_trace(char ret[33])
{
    unsigned char bytes[16];
    id_random(bytes, sizeof bytes);
    (void)hex_write(ret, bytes, sizeof bytes);
}
