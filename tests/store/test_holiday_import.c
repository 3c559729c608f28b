/* Importing published holidays, with the product's own migrations, queries and seed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <unistd.h>

#include "service/holiday_import.h"
#include "service/service_seed.h"
#include "store/database.h"
#include "store/migrate.h"

#define HEADER                                                                                                         \
    "any_calendari,data,ajuntament_o_nucli_municipal,codi_municipal,codi_municipi_ine,pedania,festiu,codiidescat\n"
#define ROW(day, ine5, nucleus)                                                                                        \
    "2026,2026-" day "T00:00:00.000,Un lloc," ine5 nucleus "," ine5 "," nucleus ",Festiu local,\n"

static char url[DATABASE_URL_SIZE];
static char path[] = "/tmp/oam-holidays-XXXXXX";
static char *reported, *complained;

/* Imports a text as if it were a file. What was said is in `reported` and `complained`. */
static bool import(const char *text, struct holiday_import_options options)
{
    size_t reported_size, complained_size;
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    free(reported);
    free(complained);
    FILE *report = open_memstream(&reported, &reported_size),
         *complaints = open_memstream(&complained, &complained_size);
    options.path = path;
    const bool done = holiday_import_run(url, &options, report, complaints);
    fclose(report);
    fclose(complaints);
    return done;
}

#define assert_answer(expected, sql) assert_string_equal((expected), database_ask(url, (sql)))
#define assert_said(text, part)                                                                                        \
    do {                                                                                                               \
        if (!strstr((text), (part)))                                                                                   \
            fail_msg("\"%s\" is not in:\n%s", (part), (text));                                                         \
    } while (0)

static int new_desk(void **state)
{
    const struct seed_options options = {0};
    FILE *nowhere = fopen("/dev/null", "w");
    const bool done =
        database_new(url) && migrate_run(url, false, nowhere, stderr) && seed_run(url, &options, nowhere, stderr);
    (void)state;
    fclose(nowhere);
    return done ? 0 : -1;
}

/* The local days of a town in 2026, "05-25 official, 09-24 official". */
static const char *days(const char *ine5)
{
    char sql[512];
    snprintf(sql, sizeof sql,
             "SELECT coalesce(string_agg(to_char(day, 'MM-DD') || ' ' || h.status, ', ' ORDER BY day), '') FROM "
             "oam.holiday h JOIN oam.body b ON b.id = h.body_id WHERE extract(year FROM day) = 2026 AND b.ine5 = '%s'",
             ine5);
    return database_ask(url, sql);
}

static void test_import__takes_over_the_year_of_a_town_and_nothing_else(void **state)
{
    (void)state;
    assert_string_equal(days("08001"), "05-25 official, 06-29 official");
    assert_true(import(HEADER ROW("06-29", "08001", "000") ROW("05-26", "08001", "000") ROW("05-26", "08001", "000"),
                       (struct holiday_import_options){0}));
    assert_string_equal(complained, "");
    assert_string_equal(days("08001"), "05-26 official, 06-29 official");
    assert_said(reported, "Abrera (0800180001)\n  - 2026-05-25  (was official)\n  + 2026-05-26\n");
    assert_said(reported, "1 added, 1 removed, 0 changed, 1 as they were\n");
    assert_string_equal(days("08019"), "05-25 official, 09-24 official");
    assert_answer("2",
                  "SELECT count(*) FROM oam.holiday h JOIN oam.body b ON b.id = h.body_id WHERE b.ine5 = '08019' AND "
                  "extract(year FROM day) = 2027");
    assert_answer("14", "SELECT count(*) FROM oam.holiday WHERE scope <> 'local' AND extract(year FROM day) = 2026");
}

static void test_import__again_changes_nothing(void **state)
{
    static const char text[] = HEADER ROW("06-29", "08001", "000") ROW("05-26", "08001", "000");

    (void)state;
    assert_true(import(text, (struct holiday_import_options){0}));
    char stamp[4096];
    snprintf(stamp, sizeof stamp, "%s", database_ask(url, "SELECT sum(xmin::text::bigint) FROM oam.holiday"));
    assert_true(import(text, (struct holiday_import_options){0}));
    assert_said(reported, "0 added, 0 removed, 0 changed, 2 as they were\n");
    assert_answer(stamp, "SELECT sum(xmin::text::bigint) FROM oam.holiday");
}

static void test_import__on_trial_reports_the_same_and_writes_nothing(void **state)
{
    (void)state;
    assert_true(import(HEADER ROW("05-27", "08001", "000"), (struct holiday_import_options){.dry_run = true}));
    assert_said(reported, "1 added, 2 removed, 0 changed, 0 as they were (nothing was written)\n");
    assert_string_equal(days("08001"), "05-25 official, 06-29 official");
}

/* What a council had announced is official now: the day stays, its standing changes. */
static void test_import__makes_official_what_was_announced(void **state)
{
    (void)state;
    assert_non_null(
        database_ask(url, "UPDATE oam.holiday SET status = 'council', name_ca = 'Festa major' WHERE day = '2026-06-29' "
                          "AND body_id = (SELECT id FROM oam.body WHERE ine5 = '08001')"));
    assert_true(
        import(HEADER ROW("06-29", "08001", "000") ROW("05-25", "08001", "000"), (struct holiday_import_options){0}));
    assert_said(reported, "  ~ 2026-06-29  Festa major  (was council)\n");
    assert_string_equal(days("08001"), "05-25 official, 06-29 official");
}

static void test_import__leaves_hamlets_out_unless_one_is_chosen(void **state)
{
    static const char text[] = HEADER ROW("09-08", "25243", "011") ROW("10-08", "25243", "011")
        ROW("07-01", "25243", "002") ROW("05-25", "08019", "000") ROW("09-24", "08019", "000");
    const struct holiday_import_options vielha = {.nuclei = {"25243=011"}, .n_nuclei = 1};

    (void)state;
    assert_true(import(text, (struct holiday_import_options){0}));
    assert_string_equal(days("25243"), "");
    assert_said(reported,
                "2026, days of hamlets only (--nucleus INE=CODE takes over those of one): 1: Vielha e Mijaran "
                "(25243: 002 011)\n");
    assert_true(import(text, vielha));
    assert_string_equal(days("25243"), "09-08 official, 10-08 official");
    assert_false(import(text, (struct holiday_import_options){.nuclei = {"25243-011"}, .n_nuclei = 1}));
    assert_said(complained, "--nucleus 25243-011");
}

static void test_import__tells_what_a_person_should_look_at(void **state)
{
    (void)state;
    assert_true(import(
        HEADER ROW("05-25", "08019", "000")
            ROW("05-25", "99999",
                "000") "2026,2026-01-01,C. A. de Catalunya,,,,Cap d'Any,\n2012,2012-05-25,X,,08019,000,Festiu local,\n",
        (struct holiday_import_options){0}));
    assert_said(reported, "2026, no day in the file: 946: Abrera (08001), ");
    assert_said(reported, "2026, not two days: 1: Barcelona (08019: 1)\n");
    assert_said(reported, "2026, not in the directory: 1: ? (99999)\n");
    assert_said(reported, "rows that are no local holidays: 1\n");
    assert_said(reported, "left out for their year: 1\n");
}

static void test_import__of_one_year_leaves_the_others(void **state)
{
    static const char text[] = HEADER ROW("05-27", "08019", "000") "2027,2027-05-18,X,,08019,000,Festiu local,\n";

    (void)state;
    assert_true(import(text, (struct holiday_import_options){.year = 2027}));
    assert_string_equal(days("08019"), "05-25 official, 09-24 official");
    assert_said(reported, "1 added, 2 removed, 0 changed, 0 as they were\n");
    assert_false(import(text, (struct holiday_import_options){.year = 2031}));
    assert_said(complained, "no day of it is anybody's");
}

static void test_import__refuses_all_of_a_file_of_which_it_cannot_read_a_row(void **state)
{
    static const char text[] = HEADER ROW("05-27", "08001", "000") ROW("02-30", "08001", "000");

    (void)state;
    assert_false(import(text, (struct holiday_import_options){0}));
    assert_said(complained, ":3: no date: 2026-02-30T00:00:00.000\n");
    assert_said(complained, "nothing was written");
    assert_string_equal(days("08001"), "05-25 official, 06-29 official");
    assert_true(import(text, (struct holiday_import_options){.skip_faulty = true}));
    assert_said(reported, "left out since they cannot be read: 1\n");
    assert_string_equal(days("08001"), "05-27 official");
    assert_false(import("a,b\n", (struct holiday_import_options){0}));
    assert_said(complained, ":1: there is no column: any_calendari\n");
}

/* As many rows as the whole data set has. What compares each with each would not end within the statement's time. */
static void test_import__takes_over_many_years_of_everybody(void **state)
{
    enum { TOWNS = 600, YEARS = 17, ROW_MAX = 80 };
    char *text = malloc(TOWNS * YEARS * 2 * ROW_MAX + sizeof HEADER), *towns;
    size_t length = (size_t)snprintf(text, sizeof HEADER, "%s", HEADER);

    (void)state;
    towns = strdup(database_ask(url, "SELECT string_agg(ine5, '' ORDER BY ine5) FROM (SELECT ine5 FROM oam.body "
                                     "ORDER BY ine5 LIMIT 600) AS towns"));
    assert_int_equal(strlen(towns), 5 * TOWNS);
    for (int town = 0; town < TOWNS; town++)
        for (int year = 2030; year < 2030 + YEARS; year++)
            for (int month = 5; month < 7; month++)
                length += (size_t)snprintf(text + length, ROW_MAX, "%d,%d-%02d-%02d,X,,%.5s,000,Festiu local,\n", year,
                                           year, month, 1 + town % 28, towns + 5 * town);
    assert_true(import(text, (struct holiday_import_options){0}));
    assert_said(reported, "20400 added, 0 removed, 0 changed, 0 as they were\n");
    assert_true(import(text, (struct holiday_import_options){.dry_run = true}));
    assert_said(reported, "0 added, 0 removed, 0 changed, 20400 as they were");
    free(towns);
    free(text);
}

/* ---- iCalendar ---- */

#define CALENDAR(events) "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" events "END:VCALENDAR\r\n"
#define EVENT(lines)     "BEGIN:VEVENT\r\n" lines "END:VEVENT\r\n"

static void test_import__of_icalendar_is_for_whom_it_is_told(void **state)
{
    static const char text[] = CALENDAR(EVENT("DTSTART;VALUE=DATE:20260601\r\nSUMMARY:Dilluns de Pentecosta\r\n") EVENT(
        "DTSTART;VALUE=DATE:20100101\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:Cap d'Any\r\n"));

    (void)state;
    assert_false(import(text, (struct holiday_import_options){0}));
    assert_said(complained, "--scope says whose holidays these are");
    assert_false(import(text, (struct holiday_import_options){.scope = "local"}));
    assert_said(complained, "--body names the body");
    assert_false(import(text, (struct holiday_import_options){.scope = "aran", .body = "0801930008"}));
    assert_false(import(text, (struct holiday_import_options){.scope = "local", .body = "0000000000"}));
    assert_said(complained, "is the code of --body right?");
    assert_false(import(text, (struct holiday_import_options){.scope = "planet"}));
    assert_true(import(text, (struct holiday_import_options){.scope = "local", .body = "0801930008"}));
    assert_string_equal(days("08019"), "01-01 official, 06-01 official");
    assert_true(import(text, (struct holiday_import_options){.scope = "catalunya"}));
    assert_said(reported, "catalunya\n  - 2026-01-06");
    assert_said(reported, "1 added, 11 removed, 0 changed, 1 as they were\n");
    assert_answer("2026-06-17", "SELECT day FROM oam.holiday WHERE scope = 'aran' AND day < '2026-12-01'");
    assert_answer("2026-12-26",
                  "SELECT day FROM oam.holiday WHERE scope = 'aran' AND day > '2026-12-01' AND day < '2027-01-01'");
}

/* A day that was lifted rests again when it is published. */
static void test_import__puts_a_lifted_day_back(void **state)
{
    (void)state;
    assert_true(import(CALENDAR(EVENT("DTSTART;VALUE=DATE:20270329\r\nSUMMARY:Pasqua\r\n")),
                       (struct holiday_import_options){.scope = "aran"}));
    assert_said(reported, "aran\n  ~ 2027-03-29  Pasqua  (was lifted)\n  - 2027-06-17  Festa d'Aran  (was official)\n");
    assert_answer("f", "SELECT lifted FROM oam.holiday WHERE scope = 'aran' AND day = '2027-03-29'");
}

static void test_import__of_what_repeats_alone_asks_for_the_year(void **state)
{
    static const char text[] =
        CALENDAR(EVENT("DTSTART;VALUE=DATE:20100101\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:Cap d'Any\r\n"));

    (void)state;
    assert_false(import(text, (struct holiday_import_options){.scope = "catalunya"}));
    assert_said(complained, "--year says which one is meant");
    assert_true(import(text, (struct holiday_import_options){.scope = "catalunya", .year = 2040}));
    assert_answer("2040-01-01", "SELECT day FROM oam.holiday WHERE day > '2039-01-01'");
    assert_false(
        import("BEGIN:VCALENDAR\r\nX-A:\xff\r\nEND:VCALENDAR\r\n", (struct holiday_import_options){.scope = "aran"}));
    assert_said(complained, "not in UTF-8");
}

static void test_import__says_so_when_there_is_no_file_or_no_database(void **state)
{
    char keep[DATABASE_URL_SIZE];

    (void)state;
    assert_true(import(HEADER ROW("05-25", "08019", "000"), (struct holiday_import_options){0}));
    memcpy(keep, url, sizeof keep);
    snprintf(url, sizeof url, "host='/nowhere' dbname='x'");
    assert_false(import(HEADER ROW("05-25", "08019", "000"), (struct holiday_import_options){0}));
    assert_true(strlen(complained) > 0);
    memcpy(url, keep, sizeof url);
    assert_false(holiday_import_run(url, &(struct holiday_import_options){.path = "/nowhere/at/all"}, stdout, stderr));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_import__takes_over_the_year_of_a_town_and_nothing_else, new_desk),
        cmocka_unit_test_setup(test_import__again_changes_nothing, new_desk),
        cmocka_unit_test_setup(test_import__on_trial_reports_the_same_and_writes_nothing, new_desk),
        cmocka_unit_test_setup(test_import__makes_official_what_was_announced, new_desk),
        cmocka_unit_test_setup(test_import__leaves_hamlets_out_unless_one_is_chosen, new_desk),
        cmocka_unit_test_setup(test_import__tells_what_a_person_should_look_at, new_desk),
        cmocka_unit_test_setup(test_import__of_one_year_leaves_the_others, new_desk),
        cmocka_unit_test_setup(test_import__refuses_all_of_a_file_of_which_it_cannot_read_a_row, new_desk),
        cmocka_unit_test_setup(test_import__takes_over_many_years_of_everybody, new_desk),
        cmocka_unit_test_setup(test_import__of_icalendar_is_for_whom_it_is_told, new_desk),
        cmocka_unit_test_setup(test_import__puts_a_lifted_day_back, new_desk),
        cmocka_unit_test_setup(test_import__of_what_repeats_alone_asks_for_the_year, new_desk),
        cmocka_unit_test_setup(test_import__says_so_when_there_is_no_file_or_no_database, new_desk),
    };
    const int descriptor = mkstemp(path);
    if (!database_server() || descriptor < 0) {
        puts("OAM_TEST_DATABASE_URL is not set");
        return 77;
    }
    close(descriptor);
    const int failed = cmocka_run_group_tests_name("holiday_import", tests, NULL, NULL);
    free(reported);
    free(complained);
    unlink(path);
    database_drop_all();
    return failed;
}
