/* Times for people, and the keys of the contract in their language. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "moment.c"
#include "text.c"
#include "width.c"
#include "words.c"

#define NOW "2026-11-22T12:00:00Z"

static int64_t epoch(const char *text)
{
    int64_t seconds = 0;
    assert_true(moment_parse(text, &seconds));
    return seconds;
}

static int in_zone(void **state, const char *zone)
{
    (void)state;
    setenv("TZ", zone, 1);
    tzset();
    return 0;
}

static int in_madrid(void **state)
{
    return in_zone(state, "Europe/Madrid");
}

static void assert_shown(const char *time, enum moment_style style, const char *expected)
{
    char buffer[CELL_MAX];
    assert_string_equal(moment_text(time, style, epoch(NOW), buffer, sizeof buffer), expected);
}

static void test_moment__reads_the_times_of_the_contract_and_nothing_else(void **state)
{
    static const char *const none[] = {
        "",           "2026-11-22",           "2026-11-22T08:30:00",          "2026-11-22T08:30:00+01:00",
        "22/11/2026", "2026-13-22T08:30:00Z", "2026-11-22T08:30:00Z and more"};
    int64_t seconds = 7;
    (void)state;
    assert_true(epoch("1970-01-02T00:00:00.123456Z") == 86400);
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_false(moment_parse(none[i], &seconds));
    assert_true(seconds == 7);
}

static void test_moment__is_told_by_the_clock_of_the_reader(void **state)
{
    (void)state;
    text_choose("ca");
    assert_shown("2026-11-22T08:30:59.999Z", MOMENT_STAMP, "22 nov 09:30");
    assert_shown("2026-07-01T22:30:00Z", MOMENT_STAMP, "2 jul 00:30");
    assert_shown("2025-12-31T23:30:00Z", MOMENT_STAMP, "1 gen 00:30");
    assert_shown("2025-12-31T22:30:00Z", MOMENT_STAMP, "31 des 2025 23:30");
    assert_shown("2026-07-01T22:30:00Z", MOMENT_EXACT, "2026-07-02 00:30:00+02:00");
    assert_shown("2026-07-01T22:30:00Z", MOMENT_UTC, "2026-07-01 22:30:00Z");
    in_zone(state, "America/St_Johns");
    assert_shown("2026-11-22T08:30:00Z", MOMENT_EXACT, "2026-11-22 05:00:00-03:30");
    in_madrid(state);
}

static void test_moment__says_how_long_ago_while_that_helps(void **state)
{
    static const struct {
        const char *time, *ca, *es, *en;
    } cases[] = {{"2026-11-22T11:59:01Z", "ara mateix", "ahora mismo", "just now"},
                 {"2026-11-22T12:01:59Z", "ara mateix", "ahora mismo", "just now"},
                 {"2026-11-22T11:59:00Z", "fa 1 min", "hace 1 min", "1 min ago"},
                 {"2026-11-22T11:00:01Z", "fa 59 min", "hace 59 min", "59 min ago"},
                 {"2026-11-22T09:00:00Z", "fa 3 h", "hace 3 h", "3 h ago"},
                 {"2026-11-16T09:00:00Z", "fa 6 d", "hace 6 d", "6 d ago"},
                 {"2026-11-15T12:00:00Z", "15 nov", "15 nov", "15 Nov"},
                 {"2024-02-29T12:00:00Z", "29 febr 2024", "29 feb 2024", "29 Feb 2024"},
                 {"2026-11-22T12:10:00Z", "d'aquí a 10 min", "dentro de 10 min", "in 10 min"},
                 {"2026-11-24T12:00:00Z", "d'aquí a 2 d", "dentro de 2 d", "in 2 d"},
                 {"2027-01-10T12:00:00Z", "10 gen 2027", "10 ene 2027", "10 Jan 2027"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        text_choose("ca");
        assert_shown(cases[i].time, MOMENT_AGE, cases[i].ca);
        text_choose("es");
        assert_shown(cases[i].time, MOMENT_AGE, cases[i].es);
        text_choose("en");
        assert_shown(cases[i].time, MOMENT_AGE, cases[i].en);
    }
    assert_shown("2026-11-22T09:00:00Z", MOMENT_FULL, "22 Nov 2026 10:00 (3 h ago)");
    assert_shown("2020-01-02T09:00:00Z", MOMENT_FULL, "2 Jan 2020 10:00");
}

static void test_moment__what_is_no_time_is_shown_as_it_came(void **state)
{
    (void)state;
    assert_shown("soon", MOMENT_AGE, "soon");
    assert_shown("", MOMENT_FULL, "");
}

static void test_months__are_twelve_in_each_language(void **state)
{
    (void)state;
    for (int language = 0; language < LANGUAGE_COUNT; language++) {
        size_t blanks = 0;
        for (const char *p = text_in((enum language)language, T_MONTHS); *p; p++)
            blanks += *p == ' ';
        assert_int_equal(blanks, 11);
    }
}

static void test_words__are_translated_and_unknown_keys_kept(void **state)
{
    (void)state;
    text_choose("ca");
    assert_string_equal(word_label(WORDS_PHASE, "study"), "estudi");
    assert_string_equal(word_label(WORDS_SUPPORT, "economic"), "econòmic");
    text_choose("es");
    assert_string_equal(word_label(WORDS_PHASE, "study"), "estudio");
    assert_string_equal(word_label(WORDS_PHASE, "limbo"), "limbo");
    assert_string_equal(word_label(WORDS_ROLE, "study"), "study");
    for (size_t i = 0; i < N_WORDS; i++)
        for (int language = 0; language < LANGUAGE_COUNT; language++)
            assert_true(*words[i].labels[language] != '\0');
    for (size_t i = 0; i < N_WORDS; i++)
        for (size_t j = 0; j < i; j++)
            assert_true(words[i].vocabulary != words[j].vocabulary || strcmp(words[i].key, words[j].key) != 0);
    size_t n_phases = 0;
    while (word_key(WORDS_PHASE, n_phases))
        n_phases++;
    assert_int_equal(n_phases, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moment__reads_the_times_of_the_contract_and_nothing_else),
        cmocka_unit_test(test_moment__is_told_by_the_clock_of_the_reader),
        cmocka_unit_test(test_moment__says_how_long_ago_while_that_helps),
        cmocka_unit_test(test_moment__what_is_no_time_is_shown_as_it_came),
        cmocka_unit_test(test_months__are_twelve_in_each_language),
        cmocka_unit_test(test_words__are_translated_and_unknown_keys_kept),
    };
    return cmocka_run_group_tests(tests, in_madrid, NULL);
}
