/* Pages in memory: found again by who asked for them, for as long as nothing changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "service/page_cache.h"

struct caches {
    struct arena *arena;
    struct answer_cache *answers;
    struct page_cache *pages;
};

static int begin(void **state)
{
    static struct caches caches;
    caches.arena = arena_new(4096);
    caches.answers = answer_cache_new(1024 * 1024);
    caches.pages = page_cache_new(caches.answers, 1024 * 1024);
    *state = &caches;
    return 0;
}

static int end(void **state)
{
    struct caches *caches = *state;
    page_cache_free(caches->pages);
    answer_cache_free(caches->answers);
    arena_free(caches->arena);
    return 0;
}

static const struct page_entry page = {.bytes = "{\"items\":[]}", .length = 12, .etag = "W/\"1\"", .link = "<x>"};

static void test_find__gives_the_page_with_its_headers(void **state)
{
    struct caches *caches = *state;
    struct page_entry found;
    page_cache_keep(caches->pages, "k", page_cache_ticket(caches->pages), &page);
    assert_true(page_cache_find(caches->pages, "k", caches->arena, &found));
    assert_string_equal(found.bytes, page.bytes);
    assert_int_equal(found.length, page.length);
    assert_string_equal(found.etag, page.etag);
    assert_string_equal(found.link, page.link);
    assert_false(page_cache_find(caches->pages, "l", caches->arena, &found));
}

static void test_find__finds_nothing_after_any_change(void **state)
{
    struct caches *caches = *state;
    struct page_entry found;
    page_cache_keep(caches->pages, "k", page_cache_ticket(caches->pages), &page);
    answer_cache_forget(caches->answers, "OAM-2026-000001");
    assert_false(page_cache_find(caches->pages, "k", caches->arena, &found));
    page_cache_keep(caches->pages, "k", page_cache_ticket(caches->pages), &page);
    answer_cache_forget_all(caches->answers);
    assert_false(page_cache_find(caches->pages, "k", caches->arena, &found));
    page_cache_keep(caches->pages, "k", page_cache_ticket(caches->pages), &page);
    answer_cache_forget_all(caches->answers);
    assert_false(page_cache_find(caches->pages, "k", caches->arena, &found));
}

static void test_keep__ignores_a_page_older_than_a_change(void **state)
{
    struct caches *caches = *state;
    struct page_entry found;
    uint64_t ticket = page_cache_ticket(caches->pages);
    answer_cache_forget(caches->answers, "OAM-2026-000002");
    page_cache_keep(caches->pages, "k", ticket, &page);
    assert_false(page_cache_find(caches->pages, "k", caches->arena, &found));
}

static void test_keep__leaves_alone_what_is_too_large(void **state)
{
    struct caches *caches = *state;
    static char large[8192];
    struct page_entry found, entry = page;
    memset(large, ' ', sizeof large - 1);
    entry.bytes = large;
    entry.length = sizeof large - 1;
    page_cache_keep(caches->pages, "k", page_cache_ticket(caches->pages), &entry);
    assert_false(page_cache_find(caches->pages, "k", caches->arena, &found));
}

static void test_key__tells_callers_reach_language_and_question_apart(void **state)
{
    struct caches *caches = *state;
    struct actor actors[] = {
        {.role = ROLE_LOCAL_USER, .principal = "user:1", .n_bodies = 1, .bodies = {7}},
        {.role = ROLE_LOCAL_USER, .principal = "user:2", .n_bodies = 1, .bodies = {7}},
        {.role = ROLE_LOCAL_USER, .principal = "user:1", .n_bodies = 1, .bodies = {8}},
        {.role = ROLE_LOCAL_USER, .principal = "user:1", .n_bodies = 2, .bodies = {7, 8}},
        {.role = ROLE_SIGNER, .principal = "user:1", .n_bodies = 1, .bodies = {7}},
        {.role = ROLE_AGENT, .principal = "user:1", .staff = true, .agent_id = 3},
        {.role = ROLE_AGENT, .principal = "user:1", .staff = true, .agent_id = 4},
        {.role = ROLE_INTEGRATION, .principal = "client:1", .all_bodies = true},
    };
    const char *keys[16];
    size_t n = 0;
    for (size_t i = 0; i < sizeof actors / sizeof *actors; i++)
        keys[n++] = page_cache_key(caches->arena, &actors[i], TEXT_CA, "&limit=5");
    keys[n++] = page_cache_key(caches->arena, &actors[0], TEXT_ES, "&limit=5");
    keys[n++] = page_cache_key(caches->arena, &actors[0], TEXT_CA, "&limit=6");
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(keys[i], keys[j]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_find__gives_the_page_with_its_headers, begin, end),
        cmocka_unit_test_setup_teardown(test_find__finds_nothing_after_any_change, begin, end),
        cmocka_unit_test_setup_teardown(test_keep__ignores_a_page_older_than_a_change, begin, end),
        cmocka_unit_test_setup_teardown(test_keep__leaves_alone_what_is_too_large, begin, end),
        cmocka_unit_test_setup_teardown(test_key__tells_callers_reach_language_and_question_apart, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
