/* Transactions and the connection under them, against a real server: what is atomic, what is repeated, what is dropped.
   The statements are this test's own: the table below stands in for the product's (the linker takes the first). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "base/clock.h"
#include "store/database.h"
#include "store/store.h"

enum { RESET, INSERT, COUNT, SCOPE, PID, SLEEP, DEFERRED, TYPES, DIVIDE, BACKENDS, UPDATE, INSERT_SLOWLY, STATEMENTS };
const struct query_source query_sources[] = {
    [RESET] =
        {"reset",
         "DO $$ BEGIN DROP TABLE IF EXISTS public.t; "
         "CREATE TABLE public.t (id bigint PRIMARY KEY, d bigint REFERENCES public.t DEFERRABLE INITIALLY DEFERRED, "
         "n int NOT NULL DEFAULT 0); END $$",
         0},
    [INSERT] = {"insert", "INSERT INTO public.t (id) VALUES ($1)", 1},
    [COUNT] = {"count", "SELECT count(*) FROM public.t", 0},
    [SCOPE] = {"scope",
               "SELECT current_setting('oam.staff', true), current_setting('oam.bodies', true), "
               "current_setting('oam.all', true),"
               " current_setting('oam.principal', true)",
               0},
    [PID] = {"pid",
             "SELECT pg_backend_pid(), current_setting('statement_timeout'), current_setting('lock_timeout'), "
             "current_setting('idle_in_transaction_session_timeout'), current_user::text",
             0},
    [SLEEP] = {"sleep", "SELECT pg_sleep($1::float8)", 1},
    [DEFERRED] = {"deferred", "INSERT INTO public.t (id, d) VALUES ($1, 999)", 1},
    [TYPES] =
        {"types",
         "SELECT $1::bigint, $1::int::smallint, $2::timestamptz, $3::boolean, '{\"a\": 1}'::jsonb, '{\"a\": 1}'::json, "
         "'018f3c00-0000-7000-8000-00000000abcd'::uuid, '2024-02-29'::date, NULL::text, $4::text, decode('00ff', "
         "'hex')",
         4},
    [DIVIDE] = {"divide", "SELECT 1 / $1::int", 1},
    [BACKENDS] = {"backends",
                  "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'oamd' AND state LIKE 'idle in%'", 0},
    [UPDATE] = {"update", "UPDATE public.t SET n = n + 1 WHERE id = $1 RETURNING n", 1},
    [INSERT_SLOWLY] = {"insert_slowly", "INSERT INTO public.t (id) SELECT $1::bigint FROM pg_sleep(0.5)", 1},
};
const size_t query_source_count = STATEMENTS;

static char url[DATABASE_URL_SIZE];
static struct store *store;
static struct arena *arena;
static struct error err;

#define Q(name) ((enum query)(name))

static struct store *open_store(int statement_timeout_ms)
{
    return store_new(
        &(struct store_settings){.url = url, .statement_timeout_ms = statement_timeout_ms, .connect_timeout_s = 2});
}

static int begin_test(void **state)
{
    (void)state;
    arena = arena_new(4096);
    err = (struct error){.arena = arena};
    store = open_store(1000);
    struct tx tx;
    if (!tx_begin(&tx, store, TX_WRITE, NULL, arena, &err))
        return -1;
    tx_query(&tx, Q(RESET), NULL, 0, NULL);
    return tx_commit(&tx) ? 0 : -1;
}

static int end_test(void **state)
{
    (void)state;
    store_free(store);
    arena_free(arena);
    return 0;
}

static int64_t count_rows(void)
{
    struct tx tx;
    struct error own = {.arena = arena};
    const struct rows *rows;
    assert_true(tx_begin(&tx, store, TX_READ, NULL, arena, &own));
    tx_query(&tx, Q(COUNT), NULL, 0, &rows);
    assert_true(tx_flush(&tx));
    return rows_number(rows, 0, 0);
}

static int backend_pid(void)
{
    struct tx tx;
    const struct rows *rows;
    assert_true(tx_begin(&tx, store, TX_READ, NULL, arena, &err));
    tx_query(&tx, Q(PID), NULL, 0, &rows);
    assert_true(tx_flush(&tx));
    return (int)rows_number(rows, 0, 0);
}

/* A second pair of hands on the server. */
static void administer(const char *sql, const char *value)
{
    PGconn *connection = PQconnectdb(url);
    PGresult *result = PQexecParams(connection, sql, 1, NULL, &value, NULL, NULL, 0);
    assert_true(PQresultStatus(result) == PGRES_TUPLES_OK || PQresultStatus(result) == PGRES_COMMAND_OK);
    PQclear(result);
    PQfinish(connection);
}

static void terminate_backend(int pid)
{
    char text[16];
    snprintf(text, sizeof text, "%d", pid);
    administer("SELECT pg_terminate_backend($1::int, 2000)", text);
}

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

/* ---- the connection ---- */

static void test_connection__closed_while_idle_is_not_noticed_by_the_caller(void **state)
{
    (void)state;
    for (int kind = TX_READ; kind <= TX_WRITE; kind++) {
        const int pid = backend_pid();
        terminate_backend(pid);
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
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, begin_test, end_test)
    const struct CMUnitTest tests[] = {
        TEST(read__returns_every_type),
        TEST(scope__is_the_actors_and_ends_with_the_transaction),
        TEST(session__has_its_limits),
        TEST(write__without_commit_leaves_nothing),
        TEST(write__over_several_flushes_is_one_transaction),
        TEST(write__in_one_flush_is_atomic),
        TEST(write__reports_the_first_error_and_stays_usable),
        TEST(commit__that_fails_on_a_deferred_constraint_is_told),
        TEST(statement__with_wrong_parameter_count_is_refused_unsent),
        TEST(statement__past_its_time_is_a_deadline),
        TEST(connection__closed_while_idle_is_not_noticed_by_the_caller),
        TEST(connection__closed_between_begin_and_flush_is_repeated),
        TEST(connection__closed_inside_a_transaction_is_unavailable),
        TEST(connection__closed_during_a_commit_is_not_repeated),
        TEST(connection__to_a_frozen_server_is_given_up),
        TEST(server__that_is_not_there_fails_fast_and_backs_off),
        TEST(role__is_taken_at_connect_or_there_is_no_session),
        TEST(pipeline__larger_than_the_socket_buffers_does_not_stall),
        TEST(deadlock__costs_a_repetition_not_an_error),
    };
    return cmocka_run_group_tests_name("tx", tests, NULL, NULL);
}
