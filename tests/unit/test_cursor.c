/* Cursors hold for the list they were made for, and cannot be made by anybody else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "service/cursor.h"

static struct arena *arena;
static struct auth *ours, *others;

static struct auth *auth_of(const char *secret)
{
    const struct auth_settings settings = {.secret = (const unsigned char *)secret,
                                           .secret_length = 32,
                                           .issuer = "http://127.0.0.1",
                                           .login_attempts = 10};
    return auth_new(&settings);
}

static int setup(void **state)
{
    (void)state;
    arena = arena_new(4096);
    ours = auth_of("0123456789abcdef0123456789abcdef");
    others = auth_of("0123456789abcdef0123456789abcdeX");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    auth_free(ours);
    auth_free(others);
    arena_free(arena);
    return 0;
}

static bool holds(const struct auth *auth, uint64_t kind, const char *text, struct cursor *ret)
{
    struct error err = {.arena = arena, .language = TEXT_EN};
    if (cursor_decode(auth, kind, text, ret, &err))
        return true;
    assert_int_equal(ERROR_INVALID_PARAMETER, err.kind);
    assert_int_equal(1, err.n_violations);
    assert_string_equal("cursor", err.violations[0].parameter);
    assert_string_equal("bad_cursor", err.violations[0].code);
    return false;
}

static void test_cursor__comes_back_as_it_went(void **state)
{
    static const int64_t values[] = {0, 1, -1, 1763800000123456, INT64_MAX, INT64_MIN};
    const size_t n = sizeof values / sizeof *values;
    (void)state;
    for (size_t i = 0; i < n; i++) {
        struct cursor cursor;
        const char *text = cursor_encode(arena, ours, 7, values[i], values[n - 1 - i], i % 2 == 1);
        assert_int_equal(44, strlen(text));
        assert_true(holds(ours, 7, text, &cursor));
        assert_true(cursor.key == values[i] && cursor.id == values[n - 1 - i] && cursor.backwards == (i % 2 == 1));
    }
}

static void test_cursor__holds_for_one_list_and_one_secret(void **state)
{
    struct cursor cursor;
    (void)state;
    const char *text = cursor_encode(arena, ours, 7, 1, 2, false);
    assert_false(holds(ours, 8, text, &cursor));
    assert_false(holds(others, 7, text, &cursor));
}

static void test_cursor__refuses_every_altered_character(void **state)
{
    struct cursor cursor;
    (void)state;
    char *text = arena_strdup(arena, cursor_encode(arena, ours, 7, 1, 2, false));
    for (size_t i = 0; text[i] != '\0'; i++) {
        char was = text[i];
        text[i] = was == 'A' ? 'B' : 'A';
        assert_false(holds(ours, 7, text, &cursor));
        text[i] = was;
    }
    assert_true(holds(ours, 7, text, &cursor));
}

static void test_cursor__refuses_what_is_none(void **state)
{
    static const char *const cases[] = {"",
                                        "A",
                                        "aGk",
                                        "%00",
                                        "=",
                                        "********************************************",
                                        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                                        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    struct cursor cursor;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_false(holds(ours, 7, cases[i], &cursor));
}

static void test_cursor_kind__tells_absent_from_empty_and_parts_from_each_other(void **state)
{
    const char *const absent[] = {"requests", NULL}, *const empty[] = {"requests", ""}, *const one[] = {"ab", "c"},
                      *const other[] = {"a", "bc"};
    (void)state;
    assert_true(cursor_kind(absent, 2) != cursor_kind(empty, 2));
    assert_true(cursor_kind(one, 2) != cursor_kind(other, 2));
    assert_true(cursor_kind(one, 2) == cursor_kind(one, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_cursor__comes_back_as_it_went, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cursor__holds_for_one_list_and_one_secret, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cursor__refuses_every_altered_character, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cursor__refuses_what_is_none, setup, teardown),
        cmocka_unit_test(test_cursor_kind__tells_absent_from_empty_and_parts_from_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
