#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/bell.h"

#define LONG_MS 60000

static bool can_be_read(const struct bell *bell)
{
    struct pollfd ear = {.fd = bell_descriptor(bell), .events = POLLIN};
    return poll(&ear, 1, 0) == 1;
}

static void test_a_ring_while_nobody_sleeps__is_heard_once(void **state)
{
    struct bell *bell = bell_new();
    (void)state;
    assert_false(bell_wait(bell, 0));
    assert_false(can_be_read(bell));
    for (int i = 0; i < 3; i++)
        bell_ring(bell);
    assert_true(can_be_read(bell));
    assert_true(bell_wait(bell, LONG_MS));
    assert_false(can_be_read(bell));
    assert_false(bell_wait(bell, 1));
    bell_ring(bell);
    assert_true(bell_wait(bell, LONG_MS));
    bell_free(bell);
    bell_ring(NULL);
    bell_free(NULL);
}

/* Whoever rings has done something before, which who is woken has to see: the last of all included. */
struct hall {
    struct bell *bell;
    atomic_int done;
};
#define RINGERS 4
#define RINGS   20000

static void *ring(void *data)
{
    struct hall *hall = data;
    for (int i = 0; i < RINGS; i++) {
        (void)atomic_fetch_add(&hall->done, 1);
        bell_ring(hall->bell);
    }
    return NULL;
}

static void test_whatever_was_rung_for__is_seen_by_who_is_woken(void **state)
{
    struct hall hall = {.bell = bell_new()};
    pthread_t ringers[RINGERS];
    (void)state;
    for (size_t i = 0; i < RINGERS; i++)
        assert_int_equal(pthread_create(&ringers[i], NULL, ring, &hall), 0);
    while (atomic_load(&hall.done) < RINGERS * RINGS)
        assert_true(bell_wait(hall.bell, LONG_MS));
    for (size_t i = 0; i < RINGERS; i++)
        pthread_join(ringers[i], NULL);
    bell_free(hall.bell);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_ring_while_nobody_sleeps__is_heard_once),
        cmocka_unit_test(test_whatever_was_rung_for__is_seen_by_who_is_woken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
