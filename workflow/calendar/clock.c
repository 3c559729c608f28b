/* Clocks: what was used and since when it runs; everything else is derived. */
#include "workflow/calendar/compiled.h"

enum { PERCENT_MAX = 1000 };

struct calendar_term term_of_clock(const struct workflow_clock *clock, const struct workflow_calendar *calendar)
{
    return (struct calendar_term){.span = clock->span,
                                  .start_day = workflow_zone_day(calendar->zone, clock->started_us),
                                  .since_us = clock->since_us,
                                  .used = clock->used,
                                  .extended = clock->extended};
}

/* ---- Changes ---------------------------------------------------------------------------------------------- */

bool workflow_clock_start(struct workflow_clock *clock, struct workflow_span span, int64_t at_us)
{
    const bool again = clock->state == WORKFLOW_CLOCK_STOPPED;
    if ((!again && clock->state != WORKFLOW_CLOCK_IDLE) || (again && at_us < clock->since_us) || span.amount < 0 ||
        span.amount > SPAN_AMOUNT_MAX)
        return false;
    *clock =
        (struct workflow_clock){.state = WORKFLOW_CLOCK_RUNNING, .span = span, .started_us = at_us, .since_us = at_us};
    return true;
}

/* What counts between since_us and at_us, in the unit of `used`. A day on which a clock stops to run is counted, one on
 * which it goes on is not, so that a suspension takes as many days as it brings. */
static int64_t counted(const struct calendar_term *term, const struct workflow_calendar *calendar, int64_t at_us)
{
    if (term->span.kind == WORKFLOW_SPAN_WORK_HOURS)
        return workflow_calendar_open_us(calendar, at_us) - workflow_calendar_open_us(calendar, term->since_us);
    const int32_t from = workflow_zone_day(calendar->zone, term->since_us),
                  to = workflow_zone_day(calendar->zone, at_us);
    return term->span.kind == WORKFLOW_SPAN_HABILS ? workflow_calendar_working_days(calendar, from + 1, to + 1)
                                                   : to - from;
}

static bool halt(struct workflow_clock *clock, const struct workflow_calendar *calendar, int64_t at_us,
                 enum workflow_clock_state state)
{
    const struct calendar_term term = term_of_clock(clock, calendar);
    const int64_t total = term_total(&term);
    int64_t used = clock->used + counted(&term, calendar, at_us);
    /* Whole days must not blur whether it was over: on the last day nothing is left but the day itself; after it, less.
     */
    if (clock->span.kind != WORKFLOW_SPAN_WORK_HOURS) {
        const bool over = at_us >= term_due(calendar, &term);
        if (over && used <= total)
            used = total + 1;
        else if (!over && used > total)
            used = total;
    }
    clock->used = used;
    clock->since_us = at_us;
    clock->state = state;
    return true;
}

bool workflow_clock_pause(struct workflow_clock *clock, const struct workflow_calendar *calendar, int64_t at_us)
{
    return clock->state == WORKFLOW_CLOCK_RUNNING && at_us >= clock->since_us &&
           halt(clock, calendar, at_us, WORKFLOW_CLOCK_PAUSED);
}

bool workflow_clock_resume(struct workflow_clock *clock, int64_t at_us)
{
    if (clock->state != WORKFLOW_CLOCK_PAUSED || at_us < clock->since_us)
        return false;
    clock->state = WORKFLOW_CLOCK_RUNNING;
    clock->since_us = at_us;
    return true;
}

bool workflow_clock_stop(struct workflow_clock *clock, const struct workflow_calendar *calendar, int64_t at_us)
{
    if (clock->state == WORKFLOW_CLOCK_RUNNING && at_us >= clock->since_us)
        return halt(clock, calendar, at_us, WORKFLOW_CLOCK_STOPPED);
    if (clock->state != WORKFLOW_CLOCK_PAUSED || at_us < clock->since_us)
        return false;
    clock->state = WORKFLOW_CLOCK_STOPPED;
    clock->since_us = at_us;
    return true;
}

/* ---- Extensions ------------------------------------------------------------------------------------------- */

int32_t workflow_span_half(struct workflow_span span)
{
    return span.amount / 2;
}

bool workflow_clock_over(const struct workflow_clock *clock, const struct workflow_calendar *calendar, int64_t at_us)
{
    const struct calendar_term term = term_of_clock(clock, calendar);
    switch (clock->state) {
    case WORKFLOW_CLOCK_IDLE:
        return false;
    case WORKFLOW_CLOCK_RUNNING:
        return at_us >= term_due(calendar, &term);
    default:
        /* Hours are over when they are spent; of days the last one lasts as long as it does. */
        return clock->span.kind == WORKFLOW_SPAN_WORK_HOURS ? clock->used >= term_total(&term)
                                                            : clock->used > term_total(&term);
    }
}

bool workflow_clock_extend(struct workflow_clock *clock, const struct workflow_calendar *calendar, int32_t amount,
                           int64_t at_us)
{
    const bool open = clock->state == WORKFLOW_CLOCK_RUNNING || clock->state == WORKFLOW_CLOCK_PAUSED;
    if (!open || clock->extended != 0 || amount < 1 || amount > workflow_span_half(clock->span) ||
        amount > SPAN_AMOUNT_MAX - clock->span.amount || workflow_clock_over(clock, calendar, at_us))
        return false;
    clock->span.amount += amount;
    clock->extended = amount;
    return true;
}

/* ---- Readings --------------------------------------------------------------------------------------------- */

int64_t workflow_clock_due(const struct workflow_clock *clock, const struct workflow_calendar *calendar,
                           struct workflow_why *why)
{
    if (clock->state != WORKFLOW_CLOCK_RUNNING)
        return WORKFLOW_NEVER;
    const struct calendar_term term = term_of_clock(clock, calendar);
    const int64_t due_us = term_due(calendar, &term);
    if (why && due_us != WORKFLOW_NEVER)
        term_explain(calendar, &term, why);
    return due_us;
}

/* Length of a local day in minutes: not always 1440. */
static int64_t day_minutes(const struct workflow_zone *zone, int32_t day)
{
    return (workflow_zone_day_start(zone, day + 1) - workflow_zone_day_start(zone, day)) / MINUTE_US;
}

/* As counted(), but in microseconds also for days, and with the part of the current day that has passed, as of a day of
 * 24 hours. */
static int64_t passed_us(const struct calendar_term *term, const struct workflow_calendar *calendar, int64_t at_us)
{
    if (term->span.kind == WORKFLOW_SPAN_WORK_HOURS)
        return counted(term, calendar, at_us);
    const int32_t day = workflow_zone_day(calendar->zone, at_us);
    const int64_t start_us = workflow_zone_day_start(calendar->zone, day);
    if (day <= workflow_zone_day(calendar->zone, term->since_us))
        return 0;
    const bool counts = term->span.kind != WORKFLOW_SPAN_HABILS || workflow_calendar_is_working(calendar, day);
    /* A day of m minutes passes 1440 / m times as fast as one of 24 hours. */
    const int64_t today_us = counts ? (at_us - start_us) * DAY_MINUTES / day_minutes(calendar->zone, day) : 0;
    return counted(term, calendar, start_us - 1) * DAY_US + today_us;
}

/* What one unit of `used` is in passed_us(). */
static int64_t unit_us(const struct calendar_term *term)
{
    return term->span.kind == WORKFLOW_SPAN_WORK_HOURS ? 1 : DAY_US;
}

static int32_t percent_of(int64_t passed, int64_t total)
{
    if (total <= 0)
        return 100;
    if (passed >= total * (PERCENT_MAX / 100))
        return PERCENT_MAX;
    return passed <= 0 ? 0 : (int32_t)(passed * 100 / total);
}

int32_t workflow_clock_percent(const struct workflow_clock *clock, const struct workflow_calendar *calendar,
                               int64_t at_us)
{
    if (clock->state == WORKFLOW_CLOCK_IDLE)
        return 0;
    const struct calendar_term term = term_of_clock(clock, calendar);
    const int64_t unit = unit_us(&term), total = term_total(&term) * unit;
    int64_t passed = clock->used * unit;
    if (clock->state == WORKFLOW_CLOCK_RUNNING && at_us > clock->since_us)
        passed += passed_us(&term, calendar, at_us);
    const bool over = workflow_clock_over(clock, calendar, at_us);
    const int32_t percent = percent_of(passed, total);
    if (over)
        return percent < 100 ? 100 : percent;
    return percent < 100 ? percent : 99;
}

/* The instant at which a day has passed by of_day_us (of a day of 24 hours; more than 0). */
static int64_t instant_in_day(const struct workflow_zone *zone, int32_t day, int64_t of_day_us)
{
    const int64_t minutes = day_minutes(zone, day);
    return workflow_zone_day_start(zone, day) + (of_day_us * minutes + DAY_MINUTES - 1) / DAY_MINUTES;
}

/* The first instant at which passed_us() is wanted_us. */
static int64_t instant_of_passed(const struct calendar_term *term, const struct workflow_calendar *calendar,
                                 int64_t wanted_us)
{
    if (wanted_us <= 0)
        return term->since_us;
    if (term->span.kind == WORKFLOW_SPAN_WORK_HOURS)
        return workflow_calendar_reach(calendar, workflow_calendar_open_us(calendar, term->since_us) + wanted_us);
    const int32_t since_day = workflow_zone_day(calendar->zone, term->since_us);
    const int64_t whole_days = (wanted_us - 1) / DAY_US;
    if (whole_days > CALENDAR_DAYS)
        return WORKFLOW_NEVER;
    const int32_t day =
        term->span.kind == WORKFLOW_SPAN_HABILS
            ? calendar_workday(calendar, calendar_workdays_before(calendar, since_day + 1) + (int32_t)whole_days)
            : since_day + 1 + (int32_t)whole_days;
    return calendar_has_day(day) ? instant_in_day(calendar->zone, day, wanted_us - whole_days * DAY_US)
                                 : WORKFLOW_NEVER;
}

int64_t workflow_clock_reaches(const struct workflow_clock *clock, const struct workflow_calendar *calendar,
                               int32_t percent)
{
    if (percent < 1 || percent > PERCENT_MAX)
        return WORKFLOW_NEVER;
    const int64_t due_us = workflow_clock_due(clock, calendar, NULL);
    if (due_us == WORKFLOW_NEVER || percent == 100)
        return due_us;
    const struct calendar_term term = term_of_clock(clock, calendar);
    const int64_t unit = unit_us(&term), total = term_total(&term) * unit;
    const int64_t at_us = instant_of_passed(&term, calendar, (total * percent + 99) / 100 - clock->used * unit);
    if (percent < 100)
        return at_us < due_us ? at_us : due_us;
    return at_us > due_us ? at_us : due_us;
}
