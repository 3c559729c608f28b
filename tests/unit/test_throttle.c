/* Guessing is slowed down, for the one who is guessed and for the one who guesses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <string.h>
#include <cmocka.h>

#include "auth/auth_internal.h"

#define SECOND   1000000LL
#define NOW      1790000000000000LL
#define ATTEMPTS 3

static const unsigned char anna[THROTTLE_SUBJECT_SIZE] = "anna", berta[THROTTLE_SUBJECT_SIZE] = "berta";

static int set_up(void **state)
{
    *state = throttle_new(ATTEMPTS);
    return 0;
}

static int tear_down(void **state)
{
    throttle_free(*state);
    return 0;
}

static void fail_often(struct throttle *throttle, const unsigned char *subject, int64_t now)
{
    for (int i = 0; i < ATTEMPTS; i++)
        assert_int_equal(throttle_reserve(throttle, subject, now), 0);
}

static void test_throttle__blocks_after_the_allowed_failures_and_says_for_how_long(void **state)
{
    fail_often(*state, anna, NOW);
    assert_int_equal(throttle_reserve(*state, anna, NOW), THROTTLE_WINDOW_SECONDS);
    assert_int_equal(throttle_reserve(*state, anna, NOW + 60 * SECOND), THROTTLE_WINDOW_SECONDS - 60);
    assert_int_equal(throttle_reserve(*state, anna, NOW + THROTTLE_WINDOW_SECONDS * SECOND - 1), 1);
}

static void test_throttle__opens_again_after_the_window(void **state)
{
    int64_t later = NOW + THROTTLE_WINDOW_SECONDS * SECOND;
    fail_often(*state, anna, NOW);
    fail_often(*state, anna, later);
    assert_int_not_equal(throttle_reserve(*state, anna, later), 0);
}

static void test_throttle__others_are_not_touched(void **state)
{
    fail_often(*state, anna, NOW);
    fail_often(*state, berta, NOW);
    assert_int_not_equal(throttle_reserve(*state, anna, NOW), 0);
}

static void test_throttle__a_success_is_no_failure(void **state)
{
    for (int i = 0; i < 10 * ATTEMPTS; i++) {
        assert_int_equal(throttle_reserve(*state, anna, NOW), 0);
        throttle_release(*state, anna);
    }
    fail_often(*state, anna, NOW);
    throttle_clear(*state, anna);
    fail_often(*state, anna, NOW);
}

static void test_throttle__what_other_processes_saw_blocks_here(void **state)
{
    assert_int_equal(throttle_reserve(*state, anna, NOW), 0);
    throttle_block(*state, anna, NOW + 100 * SECOND);
    assert_int_equal(throttle_reserve(*state, anna, NOW), 100);
    assert_int_equal(throttle_reserve(*state, anna, NOW + 100 * SECOND), 0);
}

static void test_throttle__a_flood_of_names_keeps_it_bounded(void **state)
{
    for (uint32_t i = 0; i < 100000; i++) {
        unsigned char subject[THROTTLE_SUBJECT_SIZE] = {0};
        uint32_t mixed = i * 2654435761u;
        memcpy(subject, &mixed, sizeof mixed);
        memcpy(subject + 4, &i, sizeof i);
        assert_int_equal(throttle_reserve(*state, subject, NOW + (int64_t)i), 0);
    }
}

static void *guess(void *context)
{
    for (int i = 0; i < 1000; i++)
        if (throttle_reserve(context, anna, NOW) == 0)
            return (void *)1;
    return NULL;
}

/* Guesses at the same moment are counted before their outcome is known. */
static void test_throttle__parallel_guesses_get_no_more(void **state)
{
    pthread_t threads[8];
    size_t let_in = 0;
    for (int i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, guess, *state), 0);
    for (int i = 0; i < 8; i++) {
        void *result = NULL;
        pthread_join(threads[i], &result);
        let_in += result != NULL;
    }
    assert_int_equal(let_in, ATTEMPTS);
}

static void test_subject__is_a_keyed_hash_that_ignores_case(void **state)
{
    (void)state;
    static const unsigned char secret[32] = "a secret of thirty-two bytes...";
    struct auth *auth =
        auth_new(&(struct auth_settings){.secret = secret, .secret_length = 32, .issuer = "http://oam.test"});
    unsigned char first[THROTTLE_SUBJECT_SIZE], second[THROTTLE_SUBJECT_SIZE];
    auth_subject(auth, AUTH_SUBJECT_LOGIN, "Anna.Puig", first);
    auth_subject(auth, AUTH_SUBJECT_LOGIN, "anna.puig", second);
    assert_memory_equal(first, second, sizeof first);
    auth_subject(auth, AUTH_SUBJECT_ADDRESS, "anna.puig", second);
    assert_memory_not_equal(first, second, sizeof first);
    auth_subject(auth, AUTH_SUBJECT_LOGIN, "anna.puib", second);
    assert_memory_not_equal(first, second, sizeof first);
    char endless[2000];
    memset(endless, 'a', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    auth_subject(auth, AUTH_SUBJECT_LOGIN, endless, second);
    auth_free(auth);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_throttle__blocks_after_the_allowed_failures_and_says_for_how_long),
        TEST(test_throttle__opens_again_after_the_window),
        TEST(test_throttle__others_are_not_touched),
        TEST(test_throttle__a_success_is_no_failure),
        TEST(test_throttle__what_other_processes_saw_blocks_here),
        TEST(test_throttle__a_flood_of_names_keeps_it_bounded),
        TEST(test_throttle__parallel_guesses_get_no_more),
        TEST(test_subject__is_a_keyed_hash_that_ignores_case),
    };
    return cmocka_run_group_tests_name("throttle", tests, NULL, NULL);
}
