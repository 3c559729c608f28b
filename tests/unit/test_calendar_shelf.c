/* What is compiled once is found again, by whoever asks for the same; what counts by other holidays is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "service/calendars.h"

static struct calendar_shelf *shelf;

static int setup(void **state)
{
    (void)state;
    shelf = calendar_shelf_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    calendar_shelf_free(shelf);
    return 0;
}

static struct workflow_calendar_source source_of(const struct workflow_place *place)
{
    return (struct workflow_calendar_source){.zone = calendars_zone(), .places = place, .n_places = 1};
}

static const struct workflow_place nowhere = {.n_layers = 0};

static const struct workflow_calendar *added(int64_t body, size_t n_places, const char *hours)
{
    const struct workflow_calendar_source source = source_of(&nowhere);
    return calendar_shelf_add(shelf, &(struct calendar_key){{body, 0}, n_places, hours}, &source);
}

static const struct workflow_calendar *found(int64_t body, size_t n_places, const char *hours)
{
    return calendar_shelf_find(shelf, &(struct calendar_key){{body, 0}, n_places, hours});
}

static void test_shelf__finds_what_was_added_and_nothing_else(void **state)
{
    (void)state;
    assert_null(found(1, 1, NULL));
    const struct workflow_calendar *first = added(1, 1, NULL);
    assert_non_null(first);
    assert_ptr_equal(first, found(1, 1, NULL));
    assert_null(found(2, 1, NULL));
    assert_null(found(1, 2, NULL));
    assert_null(found(1, 1, "mon-fri 08:00-15:00"));
    assert_ptr_equal(first, added(1, 1, NULL)); /* not compiled again */
}

static void test_shelf__keeps_the_hours_of_a_definition_that_goes(void **state)
{
    (void)state;
    char hours[] = "mon-fri 08:00-15:00";
    const struct workflow_calendar *kept = added(1, 1, hours);
    memset(hours, 'x', sizeof hours - 1);
    assert_null(found(1, 1, hours));
    assert_ptr_equal(kept, found(1, 1, "mon-fri 08:00-15:00"));
}

static void test_shelf__takes_no_more_than_it_has_places_for(void **state)
{
    (void)state;
    size_t kept = 0;
    for (int64_t body = 1; body <= 2 * CALENDAR_SHELF_PLACES; body++)
        kept += added(body, 1, NULL) != NULL;
    assert_in_range(kept, CALENDAR_SHELF_PLACES / 2, CALENDAR_SHELF_PLACES);
    for (int64_t body = 1; body <= 2 * CALENDAR_SHELF_PLACES; body++)
        kept -= found(body, 1, NULL) != NULL;
    assert_int_equal(0, kept);
}

static void test_shelf__refuses_what_cannot_be_compiled(void **state)
{
    (void)state;
    static const struct workflow_holiday days[] = {{.day = 20500}, {.day = 20400}};
    const struct workflow_place place = {.layers = {{days, 2}}, .n_layers = 1};
    const struct workflow_calendar_source source = source_of(&place);
    assert_null(calendar_shelf_add(shelf, &(struct calendar_key){{1, 0}, 1, NULL}, &source));
    assert_null(found(1, 1, NULL));
}

enum { THREADS = 4, BODIES = 100 };

static void *add_all(void *data)
{
    const struct workflow_calendar **ret = data;
    for (int64_t i = 0; i < BODIES; i++) {
        ret[i] = found(i + 1, 1, NULL);
        if (!ret[i])
            ret[i] = added(i + 1, 1, NULL);
    }
    return NULL;
}

static void test_shelf__has_one_of_each_whoever_adds_it_first(void **state)
{
    (void)state;
    static const struct workflow_calendar *of[THREADS][BODIES];
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(0, pthread_create(&threads[i], NULL, add_all, of[i]));
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(0, pthread_join(threads[i], NULL));
    for (size_t i = 0; i < BODIES; i++) {
        assert_non_null(of[0][i]);
        for (size_t thread = 1; thread < THREADS; thread++)
            assert_ptr_equal(of[0][i], of[thread][i]);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_shelf__finds_what_was_added_and_nothing_else),
        TEST(test_shelf__keeps_the_hours_of_a_definition_that_goes),
        TEST(test_shelf__takes_no_more_than_it_has_places_for),
        TEST(test_shelf__refuses_what_cannot_be_compiled),
        TEST(test_shelf__has_one_of_each_whoever_adds_it_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
