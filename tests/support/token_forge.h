/* Tokens made by hand, for what our own issuer would never write. */
#ifndef OAM_TESTS_TOKEN_FORGE_H
#define OAM_TESTS_TOKEN_FORGE_H

#include <stddef.h>
#include <stdint.h>

#include "auth/auth.h"

#define FORGE_NOW    1790000000000000LL /* µs */
#define FORGE_ISSUER "http://oam.test:8080"

enum forge_signature {
    FORGE_OURS,       /* our present key */
    FORGE_STRANGER,   /* another P-256 key */
    FORGE_HMAC,       /* HMAC-SHA256 keyed with our public PEM */
    FORGE_HMAC_EMPTY, /* … with nothing */
    FORGE_DER,        /* our key, but ASN.1 instead of r || s */
    FORGE_ZERO,       /* r = s = 0 */
    FORGE_NONE,       /* "" */
};

/* An auth with one key that signs at FORGE_NOW; freed by auth_free. */
struct auth *forge_auth(void);

/* Header and payload as they are, but for $KID, $ISS, $NOW (seconds), and $NOW+n, $NOW-n. `ret` has `size` bytes. */
void forge_token(struct auth *auth, const char *header, const char *payload, enum forge_signature signature, char *ret,
                 size_t size);

extern const char forge_header[]; /* as we write it */
extern const char forge_user[];   /* a payload of a person */
extern const char forge_client[]; /* and of an integration */

#endif
