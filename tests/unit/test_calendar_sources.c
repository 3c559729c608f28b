/* Holidays as others publish them: what is read, and what is refused with its line. */
#include "unit/test_calendar_data.h"

#include <stdio.h>

#include "workflow/holidays.h"

#define HEADER                                                                                                         \
    "any_calendari,data,ajuntament_o_nucli_municipal,codi_municipal,codi_municipi_ine,pedania,festiu,codiidescat\n"

enum { ITEMS_MAX = 16 };

/* ---- The data set ---- */

struct table {
    struct workflow_csv_row rows[ITEMS_MAX];
    struct workflow_source_fault faults[ITEMS_MAX];
    size_t n_rows, n_faults;
};

static struct table read_table(const char *text)
{
    struct table table = {.n_rows = 0};
    struct workflow_csv csv;
    enum workflow_source_next next;

    assert_true(workflow_csv_open(&csv, text, strlen(text), &table.faults[0]));
    while ((next = workflow_csv_next(&csv, &table.rows[table.n_rows], &table.faults[table.n_faults])) !=
           WORKFLOW_SOURCE_END) {
        table.n_rows += next == WORKFLOW_SOURCE_ITEM;
        table.n_faults += next == WORKFLOW_SOURCE_FAULT;
        assert_true(table.n_rows < ITEMS_MAX && table.n_faults < ITEMS_MAX);
    }
    return table;
}

static void test_csv__reads_towns_and_their_hamlets(void **state)
{
    const struct table table =
        read_table(HEADER "2026,2026-05-25T00:00:00.000,Abrera,08001000,08001,000,Festiu local,080018\r\n"
                          "2026,2026-08-16T00:00:00.000,Un nucli,25005002,25005,002,Festiu local,250053\n"
                          "\n"
                          "2026,2026-09-24,\"Hospitalet de Llobregat, l'\",08101000,08101,000,Festa local,081017");

    (void)state;
    assert_int_equal(table.n_faults, 0);
    assert_int_equal(table.n_rows, 3);
    assert_day(table.rows[0].day, "2026-05-25");
    assert_string_equal(table.rows[0].ine5, "08001");
    assert_string_equal(table.rows[0].nucleus, "000");
    assert_true(table.rows[0].is_local);
    assert_int_equal(table.rows[0].line, 2);
    assert_string_equal(table.rows[1].nucleus, "002");
    assert_string_equal(table.rows[2].place, "Hospitalet de Llobregat, l'");
    assert_int_equal(table.rows[2].line, 5);
}

/* As the portal writes it: other names, another order, semicolons, dates the other way round, codes without zeroes. */
static void test_csv__reads_what_the_portal_and_a_spreadsheet_make_of_it(void **state)
{
    const struct table table =
        read_table("\xef\xbb\xbf"
                   "Festiu;Codi municipi INE;Pedania;Any calendari;Ajuntament o nucli municipal ;Data\n"
                   "Festa local;8019;0;2026;Barcelona;25/05/2026\n");

    (void)state;
    assert_int_equal(table.n_faults, 0);
    assert_int_equal(table.n_rows, 1);
    assert_string_equal(table.rows[0].ine5, "08019");
    assert_string_equal(table.rows[0].nucleus, "000");
    assert_day(table.rows[0].day, "2026-05-25");
}

static void test_csv__minds_no_blanks_around_a_field(void **state)
{
    const struct table table =
        read_table(HEADER "  2026 , 2026-05-25T00:00:00 ,  Vila  nova ,, 08001 ,\t000,Festiu local,\n"
                          "2026,2026-05-25,\"  Vila \",,08001,000, festa LOCAL \r,\r\n");

    (void)state;
    assert_int_equal(table.n_rows, 1);
    assert_string_equal(table.rows[0].place, "  Vila");
    assert_int_equal(table.n_faults, 1); /* a tab is no blank */
    assert_string_equal(table.faults[0].what, "no code of a nucleus:  000");
}

/* The rows of 2025 have holidays of all Catalonia among them, some without a town. */
static void test_csv__tells_what_is_not_local_and_does_not_judge_it(void **state)
{
    const struct table table = read_table(HEADER "2025,2025-12-25T00:00:00.000,C. A. de Catalunya,,,,Nadal,\n"
                                                 "2025,,null,,,,,\n"
                                                 "2025,2025-09-24,Barcelona,08019000,08019,000,Festiu local,080193\n");

    (void)state;
    assert_int_equal(table.n_faults, 0);
    assert_int_equal(table.n_rows, 3);
    assert_false(table.rows[0].is_local);
    assert_false(table.rows[1].is_local);
    assert_true(table.rows[2].is_local);
}

static void test_csv__refuses_a_row_and_goes_on_behind_it(void **state)
{
    static const struct {
        size_t line;
        const char *what;
    } wanted[] = {
        {2, "no date: 2026-02-30"},          {3, "no date: 25/5/2026"},
        {4, "no date: 2026-05-25T10:00:00"}, {5, "a date of another year than its calendar's: 2025"},
        {6, "no code of a town: 0801x"},     {7, "no code of a town: 080190"},
        {8, "no code of a nucleus: "},       {9, "not as many fields as the header has"},
        {10, "a field is too long"},         {12, "a quote is never closed"},
    };
    char text[4096];
    struct table table;

    (void)state;
    snprintf(text, sizeof text,
             "%s2026,2026-02-30,A,,08001,000,Festiu local,\n2026,25/5/2026,A,,08001,000,Festiu local,\n"
             "2026,2026-05-25T10:00:00,A,,08001,000,Festiu local,\n2025,2026-05-25,A,,08001,000,Festiu local,\n"
             "2026,2026-05-25,A,,0801x,000,Festiu local,\n2026,2026-05-25,A,,080190,000,Festiu local,\n"
             "2026,2026-05-25,A,,08001,,Festiu local,\n2026,2026-05-25,A\n"
             "2026,2026-05-25,%0201d,,08001,000,Festiu local,\n2026,2026-05-25,A,,08001,000,Festiu local,\n"
             "2026,2026-05-25,\"A,,08001,000,Festiu local,\n",
             HEADER, 7);
    table = read_table(text);
    assert_int_equal(table.n_rows, 1);
    assert_int_equal(table.rows[0].line, 11);
    assert_int_equal(table.n_faults, sizeof wanted / sizeof wanted[0]);
    for (size_t i = 0; i < table.n_faults; i++) {
        assert_int_equal(table.faults[i].line, wanted[i].line);
        assert_string_equal(table.faults[i].what, wanted[i].what);
    }
}

/* A fault quotes the file as far as there is room, to a whole character. */
static void test_fault__is_cut_between_characters(void **state)
{
    static const char row[] =
        HEADER "2026,ééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé,A,,08001,000,Festiu local,\n";
    static const char shifted[] =
        HEADER "2026,xééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé,A,,08001,000,Festiu local,\n";
    const struct table even = read_table(row), odd = read_table(shifted);

    (void)state;
    assert_int_equal(strlen(even.faults[0].what), 119); /* "no date: " and 55 of them */
    assert_int_equal(strlen(odd.faults[0].what), 118);
    assert_string_equal(even.faults[0].what + 117, "é");
    assert_string_equal(odd.faults[0].what + 116, "é");
}

static void test_csv__holds_as_many_columns_as_it_says_and_as_long_ones(void **state)
{
    char text[8192], longest[WORKFLOW_HOLIDAY_TEXT_MAX + 1];
    struct table table;
    struct workflow_csv csv;
    struct workflow_source_fault fault;

    (void)state;
    memset(longest, 'x', WORKFLOW_HOLIDAY_TEXT_MAX);
    longest[WORKFLOW_HOLIDAY_TEXT_MAX] = '\0';
    snprintf(text, sizeof text,
             "any_calendari,data,ajuntament_o_nucli_municipal,codi_municipi_ine,pedania,festiu,a,b,c,d,e,f,g,h,i,j\n"
             "2026,2026-05-25,%s,08001,000,Festiu local,,,,,,,,,,\n"
             "2026,2026-05-25,A,08001,000,Festiu local,,,,,,,,,,,%s\n",
             longest, longest);
    table = read_table(text);
    assert_int_equal(table.n_rows, 1);
    assert_string_equal(table.rows[0].place, longest);
    assert_int_equal(table.n_faults, 1);
    assert_int_equal(table.faults[0].line, 3);
    assert_string_equal(table.faults[0].what, "too many columns");
    assert_false(workflow_csv_open(&csv, "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p\n", 32, &fault));
    assert_string_equal(fault.what, "there is no column: any_calendari"); /* sixteen are not too many */
}

static void test_csv__refuses_a_file_without_its_columns(void **state)
{
    struct workflow_csv csv;
    struct workflow_source_fault fault;

    (void)state;
    assert_false(workflow_csv_open(&csv, "", 0, &fault));
    assert_string_equal(fault.what, "there is no column: any_calendari");
    assert_false(workflow_csv_open(&csv, "any_calendari,data\n", 19, &fault));
    assert_string_equal(fault.what, "there is no column: ajuntament_o_nucli_municipal");
    assert_false(workflow_csv_open(&csv, "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q\n", 34, &fault));
    assert_string_equal(fault.what, "too many columns");
    assert_int_equal(fault.line, 1);
}

/* ---- iCalendar ---- */

#define EVENT(lines) "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\n" lines "END:VEVENT\r\nEND:VCALENDAR\r\n"

static struct workflow_ical_event one_event(const char *text)
{
    struct workflow_ical ical;
    struct workflow_ical_event event = {.line = 0}, none;
    struct workflow_source_fault fault = {.line = 0};

    workflow_ical_open(&ical, text, strlen(text));
    if (workflow_ical_next(&ical, &event, &fault) != WORKFLOW_SOURCE_ITEM)
        fail_msg("%zu: %s", fault.line, fault.what);
    assert_int_equal(workflow_ical_next(&ical, &none, &fault), WORKFLOW_SOURCE_END);
    return event;
}

/* Asserts the days of an event in a year, written "05-25 09-24". */
static void assert_days(const struct workflow_ical_event *event, int year, const char *wanted)
{
    int32_t days[WORKFLOW_ICAL_YEAR_DAYS_MAX];
    char text[512] = "";
    size_t length = 0;
    const size_t n = workflow_ical_days(event, year, days, WORKFLOW_ICAL_YEAR_DAYS_MAX);

    for (size_t i = 0; i < n; i++) {
        const struct workflow_date date = workflow_day_date(days[i]);
        assert_int_equal(date.year, year);
        length +=
            (size_t)snprintf(text + length, sizeof text - length, "%s%02u-%02u", i ? " " : "", date.month, date.day);
    }
    assert_string_equal(text, wanted);
}

static void test_ical__reads_an_event_of_one_day_and_what_describes_it(void **state)
{
    const struct workflow_ical_event event = one_event(
        "BEGIN:VCALENDAR\r\nPRODID:-//Generalitat\r\nVERSION:2.0\r\nCALSCALE:GREGORIAN\r\nX-WR-CALNAME:Festes\r\n"
        "BEGIN:VTIMEZONE\r\nTZID:Europe/"
        "Madrid\r\nBEGIN:STANDARD\r\nRRULE:FREQ=MONTHLY\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
        "BEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;VALUE=DATE:20260624\r\n"
        "SUMMARY;LANGUAGE=\"ca;x:y\":Sant Joan\\, festa \r\n major\\; \\\\ i fo\r\n\tc\\nnou\r\nDESCRIPTION:el\r\n que "
        "sigui\r\n"
        "BEGIN:VALARM\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\nX-ANYTHING;A=B:C\r\nend:vevent\r\nEND:VCALENDAR\r\n");

    (void)state;
    assert_int_equal(event.line, 12);
    assert_string_equal(event.name, "Sant Joan, festa major; \\ i foc nou");
    assert_days(&event, 2026, "06-24");
    assert_days(&event, 2025, "");
    assert_days(&event, 2027, "");
}

static void test_ical__knows_three_ways_to_say_how_long(void **state)
{
    struct workflow_ical_event event =
        one_event(EVENT("DTSTART:20261231\r\nDTEND;VALUE=DATE:20270102\r\nSUMMARY:x\r\n"));

    (void)state;
    assert_days(&event, 2026, "12-31");
    assert_days(&event, 2027, "01-01");
    event = one_event(EVENT("DTSTART;VALUE=date:20260501\r\nDURATION:P1W\r\n"));
    assert_days(&event, 2026, "05-01 05-02 05-03 05-04 05-05 05-06 05-07");
    event = one_event(EVENT("DTSTART;VALUE=DATE:20260501\r\nDURATION:P2D\r\n"));
    assert_days(&event, 2026, "05-01 05-02");
}

static void test_ical__repeats_every_year_or_every_few(void **state)
{
    struct workflow_ical_event event =
        one_event(EVENT("DTSTART;VALUE=DATE:20160101\r\nRRULE:FREQ=YEARLY;UNTIL=20300101\r\n"
                        "EXDATE;VALUE=DATE:20180101,20190101\r\n"));

    (void)state;
    assert_days(&event, 2015, "");
    assert_days(&event, 2016, "01-01");
    assert_days(&event, 2018, "");
    assert_days(&event, 2019, "");
    assert_days(&event, 2030, "01-01");
    assert_days(&event, 2031, "");
    event = one_event(EVENT("DTSTART:20160101\r\nRRULE:FREQ=YEARLY;UNTIL=20170101T235959Z\r\n"));
    assert_days(&event, 2017, "01-01");
    assert_days(&event, 2018, "");
    event = one_event(EVENT("DTSTART;VALUE=DATE:20160229\r\nRRULE:FREQ=YEARLY;COUNT=3\r\n"));
    assert_days(&event, 2018, "");
    assert_days(&event, 2020, "02-29");
    assert_days(&event, 2024, "02-29");
    assert_days(&event, 2028, "");
    event = one_event(EVENT("DTSTART;VALUE=DATE:20261230\r\nDURATION:P4D\r\nRRULE:FREQ=YEARLY;INTERVAL=2\r\n"));
    assert_days(&event, 2027, "01-01 01-02");
    assert_days(&event, 2028, "12-30 12-31");
    assert_days(&event, 2029, "01-01 01-02");
    assert_days(&event, 2030, "12-30 12-31");
}

static void test_ical__repeats_on_a_weekday_of_a_month(void **state)
{
    struct workflow_ical_event event =
        one_event(EVENT("DTSTART;VALUE=DATE:20260907\r\nRRULE:FREQ=YEARLY;BYMONTH=9;BYDAY=1MO;WKST=MO\r\n"));

    (void)state;
    assert_days(&event, 2027, "09-06");
    assert_days(&event, 2030, "09-02");
    event = one_event(EVENT("DTSTART;VALUE=DATE:20261015\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=3TH\r\n"));
    assert_days(&event, 2027, "10-21");
    assert_days(&event, 2028, "10-19");
    event = one_event(EVENT("DTSTART;VALUE=DATE:20260531\r\nRRULE:FREQ=yearly;BYMONTH=5;BYDAY=-1SU\r\n"));
    assert_days(&event, 2027, "05-30");
    event = one_event(EVENT("DTSTART;VALUE=DATE:20260624\r\nRRULE:FREQ=YEARLY;BYMONTH=6;BYMONTHDAY=24\r\n"));
    assert_days(&event, 2040, "06-24");
}

static void test_ical__passes_over_what_was_cancelled(void **state)
{
    static const char text[] = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260501\nSTATUS:CANCELLED\nEND:VEVENT\n"
                               "BEGIN:VEVENT\nDTSTART:20260502\nSTATUS:CONFIRMED\nEND:VEVENT\nEND:VCALENDAR\n";
    const struct workflow_ical_event event = one_event(text);

    (void)state;
    assert_int_equal(event.line, 6);
}

static void test_ical__refuses_what_it_does_not_understand_with_its_line(void **state)
{
    static const struct {
        const char *text, *what;
        size_t line;
    } wrong[] = {
        {EVENT("DTSTART:20260501T100000Z\r\n"), "a time; only whole days are holidays: 20260501T100000Z", 4},
        {EVENT("DTSTART;VALUE=DATE-TIME:20260501\r\n"), "a time; only whole days are holidays: 20260501", 4},
        {EVENT("DTSTART:20260230\r\n"), "no date: 20260230", 4},
        {EVENT("DTSTART:2026-05-01\r\n"), "no date: 2026-05-01", 4},
        {EVENT("DTSTART:202605011\r\n"), "no date: 202605011", 4},
        {EVENT("SUMMARY:x\r\n"), "an event without DTSTART", 3},
        {EVENT("DTSTART:20260501\r\nDTEND:20260501\r\n"),
         "an event that ends before it begins, or lasts for more than a month", 3},
        {EVENT("DTSTART:20260501\r\nDTEND:20260602\r\n"),
         "an event that ends before it begins, or lasts for more than a month", 3},
        {EVENT("DTSTART:20260501\r\nDTEND:20260502\r\nDURATION:P1D\r\n"), "an event with both DTEND and DURATION", 3},
        {EVENT("DTSTART:20260501\r\nDURATION:PT24H\r\n"), "a duration that is not of whole days: PT24H", 5},
        {EVENT("DTSTART:20260501\r\nDURATION:P0D\r\n"), "a duration that is not of whole days: P0D", 5},
        {EVENT("DTSTART:20260501\r\nDURATION:P0001D\r\n"), "a duration that is not of whole days: P0001D", 5},
        {EVENT("DTSTART:20260501\r\nDURATION:P999W\r\n"),
         "an event that ends before it begins, or lasts for more than a month", 3},
        {EVENT("DTSTART:20260501\r\nRRULE:FREQ=YEARLY;UNTIL=20300101T\r\n"),
         "a rule that is not understood: UNTIL=20300101T", 5},
        {EVENT("DTSTART:20260501\r\nRRULE:FREQ=YEARLY;UNTIL=20300101T000000X\r\n"),
         "a rule that is not understood: UNTIL=20300101T000000X", 5},
        {EVENT("DTSTART:20260501\r\nRRULE:FREQ=YEARLY;INTERVAL=00001\r\n"),
         "a rule that is not understood: INTERVAL=00001", 5},
        {EVENT("DTSTART:20260501\r\nDURATION:-P1D\r\n"), "a duration that is not of whole days: -P1D", 5},
        {EVENT("DTSTART:20260501\r\nDURATION:P1DT1H\r\n"), "a duration that is not of whole days: P1DT1H", 5},
        {EVENT("DTSTART:20260501\r\nSUMMARY:a\\b\r\n"), "an unknown escape: a\\b", 5},
        {EVENT("DTSTART:20260501\r\nRDATE:20260502\r\n"), "a property that could change a date: RDATE", 5},
        {EVENT("DTSTART:20260501\r\nRECURRENCE-ID:20260502\r\n"), "a property that could change a date: RECURRENCE-ID",
         5},
        {EVENT("DTSTART:20260501\r\nEXDATE:20260502T000000\r\n"), "an exception that is no date: 20260502T000000", 5},
        {EVENT("DTSTART:20260501\r\nnothing\r\n"), "no property: NOTHING", 5},
        {EVENT("DTSTART:20260501\r\nSUMMARY;LANGUAGE:x\r\n"), "no property: SUMMARY", 5},
        {EVENT("DTSTART:20260501\r\nRRULE:FREQ=MONTHLY\r\n"), "a rule that is not understood: FREQ=MONTHLY", 5},
        {EVENT("DTSTART:20260501\r\nRRULE:INTERVAL=2\r\n"), "a rule that is not understood: no FREQ=YEARLY", 5},
        {EVENT("DTSTART:20260501\r\nRRULE:FREQ=YEARLY;INTERVAL=0\r\n"), "a rule that is not understood: INTERVAL=0", 5},
        {EVENT("DTSTART:20260501\r\nRRULE:FREQ=YEARLY;COUNT=2;UNTIL=20300101\r\n"),
         "a rule that is not understood: UNTIL=20300101", 5},
        {EVENT("DTSTART:20260501\r\nRRULE:FREQ=YEARLY;UNTIL=20300101;COUNT=2\r\n"),
         "a rule that is not understood: COUNT=2", 5},
        {EVENT("DTSTART:20260501\r\nRRULE:FREQ=YEARLY;BYMONTH=5,6\r\n"), "a rule that is not understood: BYMONTH=5,6",
         5},
        {EVENT("DTSTART:20260501\r\nRRULE:FREQ=YEARLY;BYDAY=1FR\r\n"),
         "a rule that is not understood: BYDAY or BYMONTHDAY without BYMONTH", 5},
        {EVENT("DTSTART:20260501\r\nRRULE:FREQ=YEARLY;BYMONTHDAY=1\r\n"),
         "a rule that is not understood: BYDAY or BYMONTHDAY without BYMONTH", 5},
        {EVENT("DTSTART:20260501\r\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=FR\r\n"),
         "a rule that is not understood: BYDAY=FR", 5},
        {EVENT("DTSTART:20260501\r\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=5FR\r\n"),
         "a rule that is not understood: BYDAY=5FR", 5},
        {EVENT("DTSTART:20260501\r\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=1FR;BYMONTHDAY=1\r\n"),
         "a rule that is not understood: BYDAY with BYMONTHDAY", 5},
        {EVENT("DTSTART:20260501\r\nRRULE:FREQ=YEARLY;BYSETPOS=1\r\n"), "a rule that is not understood: BYSETPOS=1", 5},
        {EVENT("DTSTART:20260501\r\nRRULE:FREQ=YEARLY;UNTIL=20300101Z\r\n"),
         "a rule that is not understood: UNTIL=20300101Z", 5},
        {EVENT("DTSTART:20260501\r\nRRULE:YEARLY\r\n"), "a rule that is not understood: YEARLY", 5},
        {EVENT("DTSTART:20260501\r\nRRULE:FREQ=YEARLY\r\nRRULE:FREQ=YEARLY\r\n"), "a second RRULE: FREQ=YEARLY", 6},
        {EVENT("DTSTART:20260501\r\nRRULE:FREQ=YEARLY;BYMONTH=6\r\n"), "a rule that its first day does not follow", 5},
        {EVENT("DTSTART:20260501\r\nBEGIN:VALARM\r\n"), "an event without an end", 3},
        {"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20260501\r\nEND:VCALENDAR\r\n", "an event without an end", 2},
        {"BEGIN:VCALENDAR\r\nVERSION:1.0\r\nEND:VCALENDAR\r\n", "another version of iCalendar: 1.0", 2},
        {"BEGIN:VCALENDAR\r\nCALSCALE:HEBREW\r\nEND:VCALENDAR\r\n", "another calendar than the Gregorian: HEBREW", 2},
        {"BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nUID:1\r\n", "a component without an end", 2},
        {"BEGIN:VCALENDAR\r\n", "the calendar has no end", 2},
        {"BEGIN:VCARD\r\nEND:VCARD\r\n", "no iCalendar: VCARD", 1},
        {"day,name\n2026-05-01,x\n", "no property: DAY,NAME", 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct workflow_ical ical;
        struct workflow_ical_event event;
        struct workflow_source_fault fault = {.line = 0};
        workflow_ical_open(&ical, wrong[i].text, strlen(wrong[i].text));
        if (workflow_ical_next(&ical, &event, &fault) != WORKFLOW_SOURCE_FAULT || fault.line != wrong[i].line ||
            strcmp(fault.what, wrong[i].what) != 0)
            fail_msg("case %zu: %zu: %s", i, fault.line, fault.what);
    }
}

static void test_ical__goes_on_behind_a_fault(void **state)
{
    static const char text[] = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:x\nRDATE:y\nEND:VEVENT\n"
                               "BEGIN:VEVENT\nDTSTART:20260502\nEND:VEVENT\nEND:VCALENDAR\n";
    struct workflow_ical ical;
    struct workflow_ical_event event;
    struct workflow_source_fault fault;

    (void)state;
    workflow_ical_open(&ical, text, sizeof text - 1);
    assert_int_equal(workflow_ical_next(&ical, &event, &fault), WORKFLOW_SOURCE_FAULT);
    assert_int_equal(fault.line, 3);
    assert_int_equal(workflow_ical_next(&ical, &event, &fault), WORKFLOW_SOURCE_ITEM);
    assert_day(event.first_day, "2026-05-02");
    assert_int_equal(workflow_ical_next(&ical, &event, &fault), WORKFLOW_SOURCE_END);
}

/* A description may be of any length; a name or a date that is cut would be another one. */
static void test_ical__minds_a_line_that_is_too_long_only_where_it_matters(void **state)
{
    char text[8192];
    struct workflow_ical ical;
    struct workflow_ical_event event;
    struct workflow_source_fault fault;

    (void)state;
    snprintf(text, sizeof text, EVENT("DTSTART:20260501\r\nDESCRIPTION:%03000d\r\n"), 1);
    assert_int_equal(one_event(text).n_days, 1);
    snprintf(text, sizeof text, EVENT("DTSTART:20260501\r\nSUMMARY:%0992d\r\n"), 1);
    workflow_ical_open(&ical, text, strlen(text));
    assert_int_equal(workflow_ical_next(&ical, &event, &fault), WORKFLOW_SOURCE_FAULT);
    assert_memory_equal(fault.what, "a name that is too long: 0", 26);
    snprintf(text, sizeof text, EVENT("DTSTART:20260501\r\nSUMMARY:%0993d\r\n"), 1);
    workflow_ical_open(&ical, text, strlen(text));
    assert_int_equal(workflow_ical_next(&ical, &event, &fault), WORKFLOW_SOURCE_FAULT);
    assert_string_equal(fault.what, "a line that is too long: SUMMARY");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv__reads_towns_and_their_hamlets),
        cmocka_unit_test(test_csv__reads_what_the_portal_and_a_spreadsheet_make_of_it),
        cmocka_unit_test(test_csv__minds_no_blanks_around_a_field),
        cmocka_unit_test(test_csv__tells_what_is_not_local_and_does_not_judge_it),
        cmocka_unit_test(test_csv__refuses_a_row_and_goes_on_behind_it),
        cmocka_unit_test(test_fault__is_cut_between_characters),
        cmocka_unit_test(test_csv__holds_as_many_columns_as_it_says_and_as_long_ones),
        cmocka_unit_test(test_csv__refuses_a_file_without_its_columns),
        cmocka_unit_test(test_ical__reads_an_event_of_one_day_and_what_describes_it),
        cmocka_unit_test(test_ical__knows_three_ways_to_say_how_long),
        cmocka_unit_test(test_ical__repeats_every_year_or_every_few),
        cmocka_unit_test(test_ical__repeats_on_a_weekday_of_a_month),
        cmocka_unit_test(test_ical__passes_over_what_was_cancelled),
        cmocka_unit_test(test_ical__refuses_what_it_does_not_understand_with_its_line),
        cmocka_unit_test(test_ical__goes_on_behind_a_fault),
        cmocka_unit_test(test_ical__minds_a_line_that_is_too_long_only_where_it_matters),
    };
    return cmocka_run_group_tests_name("calendar_sources", tests, NULL, NULL);
}
