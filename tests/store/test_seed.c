/* Seeding a new desk, with the product's own migrations, queries and data. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <jansson.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/credentials.h"
#include "base/clock.h"
#include "service/service_seed.h"
#include "store/database.h"
#include "store/migrate.h"

static char url[DATABASE_URL_SIZE];
static char folder[] = "/tmp/oam-seed-XXXXXX";
static char credentials[64];
static char *complained;

static bool seed(bool demo)
{
    size_t size, complained_size;
    char *said;
    free(complained);
    FILE *progress = open_memstream(&said, &size), *complaints = open_memstream(&complained, &complained_size);
    const bool done =
        seed_run(url, &(struct seed_options){.demo = demo, .credentials = credentials}, progress, complaints);
    fclose(progress);
    fclose(complaints);
    free(said);
    return done;
}

static int new_desk(void **state)
{
    (void)state;
    FILE *nowhere = fopen("/dev/null", "w");
    const bool done = database_new(url) && migrate_run(url, false, nowhere, stderr);
    fclose(nowhere);
    unlink(credentials);
    return done ? 0 : -1;
}

static char *read_credentials(void)
{
    char *text = calloc(1, 65536);
    FILE *file = fopen(credentials, "r");
    assert_non_null(file);
    assert_true(fread(text, 1, 65535, file) > 0);
    fclose(file);
    return text;
}

#define assert_answer(expected, sql) assert_string_equal((expected), database_ask(url, (sql)))

static void test_seed__loads_the_territory_and_the_catalogue(void **state)
{
    (void)state;
    const int64_t began = clock_monotonic();
    assert_true(seed(false));
    assert_true(clock_monotonic() - began < 3000000);
    assert_string_equal(complained, "");
    assert_answer("947", "SELECT count(*) FROM oam.body");
    assert_answer("311", "SELECT count(*) FROM oam.body WHERE province_code = '08'");
    assert_answer("8012231", "SELECT sum(population) FROM oam.body");
    assert_answer("43", "SELECT count(*) FROM oam.comarca");
    assert_answer("l'Hospitalet de Llobregat",
                  "SELECT name FROM oam.body WHERE name_official = 'Hospitalet de Llobregat, l'''");
    assert_answer(
        "0", "SELECT count(*) FROM oam.comarca c WHERE population <> (SELECT sum(population) FROM oam.body b WHERE "
             "b.comarca_code = c.code)");
    assert_answer("61", "SELECT count(*) FROM oam.service");
    assert_answer("economic_grant 21, equipment_loan 2, general_enquiry 1, incident 1, technical_assistance 36",
                  "SELECT string_agg(workflow_key || ' ' || n, ', ' ORDER BY workflow_key) FROM (SELECT workflow_key, "
                  "count(*) AS n FROM oam.service GROUP BY workflow_key) AS followed");
    assert_answer("OAM-GEN general_enquiry, OAM-INC incident",
                  "SELECT string_agg(s.code || ' ' || workflow_key, ', ' ORDER BY s.code) FROM oam.service s JOIN "
                  "oam.unit u ON u.id = s.unit_id WHERE u.code = 'oam'");
    assert_answer("0", "SELECT count(*) FROM oam.service s WHERE NOT EXISTS (SELECT FROM oam.workflow_definition d "
                       "WHERE d.key = s.workflow_key)");
    assert_answer("0",
                  "SELECT count(*) FROM oam.workflow_definition WHERE hash <> sha256(convert_to(document, 'UTF8'))");
    assert_answer("162", "SELECT count(*) FROM oam.holiday WHERE scope = 'local'");
    assert_answer("2", "SELECT count(*) FROM oam.holiday WHERE scope = 'aran' AND NOT lifted");
    assert_answer("2026-12-26 2027-03-29",
                  "SELECT string_agg(day::text, ' ' ORDER BY day) FROM oam.holiday WHERE lifted");
    assert_answer("0", "SELECT count(*) FROM oam.user_account WHERE password_hash IS NOT NULL");
}

static void test_seed__gives_every_municipality_an_agent(void **state)
{
    (void)state;
    assert_true(seed(false));
    assert_answer(
        "0", "SELECT count(*) FROM oam.body b WHERE NOT EXISTS (SELECT FROM oam.portfolio p JOIN oam.agent a ON a.id = "
             "p.agent_id JOIN oam.agent_load l ON l.agent_id = a.id WHERE p.comarca_code = b.comarca_code)");
    assert_answer("4", "SELECT count(*) FROM oam.portfolio p JOIN oam.comarca c ON c.code = p.comarca_code WHERE "
                       "c.name = 'Barcelonès'");
    assert_answer("57", "SELECT count(*) FROM oam.agent");
    assert_answer("Agent territorial · Pla de l'Estany 1",
                  "SELECT name FROM oam.user_account WHERE login = 'agent.pla-de-l-estany.1'");
    assert_answer("1", "SELECT count(*) FROM oam.user_account WHERE login = 'agent.alt-emporda.1'");
}

static void test_seed__may_be_run_again_and_mends(void **state)
{
    (void)state;
    assert_true(seed(true));
    char *first = read_credentials();
    database_ask(url, "UPDATE oam.body SET name = 'x' WHERE code = '0800230008'");
    database_ask(url, "DELETE FROM oam.portfolio WHERE comarca_code = '07'");
    database_ask(url, "DELETE FROM oam.panel_seat WHERE place = 3");
    database_ask(url, "UPDATE oam.user_account SET password_hash = NULL WHERE login = 'operator'");
    assert_true(seed(true));
    char *second = read_credentials();
    assert_string_equal(first, second);
    assert_answer("Aguilar de Segarra", "SELECT name FROM oam.body WHERE code = '0800230008'");
    assert_answer("2", "SELECT count(*) FROM oam.portfolio WHERE comarca_code = '07'");
    assert_answer("t", "SELECT password_hash LIKE '$argon2id$%' FROM oam.user_account WHERE login = 'operator'");
    assert_answer("57", "SELECT count(*) FROM oam.agent");
    assert_answer("2", "SELECT count(*) FROM oam.panel_seat"); /* a board that has somebody is its own */
    assert_answer("13", "SELECT count(*) FROM oam.membership WHERE user_id IN (SELECT id FROM oam.user_account WHERE "
                        "password_hash IS NOT NULL)");
    free(first);
    free(second);
}

static void test_seed__writes_credentials_that_work(void **state)
{
    (void)state;
    assert_true(seed(true));
    struct stat file;
    assert_int_equal(stat(credentials, &file), 0);
    assert_int_equal(file.st_mode & 0777, 0600);
    static const char *const roles[] = {"local_user",  "signer",         "comptroller",   "operator",    "agent",
                                        "agent",       "technician",     "unit_head",     "supervisor",  "admin",
                                        "integration", "signer_aguilar", "technician_ma", "unit_head_ma"};
    char *text = read_credentials(), sql[256];
    json_t *list = json_loads(text, 0, NULL);
    assert_int_equal(json_array_size(list), sizeof roles / sizeof *roles);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *entry = json_array_get(list, i);
        assert_string_equal(json_string_value(json_object_get(entry, "role")), roles[i]);
        if (strcmp(roles[i], "integration") == 0)
            continue;
        snprintf(sql, sizeof sql, "SELECT password_hash FROM oam.user_account WHERE login = '%s'",
                 json_string_value(json_object_get(entry, "login")));
        assert_true(
            auth_password_verify(database_ask(url, sql), json_string_value(json_object_get(entry, "password"))));
    }
    const json_t *client = json_array_get(list, 10);
    unsigned char hash[AUTH_DIGEST_SIZE];
    auth_client_secret_hash(json_string_value(json_object_get(client, "client_secret")), hash);
    char hex[2 * sizeof hash + 1];
    for (size_t i = 0; i < sizeof hash; i++)
        snprintf(hex + 2 * i, 3, "%02x", hash[i]);
    assert_answer(hex, "SELECT encode(secret_hash, 'hex') FROM oam.api_client");
    assert_answer(
        "head.ma true, technician.ma false, supervisor false",
        "SELECT string_agg(u.login || ' ' || s.chair, ', ' ORDER BY s.place) FROM oam.panel_seat s JOIN oam.panel p ON "
        "p.id = s.panel_id JOIN oam.user_account u ON u.id = s.user_id WHERE p.code = 'board_ma'");
    /* The towns' agents are those whose passwords are in the file. */
    assert_answer("agent.bages.1",
                  "SELECT u.login FROM oam.portfolio p JOIN oam.agent a ON a.id = p.agent_id JOIN oam.user_account "
                  "u ON u.id = a.user_id JOIN oam.body b ON b.id = p.body_id WHERE b.code = '0800230008'");
    json_decref(list);
    free(text);
}

static void test_seed__gives_a_new_database_the_passwords_of_the_file(void **state)
{
    (void)state;
    assert_true(seed(true));
    char *first = read_credentials();
    FILE *nowhere = fopen("/dev/null", "w");
    assert_true(database_new(url) && migrate_run(url, false, nowhere, stderr));
    fclose(nowhere);
    assert_true(seed(true));
    char *second = read_credentials();
    assert_string_equal(first, second);
    assert_answer("13", "SELECT count(*) FROM oam.user_account WHERE password_hash IS NOT NULL");
    free(first);
    free(second);
}

static void test_seed__leaves_a_foreign_file_alone(void **state)
{
    (void)state;
    FILE *file = fopen(credentials, "w");
    fputs("my notes", file);
    fclose(file);
    assert_false(seed(true));
    assert_non_null(strstr(complained, "move it away"));
    char *text = read_credentials();
    assert_string_equal(text, "my notes");
    free(text);
    assert_answer("0", "SELECT count(*) FROM oam.user_account WHERE password_hash IS NOT NULL");
}

static void test_seed__refuses_other_bytes_of_a_published_definition(void **state)
{
    (void)state;
    assert_true(seed(false));
    database_ask(url, "UPDATE oam.workflow_definition SET document = document || ' ', hash = "
                      "sha256(convert_to(document || ' ', 'UTF8')) "
                      "WHERE key = 'general_enquiry'");
    assert_false(seed(false));
    assert_non_null(strstr(complained, "general_enquiry.json"));
    assert_non_null(strstr(complained, "raise its version"));
}

static void test_seed__without_a_schema_fails_whole(void **state)
{
    (void)state;
    assert_true(database_new(url));
    assert_false(seed(false));
    assert_non_null(strstr(complained, "seed: "));
}

int main(void)
{
    if (!database_server())
        return 77;
    if (!mkdtemp(folder))
        return 1;
    snprintf(credentials, sizeof credentials, "%s/credentials.json", folder);
#define TEST(name) cmocka_unit_test_setup(test_seed__##name, new_desk)
    const struct CMUnitTest tests[] = {
        TEST(loads_the_territory_and_the_catalogue),
        TEST(gives_every_municipality_an_agent),
        TEST(may_be_run_again_and_mends),
        TEST(writes_credentials_that_work),
        TEST(gives_a_new_database_the_passwords_of_the_file),
        TEST(leaves_a_foreign_file_alone),
        TEST(refuses_other_bytes_of_a_published_definition),
        TEST(without_a_schema_fails_whole),
    };
    const int failed = cmocka_run_group_tests_name("seed", tests, NULL, NULL);
    free(complained);
    unlink(credentials);
    rmdir(folder);
    return failed;
}
