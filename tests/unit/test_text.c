#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/text.h"
#include "base/utf8.h"

static void test_negotiation(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        enum text_language expected;
    } cases[] = {
        {NULL, TEXT_CA},
        {"", TEXT_CA},
        {"*", TEXT_CA},
        {"fr, de;q=0.5", TEXT_CA},
        {"en", TEXT_EN},
        {"EN-gb", TEXT_EN},
        {"es-ES,es;q=0.9,en;q=0.8", TEXT_ES},
        {"en;q=0.5, es;q=0.7", TEXT_ES},
        {"ca;q=0, en;q=0.1", TEXT_EN},
        {"en;q=0.001, fr", TEXT_EN},
        {"en;q=2, es;q=0.2", TEXT_ES},
        {"en;q=abc, es ; q=0.2", TEXT_ES},
        {"eng", TEXT_CA},
        {" , ,en", TEXT_EN},
        {"*;q=0.5, es", TEXT_ES},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(text_language_negotiate(cases[i].header), cases[i].expected);
}

static void test_format_fills_and_cuts(void **state)
{
    (void)state;
    char out[256], small[12];
    const char *const args[] = {"1", "200", NULL};
    text_format(out, sizeof out, TEXT_EN, TEXT_VIOLATION_OUT_OF_RANGE, args);
    assert_string_equal(out, "The value must be between 1 and 200.");
    text_format(out, sizeof out, TEXT_EN, TEXT_VIOLATION_OUT_OF_RANGE, NULL);
    assert_string_equal(out, "The value must be between  and .");
    const char *const wide[] = {"\xc3\xa0\xc3\xa0\xc3\xa0\xc3\xa0\xc3\xa0\xc3\xa0\xc3\xa0\xc3\xa0", NULL};
    for (size_t size = 1; size <= sizeof small; size++) {
        text_format(small, size, TEXT_EN, TEXT_VIOLATION_UNKNOWN_MEMBER, wide);
        assert_true(strlen(small) < size);
        assert_true(utf8_valid(small, strlen(small)));
    }
    for (size_t size = 20; size < 60; size++) {
        text_format(out, size, TEXT_EN, TEXT_VIOLATION_WRONG_TYPE, wide);
        assert_true(utf8_valid(out, strlen(out)));
    }
}

static void test_utf8_is_strict(void **state)
{
    (void)state;
    static const char *const good[] = {
        "", "a", "\xc3\xa0", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {
        "\x80",         "\xc0\xaf", "\xc3",         "\xe0\x80\x80",     "\xed\xa0\x80",
        "\xf5\x80\x80", "\xff",     "\xe2\x82",     "\xf0\x80\x80\x80", "\xf4\x90\x80\x80",
        "a\xc3(",       "\xc1\xbf", "\xf0\x9f\x98", "\xe2(\xa1"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(utf8_valid(good[i], strlen(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(utf8_valid(bad[i], strlen(bad[i])));
    assert_int_equal(utf8_count("a\xc3\xa0\xe2\x82\xac", 6), 3);
}

static void test_languages_have_tags(void **state)
{
    (void)state;
    assert_string_equal(text_language_tag(TEXT_CA), "ca");
    assert_string_equal(text_language_tag(TEXT_ES), "es");
    assert_string_equal(text_language_tag(TEXT_EN), "en");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_negotiation),
        cmocka_unit_test(test_format_fills_and_cuts),
        cmocka_unit_test(test_utf8_is_strict),
        cmocka_unit_test(test_languages_have_tags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
