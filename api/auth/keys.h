/* The keys that sign our tokens: made here, sealed for the database, shared by every oamd that has the same secret. A
   key of the database counts only when it opens under that secret: who can write the table still cannot forge a token.
 */
#ifndef OAM_AUTH_KEYS_H
#define OAM_AUTH_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/auth.h"

#define AUTH_KEY_ID_SIZE      44 /* RFC 7638 thumbprint in base64url, with the terminator */
#define AUTH_PEM_SIZE         320
#define AUTH_JWK_SIZE         256
#define AUTH_SEALED_SIZE      512
#define AUTH_KEY_SIGN_SECONDS (24 * 3600)
#define AUTH_KEY_AHEAD_SECONDS                                                                                         \
    3600 /* the next key is public this long before it signs, so that everybody knows it by then */
#define AUTH_KEY_MARGIN_SECONDS 60 /* past the life of the last token: clocks of several machines */

/* A row of signing_key. */
struct auth_key {
    char kid[AUTH_KEY_ID_SIZE];
    unsigned char sealed[AUTH_SEALED_SIZE];
    size_t sealed_length;
    char public_pem[AUTH_PEM_SIZE]; /* for people who look into the database; never read back */
    int64_t created_at, signs_until, verifies_until;
};

/* A new P-256 key that signs for 24 hours from `signs_from` on (now, or when the present one stops). False when
   libcrypto fails. */
bool auth_key_new(const struct auth *auth, int64_t now, int64_t signs_from, struct auth_key *ret);

/* Replaces the keys in memory by those of the database. Answers how many opened under our secret. */
size_t auth_keys_load(struct auth *auth, const struct auth_key keys[], size_t n);

/* True when one of the keys may sign at `now`. */
bool auth_keys_sign(struct auth *auth, int64_t now);

/* Until when our last key signs; 0 when there is none. Short of AUTH_KEY_AHEAD_SECONDS from now, the next is due. */
int64_t auth_keys_last(struct auth *auth);

/* Around a look into the database for an unknown key id: one thread looks, the others wait here and then try again.
   begin answers whether a look is due, which is at most once a second; end is called in either case. */
bool auth_keys_reload_begin(struct auth *auth);
void auth_keys_reload_end(struct auth *auth);

/* The public keys as a JWK set (RFC 7517). */
const char *auth_keys_jwks(struct auth *auth, struct arena *arena, int64_t now);

/* ---- for token.c ---- */
bool auth_keys_public(struct auth *auth, const char *kid, int64_t now, char ret_pem[AUTH_PEM_SIZE]);
bool auth_keys_private(struct auth *auth, int64_t now, char ret_kid[AUTH_KEY_ID_SIZE], char ret_pem[AUTH_PEM_SIZE]);

#endif
