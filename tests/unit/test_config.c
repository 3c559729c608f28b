#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/config.h"

static struct config config;
static char *complaints;

/* Loads with only the variables given, as name=value. */
static bool load(const char *const variables[])
{
    size_t length;
    (void)clearenv();
    for (size_t i = 0; variables[i]; i++) {
        char name[64];
        size_t split = strcspn(variables[i], "=");
        (void)snprintf(name, sizeof name, "%.*s", (int)split, variables[i]);
        (void)setenv(name, variables[i] + split + 1, 1);
    }
    free(complaints);
    FILE *out = open_memstream(&complaints, &length);
    bool fine = config_load(&config, out);
    (void)fclose(out);
    return fine;
}
#define LOAD(...) load((const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})
#define NEEDED    "OAM_DATABASE_URL=postgresql:///oam", "OAM_SECRET_FILE=/run/secret"

static void test_defaults(void **state)
{
    (void)state;
    assert_true(LOAD(NEEDED));
    assert_int_equal(config.port, 8080);
    assert_int_equal(config.db_threads, 8);
    assert_string_equal(config.database_url, "postgresql:///oam");
    assert_string_equal(config.public_url, ""); /* app.c says it, once the port is known */
    assert_string_equal(complaints, "");
    config_free(&config);
}

static void test_every_problem_at_once(void **state)
{
    (void)state;
    assert_false(LOAD("OAM_SECRET_FILE=x", "OAM_PORT=70000", "OAM_DB_THREADS=8x", "OAM_LOG_LEVEL=loud", "OAM_PROT=1",
                      "OAM_LISTEN_ADDRESS=localhost", "OAM_TEST_CLOCK=/tmp/x", "OAM_PUBLIC_URL=ftp://x",
                      "OAM_SEAT=Barcelona"));
    static const char *const expected[] = {"OAM_DATABASE_URL", "OAM_PORT",       "OAM_DB_THREADS",
                                           "OAM_LOG_LEVEL",    "OAM_PROT",       "OAM_LISTEN_ADDRESS",
                                           "OAM_TEST_CLOCK",   "OAM_PUBLIC_URL", "OAM_SEAT"};
    size_t lines = 0;
    for (const char *at = complaints; (at = strchr(at, '\n')); at++)
        lines++;
    assert_int_equal(lines, sizeof expected / sizeof expected[0]);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        assert_non_null(strstr(complaints, expected[i]));
    config_free(&config);
}

static void test_numbers_are_whole_and_in_range(void **state)
{
    (void)state;
    static const char *const bad[] = {"OAM_PORT=",   "OAM_PORT=-1",  "OAM_PORT=+1",
                                      "OAM_PORT= 1", "OAM_PORT=1.5", "OAM_PORT=65536"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(LOAD(NEEDED, bad[i]));
        config_free(&config);
    }
    assert_true(LOAD(NEEDED, "OAM_PORT=0"));
    config_free(&config);
}

static void test_what_belongs_to_others_is_left_alone(void **state)
{
    (void)state;
    assert_true(LOAD(NEEDED, "OAM_URL=x", "OAM_STATE=x", "OAM_CREDENTIALS=x", "OAM_ROLE=agent", "OAM_CLIENT_TIMEOUT=1",
                     "OAM_TEST=1", "OAM_TEST_CLOCK=/tmp/x", "OAMISH=1", "PATH=/bin"));
    config_free(&config);
    assert_false(LOAD(NEEDED, "OAM_URLS=x"));
    config_free(&config);
}

static void test_describe_names_every_setting(void **state)
{
    (void)state;
    char *page = NULL;
    size_t length;
    FILE *out = open_memstream(&page, &length);
    config_describe(out);
    (void)fclose(out);
#define CONFIG_TEXT(field, variable, fallback, help)                     assert_non_null(strstr(page, variable));
#define CONFIG_NUMBER(field, variable, fallback, minimum, maximum, help) assert_non_null(strstr(page, variable));
#include "base/config.def"
#undef CONFIG_TEXT
#undef CONFIG_NUMBER
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_every_problem_at_once),
        cmocka_unit_test(test_numbers_are_whole_and_in_range),
        cmocka_unit_test(test_what_belongs_to_others_is_left_alone),
        cmocka_unit_test(test_describe_names_every_setting),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(complaints);
    return failed;
}
