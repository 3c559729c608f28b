/*
 * Holidays as others publish them: readers of two formats, for whoever imports them.
 *
 * Pure as the rest of the core: a reader walks through the caller's bytes, one row or event after another, into the
 * caller's memory. Nothing is guessed and nothing passes unseen: what is not understood is a fault with its line, and
 * the reader goes on behind it.
 */
#ifndef OAM_WORKFLOW_HOLIDAYS_H
#define OAM_WORKFLOW_HOLIDAYS_H

#include "workflow/calendar.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    WORKFLOW_HOLIDAY_TEXT_MAX = 200,   /* bytes of a name or a field, without the terminator */
    WORKFLOW_CSV_COLUMNS_MAX = 16,     /* of a row */
    WORKFLOW_ICAL_LINE_MAX = 1000,     /* bytes of a line of iCalendar that is read, unfolded */
    WORKFLOW_ICAL_EXCEPTIONS_MAX = 32, /* EXDATEs of an event */
    WORKFLOW_ICAL_EVENT_DAYS_MAX = 31, /* days of one occurrence */
    WORKFLOW_ICAL_YEAR_DAYS_MAX = 62   /* days of an event in one year */
};

/* What is not understood. */
struct workflow_source_fault {
    size_t line;    /* from 1 */
    char what[120]; /* in English, for whoever imports; a quoted piece of the file is cut */
};

enum workflow_source_next {
    WORKFLOW_SOURCE_ITEM,
    WORKFLOW_SOURCE_FAULT, /* of this item only: the next call goes on behind it */
    WORKFLOW_SOURCE_END
};

/* ---- The local holidays of Catalonia ---------------------------------------------------------------------- */

/*
 * One row of the open data set "Calendari de festes locals a Catalunya" (b4eh-r8up). Towns have rows of their own
 * (nucleus "000") and of their hamlets; some rows are holidays of all Catalonia, which are not local.
 */
struct workflow_csv_row {
    size_t line;
    int32_t day;
    bool is_local;   /* false: nothing but line is told */
    char ine5[6];    /* the town */
    char nucleus[4]; /* "000": the town itself */
    char place[WORKFLOW_HOLIDAY_TEXT_MAX + 1];
};

/* A reader of that file. Its fields are its own. */
struct workflow_csv {
    const char *at, *end;
    size_t line, n_columns;
    char separator;
    int8_t columns[6];
    char fields[WORKFLOW_CSV_COLUMNS_MAX][WORKFLOW_HOLIDAY_TEXT_MAX + 1];
};

/*
 * Reads the header. Columns are known by name (any_calendari, data, ajuntament_o_nucli_municipal, codi_municipi_ine,
 * pedania, festiu) as the API writes them or as the portal does ("Codi municipi INE"), in any order, others are passed
 * over; fields stand apart by "," or ";". False, with the fault, when one is missing. The bytes must outlive the
 * reader.
 */
bool workflow_csv_open(struct workflow_csv *ret_csv, const char *bytes, size_t length,
                       struct workflow_source_fault *ret_fault);
/*
 * Reads the next row. A date is "2026-05-25", with or without "T00:00:00.000", or "25/05/2026", and lies in its year;
 * codes that a spreadsheet has robbed of their leading zeroes get them back. Only local rows are judged.
 */
enum workflow_source_next workflow_csv_next(struct workflow_csv *csv, struct workflow_csv_row *ret_row,
                                            struct workflow_source_fault *ret_fault);

/* ---- iCalendar (RFC 5545) --------------------------------------------------------------------------------- */

/* An all-day VEVENT: once, or every year. */
struct workflow_ical_event {
    size_t line; /* of its BEGIN */
    char name[WORKFLOW_HOLIDAY_TEXT_MAX + 1];
    int32_t first_day, n_days; /* of its first occurrence */
    bool is_yearly;
    int32_t interval, count;   /* years between occurrences; how many there are, 0: no end */
    int32_t until_day;         /* no occurrence begins later */
    unsigned month, month_day; /* of each occurrence, */
    unsigned ordinal, weekday; /* or, where ordinal is not 0, its n-th weekday (0 Monday) of the month; 5: the last */
    int32_t exceptions[WORKFLOW_ICAL_EXCEPTIONS_MAX];
    size_t n_exceptions;
};

/* A reader of iCalendar. Its fields are its own. */
struct workflow_ical {
    const char *at, *end;
    size_t line;
    bool is_open; /* between BEGIN:VCALENDAR and its END */
    char text[WORKFLOW_ICAL_LINE_MAX + 1];
};

/* Begins to read. The bytes must outlive the reader. */
void workflow_ical_open(struct workflow_ical *ret_ical, const char *bytes, size_t length);
/*
 * Reads the next event that was not cancelled. Understood are all-day DTSTART, DTEND or DURATION in days or weeks,
 * SUMMARY, EXDATE, and RRULE with FREQ=YEARLY, INTERVAL, COUNT or UNTIL, BYMONTH with BYMONTHDAY or with one BYDAY such
 * as 1MO or -1SU. What only describes is passed over (UID, DESCRIPTION, X-…, alarms, other components); everything else
 * is a fault, since it could change a date.
 */
enum workflow_source_next workflow_ical_next(struct workflow_ical *ical, struct workflow_ical_event *ret_event,
                                             struct workflow_source_fault *ret_fault);
/* Writes at most max of the days of a year on which the event lies, in ascending order, and returns how many there are
 * (WORKFLOW_ICAL_YEAR_DAYS_MAX always suffices). */
size_t workflow_ical_days(const struct workflow_ical_event *event, int year, int32_t *ret_days, size_t max);

#ifdef __cplusplus
}
#endif

#endif
