#include "service/service_auth.h"

#include <string.h>

#include "auth/credentials.h"
#include "auth/keys.h"
#include "auth/permission.h"
#include "service/service_auth_actor.h"
#include "service/service_auth_attempt.h"
#include "service/service_auth_keys.h"

#define SECOND  1000000LL
#define SEEN_US (300 * SECOND) /* last_seen_at is that exact: a write every five minutes, not for every look */

/* ---- who is asking ---- */

/* A key that we do not know may be one that another process has just made: one thread looks, the others wait for it. */
static enum auth_token_verdict verify(const struct call *call, const char *token, struct auth_claims *ret)
{
    enum auth_token_verdict verdict = auth_token_verify(call->auth, token, call->now, ret);
    if (verdict != AUTH_TOKEN_UNKNOWN_KEY)
        return verdict;
    bool due = auth_keys_reload_begin(call->auth);
    verdict = auth_token_verify(call->auth, token, call->now, ret);
    if (verdict == AUTH_TOKEN_UNKNOWN_KEY && due &&
        auth_keys_reload(call->store, call->auth, call->arena, call->now, call->err))
        verdict = auth_token_verify(call->auth, token, call->now, ret);
    auth_keys_reload_end(call->auth);
    return verdict;
}

/* Whether the stored secret is still the one that the token was given for. */
static bool same_version(const struct rows *rows, int column, const char *version)
{
    size_t length = 0;
    char now[AUTH_VERSION_SIZE];
    const unsigned char *stored = rows_bytes(rows, 0, column, &length);
    auth_version(stored ? stored : (const unsigned char *)"", length, now);
    return strcmp(now, version) == 0;
}

static bool load_person(const struct call *call, const struct auth_claims *claims, struct actor *ret)
{
    const struct rows *rows = NULL;
    unsigned char session[AUTH_DIGEST_SIZE];
    tx_auto struct tx tx = {0};
    auth_claims_owner(claims, session);
    if (!tx_begin(&tx, call->store, TX_READ, NULL, call->arena, call->err))
        return false;
    tx_run(&tx, QUERY_AUTH_PERSON_BY_TOKEN, &rows, param_number(claims->user_id), param_time(call->now),
           param_text(claims->id), param_text(auth_hex(call->arena, session, sizeof session)));
    return tx_flush(&tx) && actor_of_person(rows, ret) && ret->role == claims->role &&
           same_version(rows, PERSON_CREDENTIAL, claims->version);
}

/* A token that was given for the secret before the present one ends with it. */
static bool load_client(const struct call *call, struct auth_claims *claims, struct actor *ret)
{
    const struct rows *rows = NULL;
    tx_auto struct tx tx = {0};
    if (!tx_begin(&tx, call->store, TX_READ, NULL, call->arena, call->err))
        return false;
    tx_run(&tx, QUERY_AUTH_CLIENT_BY_TOKEN, &rows, param_number(claims->client_id), param_text(claims->id),
           param_time(call->now));
    if (!tx_flush(&tx) || !actor_of_client(rows, ret))
        return false;
    if (!same_version(rows, CLIENT_SECRET_HASH, claims->version)) {
        const int64_t until = rows_time(rows, 0, CLIENT_PREVIOUS_UNTIL);
        if (rows_null(rows, 0, CLIENT_PREVIOUS_HASH) || !same_version(rows, CLIENT_PREVIOUS_HASH, claims->version))
            return false;
        claims->expires_at = until < claims->expires_at ? until : claims->expires_at;
    }
    ret->scopes &= claims->scopes; /* what the token was given for, and the client still has */
    return true;
}

static bool authenticate_token(const struct call *call, const char *token, struct actor *ret)
{
    struct auth_claims claims;
    struct actor actor;
    unsigned char digest[AUTH_DIGEST_SIZE], owner[AUTH_DIGEST_SIZE];
    const uint64_t since = auth_generation(call->auth);
    enum auth_token_verdict verdict = verify(call, token, &claims);
    if (verdict == AUTH_TOKEN_EXPIRED)
        return error_set(call->err, ERROR_UNAUTHENTICATED, TEXT_AUTH_TOKEN_EXPIRED);
    if (verdict != AUTH_TOKEN_GOOD ||
        !(claims.client_id ? load_client(call, &claims, &actor) : load_person(call, &claims, &actor)))
        return error_set(call->err, ERROR_UNAUTHENTICATED, TEXT_AUTH_TOKEN_REFUSED);
    auth_digest(token, strlen(token), digest);
    auth_claims_owner(&claims, owner);
    auth_remember(call->auth, digest, owner, &actor, call->now, claims.expires_at, since);
    *ret = actor;
    return true;
}

static bool authenticate_session(const struct call *call, const char *cookie, struct actor *ret)
{
    struct actor actor;
    unsigned char digest[AUTH_DIGEST_SIZE];
    const struct rows *rows = NULL;
    const uint64_t since = auth_generation(call->auth);
    if (!auth_session_digest(cookie, digest))
        return error_set(call->err, ERROR_UNAUTHENTICATED, TEXT_AUTH_SESSION_REFUSED);
    const char *hash = auth_hex(call->arena, digest, sizeof digest);
    tx_auto struct tx tx = {0};
    if (!tx_begin(&tx, call->store, TX_READ, NULL, call->arena, call->err))
        return false;
    tx_run(&tx, QUERY_AUTH_PERSON_BY_SESSION, &rows, param_text(hash), param_time(call->now));
    if (!tx_flush(&tx) || !actor_of_person(rows, &actor))
        return error_set(call->err, ERROR_UNAUTHENTICATED, TEXT_AUTH_SESSION_REFUSED);
    if (call->now - rows_time(rows, 0, PERSON_SESSION_SEEN_AT) > SEEN_US) {
        tx_auto struct tx seen = {0};
        if (!tx_begin(&seen, call->store, TX_WRITE, NULL, call->arena, call->err))
            return false;
        tx_run(&seen, QUERY_AUTH_SESSION_SEEN, NULL, param_text(hash), param_time(call->now));
        if (!tx_commit(&seen))
            return false;
    }
    auth_remember(call->auth, digest, digest, &actor, call->now, rows_time(rows, 0, PERSON_SESSION_EXPIRES_AT), since);
    *ret = actor;
    return true;
}

bool service_auth_authenticate(const struct call *call, const char *authorization, const char *session_cookie,
                               struct actor *ret)
{
    const char *text = NULL;
    switch (auth_presented(authorization, session_cookie, &text)) {
    case AUTH_PRESENTED_TOKEN:
        return authenticate_token(call, text, ret);
    case AUTH_PRESENTED_SESSION:
        return authenticate_session(call, text, ret);
    case AUTH_PRESENTED_NOTHING:
        break;
    }
    *ret = (struct actor){.role = ROLE_NONE, .principal = "anonymous"};
    return true;
}

/* ---- tokens ---- */

/* Signs; makes a key first where the worker that should have is late. */
static bool issue(const struct call *call, struct auth_claims *claims, struct service_grant *ret)
{
    if (!auth_keys_sign(call->auth, call->now))
        service_auth_rotate(call->store, call->auth, call->now, false);
    if (!auth_token_issue(call->auth, claims, call->now, ret->access_token))
        return error_set(call->err, ERROR_UNAVAILABLE, TEXT_AUTH_SIGNING_UNAVAILABLE);
    ret->expires_in_s = AUTH_TOKEN_SECONDS;
    return true;
}

/* ---- people ---- */

/* A session and its first token. */
static bool open_session(const struct call *call, const struct attempt *attempt, const struct rows *rows,
                         struct service_grant *ret)
{
    unsigned char digest[AUTH_DIGEST_SIZE];
    size_t length = 0;
    const unsigned char *credential = rows_bytes(rows, 0, PERSON_CREDENTIAL, &length);
    struct auth_claims claims = {.user_id = ret->actor.user_id, .role = ret->actor.role};
    auth_session_new(ret->session, digest);
    auth_base64url(claims.session, sizeof claims.session, digest, sizeof digest);
    auth_version(credential, length, claims.version);
    if (!issue(call, &claims, ret))
        return attempt_undo(call, attempt);
    tx_auto struct tx tx = {0};
    if (!tx_begin(&tx, call->store, TX_WRITE, NULL, call->arena, call->err))
        return false;
    tx_run(&tx, QUERY_AUTH_SESSION_ADD, NULL, param_text(auth_hex(call->arena, digest, sizeof digest)),
           param_number(ret->actor.user_id), param_text(auth_hex(call->arena, credential, length)),
           param_time(call->now), param_time(call->now + AUTH_SESSION_SECONDS * SECOND));
    attempt_succeeded(call, attempt, &tx);
    return tx_commit(&tx);
}

/* Logins are lower-case; people's keyboards are not. */
static const char *fold(struct arena *arena, const char *login)
{
    char *text = arena_strdup(arena, login);
    for (char *at = text; *at; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
    return text;
}

bool service_auth_login(const struct call *call, const struct service_login *login, struct service_grant *ret)
{
    const struct rows *rows = NULL, *failures = NULL;
    struct attempt attempt = {.n_subjects = login->address ? 2 : 1};
    const char *name = fold(call->arena, login->login);
    bool matches = false;
    *ret = (struct service_grant){0};
    auth_subject(call->auth, AUTH_SUBJECT_LOGIN, name, attempt.subjects[0]);
    if (login->address)
        auth_subject(call->auth, AUTH_SUBJECT_ADDRESS, login->address, attempt.subjects[1]);
    if (!attempt_begin(call, &attempt))
        return false;
    struct tx tx;
    if (!tx_begin(&tx, call->store, TX_READ, NULL, call->arena, call->err))
        return attempt_undo(call, &attempt);
    attempt_ask(call, &attempt, &tx, &failures);
    tx_run(&tx, QUERY_AUTH_PERSON_BY_LOGIN, &rows, param_text(name), param_time(call->now));
    if (!tx_flush(&tx))
        return attempt_undo(call, &attempt);
    if (!attempt_allowed(call, &attempt, failures))
        return false;
    /* Somebody or nobody, the same work is done: neither answer nor time tells which logins exist. */
    bool exists = actor_of_person(rows, &ret->actor);
    if (!auth_password_check(call->auth, exists ? rows_text(rows, 0, PERSON_PASSWORD_HASH) : NULL, login->password,
                             &matches, call->err))
        return attempt_undo(call, &attempt);
    if (matches)
        return open_session(call, &attempt, rows, ret);
    return attempt_failed(call, &attempt) && error_set(call->err, ERROR_INVALID_CREDENTIALS, TEXT_AUTH_LOGIN_REFUSED);
}

/* ---- integrations ---- */

/* Which of the two secrets that a client may have was given; its hash, or NULL when it is neither. */
static const unsigned char *secret_given(const struct rows *rows, const char *secret)
{
    const unsigned char *found = NULL;
    static const int columns[] = {CLIENT_PREVIOUS_HASH, CLIENT_SECRET_HASH};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        size_t length = 0;
        const unsigned char *stored = rows_bytes(rows, 0, columns[i], &length);
        if (auth_client_secret_verify(length == AUTH_DIGEST_SIZE ? stored : NULL, secret))
            found = stored;
    }
    return found;
}

/* The client behind the credentials, with the scopes it may have now, and what its tokens carry of its secret. */
static enum service_client_outcome client_find(const struct call *call, const struct service_client_login *login,
                                               struct attempt *attempt, const struct rows **ret_rows, struct actor *ret,
                                               char ret_version[AUTH_VERSION_SIZE])
{
    const struct rows *failures = NULL;
    struct tx tx;
    if (!tx_begin(&tx, call->store, TX_READ, NULL, call->arena, call->err)) {
        attempt_undo(call, attempt);
        return SERVICE_CLIENT_FAILED;
    }
    attempt_ask(call, attempt, &tx, &failures);
    tx_run(&tx, QUERY_AUTH_CLIENT_BY_CLIENT_ID, ret_rows, param_text(login->client_id), param_time(call->now));
    if (!tx_flush(&tx)) {
        attempt_undo(call, attempt);
        return SERVICE_CLIENT_FAILED;
    }
    bool exists = actor_of_client(*ret_rows, ret);
    const unsigned char *given = secret_given(*ret_rows, login->client_secret);
    if (given && exists) {
        auth_version(given, AUTH_DIGEST_SIZE, ret_version);
        return SERVICE_CLIENT_GRANTED;
    }
    if (!attempt_allowed(call, attempt, failures))
        return SERVICE_CLIENT_FAILED;
    return attempt_failed(call, attempt) ? SERVICE_CLIENT_INVALID : SERVICE_CLIENT_FAILED;
}

/* last_used_at is that exact: a token is no write of its own. */
static bool note_use(const struct call *call, const struct rows *rows)
{
    tx_auto struct tx tx = {0};
    if (call->now - rows_time(rows, 0, CLIENT_LAST_USED_AT) <= SEEN_US)
        return true;
    if (!tx_begin(&tx, call->store, TX_WRITE, NULL, call->arena, call->err))
        return false;
    tx_run(&tx, QUERY_CLIENT_SEEN, NULL, param_number(rows_number(rows, 0, CLIENT_ID)), param_time(call->now));
    return tx_commit(&tx);
}

enum service_client_outcome service_auth_client_token(const struct call *call, const struct service_client_login *login,
                                                      struct service_grant *ret)
{
    const struct rows *rows = NULL;
    struct attempt attempt = {.n_subjects = login->address ? 1 : 0};
    struct auth_claims claims = {.role = ROLE_INTEGRATION};
    uint32_t wanted = 0;
    *ret = (struct service_grant){0};
    if (login->address)
        auth_subject(call->auth, AUTH_SUBJECT_CLIENT_ADDRESS, login->address, attempt.subjects[0]);
    /* Nobody guesses 256 bits: who has the right secret gets in, whatever others behind the same address did. */
    const struct error before = *call->err;
    bool open = attempt_begin(call, &attempt);
    if (!open && !auth_client_secret_well_formed(login->client_secret))
        return SERVICE_CLIENT_FAILED;
    if (!open)
        attempt.n_subjects = 0; /* nothing was reserved */
    enum service_client_outcome outcome = client_find(call, login, &attempt, &rows, &ret->actor, claims.version);
    if (outcome != SERVICE_CLIENT_GRANTED)
        return open ? outcome : SERVICE_CLIENT_FAILED; /* throttled, as attempt_begin() told */
    *call->err = before;
    attempt_undo(call, &attempt);
    claims.scopes = ret->actor.scopes;
    if (login->scope && (!permission_scopes_parse(login->scope, &wanted) || (wanted & ~ret->actor.scopes)))
        return SERVICE_CLIENT_INVALID_SCOPE;
    if (login->scope)
        claims.scopes = wanted;
    if (!claims.scopes) /* a client without scopes has nothing that a token could be for */
        return SERVICE_CLIENT_INVALID_SCOPE;
    ret->actor.scopes = claims.scopes;
    claims.client_id = ret->actor.client_id;
    return issue(call, &claims, ret) && note_use(call, rows) ? SERVICE_CLIENT_GRANTED : SERVICE_CLIENT_FAILED;
}

/* ---- the end ---- */

bool service_auth_hear(struct store *store, struct auth *auth, int64_t *revision, struct arena *arena,
                       struct error *err)
{
    tx_auto struct tx tx = {0};
    const struct rows *rows = NULL;
    if (!tx_begin(&tx, store, TX_READ, &actor_system, arena, err))
        return false;
    tx_run(&tx, QUERY_AUTH_CHANGED_SINCE, &rows, param_number(*revision));
    if (!tx_flush(&tx))
        return false;
    for (size_t row = 0; row < rows_count(rows); row++) {
        auth_forget_principal(auth, rows_text(rows, row, 0));
        *revision = rows_number(rows, row, 1);
    }
    return true;
}

bool service_auth_logout(const struct call *call, const char *authorization, const char *session_cookie)
{
    const char *text = NULL;
    unsigned char owner[AUTH_DIGEST_SIZE];
    struct auth_claims claims = {0};
    enum auth_presented presented = auth_presented(authorization, session_cookie, &text);
    if (presented == AUTH_PRESENTED_TOKEN && verify(call, text, &claims) == AUTH_TOKEN_GOOD)
        auth_claims_owner(&claims, owner);
    else if (presented != AUTH_PRESENTED_SESSION || !auth_session_digest(text, owner))
        return error_set(call->err, ERROR_UNAUTHENTICATED, TEXT_AUTH_TOKEN_REFUSED);
    tx_auto struct tx tx = {0};
    if (!tx_begin(&tx, call->store, TX_WRITE, NULL, call->arena, call->err))
        return false;
    if (claims.client_id)
        tx_run(&tx, QUERY_AUTH_TOKEN_REVOKE, NULL, param_text(claims.id), param_time(claims.expires_at),
               param_number(claims.client_id));
    else
        tx_run(&tx, QUERY_AUTH_SESSION_REVOKE, NULL, param_text(auth_hex(call->arena, owner, sizeof owner)),
               param_time(call->now));
    if (!tx_commit(&tx))
        return false;
    auth_forget(call->auth, owner);
    return true;
}
