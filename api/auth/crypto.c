#include <openssl/evp.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "auth/auth_internal.h"
#include "base/hex.h"

static EVP_MD *sha256;
static pthread_once_t sha256_once = PTHREAD_ONCE_INIT;

static void release_sha256(void)
{
    EVP_MD_free(sha256);
}

static void fetch_sha256(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (!sha256)
        abort(); /* a libcrypto without SHA-256 cannot serve anybody */
    (void)atexit(release_sha256);
}

void auth_digest(const void *bytes, size_t length, unsigned char ret[AUTH_DIGEST_SIZE])
{
    pthread_once(&sha256_once, fetch_sha256);
    if (EVP_Digest(bytes, length, ret, NULL, sha256, NULL) != 1)
        abort(); /* out of memory; an unset digest would be somebody else's */
}

void auth_mac(const struct auth *auth, const void *bytes, size_t length, unsigned char ret[16])
{
    crypto_generichash(ret, 16, bytes, length, auth->mac_key, sizeof auth->mac_key);
}

bool auth_mac_equal(const unsigned char a[16], const unsigned char b[16])
{
    return sodium_memcmp(a, b, 16) == 0;
}

void auth_uuid7(int64_t now_us, char ret[37])
{
    unsigned char b[16];
    uint64_t us = now_us > 0 ? (uint64_t)now_us : 0;
    uint64_t ms = us / 1000;
    uint64_t part = us % 1000 * 4096 / 1000; /* the fraction of the millisecond keeps ids of one process in order */

    randombytes_buf(b, sizeof b);
    for (int i = 0; i < 6; i++)
        b[i] = (unsigned char)(ms >> (40 - 8 * i));
    b[6] = (unsigned char)(0x70 | (part >> 8));
    b[7] = (unsigned char)part;
    b[8] = (unsigned char)(0x80 | (b[8] & 0x3f));
    hex_uuid(ret, b);
}

size_t auth_base64url(char *ret, size_t size, const void *bytes, size_t length)
{
    if (size == 0)
        return 0;
    ret[0] = '\0';
    if (size < sodium_base64_encoded_len(length, sodium_base64_VARIANT_URLSAFE_NO_PADDING))
        return 0;
    sodium_bin2base64(ret, size, bytes, length, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return strlen(ret);
}

bool auth_base64url_decode(unsigned char *ret, size_t size, size_t *ret_length, const char *text)
{
    size_t length = 0;
    /* With no end pointer libsodium refuses what it cannot read to the end; it also refuses stray last bits. */
    if (sodium_base642bin(ret, size, text, strlen(text), NULL, &length, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
        return false;
    *ret_length = length;
    return true;
}
