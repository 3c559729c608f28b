/* Clocks that are paused, extended and read, and calendars that are corrected while they run. */
#include "unit/test_calendar_data.h"

#define HOUR_US INT64_C(3600000000)

static struct workflow_span span_of(enum workflow_span_kind kind, int32_t amount)
{
    return (struct workflow_span){.kind = kind, .amount = amount};
}

static struct workflow_clock started(enum workflow_span_kind kind, int32_t amount, const char *from)
{
    struct workflow_clock clock = {0};

    assert_true(workflow_clock_start(&clock, span_of(kind, amount), at(from)));
    return clock;
}

static void suspend(struct workflow_clock *clock, const struct workflow_calendar *calendar, const char *from,
                    const char *to)
{
    assert_true(workflow_clock_pause(clock, calendar, at(from)));
    assert_true(workflow_clock_due(clock, calendar, NULL) == WORKFLOW_NEVER);
    assert_true(workflow_clock_resume(clock, at(to)));
}

#define assert_due(clock, calendar, wanted) assert_instant(workflow_clock_due(clock, calendar, NULL), wanted)

/* ---- Suspension (art. 22) ---- */

static void test_clock__goes_from_state_to_state_and_nowhere_else(void **state)
{
    struct workflow_calendar *seat = calendar_barcelona(NULL);
    struct workflow_clock clock = {0};
    const int64_t t0 = at("2026-05-11T10:00:00+02:00"), t1 = t0 + HOUR_US;

    (void)state;
    assert_false(workflow_clock_pause(&clock, seat, t0));
    assert_false(workflow_clock_resume(&clock, t0));
    assert_false(workflow_clock_stop(&clock, seat, t0));
    assert_false(workflow_clock_extend(&clock, seat, 1, t0));
    assert_true(workflow_clock_due(&clock, seat, NULL) == WORKFLOW_NEVER);
    assert_int_equal(workflow_clock_percent(&clock, seat, t0), 0);
    assert_false(workflow_clock_start(&clock, span_of(WORKFLOW_SPAN_HABILS, -1), t0));
    assert_true(workflow_clock_start(&clock, span_of(WORKFLOW_SPAN_HABILS, 10), t0));
    assert_false(workflow_clock_start(&clock, span_of(WORKFLOW_SPAN_HABILS, 10), t1));
    assert_false(workflow_clock_resume(&clock, t1));
    assert_false(workflow_clock_pause(&clock, seat, t0 - 1));
    assert_false(workflow_clock_stop(&clock, seat, t0 - 1));
    assert_true(workflow_clock_pause(&clock, seat, t1));
    assert_false(workflow_clock_pause(&clock, seat, t1));
    assert_false(workflow_clock_resume(&clock, t1 - 1));
    assert_false(workflow_clock_stop(&clock, seat, t1 - 1));
    assert_true(workflow_clock_stop(&clock, seat, t1));
    assert_int_equal(clock.state, WORKFLOW_CLOCK_STOPPED);
    assert_false(workflow_clock_extend(&clock, seat, 1, t1));
    assert_false(workflow_clock_start(&clock, span_of(WORKFLOW_SPAN_DAYS, 1), t1 - 1));
    assert_true(workflow_clock_start(&clock, span_of(WORKFLOW_SPAN_DAYS, 1), t1));
    assert_int_equal(clock.used, 0);
    assert_true(workflow_clock_stop(&clock, seat, t1));
    assert_true(workflow_clock_start(&clock, span_of(WORKFLOW_SPAN_DAYS, 100000), t1));
    assert_false(workflow_clock_start(&(struct workflow_clock){0}, span_of(WORKFLOW_SPAN_DAYS, 100001), t1));
    free(seat);
}

static void test_habils__suspended_resume_with_the_working_days_that_were_left(void **state)
{
    struct workflow_calendar *seat = calendar_barcelona(NULL);
    /* 12, 13, 14 and 15 May are used; six are left from Tuesday 2 June on: 3, 4, 5, 8, 9, 10. */
    struct workflow_clock clock = started(WORKFLOW_SPAN_HABILS, 10, "2026-05-11T10:00:00+02:00");

    (void)state;
    assert_due(&clock, seat, "2026-05-27T00:00:00+02:00");
    suspend(&clock, seat, "2026-05-15T12:00:00+02:00", "2026-06-02T09:00:00+02:00");
    assert_int_equal(clock.used, 4);
    assert_due(&clock, seat, "2026-06-11T00:00:00+02:00");
    free(seat);
}

static void test_suspension__within_a_day_costs_and_brings_nothing(void **state)
{
    static const enum workflow_span_kind kinds[] = {WORKFLOW_SPAN_DAYS, WORKFLOW_SPAN_HABILS, WORKFLOW_SPAN_MONTHS};
    struct workflow_calendar *seat = calendar_barcelona(NULL);

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct workflow_clock clock = started(kinds[i], 3, "2026-05-11T10:00:00+02:00");
        const int64_t due_us = workflow_clock_due(&clock, seat, NULL);
        suspend(&clock, seat, "2026-05-13T09:00:00+02:00", "2026-05-13T18:00:00+02:00");
        assert_int_equal(workflow_clock_due(&clock, seat, NULL), due_us);
    }
    free(seat);
}

static void test_months__suspended_move_by_natural_days(void **state)
{
    struct workflow_calendar *seat = calendar_barcelona(NULL);
    struct workflow_clock clock = started(WORKFLOW_SPAN_MONTHS, 3, "2026-01-15T10:00:00+01:00");
    struct workflow_why why = {0};
    char text[256];

    (void)state;
    suspend(&clock, seat, "2026-02-02T10:00:00+01:00", "2026-02-12T10:00:00+01:00");
    suspend(&clock, seat, "2026-03-02T10:00:00+01:00", "2026-03-13T10:00:00+01:00");
    /* 15 April + 21 days: 6 May. */
    assert_instant(workflow_clock_due(&clock, seat, &why), "2026-05-07T00:00:00+02:00");
    assert_int_equal(why.suspended_days, 21);
    assert_day(why.from_day, "2026-01-15");
    workflow_why_text(&why, WORKFLOW_EN, text, sizeof text);
    assert_string_equal(text, "suspended for 21 days");
    /* What one term left in it is no part of the next one's reason. */
    why.clamped = true;
    workflow_due(seat, span_of(WORKFLOW_SPAN_HABILS, 1), at("2026-05-11T10:00:00+02:00"), &why);
    assert_int_equal(why.suspended_days, 0);
    assert_false(why.clamped);
    free(seat);
}

static void test_days__paused_on_the_last_day_still_have_a_last_day(void **state)
{
    static const enum workflow_span_kind kinds[] = {WORKFLOW_SPAN_DAYS, WORKFLOW_SPAN_HABILS};
    struct workflow_calendar *seat = calendar_barcelona(NULL);

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct workflow_clock clock = started(kinds[i], 2, "2026-05-11T10:00:00+02:00");
        assert_due(&clock, seat, "2026-05-14T00:00:00+02:00");
        assert_true(workflow_clock_pause(&clock, seat, at("2026-05-13T23:00:00+02:00")));
        assert_int_equal(workflow_clock_percent(&clock, seat, at("2026-05-20T00:00:00+02:00")), 99);
        assert_true(workflow_clock_resume(&clock, at("2026-05-22T09:00:00+02:00")));
        assert_due(&clock, seat, "2026-05-23T00:00:00+02:00");
        assert_int_equal(workflow_clock_percent(&clock, seat, at("2026-05-22T23:59:00+02:00")), 99);
    }
    free(seat);
}

/* The term was moved from Saturday 28 February to Monday 2 March, and is paused on the Sunday between. */
static void test_months__paused_where_the_end_was_moved_to_are_not_over(void **state)
{
    struct workflow_calendar *seat = calendar_barcelona(NULL);
    struct workflow_clock clock = started(WORKFLOW_SPAN_MONTHS, 1, "2026-01-28T10:00:00+01:00");

    (void)state;
    assert_due(&clock, seat, "2026-03-03T00:00:00+01:00");
    suspend(&clock, seat, "2026-03-01T10:00:00+01:00", "2026-03-10T10:00:00+01:00");
    assert_due(&clock, seat, "2026-03-11T00:00:00+01:00");
    free(seat);
}

static void test_clock__that_was_over_stays_over(void **state)
{
    static const enum workflow_span_kind kinds[] = {WORKFLOW_SPAN_DAYS, WORKFLOW_SPAN_HABILS, WORKFLOW_SPAN_MONTHS,
                                                    WORKFLOW_SPAN_WORK_HOURS};
    struct workflow_calendar *office = calendar_barcelona("mon-fri 08:00-15:00");

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct workflow_clock clock = started(kinds[i], 1, "2026-04-30T10:00:00+02:00");
        const int64_t due_us = workflow_clock_due(&clock, office, NULL);
        /* At the very instant, which for a working day is the beginning of a weekend. */
        assert_true(workflow_clock_pause(&clock, office, due_us));
        assert_true(workflow_clock_percent(&clock, office, due_us) >= 100);
        assert_true(workflow_clock_resume(&clock, due_us + 40 * 24 * HOUR_US));
        assert_true(workflow_clock_due(&clock, office, NULL) <= clock.since_us);
        assert_true(workflow_clock_percent(&clock, office, clock.since_us) >= 100);
    }
    free(office);
}

static void test_work_hours__suspended_keep_what_was_left_to_the_microsecond(void **state)
{
    struct workflow_calendar *office = calendar_barcelona("mon-fri 08:00-15:00");
    struct workflow_clock clock = started(WORKFLOW_SPAN_WORK_HOURS, 16, "2026-05-19T10:00:00+02:00");

    (void)state;
    suspend(&clock, office, "2026-05-20T09:00:00.000001+02:00", "2026-05-24T20:00:00+02:00");
    assert_int_equal(clock.used, 6 * HOUR_US + 1);
    assert_due(&clock, office, "2026-05-27T10:59:59.999999+02:00");
    free(office);
}

/* Art. 68.2 says of ten days what art. 32.1 says of any term: up to five more. */
static void test_extension__is_half_of_the_term_once(void **state)
{
    struct workflow_calendar *seat = calendar_barcelona(NULL);
    struct workflow_clock clock = started(WORKFLOW_SPAN_HABILS, 10, "2026-05-14T10:00:00+02:00");
    const int64_t now = at("2026-05-20T10:00:00+02:00");

    (void)state;
    assert_false(workflow_clock_extend(&clock, seat, 6, now));
    assert_false(workflow_clock_extend(&clock, seat, 0, now));
    assert_false(workflow_clock_extend(&clock, seat, -1, now));
    assert_due(&clock, seat, "2026-05-30T00:00:00+02:00");
    assert_true(workflow_clock_extend(&clock, seat, 5, now));
    assert_due(&clock, seat, "2026-06-06T00:00:00+02:00");
    assert_int_equal(clock.extended, 5);
    assert_false(workflow_clock_extend(&clock, seat, 1, now));
    assert_true(workflow_clock_stop(&clock, seat, now));
    assert_true(workflow_clock_start(&clock, span_of(WORKFLOW_SPAN_HABILS, 10), now));
    assert_int_equal(clock.extended, 0); /* another term */
    free(seat);
}

/* Three months have no half that is counted from date to date (30.4): one more, not one and a half, and never two. */
static void test_extension__of_an_odd_term_is_rounded_down(void **state)
{
    struct workflow_calendar *seat = calendar_barcelona(NULL);
    struct workflow_clock clock = started(WORKFLOW_SPAN_MONTHS, 3, "2026-02-27T10:00:00+01:00");

    (void)state;
    assert_int_equal(workflow_span_half(span_of(WORKFLOW_SPAN_MONTHS, 3)), 1);
    assert_int_equal(workflow_span_half(span_of(WORKFLOW_SPAN_DAYS, 15)), 7);
    assert_int_equal(workflow_span_half(span_of(WORKFLOW_SPAN_MONTHS, 1)), 0);
    assert_false(workflow_clock_extend(&clock, seat, 2, clock.started_us));
    assert_true(workflow_clock_extend(&clock, seat, 1, clock.started_us));
    assert_due(&clock, seat, "2026-06-30T00:00:00+02:00"); /* the 27th is a Saturday */
    free(seat);
}

/* Art. 32.3: before its end, which is the midnight after its last day; what is over stays over. */
static void test_extension__is_decided_before_the_end(void **state)
{
    struct workflow_calendar *seat = calendar_barcelona(NULL);
    const int64_t end = at("2026-05-30T00:00:00+02:00");
    struct workflow_clock clock = started(WORKFLOW_SPAN_HABILS, 10, "2026-05-14T10:00:00+02:00");

    (void)state;
    assert_false(workflow_clock_over(&(struct workflow_clock){0}, seat, end));
    assert_false(workflow_clock_over(&clock, seat, end - 1));
    assert_true(workflow_clock_over(&clock, seat, end));
    assert_false(workflow_clock_extend(&clock, seat, 5, end));
    assert_true(workflow_clock_extend(&clock, seat, 5, end - 1));
    assert_false(workflow_clock_over(&clock, seat, end));
    free(seat);
}

/* Who stands still on the last day is not over, however long it stands; who stopped to run after it is. */
static void test_extension__of_what_stands_still_asks_whether_it_was_over(void **state)
{
    struct workflow_calendar *seat = calendar_barcelona(NULL);
    const int64_t later = at("2026-09-01T10:00:00+02:00");
    struct workflow_clock in_time = started(WORKFLOW_SPAN_HABILS, 10, "2026-05-14T10:00:00+02:00"), late = in_time;

    (void)state;
    assert_true(workflow_clock_pause(&in_time, seat, at("2026-05-29T23:00:00+02:00")));
    assert_false(workflow_clock_over(&in_time, seat, later));
    assert_true(workflow_clock_extend(&in_time, seat, 5, later));
    assert_true(workflow_clock_resume(&in_time, later));
    assert_due(&in_time, seat, "2026-09-09T00:00:00+02:00");
    assert_true(workflow_clock_pause(&late, seat, at("2026-05-30T00:00:00+02:00")));
    assert_true(workflow_clock_over(&late, seat, later));
    assert_false(workflow_clock_extend(&late, seat, 5, later));
    free(seat);
}

static void test_extension__of_hours_is_over_when_they_are_spent(void **state)
{
    struct workflow_calendar *office = calendar_barcelona("mon-fri 08:00-15:00");
    struct workflow_clock clock = started(WORKFLOW_SPAN_WORK_HOURS, 7, "2026-05-20T08:00:00+02:00"), spent = clock;

    (void)state;
    assert_true(workflow_clock_extend(&clock, office, 3, at("2026-05-20T14:59:59+02:00")));
    assert_due(&clock, office, "2026-05-21T11:00:00+02:00");
    assert_true(workflow_clock_pause(&spent, office, at("2026-05-20T15:00:00+02:00")));
    assert_false(workflow_clock_extend(&spent, office, 3, at("2026-05-20T16:00:00+02:00")));
    free(office);
}

static void assert_told(const struct workflow_clock *clock, const struct workflow_calendar *calendar, bool legal,
                        const char *const told[WORKFLOW_LANGUAGES])
{
    struct workflow_why why = {.legal = legal};
    char text[400];

    (void)workflow_clock_due(clock, calendar, &why);
    assert_int_equal(why.extended, clock->extended);
    for (unsigned i = 0; i < WORKFLOW_LANGUAGES; i++) {
        workflow_why_text(&why, (enum workflow_language)i, text, sizeof text);
        assert_string_equal(text, told[i]);
    }
}

static void test_extension__is_told_with_its_article(void **state)
{
    struct workflow_calendar *seat = calendar_barcelona(NULL);
    struct workflow_clock clock = started(WORKFLOW_SPAN_MONTHS, 12, "2026-05-11T10:00:00+02:00"), other = clock;

    (void)state;
    assert_true(workflow_clock_extend(&clock, seat, 6, clock.started_us));
    assert_told(&clock, seat, true,
                (const char *const[]){
                    [WORKFLOW_CA] = "ampliat fins a l'11 de novembre de 2027: 6 mesos més, la meitat de 12 (art. 32 "
                                    "Llei 39/2015)",
                    [WORKFLOW_ES] = "ampliado hasta el 11 de noviembre de 2027: 6 meses más, la mitad de 12 (art. 32 "
                                    "Ley 39/2015)",
                    [WORKFLOW_EN] = "extended to 11 November 2027: 6 more months, half of 12 (Llei 39/2015 art. 32)"});
    assert_true(workflow_clock_extend(&other, seat, 1, other.started_us));
    assert_told(&other, seat, false,
                (const char *const[]){[WORKFLOW_CA] = "ampliat fins a l'11 de juny de 2027: 1 mes més, sobre 12",
                                      [WORKFLOW_ES] = "ampliado hasta el 11 de junio de 2027: 1 mes más, sobre 12",
                                      [WORKFLOW_EN] = "extended to 11 June 2027: 1 more month, beyond 12"});
    free(seat);
}

static void test_extension__is_told_after_what_else_moved_the_end(void **state)
{
    struct workflow_calendar *seat = calendar_barcelona(NULL);
    struct workflow_clock clock = started(WORKFLOW_SPAN_HABILS, 4, "2026-05-20T10:00:00+02:00");
    struct workflow_skip skips[16];
    struct workflow_why why = {.skips = skips, .capacity = 16, .legal = true};
    char text[400];

    (void)state;
    assert_true(workflow_clock_extend(&clock, seat, 2, clock.started_us));
    (void)workflow_clock_due(&clock, seat, &why);
    workflow_why_text(&why, WORKFLOW_CA, text, sizeof text);
    assert_string_equal(text, "no el 28 de maig sinó el 29 de maig: el 25 de maig és festa local a Barcelona; ampliat "
                              "fins al 29 de maig: 2 dies hàbils més, la meitat de 4 (art. 32 Llei 39/2015)");
    free(seat);
}

/* ---- Percent ---- */

static void test_percent__of_days_passes_with_the_day(void **state)
{
    struct workflow_calendar *seat = calendar_barcelona(NULL);
    struct workflow_clock clock = started(WORKFLOW_SPAN_HABILS, 3, "2026-05-21T10:00:00+02:00");

    (void)state;
    /* 22, 26 and 27 May count. */
    assert_int_equal(workflow_clock_percent(&clock, seat, at("2026-05-21T23:59:59+02:00")), 0);
    assert_int_equal(workflow_clock_percent(&clock, seat, at("2026-05-22T12:00:00+02:00")), 16);
    assert_int_equal(workflow_clock_percent(&clock, seat, at("2026-05-25T12:00:00+02:00")), 33);
    assert_int_equal(workflow_clock_percent(&clock, seat, at("2026-05-27T23:59:59+02:00")), 99);
    assert_int_equal(workflow_clock_percent(&clock, seat, at("2026-05-28T00:00:00+02:00")), 100);
    assert_instant(workflow_clock_reaches(&clock, seat, 80), "2026-05-27T09:36:00+02:00");
    assert_instant(workflow_clock_reaches(&clock, seat, 100), "2026-05-28T00:00:00+02:00");
    assert_instant(workflow_clock_reaches(&clock, seat, 150), "2026-05-29T12:00:00+02:00");
    assert_true(workflow_clock_reaches(&clock, seat, 0) == WORKFLOW_NEVER);
    assert_true(workflow_clock_reaches(&clock, seat, 1001) == WORKFLOW_NEVER);
    assert_true(workflow_clock_reaches(&(struct workflow_clock){0}, seat, 50) == WORKFLOW_NEVER);
    free(seat);
}

static void test_percent__of_days_is_right_in_nights_of_shifts(void **state)
{
    struct workflow_calendar *seat = calendar_barcelona(NULL);
    struct workflow_clock clock = started(WORKFLOW_SPAN_DAYS, 2, "2026-10-24T10:00:00+02:00");

    (void)state;
    clock.span.keeps_day = true;
    /* A quarter is half of the Sunday of 25 hours. */
    assert_instant(workflow_clock_reaches(&clock, seat, 25), "2026-10-25T11:30:00+01:00");
    assert_instant(workflow_clock_reaches(&clock, seat, 50), "2026-10-26T00:00:00+01:00");
    free(seat);
}

static void test_percent__of_hours_stands_while_the_office_is_closed(void **state)
{
    struct workflow_calendar *office = calendar_barcelona("mon-fri 08:00-15:00");
    struct workflow_clock clock = started(WORKFLOW_SPAN_WORK_HOURS, 14, "2026-05-22T08:00:00+02:00");

    (void)state;
    assert_int_equal(workflow_clock_percent(&clock, office, at("2026-05-22T15:00:00+02:00")), 50);
    assert_int_equal(workflow_clock_percent(&clock, office, at("2026-05-26T08:00:00+02:00")), 50);
    assert_instant(workflow_clock_reaches(&clock, office, 50), "2026-05-22T15:00:00+02:00");
    assert_instant(workflow_clock_reaches(&clock, office, 51), "2026-05-26T08:08:24+02:00");
    assert_instant(workflow_clock_reaches(&clock, office, 200), "2026-05-28T15:00:00+02:00");
    assert_int_equal(workflow_clock_percent(&clock, office, at("2040-01-01T00:00:00Z")), 1000);
    assert_true(workflow_clock_stop(&clock, office, at("2026-05-22T15:00:00+02:00")));
    assert_int_equal(workflow_clock_percent(&clock, office, at("2026-06-22T15:00:00+02:00")), 50);
    free(office);
}

static void test_percent__of_nothing_is_all(void **state)
{
    struct workflow_calendar *seat = calendar_barcelona(NULL);
    struct workflow_clock clock = started(WORKFLOW_SPAN_WORK_HOURS, 0, "2026-05-22T08:00:00+02:00");

    (void)state;
    assert_int_equal(workflow_clock_percent(&clock, seat, clock.since_us), 100);
    free(seat);
}

/* ---- Corrections ---- */

struct versions {
    struct workflow_calendar *before, *after;
};

/* The calendar of Catalonia, and the same with one local holiday that was published late. */
static struct versions published_late(const char *hours)
{
    static struct workflow_holiday late;
    const struct workflow_place before = place_catalunya();
    const struct workflow_place after = place_of(catalunya(), (struct workflow_holidays){&late, 1});

    late = holiday("2026-05-25", WORKFLOW_SCOPE_LOCAL, "Barcelona", NULL, NULL);
    return (struct versions){calendar_of(&before, 1, hours), calendar_of(&after, 1, hours)};
}

static void free_versions(struct versions versions)
{
    free(versions.before);
    free(versions.after);
}

static void test_differ__tells_the_days_and_nothing_where_there_are_none(void **state)
{
    struct versions versions = published_late(NULL);
    struct workflow_zone *other =
        workflow_zone_init(malloc(workflow_zone_size()), workflow_madrid_shifts, workflow_madrid_shift_count);
    const struct workflow_calendar_source source = {.zone = other};
    struct workflow_calendar *moved = workflow_calendar_init(malloc(workflow_calendar_size()), &source, NULL);
    int32_t first = 0, last = 0;

    (void)state;
    assert_false(workflow_calendar_differ(versions.before, versions.before, &first, &last));
    assert_true(workflow_calendar_differ(versions.before, versions.after, &first, &last));
    assert_day(first, "2026-05-25");
    assert_day(last, "2026-05-25");
    assert_true(workflow_calendar_differ(versions.before, moved, &first, &last));
    assert_true(first <= day("2016-01-01") && last >= day("2055-12-31"));
    free_versions(versions);
    free(moved);
    free(other);
}

static void test_touched__are_the_clocks_that_count_the_day_and_no_others(void **state)
{
    static const struct {
        enum workflow_span_kind kind;
        int32_t amount;
        const char *from;
        bool touched;
    } cases[] = {
        {WORKFLOW_SPAN_HABILS, 10, "2026-05-14T10:00:00+02:00", true},
        {WORKFLOW_SPAN_HABILS, 6, "2026-05-14T10:00:00+02:00", false}, /* ends on Friday 22 May */
        {WORKFLOW_SPAN_HABILS, 7, "2026-05-14T10:00:00+02:00", true},  /* would have ended on the day itself */
        {WORKFLOW_SPAN_HABILS, 3, "2026-05-25T10:00:00+02:00", false}, /* begins on it: counts from the next */
        {WORKFLOW_SPAN_HABILS, 3, "2026-05-24T10:00:00+02:00", true},
        {WORKFLOW_SPAN_MONTHS, 1, "2026-04-25T10:00:00+02:00", true}, /* ends on it */
        {WORKFLOW_SPAN_MONTHS, 1, "2026-04-23T10:00:00+02:00", true}, /* would move to it from Saturday */
        {WORKFLOW_SPAN_MONTHS, 3, "2026-04-23T10:00:00+02:00", false},
        {WORKFLOW_SPAN_DAYS, 20, "2026-05-14T10:00:00+02:00", false},
        {WORKFLOW_SPAN_WORK_HOURS, 8, "2026-05-22T14:00:00+02:00", true},
        {WORKFLOW_SPAN_WORK_HOURS, 1, "2026-05-22T14:00:00+02:00", false}, /* spent on Friday at 15:00 */
        {WORKFLOW_SPAN_WORK_HOURS, 1, "2026-05-25T15:00:00+02:00", false}, /* begins when it would have closed */
        {WORKFLOW_SPAN_WORK_HOURS, 1, "2026-05-25T14:59:59+02:00", true},
    };
    struct versions versions = published_late("mon-fri 08:00-15:00");

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct workflow_clock clock = started(cases[i].kind, cases[i].amount, cases[i].from);
        struct workflow_touch touch = {0};
        if (workflow_clock_touched(&clock, versions.before, versions.after, &touch) != cases[i].touched)
            fail_msg("case %zu", i);
        if (cases[i].touched) {
            assert_day(touch.first_day, "2026-05-25");
            assert_true(touch.due_after_us > touch.due_before_us);
        }
        assert_int_equal(workflow_clock_touched(&clock, versions.after, versions.before, NULL), cases[i].touched);
    }
    free_versions(versions);
}

/* One holiday is moved within a term: its end stays, its parts do not. */
static void test_touched__tells_a_clock_of_which_only_a_part_moves(void **state)
{
    struct workflow_holiday on[2] = {holiday("2026-05-18", WORKFLOW_SCOPE_LOCAL, NULL, NULL, NULL),
                                     holiday("2026-05-20", WORKFLOW_SCOPE_LOCAL, NULL, NULL, NULL)};
    const struct workflow_place monday = {.layers = {{&on[0], 1}}, .n_layers = 1},
                                wednesday = {.layers = {{&on[1], 1}}, .n_layers = 1};
    struct workflow_calendar *before = calendar_of(&monday, 1, NULL), *after = calendar_of(&wednesday, 1, NULL);
    struct workflow_clock clock = started(WORKFLOW_SPAN_HABILS, 10, "2026-05-14T10:00:00+02:00");
    struct workflow_touch touch;

    (void)state;
    assert_true(workflow_clock_touched(&clock, before, after, &touch));
    assert_int_equal(touch.due_before_us, touch.due_after_us);
    assert_day(touch.first_day, "2026-05-18");
    assert_true(workflow_clock_reaches(&clock, before, 20) != workflow_clock_reaches(&clock, after, 20));
    free(before);
    free(after);
}

static void test_touched__are_no_clocks_that_do_not_run_or_were_over(void **state)
{
    struct versions versions = published_late(NULL);
    struct workflow_clock clock = started(WORKFLOW_SPAN_HABILS, 2, "2026-05-14T10:00:00+02:00");

    (void)state;
    assert_true(workflow_clock_pause(&clock, versions.before, at("2026-05-21T10:00:00+02:00")));
    assert_false(workflow_clock_touched(&clock, versions.before, versions.after, NULL));
    assert_true(workflow_clock_resume(&clock, at("2026-05-22T10:00:00+02:00")));
    assert_false(workflow_clock_touched(&clock, versions.before, versions.after, NULL));
    clock = started(WORKFLOW_SPAN_DAYS, 11, "2026-05-14T10:00:00+02:00");
    assert_true(workflow_clock_touched(&clock, versions.before, versions.after, NULL));
    clock.span.keeps_day = true;
    assert_false(workflow_clock_touched(&clock, versions.before, versions.after, NULL));
    clock = started(WORKFLOW_SPAN_WORK_HOURS, 11, "2010-05-14T10:00:00+02:00");
    assert_false(workflow_clock_touched(&clock, versions.before, versions.after, NULL));
    /* One that never ends within the horizon still counts the day. */
    clock = started(WORKFLOW_SPAN_WORK_HOURS, 100000, "2026-05-14T10:00:00+02:00");
    clock.span.amount = 100000;
    clock.used = -(INT64_C(3600000000) * 400000);
    assert_true(workflow_clock_touched(&clock, versions.before, versions.after, NULL));
    free_versions(versions);
}

/* Other opening hours are another calendar too. */
static void test_touched__tells_clocks_of_other_opening_hours(void **state)
{
    struct workflow_calendar *winter = calendar_barcelona("mon-fri 08:00-15:00"),
                             *summer = calendar_barcelona("mon-fri 08:00-14:00");
    struct workflow_clock clock = started(WORKFLOW_SPAN_WORK_HOURS, 1, "2026-05-21T08:00:00+02:00");
    int32_t first, last;

    (void)state;
    assert_false(workflow_clock_touched(&clock, winter, summer, NULL));
    clock = started(WORKFLOW_SPAN_WORK_HOURS, 1, "2026-05-21T13:30:00+02:00");
    assert_true(workflow_clock_touched(&clock, winter, summer, NULL));
    assert_true(workflow_calendar_differ(winter, summer, &first, &last));
    assert_true(workflow_day_weekday(first) == 0 && workflow_day_weekday(last) == 4);
    clock = started(WORKFLOW_SPAN_HABILS, 10, "2026-05-21T13:30:00+02:00");
    assert_false(workflow_clock_touched(&clock, winter, summer, NULL));
    free(winter);
    free(summer);
}

static const char *corrected(const char *before, const char *after, const struct workflow_day_change *changes, size_t n,
                             enum workflow_language language)
{
    static char text[300];
    const struct workflow_correction correction = {
        .before_day = day(before), .after_day = day(after), .changes = changes, .n_changes = n};
    const size_t length = workflow_correction_text(&correction, language, text, sizeof text);
    assert_int_equal(length, strlen(text));
    return text;
}

static void test_correction__says_which_days_and_whose(void **state)
{
    (void)state;
    const struct workflow_holiday fair = {.day = day("2026-05-25"),
                                          .scope = WORKFLOW_SCOPE_LOCAL,
                                          .place = "el Prat de Llobregat",
                                          .name = {{"Fira", NULL, NULL}}},
                                  feast = {.day = day("2026-06-17"), .scope = WORKFLOW_SCOPE_ARAN},
                                  year = {.day = day("2027-01-01"), .scope = WORKFLOW_SCOPE_CATALUNYA};
    const struct workflow_day_change changes[] = {{&fair, true}, {&feast, false}, {&year, true}};
    assert_string_equal(corrected("2026-05-28", "2026-05-29", changes, 1, WORKFLOW_EN),
                        "not 28 May but 29 May: 25 May is a local holiday in el Prat de Llobregat (Fira)");
    assert_string_equal(
        corrected("2026-05-28", "2026-05-29", changes, 1, WORKFLOW_CA),
        "no el 28 de maig sinó el 29 de maig: el 25 de maig és festa local al Prat de Llobregat (Fira)");
    assert_string_equal(
        corrected("2026-05-28", "2026-05-28", changes, 2, WORKFLOW_ES),
        "el 25 de mayo es fiesta local en el Prat de Llobregat (Fira) y el 17 de junio no es festivo en Arán");
    assert_string_equal(corrected("2026-12-31", "2027-01-04", &changes[2], 1, WORKFLOW_EN),
                        "not 31 December 2026 but 4 January 2027: 1 January 2027 is a holiday");
    assert_string_equal(corrected("2026-05-28", "2026-05-28", NULL, 0, WORKFLOW_EN), "");
}

static void test_correction__is_cut_between_characters(void **state)
{
    char text[8];
    const struct workflow_correction correction = {.before_day = day("2026-03-01"), .after_day = day("2026-03-02")};
    (void)state;
    assert_int_equal(workflow_correction_text(&correction, WORKFLOW_CA, text, sizeof text),
                     strlen("no l'1 de març sinó el 2 de març"));
    assert_string_equal(text, "no l'1 ");
    assert_int_equal(workflow_correction_text(&correction, WORKFLOW_CA, NULL, 0),
                     strlen("no l'1 de març sinó el 2 de març"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clock__goes_from_state_to_state_and_nowhere_else),
        cmocka_unit_test(test_habils__suspended_resume_with_the_working_days_that_were_left),
        cmocka_unit_test(test_suspension__within_a_day_costs_and_brings_nothing),
        cmocka_unit_test(test_months__suspended_move_by_natural_days),
        cmocka_unit_test(test_days__paused_on_the_last_day_still_have_a_last_day),
        cmocka_unit_test(test_months__paused_where_the_end_was_moved_to_are_not_over),
        cmocka_unit_test(test_clock__that_was_over_stays_over),
        cmocka_unit_test(test_work_hours__suspended_keep_what_was_left_to_the_microsecond),
        cmocka_unit_test(test_extension__is_half_of_the_term_once),
        cmocka_unit_test(test_extension__of_an_odd_term_is_rounded_down),
        cmocka_unit_test(test_extension__is_decided_before_the_end),
        cmocka_unit_test(test_extension__of_what_stands_still_asks_whether_it_was_over),
        cmocka_unit_test(test_extension__of_hours_is_over_when_they_are_spent),
        cmocka_unit_test(test_extension__is_told_with_its_article),
        cmocka_unit_test(test_extension__is_told_after_what_else_moved_the_end),
        cmocka_unit_test(test_percent__of_days_passes_with_the_day),
        cmocka_unit_test(test_percent__of_days_is_right_in_nights_of_shifts),
        cmocka_unit_test(test_percent__of_hours_stands_while_the_office_is_closed),
        cmocka_unit_test(test_percent__of_nothing_is_all),
        cmocka_unit_test(test_differ__tells_the_days_and_nothing_where_there_are_none),
        cmocka_unit_test(test_touched__are_the_clocks_that_count_the_day_and_no_others),
        cmocka_unit_test(test_touched__tells_a_clock_of_which_only_a_part_moves),
        cmocka_unit_test(test_touched__are_no_clocks_that_do_not_run_or_were_over),
        cmocka_unit_test(test_touched__tells_clocks_of_other_opening_hours),
        cmocka_unit_test(test_correction__says_which_days_and_whose),
        cmocka_unit_test(test_correction__is_cut_between_characters),
    };
    return cmocka_run_group_tests_name("calendar_clocks", tests, NULL, NULL);
}
