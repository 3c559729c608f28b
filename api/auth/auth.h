/* From a bearer token or a session cookie to an actor. The only user of libjwt, libsodium and libcrypto. */
#ifndef OAM_AUTH_AUTH_H
#define OAM_AUTH_AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "model/actor.h"

struct auth; /* signing keys, the cache of verified tokens and sessions, the login throttle; shared by all threads */

#define AUTH_TOKEN_SECONDS   600
#define AUTH_SESSION_SECONDS (8 * 3600)
/* What somebody may do is another for all processes at the next look of their relays, and for one that hears nothing
   after AUTH_TRUST_SECONDS. A day that ends a membership is no change: that is found by asking anew. */
#define AUTH_RECHECK_SECONDS 30
#define AUTH_TRUST_SECONDS   5

struct auth_settings {
    const unsigned char *secret; /* the bytes of OAM_SECRET_FILE, at least 32; copied */
    size_t secret_length;
    const char *issuer; /* public URL: iss and aud of our tokens */
    int login_attempts;
    int hash_threads_max; /* logins that may hash, or wait for it, at once, each on its thread; 0: 4 */
};
/* NULL when the secret is too short, the issuer is empty or libsodium cannot start: nobody runs without keys. */
struct auth *auth_new(const struct auth_settings *settings);
void auth_free(struct auth *auth);

enum auth_outcome {
    AUTH_OK,
    AUTH_REFUSED,        /* err says why (UNAUTHENTICATED) */
    AUTH_NEEDS_DATABASE, /* memory does not know it: call service_auth_authenticate on a database thread */
};

/* What memory knows, without a lock held long: for the IO threads. Both NULL: the anonymous actor, AUTH_OK. A scheme
   other than Bearer is left to the handler (HTTP Basic at the token endpoint) and makes nobody. */
enum auth_outcome auth_recall(struct auth *auth, const char *authorization, const char *session_cookie, int64_t now,
                              struct actor *ret, struct error *err);

/* ---- what the database thread needs to finish it (service/service_auth.c) ---- */

#define AUTH_DIGEST_SIZE       32
#define AUTH_SESSION_TEXT_SIZE 44 /* 32 random bytes in base64url, with the terminator */

enum auth_presented { AUTH_PRESENTED_NOTHING, AUTH_PRESENTED_TOKEN, AUTH_PRESENTED_SESSION };
/* Which credential a request carries; a bearer token goes before a cookie. ret_text points into the arguments. */
enum auth_presented auth_presented(const char *authorization, const char *session_cookie, const char **ret_text);

/* What the database and the cache know a session by: SHA-256 of its 32 bytes. False when the cookie is not of our form.
 */
bool auth_session_digest(const char *cookie, unsigned char ret[AUTH_DIGEST_SIZE]);

/* A new session: the cookie's value and its digest. */
void auth_session_new(char ret_cookie[AUTH_SESSION_TEXT_SIZE], unsigned char ret_digest[AUTH_DIGEST_SIZE]);

/* Keeps a checked actor under the digest of its token or session. `owner` is the digest of the session (tokens of a
   session have it too) or of the token's id: what is revoked together. */
/* `since`: auth_generation() before the database was asked; what was forgotten meanwhile is not kept. */
void auth_remember(struct auth *auth, const unsigned char digest[AUTH_DIGEST_SIZE],
                   const unsigned char owner[AUTH_DIGEST_SIZE], const struct actor *actor, int64_t now,
                   int64_t expires_at, uint64_t since);

/* Moves on whenever somebody is forgotten. Who holds something open for a caller keeps the generation from before it
   asked who that is, and asks anew when auth_changed(): anybody of the same slot (auth_who) was forgotten since. */
uint64_t auth_generation(const struct auth *auth);
uint64_t auth_who(const char *principal);
bool auth_changed(const struct auth *auth, uint64_t who, uint64_t since);
/* Forgets every token and session of "user:<id>" or "client:<id>", whose rights have changed. */
void auth_forget_principal(struct auth *auth, const char *principal);
/* What memory knows counts until then (monotonic µs), for changes are heard of; never called: always. */
void auth_trust(struct auth *auth, int64_t until);

/* Forgets every entry of that owner, in this process at once; the others hear of it. */
void auth_forget(struct auth *auth, const unsigned char owner[AUTH_DIGEST_SIZE]);

/* The issuer, without a slash at the end. */
const char *auth_issuer(const struct auth *auth);

/* ---- small crypto for the other layers (libsodium stays in this folder) ---- */
void auth_digest(const void *bytes, size_t length, unsigned char ret[AUTH_DIGEST_SIZE]); /* SHA-256 */
void auth_mac(const struct auth *auth, const void *bytes, size_t length,
              unsigned char ret[16]);                                      /* keyed, for cursors */
bool auth_mac_equal(const unsigned char a[16], const unsigned char b[16]); /* constant time */
void auth_uuid7(int64_t now_us, char ret[37]);                             /* RFC 9562 */
/* base64url without padding; the decoder is strict. auth_base64url answers the length, 0 when `size` is too small. */
size_t auth_base64url(char *ret, size_t size, const void *bytes, size_t length);
bool auth_base64url_decode(unsigned char *ret, size_t size, size_t *ret_length, const char *text);

#endif
