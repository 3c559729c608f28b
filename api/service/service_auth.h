/* Use cases of access: who is asking, logging in and out, tokens for integrations, the signing keys. What is
   cryptography is in auth/, what is SQL in schema/queries/auth.sql; here is the order of things. `call->actor` is not
   used. */
#ifndef OAM_SERVICE_SERVICE_AUTH_H
#define OAM_SERVICE_SERVICE_AUTH_H

#include "auth/auth.h"
#include "auth/token.h"
#include "service/call.h"

/* Finishes what auth_recall could not: verifies the token or finds the session, loads the actor as the database knows
   it now, and remembers it until that changes. False with UNAUTHENTICATED (or UNAVAILABLE). */
bool service_auth_authenticate(const struct call *call, const char *authorization, const char *session_cookie,
                               struct actor *ret);

/* Forgets the tokens of each client whose rights have changed since `revision`, which moves on: the relay of every
   process calls it when the database's is another. */
bool service_auth_hear(struct store *store, struct auth *auth, int64_t *revision, struct arena *arena,
                       struct error *err);

/* What a login gives. */
struct service_grant {
    char access_token[AUTH_TOKEN_SIZE];
    int expires_in_s;
    char session[AUTH_SESSION_TEXT_SIZE]; /* value of the cookie; "" for integrations */
    struct actor actor;
};

struct service_login {
    const char *login, *password;
    const char *address; /* of the client, or NULL */
};
/* False with INVALID_CREDENTIALS, the same for an unknown login, a wrong password, an inactive account and one without
   a role today; with TOO_MANY_REQUESTS; or with OVERLOADED. */
bool service_auth_login(const struct call *call, const struct service_login *login, struct service_grant *ret);

struct service_client_login {
    const char *client_id, *client_secret;
    const char *scope;   /* wanted, separated by spaces; NULL: all of the client's */
    const char *address; /* of the client, or NULL */
};
enum service_client_outcome {
    SERVICE_CLIENT_GRANTED,
    SERVICE_CLIENT_INVALID,       /* unknown client, wrong secret, inactive */
    SERVICE_CLIENT_INVALID_SCOPE, /* unknown or not the client's */
    SERVICE_CLIENT_FAILED,        /* call->err says why */
};
enum service_client_outcome service_auth_client_token(const struct call *call, const struct service_client_login *login,
                                                      struct service_grant *ret);

/* Revokes what the request presents: the session with all its tokens, or the one token of an integration. At once in
   this process, in the others at the next look of their relays. */
bool service_auth_logout(const struct call *call, const char *authorization, const char *session_cookie);

/* To be called at start and every minute or so: makes the next signing key when it is due, reads the keys that other
   processes made, drops what has expired. With `force` (a key may be known to somebody) all present keys stop signing
   and a new one starts. False when the database does not answer; the log says so. */
bool service_auth_rotate(struct store *store, struct auth *auth, int64_t now, bool force);

#endif
