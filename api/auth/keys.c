#include "auth/keys.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "auth/auth_internal.h"
#include "base/clock.h"
#include "base/log.h"

#define SECOND 1000000LL

/* ---- one key ---- */

/* The text that `write` puts into a BIO; false when it does not fit. */
static bool pem_text(EVP_PKEY *key, bool private, char ret[AUTH_PEM_SIZE])
{
    BIO *bio = BIO_new(private ? BIO_s_secmem() : BIO_s_mem());
    bool ok = bio && (private ? PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL)
                              : PEM_write_bio_PUBKEY(bio, key)) == 1;
    int length = ok ? BIO_read(bio, ret, AUTH_PEM_SIZE - 1) : -1;
    ok = length > 0 && BIO_pending(bio) == 0;
    ret[ok ? length : 0] = '\0';
    BIO_free(bio);
    return ok;
}

/* The public point as a JWK, and its RFC 7638 thumbprint: the name of a key follows from the key itself. */
static bool describe(EVP_PKEY *key, struct held_key *ret)
{
    unsigned char point[65], digest[AUTH_DIGEST_SIZE];
    size_t length = 0;
    char x[AUTH_KEY_ID_SIZE], y[AUTH_KEY_ID_SIZE], members[AUTH_JWK_SIZE];
    if (EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &length) != 1 ||
        length != sizeof point || point[0] != POINT_CONVERSION_UNCOMPRESSED)
        return false;
    auth_base64url(x, sizeof x, point + 1, 32);
    auth_base64url(y, sizeof y, point + 33, 32);
    int n = snprintf(members, sizeof members, "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"}", x, y);
    auth_digest(members, (size_t)n, digest);
    auth_base64url(ret->kid, sizeof ret->kid, digest, sizeof digest);
    n = snprintf(ret->jwk, sizeof ret->jwk,
                 "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"%s\",\"y\":\"%s\",\"kid\":\"%s\",\"use\":\"sig\","
                 "\"alg\":\"ES256\"}",
                 x, y, ret->kid);
    return n > 0 && (size_t)n < sizeof ret->jwk && pem_text(key, false, ret->public_pem);
}

static bool seal(const struct auth *auth, const char *plain, struct auth_key *ret)
{
    size_t length = strlen(plain);
    ret->sealed_length = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + length;
    if (ret->sealed_length > sizeof ret->sealed)
        return false;
    randombytes_buf(ret->sealed, crypto_secretbox_NONCEBYTES);
    return crypto_secretbox_easy(ret->sealed + crypto_secretbox_NONCEBYTES, (const unsigned char *)plain, length,
                                 ret->sealed, auth->seal_key) == 0;
}

/* Opens a row into `ret`; false when it is not sealed by our secret or is not the key that it says it is. */
static bool unseal(const struct auth *auth, const struct auth_key *row, struct held_key *ret)
{
    size_t extra = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
    *ret = (struct held_key){
        .created_at = row->created_at, .signs_until = row->signs_until, .verifies_until = row->verifies_until};
    if (row->sealed_length <= extra || row->sealed_length > sizeof row->sealed ||
        row->sealed_length - extra >= sizeof ret->private_pem)
        return false;
    if (crypto_secretbox_open_easy((unsigned char *)ret->private_pem, row->sealed + crypto_secretbox_NONCEBYTES,
                                   row->sealed_length - crypto_secretbox_NONCEBYTES, row->sealed, auth->seal_key) != 0)
        return false;
    BIO *bio = BIO_new_mem_buf(ret->private_pem, -1);
    EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;
    bool ok = key && describe(key, ret) && strcmp(ret->kid, row->kid) == 0;
    EVP_PKEY_free(key);
    BIO_free(bio);
    ERR_clear_error();
    return ok;
}

bool auth_key_new(const struct auth *auth, int64_t now, int64_t signs_from, struct auth_key *ret)
{
    struct held_key held = {0};
    *ret = (struct auth_key){.created_at = now, .signs_until = signs_from + AUTH_KEY_SIGN_SECONDS * SECOND};
    ret->verifies_until = ret->signs_until + (AUTH_TOKEN_SECONDS + AUTH_KEY_MARGIN_SECONDS) * SECOND;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    bool ok = key && describe(key, &held) && pem_text(key, true, held.private_pem) && seal(auth, held.private_pem, ret);
    if (ok) {
        memcpy(ret->kid, held.kid, sizeof ret->kid);
        memcpy(ret->public_pem, held.public_pem, sizeof ret->public_pem);
    }
    EVP_PKEY_free(key);
    ERR_clear_error();
    sodium_memzero(&held, sizeof held);
    return ok;
}

/* ---- the ring ---- */

size_t auth_keys_load(struct auth *auth, const struct auth_key keys[], size_t n)
{
    struct held_key fresh[AUTH_KEYS_MAX];
    size_t opened = 0;
    for (size_t i = 0; i < n && opened < AUTH_KEYS_MAX; i++) {
        if (unseal(auth, &keys[i], &fresh[opened]))
            opened++;
        else
            log_event(LOG_ERROR, "signing_key_not_ours", LOG_S("kid", keys[i].kid),
                      LOG_S("hint", "OAM_SECRET_FILE differs from the one that sealed it"));
    }
    pthread_rwlock_wrlock(&auth->ring.lock);
    sodium_memzero(auth->ring.keys, sizeof auth->ring.keys);
    memcpy(auth->ring.keys, fresh, opened * sizeof fresh[0]);
    auth->ring.n = opened;
    auth->ring.reloaded_at = clock_monotonic();
    pthread_rwlock_unlock(&auth->ring.lock);
    sodium_memzero(fresh, sizeof fresh);
    return opened;
}

bool auth_keys_reload_begin(struct auth *auth)
{
    pthread_mutex_lock(&auth->ring.reload);
    pthread_rwlock_rdlock(&auth->ring.lock);
    int64_t last = auth->ring.reloaded_at;
    pthread_rwlock_unlock(&auth->ring.lock);
    return last == 0 || clock_monotonic() - last >= SECOND;
}

void auth_keys_reload_end(struct auth *auth)
{
    pthread_mutex_unlock(&auth->ring.reload);
}

int64_t auth_keys_last(struct auth *auth)
{
    int64_t last = 0;
    pthread_rwlock_rdlock(&auth->ring.lock);
    for (size_t i = 0; i < auth->ring.n; i++)
        if (auth->ring.keys[i].signs_until > last)
            last = auth->ring.keys[i].signs_until;
    pthread_rwlock_unlock(&auth->ring.lock);
    return last;
}

bool auth_keys_sign(struct auth *auth, int64_t now)
{
    char kid[AUTH_KEY_ID_SIZE], pem[AUTH_PEM_SIZE];
    bool signs = auth_keys_private(auth, now, kid, pem);
    sodium_memzero(pem, sizeof pem);
    return signs;
}

bool auth_keys_public(struct auth *auth, const char *kid, int64_t now, char ret_pem[AUTH_PEM_SIZE])
{
    bool found = false;
    pthread_rwlock_rdlock(&auth->ring.lock);
    for (size_t i = 0; i < auth->ring.n && !found; i++) {
        const struct held_key *key = &auth->ring.keys[i];
        if (strcmp(key->kid, kid) != 0 || key->verifies_until <= now)
            continue;
        memcpy(ret_pem, key->public_pem, AUTH_PEM_SIZE);
        found = true;
    }
    pthread_rwlock_unlock(&auth->ring.lock);
    return found;
}

bool auth_keys_private(struct auth *auth, int64_t now, char ret_kid[AUTH_KEY_ID_SIZE], char ret_pem[AUTH_PEM_SIZE])
{
    const struct held_key *chosen = NULL;
    pthread_rwlock_rdlock(&auth->ring.lock);
    for (size_t i = 0; i < auth->ring.n; i++) {
        const struct held_key *key = &auth->ring.keys[i];
        /* The one that stops first: its successor is already public and waits until everybody has seen it. */
        if (key->signs_until > now && (!chosen || key->signs_until < chosen->signs_until))
            chosen = key;
    }
    if (chosen) {
        memcpy(ret_kid, chosen->kid, AUTH_KEY_ID_SIZE);
        memcpy(ret_pem, chosen->private_pem, AUTH_PEM_SIZE);
    }
    pthread_rwlock_unlock(&auth->ring.lock);
    return chosen != NULL;
}

const char *auth_keys_jwks(struct auth *auth, struct arena *arena, int64_t now)
{
    char *text = arena_alloc(arena, AUTH_KEYS_MAX * AUTH_JWK_SIZE + 32);
    size_t length = 0;
    memcpy(text, "{\"keys\":[", 9);
    length = 9;
    pthread_rwlock_rdlock(&auth->ring.lock);
    for (size_t i = 0; i < auth->ring.n; i++) {
        const struct held_key *key = &auth->ring.keys[i];
        if (key->verifies_until <= now)
            continue;
        if (text[length - 1] == '}')
            text[length++] = ',';
        size_t more = strlen(key->jwk);
        memcpy(text + length, key->jwk, more);
        length += more;
    }
    pthread_rwlock_unlock(&auth->ring.lock);
    memcpy(text + length, "]}", 3);
    return text;
}
