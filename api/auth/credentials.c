#include "auth/credentials.h"

#include <sodium.h>
#include <string.h>

#define ARGON2_PASSES 2
#define ARGON2_MEMORY (19u * 1024 * 1024)

#define SECRET_PREFIX       "oam_live_"
#define SECRET_BYTES        32
#define SECRET_DIGITS       43 /* of base62 for 256 bits */
#define SECRET_CHECK_DIGITS 6  /* of base62 for 32 bits */

_Static_assert(AUTH_PASSWORD_HASH_SIZE >= crypto_pwhash_STRBYTES, "an argon2id string fits");
_Static_assert(sizeof SECRET_PREFIX + SECRET_DIGITS + SECRET_CHECK_DIGITS <= AUTH_CLIENT_SECRET_SIZE, "a secret fits");

/* Of a random password that nobody has, with the parameters above: what an unknown login is compared with. */
static const char nobody_hash[] =
    "$argon2id$v=19$m=19456,t=2,p=1$a8YlAD+RU8QhPQB++0wlhA$Qj+HLDZAnCHKyM9pSZvdJn4xweaT5Bj+ATMoAE9h/C4";

bool auth_password_hash(const char *password, char ret[AUTH_PASSWORD_HASH_SIZE])
{
    size_t length = strnlen(password, AUTH_PASSWORD_MAX + 1);
    ret[0] = '\0';
    return length <= AUTH_PASSWORD_MAX && sodium_init() >= 0 &&
           crypto_pwhash_str_alg(ret, password, length, ARGON2_PASSES, ARGON2_MEMORY, crypto_pwhash_ALG_ARGON2ID13) ==
               0;
}

bool auth_password_verify(const char *stored, const char *password)
{
    size_t length = strnlen(password, AUTH_PASSWORD_MAX + 1);
    if (length > AUTH_PASSWORD_MAX)
        return false;
    bool matches = crypto_pwhash_str_verify(stored ? stored : nobody_hash, password, length) == 0;
    return matches && stored;
}

bool auth_password_new(char ret[], size_t size)
{
    static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz"; /* Crockford's: no i, l, o, u */
    if (size < AUTH_PASSWORD_SIZE || sodium_init() < 0)
        return false;
    char *at = ret;
    for (int i = 0; i < 25; i++) {
        if (i > 0 && i % 5 == 0)
            *at++ = '-';
        *at++ = alphabet[randombytes_uniform(32)];
    }
    *at = '\0';
    return true;
}

/* Writes a big-endian number as exactly `digits` digits of base62; `bytes` is used up. */
static void base62(char *ret, size_t digits, unsigned char *bytes, size_t length)
{
    static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    for (size_t i = digits; i > 0; i--) {
        unsigned rest = 0;
        for (size_t j = 0; j < length; j++) {
            unsigned value = rest << 8 | bytes[j];
            bytes[j] = (unsigned char)(value / 62);
            rest = value % 62;
        }
        ret[i - 1] = alphabet[rest];
    }
}

/* The CRC-32 of zip and Ethernet. */
static uint32_t crc32_of(const char *text, size_t length)
{
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < length; i++) {
        crc ^= (unsigned char)text[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

static void check_digits(const char *secret, size_t length, char ret[SECRET_CHECK_DIGITS])
{
    uint32_t crc = crc32_of(secret, length);
    unsigned char bytes[4] = {(unsigned char)(crc >> 24), (unsigned char)(crc >> 16), (unsigned char)(crc >> 8),
                              (unsigned char)crc};
    base62(ret, SECRET_CHECK_DIGITS, bytes, sizeof bytes);
}

bool auth_client_secret_new(char ret[], size_t size)
{
    const size_t prefix = sizeof SECRET_PREFIX - 1, body = prefix + SECRET_DIGITS;
    unsigned char bytes[SECRET_BYTES];
    if (size < AUTH_CLIENT_SECRET_SIZE || sodium_init() < 0)
        return false;
    randombytes_buf(bytes, sizeof bytes);
    memcpy(ret, SECRET_PREFIX, prefix);
    base62(ret + prefix, SECRET_DIGITS, bytes, sizeof bytes);
    check_digits(ret, body, ret + body);
    ret[body + SECRET_CHECK_DIGITS] = '\0';
    return true;
}

bool auth_client_secret_well_formed(const char *secret)
{
    const size_t prefix = sizeof SECRET_PREFIX - 1, body = prefix + SECRET_DIGITS;
    char check[SECRET_CHECK_DIGITS];
    if (strnlen(secret, AUTH_CLIENT_SECRET_SIZE) != body + SECRET_CHECK_DIGITS ||
        memcmp(secret, SECRET_PREFIX, prefix) != 0)
        return false;
    check_digits(secret, body, check);
    return memcmp(secret + body, check, sizeof check) == 0;
}

void auth_client_secret_hash(const char *secret, unsigned char ret[AUTH_DIGEST_SIZE])
{
    auth_digest(secret, strlen(secret), ret);
}

bool auth_client_secret_verify(const unsigned char stored[AUTH_DIGEST_SIZE], const char *secret)
{
    static const unsigned char nobody[AUTH_DIGEST_SIZE];
    unsigned char digest[AUTH_DIGEST_SIZE];
    auth_client_secret_hash(secret, digest);
    bool matches = sodium_memcmp(stored ? stored : nobody, digest, sizeof digest) == 0;
    return matches && stored;
}

void auth_wipe(void *secret, size_t length)
{
    sodium_memzero(secret, length);
}
