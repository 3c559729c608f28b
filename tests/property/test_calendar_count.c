/* Counting on random calendars and zones, against a counter that goes minute by minute. */
#include "property/test_calendar_model.h"

enum { MODELS = 80, WINDOW_DAYS = 45, QUESTIONS = 60 };

/* What one minute after another says of a window around a random instant, shifts of the zone included. */
static void check_window(const struct model *model, uint64_t *seed, int32_t around)
{
    const int64_t from_us = (around - WINDOW_DAYS / 2 + random_below(seed, 30)) * DAY_US;
    const int64_t to_us = from_us + WINDOW_DAYS * DAY_US;
    int64_t open_us = workflow_calendar_open_us(model->calendar, from_us), last_closed_us = from_us;
    for (int64_t at_us = from_us; at_us < to_us; at_us += MINUTE_US) {
        const bool open = model_is_open(model, at_us);
        assert_true(workflow_calendar_open_us(model->calendar, at_us) == open_us);
        assert_true(workflow_calendar_open_us(model->calendar, at_us + 17) == open_us + 17 * open);
        if (open) {
            /* Whoever looked for an open minute since the last one ended finds this one. */
            if (last_closed_us >= 0) {
                assert_true(workflow_calendar_next_open(model->calendar, last_closed_us) == at_us);
                last_closed_us = -1;
            }
            assert_true(workflow_calendar_reach(model->calendar, open_us + 1) == at_us + 1);
            assert_true(workflow_calendar_reach(model->calendar, open_us + MINUTE_US) == at_us + MINUTE_US);
            open_us += MINUTE_US;
        } else if (last_closed_us < 0) {
            last_closed_us = at_us;
        }
    }
}

static void test_open__is_what_a_counter_of_minutes_counts_and_reach_is_its_inverse(void **state)
{
    uint64_t seed = UINT64_C(20260529);

    (void)state;
    for (int i = 0; i < MODELS; i++) {
        const int32_t around = MODEL_FIRST_DAY + 200 + random_below(&seed, MODEL_DAYS - 400);
        struct model *model = model_new(&seed, around);
        check_window(model, &seed, around);
        model_free(model);
    }
}

/* Over all forty years, not only where the holidays are. */
static void test_reach__comes_back_from_everywhere(void **state)
{
    uint64_t seed = UINT64_C(271828);

    (void)state;
    for (int i = 0; i < MODELS; i++) {
        struct model *model = model_new(&seed, MODEL_FIRST_DAY + random_below(&seed, MODEL_DAYS));
        const int64_t all_us = workflow_calendar_open_us(model->calendar, WORKFLOW_NEVER);
        for (int q = 0; q < QUESTIONS && all_us > 0; q++) {
            const int64_t open_us = 1 + (int64_t)(random_next(&seed) % (uint64_t)all_us);
            const int64_t at_us = workflow_calendar_reach(model->calendar, open_us);
            assert_true(workflow_calendar_open_us(model->calendar, at_us) == open_us);
            assert_true(workflow_calendar_open_us(model->calendar, at_us - 1) == open_us - 1);
        }
        assert_true(workflow_calendar_reach(model->calendar, all_us + 1) == WORKFLOW_NEVER);
        model_free(model);
    }
}

static void test_working_days__are_those_of_every_place_one_by_one(void **state)
{
    uint64_t seed = UINT64_C(314159);

    (void)state;
    for (int i = 0; i < MODELS; i++) {
        const int32_t around = MODEL_FIRST_DAY + 200 + random_below(&seed, MODEL_DAYS - 400), from = around - 190;
        struct model *model = model_new(&seed, around);
        int32_t n = 0, next = INT32_MAX;
        for (int32_t day = from; day < around + 190; day++) {
            const bool working = model_is_working(model, day);
            assert_int_equal(workflow_calendar_is_working(model->calendar, day), working);
            assert_int_equal(workflow_calendar_working_days(model->calendar, from, day), n);
            n += working;
        }
        for (int32_t day = around + 190; day-- > from;) {
            next = model_is_working(model, day) ? day : next;
            if (next != INT32_MAX)
                assert_int_equal(workflow_calendar_working_day(model->calendar, day), next);
        }
        model_free(model);
    }
}

/* A local day begins where the clock on the wall first shows it. */
static void test_day_start__is_the_first_instant_of_its_day(void **state)
{
    uint64_t seed = UINT64_C(161803);

    (void)state;
    for (int i = 0; i < MODELS; i++) {
        struct workflow_zone *zone = random_zone(&seed);
        for (int q = 0; q < 400; q++) {
            const int32_t day = MODEL_FIRST_DAY + random_below(&seed, MODEL_DAYS);
            const int64_t at_us = workflow_zone_day_start(zone, day);
            assert_true(workflow_zone_day(zone, at_us) >= day);
            assert_true(workflow_zone_day(zone, at_us - 1) < day);
        }
        free(zone);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open__is_what_a_counter_of_minutes_counts_and_reach_is_its_inverse),
        cmocka_unit_test(test_reach__comes_back_from_everywhere),
        cmocka_unit_test(test_working_days__are_those_of_every_place_one_by_one),
        cmocka_unit_test(test_day_start__is_the_first_instant_of_its_day),
    };
    return cmocka_run_group_tests_name("calendar_count", tests, NULL, NULL);
}
