/* The connection under a transaction: what is noticed, what is repeated, what is given up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/statements.h"

#define IDLE_US 60000 /* a connection that answered in the last 50 ms is not looked at */

static void test_connection__closed_while_idle_is_not_noticed_by_the_caller(void **state)
{
    (void)state;
    for (int kind = TX_READ; kind <= TX_WRITE; kind++) {
        const int pid = backend_pid();
        terminate_backend(pid);
        usleep(IDLE_US);
        struct tx tx;
        assert_true(tx_begin(&tx, store, (enum tx_kind)kind, NULL, arena, &err));
        tx_query(&tx, Q(COUNT), NULL, 0, NULL);
        assert_true(kind == TX_READ ? tx_flush(&tx) : tx_commit(&tx));
        assert_int_not_equal(backend_pid(), pid);
    }
}

static void test_connection__closed_between_begin_and_flush_is_repeated(void **state)
{
    (void)state;
    const int pid = backend_pid();
    struct tx tx;
    assert_true(tx_begin(&tx, store, TX_WRITE, NULL, arena, &err));
    tx_run(&tx, Q(INSERT), NULL, param_number(1));
    terminate_backend(pid);
    assert_true(tx_flush(&tx));
    assert_true(tx_commit(&tx));
    assert_int_equal(count_rows(), 1);
}

static void test_connection__closed_before_the_rollback_is_nobodys_failure(void **state)
{
    (void)state;
    const int pid = backend_pid();
    struct tx tx;
    assert_true(tx_begin(&tx, store, TX_WRITE, NULL, arena, &err));
    tx_run(&tx, Q(INSERT), NULL, param_number(1));
    assert_true(tx_flush(&tx));
    terminate_backend(pid);
    tx_end(&tx); /* what the server says to it, it says to nobody */
    assert_int_equal(err.kind, ERROR_NONE);
    assert_int_equal(count_rows(), 0);
}

static void test_connection__closed_inside_a_transaction_is_unavailable(void **state)
{
    (void)state;
    const int pid = backend_pid();
    tx_auto struct tx tx = {.store = NULL};
    assert_true(tx_begin(&tx, store, TX_WRITE, NULL, arena, &err));
    tx_run(&tx, Q(INSERT), NULL, param_number(1));
    assert_true(tx_flush(&tx));
    terminate_backend(pid);
    tx_run(&tx, Q(INSERT), NULL, param_number(2));
    assert_false(tx_commit(&tx));
    assert_int_equal(err.kind, ERROR_UNAVAILABLE);
    assert_int_equal(err.retry_after_s, 1);
    tx_end(&tx);
    assert_int_equal(count_rows(), 0);
}

static void *terminate_soon(void *pid)
{
    usleep(200000);
    terminate_backend(*(int *)pid);
    return NULL;
}

static void test_connection__closed_during_a_commit_is_not_repeated(void **state)
{
    (void)state;
    int pid = backend_pid();
    pthread_t thread;
    struct tx tx;
    assert_true(tx_begin(&tx, store, TX_WRITE, NULL, arena, &err));
    tx_run(&tx, Q(INSERT_SLOWLY), NULL, param_number(1));
    pthread_create(&thread, NULL, terminate_soon, &pid);
    const bool committed = tx_commit(&tx);
    pthread_join(thread, NULL);
    /* Ended by the server's word, so the transaction is known to be undone: repeated, or told; never half. */
    assert_true(committed ? count_rows() == 1 : err.kind == ERROR_UNAVAILABLE && count_rows() == 0);
}

static void test_connection__to_a_frozen_server_is_given_up(void **state)
{
    (void)state;
    store_free(store);
    store = open_store(300);
    const int pid = backend_pid();
    if (kill(pid, SIGSTOP) != 0)
        skip(); /* another user's server */
    const int64_t began = clock_monotonic();
    struct tx tx;
    struct error own = {.arena = arena};
    assert_true(tx_begin(&tx, store, TX_WRITE, NULL, arena, &own));
    tx_run(&tx, Q(INSERT), NULL, param_number(1));
    const bool committed = tx_commit(&tx);
    const int64_t took = clock_monotonic() - began;
    kill(pid, SIGCONT);
    assert_false(committed);
    assert_int_equal(own.kind, ERROR_UNAVAILABLE);
    assert_true(took < 2500000);
    assert_true(store_ping(store, &err));
}

static void test_server__that_is_not_there_fails_fast_and_backs_off(void **state)
{
    (void)state;
    struct store *nowhere =
        store_new(&(struct store_settings){.url = "host=/nonexistent dbname=x", .statement_timeout_ms = 1000});
    const int64_t began = clock_monotonic();
    for (int i = 0; i < 1000; i++) {
        struct error own = {.arena = arena};
        struct tx tx;
        assert_false(tx_begin(&tx, nowhere, TX_READ, NULL, arena, &own));
        assert_int_equal(own.kind, ERROR_UNAVAILABLE);
        assert_false(tx_flush(&tx));
        tx_end(&tx);
    }
    assert_true(clock_monotonic() - began < 1000000);
    struct error own = {.arena = arena};
    assert_false(store_ping(nowhere, &own));
    store_free(nowhere);
    store_free(NULL);
}

static void test_role__is_taken_at_connect_or_there_is_no_session(void **state)
{
    (void)state;
    struct store *wrong =
        store_new(&(struct store_settings){.url = url, .role = "no_such_role", .statement_timeout_ms = 1000});
    assert_false(store_ping(wrong, &err));
    assert_int_equal(err.kind, ERROR_UNAVAILABLE);
    store_free(wrong);
}

int main(void)
{
    if (!database_server())
        return 77;
    if (!database_new(url))
        return 1;
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        TEST(connection__closed_while_idle_is_not_noticed_by_the_caller),
        TEST(connection__closed_between_begin_and_flush_is_repeated),
        TEST(connection__closed_before_the_rollback_is_nobodys_failure),
        TEST(connection__closed_inside_a_transaction_is_unavailable),
        TEST(connection__closed_during_a_commit_is_not_repeated),
        TEST(connection__to_a_frozen_server_is_given_up),
        TEST(server__that_is_not_there_fails_fast_and_backs_off),
        TEST(role__is_taken_at_connect_or_there_is_no_session),
    };
    return cmocka_run_group_tests_name("connection", tests, NULL, NULL);
}
