/* What batch polls were answered: good for as long as none of their requests changes, whatever else does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "service/query_cache.h"

struct caches {
    struct arena *arena;
    struct answer_cache *answers;
    struct query_cache *queries;
};

static const char *const refs[] = {"OAM-2026-000009", "OAM-2026-000002", "OAM-2026-000005"};

static int begin(void **state)
{
    static struct caches caches;
    caches.arena = arena_new(4096);
    caches.answers = answer_cache_new(1024 * 1024);
    caches.queries = query_cache_new(caches.answers, 1024 * 1024);
    *state = &caches;
    return 0;
}

static int end(void **state)
{
    struct caches *caches = *state;
    query_cache_free(caches->queries);
    answer_cache_free(caches->answers);
    arena_free(caches->arena);
    return 0;
}

static void keep(struct caches *caches, const char *key, const char *etag)
{
    query_cache_keep(caches->queries, key, answer_cache_changes(caches->answers), refs, 3, etag);
}

static void change_others(struct caches *caches, int count)
{
    char ref[24];
    for (int i = 0; i < count; i++) {
        (void)snprintf(ref, sizeof ref, "OAM-2025-%06d", i);
        answer_cache_forget(caches->answers, ref);
    }
}

static void test_find__outlives_the_changes_of_others(void **state)
{
    struct caches *caches = *state;
    keep(caches, "k", "W/\"1\"");
    for (int i = 0; i < 5; i++) { /* more than are remembered, but never at once */
        change_others(caches, 8000);
        assert_string_equal(query_cache_find(caches->queries, "k", caches->arena), "W/\"1\"");
    }
    assert_null(query_cache_find(caches->queries, "l", caches->arena));
    keep(caches, "k", "W/\"2\"");
    assert_string_equal(query_cache_find(caches->queries, "k", caches->arena), "W/\"2\"");
}

static void test_find__knows_nothing_once_one_of_them_changed(void **state)
{
    struct caches *caches = *state;
    for (size_t i = 0; i < 3; i++) {
        keep(caches, "k", "W/\"1\"");
        change_others(caches, 10);
        answer_cache_forget(caches->answers, refs[i]);
        change_others(caches, 10);
        assert_null(query_cache_find(caches->queries, "k", caches->arena));
        assert_null(query_cache_find(caches->queries, "k", caches->arena));
    }
    keep(caches, "k", "W/\"1\"");
    answer_cache_forget_all(caches->answers);
    assert_null(query_cache_find(caches->queries, "k", caches->arena));
}

static void test_find__knows_nothing_of_a_change_while_it_was_answered(void **state)
{
    struct caches *caches = *state;
    uint64_t ticket = answer_cache_changes(caches->answers);
    answer_cache_forget(caches->answers, refs[1]);
    query_cache_keep(caches->queries, "k", ticket, refs, 3, "W/\"1\"");
    assert_null(query_cache_find(caches->queries, "k", caches->arena));
}

static void test_find__knows_nothing_after_more_changes_than_are_remembered(void **state)
{
    struct caches *caches = *state;
    keep(caches, "k", "W/\"1\"");
    answer_cache_forget(caches->answers, refs[0]);
    change_others(caches, 8192);
    assert_null(query_cache_find(caches->queries, "k", caches->arena));
}

static void test_find__trusts_nothing_past_its_time(void **state)
{
    struct caches *caches = *state;
    keep(caches, "k", "W/\"1\"");
    answer_cache_trust(caches->answers, clock_monotonic() - 1);
    assert_null(query_cache_find(caches->queries, "k", caches->arena));
    answer_cache_trust(caches->answers, INT64_MAX);
    assert_non_null(query_cache_find(caches->queries, "k", caches->arena));
}

static void test_a_cache_of_no_bytes__keeps_nothing(void **state)
{
    struct caches *caches = *state;
    struct query_cache *none = query_cache_new(caches->answers, 0);
    query_cache_keep(none, "k", answer_cache_changes(caches->answers), refs, 3, "W/\"1\"");
    assert_null(query_cache_find(none, "k", caches->arena));
    query_cache_free(none);
    query_cache_free(NULL);
}

/* One writer raises a version and forgets; a poll reads it by way of memory. What is "not modified" is never older than
   the last version that was finished when the poll began. */
static atomic_int_least64_t newest, finished;

static void *write_versions(void *cls)
{
    struct caches *caches = cls;
    for (int64_t version = 1; version <= 20000; version++) {
        atomic_store(&newest, version);
        answer_cache_forget(caches->answers, refs[0]);
        atomic_store(&finished, version);
    }
    return NULL;
}

static int64_t read_version(struct caches *caches)
{
    struct answer_entry entry;
    uint64_t ticket = answer_cache_ticket(caches->answers, refs[0]);
    if (!answer_cache_find(caches->answers, refs[0], ANSWER_STATUS, TEXT_CA, NULL, &entry)) {
        entry = (struct answer_entry){.version = atomic_load(&newest), .submitted = true, .bytes = "{}", .length = 2};
        answer_cache_keep(caches->answers, refs[0], ANSWER_STATUS, TEXT_CA, ticket, &entry);
    }
    return entry.version;
}

static void test_find__is_never_older_than_what_was_finished(void **state)
{
    struct caches *caches = *state;
    char etag[24];
    int64_t done;
    pthread_t writer;
    atomic_store(&finished, 0);
    atomic_store(&newest, 0);
    assert_int_equal(pthread_create(&writer, NULL, write_versions, caches), 0);
    do {
        uint64_t ticket = answer_cache_changes(caches->answers);
        (void)snprintf(etag, sizeof etag, "%lld", (long long)read_version(caches));
        query_cache_keep(caches->queries, "k", ticket, refs, 3, etag);
        done = atomic_load(&finished);
        const char *told = query_cache_find(caches->queries, "k", caches->arena);
        assert_true(!told || strtoll(told, NULL, 10) >= done);
        arena_reset(caches->arena);
    } while (done < 20000);
    pthread_join(writer, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_find__outlives_the_changes_of_others, begin, end),
        cmocka_unit_test_setup_teardown(test_find__knows_nothing_once_one_of_them_changed, begin, end),
        cmocka_unit_test_setup_teardown(test_find__knows_nothing_of_a_change_while_it_was_answered, begin, end),
        cmocka_unit_test_setup_teardown(test_find__knows_nothing_after_more_changes_than_are_remembered, begin, end),
        cmocka_unit_test_setup_teardown(test_find__trusts_nothing_past_its_time, begin, end),
        cmocka_unit_test_setup_teardown(test_find__is_never_older_than_what_was_finished, begin, end),
        cmocka_unit_test_setup_teardown(test_a_cache_of_no_bytes__keeps_nothing, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
