/*
 * Inside the calendars: what is compiled, and the few steps that every question takes. Not for callers.
 *
 * A week is the unit. Its seven days are alike in every week but for holidays, so a week is one byte of holidays and
 * what was counted before it; a calendar of forty years is then some 22 kB, and nobody needs a base with differences on
 * it. Counting goes by local time, in which every day has 24 hours; what a shift of the zone gains or loses of open
 * time is added up by segment, so that nights of shifts are right and no other day pays for them.
 */
#ifndef OAM_WORKFLOW_CALENDAR_COMPILED_H
#define OAM_WORKFLOW_CALENDAR_COMPILED_H

#include "workflow/calendar.h"

#define MINUTE_US INT64_C(60000000)
#define DAY_US    INT64_C(86400000000)

enum {
    CALENDAR_FIRST_DAY = 16797, /* Monday 28 December 2015 */
    CALENDAR_WEEKS = 2088,      /* to Sunday 2 January 2056 */
    CALENDAR_DAYS = 7 * CALENDAR_WEEKS,
    CALENDAR_END_DAY = CALENDAR_FIRST_DAY + CALENDAR_DAYS,
    DAY_MINUTES = 1440,
    WEEKDAYS = 0x1f, /* Monday to Friday, as bits of a week */
    ROW_HOLIDAY = 7, /* of workflow_hours */
    ZONE_OFFSET_MAX_S = 15 * 3600,
    ZONE_SEGMENTS_MAX = 160,
    ZONE_BUCKET_BITS = 41, /* of microseconds: 25.4 days, so that a bucket has one shift at most */
    ZONE_BUCKETS = 576
};

#define ZONE_FIRST_US ((CALENDAR_FIRST_DAY - 1) * DAY_US)

/* Of one offset: from its shift to the next. A last one, of no offset, begins at WORKFLOW_NEVER. */
struct zone_segment {
    int64_t from_us, offset_us;
};

struct workflow_zone {
    size_t n_segments;
    struct zone_segment segments[ZONE_SEGMENTS_MAX + 1];
    uint16_t bucket_segment[ZONE_BUCKETS]; /* in force when the bucket begins */
};

struct workflow_calendar {
    const struct workflow_zone *zone;
    struct workflow_place places[WORKFLOW_PLACES_MAX];
    size_t n_places;
    struct workflow_hours hours;
    int32_t row_minutes[WORKFLOW_HOURS_ROWS]; /* open in a day of each row of hours */
    int32_t weekday_minutes[8];               /* open in a week like most before each weekday; [7]: in all of it */
    int32_t week_minutes_most;                /* open in the week that is open most, whatever its holidays and season */
    bool is_even;                             /* no shift of the zone gains or loses open time */
    uint8_t holidays[CALENDAR_WEEKS];
    uint16_t seasons[CALENDAR_WEEKS]; /* two bits a day: 0 none, or which */
    uint16_t workdays_before[CALENDAR_WEEKS + 1];
    int32_t minutes_before[CALENDAR_WEEKS + 1]; /* open, by local time */
    int32_t gained[ZONE_SEGMENTS_MAX];          /* minutes that the shifts up to a segment added to them */
    int64_t segment_open_us[ZONE_SEGMENTS_MAX]; /* W at the beginning of each segment */
};

/* Returns the segment of an instant. */
static inline size_t zone_segment_at(const struct workflow_zone *zone, int64_t at_us)
{
    if (at_us < ZONE_FIRST_US)
        return 0;
    const uint64_t bucket = (uint64_t)(at_us - ZONE_FIRST_US) >> ZONE_BUCKET_BITS;
    const size_t segment = zone->bucket_segment[bucket < ZONE_BUCKETS ? bucket : ZONE_BUCKETS - 1];
    return segment + (at_us >= zone->segments[segment + 1].from_us);
}

/* Returns the first instant at which the local time is local_us (as if it were UTC) or later. */
static inline int64_t zone_instant(const struct workflow_zone *zone, int64_t local_us)
{
    size_t segment = zone_segment_at(zone, local_us - ZONE_OFFSET_MAX_S * INT64_C(1000000));
    for (;; segment++) {
        const int64_t at_us = local_us - zone->segments[segment].offset_us, from_us = zone->segments[segment].from_us;
        if (at_us < zone->segments[segment + 1].from_us)
            return at_us > from_us ? at_us : from_us;
    }
}

/* Tells whether a day lies in the horizon. */
static inline bool calendar_has_day(int64_t day)
{
    return day >= CALENDAR_FIRST_DAY && day < CALENDAR_END_DAY;
}

/* Tells whether the local day of an instant surely lies in the horizon, whatever the offset. */
static inline bool calendar_has_instant(int64_t at_us)
{
    return at_us >= (CALENDAR_FIRST_DAY + 1) * DAY_US && at_us < (CALENDAR_END_DAY - 1) * DAY_US;
}

/* The rows of hours of a day begin here: those of its season. */
static inline unsigned calendar_season_row(const struct workflow_calendar *calendar, uint32_t week, uint32_t weekday)
{
    return 8U * (calendar->seasons[week] >> 2 * weekday & 3);
}

/* The row of hours that holds on a day of a week. */
static inline unsigned calendar_week_row(const struct workflow_calendar *calendar, uint32_t week, uint32_t weekday)
{
    return calendar_season_row(calendar, week, weekday) +
           (calendar->holidays[week] >> weekday & 1 ? ROW_HOLIDAY : weekday);
}

/* The row of hours that holds on a day of the horizon. */
static inline unsigned calendar_row(const struct workflow_calendar *calendar, int32_t day)
{
    const uint32_t index = (uint32_t)(day - CALENDAR_FIRST_DAY);
    return calendar_week_row(calendar, index / 7, index % 7);
}

/* Returns the open time from the beginning of the horizon to a local time (as if it were UTC), shifts left aside. */
int64_t calendar_local_open_us(const struct workflow_calendar *calendar, int64_t local_us);
/* Returns how many working days the horizon has before a day of it (or its end). */
int32_t calendar_workdays_before(const struct workflow_calendar *calendar, int32_t day);
/* Returns the working day that has n others before it; INT32_MAX when the horizon has none. */
int32_t calendar_workday(const struct workflow_calendar *calendar, int32_t n);
/* Returns the holiday that makes a day non-working in the first place that has one, NULL when none does. */
const struct workflow_holiday *calendar_holiday(const struct workflow_calendar *calendar, int32_t day);

/* ---- Terms ------------------------------------------------------------------------------------------------ */

enum { SPAN_AMOUNT_MAX = 100000 };
#define HOUR_US INT64_C(3600000000)

/* A term that is being counted: a span of which something may be used already. */
struct calendar_term {
    struct workflow_span span;
    int32_t start_day; /* when it was first started: months run from there */
    int64_t since_us;  /* from when the rest runs */
    int64_t used;      /* as in struct workflow_clock */
    int32_t extended;  /* likewise */
};

/* What became of a term of days. INT32_MAX: beyond the horizon. */
struct term_days {
    int32_t since_day;
    int32_t nominal_day; /* where it would end, were it not moved to a working day; habils: as last_day */
    int32_t last_day;
};

/* Returns the clock's term. */
struct calendar_term term_of_clock(const struct workflow_clock *clock, const struct workflow_calendar *calendar);
/* Returns all of a term in the unit of `used`: microseconds, or days. */
int64_t term_total(const struct calendar_term *term);
/* Works out a term of days (any kind but work_hours). */
struct term_days term_count_days(const struct workflow_calendar *calendar, const struct calendar_term *term);
/* Returns when a term ends, as workflow_due(). */
int64_t term_due(const struct workflow_calendar *calendar, const struct calendar_term *term);
/* Fills everything of why but its list and its capacity, and that as far as it goes; the term must have an end. */
void term_explain(const struct workflow_calendar *calendar, const struct calendar_term *term, struct workflow_why *why);

#endif
