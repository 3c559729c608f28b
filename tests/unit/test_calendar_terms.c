/* Terms of Llei 39/2015 art. 30, worked out by hand, and what is said of them. */
#include "unit/test_calendar_data.h"

#define HOUR_US INT64_C(3600000000)

enum { SKIPS_MAX = 64 };

static const struct workflow_span habils_10 = {.kind = WORKFLOW_SPAN_HABILS, .amount = 10};

static struct workflow_span days_of(int32_t n)
{
    return (struct workflow_span){.kind = WORKFLOW_SPAN_DAYS, .amount = n};
}

static struct workflow_span habils(int32_t n)
{
    return (struct workflow_span){.kind = WORKFLOW_SPAN_HABILS, .amount = n};
}

static struct workflow_span months(int32_t n)
{
    return (struct workflow_span){.kind = WORKFLOW_SPAN_MONTHS, .amount = n};
}

static struct workflow_span work_hours(int32_t n)
{
    return (struct workflow_span){.kind = WORKFLOW_SPAN_WORK_HOURS, .amount = n};
}

/* Asserts when a span from an instant ends, and (unless NULL) what is said of it in English. */
static void assert_term(const struct workflow_calendar *calendar, struct workflow_span span, const char *from,
                        const char *due, const char *words)
{
    struct workflow_skip skips[SKIPS_MAX];
    struct workflow_why why = {.skips = skips, .capacity = SKIPS_MAX};
    char text[512];

    assert_instant(workflow_due(calendar, span, at(from), NULL), due);
    assert_instant(workflow_due(calendar, span, at(from), &why), due);
    workflow_why_text(&why, WORKFLOW_EN, text, sizeof text);
    if (words)
        assert_string_equal(text, words);
}

/* ---- Working days ---- */

/* The example of the ministry's own guide: the day of the notification does not count. */
static void test_habils__begin_on_the_next_day_and_leave_out_weekends(void **state)
{
    struct workflow_calendar *seat = calendar_barcelona(NULL);

    (void)state;
    assert_term(seat, habils(1), "2026-05-11T09:00:00+02:00", "2026-05-13T00:00:00+02:00", "");
    assert_term(seat, habils(5), "2026-05-08T23:59:00+02:00", "2026-05-16T00:00:00+02:00", "");
    assert_term(seat, habils(5), "2026-05-09T00:00:00+02:00", "2026-05-16T00:00:00+02:00", ""); /* a Saturday */
    assert_term(seat, habils(0), "2026-05-11T09:00:00+02:00", "2026-05-12T00:00:00+02:00", "");
    free(seat);
}

static void test_habils__leave_out_the_local_holiday_of_the_town_and_say_so(void **state)
{
    struct workflow_calendar *seat = calendar_barcelona(NULL);
    struct workflow_skip skips[SKIPS_MAX];
    struct workflow_why why = {.skips = skips, .capacity = SKIPS_MAX};
    char text[256];

    (void)state;
    assert_instant(workflow_due(seat, habils_10, at("2026-05-14T10:00:00+02:00"), &why), "2026-05-30T00:00:00+02:00");
    assert_day(why.last_day, "2026-05-29");
    assert_day(why.plain_day, "2026-05-28");
    assert_day(why.from_day, "2026-05-14");
    assert_int_equal(why.n_skips, 5);
    assert_day(skips[0].day, "2026-05-16");
    assert_int_equal(skips[0].reason, WORKFLOW_SKIP_WEEKEND);
    assert_null(skips[0].holiday);
    assert_day(skips[4].day, "2026-05-25");
    assert_int_equal(skips[4].reason, WORKFLOW_SKIP_HOLIDAY);
    assert_string_equal(skips[4].holiday->place, "Barcelona");
    workflow_why_text(&why, WORKFLOW_EN, text, sizeof text);
    assert_string_equal(text, "not 28 May but 29 May: 25 May is a local holiday in Barcelona");
    workflow_why_text(&why, WORKFLOW_CA, text, sizeof text);
    assert_string_equal(text, "no el 28 de maig sinó el 29 de maig: el 25 de maig és festa local a Barcelona");
    workflow_why_text(&why, WORKFLOW_ES, text, sizeof text);
    assert_string_equal(text, "no el 28 de mayo sino el 29 de mayo: el 25 de mayo es fiesta local en Barcelona");
    free(seat);
}

/* 14 days from 18 December: Christmas, New Year and Epiphany lie between; Saint Stephen is a Saturday. */
static void test_habils__go_over_christmas_with_every_holiday_named(void **state)
{
    struct workflow_calendar *seat = calendar_barcelona(NULL);

    (void)state;
    assert_term(seat, habils(14), "2026-12-18T09:00:00+01:00", "2027-01-13T00:00:00+01:00",
                "not 7 January 2027 but 12 January 2027: 25 December 2026 is a holiday (Nadal), 1 January 2027 is a "
                "holiday (Cap d'Any) and 6 January 2027 is a holiday (Reis)");
    free(seat);
}

/* A holiday on a Saturday moves nothing: it was no working day before. */
static void test_habils__do_not_count_a_saturday_twice(void **state)
{
    struct workflow_calendar *seat = calendar_barcelona(NULL);

    (void)state;
    assert_term(seat, habils(1), "2026-08-14T09:00:00+02:00", "2026-08-18T00:00:00+02:00", "");
    free(seat);
}

/* ---- Unions (30.6) and the exchange of Aran ---- */

static void test_union__rests_where_either_town_rests(void **state)
{
    const struct workflow_place both[] = {place_barcelona(), place_aran()};
    struct workflow_calendar *seat = calendar_of(&both[0], 1, NULL), *town = calendar_of(&both[1], 1, NULL),
                             *either = calendar_of(both, 2, NULL);

    (void)state;
    /* 17 June rests in Aran only, 24 June everywhere. */
    assert_term(seat, habils(6), "2026-06-15T12:00:00+02:00", "2026-06-24T00:00:00+02:00", "");
    assert_term(town, habils(6), "2026-06-15T12:00:00+02:00", "2026-06-26T00:00:00+02:00",
                "not 23 June but 25 June: 17 June is a holiday in Aran (Festa d'Aran) and 24 June is a holiday (Sant "
                "Joan)");
    assert_term(either, habils(6), "2026-06-15T12:00:00+02:00", "2026-06-26T00:00:00+02:00", NULL);
    /* 29 March 2027 works in Aran only, so not in the union. */
    assert_term(town, habils(1), "2027-03-25T12:00:00+01:00", "2027-03-30T00:00:00+02:00", NULL);
    assert_term(either, habils(1), "2027-03-25T12:00:00+01:00", "2027-03-31T00:00:00+02:00", NULL);
    free(seat);
    free(town);
    free(either);
}

/* ---- Months (30.4) and natural days, and the last day that is no working day (30.5) ---- */

static void test_months__end_on_the_same_date_at_the_end_of_the_day(void **state)
{
    struct workflow_calendar *seat = calendar_barcelona(NULL);

    (void)state;
    assert_term(seat, months(3), "2026-01-15T13:00:00+01:00", "2026-04-16T00:00:00+02:00", "");
    assert_term(seat, months(12), "2024-02-29T13:00:00+01:00", "2025-03-01T00:00:00+01:00", "there is no 29 February");
    assert_term(seat, months(1), "2026-03-31T13:00:00+02:00", "2026-05-01T00:00:00+02:00", "there is no 31 April");
    free(seat);
}

/* One month from 31 January 2026 ends on 28 February, a Saturday: on Monday 2 March. */
static void test_months__clamp_first_and_move_to_a_working_day_then(void **state)
{
    struct workflow_calendar *seat = calendar_barcelona(NULL);
    struct workflow_skip skips[SKIPS_MAX];
    struct workflow_why why = {.skips = skips, .capacity = SKIPS_MAX};
    char text[256];

    (void)state;
    assert_term(seat, months(1), "2026-01-31T10:00:00+01:00", "2026-03-03T00:00:00+01:00",
                "not 28 February but 2 March: 28 February is a Saturday and 1 March is a Sunday; there is no 31 "
                "February");
    workflow_due(seat, months(1), at("2026-01-31T10:00:00+01:00"), &why);
    assert_true(why.clamped);
    workflow_why_text(&why, WORKFLOW_CA, text, sizeof text);
    assert_string_equal(text, "no el 28 de febrer sinó el 2 de març: el 28 de febrer és dissabte i l'1 de març és "
                              "diumenge; no hi ha 31 de febrer");
    workflow_why_text(&why, WORKFLOW_ES, text, sizeof text);
    assert_string_equal(text, "no el 28 de febrero sino el 2 de marzo: el 28 de febrero es sábado y el 1 de marzo es "
                              "domingo; no hay 31 de febrero");
    free(seat);
}

/* Three months from 24 June end on 24 September, la Mercè: on the 25th in Barcelona, on the day itself elsewhere. */
static void test_months__that_end_on_a_local_holiday_end_on_the_next_day_there(void **state)
{
    const struct workflow_place elsewhere = place_catalunya();
    struct workflow_calendar *seat = calendar_barcelona(NULL), *other = calendar_of(&elsewhere, 1, NULL);

    (void)state;
    assert_term(seat, months(3), "2026-06-24T10:00:00+02:00", "2026-09-26T00:00:00+02:00",
                "not 24 September but 25 September: 24 September is a local holiday in Barcelona (La Mercè)");
    assert_term(other, months(3), "2026-06-24T10:00:00+02:00", "2026-09-25T00:00:00+02:00", "");
    free(seat);
    free(other);
}

/* 10 natural days from 24 March 2026 end on Good Friday; Saturday, Sunday and Easter Monday follow. */
static void test_days__that_end_at_easter_end_after_it(void **state)
{
    struct workflow_calendar *seat = calendar_barcelona(NULL);
    struct workflow_span kept = days_of(10);

    (void)state;
    assert_term(seat, days_of(10), "2026-03-24T10:00:00+01:00", "2026-04-08T00:00:00+02:00",
                "not 3 April but 7 April: 3 April is a holiday (Divendres Sant), 4 April is a Saturday, 5 April is a "
                "Sunday and 6 April is a holiday (Dilluns de Pasqua Florida)");
    kept.keeps_day = true;
    assert_term(seat, kept, "2026-03-24T10:00:00+01:00", "2026-04-04T00:00:00+02:00", "");
    free(seat);
}

/* ---- Hours ---- */

static void test_work_hours__stop_at_closing_and_go_on_at_opening(void **state)
{
    struct workflow_calendar *office = calendar_barcelona("mon-fri 08:00-15:00");

    (void)state;
    assert_term(office, work_hours(16), "2026-05-21T14:00:00+02:00", "2026-05-27T09:00:00+02:00",
                "not 26 May but 27 May: 25 May is a local holiday in Barcelona");
    assert_term(office, work_hours(7), "2026-05-26T08:00:00+02:00", "2026-05-26T15:00:00+02:00", "");
    assert_term(office, work_hours(7), "2026-05-23T12:00:00+02:00", "2026-05-26T15:00:00+02:00", NULL);
    assert_term(office, work_hours(0), "2026-05-23T12:00:00+02:00", "2026-05-23T12:00:00+02:00", "");
    free(office);
}

static void test_work_hours__leave_out_lunch(void **state)
{
    struct workflow_calendar *office = calendar_barcelona("mon-fri 09:00-14:00,15:30-18:00");

    (void)state;
    assert_term(office, work_hours(2), "2026-05-26T13:00:00+02:00", "2026-05-26T16:30:00+02:00", "");
    assert_term(office, work_hours(5), "2026-05-26T09:00:00+02:00", "2026-05-26T14:00:00+02:00", "");
    free(office);
}

/* Art. 30.1: legal hours are all those of working days, from minute to minute. */
static void test_work_hours__of_the_law_are_all_hours_of_working_days(void **state)
{
    struct workflow_calendar *seat = calendar_barcelona(NULL);

    (void)state;
    assert_term(seat, work_hours(24), "2026-05-22T10:30:00+02:00", "2026-05-26T10:30:00+02:00", NULL);
    free(seat);
}

/* A desk that never closes: 24 hours are 24 hours in both nights of shifts. */
static void test_work_hours__are_elapsed_time_in_nights_of_shifts(void **state)
{
    struct workflow_calendar *desk = calendar_barcelona("mon-sun,holidays 00:00-24:00");

    (void)state;
    assert_term(desk, work_hours(24), "2026-03-28T12:00:00+01:00", "2026-03-29T13:00:00+02:00", "");
    assert_term(desk, work_hours(24), "2026-10-24T12:00:00+02:00", "2026-10-25T11:00:00+01:00", "");
    free(desk);
}

static void test_why__tells_closed_weekdays_and_shorter_holidays(void **state)
{
    struct workflow_calendar *office = calendar_barcelona("tue-sat 10:00-14:00; holidays 10:00-12:00");
    struct workflow_skip skips[SKIPS_MAX];
    struct workflow_why why = {.skips = skips, .capacity = SKIPS_MAX};

    (void)state;
    /* Friday 1 May is a holiday with two hours; Sunday and Monday are closed. */
    assert_instant(workflow_due(office, work_hours(9), at("2026-05-01T09:00:00+02:00"), &why),
                   "2026-05-05T13:00:00+02:00");
    assert_int_equal(why.n_skips, 3);
    assert_int_equal(skips[0].reason, WORKFLOW_SKIP_HOLIDAY);
    assert_string_equal(skips[0].holiday->name.in[WORKFLOW_CA], "Festa del Treball");
    assert_int_equal(skips[1].reason, WORKFLOW_SKIP_WEEKEND);
    assert_int_equal(skips[2].reason, WORKFLOW_SKIP_CLOSED);
    assert_day(why.plain_day, "2026-05-05");
    /* The last day itself is one of them: it was open for too short. */
    assert_instant(workflow_due(office, work_hours(6), at("2026-04-30T10:00:00+02:00"), &why),
                   "2026-05-01T12:00:00+02:00");
    assert_int_equal(why.n_skips, 1);
    assert_day(skips[0].day, "2026-05-01");
    free(office);
}

static void test_why__takes_the_shorter_days_of_a_season_for_no_holidays(void **state)
{
    struct workflow_calendar *office = calendar_barcelona("mon-fri 08:00-15:00; 16jun-15sep mon-fri 08:00-14:00");
    struct workflow_skip skips[SKIPS_MAX];
    struct workflow_why why = {.skips = skips, .capacity = SKIPS_MAX};

    (void)state;
    assert_instant(workflow_due(office, work_hours(20), at("2026-07-13T08:00:00+02:00"), &why),
                   "2026-07-16T10:00:00+02:00");
    assert_int_equal(why.n_skips, 0);
    /* From the season into the rest of the year, over the holiday of 11 September. */
    assert_instant(workflow_due(office, work_hours(20), at("2026-09-10T08:00:00+02:00"), &why),
                   "2026-09-16T10:00:00+02:00");
    assert_int_equal(why.n_skips, 3);
    assert_day(skips[0].day, "2026-09-11");
    assert_int_equal(skips[0].reason, WORKFLOW_SKIP_HOLIDAY);
    assert_int_equal(skips[1].reason, WORKFLOW_SKIP_WEEKEND);
    free(office);
}

/* ---- Words ---- */

static void test_words__name_the_day_in_each_language_as_it_is_said(void **state)
{
    struct workflow_holiday local = holiday("2026-08-11", WORKFLOW_SCOPE_LOCAL, "el Prat de Llobregat", NULL, "Feria");
    struct workflow_holiday valley = holiday("2026-10-01", WORKFLOW_SCOPE_ARAN, NULL, NULL, NULL);
    struct workflow_skip skips[] = {{day("2026-08-11"), WORKFLOW_SKIP_HOLIDAY, &local},
                                    {day("2026-10-01"), WORKFLOW_SKIP_HOLIDAY, &valley}};
    struct workflow_why why = {.skips = skips,
                               .capacity = 2,
                               .n_skips = 2,
                               .span = {.kind = WORKFLOW_SPAN_HABILS, .amount = 1},
                               .from_day = day("2026-08-01"),
                               .plain_day = day("2026-10-11"),
                               .last_day = day("2026-10-12"),
                               .suspended_days = 1};
    char text[256];

    (void)state;
    workflow_why_text(&why, WORKFLOW_CA, text, sizeof text);
    assert_string_equal(text,
                        "no l'11 d'octubre sinó el 12 d'octubre: l'11 d'agost és festa local al Prat de Llobregat "
                        "(Feria) i l'1 d'octubre és festa a l'Aran; 1 dia de suspensió");
    local.place = NULL;
    valley.place = "nowhere"; /* only a local holiday has a place to name */
    workflow_why_text(&why, WORKFLOW_EN, text, sizeof text);
    assert_string_equal(text, "not 11 October but 12 October: 11 August is a local holiday (Feria) and 1 October is a "
                              "holiday in Aran; suspended for 1 day");
    local.place = "els Hostalets de Pierola";
    why.n_skips = 3; /* more than fit */
    why.suspended_days = 12;
    workflow_why_text(&why, WORKFLOW_CA, text, sizeof text);
    assert_string_equal(text, "no l'11 d'octubre sinó el 12 d'octubre: l'11 d'agost és festa local als Hostalets de "
                              "Pierola (Feria), l'1 d'octubre és festa a l'Aran…; 12 dies de suspensió");
    workflow_why_text(&why, WORKFLOW_ES, text, sizeof text);
    assert_string_equal(text,
                        "no el 11 de octubre sino el 12 de octubre: el 11 de agosto es fiesta local en els "
                        "Hostalets de Pierola (Feria), el 1 de octubre es festivo en Arán…; 12 días de suspensión");
}

static void test_words__are_cut_between_characters_and_measured_whole(void **state)
{
    struct workflow_why why = {.span = months(1),
                               .from_day = day("2026-02-28"),
                               .plain_day = day("2026-03-28"),
                               .last_day = day("2026-03-30")};
    const char *whole = "no el 28 de març sinó el 30 de març";
    const size_t length = strlen(whole);
    char text[64];

    (void)state;
    assert_int_equal(workflow_why_text(&why, WORKFLOW_CA, NULL, 0), length);
    for (size_t size = 1; size <= length + 1; size++) {
        memset(text, 'x', sizeof text);
        assert_int_equal(workflow_why_text(&why, WORKFLOW_CA, text, size), length);
        assert_true(strlen(text) < size);
        assert_memory_equal(text, whole, strlen(text));
        assert_true(((unsigned char)whole[strlen(text)] & 0xc0) != 0x80);
        assert_int_equal(text[size], 'x');
    }
    assert_string_equal(text, whole);
}

static void test_span__says_the_word_of_definitions(void **state)
{
    (void)state;
    assert_string_equal(workflow_span_key(WORKFLOW_SPAN_WORK_HOURS), "work_hours");
    assert_string_equal(workflow_span_key(WORKFLOW_SPAN_DAYS), "days");
    assert_string_equal(workflow_span_key(WORKFLOW_SPAN_HABILS), "habils");
    assert_string_equal(workflow_span_key(WORKFLOW_SPAN_MONTHS), "months");
}

static void test_due__is_never_where_the_horizon_does_not_reach(void **state)
{
    struct workflow_calendar *seat = calendar_barcelona(NULL);
    const struct workflow_span spans[] = {work_hours(100000), days_of(100000), habils(100000), months(100000)};
    struct workflow_why why = {.n_skips = 77};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct workflow_span wrong = spans[i];
        assert_true(workflow_due(seat, spans[i], at("2055-11-01T00:00:00Z"), &why) == WORKFLOW_NEVER);
        wrong.amount = -1;
        assert_true(workflow_due(seat, wrong, at("2026-11-01T00:00:00Z"), NULL) == WORKFLOW_NEVER);
        wrong.amount = INT32_MAX;
        assert_true(workflow_due(seat, wrong, at("2026-11-01T00:00:00Z"), NULL) == WORKFLOW_NEVER);
        wrong.amount = 1;
        assert_true(workflow_due(seat, wrong, INT64_MIN, NULL) == WORKFLOW_NEVER);
        assert_true(workflow_due(seat, wrong, WORKFLOW_NEVER, NULL) == WORKFLOW_NEVER);
    }
    assert_int_equal(why.n_skips, 77);
    /* At the very ends a term has an end, and a reason, or none. */
    for (size_t i = 0; i < 4; i++)
        for (int64_t from_us = at("2015-12-26T00:00:00Z"); from_us < at("2016-01-01T00:00:00Z"); from_us += HOUR_US)
            for (int32_t n = 0; n < 3; n++) {
                const struct workflow_span span = {.kind = spans[i].kind, .amount = n};
                const int64_t first_us = workflow_due(seat, span, from_us, &why),
                              last_us = workflow_due(
                                  seat, span, from_us + at("2055-12-31T00:00:00Z") - at("2015-12-29T00:00:00Z"), &why);
                assert_true(first_us == WORKFLOW_NEVER || first_us >= from_us);
                assert_true(last_us == WORKFLOW_NEVER || last_us < at("2056-01-04T00:00:00Z"));
            }
    free(seat);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_habils__begin_on_the_next_day_and_leave_out_weekends),
        cmocka_unit_test(test_habils__leave_out_the_local_holiday_of_the_town_and_say_so),
        cmocka_unit_test(test_habils__go_over_christmas_with_every_holiday_named),
        cmocka_unit_test(test_habils__do_not_count_a_saturday_twice),
        cmocka_unit_test(test_union__rests_where_either_town_rests),
        cmocka_unit_test(test_months__end_on_the_same_date_at_the_end_of_the_day),
        cmocka_unit_test(test_months__clamp_first_and_move_to_a_working_day_then),
        cmocka_unit_test(test_months__that_end_on_a_local_holiday_end_on_the_next_day_there),
        cmocka_unit_test(test_days__that_end_at_easter_end_after_it),
        cmocka_unit_test(test_work_hours__stop_at_closing_and_go_on_at_opening),
        cmocka_unit_test(test_work_hours__leave_out_lunch),
        cmocka_unit_test(test_work_hours__of_the_law_are_all_hours_of_working_days),
        cmocka_unit_test(test_work_hours__are_elapsed_time_in_nights_of_shifts),
        cmocka_unit_test(test_why__tells_closed_weekdays_and_shorter_holidays),
        cmocka_unit_test(test_why__takes_the_shorter_days_of_a_season_for_no_holidays),
        cmocka_unit_test(test_words__name_the_day_in_each_language_as_it_is_said),
        cmocka_unit_test(test_words__are_cut_between_characters_and_measured_whole),
        cmocka_unit_test(test_span__says_the_word_of_definitions),
        cmocka_unit_test(test_due__is_never_where_the_horizon_does_not_reach),
    };
    return cmocka_run_group_tests_name("calendar_terms", tests, NULL, NULL);
}
