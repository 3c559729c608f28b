/* Corrected calendars: on which days two of them differ, and which clocks notice. */
#include "workflow/calendar/compiled.h"

#include <string.h>

static bool same_hours(const struct workflow_calendar *before, unsigned before_row,
                       const struct workflow_calendar *after, unsigned after_row)
{
    const uint8_t n = before->hours.n_ranges[before_row];
    return n == after->hours.n_ranges[after_row] &&
           memcmp(before->hours.ranges[before_row], after->hours.ranges[after_row],
                  n * sizeof(struct workflow_range)) == 0;
}

static bool same_day(const struct workflow_calendar *before, const struct workflow_calendar *after, int32_t day)
{
    return workflow_calendar_is_working(before, day) == workflow_calendar_is_working(after, day) &&
           same_hours(before, calendar_row(before, day), after, calendar_row(after, day));
}

/* The first day of [from, to) on which they differ, to when there is none. */
static int32_t first_difference(const struct workflow_calendar *before, const struct workflow_calendar *after,
                                int32_t from, int32_t to)
{
    while (from < to && same_day(before, after, from))
        from++;
    return from;
}

bool workflow_calendar_differ(const struct workflow_calendar *before, const struct workflow_calendar *after,
                              int32_t *ret_first, int32_t *ret_last)
{
    if (before->zone != after->zone) {
        *ret_first = CALENDAR_FIRST_DAY;
        *ret_last = CALENDAR_END_DAY - 1;
        return true;
    }
    const int32_t first = first_difference(before, after, CALENDAR_FIRST_DAY, CALENDAR_END_DAY);
    if (first == CALENDAR_END_DAY)
        return false;
    int32_t last = CALENDAR_END_DAY - 1;
    while (same_day(before, after, last))
        last--;
    *ret_first = first;
    *ret_last = last;
    return true;
}

/* Tells whether on a day, as far as it lies between since_us and to_us, both have counted the same since since_us at
 * every instant. Counts are straight lines between the ends of ranges, so these are where they are compared. */
static bool same_count(const struct workflow_calendar *before, const struct workflow_calendar *after, int32_t day,
                       int64_t since_us, int64_t to_us)
{
    const struct workflow_calendar *both[] = {before, after};
    const int64_t ahead_us = workflow_calendar_open_us(before, since_us) - workflow_calendar_open_us(after, since_us);
    const int64_t ends_us = workflow_zone_day_start(before->zone, day + 1);
    const int64_t until_us = ends_us < to_us ? ends_us : to_us;
    if (until_us > since_us &&
        workflow_calendar_open_us(before, until_us) - workflow_calendar_open_us(after, until_us) != ahead_us)
        return false;
    for (unsigned b = 0; b < 2; b++) {
        const unsigned row = calendar_row(both[b], day);
        for (unsigned i = 0; i < 2U * both[b]->hours.n_ranges[row]; i++) {
            const struct workflow_range *range = &both[b]->hours.ranges[row][i / 2];
            const int64_t minutes = i % 2 ? range->to_min : range->from_min;
            const int64_t at_us = zone_instant(both[b]->zone, day * DAY_US + minutes * MINUTE_US);
            if (at_us > since_us && at_us < until_us &&
                workflow_calendar_open_us(before, at_us) - workflow_calendar_open_us(after, at_us) != ahead_us)
                return false;
        }
    }
    return true;
}

/* The first day, of those from from_day to the one that to_us ends, on which the term counts otherwise; INT32_MAX when
 * there is none. */
static int32_t first_noticed(const struct workflow_calendar *before, const struct workflow_calendar *after,
                             const struct calendar_term *term, int32_t from_day, int64_t to_us)
{
    const int32_t end = to_us == WORKFLOW_NEVER ? CALENDAR_END_DAY : workflow_zone_day(before->zone, to_us - 1) + 1;
    for (int32_t day = from_day; (day = first_difference(before, after, day, end)) < end; day++)
        if (term->span.kind == WORKFLOW_SPAN_WORK_HOURS
                ? !same_count(before, after, day, term->since_us, to_us)
                : workflow_calendar_is_working(before, day) != workflow_calendar_is_working(after, day))
            return day;
    return INT32_MAX;
}

/* The first day about which the end of a term, or a part of it, asks the calendar. */
static int32_t first_asked(const struct workflow_calendar *calendar, const struct calendar_term *term)
{
    const int32_t since_day = workflow_zone_day(calendar->zone, term->since_us);
    switch (term->span.kind) {
    case WORKFLOW_SPAN_WORK_HOURS:
        return since_day;
    case WORKFLOW_SPAN_HABILS:
        return since_day + (term->used < term_total(term));
    default:
        return term->span.keeps_day ? CALENDAR_END_DAY : term_count_days(calendar, term).nominal_day;
    }
}

bool workflow_clock_touched(const struct workflow_clock *clock, const struct workflow_calendar *before,
                            const struct workflow_calendar *after, struct workflow_touch *ret_touch)
{
    const int64_t due_before_us = workflow_clock_due(clock, before, NULL),
                  due_after_us = workflow_clock_due(clock, after, NULL);
    const int64_t latest_us = due_before_us > due_after_us ? due_before_us : due_after_us;
    /* What was over when it went on stays over. */
    if (clock->state != WORKFLOW_CLOCK_RUNNING || latest_us <= clock->since_us ||
        !calendar_has_instant(clock->since_us))
        return false;
    const struct calendar_term term = term_of_clock(clock, before);
    const int32_t first_day = first_noticed(before, after, &term, first_asked(before, &term), latest_us);
    if (due_before_us == due_after_us && first_day == INT32_MAX)
        return false;
    if (ret_touch)
        *ret_touch = (struct workflow_touch){due_before_us, due_after_us, first_day};
    return true;
}
