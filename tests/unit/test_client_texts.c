/* The sentences of oamctl: three languages, the same holes in each; and widths of what is printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "suggest.c"
#include "text.c"
#include "width.c"

static size_t count_holes(const char *sentence)
{
    size_t n = 0;
    while ((sentence = strstr(sentence, "{}")) != NULL) {
        n++;
        sentence += 2;
    }
    return n;
}

static void test_texts__each_language_has_each_sentence_with_the_same_holes(void **state)
{
    (void)state;
    for (int id = 0; id < TEXT_COUNT; id++) {
        const char *ca = text_in(LANGUAGE_CA, (enum text)id);
        for (int language = LANGUAGE_ES; language < LANGUAGE_COUNT; language++) {
            const char *other = text_in((enum language)language, (enum text)id);
            assert_int_equal(count_holes(ca), count_holes(other));
            assert_int_equal(*ca == '\0', *other == '\0');
        }
    }
}

static void test_language__is_catalan_unless_another_of_ours_is_named(void **state)
{
    static const struct {
        const char *tag, *language;
    } cases[] = {{"C", "ca"},  {"POSIX", "ca"}, {NULL, "ca"}, {"fr_FR.UTF-8", "ca"},   {"es_ES.UTF-8", "es"},
                 {"es", "es"}, {"en_GB", "en"}, {"", "ca"},   {"ca_ES@valencia", "ca"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        text_choose(cases[i].tag);
        assert_string_equal(text_language(), cases[i].language);
    }
}

static void test_width__counts_cells_and_not_bytes(void **state)
{
    (void)state;
    assert_int_equal(text_width("Sol·licitud"), 11);
    assert_int_equal(text_width("e\xCC\x81"), 1);
    assert_int_equal(text_width("日本"), 4);
    assert_int_equal(text_width("\xFF\xFE"), 2);
    assert_int_equal(text_clip("日本", 3), 3);
    assert_int_equal(text_clip("àbc", 2), 3);
}

static void test_print__what_others_wrote_cannot_drive_the_terminal(void **state)
{
    static const char nasty[] = "a\033[2J\xC2\x9B"
                                "b\tc\xE2\x80\xAE";
    char *printed = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&printed, &size);
    (void)state;
    print_clean(out, nasty, sizeof nasty - 1);
    fclose(out);
    assert_string_equal(printed, "a [2J b c ");
    free(printed);
}

static void assert_block(const char *text, size_t indent, size_t width, const char *expected)
{
    char *printed = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&printed, &size);
    print_block(out, text, indent, width);
    fclose(out);
    assert_string_equal(printed, expected);
    free(printed);
}

static void test_block__breaks_at_blanks_and_at_its_own_line_ends(void **state)
{
    (void)state;
    assert_block("", 4, 20, "\n");
    assert_block("one line", 4, 0, "one line\n");
    assert_block("a\n\nb\n", 2, 0, "a\n\n  b\n");
    assert_block("one two three four", 2, 14, "one two\n  three four\n");
    assert_block("exactly twelve\nand", 2, 16, "exactly twelve\n  and\n");
    assert_block("sense-cap-espai-per-tallar", 2, 14, "sense-cap-es\n  pai-per-tall\n  ar\n");
    assert_block("àèìòùàèìòùàè ça", 2, 14, "àèìòùàèìòùàè\n  ça\n");
    assert_block("narrow \033[2J terminal", 30, 20, "narrow  [2J terminal\n");
}

static const char *word_at(size_t index, const void *context)
{
    static const char *const words[] = {"status", "show", "list", "login", "logout"};
    (void)context;
    return index < sizeof words / sizeof *words ? words[index] : NULL;
}

static void test_suggest__offers_what_is_near_and_nothing_else(void **state)
{
    (void)state;
    assert_string_equal(suggest("staus", word_at, NULL), "status");
    assert_string_equal(suggest("lsit", word_at, NULL), "list");
    assert_string_equal(suggest("sho", word_at, NULL), "show");
    assert_null(suggest("frobnicate", word_at, NULL));
    /* Two letters in the wrong order are one slip. */
    assert_int_equal(distance("GVO", "GOV"), 1);
    assert_int_equal(distance("GVO", "ECO"), 2);
    assert_int_equal(distance("kitten", "sitting"), 3);
    assert_int_equal(distance("", "abc"), 3);
    assert_int_equal(distance("abc", ""), 3);
    assert_int_equal(distance("ca", "abc"), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts__each_language_has_each_sentence_with_the_same_holes),
        cmocka_unit_test(test_language__is_catalan_unless_another_of_ours_is_named),
        cmocka_unit_test(test_width__counts_cells_and_not_bytes),
        cmocka_unit_test(test_print__what_others_wrote_cannot_drive_the_terminal),
        cmocka_unit_test(test_block__breaks_at_blanks_and_at_its_own_line_ends),
        cmocka_unit_test(test_suggest__offers_what_is_near_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
