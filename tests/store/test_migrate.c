/* The migrations' runner, on migrations of this test's own (the linker takes the first table of the name). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "generated/migrations.h"
#include "store/database.h"
#include "store/migrate.h"

#define SHA_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SHA_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define SHA_C "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
const struct migration migrations[] = {
    {1, "first", "CREATE TABLE public.a (id int);\nINSERT INTO public.a VALUES (1);", SHA_A},
    {2, "second", "ALTER TABLE public.a ADD COLUMN b int;\nSELECT pg_sleep(0.05);", SHA_B},
    {3, "third",
     "CREATE TABLE public.c (id int);\n-- ç\nINSERT INTO public.c VALUES (1 / (SELECT count(*) FROM public.a)::int);",
     SHA_C},
};
const size_t migration_count = 3;

static char url[DATABASE_URL_SIZE];
static char *said, *complained;

static bool migrate(bool dry_run)
{
    size_t said_size, complained_size;
    free(said);
    free(complained);
    FILE *progress = open_memstream(&said, &said_size), *complaints = open_memstream(&complained, &complained_size);
    const bool done = migrate_run(url, dry_run, progress, complaints);
    fclose(progress);
    fclose(complaints);
    return done;
}

static bool is_current(void)
{
    struct arena *arena = arena_new(1024);
    struct error err = {.arena = arena};
    struct store *store = store_new(&(struct store_settings){.url = url, .statement_timeout_ms = 1000});
    const bool current = migrate_current(store, arena, &err);
    assert_true(current || err.kind == ERROR_UNAVAILABLE || err.kind == ERROR_INTERNAL);
    store_free(store);
    arena_free(arena);
    return current;
}

static int new_database(void **state)
{
    (void)state;
    return database_new(url) ? 0 : -1;
}

static void test_migrate__applies_all_once(void **state)
{
    (void)state;
    assert_false(is_current());
    assert_true(migrate(false));
    assert_string_equal(complained, "");
    assert_non_null(strstr(said, "0001 first: applied"));
    assert_string_equal(database_ask(url, "SELECT count(*) FROM public.schema_migration"), "3");
    assert_true(is_current());
    assert_true(migrate(false));
    assert_string_equal(said, "schema is current (3 migrations)\n");
    assert_string_equal(database_ask(url, "SELECT count(*) FROM public.a"), "1");
}

static void test_migrate__dry_run_changes_nothing(void **state)
{
    (void)state;
    assert_true(migrate(true));
    assert_non_null(strstr(said, "0003 third: would be applied"));
    assert_string_equal(database_ask(url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "0");
}

static void test_migrate__refuses_one_that_was_edited(void **state)
{
    (void)state;
    assert_true(migrate(false));
    database_ask(url, "UPDATE public.schema_migration SET sha256 = repeat('d', 64) WHERE number = 2");
    assert_false(migrate(false));
    assert_non_null(strstr(complained, "0002_second: applied here with other content"));
    assert_false(is_current());
}

static void test_migrate__leaves_newer_ones_alone(void **state)
{
    (void)state;
    assert_true(migrate(false));
    database_ask(url, "INSERT INTO public.schema_migration VALUES (4, 'fourth', repeat('e', 64))");
    assert_true(migrate(false));
    assert_non_null(strstr(said, "4 fourth: made by a newer binary"));
    assert_true(is_current());
}

static void test_migrate__undoes_one_that_fails_and_says_where(void **state)
{
    (void)state;
    database_ask(url, "CREATE TABLE public.c (id int)");
    assert_false(migrate(false));
    assert_non_null(strstr(complained, "schema/migrations/0003_third.sql"));
    assert_non_null(strstr(complained, "42P07"));
    assert_string_equal(database_ask(url, "SELECT max(number) FROM public.schema_migration"), "2");
    database_ask(url, "DROP TABLE public.c");
    assert_true(migrate(false)); /* mended, it goes on from there */
    assert_true(is_current());
}

static void test_migrate__names_the_line(void **state)
{
    (void)state;
    assert_true(migrate(false));
    database_ask(url, "DELETE FROM public.schema_migration WHERE number = 3");
    database_ask(url, "DROP TABLE public.c");
    database_ask(url, "ALTER TABLE public.a RENAME TO elsewhere"); /* which the third line of 0003 reads */
    assert_false(migrate(false));
    assert_non_null(strstr(complained, "0003_third.sql:3: relation \"public.a\" does not exist"));
}

static void *hold_a_lock(void *ready)
{
    PGconn *connection = PQconnectdb(url);
    PQclear(PQexec(connection, "BEGIN; LOCK TABLE public.a IN ACCESS SHARE MODE"));
    atomic_store((atomic_bool *)ready, true);
    usleep(1800000);
    PQfinish(connection);
    return NULL;
}

static void test_migrate__waits_for_a_busy_table_without_queueing(void **state)
{
    (void)state;
    database_ask(url, "CREATE TABLE public.schema_migration (number integer PRIMARY KEY, name text, sha256 text, "
                      "applied_at timestamptz DEFAULT now())");
    database_ask(url, "INSERT INTO public.schema_migration VALUES (1, 'first', '" SHA_A "')");
    database_ask(url, "CREATE TABLE public.a (id int)");
    database_ask(url, "INSERT INTO public.a VALUES (1)");
    atomic_bool ready = false;
    pthread_t thread;
    pthread_create(&thread, NULL, hold_a_lock, &ready);
    while (!atomic_load(&ready))
        usleep(1000);
    assert_true(migrate(false));
    pthread_join(thread, NULL);
    assert_non_null(strstr(said, "somebody is in the way, trying again"));
}

static void *migrate_too(void *result)
{
    char *own_said = NULL;
    size_t size;
    FILE *progress = open_memstream(&own_said, &size);
    *(bool *)result = migrate_run(url, false, progress, progress);
    fclose(progress);
    free(own_said);
    return NULL;
}

static void test_migrate__by_several_at_once_is_done_once(void **state)
{
    (void)state;
    pthread_t threads[4];
    bool done[4] = {false};
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, migrate_too, &done[i]);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < 4; i++)
        assert_true(done[i]);
    assert_string_equal(database_ask(url, "SELECT count(*) FROM public.a"), "1");
}

static void test_migrate__again_needs_no_more_than_the_history(void **state)
{
    (void)state;
    char admin[DATABASE_URL_SIZE];
    assert_true(migrate(false));
    snprintf(admin, sizeof admin, "%s", url);
    database_ask(admin, "DROP ROLE IF EXISTS oam_store_plain");
    database_ask(admin, "CREATE ROLE oam_store_plain LOGIN");
    snprintf(url + strlen(url), sizeof url - strlen(url), " user=oam_store_plain");
    assert_true(migrate(false));
    assert_string_equal(said, "schema is current (3 migrations)\n");
    database_ask(admin, "DROP ROLE oam_store_plain");
}

static void test_migrate__without_a_server_says_so(void **state)
{
    (void)state;
    char *text;
    size_t size;
    FILE *complaints = open_memstream(&text, &size);
    assert_false(migrate_run("host=/nonexistent", false, complaints, complaints));
    fclose(complaints);
    assert_non_null(strstr(text, "migrate: "));
    free(text);
}

int main(void)
{
    if (!database_server())
        return 77;
#define TEST(name) cmocka_unit_test_setup(test_migrate__##name, new_database)
    const struct CMUnitTest tests[] = {
        TEST(applies_all_once),
        TEST(dry_run_changes_nothing),
        TEST(refuses_one_that_was_edited),
        TEST(leaves_newer_ones_alone),
        TEST(undoes_one_that_fails_and_says_where),
        TEST(names_the_line),
        TEST(waits_for_a_busy_table_without_queueing),
        TEST(by_several_at_once_is_done_once),
        TEST(again_needs_no_more_than_the_history),
        TEST(without_a_server_says_so),
    };
    const int failed = cmocka_run_group_tests_name("migrate", tests, NULL, NULL);
    free(said);
    free(complained);
    return failed;
}
