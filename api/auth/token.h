/* Our access tokens: ES256 JWTs of ten minutes. token.c is the only caller of libjwt, whose jwt_decode accepts an
   expired token, any token when it gets no key, and HS256 "signed" with a public key: the strict checks stand before
   and after it. */
#ifndef OAM_AUTH_TOKEN_H
#define OAM_AUTH_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "auth/auth.h"

#define AUTH_TOKEN_SIZE   1024 /* room for one that we issue */
#define AUTH_TOKEN_MAX    4096 /* bytes of one that we look at */
#define AUTH_TOKEN_LEEWAY 30   /* seconds that another machine's clock may be ahead when it issues */
#define AUTH_VERSION_SIZE 23   /* 16 bytes in base64url, with the terminator */

struct auth_claims {
    int64_t user_id, client_id; /* one of the two, from `sub` */
    enum role role;
    uint32_t scopes;                      /* clients only */
    char version[AUTH_VERSION_SIZE];      /* of the password or secret: a new one ends all tokens of the old */
    char session[AUTH_SESSION_TEXT_SIZE]; /* digest of the session that gave it, in base64url; "" for clients */
    char id[37];                          /* jti */
    int64_t issued_at, expires_at;        /* microseconds; filled by issue and verify */
};

/* Signs the claims with the present key; fills id, issued_at and expires_at. False when no key signs. */
bool auth_token_issue(struct auth *auth, struct auth_claims *claims, int64_t now, char ret[AUTH_TOKEN_SIZE]);

enum auth_token_verdict {
    AUTH_TOKEN_GOOD,
    AUTH_TOKEN_BAD,
    AUTH_TOKEN_EXPIRED,     /* good once */
    AUTH_TOKEN_UNKNOWN_KEY, /* well-formed; the key may be one that another process has just made */
};

/* Form and header only, in a few microseconds: GOOD says that a verification is worth its cost. */
enum auth_token_verdict auth_token_inspect(struct auth *auth, const char *token, int64_t now);

/* Everything but revocation, which only the database knows. `ret` is filled when GOOD. */
enum auth_token_verdict auth_token_verify(struct auth *auth, const char *token, int64_t now, struct auth_claims *ret);

/* What a token carries of a stored password hash or secret hash. */
void auth_version(const void *stored, size_t length, char ret[AUTH_VERSION_SIZE]);

/* What revokes all entries of the cache that were made with this token: its session, or itself. */
void auth_claims_owner(const struct auth_claims *claims, unsigned char ret[AUTH_DIGEST_SIZE]);

#endif
