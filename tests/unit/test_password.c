/* Passwords, client secrets, HTTP Basic, and the side queue of hashing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "auth/auth_internal.h"
#include "auth/basic.h"
#include "auth/credentials.h"

static void test_password__the_right_one_is_taken_and_no_other(void **state)
{
    (void)state;
    char hash[AUTH_PASSWORD_HASH_SIZE];
    assert_true(auth_password_hash("Pa de pagès 7", hash));
    assert_int_equal(strncmp(hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31), 0);
    assert_true(auth_password_verify(hash, "Pa de pagès 7"));
    assert_false(auth_password_verify(hash, "Pa de pages 7"));
    assert_false(auth_password_verify(hash, "Pa de pagès 7 "));
    assert_false(auth_password_verify(hash, ""));
}

static void test_password__two_hashes_of_one_password_differ(void **state)
{
    (void)state;
    char first[AUTH_PASSWORD_HASH_SIZE], second[AUTH_PASSWORD_HASH_SIZE];
    assert_true(auth_password_hash("the same", first));
    assert_true(auth_password_hash("the same", second));
    assert_string_not_equal(first, second);
}

static void test_password__nobody_has_no_password(void **state)
{
    (void)state;
    assert_false(auth_password_verify(NULL, ""));
    assert_false(auth_password_verify(NULL, "x"));
    assert_false(auth_password_verify("", "x"));
    assert_false(auth_password_verify("$argon2id$v=19$m=19456,t=2,p=1$broken", "x"));
}

static void test_password__a_long_one_is_refused_before_hashing(void **state)
{
    (void)state;
    char hash[AUTH_PASSWORD_HASH_SIZE], password[AUTH_PASSWORD_MAX + 2];
    memset(password, 'a', sizeof password);
    password[AUTH_PASSWORD_MAX + 1] = '\0';
    assert_false(auth_password_hash(password, hash));
    password[AUTH_PASSWORD_MAX] = '\0';
    assert_true(auth_password_hash(password, hash));
    assert_true(auth_password_verify(hash, password));
    password[AUTH_PASSWORD_MAX] = 'a';
    assert_false(auth_password_verify(hash, password));
}

static void test_password__new_ones_can_be_read_out(void **state)
{
    (void)state;
    char password[AUTH_PASSWORD_SIZE], other[AUTH_PASSWORD_SIZE];
    assert_true(auth_password_new(password, sizeof password));
    assert_true(auth_password_new(other, sizeof other));
    assert_int_equal(strlen(password), 29);
    for (int i = 0; i < 29; i++)
        assert_true(i % 6 == 5 ? password[i] == '-' : strchr("0123456789abcdefghjkmnpqrstvwxyz", password[i]) != NULL);
    assert_string_not_equal(password, other);
    assert_false(auth_password_new(password, AUTH_PASSWORD_SIZE - 1));
}

static void test_secret__has_its_form_and_its_crc(void **state)
{
    (void)state;
    char secret[AUTH_CLIENT_SECRET_SIZE], other[AUTH_CLIENT_SECRET_SIZE];
    for (int i = 0; i < 100; i++) {
        assert_true(auth_client_secret_new(secret, sizeof secret));
        assert_int_equal(strlen(secret), 58);
        assert_int_equal(strncmp(secret, "oam_live_", 9), 0);
        assert_true(auth_client_secret_well_formed(secret));
        memcpy(other, secret, sizeof other);
        other[9 + i % 49] = other[9 + i % 49] == 'x' ? 'y' : 'x';
        assert_false(auth_client_secret_well_formed(other));
    }
    assert_false(auth_client_secret_new(secret, AUTH_CLIENT_SECRET_SIZE - 1));
    assert_false(auth_client_secret_well_formed(""));
    assert_false(auth_client_secret_well_formed("oam_live_"));
}

static void test_secret__is_compared_by_its_hash(void **state)
{
    (void)state;
    char secret[AUTH_CLIENT_SECRET_SIZE];
    unsigned char hash[AUTH_DIGEST_SIZE], nothing[AUTH_DIGEST_SIZE] = {0};
    assert_true(auth_client_secret_new(secret, sizeof secret));
    auth_client_secret_hash(secret, hash);
    assert_true(auth_client_secret_verify(hash, secret));
    assert_false(auth_client_secret_verify(hash, "oam_live_other"));
    assert_false(auth_client_secret_verify(nothing, secret));
    assert_false(auth_client_secret_verify(NULL, secret));
}

static void test_basic__is_read_as_oauth_says(void **state)
{
    static const struct {
        const char *header, *id, *secret;
    } cases[] = {
        {"Basic YTpi", "a", "b"},        {"basic   YTpi", "a", "b"},
        {"Basic YTpiOmM=", "a", "b:c"},  {"Basic YSUzQWI6Yys=", "a:b", "c "},
        {"Basic Og==", "", ""},          {"Basic YQ==", NULL, NULL}, /* no colon */
        {"Basic YTpi=", NULL, NULL},                                 /* padding too much */
        {"Basic YTpiOmM", NULL, NULL},                               /* padding too little */
        {"Basic YTpi YTpi", NULL, NULL}, {"Basic YToA", NULL, NULL}, /* NUL inside */
        {"Basic YTolMDA=", NULL, NULL},                              /* %00 */
        {"Basic YTolZg==", NULL, NULL},                              /* %f */
        {"Basic ", NULL, NULL},          {"Basic", NULL, NULL},
        {"Basically YTpi", NULL, NULL},  {"Bearer YTpi", NULL, NULL},
    };
    struct arena *arena = arena_new(1024);
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *id = NULL, *secret = NULL;
        bool read = auth_basic_parse(arena, cases[i].header, &id, &secret);
        if (read != (cases[i].id != NULL))
            fail_msg("%s", cases[i].header);
        if (read) {
            assert_string_equal(id, cases[i].id);
            assert_string_equal(secret, cases[i].secret);
        }
    }
    assert_false(auth_basic_is(NULL));
    arena_free(arena);
}

/* ---- the side queue ---- */

struct crowd {
    struct auth *auth;
    atomic_int hashed, sent_home;
};

static void *log_in(void *context)
{
    struct crowd *crowd = context;
    struct arena *arena = arena_new(1024);
    struct error err = {.arena = arena, .language = TEXT_EN};
    bool matches = true;
    if (auth_password_check(crowd->auth, NULL, "guess", &matches, &err)) {
        assert_false(matches);
        atomic_fetch_add(&crowd->hashed, 1);
    } else {
        assert_int_equal(err.kind, ERROR_OVERLOADED);
        assert_true(err.retry_after_s > 0);
        atomic_fetch_add(&crowd->sent_home, 1);
    }
    arena_free(arena);
    return NULL;
}

static void test_gate__a_crowd_is_let_in_up_to_the_line_and_the_rest_sent_home(void **state)
{
    enum { CROWD = 24, THREADS = 5 };
    static const unsigned char secret[32] = "another secret of 32 bytes.....";
    pthread_t threads[CROWD];
    (void)state;
    struct crowd crowd = {.auth = auth_new(&(struct auth_settings){.secret = secret,
                                                                   .secret_length = sizeof secret,
                                                                   .issuer = "http://oam.test",
                                                                   .hash_threads_max = THREADS})};
    assert_non_null(crowd.auth);
    const int line = THREADS - crowd.auth->gate.slots; /* who hashes counts too: a thread is a thread */
    /* The slots are taken by us, so that what happens to the crowd does not depend on how fast anybody is. */
    crowd.auth->gate.running = crowd.auth->gate.slots;
    for (int i = 0; i < CROWD; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, log_in, &crowd), 0);
    while (atomic_load(&crowd.sent_home) < CROWD - line)
        sched_yield();
    assert_int_equal(atomic_load(&crowd.hashed), 0);
    pthread_mutex_lock(&crowd.auth->gate.lock);
    assert_int_equal(crowd.auth->gate.waiting, line);
    crowd.auth->gate.running = 0;
    pthread_cond_broadcast(&crowd.auth->gate.freed);
    pthread_mutex_unlock(&crowd.auth->gate.lock);
    for (int i = 0; i < CROWD; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&crowd.hashed), line);
    assert_int_equal(crowd.auth->gate.running, 0);
    assert_int_equal(crowd.auth->gate.waiting, 0);
    auth_free(crowd.auth);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_password__the_right_one_is_taken_and_no_other),
        cmocka_unit_test(test_password__two_hashes_of_one_password_differ),
        cmocka_unit_test(test_password__nobody_has_no_password),
        cmocka_unit_test(test_password__a_long_one_is_refused_before_hashing),
        cmocka_unit_test(test_password__new_ones_can_be_read_out),
        cmocka_unit_test(test_secret__has_its_form_and_its_crc),
        cmocka_unit_test(test_secret__is_compared_by_its_hash),
        cmocka_unit_test(test_basic__is_read_as_oauth_says),
        cmocka_unit_test(test_gate__a_crowd_is_let_in_up_to_the_line_and_the_rest_sent_home),
    };
    return cmocka_run_group_tests_name("password", tests, NULL, NULL);
}
