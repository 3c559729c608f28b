#include "auth/webhook_secret.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "auth/auth_internal.h"
#include "base/hex.h"

#define ID_BYTES     16
#define PLAIN_BYTES  (ID_BYTES + WEBHOOK_SECRET_BYTES)
#define SEALED_BYTES (crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + PLAIN_BYTES)
_Static_assert(WEBHOOK_SEALED_HEX_SIZE == 2 * SEALED_BYTES + 1, "the header tells the size of what is sealed");

static bool id_bytes(const char *uuid, unsigned char ret[ID_BYTES])
{
    size_t length = 0;
    return sodium_hex2bin(ret, ID_BYTES, uuid, strlen(uuid), "-", &length, NULL) == 0 && length == ID_BYTES;
}

void webhook_secret_new(const struct auth *auth, const char *webhook, char ret_text[WEBHOOK_SECRET_TEXT_SIZE],
                        char ret_sealed_hex[WEBHOOK_SEALED_HEX_SIZE])
{
    unsigned char plain[PLAIN_BYTES] = {0}, sealed[SEALED_BYTES];
    (void)id_bytes(webhook, plain);
    randombytes_buf(plain + ID_BYTES, WEBHOOK_SECRET_BYTES);
    randombytes_buf(sealed, crypto_secretbox_NONCEBYTES);
    crypto_secretbox_easy(sealed + crypto_secretbox_NONCEBYTES, plain, sizeof plain, sealed, auth->webhook_key);
    memcpy(ret_text, "whsec_", 6);
    sodium_bin2base64(ret_text + 6, WEBHOOK_SECRET_TEXT_SIZE - 6, plain + ID_BYTES, WEBHOOK_SECRET_BYTES,
                      sodium_base64_VARIANT_ORIGINAL);
    sodium_bin2hex(ret_sealed_hex, WEBHOOK_SEALED_HEX_SIZE, sealed, sizeof sealed);
    sodium_memzero(plain, sizeof plain);
}

/* Opens one; false when it was not sealed by our secret, for this webhook. */
static bool open_one(const struct auth *auth, const unsigned char id[ID_BYTES], const char *hex, size_t hex_length,
                     unsigned char ret_plain[PLAIN_BYTES])
{
    unsigned char sealed[SEALED_BYTES];
    size_t length = 0;
    return sodium_hex2bin(sealed, sizeof sealed, hex, hex_length, NULL, &length, NULL) == 0 && length == SEALED_BYTES &&
           crypto_secretbox_open_easy(ret_plain, sealed + crypto_secretbox_NONCEBYTES,
                                      length - crypto_secretbox_NONCEBYTES, sealed, auth->webhook_key) == 0 &&
           sodium_memcmp(ret_plain, id, ID_BYTES) == 0;
}

/* "v1," and the MAC of "id.timestamp.body". */
static size_t sign_one(const unsigned char *key, const char *prefix, const char *body, size_t length, char *ret)
{
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, key, WEBHOOK_SECRET_BYTES);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)prefix, strlen(prefix));
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)body, length);
    crypto_auth_hmacsha256_final(&state, mac);
    memcpy(ret, "v1,", 3);
    sodium_bin2base64(ret + 3, WEBHOOK_SIGNATURE_SIZE - 3, mac, sizeof mac, sodium_base64_VARIANT_ORIGINAL);
    sodium_memzero(&state, sizeof state);
    return strlen(ret);
}

bool webhook_secret_sign(const struct auth *auth, const char *webhook, const char *sealed_hex, const char *id,
                         int64_t timestamp_s, const char *body, size_t length,
                         char ret_signatures[WEBHOOK_SIGNATURE_ALL_SIZE])
{
    unsigned char wanted[ID_BYTES], plain[PLAIN_BYTES];
    char prefix[80];
    size_t used = 0;
    int signs = 0;
    ret_signatures[0] = '\0';
    if (!id_bytes(webhook, wanted))
        return false;
    snprintf(prefix, sizeof prefix, "%.40s.%" PRId64 ".", id, timestamp_s);
    for (const char *at = sealed_hex; *at && signs < WEBHOOK_SECRETS_MAX; at += strspn(at, " ")) {
        const size_t hex_length = strcspn(at, " ");
        if (open_one(auth, wanted, at, hex_length, plain)) {
            if (signs++ > 0)
                ret_signatures[used++] = ' ';
            used += sign_one(plain + ID_BYTES, prefix, body, length, ret_signatures + used);
        }
        at += hex_length;
    }
    sodium_memzero(plain, sizeof plain);
    return signs > 0;
}
