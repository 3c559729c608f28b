#include "auth/token.h"

#include <jansson.h>
#include <jwt.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/auth_internal.h"
#include "auth/credentials.h"
#include "auth/permission.h"

#define SECOND          1000000LL
#define SIGNATURE_TEXT  86 /* 64 bytes in base64url */
#define HEADER_TEXT_MAX 256
#define LAST_SECOND     253402300799LL /* of the year 9999 */

/* ---- form ---- */

struct parts {
    const char *payload, *signature;
    size_t header_length, payload_length;
};

/* Exactly three non-empty parts. Their alphabet is checked when they are decoded. */
static bool split(const char *token, struct parts *ret)
{
    size_t length = strnlen(token, AUTH_TOKEN_MAX + 1);
    if (length > AUTH_TOKEN_MAX)
        return false;
    const char *first = strchr(token, '.');
    const char *second = first ? strchr(first + 1, '.') : NULL;
    if (!second || strchr(second + 1, '.'))
        return false;
    *ret = (struct parts){.payload = first + 1,
                          .signature = second + 1,
                          .header_length = (size_t)(first - token),
                          .payload_length = (size_t)(second - first - 1)};
    return ret->header_length > 0 && ret->header_length <= HEADER_TEXT_MAX && ret->payload_length > 0 &&
           strlen(ret->signature) == SIGNATURE_TEXT;
}

/* One part as a JSON object: canonical base64url, no duplicate keys, nothing behind it. The caller releases it. */
static json_t *part_object(const char *text, size_t length)
{
    char copy[AUTH_TOKEN_MAX + 1];
    unsigned char bytes[AUTH_TOKEN_MAX];
    size_t decoded = 0;
    memcpy(copy, text, length);
    copy[length] = '\0';
    if (!auth_base64url_decode(bytes, sizeof bytes, &decoded, copy))
        return NULL;
    json_t *object = json_loadb((const char *)bytes, decoded, JSON_REJECT_DUPLICATES, NULL);
    if (object && !json_is_object(object)) {
        json_decref(object);
        return NULL;
    }
    return object;
}

/* A string member of exactly that many bytes (0: any number from 1 up to size - 1), without control characters. */
static bool member_text(const json_t *object, const char *name, size_t length, char *ret, size_t size)
{
    const json_t *value = json_object_get(object, name);
    size_t n = json_string_length(value);
    if (!json_is_string(value) || n == 0 || n >= size || (length > 0 && n != length))
        return false;
    memcpy(ret, json_string_value(value), n + 1);
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)ret[i] <= ' ' && ret[i] != ' ')
            return false;
    return true;
}

static bool member_is(const json_t *object, const char *name, const char *expected)
{
    const json_t *value = json_object_get(object, name);
    return json_is_string(value) && json_string_length(value) == strlen(expected) &&
           memcmp(json_string_value(value), expected, strlen(expected)) == 0;
}

/* The key id of a header that is exactly {"alg":"ES256","typ":"JWT","kid":"…"}: with three members in all there is no
   place for jku, jwk, x5u, x5c, crit or b64. */
static bool header_kid(const char *token, const struct parts *parts, char ret_kid[AUTH_KEY_ID_SIZE])
{
    json_t *header = part_object(token, parts->header_length);
    bool ok = header && json_object_size(header) == 3 && member_is(header, "alg", "ES256") &&
              member_is(header, "typ", "JWT") &&
              member_text(header, "kid", AUTH_KEY_ID_SIZE - 1, ret_kid, AUTH_KEY_ID_SIZE);
    json_decref(header);
    return ok;
}

/* ---- claims ---- */

/* A whole number of seconds, as microseconds. */
static bool member_time(const json_t *claims, const char *name, int64_t *ret)
{
    const json_t *value = json_object_get(claims, name);
    if (!json_is_integer(value) || json_integer_value(value) < 0 || json_integer_value(value) > LAST_SECOND)
        return false;
    *ret = (int64_t)json_integer_value(value) * SECOND;
    return true;
}

/* "user:7" or "client:7": digits only, no leading zero. */
static bool subject_parse(const json_t *claims, struct auth_claims *ret)
{
    char text[64];
    if (!member_text(claims, "sub", 0, text, sizeof text))
        return false;
    bool client = strncmp(text, "client:", 7) == 0;
    if (!client && strncmp(text, "user:", 5) != 0)
        return false;
    const char *digits = text + (client ? 7 : 5);
    size_t n = strlen(digits);
    if (n < 1 || n > 18 || digits[0] == '0' || strspn(digits, "0123456789") != n)
        return false;
    int64_t id = strtoll(digits, NULL, 10);
    ret->user_id = client ? 0 : id;
    ret->client_id = client ? id : 0;
    return true;
}

static bool who_parse(const json_t *claims, struct auth_claims *ret)
{
    char role[32], scope[PERMISSION_SCOPES_SIZE];
    if (!subject_parse(claims, ret) || !member_text(claims, "role", 0, role, sizeof role) ||
        !member_text(claims, "jti", sizeof ret->id - 1, ret->id, sizeof ret->id) ||
        !member_text(claims, "ver", AUTH_VERSION_SIZE - 1, ret->version, sizeof ret->version))
        return false;
    ret->role = role_find(role);
    if (ret->role == ROLE_NONE || (ret->role == ROLE_INTEGRATION) != (ret->client_id != 0))
        return false;
    if (ret->client_id)
        return !json_object_get(claims, "sid") && member_text(claims, "scope", 0, scope, sizeof scope) &&
               permission_scopes_parse(scope, &ret->scopes);
    return !json_object_get(claims, "scope") &&
           member_text(claims, "sid", AUTH_SESSION_TEXT_SIZE - 1, ret->session, sizeof ret->session);
}

/* Everything that the payload must say; EXPIRED only when all the rest is right. */
static enum auth_token_verdict claims_parse(const json_t *claims, const char *issuer, int64_t now,
                                            struct auth_claims *ret)
{
    int64_t not_before;
    if (!member_is(claims, "iss", issuer) || !member_is(claims, "aud", issuer) ||
        !member_time(claims, "iat", &ret->issued_at) || !member_time(claims, "nbf", &not_before) ||
        !member_time(claims, "exp", &ret->expires_at) || !who_parse(claims, ret))
        return AUTH_TOKEN_BAD;
    int64_t latest = now + AUTH_TOKEN_LEEWAY * SECOND;
    if (ret->issued_at > latest || not_before > latest || ret->expires_at <= ret->issued_at ||
        ret->expires_at - ret->issued_at > AUTH_TOKEN_SECONDS * SECOND)
        return AUTH_TOKEN_BAD;
    return ret->expires_at <= now ? AUTH_TOKEN_EXPIRED : AUTH_TOKEN_GOOD;
}

/* ---- the two doors ---- */

static enum auth_token_verdict look(struct auth *auth, const char *token, int64_t now, struct parts *ret_parts,
                                    char ret_pem[AUTH_PEM_SIZE])
{
    char kid[AUTH_KEY_ID_SIZE];
    if (!split(token, ret_parts) || !header_kid(token, ret_parts, kid))
        return AUTH_TOKEN_BAD;
    return auth_keys_public(auth, kid, now, ret_pem) ? AUTH_TOKEN_GOOD : AUTH_TOKEN_UNKNOWN_KEY;
}

enum auth_token_verdict auth_token_inspect(struct auth *auth, const char *token, int64_t now)
{
    struct parts parts;
    char pem[AUTH_PEM_SIZE];
    return look(auth, token, now, &parts, pem);
}

/* libjwt's part: the signature, by a key that is never empty. */
static bool signature_holds(const char *token, const char *pem)
{
    jwt_t *jwt = NULL;
    size_t length = strlen(pem);
    bool ok = length > 0 && jwt_decode(&jwt, token, (const unsigned char *)pem, (int)length) == 0 && jwt &&
              jwt_get_alg(jwt) == JWT_ALG_ES256;
    jwt_free(jwt);
    ERR_clear_error(); /* a refusal leaves its reasons in the thread's queue */
    return ok;
}

enum auth_token_verdict auth_token_verify(struct auth *auth, const char *token, int64_t now, struct auth_claims *ret)
{
    struct parts parts;
    struct auth_claims claims = {0};
    unsigned char signature[64];
    size_t length = 0;
    char pem[AUTH_PEM_SIZE];
    enum auth_token_verdict verdict = look(auth, token, now, &parts, pem);
    if (verdict != AUTH_TOKEN_GOOD)
        return verdict;
    /* libjwt's own base64 is lenient: what it would correct is refused before. */
    if (!auth_base64url_decode(signature, sizeof signature, &length, parts.signature) || length != sizeof signature)
        return AUTH_TOKEN_BAD;
    json_t *payload = part_object(parts.payload, parts.payload_length);
    verdict =
        payload && signature_holds(token, pem) ? claims_parse(payload, auth->issuer, now, &claims) : AUTH_TOKEN_BAD;
    json_decref(payload);
    if (verdict == AUTH_TOKEN_GOOD)
        *ret = claims;
    return verdict;
}

/* ---- issuing ---- */

static bool claims_write(jwt_t *jwt, const struct auth *auth, const struct auth_claims *claims)
{
    char subject[64], scopes[PERMISSION_SCOPES_SIZE];
    (void)snprintf(subject, sizeof subject, "%s:%lld", claims->client_id ? "client" : "user",
                   (long long)(claims->client_id ? claims->client_id : claims->user_id));
    permission_scopes_format(claims->scopes, scopes);
    return jwt_add_grant(jwt, "iss", auth->issuer) == 0 && jwt_add_grant(jwt, "aud", auth->issuer) == 0 &&
           jwt_add_grant(jwt, "sub", subject) == 0 && jwt_add_grant(jwt, "jti", claims->id) == 0 &&
           jwt_add_grant_int(jwt, "iat", (long)(claims->issued_at / SECOND)) == 0 &&
           jwt_add_grant_int(jwt, "nbf", (long)(claims->issued_at / SECOND)) == 0 &&
           jwt_add_grant_int(jwt, "exp", (long)(claims->expires_at / SECOND)) == 0 &&
           jwt_add_grant(jwt, "role", role_name(claims->role)) == 0 &&
           jwt_add_grant(jwt, "ver", claims->version) == 0 &&
           jwt_add_grant(jwt, claims->client_id ? "scope" : "sid", claims->client_id ? scopes : claims->session) == 0;
}

bool auth_token_issue(struct auth *auth, struct auth_claims *claims, int64_t now, char ret[AUTH_TOKEN_SIZE])
{
    jwt_t *jwt = NULL;
    char kid[AUTH_KEY_ID_SIZE], pem[AUTH_PEM_SIZE];
    ret[0] = '\0';
    if (!auth_keys_private(auth, now, kid, pem))
        return false;
    auth_uuid7(now, claims->id);
    claims->issued_at = now / SECOND * SECOND;
    claims->expires_at = claims->issued_at + AUTH_TOKEN_SECONDS * SECOND;
    bool ok = jwt_new(&jwt) == 0 && claims_write(jwt, auth, claims) && jwt_add_header(jwt, "kid", kid) == 0 &&
              jwt_set_alg(jwt, JWT_ALG_ES256, (const unsigned char *)pem, (int)strlen(pem)) == 0;
    char *text = ok ? jwt_encode_str(jwt) : NULL;
    ok = text && strlen(text) < AUTH_TOKEN_SIZE;
    if (ok)
        memcpy(ret, text, strlen(text) + 1);
    free(text);
    jwt_free(jwt);
    auth_wipe(pem, sizeof pem);
    ERR_clear_error();
    return ok;
}

void auth_version(const void *stored, size_t length, char ret[AUTH_VERSION_SIZE])
{
    unsigned char digest[AUTH_DIGEST_SIZE];
    auth_digest(stored, length, digest);
    auth_base64url(ret, AUTH_VERSION_SIZE, digest, 16);
}

void auth_claims_owner(const struct auth_claims *claims, unsigned char ret[AUTH_DIGEST_SIZE])
{
    size_t length = 0;
    if (!claims->session[0] || !auth_base64url_decode(ret, AUTH_DIGEST_SIZE, &length, claims->session) ||
        length != AUTH_DIGEST_SIZE)
        auth_digest(claims->id, strlen(claims->id), ret);
}
