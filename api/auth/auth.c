#include "auth/auth.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "auth/auth_internal.h"
#include "auth/token.h"

#define HASH_THREADS_DEFAULT   4 /* of eight database threads half stay free, however many log in at once */
#define LOGIN_ATTEMPTS_DEFAULT 10

enum subkey { SUBKEY_SEAL = 1, SUBKEY_MAC = 2, SUBKEY_WEBHOOK = 3 };

/* Each purpose has a key of its own, so that what one reveals helps with no other. */
static void derive_keys(struct auth *auth, const struct auth_settings *settings)
{
    unsigned char master[crypto_kdf_KEYBYTES];
    crypto_generichash(master, sizeof master, settings->secret, settings->secret_length, NULL, 0);
    crypto_kdf_derive_from_key(auth->seal_key, sizeof auth->seal_key, SUBKEY_SEAL, "oam_auth", master);
    crypto_kdf_derive_from_key(auth->mac_key, sizeof auth->mac_key, SUBKEY_MAC, "oam_auth", master);
    crypto_kdf_derive_from_key(auth->webhook_key, sizeof auth->webhook_key, SUBKEY_WEBHOOK, "oam_auth", master);
    sodium_memzero(master, sizeof master);
}

struct auth *auth_new(const struct auth_settings *settings)
{
    size_t issuer_length = settings->issuer ? strlen(settings->issuer) : 0;
    while (issuer_length > 0 && settings->issuer[issuer_length - 1] == '/')
        issuer_length--;
    if (!settings->secret || settings->secret_length < 32 || issuer_length == 0 || issuer_length >= AUTH_ISSUER_SIZE ||
        sodium_init() < 0)
        return NULL;
    struct auth *auth = calloc(1, sizeof *auth);
    if (!auth)
        return NULL;
    derive_keys(auth, settings);
    memcpy(auth->issuer, settings->issuer, issuer_length);
    pthread_rwlock_init(&auth->ring.lock, NULL);
    pthread_mutex_init(&auth->ring.reload, NULL);
    pthread_mutex_init(&auth->gate.lock, NULL);
    pthread_cond_init(&auth->gate.freed, NULL);
    auth->gate.slots = sysconf(_SC_NPROCESSORS_ONLN) >= 4 ? 2 : 1; /* a core is left for those who are in already */
    auth->gate.threads_max = settings->hash_threads_max > 0 ? settings->hash_threads_max : HASH_THREADS_DEFAULT;
    auth->cache = actor_cache_new();
    auth->throttle = throttle_new(settings->login_attempts > 0 ? settings->login_attempts : LOGIN_ATTEMPTS_DEFAULT);
    if (!auth->cache || !auth->throttle) {
        auth_free(auth);
        return NULL;
    }
    return auth;
}

void auth_free(struct auth *auth)
{
    if (!auth)
        return;
    actor_cache_free(auth->cache);
    throttle_free(auth->throttle);
    pthread_rwlock_destroy(&auth->ring.lock);
    pthread_mutex_destroy(&auth->ring.reload);
    pthread_mutex_destroy(&auth->gate.lock);
    pthread_cond_destroy(&auth->gate.freed);
    sodium_memzero(auth, sizeof *auth);
    free(auth);
}

const char *auth_issuer(const struct auth *auth)
{
    return auth->issuer;
}

enum auth_presented auth_presented(const char *authorization, const char *session_cookie, const char **ret_text)
{
    if (authorization && strncasecmp(authorization, "Bearer", 6) == 0 &&
        (authorization[6] == ' ' || authorization[6] == '\0')) {
        *ret_text = authorization + 6 + strspn(authorization + 6, " ");
        return AUTH_PRESENTED_TOKEN;
    }
    if (authorization || !session_cookie)
        return AUTH_PRESENTED_NOTHING;
    *ret_text = session_cookie;
    return AUTH_PRESENTED_SESSION;
}

bool auth_session_digest(const char *cookie, unsigned char ret[AUTH_DIGEST_SIZE])
{
    unsigned char bytes[32];
    size_t length = 0;
    if (strnlen(cookie, AUTH_SESSION_TEXT_SIZE) != AUTH_SESSION_TEXT_SIZE - 1 ||
        !auth_base64url_decode(bytes, sizeof bytes, &length, cookie) || length != sizeof bytes)
        return false;
    auth_digest(bytes, sizeof bytes, ret);
    return true;
}

void auth_session_new(char ret_cookie[AUTH_SESSION_TEXT_SIZE], unsigned char ret_digest[AUTH_DIGEST_SIZE])
{
    unsigned char bytes[32];
    randombytes_buf(bytes, sizeof bytes);
    auth_base64url(ret_cookie, AUTH_SESSION_TEXT_SIZE, bytes, sizeof bytes);
    auth_digest(bytes, sizeof bytes, ret_digest);
    sodium_memzero(bytes, sizeof bytes);
}

static enum auth_outcome recall_token(struct auth *auth, const char *token, int64_t now, struct actor *ret,
                                      struct error *err)
{
    unsigned char digest[AUTH_DIGEST_SIZE];
    size_t length = strnlen(token, AUTH_TOKEN_MAX + 1);
    if (length <= AUTH_TOKEN_MAX) {
        auth_digest(token, length, digest);
        if (actor_cache_find(auth->cache, digest, now, ret))
            return AUTH_OK;
        /* What is not even of our form costs nobody a database thread. */
        if (auth_token_inspect(auth, token, now) != AUTH_TOKEN_BAD)
            return AUTH_NEEDS_DATABASE;
    }
    error_set(err, ERROR_UNAUTHENTICATED, TEXT_AUTH_TOKEN_REFUSED);
    return AUTH_REFUSED;
}

enum auth_outcome auth_recall(struct auth *auth, const char *authorization, const char *session_cookie, int64_t now,
                              struct actor *ret, struct error *err)
{
    const char *text = NULL;
    unsigned char digest[AUTH_DIGEST_SIZE];
    switch (auth_presented(authorization, session_cookie, &text)) {
    case AUTH_PRESENTED_TOKEN:
        return recall_token(auth, text, now, ret, err);
    case AUTH_PRESENTED_SESSION:
        if (!auth_session_digest(text, digest)) {
            error_set(err, ERROR_UNAUTHENTICATED, TEXT_AUTH_SESSION_REFUSED);
            return AUTH_REFUSED;
        }
        return actor_cache_find(auth->cache, digest, now, ret) ? AUTH_OK : AUTH_NEEDS_DATABASE;
    case AUTH_PRESENTED_NOTHING:
        break;
    }
    *ret = (struct actor){.role = ROLE_NONE, .principal = "anonymous"};
    return AUTH_OK;
}

void auth_remember(struct auth *auth, const unsigned char digest[AUTH_DIGEST_SIZE],
                   const unsigned char owner[AUTH_DIGEST_SIZE], const struct actor *actor, int64_t now,
                   int64_t expires_at, uint64_t since)
{
    actor_cache_put(auth->cache, digest, owner, actor, now, expires_at, since);
}

uint64_t auth_generation(const struct auth *auth)
{
    return actor_cache_generation(auth->cache);
}

uint64_t auth_who(const char *principal)
{
    return actor_cache_who(principal);
}

bool auth_changed(const struct auth *auth, uint64_t who, uint64_t since)
{
    return actor_cache_changed(auth->cache, who, since);
}

void auth_forget_principal(struct auth *auth, const char *principal)
{
    actor_cache_drop_principal(auth->cache, principal);
}

void auth_trust(struct auth *auth, int64_t until)
{
    actor_cache_trust(auth->cache, until);
}

void auth_forget(struct auth *auth, const unsigned char owner[AUTH_DIGEST_SIZE])
{
    actor_cache_drop_owner(auth->cache, owner);
}
