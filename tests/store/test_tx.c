/* Transactions, against a real server: what is sent together, what is atomic, what is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <signal.h>

#include "store/statements.h"

/* ---- what is read ---- */

static void test_read__returns_every_type(void **state)
{
    (void)state;
    struct tx tx;
    const struct rows *rows;
    const int64_t at = INT64_C(1732255535123456);
    assert_true(tx_begin(&tx, store, TX_READ, NULL, arena, &err));
    tx_run(&tx, Q(TYPES), &rows, param_number(-7), param_time(at), param_bool(true), param_text("l·l €"));
    assert_int_equal(rows_count(rows), 0); /* nothing was sent yet */
    assert_true(tx_flush(&tx));
    assert_int_equal(rows_count(rows), 1);
    assert_int_equal(rows_number(rows, 0, 0), -7);
    assert_string_equal(rows_text(rows, 0, 0), "-7");
    assert_int_equal(rows_number(rows, 0, 1), -7);
    assert_true(rows_time(rows, 0, 2) == at);
    assert_true(rows_bool(rows, 0, 3));
    assert_string_equal(rows_text(rows, 0, 4), "{\"a\": 1}");
    assert_string_equal(rows_text(rows, 0, 5), "{\"a\": 1}");
    assert_string_equal(rows_text(rows, 0, 6), "018f3c00-0000-7000-8000-00000000abcd");
    assert_string_equal(rows_text(rows, 0, 7), "2024-02-29");
    assert_null(rows_text(rows, 0, 8));
    assert_true(rows_null(rows, 0, 8));
    assert_string_equal(rows_text(rows, 0, 9), "l·l €");
    size_t length;
    assert_memory_equal(rows_bytes(rows, 0, 10, &length), "\0\xff", 2);
    assert_int_equal(length, 2);
    assert_true(rows_null(rows, 5, 0) && rows_null(rows, 0, 99)); /* beyond the edge is null, not a crash */
}

static void test_scope__is_the_actors_and_ends_with_the_transaction(void **state)
{
    (void)state;
    struct tx tx;
    const struct rows *rows;
    const struct actor actor = {.role = ROLE_SIGNER, .principal = "user:7", .n_bodies = 2, .bodies = {12, 15}};
    assert_true(tx_begin(&tx, store, TX_READ, &actor, arena, &err));
    tx_query(&tx, Q(SCOPE), NULL, 0, &rows);
    assert_true(tx_flush(&tx));
    assert_string_equal(rows_text(rows, 0, 0), "");
    assert_string_equal(rows_text(rows, 0, 1), "{12,15}");
    assert_string_equal(rows_text(rows, 0, 2), "");
    assert_string_equal(rows_text(rows, 0, 3), "user:7");
    /* Every flush of a read is its own transaction, in the same scope. */
    tx_query(&tx, Q(SCOPE), NULL, 0, &rows);
    assert_true(tx_flush(&tx));
    assert_string_equal(rows_text(rows, 0, 1), "{12,15}");
    tx_end(&tx);
    assert_true(tx_begin(&tx, store, TX_READ, NULL, arena, &err));
    tx_query(&tx, Q(SCOPE), NULL, 0, &rows);
    assert_true(tx_flush(&tx));
    for (int i = 0; i < 4; i++)
        assert_string_equal(rows_text(rows, 0, i), "");
    const struct actor staff = {.role = ROLE_OPERATOR, .principal = "user:1", .staff = true};
    assert_true(tx_begin(&tx, store, TX_WRITE, &staff, arena, &err));
    tx_query(&tx, Q(COUNT), NULL, 0, NULL);
    assert_true(tx_flush(&tx));
    tx_query(&tx, Q(SCOPE), NULL, 0, &rows); /* a write keeps its scope to the end */
    assert_true(tx_commit(&tx));
    assert_string_equal(rows_text(rows, 0, 0), "1");
}

/* ---- several reads in one round trip ---- */

static void ask_for_scope(struct tx *tx, const struct actor *actor, const struct rows **ret_rows, struct error *ret_err)
{
    assert_true(tx_begin(tx, store, TX_READ, actor, arena, ret_err));
    tx_query(tx, Q(SCOPE), NULL, 0, ret_rows);
}

static void test_together__each_has_its_own_scope(void **state)
{
    (void)state;
    const struct actor town = {.role = ROLE_SIGNER, .principal = "user:7", .n_bodies = 1, .bodies = {12}};
    const struct actor other = {.role = ROLE_SIGNER, .principal = "user:8", .n_bodies = 1, .bodies = {15}};
    const struct actor *const actors[] = {&town, &town, &other, NULL, &town};
    const char *const principals[] = {"user:7", "user:7", "user:8", "", "user:7"};
    const char *const bodies[] = {"{12}", "{12}", "{15}", "", "{12}"};
    struct tx reads[5];
    struct tx *together[5];
    const struct rows *rows[5];
    for (int i = 0; i < 5; i++) {
        ask_for_scope(&reads[i], actors[i], &rows[i], &err);
        together[i] = &reads[i];
    }
    assert_true(tx_flush_together(together, 5));
    for (int i = 0; i < 5; i++) {
        assert_true(tx_flush(&reads[i])); /* nothing is left to do */
        assert_string_equal(rows_text(rows[i], 0, 1), bodies[i]);
        assert_string_equal(rows_text(rows[i], 0, 3), principals[i]);
    }
}

static void test_together__one_that_fails_costs_the_others_nothing(void **state)
{
    (void)state;
    struct error errs[3] = {{.arena = arena}, {.arena = arena}, {.arena = arena}};
    const struct actor staff = {.role = ROLE_OPERATOR, .principal = "user:1", .staff = true};
    struct tx reads[3];
    struct tx *const together[] = {&reads[0], &reads[1], &reads[2]};
    const struct rows *rows[3];
    ask_for_scope(&reads[0], &staff, &rows[0], &errs[0]);
    assert_true(tx_begin(&reads[1], store, TX_READ, NULL, arena, &errs[1]));
    tx_run(&reads[1], Q(DIVIDE), &rows[1], param_number(0));
    ask_for_scope(&reads[2], NULL, &rows[2], &errs[2]);
    const int pid = backend_pid();
    assert_false(tx_flush_together(together, 3));
    for (int i = 0; i < 3; i++) {
        assert_false(error_is_set(&errs[i])); /* nothing was told, and nothing half-read is left */
        assert_int_equal(rows_count(rows[i]), 0);
    }
    assert_true(tx_flush(&reads[0]));
    assert_string_equal(rows_text(rows[0], 0, 3), "user:1");
    assert_false(tx_flush(&reads[1]));
    assert_int_equal(errs[1].kind, ERROR_INTERNAL);
    assert_true(tx_flush(&reads[2]));
    assert_string_equal(rows_text(rows[2], 0, 3), "");
    assert_int_equal(backend_pid(), pid); /* and the connection is the same */
}

static void test_together__a_server_gone_meanwhile_is_no_error(void **state)
{
    (void)state;
    struct tx reads[2];
    struct tx *const together[] = {&reads[0], &reads[1]};
    const struct rows *rows[2];
    kill(backend_pid(), SIGTERM);
    usleep(100000);
    for (int i = 0; i < 2; i++)
        ask_for_scope(&reads[i], NULL, &rows[i], &err);
    (void)tx_flush_together(together, 2);
    for (int i = 0; i < 2; i++) {
        assert_true(tx_flush(&reads[i]));
        assert_int_equal(rows_count(rows[i]), 1);
    }
    assert_false(error_is_set(&err));
}

static void test_session__has_its_limits(void **state)
{
    (void)state;
    struct tx tx;
    const struct rows *rows;
    assert_true(tx_begin(&tx, store, TX_READ, NULL, arena, &err));
    tx_query(&tx, Q(PID), NULL, 0, &rows);
    assert_true(tx_flush(&tx));
    assert_string_equal(rows_text(rows, 0, 1), "1s");
    assert_string_equal(rows_text(rows, 0, 2), "1s");
    assert_string_equal(rows_text(rows, 0, 3), "10s");
}

/* ---- what is written ---- */

static void test_write__without_commit_leaves_nothing(void **state)
{
    (void)state;
    {
        tx_auto struct tx tx = {.store = NULL};
        assert_true(tx_begin(&tx, store, TX_WRITE, NULL, arena, &err));
        tx_run(&tx, Q(INSERT), NULL, param_number(1));
        assert_true(tx_flush(&tx));
    }
    assert_int_equal(count_rows(), 0);
}

static void test_write__over_several_flushes_is_one_transaction(void **state)
{
    (void)state;
    tx_auto struct tx tx = {.store = NULL};
    const struct rows *rows;
    assert_true(tx_begin(&tx, store, TX_WRITE, NULL, arena, &err));
    tx_run(&tx, Q(INSERT), &rows, param_number(1));
    assert_true(tx_flush(&tx));
    assert_int_equal(rows_affected(rows), 1);
    tx_run(&tx, Q(INSERT), NULL, param_number(2));
    tx_run(&tx, Q(INSERT), NULL, param_number(3));
    assert_true(tx_commit(&tx));
    assert_int_equal(count_rows(), 3);
}

static void test_write__in_one_flush_is_atomic(void **state)
{
    (void)state;
    struct tx tx;
    assert_true(tx_begin(&tx, store, TX_WRITE, NULL, arena, &err));
    tx_run(&tx, Q(INSERT), NULL, param_number(1));
    tx_run(&tx, Q(INSERT), NULL, param_number(1));
    assert_false(tx_commit(&tx));
    assert_int_equal(err.kind, ERROR_INTERNAL); /* t_pkey is no constraint that a client may meet */
    tx_end(&tx);
    assert_int_equal(count_rows(), 0);
}

static void test_write__reports_the_first_error_and_stays_usable(void **state)
{
    (void)state;
    const int pid = backend_pid();
    struct tx tx;
    const struct rows *before, *broken, *after;
    assert_true(tx_begin(&tx, store, TX_WRITE, NULL, arena, &err));
    tx_query(&tx, Q(COUNT), NULL, 0, &before);
    tx_run(&tx, Q(DIVIDE), &broken, param_number(0));
    tx_run(&tx, Q(SLEEP), NULL, param_text("9")); /* never run: it would be a deadline */
    tx_run(&tx, Q(INSERT), &after, param_number(1));
    assert_false(tx_flush(&tx));
    assert_int_equal(err.kind, ERROR_INTERNAL);
    assert_non_null(strstr(err.where, "22012"));
    assert_non_null(strstr(err.where, "divide"));
    assert_int_equal(rows_count(broken) + rows_count(after), 0);
    assert_false(tx_flush(&tx)); /* once failed, failed */
    assert_false(tx_commit(&tx));
    tx_end(&tx);
    assert_int_equal(count_rows(), 0);
    assert_int_equal(backend_pid(), pid);
    /* The statements whose preparation was skipped are prepared later. */
    err = (struct error){.arena = arena};
    assert_true(tx_begin(&tx, store, TX_WRITE, NULL, arena, &err));
    tx_run(&tx, Q(SLEEP), NULL, param_text("0"));
    tx_run(&tx, Q(INSERT), NULL, param_number(1));
    assert_true(tx_commit(&tx));
    assert_int_equal(count_rows(), 1);
}

static void test_commit__that_fails_on_a_deferred_constraint_is_told(void **state)
{
    (void)state;
    for (int flushes = 1; flushes <= 2; flushes++) {
        struct tx tx;
        err = (struct error){.arena = arena};
        assert_true(tx_begin(&tx, store, TX_WRITE, NULL, arena, &err));
        tx_run(&tx, Q(DEFERRED), NULL, param_number(flushes));
        if (flushes == 2)
            assert_true(tx_flush(&tx));
        assert_false(tx_commit(&tx));
        assert_non_null(strstr(err.where, "23503"));
        tx_end(&tx);
        assert_int_equal(count_rows(), 0);
    }
}

static void test_statement__with_wrong_parameter_count_is_refused_unsent(void **state)
{
    (void)state;
    struct tx tx;
    assert_true(tx_begin(&tx, store, TX_WRITE, NULL, arena, &err));
    tx_query(&tx, Q(INSERT), NULL, 0, NULL);
    assert_false(tx_commit(&tx));
    assert_int_equal(err.kind, ERROR_INTERNAL);
}

static void test_statement__past_its_time_is_a_deadline(void **state)
{
    (void)state;
    const int pid = backend_pid();
    struct tx tx;
    assert_true(tx_begin(&tx, store, TX_READ, NULL, arena, &err));
    tx_run(&tx, Q(SLEEP), NULL, param_text("9"));
    assert_false(tx_flush(&tx));
    assert_int_equal(err.kind, ERROR_DEADLINE);
    assert_int_equal(err.retry_after_s, 1);
    assert_int_equal(backend_pid(), pid);
}

static void test_pipeline__larger_than_the_socket_buffers_does_not_stall(void **state)
{
    (void)state;
    struct tx tx;
    const struct rows *rows[300];
    char *big = arena_alloc(arena, 65537);
    memset(big, 'x', 65536);
    assert_true(tx_begin(&tx, store, TX_READ, NULL, arena, &err));
    for (int i = 0; i < 300; i++)
        tx_run(&tx, Q(TYPES), &rows[i], param_number(i), param_time(0), param_bool(false), param_text(big));
    assert_true(tx_flush(&tx));
    for (int i = 0; i < 300; i++) {
        assert_int_equal(rows_number(rows[i], 0, 0), i);
        assert_int_equal(strlen(rows_text(rows[i], 0, 9)), 65536);
    }
}

static void *update_other_way(void *result)
{
    struct store *other = open_store(5000);
    struct arena *own_arena = arena_new(1024);
    struct error own = {.arena = own_arena};
    struct tx tx;
    bool done = true;
    for (int i = 0; i < 50 && done; i++) {
        done = tx_begin(&tx, other, TX_WRITE, NULL, own_arena, &own);
        tx_run(&tx, Q(UPDATE), NULL, param_number(2));
        tx_run(&tx, Q(UPDATE), NULL, param_number(1));
        done = done && tx_commit(&tx);
        tx_end(&tx);
    }
    *(bool *)result = done;
    arena_free(own_arena);
    store_free(other);
    return NULL;
}

static void test_deadlock__costs_a_repetition_not_an_error(void **state)
{
    (void)state;
    struct tx tx;
    assert_true(tx_begin(&tx, store, TX_WRITE, NULL, arena, &err));
    tx_run(&tx, Q(INSERT), NULL, param_number(1));
    tx_run(&tx, Q(INSERT), NULL, param_number(2));
    assert_true(tx_commit(&tx));
    store_free(store);
    store = open_store(5000);
    bool other = false;
    pthread_t thread;
    pthread_create(&thread, NULL, update_other_way, &other);
    bool done = true;
    for (int i = 0; i < 50 && done; i++) {
        done = tx_begin(&tx, store, TX_WRITE, NULL, arena, &err);
        tx_run(&tx, Q(UPDATE), NULL, param_number(1));
        tx_run(&tx, Q(UPDATE), NULL, param_number(2));
        done = done && tx_commit(&tx);
        tx_end(&tx);
    }
    pthread_join(thread, NULL);
    /* Either both got through all 50, or the server's lock_timeout came before its deadlock detector. */
    assert_true((done && other) || err.kind == ERROR_UNAVAILABLE || !other);
    struct error own = {.arena = arena};
    const struct rows *rows;
    assert_true(tx_begin(&tx, store, TX_WRITE, NULL, arena, &own));
    tx_run(&tx, Q(UPDATE), &rows, param_number(1));
    assert_true(tx_commit(&tx));
    if (done && other)
        assert_int_equal(rows_number(rows, 0, 0), 101);
}

int main(void)
{
    if (!database_server())
        return 77;
    if (!database_new(url))
        return 1;
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        TEST(read__returns_every_type),
        TEST(scope__is_the_actors_and_ends_with_the_transaction),
        TEST(together__each_has_its_own_scope),
        TEST(together__one_that_fails_costs_the_others_nothing),
        TEST(together__a_server_gone_meanwhile_is_no_error),
        TEST(session__has_its_limits),
        TEST(write__without_commit_leaves_nothing),
        TEST(write__over_several_flushes_is_one_transaction),
        TEST(write__in_one_flush_is_atomic),
        TEST(write__reports_the_first_error_and_stays_usable),
        TEST(commit__that_fails_on_a_deferred_constraint_is_told),
        TEST(statement__with_wrong_parameter_count_is_refused_unsent),
        TEST(statement__past_its_time_is_a_deadline),
        TEST(pipeline__larger_than_the_socket_buffers_does_not_stall),
        TEST(deadlock__costs_a_repetition_not_an_error),
    };
    return cmocka_run_group_tests_name("tx", tests, NULL, NULL);
}
