/* Counting: open time and working days up to a point, and back from a count to the point. */
#include "workflow/calendar/compiled.h"

/* ---- Open time -------------------------------------------------------------------------------------------- */

/* Open time of a row of hours before a time of its day. */
static int64_t row_open_us(const struct workflow_calendar *calendar, unsigned row, int64_t of_day_us)
{
    const struct workflow_range *ranges = calendar->hours.ranges[row];
    int64_t open_us = 0;
    for (unsigned i = 0; i < calendar->hours.n_ranges[row]; i++) {
        const int64_t from_us = ranges[i].from_min * MINUTE_US, to_us = ranges[i].to_min * MINUTE_US;
        if (of_day_us <= from_us)
            break;
        open_us += (of_day_us < to_us ? of_day_us : to_us) - from_us;
    }
    return open_us;
}

int64_t calendar_local_open_us(const struct workflow_calendar *calendar, int64_t local_us)
{
    const int64_t since_us = local_us - CALENDAR_FIRST_DAY * DAY_US;
    if (since_us <= 0)
        return 0;
    const uint32_t day = (uint32_t)((uint64_t)since_us / (uint64_t)DAY_US), week = day / 7, weekday = day % 7;
    if (week >= CALENDAR_WEEKS)
        return calendar->minutes_before[CALENDAR_WEEKS] * MINUTE_US;
    int32_t minutes = calendar->minutes_before[week];
    if (calendar->holidays[week] || calendar->seasons[week])
        for (uint32_t i = 0; i < weekday; i++)
            minutes += calendar->row_minutes[calendar_week_row(calendar, week, i)];
    else
        minutes += calendar->weekday_minutes[weekday];
    const unsigned row = calendar_week_row(calendar, week, weekday);
    return minutes * MINUTE_US + row_open_us(calendar, row, since_us - day * DAY_US);
}

int64_t workflow_calendar_open_us(const struct workflow_calendar *calendar, int64_t at_us)
{
    /* Kept away from the ends of int64_t, to which an offset could not be added. */
    if (at_us <= ZONE_FIRST_US)
        return 0;
    if (at_us > (CALENDAR_END_DAY + 1) * DAY_US)
        at_us = (CALENDAR_END_DAY + 1) * DAY_US;
    const size_t segment = zone_segment_at(calendar->zone, at_us);
    return calendar_local_open_us(calendar, at_us + calendar->zone->segments[segment].offset_us) +
           calendar->gained[segment] * MINUTE_US;
}

/* The week in which the open minute `minute` (from 0) lies, CALENDAR_WEEKS when none does. No week is open for longer
 * than the most, so a jump by it never passes the goal, and what is left shrinks by the share of holidays each time. */
static uint32_t week_of_minute(const struct workflow_calendar *calendar, int64_t minute)
{
    const int32_t *before = calendar->minutes_before;
    uint32_t week = 0;
    if (minute >= before[CALENDAR_WEEKS])
        return CALENDAR_WEEKS;
    for (int32_t left = (int32_t)minute; left >= calendar->week_minutes_most; left = (int32_t)minute - before[week])
        week += (uint32_t)(left / calendar->week_minutes_most);
    while (before[week + 1] <= minute)
        week++;
    return week;
}

/* The local time at which the open microsecond number `open_us` (from 0) begins, WORKFLOW_NEVER beyond the horizon. */
static int64_t local_of_open(const struct workflow_calendar *calendar, int64_t open_us)
{
    const uint32_t week = week_of_minute(calendar, open_us / MINUTE_US);
    if (week == CALENDAR_WEEKS)
        return WORKFLOW_NEVER;
    int64_t left_us = open_us - calendar->minutes_before[week] * MINUTE_US;
    uint32_t weekday = 0;
    unsigned row;
    for (;; weekday++) {
        row = calendar_week_row(calendar, week, weekday);
        const int64_t day_us = calendar->row_minutes[row] * MINUTE_US;
        if (left_us < day_us)
            break;
        left_us -= day_us;
    }
    const struct workflow_range *range = calendar->hours.ranges[row];
    for (int64_t range_us; left_us >= (range_us = (range->to_min - range->from_min) * MINUTE_US); range++)
        left_us -= range_us;
    return (CALENDAR_FIRST_DAY + (int64_t)(week * 7 + weekday)) * DAY_US + range->from_min * MINUTE_US + left_us;
}

/* The last segment of the zone that begins with no more than open_us open before it. */
static size_t segment_of_open(const struct workflow_calendar *calendar, int64_t open_us)
{
    size_t low = 0, high = calendar->zone->n_segments;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (calendar->segment_open_us[middle] <= open_us)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* The instant at which the open microsecond number `open_us` (from 0) begins, WORKFLOW_NEVER beyond the horizon. */
static int64_t instant_of_open(const struct workflow_calendar *calendar, int64_t open_us)
{
    if (calendar->is_even) {
        const int64_t local_us = local_of_open(calendar, open_us);
        return local_us == WORKFLOW_NEVER ? WORKFLOW_NEVER : zone_instant(calendar->zone, local_us);
    }
    const size_t segment = segment_of_open(calendar, open_us);
    const int64_t local_us = local_of_open(calendar, open_us - calendar->gained[segment] * MINUTE_US);
    return local_us == WORKFLOW_NEVER ? WORKFLOW_NEVER : local_us - calendar->zone->segments[segment].offset_us;
}

int64_t workflow_calendar_reach(const struct workflow_calendar *calendar, int64_t open_us)
{
    if (open_us <= 0)
        return workflow_zone_day_start(calendar->zone, CALENDAR_FIRST_DAY);
    /* The first instant that has counted so much is the end of the last microsecond of it. */
    const int64_t at_us = instant_of_open(calendar, open_us - 1);
    return at_us == WORKFLOW_NEVER ? WORKFLOW_NEVER : at_us + 1;
}

int64_t workflow_calendar_next_open(const struct workflow_calendar *calendar, int64_t at_us)
{
    return instant_of_open(calendar, workflow_calendar_open_us(calendar, at_us));
}

bool workflow_calendar_is_open(const struct workflow_calendar *calendar, int64_t at_us)
{
    return workflow_calendar_next_open(calendar, at_us) == at_us;
}

/* ---- Working days ----------------------------------------------------------------------------------------- */

/* Bits set in each set of Monday to Friday. */
static const uint8_t workdays_in[WEEKDAYS + 1] = {0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,
                                                  1, 2, 2, 3, 2, 3, 3, 4, 2, 3, 3, 4, 3, 4, 4, 5};

bool workflow_calendar_is_working(const struct workflow_calendar *calendar, int32_t day)
{
    if (!calendar_has_day(day))
        return false;
    const uint32_t index = (uint32_t)(day - CALENDAR_FIRST_DAY);
    return (WEEKDAYS & ~(unsigned)calendar->holidays[index / 7]) >> index % 7 & 1;
}

int32_t calendar_workdays_before(const struct workflow_calendar *calendar, int32_t day)
{
    if (day <= CALENDAR_FIRST_DAY)
        return 0;
    if (day >= CALENDAR_END_DAY)
        return calendar->workdays_before[CALENDAR_WEEKS];
    const uint32_t index = (uint32_t)(day - CALENDAR_FIRST_DAY), week = index / 7;
    const unsigned before = (1U << index % 7) - 1;
    return calendar->workdays_before[week] + workdays_in[WEEKDAYS & ~(unsigned)calendar->holidays[week] & before];
}

int32_t calendar_workday(const struct workflow_calendar *calendar, int32_t n)
{
    const uint16_t *before = calendar->workdays_before;
    uint32_t week = 0;
    if (n < 0 || n >= before[CALENDAR_WEEKS])
        return INT32_MAX;
    for (int32_t left = n; left >= 5; left = n - before[week])
        week += (uint32_t)left / 5;
    while (before[week + 1] <= n)
        week++;
    int32_t left = n - before[week], weekday = 0;
    for (unsigned working = WEEKDAYS & ~(unsigned)calendar->holidays[week];; working >>= 1, weekday++)
        if (working & 1 && left-- == 0)
            return CALENDAR_FIRST_DAY + (int32_t)week * 7 + weekday;
}

int32_t workflow_calendar_working_day(const struct workflow_calendar *calendar, int32_t day)
{
    return workflow_calendar_is_working(calendar, day)
               ? day
               : calendar_workday(calendar, calendar_workdays_before(calendar, day));
}

int32_t workflow_calendar_working_days(const struct workflow_calendar *calendar, int32_t from, int32_t to)
{
    return to <= from ? 0 : calendar_workdays_before(calendar, to) - calendar_workdays_before(calendar, from);
}

int64_t workflow_calendar_filed_at(const struct workflow_calendar *calendar, int64_t at_us)
{
    if (!calendar_has_instant(at_us))
        return WORKFLOW_NEVER;
    const int32_t day = workflow_zone_day(calendar->zone, at_us),
                  working = workflow_calendar_working_day(calendar, day);
    if (working == day)
        return at_us;
    return working == INT32_MAX ? WORKFLOW_NEVER : workflow_zone_day_start(calendar->zone, working);
}
