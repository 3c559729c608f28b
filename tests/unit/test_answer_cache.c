/* The cache of hot answers: what is found, what is forgotten, and that nothing stale is ever kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "service/answer_cache.h"

static struct answer_entry entry_of(const char *bytes, int64_t version)
{
    return (struct answer_entry){
        .version = version, .body_id = 7, .submitted = true, .bytes = bytes, .length = strlen(bytes)};
}

static void keep(struct answer_cache *cache, const char *ref, const char *bytes, int64_t version)
{
    struct answer_entry entry = entry_of(bytes, version);
    answer_cache_keep(cache, ref, ANSWER_STATUS, TEXT_CA, answer_cache_ticket(cache, ref), &entry);
}

static void test_find__gives_the_bytes_of_the_language(void **state)
{
    (void)state;
    struct arena *arena = arena_new(1024);
    struct answer_cache *cache = answer_cache_new(1024 * 1024);
    struct answer_entry found;
    keep(cache, "OAM-2026-000001", "{\"a\":1}", 3);
    assert_true(answer_cache_find(cache, "OAM-2026-000001", ANSWER_STATUS, TEXT_CA, arena, &found));
    assert_string_equal(found.bytes, "{\"a\":1}");
    assert_int_equal(found.version, 3);
    assert_false(answer_cache_find(cache, "OAM-2026-000001", ANSWER_STATUS, TEXT_ES, arena, &found));
    assert_false(answer_cache_find(cache, "OAM-2026-000002", ANSWER_STATUS, TEXT_CA, arena, &found));
    answer_cache_free(cache);
    arena_free(arena);
}

static void test_find__tells_a_request_from_its_status(void **state)
{
    (void)state;
    struct arena *arena = arena_new(1024);
    struct answer_cache *cache = answer_cache_new(1024 * 1024);
    struct answer_entry found, request = entry_of("{\"title\":\"x\"}", 3);
    keep(cache, "OAM-2026-000001", "{\"progress\":1}", 3);
    assert_false(answer_cache_find(cache, "OAM-2026-000001", ANSWER_REQUEST, TEXT_CA, arena, &found));
    answer_cache_keep(cache, "OAM-2026-000001", ANSWER_REQUEST, TEXT_CA, 0, &request);
    assert_true(answer_cache_find(cache, "OAM-2026-000001", ANSWER_REQUEST, TEXT_CA, arena, &found));
    assert_string_equal(found.bytes, "{\"title\":\"x\"}");
    answer_cache_forget(cache, "OAM-2026-000001");
    assert_false(answer_cache_find(cache, "OAM-2026-000001", ANSWER_REQUEST, TEXT_CA, arena, &found));
    assert_false(answer_cache_find(cache, "OAM-2026-000001", ANSWER_STATUS, TEXT_CA, arena, &found));
    answer_cache_free(cache);
    arena_free(arena);
}

static void test_find__without_an_arena_copies_no_bytes(void **state)
{
    (void)state;
    struct answer_cache *cache = answer_cache_new(1024 * 1024);
    struct answer_entry found;
    keep(cache, "OAM-2026-000001", "{}", 3);
    assert_true(answer_cache_find(cache, "OAM-2026-000001", ANSWER_STATUS, TEXT_CA, NULL, &found));
    assert_null(found.bytes);
    assert_int_equal(found.version, 3);
    answer_cache_free(cache);
}

static void test_forget__forgets_every_language(void **state)
{
    (void)state;
    struct answer_cache *cache = answer_cache_new(1024 * 1024);
    struct answer_entry found, entry = entry_of("{}", 1);
    for (enum text_language language = TEXT_CA; language < TEXT_LANGUAGES; language++)
        answer_cache_keep(cache, "OAM-2026-000001", ANSWER_STATUS, language, 0, &entry);
    answer_cache_forget(cache, "OAM-2026-000001");
    for (enum text_language language = TEXT_CA; language < TEXT_LANGUAGES; language++)
        assert_false(answer_cache_find(cache, "OAM-2026-000001", ANSWER_STATUS, language, NULL, &found));
    answer_cache_free(cache);
}

static void test_keep__ignores_what_was_forgotten_since_its_ticket(void **state)
{
    (void)state;
    struct answer_cache *cache = answer_cache_new(1024 * 1024);
    struct answer_entry found, old = entry_of("{}", 1);
    uint64_t ticket = answer_cache_ticket(cache, "OAM-2026-000001");
    answer_cache_forget(cache, "OAM-2026-000001"); /* somebody changed it while we read the database */
    answer_cache_keep(cache, "OAM-2026-000001", ANSWER_STATUS, TEXT_CA, ticket, &old);
    assert_false(answer_cache_find(cache, "OAM-2026-000001", ANSWER_STATUS, TEXT_CA, NULL, &found));
    answer_cache_free(cache);
}

static void test_keep__lets_the_oldest_go_when_it_is_full(void **state)
{
    (void)state;
    struct arena *arena = arena_new(4096);
    struct answer_cache *cache = answer_cache_new(64 * 1024);
    struct answer_entry found;
    size_t there = 0;
    for (int i = 0; i < 5000; i++)
        keep(cache, arena_printf(arena, "OAM-2026-%06d", i), "{\"some\":\"bytes\"}", 1);
    for (int i = 0; i < 5000; i++)
        there +=
            answer_cache_find(cache, arena_printf(arena, "OAM-2026-%06d", i), ANSWER_STATUS, TEXT_CA, NULL, &found);
    assert_in_range(there, 64, 640); /* 64 KB, some 150 bytes each */
    assert_true(answer_cache_find(cache, "OAM-2026-004999", ANSWER_STATUS, TEXT_CA, NULL, &found));
    answer_cache_free(cache);
    arena_free(arena);
}

static void test_keep__holds_nothing_with_no_memory_to_use(void **state)
{
    (void)state;
    struct answer_cache *cache = answer_cache_new(0);
    struct answer_entry found;
    keep(cache, "OAM-2026-000001", "{}", 1);
    assert_false(answer_cache_find(cache, "OAM-2026-000001", ANSWER_STATUS, TEXT_CA, NULL, &found));
    answer_cache_free(cache);
}

static void test_forget_all__empties_it_and_spoils_tickets(void **state)
{
    (void)state;
    struct answer_cache *cache = answer_cache_new(1024 * 1024);
    struct answer_entry found, entry = entry_of("{}", 1);
    keep(cache, "OAM-2026-000001", "{}", 1);
    uint64_t ticket = answer_cache_ticket(cache, "OAM-2026-000001");
    answer_cache_forget_all(cache);
    answer_cache_keep(cache, "OAM-2026-000001", ANSWER_STATUS, TEXT_CA, ticket, &entry);
    assert_false(answer_cache_find(cache, "OAM-2026-000001", ANSWER_STATUS, TEXT_CA, NULL, &found));
    answer_cache_free(cache);
}

static void test_visible__is_the_rule_of_row_level_security(void **state)
{
    (void)state;
    struct answer_entry submitted = entry_of("{}", 1), draft = submitted;
    draft.submitted = false;
    const struct actor own = {.role = ROLE_LOCAL_USER, .n_bodies = 1, .bodies = {7}};
    const struct actor foreign = {.role = ROLE_SIGNER, .n_bodies = 1, .bodies = {8}};
    const struct actor staff = {.role = ROLE_AGENT, .staff = true};
    const struct actor integration = {.role = ROLE_INTEGRATION, .all_bodies = true};
    const struct actor nobody = {.role = ROLE_NONE};
    assert_true(answer_entry_visible(&submitted, &own) && answer_entry_visible(&draft, &own));
    assert_false(answer_entry_visible(&submitted, &foreign) || answer_entry_visible(&draft, &foreign));
    assert_true(answer_entry_visible(&submitted, &staff));
    assert_false(answer_entry_visible(&draft, &staff)); /* the body's working paper */
    assert_true(answer_entry_visible(&submitted, &integration) && answer_entry_visible(&draft, &integration));
    assert_false(answer_entry_visible(&submitted, &nobody));
}

static void test_find__finds_nothing_past_what_is_trusted(void **state)
{
    (void)state;
    struct answer_cache *cache = answer_cache_new(1024 * 1024);
    struct answer_entry found;
    keep(cache, "OAM-2026-000001", "{}", 3);
    answer_cache_trust(cache, clock_monotonic() - 1);
    assert_false(answer_cache_find(cache, "OAM-2026-000001", ANSWER_STATUS, TEXT_CA, NULL, &found));
    answer_cache_trust(cache, clock_monotonic() + 3600 * INT64_C(1000000));
    assert_true(answer_cache_find(cache, "OAM-2026-000001", ANSWER_STATUS, TEXT_CA, NULL, &found));
    answer_cache_free(cache);
}

/* Writers raise a version and forget; readers keep what they read before. What is found is never older than the last
   version that was finished when the reader began. */
static atomic_int_least64_t newest;

static void *write_versions(void *cache)
{
    for (int i = 0; i < 20000; i++) {
        atomic_fetch_add(&newest, 1);
        answer_cache_forget(cache, "OAM-2026-000001");
    }
    return NULL;
}

static void *keep_versions(void *cache)
{
    for (int i = 0; i < 20000; i++) {
        uint64_t ticket = answer_cache_ticket(cache, "OAM-2026-000001");
        struct answer_entry entry = entry_of("{}", atomic_load(&newest));
        answer_cache_keep(cache, "OAM-2026-000001", ANSWER_STATUS, TEXT_CA, ticket, &entry);
    }
    return NULL;
}

static void test_keep__never_leaves_an_old_version_behind(void **state)
{
    (void)state;
    struct answer_cache *cache = answer_cache_new(1024 * 1024);
    struct answer_entry found;
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, i % 2 ? keep_versions : write_versions, cache), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    if (answer_cache_find(cache, "OAM-2026-000001", ANSWER_STATUS, TEXT_CA, NULL, &found))
        assert_int_equal(found.version, atomic_load(&newest));
    answer_cache_free(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find__gives_the_bytes_of_the_language),
        cmocka_unit_test(test_find__tells_a_request_from_its_status),
        cmocka_unit_test(test_find__without_an_arena_copies_no_bytes),
        cmocka_unit_test(test_forget__forgets_every_language),
        cmocka_unit_test(test_keep__ignores_what_was_forgotten_since_its_ticket),
        cmocka_unit_test(test_keep__lets_the_oldest_go_when_it_is_full),
        cmocka_unit_test(test_keep__holds_nothing_with_no_memory_to_use),
        cmocka_unit_test(test_forget_all__empties_it_and_spoils_tickets),
        cmocka_unit_test(test_visible__is_the_rule_of_row_level_security),
        cmocka_unit_test(test_find__finds_nothing_past_what_is_trusted),
        cmocka_unit_test(test_keep__never_leaves_an_old_version_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
