#include "support/token_forge.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/ecdsa.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/keys.h"

const char forge_header[] = "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"$KID\"}";
const char forge_user[] =
    "{\"iss\":\"$ISS\",\"aud\":\"$ISS\",\"sub\":\"user:7\",\"jti\":\"01890000-0000-7000-8000-000000000000\","
    "\"iat\":$NOW,\"nbf\":$NOW,\"exp\":$NOW+600,\"role\":\"local_user\",\"ver\":\"AAAAAAAAAAAAAAAAAAAAAA\","
    "\"sid\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}";
const char forge_client[] =
    "{\"iss\":\"$ISS\",\"aud\":\"$ISS\",\"sub\":\"client:3\",\"jti\":\"01890000-0000-7000-8000-000000000000\","
    "\"iat\":$NOW,\"nbf\":$NOW,\"exp\":$NOW+600,\"role\":\"integration\",\"ver\":\"AAAAAAAAAAAAAAAAAAAAAA\","
    "\"scope\":\"requests:read\"}";

static void require(bool holds, const char *what)
{
    if (!holds) {
        (void)fprintf(stderr, "token_forge: %s\n", what);
        abort();
    }
}

struct auth *forge_auth(void)
{
    static const unsigned char secret[32] = "a secret of thirty-two bytes...";
    struct auth_key key;
    struct auth *auth = auth_new(&(struct auth_settings){
        .secret = secret, .secret_length = sizeof secret, .issuer = FORGE_ISSUER, .login_attempts = 10});
    require(auth && auth_key_new(auth, FORGE_NOW, FORGE_NOW, &key), "no key");
    require(auth_keys_load(auth, &key, 1) == 1, "the key does not open");
    return auth;
}

/* ---- signatures ---- */

static size_t sign_der(const char *pem, const char *text, unsigned char *ret, size_t size)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t length = size;
    require(key && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
                EVP_DigestSign(context, ret, &length, (const unsigned char *)text, strlen(text)) == 1,
            "cannot sign");
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    BIO_free(bio);
    return length;
}

static size_t der_to_raw(const unsigned char *der, size_t length, unsigned char ret[64])
{
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)length);
    require(pair && BN_bn2binpad(ECDSA_SIG_get0_r(pair), ret, 32) == 32 &&
                BN_bn2binpad(ECDSA_SIG_get0_s(pair), ret + 32, 32) == 32,
            "not a signature");
    ECDSA_SIG_free(pair);
    return 64;
}

static void stranger_pem(char ret[AUTH_PEM_SIZE])
{
    BIO *bio = BIO_new(BIO_s_mem());
    EVP_PKEY *key = EVP_EC_gen("P-256");
    require(key && PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1, "no key");
    int n = BIO_read(bio, ret, AUTH_PEM_SIZE - 1);
    require(n > 0, "no key");
    ret[n] = '\0';
    EVP_PKEY_free(key);
    BIO_free(bio);
}

static size_t sign(struct auth *auth, enum forge_signature signature, const char *text, unsigned char ret[128])
{
    char kid[AUTH_KEY_ID_SIZE], private_pem[AUTH_PEM_SIZE], public_pem[AUTH_PEM_SIZE];
    unsigned char der[128];
    unsigned length = 0;
    require(auth_keys_private(auth, FORGE_NOW, kid, private_pem) && auth_keys_public(auth, kid, FORGE_NOW, public_pem),
            "no present key");
    memset(ret, 0, 128);
    switch (signature) {
    case FORGE_STRANGER:
        stranger_pem(private_pem);
        return der_to_raw(der, sign_der(private_pem, text, der, sizeof der), ret);
    case FORGE_OURS:
        return der_to_raw(der, sign_der(private_pem, text, der, sizeof der), ret);
    case FORGE_DER:
        return sign_der(private_pem, text, ret, 128);
    case FORGE_HMAC:
    case FORGE_HMAC_EMPTY:
        require(HMAC(EVP_sha256(), public_pem, signature == FORGE_HMAC ? (int)strlen(public_pem) : 0,
                     (const unsigned char *)text, strlen(text), ret, &length) != NULL,
                "no HMAC");
        return length;
    case FORGE_ZERO:
        return 64;
    case FORGE_NONE:
        break;
    }
    return 0;
}

/* ---- text ---- */

static size_t expand(struct auth *auth, const char *text, char *ret, size_t size)
{
    char kid[AUTH_KEY_ID_SIZE], pem[AUTH_PEM_SIZE];
    size_t length = 0;
    require(auth_keys_private(auth, FORGE_NOW, kid, pem), "no present key");
    while (*text && length + 64 < size) {
        if (strncmp(text, "$KID", 4) == 0 || strncmp(text, "$ISS", 4) == 0) {
            length += (size_t)snprintf(ret + length, size - length, "%s", text[1] == 'K' ? kid : FORGE_ISSUER);
            text += 4;
        } else if (strncmp(text, "$NOW", 4) == 0) {
            char *end = (char *)(uintptr_t)text + 4;
            long long shift = text[4] == '+' || text[4] == '-' ? strtoll(text + 4, &end, 10) : 0;
            length += (size_t)snprintf(ret + length, size - length, "%lld", FORGE_NOW / 1000000 + shift);
            text = end;
        } else {
            ret[length++] = *text++;
        }
    }
    ret[length] = '\0';
    return length;
}

void forge_token(struct auth *auth, const char *header, const char *payload, enum forge_signature signature, char *ret,
                 size_t size)
{
    char *expanded = malloc(size);
    unsigned char bytes[128];
    require(expanded != NULL, "no memory");
    size_t at = auth_base64url(ret, size, expanded, expand(auth, header, expanded, size));
    ret[at++] = '.';
    at += auth_base64url(ret + at, size - at, expanded, expand(auth, payload, expanded, size));
    ret[at] = '\0';
    size_t n = sign(auth, signature, ret, bytes);
    ret[at++] = '.';
    ret[at] = '\0';
    auth_base64url(ret + at, size - at, bytes, n);
    free(expanded);
}
