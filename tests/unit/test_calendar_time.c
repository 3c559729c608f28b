/* Local time, days and opening hours: what terms are counted in. */
#include "unit/test_calendar_data.h"

#define HOUR_US INT64_C(3600000000)

/* ---- Dates ---- */

static void test_date__knows_leap_years_and_refuses_what_is_no_date(void **state)
{
    int32_t found = 0;

    (void)state;
    assert_true(workflow_date_day((struct workflow_date){1970, 1, 1}, &found));
    assert_int_equal(found, 0);
    assert_true(workflow_date_day((struct workflow_date){2024, 2, 29}, &found));
    assert_day(found, "2024-02-29");
    assert_true(workflow_date_day((struct workflow_date){2000, 2, 29}, &found));
    found = 7;
    assert_false(workflow_date_day((struct workflow_date){2026, 2, 29}, &found));
    assert_false(workflow_date_day((struct workflow_date){2100, 2, 29}, &found));
    assert_false(workflow_date_day((struct workflow_date){2026, 4, 31}, &found));
    assert_false(workflow_date_day((struct workflow_date){2026, 13, 1}, &found));
    assert_false(workflow_date_day((struct workflow_date){2026, 1, 0}, &found));
    assert_false(workflow_date_day((struct workflow_date){2026, 0, 1}, &found));
    assert_false(workflow_date_day((struct workflow_date){0, 1, 1}, &found));
    assert_false(workflow_date_day((struct workflow_date){10000, 1, 1}, &found));
    assert_int_equal(found, 7);
}

static void test_date__goes_to_a_day_and_back_for_nine_thousand_years(void **state)
{
    int32_t expected, found;

    (void)state;
    assert_true(workflow_date_day((struct workflow_date){1, 1, 1}, &expected));
    assert_int_equal(workflow_day_weekday(expected), 0); /* 1 January of year 1 was a Monday */
    for (int year = 1; year <= 9999; year++)
        for (unsigned month = 1; month <= 12; month++)
            for (unsigned in_month = 1; in_month <= 31; in_month++) {
                if (!workflow_date_day((struct workflow_date){year, month, in_month}, &found))
                    continue;
                assert_int_equal(found, expected);
                const struct workflow_date back = workflow_day_date(found);
                assert_true(back.year == year && back.month == month && back.day == in_month);
                expected++;
            }
    assert_int_equal(expected, 2932897); /* of 10000-01-01 */
}

static void test_months__go_from_date_to_date_and_end_with_the_month(void **state)
{
    bool clamped = true;

    (void)state;
    assert_day(workflow_day_add_months(day("2026-01-15"), 3, &clamped), "2026-04-15");
    assert_false(clamped);
    assert_day(workflow_day_add_months(day("2026-01-31"), 1, &clamped), "2026-02-28");
    assert_true(clamped);
    assert_day(workflow_day_add_months(day("2024-01-31"), 1, NULL), "2024-02-29");
    assert_day(workflow_day_add_months(day("2024-02-29"), 12, NULL), "2025-02-28");
    assert_day(workflow_day_add_months(day("2024-02-29"), 48, NULL), "2028-02-29");
    assert_day(workflow_day_add_months(day("2026-11-30"), 3, NULL), "2027-02-28");
    assert_day(workflow_day_add_months(day("2026-03-31"), -1, NULL), "2026-02-28");
    assert_day(workflow_day_add_months(day("2026-01-15"), -13, NULL), "2024-12-15");
    assert_int_equal(workflow_day_date(workflow_day_add_months(day("2026-01-15"), -12 * 2026, NULL)).month, 1);
    assert_int_equal(workflow_day_date(workflow_day_add_months(day("2026-01-15"), -12 * 2026 - 1, NULL)).month, 12);
    assert_int_equal(workflow_day_date(workflow_day_add_months(day("2026-01-15"), -12 * 2026 - 1, NULL)).year, -1);
}

/* ---- Zone ---- */

static void test_zone__shifts_on_the_last_sundays_of_march_and_october_at_one_utc(void **state)
{
    (void)state;
    assert_int_equal(workflow_zone_offset_s(madrid(), at("2026-03-29T00:59:59Z")), 3600);
    assert_int_equal(workflow_zone_offset_s(madrid(), at("2026-03-29T01:00:00Z")), 7200);
    assert_int_equal(workflow_zone_offset_s(madrid(), at("2026-10-25T00:59:59Z")), 7200);
    assert_int_equal(workflow_zone_offset_s(madrid(), at("2026-10-25T01:00:00Z")), 3600);
    assert_int_equal(workflow_zone_offset_s(madrid(), at("2055-07-01T12:00:00Z")), 7200);
    assert_string_not_equal(workflow_madrid_release, "");
}

static void test_zone__gives_nights_of_shifts_23_and_25_hours(void **state)
{
    (void)state;
    assert_instant(workflow_zone_day_start(madrid(), day("2026-03-29")), "2026-03-28T23:00:00Z");
    assert_instant(workflow_zone_day_start(madrid(), day("2026-03-30")), "2026-03-29T22:00:00Z");
    assert_instant(workflow_zone_day_start(madrid(), day("2026-10-25")), "2026-10-24T22:00:00Z");
    assert_instant(workflow_zone_day_start(madrid(), day("2026-10-26")), "2026-10-25T23:00:00Z");
    assert_day(workflow_zone_day(madrid(), at("2026-07-31T22:00:00Z")), "2026-08-01");
    assert_day(workflow_zone_day(madrid(), at("2026-07-31T21:59:59Z")), "2026-07-31");
    assert_day(workflow_zone_day(madrid(), at("1969-12-31T22:00:00Z")), "1969-12-31");
}

static void test_zone__holds_the_offsets_of_its_ends_outside_the_horizon(void **state)
{
    (void)state;
    assert_int_equal(workflow_zone_offset_s(madrid(), INT64_MIN), 3600);
    assert_int_equal(workflow_zone_offset_s(madrid(), WORKFLOW_NEVER - 1), 3600);
    assert_true(workflow_zone_day(madrid(), WORKFLOW_NEVER) > day("9999-12-31"));
    assert_true(workflow_zone_day(madrid(), INT64_MIN) < 0);
    assert_true(workflow_zone_day_start(madrid(), INT32_MAX) == WORKFLOW_NEVER);
    assert_true(workflow_zone_day_start(madrid(), INT32_MIN) < 0);
}

static void test_zone__begins_a_day_at_the_shift_that_jumps_over_its_midnight(void **state)
{
    struct workflow_zone *zone = malloc(workflow_zone_size());
    const struct workflow_zone_shift shifts[] = {{at("2010-01-01T00:00:00Z"), -3 * 3600},
                                                 {at("2026-10-18T03:00:00Z"), -2 * 3600}};

    (void)state;
    assert_non_null(workflow_zone_init(zone, shifts, 2)); /* at 00:00 it was 01:00 */
    assert_instant(workflow_zone_day_start(zone, day("2026-10-18")), "2026-10-18T03:00:00Z");
    assert_day(workflow_zone_day(zone, at("2026-10-18T02:59:59Z")), "2026-10-17");
    free(zone);
}

static void test_zone__refuses_a_table_that_it_could_not_answer_from(void **state)
{
    struct workflow_zone *zone = malloc(workflow_zone_size());
    const int64_t begins = at("2010-01-01T00:00:00Z"), later = at("2026-03-29T01:00:00Z");
    const struct workflow_zone_shift late[] = {{later, 3600}};
    const struct workflow_zone_shift disorder[] = {{begins, 3600}, {later, 7200}, {later, 3600}};
    const struct workflow_zone_shift seconds[] = {{begins, -884}};
    const struct workflow_zone_shift far[] = {{begins, 16 * 3600}};
    const struct workflow_zone_shift close[] = {{begins, 3600}, {later, 7200}, {later + 26 * 24 * HOUR_US, 3600}};

    (void)state;
    assert_null(workflow_zone_init(zone, NULL, 0));
    assert_null(workflow_zone_init(zone, late, 1));
    assert_null(workflow_zone_init(zone, disorder, 3));
    assert_null(workflow_zone_init(zone, seconds, 1));
    assert_null(workflow_zone_init(zone, far, 1));
    assert_null(workflow_zone_init(zone, close, 3));
    const struct workflow_zone_shift farthest[] = {{begins, 15 * 3600}, {later, -15 * 3600}};
    assert_non_null(workflow_zone_init(zone, farthest, 2));
    assert_instant(workflow_zone_day_start(zone, day("2026-01-02")), "2026-01-01T09:00:00Z");
    assert_instant(workflow_zone_day_start(zone, day("2026-07-02")), "2026-07-02T15:00:00Z");
    free(zone);
}

/* ---- Hours ---- */

static void test_hours__are_read_as_they_are_written(void **state)
{
    struct workflow_hours hours;

    (void)state;
    assert_true(workflow_hours_parse("mon-thu 08:00-14:00,15:30-18:00; fri 08:00-15:00;sat,holidays 10:00-24:00",
                                     &hours, NULL));
    assert_int_equal(hours.n_ranges[0], 2);
    assert_int_equal(hours.ranges[3][1].from_min, 15 * 60 + 30);
    assert_int_equal(hours.ranges[3][1].to_min, 18 * 60);
    assert_int_equal(hours.n_ranges[4], 1);
    assert_int_equal(hours.ranges[5][0].to_min, 24 * 60);
    assert_int_equal(hours.n_ranges[6], 0);
    assert_int_equal(hours.ranges[7][0].from_min, 600);
}

static void test_hours__have_seasons_in_which_some_days_are_others(void **state)
{
    struct workflow_calendar *office = calendar_barcelona(
        "mon-thu 08:00-15:00; 16jun-15sep mon-wed 08:00-14:00; fri 08:00-15:00; 16jun-15sep fri 08:00-13:00; "
        "24dec-6jan mon-fri 09:00-12:00");

    (void)state;
    assert_true(workflow_calendar_is_open(office, at("2026-06-15T14:30:00+02:00")));  /* Monday, the day before */
    assert_false(workflow_calendar_is_open(office, at("2026-06-16T14:30:00+02:00"))); /* the first day */
    assert_true(workflow_calendar_is_open(office, at("2026-06-16T13:30:00+02:00")));
    assert_true(workflow_calendar_is_open(office, at("2026-06-18T14:30:00+02:00")));  /* Thursday, as all year */
    assert_false(workflow_calendar_is_open(office, at("2026-06-19T13:30:00+02:00"))); /* Friday */
    assert_false(workflow_calendar_is_open(office, at("2026-09-15T14:30:00+02:00"))); /* the last day */
    assert_true(workflow_calendar_is_open(office, at("2026-09-16T14:30:00+02:00")));
    assert_false(workflow_calendar_is_open(office, at("2026-12-24T08:30:00+01:00"))); /* over New Year */
    assert_true(workflow_calendar_is_open(office, at("2027-01-05T11:30:00+01:00")));
    assert_false(workflow_calendar_is_open(office, at("2027-01-05T08:30:00+01:00")));
    assert_true(workflow_calendar_is_open(office, at("2027-01-07T08:30:00+01:00")));
    free(office);
}

/* A season's end that a common year has not is the day before. */
static void test_hours__have_a_season_that_ends_with_february(void **state)
{
    struct workflow_calendar *office = calendar_barcelona("mon-fri 08:00-15:00; 9jan-29feb mon-fri 08:00-14:00");

    (void)state;
    assert_true(workflow_calendar_is_open(office, at("2026-01-08T14:30:00+01:00")));
    assert_false(workflow_calendar_is_open(office, at("2026-01-09T14:30:00+01:00")));
    assert_false(workflow_calendar_is_open(office, at("2025-02-28T14:30:00+01:00"))); /* Friday, the last day */
    assert_true(workflow_calendar_is_open(office, at("2025-03-03T14:30:00+01:00")));
    assert_false(workflow_calendar_is_open(office, at("2028-02-29T14:30:00+01:00"))); /* Tuesday of a leap year */
    assert_true(workflow_calendar_is_open(office, at("2028-03-01T14:30:00+01:00")));
    free(office);
}

static void test_hours__are_refused_where_they_go_wrong(void **state)
{
    static const struct {
        const char *text;
        size_t at;
    } wrong[] = {
        {"", 0},
        {"mon", 3},
        {"monday 08:00-15:00", 0},
        {"fri-mon 08:00-15:00", 0},
        {"mon-holidays 08:00-15:00", 0},
        {"holidays-mon 08:00-15:00", 9},
        {"mon 8:00-15:00", 4},
        {"mon 08:60-15:00", 4},
        {"mon 08:00-24:01", 10},
        {"mon 15:00-08:00", 4},
        {"mon 08:00-08:00", 4},
        {"mon 08:00-12:00,12:00-14:00", 16},
        {"mon 08:00-12:00,11:00-14:00", 16},
        {"mon 01:00-02:00,03:00-04:00,05:00-06:00,07:00-08:00,09:00-10:00", 52},
        {"mon 08:00-15:00; wed,mon 08:00-15:00", 21},
        {"mon 08:00-15:00;", 16},
        {"31jun-15sep mon 08:00-15:00", 0},
        {"16jun-15abc mon 08:00-15:00", 0},
        {"16jun mon 08:00-15:00", 0},
        {"16jun-15sepmon 08:00-15:00", 0},
        {"16jun-15sep 08:00-15:00", 12},
        {"1jan-2jan mon 08:00-15:00;1feb-2feb mon 08:00-15:00;1mar-2mar mon 08:00-15:00", 52},
        {"1jan-2jan mon 08:00-15:00; 1jan-2jan sun,mon 08:00-15:00", 41},
        {"mon 08:00-15:00 x", 16},
    };
    struct workflow_hours hours;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        size_t went_wrong = SIZE_MAX;
        if (workflow_hours_parse(wrong[i].text, &hours, &went_wrong) || went_wrong != wrong[i].at)
            fail_msg("\"%s\": %zu instead of %zu", wrong[i].text, went_wrong, wrong[i].at);
    }
}

/* ---- Calendars ---- */

static void test_calendar__refuses_what_it_cannot_hold(void **state)
{
    struct workflow_calendar *memory = malloc(workflow_calendar_size());
    enum workflow_calendar_fault fault = WORKFLOW_CALENDAR_OK;
    struct workflow_holiday reversed[] = {holiday("2026-09-24", WORKFLOW_SCOPE_LOCAL, NULL, NULL, NULL),
                                          holiday("2026-05-25", WORKFLOW_SCOPE_LOCAL, NULL, NULL, NULL)};
    struct workflow_place places[5] = {{.layers = {{reversed, 2}}, .n_layers = 1}};
    struct workflow_hours hours = {.ranges = {{{480, 900}, {900, 960}}}, .n_ranges = {2}};
    struct workflow_calendar_source source = {.zone = madrid(), .places = places, .n_places = 1};

    (void)state;
    assert_null(workflow_calendar_init(memory, &source, &fault));
    assert_int_equal(fault, WORKFLOW_CALENDAR_ORDER);
    places[1] = places[0]; /* wherever it stands */
    places[0] = (struct workflow_place){.layers = {{reversed, 1}}, .n_layers = 1};
    source.n_places = 2;
    fault = WORKFLOW_CALENDAR_OK;
    assert_null(workflow_calendar_init(memory, &source, &fault));
    assert_int_equal(fault, WORKFLOW_CALENDAR_ORDER);
    source.n_places = 1;
    assert_non_null(workflow_calendar_init(memory, &source, &fault));
    places[0].n_layers = 5;
    assert_null(workflow_calendar_init(memory, &source, &fault));
    assert_int_equal(fault, WORKFLOW_CALENDAR_PLACES);
    places[0].n_layers = 0;
    source.n_places = 5;
    assert_null(workflow_calendar_init(memory, &source, &fault));
    assert_int_equal(fault, WORKFLOW_CALENDAR_PLACES);
    source.n_places = 1;
    source.hours = &hours;
    assert_null(workflow_calendar_init(memory, &source, &fault));
    assert_int_equal(fault, WORKFLOW_CALENDAR_HOURS);
    assert_null(workflow_calendar_init(memory, &source, NULL));
    free(memory);
}

static void test_calendar__knows_weekends_holidays_and_what_a_comarca_lifts(void **state)
{
    const struct workflow_place places[] = {place_aran(), place_catalunya()};
    struct workflow_calendar *of_aran = calendar_of(places, 1, NULL), *both = calendar_of(places, 2, NULL);

    (void)state;
    assert_false(workflow_calendar_is_working(of_aran, day("2026-05-02"))); /* Saturday */
    assert_false(workflow_calendar_is_working(of_aran, day("2026-05-03"))); /* Sunday */
    assert_false(workflow_calendar_is_working(of_aran, day("2027-06-17")));
    assert_true(workflow_calendar_is_working(of_aran, day("2027-03-29")));
    assert_false(workflow_calendar_is_working(both, day("2027-03-29"))); /* a union lifts nothing */
    assert_false(workflow_calendar_is_working(both, day("2027-06-17")));
    assert_false(workflow_calendar_is_working(both, day("2015-12-01"))); /* outside the horizon */
    assert_false(workflow_calendar_is_working(both, day("2056-02-01")));
    assert_day(workflow_calendar_working_day(of_aran, day("2026-04-03")), "2026-04-07");
    assert_int_equal(workflow_calendar_working_day(of_aran, day("2056-02-01")), INT32_MAX);
    assert_int_equal(workflow_calendar_working_days(of_aran, day("2026-01-01"), day("2026-02-01")), 20);
    assert_int_equal(workflow_calendar_working_days(of_aran, day("2026-02-01"), day("2026-01-01")), 0);
    assert_ptr_equal(workflow_calendar_zone(of_aran), madrid());
    free(of_aran);
    free(both);
}

static void test_calendar__passes_over_holidays_outside_the_horizon(void **state)
{
    struct workflow_holiday days[] = {holiday("2015-12-25", WORKFLOW_SCOPE_LOCAL, NULL, NULL, NULL),
                                      holiday("2026-05-25", WORKFLOW_SCOPE_LOCAL, NULL, NULL, NULL),
                                      holiday("2056-01-03", WORKFLOW_SCOPE_LOCAL, NULL, NULL, NULL),
                                      holiday("2099-01-01", WORKFLOW_SCOPE_LOCAL, NULL, NULL, NULL)};
    const struct workflow_place all = {.layers = {{days, 4}}, .n_layers = 1},
                                one = {.layers = {{days + 1, 1}}, .n_layers = 1};
    struct workflow_calendar *calendar = calendar_of(&all, 1, NULL), *wanted = calendar_of(&one, 1, NULL);
    int32_t first, last;

    (void)state;
    assert_false(workflow_calendar_is_working(calendar, day("2026-05-25")));
    assert_false(workflow_calendar_differ(calendar, wanted, &first, &last));
    free(calendar);
    free(wanted);
}

static void test_calendar__rests_when_one_list_both_gives_and_lifts_a_day(void **state)
{
    struct workflow_holiday twice[] = {holiday("2026-06-17", WORKFLOW_SCOPE_ARAN, NULL, NULL, NULL),
                                       holiday("2026-06-17", WORKFLOW_SCOPE_ARAN, NULL, NULL, NULL)};
    const struct workflow_place place = {.layers = {{twice, 2}}, .n_layers = 1};

    (void)state;
    for (int lifted = 0; lifted < 2; lifted++) {
        twice[lifted].lifted = true;
        twice[!lifted].lifted = false;
        struct workflow_calendar *calendar = calendar_of(&place, 1, NULL);
        assert_false(workflow_calendar_is_working(calendar, day("2026-06-17")));
        free(calendar);
    }
}

static void test_open__is_told_to_the_microsecond(void **state)
{
    struct workflow_calendar *office = calendar_barcelona("mon-fri 08:00-14:00,15:00-17:00");
    const int64_t opens = at("2026-05-26T08:00:00+02:00");

    (void)state;
    assert_false(workflow_calendar_is_open(office, opens - 1));
    assert_true(workflow_calendar_is_open(office, opens));
    assert_true(workflow_calendar_is_open(office, opens + 6 * HOUR_US - 1));
    assert_false(workflow_calendar_is_open(office, opens + 6 * HOUR_US)); /* lunch */
    assert_false(workflow_calendar_is_open(office, at("2026-05-25T10:00:00+02:00")));
    assert_instant(workflow_calendar_next_open(office, opens + 6 * HOUR_US), "2026-05-26T15:00:00+02:00");
    assert_instant(workflow_calendar_next_open(office, at("2026-05-22T17:00:00+02:00")), "2026-05-26T08:00:00+02:00");
    assert_instant(workflow_calendar_next_open(office, opens + 1), "2026-05-26T08:00:00.000001+02:00");
    assert_int_equal(workflow_calendar_open_us(office, opens + 9 * HOUR_US) - workflow_calendar_open_us(office, opens),
                     8 * HOUR_US);
    free(office);
}

static void test_open__has_no_hole_where_it_is_always_open(void **state)
{
    struct workflow_calendar *always = calendar_barcelona("mon-sun,holidays 00:00-24:00");
    const int64_t from = at("2016-01-01T00:00:00Z"), to = at("2055-12-31T00:00:00Z");

    (void)state;
    assert_int_equal(workflow_calendar_open_us(always, to) - workflow_calendar_open_us(always, from), to - from);
    assert_true(workflow_calendar_is_open(always, at("2026-05-24T23:59:59.999999+02:00")));
    assert_true(workflow_calendar_is_open(always, at("2026-05-25T00:00:00+02:00")));
    free(always);
}

static void test_open__counts_the_hour_that_comes_twice_and_not_the_one_that_does_not(void **state)
{
    struct workflow_calendar *nights = calendar_barcelona("mon-sun 01:00-05:00");
    const int64_t spring = workflow_calendar_open_us(nights, at("2026-03-29T00:00:00+01:00")),
                  autumn = workflow_calendar_open_us(nights, at("2026-10-25T00:00:00+02:00"));

    (void)state;
    assert_int_equal(workflow_calendar_open_us(nights, at("2026-03-29T12:00:00+02:00")) - spring, 3 * HOUR_US);
    assert_int_equal(workflow_calendar_open_us(nights, at("2026-10-25T12:00:00+01:00")) - autumn, 5 * HOUR_US);
    /* Three hours from midnight of either night. */
    assert_instant(workflow_calendar_reach(nights, spring + 3 * HOUR_US), "2026-03-29T05:00:00+02:00");
    assert_instant(workflow_calendar_reach(nights, autumn + 3 * HOUR_US), "2026-10-25T03:00:00+01:00");
    free(nights);
}

static void test_open__ends_with_the_horizon(void **state)
{
    struct workflow_calendar *office = calendar_barcelona("mon-fri 08:00-15:00"),
                             *closed = calendar_barcelona("sat 08:00-09:00");
    const int64_t all = workflow_calendar_open_us(office, WORKFLOW_NEVER);

    (void)state;
    assert_int_equal(workflow_calendar_open_us(office, INT64_MIN), 0);
    assert_int_equal(workflow_calendar_open_us(office, at("2057-01-01T00:00:00Z")), all);
    assert_instant(workflow_calendar_reach(office, all), "2055-12-31T15:00:00+01:00");
    assert_true(workflow_calendar_reach(office, all + 1) == WORKFLOW_NEVER);
    assert_true(workflow_calendar_reach(office, WORKFLOW_NEVER) == WORKFLOW_NEVER);
    assert_true(workflow_calendar_next_open(office, at("2056-01-01T00:00:00Z")) == WORKFLOW_NEVER);
    assert_true(workflow_calendar_reach(office, 0) < at("2016-01-01T00:00:00Z"));
    assert_true(workflow_calendar_is_open(closed, at("2026-05-02T08:30:00+02:00")));
    free(office);
    free(closed);
}

static void test_calendar__that_never_opens_is_never_reached(void **state)
{
    struct workflow_calendar *calendar = malloc(workflow_calendar_size());
    const struct workflow_hours none = {.n_ranges = {0}};
    const struct workflow_calendar_source source = {.zone = madrid(), .hours = &none};

    (void)state;
    assert_non_null(workflow_calendar_init(calendar, &source, NULL));
    assert_true(workflow_calendar_next_open(calendar, at("2026-05-02T08:30:00+02:00")) == WORKFLOW_NEVER);
    assert_true(workflow_calendar_reach(calendar, 1) == WORKFLOW_NEVER);
    free(calendar);
}

/* Llei 39/2015 art. 31.2.b. */
static void test_filing__on_a_holiday_counts_from_the_beginning_of_the_next_working_day(void **state)
{
    struct workflow_calendar *seat = calendar_barcelona(NULL);
    const int64_t working = at("2026-05-22T23:59:59+02:00");

    (void)state;
    assert_int_equal(workflow_calendar_filed_at(seat, working), working);
    assert_instant(workflow_calendar_filed_at(seat, at("2026-05-23T00:00:00+02:00")), "2026-05-26T00:00:00+02:00");
    assert_true(workflow_calendar_filed_at(seat, at("2056-03-01T00:00:00Z")) == WORKFLOW_NEVER);
    assert_true(workflow_calendar_filed_at(seat, INT64_MIN) == WORKFLOW_NEVER);
    free(seat);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_date__knows_leap_years_and_refuses_what_is_no_date),
        cmocka_unit_test(test_date__goes_to_a_day_and_back_for_nine_thousand_years),
        cmocka_unit_test(test_months__go_from_date_to_date_and_end_with_the_month),
        cmocka_unit_test(test_zone__shifts_on_the_last_sundays_of_march_and_october_at_one_utc),
        cmocka_unit_test(test_zone__gives_nights_of_shifts_23_and_25_hours),
        cmocka_unit_test(test_zone__holds_the_offsets_of_its_ends_outside_the_horizon),
        cmocka_unit_test(test_zone__begins_a_day_at_the_shift_that_jumps_over_its_midnight),
        cmocka_unit_test(test_zone__refuses_a_table_that_it_could_not_answer_from),
        cmocka_unit_test(test_hours__are_read_as_they_are_written),
        cmocka_unit_test(test_hours__have_seasons_in_which_some_days_are_others),
        cmocka_unit_test(test_hours__have_a_season_that_ends_with_february),
        cmocka_unit_test(test_hours__are_refused_where_they_go_wrong),
        cmocka_unit_test(test_calendar__refuses_what_it_cannot_hold),
        cmocka_unit_test(test_calendar__knows_weekends_holidays_and_what_a_comarca_lifts),
        cmocka_unit_test(test_calendar__passes_over_holidays_outside_the_horizon),
        cmocka_unit_test(test_calendar__rests_when_one_list_both_gives_and_lifts_a_day),
        cmocka_unit_test(test_open__is_told_to_the_microsecond),
        cmocka_unit_test(test_open__has_no_hole_where_it_is_always_open),
        cmocka_unit_test(test_open__counts_the_hour_that_comes_twice_and_not_the_one_that_does_not),
        cmocka_unit_test(test_open__ends_with_the_horizon),
        cmocka_unit_test(test_calendar__that_never_opens_is_never_reached),
        cmocka_unit_test(test_filing__on_a_holiday_counts_from_the_beginning_of_the_next_working_day),
    };
    return cmocka_run_group_tests_name("calendar_time", tests, NULL, NULL);
}
