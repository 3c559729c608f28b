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

#define AUTH_TOKEN_SECONDS 600
#define AUTH_SESSION_SECONDS (8 * 3600)

struct auth_settings {
    const unsigned char *secret; /* the bytes of OAM_SECRET_FILE, at least 32; copied */
    size_t secret_length;
    const char *issuer;          /* public URL: iss and aud of our tokens */
    int login_attempts;
};
struct auth *auth_new(const struct auth_settings *settings);
void auth_free(struct auth *auth);

enum auth_outcome {
    AUTH_OK,
    AUTH_REFUSED,        /* err says why (UNAUTHENTICATED) */
    AUTH_NEEDS_DATABASE, /* memory does not know it: call auth_authenticate on a database thread */
};

/* What memory knows, without a lock held long: for the IO threads. Both NULL: the anonymous actor, AUTH_OK. */
enum auth_outcome auth_recall(struct auth *auth, const char *authorization, const char *session_cookie, int64_t now,
                              struct actor *ret, struct error *err);

/* ---- small crypto for the other layers (libsodium stays in this folder) ---- */
#define AUTH_DIGEST_SIZE 32
void auth_digest(const void *bytes, size_t length, unsigned char ret[AUTH_DIGEST_SIZE]);              /* SHA-256 */
void auth_mac(const struct auth *auth, const void *bytes, size_t length, unsigned char ret[16]);       /* keyed, for cursors */
bool auth_mac_equal(const unsigned char a[16], const unsigned char b[16]);                             /* constant time */
void auth_random(void *ret, size_t length);
void auth_uuid7(int64_t now_us, char ret[37]);                                                         /* RFC 9562 */
/* base64url without padding; the decoder is strict. */
size_t auth_base64url(char *ret, size_t size, const void *bytes, size_t length);
bool auth_base64url_decode(unsigned char *ret, size_t size, size_t *ret_length, const char *text);

#endif
