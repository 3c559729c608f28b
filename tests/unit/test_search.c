/* Finding by name as people type it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "service/search.h"

static struct arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_new(4096);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void test_search_fold__drops_case_and_marks(void **state)
{
    static const char *const cases[][2] = {
        {"", ""},
        {"Àgora d'Òrrius", "agora d'orrius"},
        {"l’Hospitalet", "l'hospitalet"},
        {"Col·lecció", "colleccio"},
        {"COL·LECCIÓ", "colleccio"},
        {"col.lecció", "colleccio"},
        {"coŀlecció", "colleccio"},
        {"Castellar del Vallès", "castellar del valles"},
        {"Espai-Çà ñandú Øst straße", "espai-ca nandu ost strasse"},
        {"e\xcc\x81tude", "etude"}, /* a mark after its letter */
        {"v1.2", "v1.2"},
        {"a\xc2\xa0"
         "b",
         "a b"},
        {"日本", "日本"},
        {"bad \xff\xc3", "bad "},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(cases[i][1], search_fold(arena, cases[i][0]));
}

static bool finds(const char *typed, const char *name)
{
    struct search search = search_new(arena, typed);
    return search_find(&search, search_fold(arena, name));
}

static void test_search_find__wants_every_word_in_any_place(void **state)
{
    (void)state;
    assert_true(finds("hospitalet LLOBREGAT", "l'Hospitalet de Llobregat"));
    assert_true(finds("  llobregat\thospi ", "l'Hospitalet de Llobregat"));
    assert_false(finds("hospitalet infant", "l'Hospitalet de Llobregat"));
    assert_true(finds(NULL, "anything"));
    assert_true(finds("   ", "anything"));
    assert_false(finds("a", ""));
}

static void test_word_set__holds_all_when_empty(void **state)
{
    const char *items[] = {"11", "13"};
    const struct word_set none = {NULL, 0}, two = {items, 2};
    (void)state;
    assert_true(word_set_has(&none, "99"));
    assert_true(word_set_has(&two, "13"));
    assert_false(word_set_has(&two, "1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_search_fold__drops_case_and_marks, setup, teardown),
        cmocka_unit_test_setup_teardown(test_search_find__wants_every_word_in_any_place, setup, teardown),
        cmocka_unit_test_setup_teardown(test_word_set__holds_all_when_empty, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
