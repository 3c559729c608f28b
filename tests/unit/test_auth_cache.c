/* What memory knows of tokens, sessions and keys, and when it must ask the database again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>

#include "auth/auth_internal.h"
#include "auth/token.h"
#include "base/clock.h"
#include "support/token_forge.h"

#define SECOND 1000000LL
#define NOW    FORGE_NOW

static const unsigned char forge_secret[32] = "a secret of thirty-two bytes...";

struct bench {
    struct auth *auth;
    struct arena *arena;
    struct error err;
    struct actor actor;
    char token[AUTH_TOKEN_SIZE], bearer[AUTH_TOKEN_SIZE + 8];
    unsigned char digest[AUTH_DIGEST_SIZE], owner[AUTH_DIGEST_SIZE];
};

/* An auth that has seen a token of the signer of two bodies. */
static int set_up(void **state)
{
    struct bench *b = calloc(1, sizeof *b);
    struct auth_claims claims = {.user_id = 7, .role = ROLE_SIGNER, .version = "AAAAAAAAAAAAAAAAAAAAAA"};
    b->auth = forge_auth();
    b->arena = arena_new(1024);
    b->err = (struct error){.arena = b->arena, .language = TEXT_EN};
    memset(claims.session, 'A', 43);
    b->actor = (struct actor){.role = ROLE_SIGNER,
                              .user_id = 7,
                              .principal = "user:7",
                              .n_bodies = 2,
                              .bodies = {11, 12},
                              .unit_id = 5,
                              .scopes = UINT32_MAX};
    if (!auth_token_issue(b->auth, &claims, NOW, b->token))
        return -1;
    (void)snprintf(b->bearer, sizeof b->bearer, "Bearer %s", b->token);
    auth_digest(b->token, strlen(b->token), b->digest);
    auth_claims_owner(&claims, b->owner);
    *state = b;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *b = *state;
    auth_free(b->auth);
    arena_free(b->arena);
    free(b);
    return 0;
}

static enum auth_outcome recall(struct bench *b, int64_t now)
{
    struct actor actor;
    memset(&actor, 0x5a, sizeof actor);
    enum auth_outcome outcome = auth_recall(b->auth, b->bearer, NULL, now, &actor, &b->err);
    if (outcome == AUTH_OK) {
        assert_int_equal(actor.user_id, 7);
        assert_int_equal(actor.n_bodies, 2);
        assert_int_equal(actor.bodies[1], 12);
        assert_int_equal(actor.unit_id, 5);
        assert_string_equal(actor.principal, "user:7");
        assert_true(actor_sees_body(&actor, 11));
        assert_false(actor_sees_body(&actor, 13));
    }
    return outcome;
}

static void remember(struct bench *b, int64_t now)
{
    auth_remember(b->auth, b->digest, b->owner, &b->actor, now, NOW + AUTH_TOKEN_SECONDS * SECOND,
                  auth_generation(b->auth));
}

static void test_recall__a_token_is_known_once_remembered(void **state)
{
    struct bench *b = *state;
    assert_int_equal(recall(b, NOW), AUTH_NEEDS_DATABASE);
    remember(b, NOW);
    assert_int_equal(recall(b, NOW), AUTH_OK);
    b->bearer[strlen(b->bearer) - 2] ^= 1;
    assert_int_not_equal(recall(b, NOW), AUTH_OK);
}

static void test_recall__nothing_lives_longer_than_thirty_seconds_unchecked(void **state)
{
    struct bench *b = *state;
    remember(b, NOW);
    assert_int_equal(recall(b, NOW + 19 * SECOND), AUTH_OK);
    for (int64_t at = 30; at < 60; at++)
        assert_int_equal(recall(b, NOW + at * SECOND), AUTH_NEEDS_DATABASE);
    remember(b, NOW + 60 * SECOND);
    assert_int_equal(recall(b, NOW + 60 * SECOND), AUTH_OK);
}

static void test_recall__one_caller_checks_early_while_the_others_go_on(void **state)
{
    struct bench *b = *state;
    remember(b, NOW);
    assert_int_equal(recall(b, NOW + 21 * SECOND), AUTH_NEEDS_DATABASE);
    for (int i = 0; i < 10; i++)
        assert_int_equal(recall(b, NOW + 21 * SECOND), AUTH_OK);
    /* It did not come back: the next one is sent. */
    assert_int_equal(recall(b, NOW + 24 * SECOND), AUTH_NEEDS_DATABASE);
    assert_int_equal(recall(b, NOW + 24 * SECOND), AUTH_OK);
}

static void test_recall__an_entry_ends_with_its_token(void **state)
{
    struct bench *b = *state;
    int64_t end = NOW + AUTH_TOKEN_SECONDS * SECOND;
    remember(b, end - SECOND);
    assert_int_equal(recall(b, end - 1), AUTH_OK);
    assert_int_not_equal(recall(b, end), AUTH_OK);
}

static void test_recall__a_clock_set_back_asks_again(void **state)
{
    struct bench *b = *state;
    remember(b, NOW + 100 * SECOND);
    assert_int_equal(recall(b, NOW + 100 * SECOND - SECOND / 2), AUTH_OK);
    assert_int_equal(recall(b, NOW), AUTH_NEEDS_DATABASE);
}

static void test_recall__what_is_revoked_is_forgotten_at_once(void **state)
{
    struct bench *b = *state;
    char cookie[AUTH_SESSION_TEXT_SIZE];
    unsigned char digest[AUTH_DIGEST_SIZE];
    struct actor actor;
    auth_session_new(cookie, digest);
    /* The session and a token of it. */
    auth_remember(b->auth, digest, digest, &b->actor, NOW, NOW + 3600 * SECOND, auth_generation(b->auth));
    auth_remember(b->auth, b->digest, digest, &b->actor, NOW, NOW + 600 * SECOND, auth_generation(b->auth));
    assert_int_equal(recall(b, NOW), AUTH_OK);
    assert_int_equal(auth_recall(b->auth, NULL, cookie, NOW, &actor, &b->err), AUTH_OK);
    auth_forget(b->auth, b->owner);
    assert_int_equal(recall(b, NOW), AUTH_OK);
    auth_forget(b->auth, digest);
    assert_int_equal(recall(b, NOW), AUTH_NEEDS_DATABASE);
    assert_int_equal(auth_recall(b->auth, NULL, cookie, NOW, &actor, &b->err), AUTH_NEEDS_DATABASE);
}

static void test_recall__whose_rights_changed_is_asked_about_anew(void **state)
{
    struct bench *b = *state;
    const uint64_t before = auth_generation(b->auth), who = auth_who(b->actor.principal);
    remember(b, NOW);
    auth_forget_principal(b->auth, "client:22");
    assert_int_equal(recall(b, NOW), AUTH_OK);
    assert_int_not_equal(who, auth_who("client:22"));
    assert_false(auth_changed(b->auth, who, before));
    assert_true(auth_changed(b->auth, auth_who("client:22"), before));
    auth_forget_principal(b->auth, b->actor.principal);
    assert_int_equal(recall(b, NOW), AUTH_NEEDS_DATABASE);
    assert_true(auth_changed(b->auth, who, before));
    assert_false(auth_changed(b->auth, who, auth_generation(b->auth)));
    /* Whoever had read it before that comes too late. */
    auth_remember(b->auth, b->digest, b->owner, &b->actor, NOW, NOW + 600 * SECOND, before);
    assert_int_equal(recall(b, NOW), AUTH_NEEDS_DATABASE);
    remember(b, NOW);
    assert_int_equal(recall(b, NOW), AUTH_OK);
}

static void test_recall__memory_counts_for_nothing_while_nothing_is_heard(void **state)
{
    struct bench *b = *state;
    remember(b, NOW);
    assert_int_equal(recall(b, NOW), AUTH_OK);
    auth_trust(b->auth, clock_monotonic());
    assert_int_equal(recall(b, NOW), AUTH_NEEDS_DATABASE);
    auth_trust(b->auth, clock_monotonic() + 3600 * SECOND);
    assert_int_equal(recall(b, NOW), AUTH_OK);
}

static void test_recall__cookies_of_another_form_are_refused(void **state)
{
    static const char *const cookies[] = {"",
                                          "x",
                                          "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",   /* 42 */
                                          "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", /* 44 */
                                          "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB",  /* idle bits */
                                          "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+/",
                                          "' OR 1=1 --",
                                          "../../../../../../../../../../../etc/passwd"};
    struct bench *b = *state;
    struct actor actor;
    for (size_t i = 0; i < sizeof cookies / sizeof cookies[0]; i++) {
        b->err.kind = ERROR_NONE;
        assert_int_equal(auth_recall(b->auth, NULL, cookies[i], NOW, &actor, &b->err), AUTH_REFUSED);
        assert_int_equal(b->err.kind, ERROR_UNAUTHENTICATED);
    }
}

static void test_recall__a_bearer_goes_before_a_cookie_and_other_schemes_are_nobody(void **state)
{
    struct bench *b = *state;
    struct actor actor;
    char cookie[AUTH_SESSION_TEXT_SIZE];
    unsigned char digest[AUTH_DIGEST_SIZE];
    auth_session_new(cookie, digest);
    auth_remember(b->auth, digest, digest, &b->actor, NOW, NOW + 3600 * SECOND, auth_generation(b->auth));
    assert_int_equal(auth_recall(b->auth, "Bearer nonsense", cookie, NOW, &actor, &b->err), AUTH_REFUSED);
    assert_int_equal(auth_recall(b->auth, "Bearer", cookie, NOW, &actor, &b->err), AUTH_REFUSED);
    assert_int_equal(auth_recall(b->auth, "bearer   ", cookie, NOW, &actor, &b->err), AUTH_REFUSED);
    assert_int_equal(auth_recall(b->auth, "Basic YTpi", cookie, NOW, &actor, &b->err), AUTH_OK);
    assert_int_equal(actor.role, ROLE_NONE);
    assert_int_equal(auth_recall(b->auth, "Bearerx y", NULL, NOW, &actor, &b->err), AUTH_OK);
    assert_int_equal(actor.role, ROLE_NONE);
    assert_int_equal(auth_recall(b->auth, NULL, NULL, NOW, &actor, &b->err), AUTH_OK);
    assert_int_equal(actor.role, ROLE_NONE);
    assert_int_equal(actor.n_bodies, 0);
}

static void test_cache__is_bounded(void **state)
{
    struct bench *b = *state;
    struct actor actor;
    size_t found = 0;
    enum { MANY = 3 * ACTOR_CACHE_ENTRIES };
    for (uint64_t i = 0; i < MANY; i++) {
        unsigned char digest[AUTH_DIGEST_SIZE];
        auth_digest(&i, sizeof i, digest);
        auth_remember(b->auth, digest, digest, &b->actor, NOW + (int64_t)i, NOW + 600 * SECOND,
                      auth_generation(b->auth));
        assert_true(actor_cache_find(b->auth->cache, digest, NOW + (int64_t)i, &actor));
    }
    for (uint64_t i = 0; i < MANY; i++) {
        unsigned char digest[AUTH_DIGEST_SIZE];
        auth_digest(&i, sizeof i, digest);
        found += actor_cache_find(b->auth->cache, digest, NOW + MANY, &actor);
    }
    assert_true(found <= ACTOR_CACHE_ENTRIES);
    assert_true(found > ACTOR_CACHE_ENTRIES / 2);
}

/* ---- keys ---- */

static void test_keys__an_old_key_verifies_until_its_tokens_are_dead(void **state)
{
    struct bench *b = *state;
    struct auth_key keys[2];
    struct auth_claims claims = {
        .client_id = 3, .role = ROLE_INTEGRATION, .scopes = 1, .version = "AAAAAAAAAAAAAAAAAAAAAA"};
    char old[AUTH_TOKEN_SIZE], new[AUTH_TOKEN_SIZE];
    int64_t day = AUTH_KEY_SIGN_SECONDS * SECOND;
    assert_true(auth_key_new(b->auth, NOW, NOW, &keys[0]));
    assert_true(auth_key_new(b->auth, NOW + day - AUTH_KEY_AHEAD_SECONDS * SECOND, NOW + day, &keys[1]));
    assert_int_equal(auth_keys_load(b->auth, keys, 2), 2);
    assert_int_equal(auth_keys_last(b->auth), NOW + 2 * day);

    int64_t last_second = NOW + day - SECOND;
    assert_true(auth_token_issue(b->auth, &claims, last_second, old));
    assert_true(auth_token_issue(b->auth, &claims, NOW + day, new));
    assert_int_equal(strncmp(old, new, 60) == 0, 0); /* the headers name two keys */
    assert_int_equal(auth_token_verify(b->auth, old, last_second + 599 * SECOND, &claims), AUTH_TOKEN_GOOD);
    assert_int_equal(auth_token_verify(b->auth, old, last_second + 600 * SECOND, &claims), AUTH_TOKEN_EXPIRED);
    assert_int_equal(auth_token_verify(b->auth, old, keys[0].verifies_until, &claims), AUTH_TOKEN_UNKNOWN_KEY);
    assert_int_equal(auth_token_verify(b->auth, new, NOW + day, &claims), AUTH_TOKEN_GOOD);
    assert_false(auth_keys_sign(b->auth, NOW + 2 * day));
}

static void test_keys__what_another_secret_sealed_does_not_open(void **state)
{
    struct bench *b = *state;
    struct auth_key key;
    struct auth_settings settings = {.secret = (const unsigned char *)"a different secret of 32 bytes..",
                                     .secret_length = 32,
                                     .issuer = FORGE_ISSUER};
    struct auth *other = auth_new(&settings);
    assert_true(auth_key_new(other, NOW, NOW, &key));
    assert_int_equal(auth_keys_load(b->auth, &key, 1), 0);
    assert_false(auth_keys_sign(b->auth, NOW));
    assert_int_equal(auth_keys_load(other, &key, 1), 1);
    auth_free(other);
}

static void test_keys__an_altered_row_does_not_open(void **state)
{
    struct bench *b = *state;
    struct auth_key key, altered;
    assert_true(auth_key_new(b->auth, NOW, NOW, &key));
    for (size_t i = 0; i < key.sealed_length; i += 61) {
        altered = key;
        altered.sealed[i] ^= 1;
        assert_int_equal(auth_keys_load(b->auth, &altered, 1), 0);
    }
    altered = key; /* another name for it: it could stand for a key that was withdrawn */
    altered.kid[0] = altered.kid[0] == 'A' ? 'B' : 'A';
    assert_int_equal(auth_keys_load(b->auth, &altered, 1), 0);
    altered = key;
    altered.sealed_length = 10;
    assert_int_equal(auth_keys_load(b->auth, &altered, 1), 0);
    assert_int_equal(auth_keys_load(b->auth, &key, 1), 1);
}

static void test_keys__jwks_shows_public_parts_of_living_keys_only(void **state)
{
    struct bench *b = *state;
    struct auth_key keys[2];
    assert_true(auth_key_new(b->auth, NOW, NOW, &keys[0]));
    assert_true(auth_key_new(b->auth, NOW, NOW + AUTH_KEY_SIGN_SECONDS * SECOND, &keys[1]));
    auth_keys_load(b->auth, keys, 2);
    const char *text = auth_keys_jwks(b->auth, b->arena, NOW);
    json_t *set = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(set);
    assert_int_equal(json_array_size(json_object_get(set, "keys")), 2);
    assert_null(strstr(text, "\"d\""));
    assert_non_null(strstr(text, keys[0].kid));
    json_decref(set);
    text = auth_keys_jwks(b->auth, b->arena, keys[0].verifies_until);
    assert_null(strstr(text, keys[0].kid));
    assert_non_null(strstr(text, keys[1].kid));
    assert_string_equal(auth_keys_jwks(b->auth, b->arena, keys[1].verifies_until), "{\"keys\":[]}");
}

static void test_keys__unknown_ones_are_looked_up_once_a_second_at_most(void **state)
{
    struct bench *b = *state;
    struct auth_key key;
    assert_true(auth_key_new(b->auth, NOW, NOW, &key));
    auth_keys_load(b->auth, &key, 1);
    assert_false(auth_keys_reload_begin(b->auth));
    auth_keys_reload_end(b->auth);
    b->auth->ring.reloaded_at -= SECOND;
    assert_true(auth_keys_reload_begin(b->auth));
    auth_keys_load(b->auth, &key, 1);
    auth_keys_reload_end(b->auth);
    assert_false(auth_keys_reload_begin(b->auth));
    auth_keys_reload_end(b->auth);
}

static void test_auth__does_not_start_without_a_secret_or_an_issuer(void **state)
{
    (void)state;
    assert_null(auth_new(&(struct auth_settings){.issuer = FORGE_ISSUER}));
    assert_null(auth_new(&(struct auth_settings){.secret = forge_secret, .secret_length = 31, .issuer = FORGE_ISSUER}));
    assert_null(auth_new(&(struct auth_settings){.secret = forge_secret, .secret_length = 32}));
    assert_null(auth_new(&(struct auth_settings){.secret = forge_secret, .secret_length = 32, .issuer = "/"}));
    auth_free(NULL);
}

/* ---- many threads ---- */

static void *hammer(void *context)
{
    struct bench *b = context;
    struct arena *arena = arena_new(1024);
    struct error err = {.arena = arena, .language = TEXT_EN};
    struct actor actor;
    for (int i = 0; i < 2000; i++) {
        int64_t now = NOW + i % 40 * SECOND;
        if (auth_recall(b->auth, b->bearer, NULL, now, &actor, &err) == AUTH_NEEDS_DATABASE)
            auth_remember(b->auth, b->digest, b->owner, &b->actor, now, NOW + 600 * SECOND, auth_generation(b->auth));
        if (i % 500 == 0)
            auth_forget(b->auth, b->owner);
        if (i % 100 == 0)
            (void)auth_keys_jwks(b->auth, arena, now);
    }
    arena_free(arena);
    return NULL;
}

static void test_recall__threads_do_not_disturb_each_other(void **state)
{
    pthread_t threads[4];
    struct bench *b = *state;
    struct auth_key key;
    assert_true(auth_key_new(b->auth, NOW, NOW, &key));
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, hammer, b), 0);
    for (int i = 0; i < 20; i++)
        auth_keys_load(b->auth, &key, 1);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
}

/* ---- the small crypto ---- */

static void test_crypto__ids_are_uuid7_in_order(void **state)
{
    (void)state;
    char last[37] = "", id[37];
    for (int64_t i = 0; i < 1000; i++) {
        auth_uuid7(NOW + i, id);
        assert_int_equal(strlen(id), 36);
        assert_int_equal(id[14], '7');
        assert_non_null(strchr("89ab", id[19]));
        assert_true(strncmp(last, id, 18) <= 0);
        memcpy(last, id, sizeof last);
    }
}

static void test_crypto__base64url_is_strict(void **state)
{
    (void)state;
    unsigned char bytes[8];
    size_t length = 0;
    char text[16];
    assert_int_equal(auth_base64url(text, sizeof text, "\xfb\xff\x00", 3), 4);
    assert_string_equal(text, "-_8A");
    assert_int_equal(auth_base64url(text, 4, "\xfb\xff\x00", 3), 0);
    assert_true(auth_base64url_decode(bytes, sizeof bytes, &length, "-_8A"));
    assert_int_equal(length, 3);
    assert_memory_equal(bytes, "\xfb\xff\x00", 3);
    static const char *const bad[] = {"+/8A", "-_8A=", "-_8A\n", " -_8A", "A", "AB", "-_8=", "AAAAAAAAAAAAAAAA"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(auth_base64url_decode(bytes, sizeof bytes, &length, bad[i]));
}

static void test_crypto__macs_depend_on_secret_and_message(void **state)
{
    struct bench *b = *state;
    unsigned char first[16], second[16];
    struct auth *other =
        auth_new(&(struct auth_settings){.secret = (const unsigned char *)"a different secret of 32 bytes..",
                                         .secret_length = 32,
                                         .issuer = FORGE_ISSUER});
    auth_mac(b->auth, "cursor", 6, first);
    auth_mac(b->auth, "cursor", 6, second);
    assert_true(auth_mac_equal(first, second));
    auth_mac(b->auth, "cursos", 6, second);
    assert_false(auth_mac_equal(first, second));
    auth_mac(other, "cursor", 6, second);
    assert_false(auth_mac_equal(first, second));
    auth_free(other);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_recall__a_token_is_known_once_remembered),
        TEST(test_recall__nothing_lives_longer_than_thirty_seconds_unchecked),
        TEST(test_recall__one_caller_checks_early_while_the_others_go_on),
        TEST(test_recall__an_entry_ends_with_its_token),
        TEST(test_recall__a_clock_set_back_asks_again),
        TEST(test_recall__what_is_revoked_is_forgotten_at_once),
        TEST(test_recall__whose_rights_changed_is_asked_about_anew),
        TEST(test_recall__memory_counts_for_nothing_while_nothing_is_heard),
        TEST(test_recall__cookies_of_another_form_are_refused),
        TEST(test_recall__a_bearer_goes_before_a_cookie_and_other_schemes_are_nobody),
        TEST(test_cache__is_bounded),
        TEST(test_keys__an_old_key_verifies_until_its_tokens_are_dead),
        TEST(test_keys__what_another_secret_sealed_does_not_open),
        TEST(test_keys__an_altered_row_does_not_open),
        TEST(test_keys__jwks_shows_public_parts_of_living_keys_only),
        TEST(test_keys__unknown_ones_are_looked_up_once_a_second_at_most),
        TEST(test_auth__does_not_start_without_a_secret_or_an_issuer),
        TEST(test_recall__threads_do_not_disturb_each_other),
        TEST(test_crypto__ids_are_uuid7_in_order),
        TEST(test_crypto__base64url_is_strict),
        TEST(test_crypto__macs_depend_on_secret_and_message),
    };
    return cmocka_run_group_tests_name("auth_cache", tests, NULL, NULL);
}
