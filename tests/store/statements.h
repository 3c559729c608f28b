/* What test_tx.c and test_connection.c share: statements of their own, which stand in for the product's (the linker
   takes the first table of the name), and a store, an arena and an error for each test. Included after cmocka.h. */
#ifndef OAM_TESTS_STORE_STATEMENTS_H
#define OAM_TESTS_STORE_STATEMENTS_H

#include <libpq-fe.h>
#include <errno.h>
#include <signal.h>
#include <unistd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static inline struct store *open_store(int statement_timeout_ms)
{
    return store_new(
        &(struct store_settings){.url = url, .statement_timeout_ms = statement_timeout_ms, .connect_timeout_s = 2});
}

static inline int begin_test(void **state)
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

static inline int end_test(void **state)
{
    (void)state;
    store_free(store);
    arena_free(arena);
    return 0;
}

static inline int64_t count_rows(void)
{
    struct tx tx;
    struct error own = {.arena = arena};
    const struct rows *rows;
    assert_true(tx_begin(&tx, store, TX_READ, NULL, arena, &own));
    tx_query(&tx, Q(COUNT), NULL, 0, &rows);
    assert_true(tx_flush(&tx));
    return rows_number(rows, 0, 0);
}

static inline int backend_pid(void)
{
    struct tx tx;
    const struct rows *rows;
    assert_true(tx_begin(&tx, store, TX_READ, NULL, arena, &err));
    tx_query(&tx, Q(PID), NULL, 0, &rows);
    assert_true(tx_flush(&tx));
    return (int)rows_number(rows, 0, 0);
}

/* A second pair of hands on the server. */
static inline void administer(const char *sql, const char *value)
{
    PGconn *connection = PQconnectdb(url);
    PGresult *result = PQexecParams(connection, sql, 1, NULL, &value, NULL, NULL, 0);
    assert_true(PQresultStatus(result) == PGRES_TUPLES_OK || PQresultStatus(result) == PGRES_COMMAND_OK);
    PQclear(result);
    PQfinish(connection);
}

/* The server says that a backend is gone before its process, and with it its end of the connection, is. */
static inline void terminate_backend(int pid)
{
    char text[16];
    snprintf(text, sizeof text, "%d", pid);
    administer("SELECT pg_terminate_backend($1::int, 2000)", text);
    for (int tries = 0; tries < 2000 && (kill(pid, 0) == 0 || errno == EPERM); tries++)
        usleep(1000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, begin_test, end_test)

#endif
