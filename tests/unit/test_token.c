/* Access tokens: ours are taken, every forged form is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "auth/auth_internal.h"
#include "auth/token.h"
#include "support/token_forge.h"

#define SECOND 1000000LL
#define SIZE   8192

static int set_up(void **state)
{
    *state = forge_auth();
    return 0;
}

static int tear_down(void **state)
{
    auth_free(*state);
    return 0;
}

static enum auth_token_verdict verify(struct auth *auth, const char *token)
{
    struct auth_claims claims;
    return auth_token_verify(auth, token, FORGE_NOW, &claims);
}

static void assert_refused(struct auth *auth, const char *what, const char *token)
{
    struct auth_claims claims, untouched;
    struct actor actor;
    struct arena *arena = arena_new(1024);
    struct error err = {.arena = arena};
    memset(&claims, 0x5a, sizeof claims);
    untouched = claims;
    if (auth_token_verify(auth, token, FORGE_NOW, &claims) == AUTH_TOKEN_GOOD)
        fail_msg("accepted: %s", what);
    assert_memory_equal(&claims, &untouched, sizeof claims);
    char *bearer = malloc(strlen(token) + 8);
    memcpy(bearer, "Bearer ", 7);
    memcpy(bearer + 7, token, strlen(token) + 1);
    if (auth_recall(auth, bearer, NULL, FORGE_NOW, &actor, &err) == AUTH_OK)
        fail_msg("recalled: %s", what);
    free(bearer);
    arena_free(arena);
}

static void test_token__what_we_issue_we_accept(void **state)
{
    char token[AUTH_TOKEN_SIZE];
    struct auth_claims given = {.user_id = 42, .role = ROLE_SIGNER}, read;
    memset(given.session, 'A', 43);
    auth_version("hash", 4, given.version);
    assert_true(auth_token_issue(*state, &given, FORGE_NOW, token));
    assert_int_equal(auth_token_verify(*state, token, FORGE_NOW, &read), AUTH_TOKEN_GOOD);
    assert_int_equal(read.user_id, 42);
    assert_int_equal(read.client_id, 0);
    assert_int_equal(read.role, ROLE_SIGNER);
    assert_string_equal(read.id, given.id);
    assert_string_equal(read.version, given.version);
    assert_string_equal(read.session, given.session);
    assert_int_equal(read.expires_at - read.issued_at, AUTH_TOKEN_SECONDS * SECOND);

    struct auth_claims client = {
        .client_id = 9, .role = ROLE_INTEGRATION, .scopes = SCOPE_REQUESTS_READ | SCOPE_EVENTS_READ};
    auth_version("secret", 6, client.version);
    assert_true(auth_token_issue(*state, &client, FORGE_NOW, token));
    assert_int_equal(auth_token_verify(*state, token, FORGE_NOW, &read), AUTH_TOKEN_GOOD);
    assert_int_equal(read.client_id, 9);
    assert_int_equal(read.scopes, SCOPE_REQUESTS_READ | SCOPE_EVENTS_READ);
    assert_int_equal(auth_token_inspect(*state, token, FORGE_NOW), AUTH_TOKEN_GOOD);
}

/* Without this the refusals below would prove nothing. */
static void test_token__the_forge_makes_good_tokens_too(void **state)
{
    char token[SIZE];
    forge_token(*state, forge_header, forge_user, FORGE_OURS, token, sizeof token);
    assert_int_equal(verify(*state, token), AUTH_TOKEN_GOOD);
    forge_token(*state, forge_header, forge_client, FORGE_OURS, token, sizeof token);
    assert_int_equal(verify(*state, token), AUTH_TOKEN_GOOD);
}

static const char *const bad_headers[] = {
#define KID ",\"typ\":\"JWT\",\"kid\":\"$KID\"}"
    "{\"alg\":\"none\"" KID,
    "{\"alg\":\"None\"" KID,
    "{\"alg\":\"nOnE\"" KID,
    "{\"alg\":\"NONE\"" KID,
    "{\"alg\":\"\"" KID,
    "{\"alg\":\"HS256\"" KID,
    "{\"alg\":\"HS384\"" KID,
    "{\"alg\":\"HS512\"" KID,
    "{\"alg\":\"RS256\"" KID,
    "{\"alg\":\"PS256\"" KID,
    "{\"alg\":\"ES384\"" KID,
    "{\"alg\":\"ES512\"" KID,
    "{\"alg\":\"ES256K\"" KID,
    "{\"alg\":\"EdDSA\"" KID,
    "{\"alg\":\"es256\"" KID,
    "{\"alg\":\"ES256 \"" KID,
    "{\"alg\":\" ES256\"" KID,
    "{\"alg\":\"ES256\\u0000\"" KID,
    "{\"alg\":null" KID,
    "{\"alg\":[\"ES256\"]" KID,
    "{\"alg\":{\"a\":\"ES256\"}" KID,
    "{\"alg\":256" KID,
    "{\"alg\":true" KID,
    "{\"typ\":\"JWT\",\"kid\":\"$KID\"}",
    "{\"Alg\":\"ES256\"" KID,
    "{\"alg\":\"none\",\"alg\":\"ES256\"" KID,
    "{\"alg\":\"ES256\",\"alg\":\"none\"" KID,
    "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"x\",\"kid\":\"$KID\"}",
#undef KID
#define ALG "{\"alg\":\"ES256\",\"typ\":\"JWT\","
    ALG "\"kid\":\"../../../etc/passwd\"}",
    ALG "\"kid\":\"/dev/null\"}",
    ALG "\"kid\":\"' OR 1=1 --\"}",
    ALG "\"kid\":\"http://evil.test/key\"}",
    ALG "\"kid\":\"\"}",
    ALG "\"kid\":null}",
    ALG "\"kid\":7}",
    ALG "\"kid\":[\"$KID\"]}",
    ALG "\"kid\":\"$KID\\u0000\"}",
    ALG "\"kid\":\"$KID \"}",
    ALG "\"kid\":\"$KID/../$KID\"}",
    ALG "\"kid\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
    "{\"alg\":\"ES256\",\"typ\":\"JWT\"}",
    ALG "\"kid\":\"$KID\",\"jku\":\"http://evil.test/jwks\"}",
    ALG "\"kid\":\"$KID\",\"jwk\":{\"kty\":\"EC\"}}",
    ALG "\"kid\":\"$KID\",\"x5u\":\"http://evil.test/c\"}",
    ALG "\"kid\":\"$KID\",\"x5c\":[\"MII\"]}",
    ALG "\"kid\":\"$KID\",\"x5t\":\"AA\"}",
    ALG "\"kid\":\"$KID\",\"crit\":[\"b64\"]}",
    ALG "\"kid\":\"$KID\",\"crit\":[]}",
    ALG "\"kid\":\"$KID\",\"b64\":false}",
    ALG "\"kid\":\"$KID\",\"cty\":\"JWT\"}",
    ALG "\"kid\":\"$KID\",\"zip\":\"DEF\"}",
    ALG "\"kid\":\"$KID\",\"enc\":\"A128GCM\"}",
    ALG "\"kid\":\"$KID\",\"\":1}",
    ALG "\"jku\":\"http://evil.test/jwks\"}",
    ALG "\"jwk\":{}}",
#undef ALG
    "{\"alg\":\"ES256\",\"kid\":\"$KID\"}",
    "{\"alg\":\"ES256\",\"typ\":\"jwt\",\"kid\":\"$KID\"}",
    "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"$KID\"}",
    "{\"alg\":\"ES256\",\"typ\":\"refresh+jwt\",\"kid\":\"$KID\"}",
    "{\"alg\":\"ES256\",\"typ\":\"JWE\",\"kid\":\"$KID\"}",
    "{\"alg\":\"ES256\",\"typ\":1,\"kid\":\"$KID\"}",
    "{\"alg\":\"ES256\",\"typ\":\"\",\"kid\":\"$KID\"}",
    "[{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"$KID\"}]",
    "\"ES256\"",
    "null",
    "{}",
    "[]",
    "",
    "{",
    "not json",
    "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"$KID\"}{}",
    "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"$KID\"} x",
    "\xef\xbb\xbf{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"$KID\"}",
    "{'alg':'ES256','typ':'JWT','kid':'$KID'}",
    "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"$KID\",}",
    "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"\xff\"}",
};

static void test_token__headers_that_are_not_exactly_ours_are_refused(void **state)
{
    char token[SIZE];
    for (size_t i = 0; i < sizeof bad_headers / sizeof bad_headers[0]; i++) {
        /* With our own signature, so that the header alone is what is wrong; and with what an attacker can make. */
        static const enum forge_signature signatures[] = {FORGE_OURS, FORGE_HMAC, FORGE_HMAC_EMPTY, FORGE_NONE};
        for (size_t j = 0; j < sizeof signatures / sizeof signatures[0]; j++) {
            forge_token(*state, bad_headers[i], forge_user, signatures[j], token, sizeof token);
            assert_refused(*state, bad_headers[i], token);
        }
    }
}

/* Each replaces one member of a good payload; "" takes it away. */
struct change {
    const char *name, *value;
};
static const struct change bad_members[] = {
    {"iss", ""},
    {"iss", "\"http://evil.test\""},
    {"iss", "\"$ISS/\""},
    {"iss", "\"http://oam.test\""},
    {"iss", "7"},
    {"iss", "[\"$ISS\"]"},
    {"iss", "null"},
    {"aud", ""},
    {"aud", "\"http://evil.test\""},
    {"aud", "[\"$ISS\"]"},
    {"aud", "[\"$ISS\",\"http://evil.test\"]"},
    {"aud", "{}"},
    {"aud", "\"\""},
    {"exp", ""},
    {"exp", "\"$NOW+600\""},
    {"exp", "1e300"},
    {"exp", "$NOW+600.0"},
    {"exp", "$NOW+600.5"},
    {"exp", "-1"},
    {"exp", "0"},
    {"exp", "null"},
    {"exp", "true"},
    {"exp", "[$NOW+600]"},
    {"exp", "$NOW"},
    {"exp", "$NOW-1"},
    {"exp", "$NOW-100000"},
    {"exp", "$NOW+601"},
    {"exp", "$NOW+86400"},
    {"exp", "9223372036854775807"},
    {"exp", "9223372036854775808"},
    {"exp", "99999999999999999999999"},
    {"iat", ""},
    {"iat", "\"$NOW\""},
    {"iat", "$NOW+31"},
    {"iat", "$NOW-1"},
    {"iat", "-1"},
    {"iat", "1e9"},
    {"iat", "null"},
    {"nbf", ""},
    {"nbf", "\"$NOW\""},
    {"nbf", "$NOW+31"},
    {"nbf", "-5"},
    {"nbf", "$NOW.5"},
    {"sub", ""},
    {"sub", "7"},
    {"sub", "\"\""},
    {"sub", "\"7\""},
    {"sub", "\"user:\""},
    {"sub", "\"user:0\""},
    {"sub", "\"user:07\""},
    {"sub", "\"user:-7\""},
    {"sub", "\"user:+7\""},
    {"sub", "\"user: 7\""},
    {"sub", "\"user:7 \""},
    {"sub", "\"user:7;drop\""},
    {"sub", "\"user:7' OR '1'='1\""},
    {"sub", "\"user:0x7\""},
    {"sub", "\"user:99999999999999999999\""},
    {"sub", "\"admin:7\""},
    {"sub", "\"User:7\""},
    {"sub", "\"client:7\""},
    {"sub", "\"user:7\\u0000\""},
    {"role", ""},
    {"role", "\"none\""},
    {"role", "\"root\""},
    {"role", "\"Admin\""},
    {"role", "\"integration\""},
    {"role", "[\"admin\"]"},
    {"role", "9"},
    {"role", "\"\""},
    {"jti", ""},
    {"jti", "7"},
    {"jti", "\"x\""},
    {"jti", "\"\""},
    {"jti", "null"},
    {"ver", ""},
    {"ver", "\"\""},
    {"ver", "\"A\""},
    {"ver", "0"},
    {"sid", ""},
    {"sid", "\"\""},
    {"sid", "\"AAAA\""},
    {"sid", "null"},
    {"sid", "[]"},
    {"scope", "\"requests:read\""},
};

/* The payload with that change. */
static void change_member(const char *payload, const struct change *change, char *ret, size_t size)
{
    char start[64];
    (void)snprintf(start, sizeof start, "\"%s\":", change->name);
    const char *from = strstr(payload, start);
    const char *end = from ? from + strlen(start) : payload + strlen(payload) - 1;
    for (bool quoted = false; from && *end && (quoted || (*end != ',' && *end != '}')); end++)
        if (*end == '"')
            quoted = !quoted;
    size_t head = from ? (size_t)(from - payload) : (size_t)(end - payload);
    bool comma_before = head > 1 && (!from || *end == '}');
    if (change->value[0])
        (void)snprintf(ret, size, "%.*s%s%s%s%s", (int)head, payload, from ? "" : ",", start, change->value, end);
    else
        (void)snprintf(ret, size, "%.*s%s", (int)(comma_before ? head - 1 : head), payload,
                       *end == ',' ? end + 1 : end);
}

/* The changer of members itself changes nothing else. */
static void test_token__claims_that_are_right_in_another_way_are_taken(void **state)
{
    static const struct change fine[] = {
        {"iss", "\"$ISS\""},   {"exp", "$NOW+1"},
        {"iat", "$NOW+30"},    {"nbf", "$NOW+30"},
        {"nbf", "0"},          {"sub", "\"user:123456\""},
        {"role", "\"admin\""}, {"sid", "\"BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA\""},
        {"more", "1"},
    };
    char payload[1024], token[SIZE];
    for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++) {
        change_member(forge_user, &fine[i], payload, sizeof payload);
        forge_token(*state, forge_header, payload, FORGE_OURS, token, sizeof token);
        if (verify(*state, token) != AUTH_TOKEN_GOOD)
            fail_msg("refused: %s", payload);
    }
}

static void test_token__claims_that_are_not_right_are_refused(void **state)
{
    char payload[1024], token[SIZE];
    for (size_t i = 0; i < sizeof bad_members / sizeof bad_members[0]; i++) {
        char what[128];
        change_member(forge_user, &bad_members[i], payload, sizeof payload);
        (void)snprintf(what, sizeof what, "%s = %s", bad_members[i].name, bad_members[i].value);
        forge_token(*state, forge_header, payload, FORGE_OURS, token, sizeof token);
        assert_refused(*state, what, token);
    }
    static const struct change client[] = {
        {"scope", ""},
        {"scope", "\"\""},
        {"scope", "\"admin\""},
        {"scope", "\"requests:read admin\""},
        {"scope", "\"requests:read  events:read\""},
        {"scope", "\" requests:read\""},
        {"scope", "\"requests:read \""},
        {"scope", "[\"requests:read\"]"},
        {"sid", "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\""},
        {"role", "\"admin\""},
        {"sub", "\"user:3\""},
    };
    for (size_t i = 0; i < sizeof client / sizeof client[0]; i++) {
        change_member(forge_client, &client[i], payload, sizeof payload);
        forge_token(*state, forge_header, payload, FORGE_OURS, token, sizeof token);
        assert_refused(*state, client[i].value, token);
    }
}

static void test_token__payloads_that_are_no_object_are_refused(void **state)
{
    static const char *const payloads[] = {
        "", "{", "null", "[]", "{}", "\"x\"", "7", "{\"exp\":$NOW+600,\"exp\":$NOW+600}", "[{\"sub\":\"user:7\"}]"};
    char token[SIZE], payload[1024];
    for (size_t i = 0; i < sizeof payloads / sizeof payloads[0]; i++) {
        forge_token(*state, forge_header, payloads[i], FORGE_OURS, token, sizeof token);
        assert_refused(*state, payloads[i], token);
    }
    (void)snprintf(payload, sizeof payload, "%s ,", forge_user);
    forge_token(*state, forge_header, payload, FORGE_OURS, token, sizeof token);
    assert_refused(*state, "something behind the payload", token);
    (void)snprintf(payload, sizeof payload, "%.*s,\"role\":\"admin\"}", (int)strlen(forge_user) - 1, forge_user);
    forge_token(*state, forge_header, payload, FORGE_OURS, token, sizeof token);
    assert_refused(*state, "a claim twice", token);
}

static void test_token__expiry_has_an_edge(void **state)
{
    char token[SIZE];
    struct auth_claims claims;
    forge_token(*state, forge_header, forge_user, FORGE_OURS, token, sizeof token);
    int64_t end = FORGE_NOW + AUTH_TOKEN_SECONDS * SECOND;
    assert_int_equal(auth_token_verify(*state, token, end - 1, &claims), AUTH_TOKEN_GOOD);
    assert_int_equal(auth_token_verify(*state, token, end, &claims), AUTH_TOKEN_EXPIRED);
    assert_int_equal(auth_token_verify(*state, token, FORGE_NOW - AUTH_TOKEN_LEEWAY * SECOND, &claims),
                     AUTH_TOKEN_GOOD);
    assert_int_equal(auth_token_verify(*state, token, FORGE_NOW - AUTH_TOKEN_LEEWAY * SECOND - 1, &claims),
                     AUTH_TOKEN_BAD);
}

static void test_token__signatures_that_are_not_ours_are_refused(void **state)
{
    static const enum forge_signature signatures[] = {FORGE_STRANGER, FORGE_HMAC, FORGE_HMAC_EMPTY,
                                                      FORGE_DER,      FORGE_ZERO, FORGE_NONE};
    char token[SIZE];
    for (size_t i = 0; i < sizeof signatures / sizeof signatures[0]; i++) {
        forge_token(*state, forge_header, forge_user, signatures[i], token, sizeof token);
        assert_refused(*state, "signature", token);
    }
}

static void test_token__every_flipped_bit_is_refused(void **state)
{
    char token[SIZE];
    forge_token(*state, forge_header, forge_user, FORGE_OURS, token, sizeof token);
    size_t length = strlen(token);
    for (size_t i = 0; i < length; i += 3) {
        char kept = token[i];
        token[i] = kept == 'A' ? 'B' : 'A';
        if (token[i] != kept)
            assert_refused(*state, "one character changed", token);
        token[i] = kept;
    }
    assert_int_equal(verify(*state, token), AUTH_TOKEN_GOOD);
}

static void test_token__shapes_that_are_not_three_parts_are_refused(void **state)
{
    static const char *const formats[] = {
        "%.*s.%.*s",           "%.*s.%.*s.",       "%.*s..%.*s",    ".%.*s.%.*s",     "%.*s.%.*s.%s.",
        "%.*s.%.*s.%s.x",      "%.*s.%.*s.%s.x.y", " %.*s.%.*s.%s", "%.*s.%.*s.%s ",  "%.*s.%.*s.%s\n",
        "%.*s=.%.*s.%s",       "%.*s.%.*s=.%s",    "%.*s.%.*s.%s=", "%.*s.%.*s.%s==", "%.*s.%.*s.%sA",
        "%.*s. %.*s.%s",       "%.*s.%.*s.\t%s",   "%.*s,%.*s,%s",  "%.*s.%.*s.+%s",  "%.*s%.*s%s",
        "Bearer %.*s.%.*s.%s", "\"%.*s.%.*s.%s\"",
    };
    char good[SIZE], token[SIZE];
    forge_token(*state, forge_header, forge_user, FORGE_OURS, good, sizeof good);
    const char *payload = strchr(good, '.') + 1, *signature = strchr(payload, '.') + 1;
    int header_length = (int)(payload - good - 1), payload_length = (int)(signature - payload - 1);
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        (void)snprintf(token, sizeof token, formats[i], header_length, good, payload_length, payload, signature);
#pragma GCC diagnostic pop
        assert_refused(*state, formats[i], token);
    }
    static const char *const scraps[] = {"", ".", "..", "...", "a.b.c", "null", "undefined", "eyJ.eyJ.x"};
    for (size_t i = 0; i < sizeof scraps / sizeof scraps[0]; i++)
        assert_refused(*state, scraps[i], scraps[i]);
    memcpy(token, good, strlen(good) + 1);
    token[strlen(token) - 1] = '\0';
    assert_refused(*state, "a cut signature", token);
}

/* The last character of a part has bits that mean nothing: another spelling of the same bytes is another token. */
static void test_token__other_spellings_of_base64_are_refused(void **state)
{
    char token[SIZE];
    forge_token(*state, forge_header, forge_user, FORGE_OURS, token, sizeof token);
    char *last = token + strlen(token) - 1; /* 64 bytes: four idle bits */
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    *last = alphabet[(strchr(alphabet, *last) - alphabet) | 1];
    assert_refused(*state, "idle bits in the signature", token);
}

static void test_token__large_ones_are_refused_before_they_are_read(void **state)
{
    size_t size = 1 << 20;
    char *token = malloc(size + 1), *payload = malloc(size);
    memset(token, 'A', size);
    token[size] = '\0';
    assert_refused(*state, "a megabyte of A", token);
    token[10] = token[size / 2] = '.';
    assert_refused(*state, "a megabyte in three parts", token);
    /* Good in every other way. */
    (void)snprintf(payload, size, "%.*s,\"pad\":\"%.4000d\"}", (int)strlen(forge_user) - 1, forge_user, 0);
    forge_token(*state, forge_header, payload, FORGE_OURS, token, size);
    assert_refused(*state, "5 KB", token);
    (void)snprintf(payload, size, "%.*s,\"pad\":\"%.2000d\"}", (int)strlen(forge_user) - 1, forge_user, 0);
    forge_token(*state, forge_header, payload, FORGE_OURS, token, size);
    assert_int_equal(verify(*state, token), AUTH_TOKEN_GOOD);
    free(payload);
    free(token);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_token__what_we_issue_we_accept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_token__the_forge_makes_good_tokens_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_token__headers_that_are_not_exactly_ours_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_token__claims_that_are_right_in_another_way_are_taken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_token__claims_that_are_not_right_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_token__payloads_that_are_no_object_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_token__expiry_has_an_edge, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_token__signatures_that_are_not_ours_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_token__every_flipped_bit_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_token__shapes_that_are_not_three_parts_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_token__other_spellings_of_base64_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_token__large_ones_are_refused_before_they_are_read, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("token", tests, NULL, NULL);
}
