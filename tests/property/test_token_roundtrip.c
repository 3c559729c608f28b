/* Any claims that we may issue come back as they were; any change to a token makes it worthless. */
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

#define SEED 20261122u

static uint64_t random_state = SEED;

/* splitmix64: the same walk on every machine, the seed in the message of a failure. */
static uint64_t next_random(void)
{
    uint64_t z = (random_state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static struct auth_claims random_claims(void)
{
    struct auth_claims claims = {0};
    unsigned char bytes[32];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)next_random();
    auth_version(bytes, sizeof bytes, claims.version);
    int64_t id = (int64_t)(next_random() % 999999999999999999u) + 1;
    if (next_random() % 2) {
        claims.client_id = id;
        claims.role = ROLE_INTEGRATION;
        claims.scopes = (uint32_t)(next_random() % 31) + 1;
    } else {
        claims.user_id = id;
        claims.role = (enum role)(ROLE_LOCAL_USER + next_random() % (ROLE_ADMIN - ROLE_LOCAL_USER + 1));
        auth_base64url(claims.session, sizeof claims.session, bytes, sizeof bytes);
    }
    return claims;
}

static void test_token__claims_come_back_as_they_were(void **state)
{
    struct auth *auth = forge_auth();
    (void)state;
    for (int i = 0; i < 300; i++) {
        char token[AUTH_TOKEN_SIZE];
        struct auth_claims given = random_claims(), read;
        int64_t now = FORGE_NOW + (int64_t)(next_random() % 3600000000u);
        assert_true(auth_token_issue(auth, &given, now, token));
        if (auth_token_verify(auth, token, now, &read) != AUTH_TOKEN_GOOD)
            fail_msg("seed %u, round %d: refused", SEED, i);
        assert_int_equal(read.user_id, given.user_id);
        assert_int_equal(read.client_id, given.client_id);
        assert_int_equal(read.role, given.role);
        assert_int_equal(read.scopes, given.scopes);
        assert_string_equal(read.session, given.session);
        assert_string_equal(read.version, given.version);
        assert_string_equal(read.id, given.id);
        assert_int_equal(read.expires_at, given.expires_at);
    }
    auth_free(auth);
}

/* One edit: a character changed, inserted or taken out, two swapped, a piece of another token put in. */
static void edit(char *token, size_t size, const char *other)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \t\n\"%";
    size_t length = strlen(token), at = next_random() % length;
    char other_character = alphabet[next_random() % (sizeof alphabet - 1)];
    switch (next_random() % 5) {
    case 0:
        token[at] = other_character;
        break;
    case 1:
        if (length + 2 < size) {
            memmove(token + at + 1, token + at, length - at + 1);
            token[at] = other_character;
        }
        break;
    case 2:
        memmove(token + at, token + at + 1, length - at);
        break;
    case 3: {
        char kept = token[at];
        size_t to = next_random() % length;
        token[at] = token[to];
        token[to] = kept;
        break;
    }
    default:
        for (size_t i = at; i < length && i < at + 40 && i < strlen(other); i++)
            token[i] = other[i];
        break;
    }
}

static void test_token__no_edit_leaves_it_good(void **state)
{
    struct auth *auth = forge_auth();
    char good[AUTH_TOKEN_SIZE], other[AUTH_TOKEN_SIZE], token[AUTH_TOKEN_SIZE];
    (void)state;
    for (int i = 0; i < 1500; i++) {
        struct auth_claims claims = random_claims(), read;
        if (i % 50 == 0) {
            assert_true(auth_token_issue(auth, &claims, FORGE_NOW, good));
            claims = random_claims();
            assert_true(auth_token_issue(auth, &claims, FORGE_NOW, other));
        }
        memcpy(token, good, sizeof token);
        for (uint64_t edits = next_random() % 3 + 1; edits > 0; edits--)
            edit(token, sizeof token, other);
        if (strcmp(token, good) != 0 && strcmp(token, other) != 0 &&
            auth_token_verify(auth, token, FORGE_NOW, &read) == AUTH_TOKEN_GOOD)
            fail_msg("seed %u, round %d: accepted %s", SEED, i, token);
    }
    auth_free(auth);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_token__claims_come_back_as_they_were),
        cmocka_unit_test(test_token__no_edit_leaves_it_good),
    };
    return cmocka_run_group_tests_name("token_roundtrip", tests, NULL, NULL);
}
