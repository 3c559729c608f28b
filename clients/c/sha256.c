/* SHA-256 and HMAC (FIPS 180-4, RFC 2104): libcurl gives neither, and one more library for a hundred lines would be
 * dear. */
#include "client_internal.h"

#include <string.h>

#define BLOCK 64

struct sha256 {
    uint32_t state[8];
    unsigned char block[BLOCK];
    size_t used;
    uint64_t length;
};

static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t turn(uint32_t word, unsigned bits)
{
    return word >> bits | word << (32 - bits);
}

static void expand(const unsigned char *block, uint32_t w[64])
{
    for (size_t i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 | (uint32_t)block[4 * i + 2] << 8 |
               block[4 * i + 3];
    for (size_t i = 16; i < 64; i++) {
        const uint32_t a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ a >> 3) + w[i - 7] + (turn(b, 17) ^ turn(b, 19) ^ b >> 10);
    }
}

static void compress(struct sha256 *hash, const unsigned char *block)
{
    uint32_t w[64], s[8];
    expand(block, w);
    memcpy(s, hash->state, sizeof s);
    for (size_t i = 0; i < 64; i++) {
        const uint32_t one = s[7] + (turn(s[4], 6) ^ turn(s[4], 11) ^ turn(s[4], 25)) +
                             ((s[4] & s[5]) ^ (~s[4] & s[6])) + constants[i] + w[i];
        const uint32_t two =
            (turn(s[0], 2) ^ turn(s[0], 13) ^ turn(s[0], 22)) + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 7 * sizeof *s);
        s[4] += one;
        s[0] = one + two;
    }
    for (size_t i = 0; i < 8; i++)
        hash->state[i] += s[i];
}

static void begin(struct sha256 *hash)
{
    static const uint32_t first[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    *hash = (struct sha256){.length = 0};
    memcpy(hash->state, first, sizeof first);
}

static void add(struct sha256 *hash, const void *bytes, size_t length)
{
    const unsigned char *at = bytes;
    hash->length += length;
    while (length > 0) {
        const size_t room = BLOCK - hash->used, n = length < room ? length : room;
        memcpy(hash->block + hash->used, at, n);
        hash->used += n;
        at += n;
        length -= n;
        if (hash->used == BLOCK) {
            compress(hash, hash->block);
            hash->used = 0;
        }
    }
}

static void end(struct sha256 *hash, unsigned char ret[OAMI_SHA256])
{
    static const unsigned char padding[BLOCK] = {0x80};
    const uint64_t bits = hash->length * 8;
    unsigned char size[8];
    for (size_t i = 0; i < 8; i++)
        size[i] = (unsigned char)(bits >> (56 - 8 * i));
    add(hash, padding, hash->used < 56 ? 56 - hash->used : 120 - hash->used);
    add(hash, size, sizeof size);
    for (size_t i = 0; i < OAMI_SHA256; i++)
        ret[i] = (unsigned char)(hash->state[i / 4] >> (24 - 8 * (i % 4)));
}

static void keyed(struct sha256 *hash, const unsigned char key[BLOCK], unsigned char with)
{
    unsigned char pad[BLOCK];
    for (size_t i = 0; i < BLOCK; i++)
        pad[i] = key[i] ^ with;
    begin(hash);
    add(hash, pad, sizeof pad);
    explicit_bzero(pad, sizeof pad);
}

void oami_hmac_sha256(const unsigned char *key, size_t key_length, const struct oami_piece *pieces, size_t n_pieces,
                      unsigned char ret[OAMI_SHA256])
{
    unsigned char block[BLOCK] = {0};
    struct sha256 hash;
    if (key_length > BLOCK) {
        begin(&hash);
        add(&hash, key, key_length);
        end(&hash, block);
    } else if (key_length > 0) {
        memcpy(block, key, key_length);
    }
    keyed(&hash, block, 0x36);
    for (size_t i = 0; i < n_pieces; i++)
        add(&hash, pieces[i].bytes, pieces[i].length);
    end(&hash, ret);
    keyed(&hash, block, 0x5c);
    add(&hash, ret, OAMI_SHA256);
    end(&hash, ret);
    explicit_bzero(block, sizeof block);
    explicit_bzero(&hash, sizeof hash);
}
