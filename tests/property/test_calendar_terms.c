/* Terms and clocks on random calendars: their ends by a walk from day to day, and what holds of every clock. */
#include "property/test_calendar_model.h"

enum { MODELS = 120, QUESTIONS = 60, KINDS = 4 };

static struct workflow_span random_span(uint64_t *seed)
{
    static const int32_t most[KINDS] = {60, 90, 40, 14};
    struct workflow_span span = {.kind = (enum workflow_span_kind)random_below(seed, KINDS)};
    span.amount = 1 + random_below(seed, most[span.kind]);
    span.keeps_day = random_below(seed, 4) == 0;
    return span;
}

/* An instant in the hundred days before `around`, where holidays are dense; often at the very end of a day. */
static int64_t random_instant(uint64_t *seed, const struct workflow_zone *zone, int32_t around)
{
    const int64_t at_us = (around - random_below(seed, 100)) * DAY_US + (int64_t)(random_next(seed) % (uint64_t)DAY_US);
    if (random_below(seed, 4))
        return at_us;
    return workflow_zone_day_start(zone, workflow_zone_day(zone, at_us)) - random_below(seed, 2);
}

static int32_t last_of_month(int year, unsigned month, unsigned wanted)
{
    int32_t day = 0;
    while (!workflow_date_day((struct workflow_date){year, month, wanted}, &day))
        wanted--;
    return day;
}

/* The law, one day after another. */
static int32_t walk(const struct model *model, struct workflow_span span, int32_t from_day)
{
    int32_t day = from_day;
    if (span.kind == WORKFLOW_SPAN_HABILS) {
        for (int32_t left = span.amount; left > 0; left -= model_is_working(model, day))
            day++;
        return day;
    }
    if (span.kind == WORKFLOW_SPAN_MONTHS) {
        struct workflow_date date = workflow_day_date(from_day);
        for (int32_t left = span.amount; left > 0; left--) {
            date.year += date.month == 12;
            date.month = date.month == 12 ? 1 : date.month + 1;
        }
        day = last_of_month(date.year, date.month, date.day);
    } else {
        day += span.amount;
    }
    while (!span.keeps_day && !model_is_working(model, day))
        day++;
    return day;
}

static void test_due__is_where_a_walk_from_day_to_day_ends(void **state)
{
    uint64_t seed = UINT64_C(577215);

    (void)state;
    for (int i = 0; i < MODELS; i++) {
        const int32_t around = MODEL_FIRST_DAY + 300 + random_below(&seed, MODEL_DAYS - 1200);
        struct model *model = model_new(&seed, around);
        for (int q = 0; q < QUESTIONS; q++) {
            const struct workflow_span span = random_span(&seed);
            const int64_t from_us = random_instant(&seed, model->zone, around);
            const int64_t due_us = workflow_due(model->calendar, span, from_us, NULL);
            if (span.kind == WORKFLOW_SPAN_WORK_HOURS) {
                if (due_us != WORKFLOW_NEVER)
                    assert_true(workflow_calendar_open_us(model->calendar, due_us) -
                                    workflow_calendar_open_us(model->calendar, from_us) ==
                                span.amount * HOUR_US);
                continue;
            }
            const int32_t last_day = walk(model, span, workflow_zone_day(model->zone, from_us));
            assert_true(due_us == workflow_zone_day_start(model->zone, last_day + 1));
        }
        model_free(model);
    }
}

static void test_due__comes_no_earlier_for_who_begins_later(void **state)
{
    uint64_t seed = UINT64_C(141421);

    (void)state;
    for (int i = 0; i < MODELS; i++) {
        const int32_t around = MODEL_FIRST_DAY + 300 + random_below(&seed, MODEL_DAYS - 1200);
        struct model *model = model_new(&seed, around);
        const struct workflow_span span = random_span(&seed);
        int64_t from_us = random_instant(&seed, model->zone, around), last_us = INT64_MIN;
        for (int q = 0; q < QUESTIONS; q++, from_us += random_below(&seed, 40) * HOUR_US) {
            const int64_t due_us = workflow_due(model->calendar, span, from_us, NULL);
            assert_true(due_us >= last_us);
            assert_true(due_us > from_us);
            last_us = due_us;
        }
        model_free(model);
    }
}

/* Why: the days that it names are those that did not count, and without them the end is the plain one. */
static void test_why__names_exactly_the_days_that_did_not_count(void **state)
{
    struct workflow_skip skips[400];
    uint64_t seed = UINT64_C(223606);

    (void)state;
    for (int i = 0; i < MODELS; i++) {
        const int32_t around = MODEL_FIRST_DAY + 300 + random_below(&seed, MODEL_DAYS - 1200);
        struct model *model = model_new(&seed, around);
        for (int q = 0; q < QUESTIONS; q++) {
            const struct workflow_span span = random_span(&seed);
            const int64_t from_us = random_instant(&seed, model->zone, around);
            struct workflow_why why = {.skips = skips, .capacity = 400};
            const int64_t due_us = workflow_due(model->calendar, span, from_us, &why);
            if (span.kind == WORKFLOW_SPAN_WORK_HOURS || due_us == WORKFLOW_NEVER)
                continue;
            assert_true(due_us == workflow_zone_day_start(model->zone, why.last_day + 1));
            const int32_t first = span.kind == WORKFLOW_SPAN_HABILS ? why.from_day + 1 : why.plain_day;
            size_t n = 0;
            for (int32_t day = first; day < why.last_day; day++) {
                if (model_is_working(model, day))
                    continue;
                assert_true(n < why.n_skips && skips[n].day == day);
                assert_int_equal(skips[n].reason,
                                 model_weekday(day) >= 5 ? WORKFLOW_SKIP_WEEKEND : WORKFLOW_SKIP_HOLIDAY);
                assert_true((skips[n].holiday != NULL) == (model_weekday(day) < 5));
                n++;
            }
            assert_int_equal(n, why.n_skips);
        }
        model_free(model);
    }
}

/* ---- Clocks ---- */

struct life {
    struct workflow_clock clock;
    int64_t now_us;
};

/* A running clock that has been suspended up to three times, now and then when it was over. */
static struct life random_life(uint64_t *seed, const struct model *model, int32_t around)
{
    struct life life = {.now_us = random_instant(seed, model->zone, around)};
    assert_true(workflow_clock_start(&life.clock, random_span(seed), life.now_us));
    for (int32_t left = random_below(seed, 4); left > 0; left--) {
        life.now_us += random_below(seed, 400) * HOUR_US / 4;
        assert_true(workflow_clock_pause(&life.clock, model->calendar, life.now_us));
        life.now_us += random_below(seed, 400) * HOUR_US / 4;
        assert_true(workflow_clock_resume(&life.clock, life.now_us));
    }
    return life;
}

static void test_percent__is_a_hundred_exactly_from_the_end_on(void **state)
{
    uint64_t seed = UINT64_C(264575);

    (void)state;
    for (int i = 0; i < MODELS; i++) {
        const int32_t around = MODEL_FIRST_DAY + 300 + random_below(&seed, MODEL_DAYS - 1200);
        struct model *model = model_new(&seed, around);
        for (int q = 0; q < QUESTIONS; q++) {
            const struct life life = random_life(&seed, model, around);
            const int64_t due_us = workflow_clock_due(&life.clock, model->calendar, NULL);
            int32_t last = 0;
            int64_t at_us = life.clock.since_us;
            for (int step = 0; step < 40; step++, at_us += random_below(&seed, 80) * HOUR_US) {
                const int32_t percent = workflow_clock_percent(&life.clock, model->calendar, at_us);
                assert_true(percent >= last);
                assert_true((percent >= 100) == (at_us >= due_us));
                last = percent;
            }
        }
        model_free(model);
    }
}

static void test_reaches__is_the_first_instant_that_shows_the_percent(void **state)
{
    uint64_t seed = UINT64_C(331662);

    (void)state;
    for (int i = 0; i < MODELS; i++) {
        const int32_t around = MODEL_FIRST_DAY + 300 + random_below(&seed, MODEL_DAYS - 1200);
        struct model *model = model_new(&seed, around);
        for (int q = 0; q < QUESTIONS; q++) {
            const struct life life = random_life(&seed, model, around);
            const int32_t percent = 1 + random_below(&seed, 150);
            const int64_t at_us = workflow_clock_reaches(&life.clock, model->calendar, percent);
            if (at_us == WORKFLOW_NEVER || at_us < life.clock.since_us)
                continue;
            assert_true(workflow_clock_percent(&life.clock, model->calendar, at_us) >= percent);
            if (at_us > life.clock.since_us)
                assert_true(workflow_clock_percent(&life.clock, model->calendar, at_us - 1) < percent);
        }
        model_free(model);
    }
}

/* What a suspension costs it brings: open time to the microsecond, whole days otherwise. */
static void test_suspension__moves_the_end_by_what_it_lasted(void **state)
{
    uint64_t seed = UINT64_C(360555);

    (void)state;
    for (int i = 0; i < MODELS; i++) {
        const int32_t around = MODEL_FIRST_DAY + 300 + random_below(&seed, MODEL_DAYS - 1200);
        struct model *model = model_new(&seed, around);
        for (int q = 0; q < QUESTIONS; q++) {
            struct life life = random_life(&seed, model, around);
            const struct workflow_clock before = life.clock;
            const int64_t due_us = workflow_clock_due(&before, model->calendar, NULL);
            const int64_t pause_us = life.now_us + random_below(&seed, 300) * HOUR_US;
            const int64_t resume_us = pause_us + random_below(&seed, 2) * random_below(&seed, 900) * HOUR_US;
            workflow_clock_pause(&life.clock, model->calendar, pause_us);
            assert_true(workflow_clock_resume(&life.clock, resume_us));
            const int64_t moved_us = workflow_clock_due(&life.clock, model->calendar, NULL);
            if (due_us <= pause_us) {
                assert_true(moved_us <= resume_us); /* it was over: it stays so */
                continue;
            }
            assert_true(moved_us >= due_us && moved_us > resume_us);
            if (due_us == WORKFLOW_NEVER || moved_us == WORKFLOW_NEVER)
                continue;
            const int32_t due_day = workflow_zone_day(model->zone, due_us - 1),
                          pause_day = workflow_zone_day(model->zone, pause_us),
                          resume_day = workflow_zone_day(model->zone, resume_us),
                          moved_day = workflow_zone_day(model->zone, moved_us - 1);
            const int32_t lasted = workflow_calendar_working_days(model->calendar, pause_day + 1, resume_day + 1);
            switch (before.span.kind) {
            case WORKFLOW_SPAN_WORK_HOURS:
                assert_true(workflow_calendar_open_us(model->calendar, moved_us) -
                                workflow_calendar_open_us(model->calendar, due_us) ==
                            workflow_calendar_open_us(model->calendar, resume_us) -
                                workflow_calendar_open_us(model->calendar, pause_us));
                break;
            case WORKFLOW_SPAN_HABILS:
                if (life.clock.used < before.span.amount)
                    assert_int_equal(workflow_calendar_working_days(model->calendar, due_day + 1, moved_day + 1),
                                     lasted);
                break;
            default:
                if (before.span.keeps_day)
                    assert_int_equal(moved_day - due_day, resume_day - pause_day);
            }
        }
        model_free(model);
    }
}

/* ---- Extensions ---- */

/* Never more than half, never after the end, never twice; and the term is one as long as both together, however it was
   suspended before. */
static void test_extension__is_never_more_than_half_nor_too_late_nor_twice(void **state)
{
    uint64_t seed = UINT64_C(447213);
    int extended = 0, refused = 0;

    (void)state;
    for (int i = 0; i < MODELS; i++) {
        const int32_t around = MODEL_FIRST_DAY + 300 + random_below(&seed, MODEL_DAYS - 1200);
        struct model *model = model_new(&seed, around);
        for (int q = 0; q < QUESTIONS; q++) {
            struct life life = random_life(&seed, model, around);
            const struct workflow_clock before = life.clock;
            const int32_t length = before.span.amount, amount = random_below(&seed, length + 3) - 1;
            const int64_t due_us = workflow_clock_due(&before, model->calendar, NULL);
            const int64_t at_us = life.now_us + random_below(&seed, 900) * HOUR_US;
            const bool wanted = amount >= 1 && 2 * amount <= length && at_us < due_us;
            assert_int_equal(workflow_clock_extend(&life.clock, model->calendar, amount, at_us), wanted);
            extended += wanted;
            refused += !wanted;
            if (!wanted) {
                assert_memory_equal(&life.clock, &before, sizeof before);
                continue;
            }
            struct workflow_clock longer = before;
            longer.span.amount = length + amount;
            const int64_t moved_us = workflow_clock_due(&life.clock, model->calendar, NULL);
            assert_true(moved_us == workflow_clock_due(&longer, model->calendar, NULL) && moved_us >= due_us);
            assert_false(workflow_clock_extend(&life.clock, model->calendar, 1, at_us));
            assert_int_equal(life.clock.span.amount, length + amount);
        }
        model_free(model);
    }
    assert_true(extended > 100 && refused > 100);
}

/* ---- Corrections ---- */

/* Whether the two calendars ever disagree on what has passed, asked minute by minute or day by day. */
static bool reads_differently(const struct workflow_clock *clock, const struct model *before, const struct model *after,
                              int64_t to_us)
{
    const int64_t from_us = clock->since_us;
    if (clock->span.kind == WORKFLOW_SPAN_WORK_HOURS) {
        const int64_t ahead_us =
            workflow_calendar_open_us(before->calendar, from_us) - workflow_calendar_open_us(after->calendar, from_us);
        for (int64_t at_us = from_us; at_us <= to_us; at_us += MINUTE_US)
            if (workflow_calendar_open_us(before->calendar, at_us) -
                    workflow_calendar_open_us(after->calendar, at_us) !=
                ahead_us)
                return true;
        return false;
    }
    if (clock->span.kind == WORKFLOW_SPAN_HABILS)
        for (int32_t day = workflow_zone_day(before->zone, from_us) + 1;
             day <= workflow_zone_day(before->zone, to_us - 1); day++)
            if (model_is_working(before, day) != model_is_working(after, day))
                return true;
    return false;
}

/* The same model with one holiday more, less or moved, or with other hours. */
static struct model *corrected(uint64_t *seed, const struct model *model, int32_t around)
{
    struct model *after = calloc(1, sizeof *after);
    memcpy(after, model, sizeof *after);
    for (size_t p = 0; p < after->n_places; p++)
        for (size_t l = 0; l < after->places[p].n_layers; l++)
            after->places[p].layers[l].days = after->days[p][l];
    if (after->n_places > 0 && after->places[0].n_layers > 0 && after->places[0].layers[0].n > 0) {
        struct workflow_holidays *layer = &after->places[0].layers[0];
        after->days[0][0][random_below(seed, (int32_t)layer->n)].day = around - 60 + random_below(seed, 120);
        qsort(after->days[0][0], layer->n, sizeof after->days[0][0][0], compare_days);
    } else {
        random_hours(seed, &after->hours);
    }
    const struct workflow_calendar_source source = {
        .zone = after->zone, .places = after->places, .n_places = after->n_places, .hours = &after->hours};
    after->calendar = workflow_calendar_init(malloc(workflow_calendar_size()), &source, NULL);
    assert_non_null(after->calendar);
    return after;
}

static void test_touched__are_exactly_the_clocks_that_read_differently(void **state)
{
    uint64_t seed = UINT64_C(412310);
    int touched = 0, untouched = 0;

    (void)state;
    for (int i = 0; i < MODELS * 3; i++) {
        const int32_t around = MODEL_FIRST_DAY + 300 + random_below(&seed, MODEL_DAYS - 1200);
        struct model *before = model_new(&seed, around), *after = corrected(&seed, before, around);
        int32_t first = 0, last = 0;
        const bool differ = workflow_calendar_differ(before->calendar, after->calendar, &first, &last);
        for (int q = 0; q < 12; q++) {
            struct workflow_clock clock = {0};
            struct workflow_touch touch;
            assert_true(workflow_clock_start(&clock, random_span(&seed), random_instant(&seed, before->zone, around)));
            const int64_t due_us = workflow_clock_due(&clock, before->calendar, NULL),
                          then_us = workflow_clock_due(&clock, after->calendar, NULL);
            const int64_t latest_us = due_us > then_us ? due_us : then_us;
            if (latest_us == WORKFLOW_NEVER)
                continue;
            const bool wanted = due_us != then_us || reads_differently(&clock, before, after, latest_us);
            assert_int_equal(workflow_clock_touched(&clock, before->calendar, after->calendar, &touch), wanted);
            if (wanted) {
                assert_true(touch.due_before_us == due_us && touch.due_after_us == then_us);
                assert_true(differ && touch.first_day >= first && touch.first_day <= last);
            }
            touched += wanted;
            untouched += !wanted;
        }
        free(after->calendar);
        free(after);
        model_free(before);
    }
    assert_true(touched > 200 && untouched > 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_due__is_where_a_walk_from_day_to_day_ends),
        cmocka_unit_test(test_due__comes_no_earlier_for_who_begins_later),
        cmocka_unit_test(test_why__names_exactly_the_days_that_did_not_count),
        cmocka_unit_test(test_percent__is_a_hundred_exactly_from_the_end_on),
        cmocka_unit_test(test_reaches__is_the_first_instant_that_shows_the_percent),
        cmocka_unit_test(test_suspension__moves_the_end_by_what_it_lasted),
        cmocka_unit_test(test_extension__is_never_more_than_half_nor_too_late_nor_twice),
        cmocka_unit_test(test_touched__are_exactly_the_clocks_that_read_differently),
    };
    return cmocka_run_group_tests_name("calendar_terms", tests, NULL, NULL);
}
