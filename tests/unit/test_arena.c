#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/arena.h"

static char order[16];

static void note(void *object)
{
    size_t length = strlen(order);
    order[length] = *(const char *)object;
    order[length + 1] = '\0';
}

static void test_memory_is_zeroed_and_aligned(void **state)
{
    (void)state;
    struct arena *arena = arena_new(64);
    for (size_t size = 1; size < 5000; size = size * 3 + 1) {
        unsigned char *memory = arena_alloc(arena, size);
        assert_int_equal((uintptr_t)memory % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(memory[i], 0);
        memset(memory, 0xAA, size);
    }
    arena_free(arena);
}

static void test_reset_releases_last_in_first_out(void **state)
{
    (void)state;
    struct arena *arena = arena_new(64);
    order[0] = '\0';
    arena_attach(arena, note, "a");
    arena_attach(arena, note, "b");
    (void)arena_alloc(arena, 10000);
    arena_reset(arena);
    assert_string_equal(order, "ba");
    assert_int_equal(arena_used(arena), 0);
    arena_attach(arena, note, "c");
    arena_free(arena);
    assert_string_equal(order, "bac");
    arena_free(NULL);
}

static void test_rewind_keeps_what_was_before(void **state)
{
    (void)state;
    struct arena *arena = arena_new(64);
    order[0] = '\0';
    char *kept = arena_strdup(arena, "kept");
    arena_attach(arena, note, "k");
    struct arena_mark mark = arena_mark(arena);
    size_t used = arena_used(arena);
    for (int i = 0; i < 3; i++) {
        arena_attach(arena, note, "x");
        memset(arena_alloc(arena, 4000), 1, 4000);
        arena_rewind(arena, mark);
        assert_int_equal(arena_used(arena), used);
    }
    assert_string_equal(order, "xxx");
    assert_string_equal(kept, "kept");
    arena_free(arena);
    assert_string_equal(order, "xxxk");
}

static void test_texts(void **state)
{
    (void)state;
    struct arena *arena = arena_new(16);
    assert_null(arena_strdup(arena, NULL));
    assert_null(arena_strndup(arena, NULL, 3));
    assert_string_equal(arena_strndup(arena, "abcdef", 3), "abc");
    assert_string_equal(arena_printf(arena, "%s-%d", "x", 7), "x-7");
    char long_text[3000];
    memset(long_text, 'y', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    assert_string_equal(arena_printf(arena, "%s", long_text), long_text);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_is_zeroed_and_aligned),
        cmocka_unit_test(test_reset_releases_last_in_first_out),
        cmocka_unit_test(test_rewind_keeps_what_was_before),
        cmocka_unit_test(test_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
