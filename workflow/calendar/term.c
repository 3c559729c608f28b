/* Terms: from a span, an instant and what is used to the end. */
#include "workflow/calendar/compiled.h"

const char *workflow_span_key(enum workflow_span_kind kind)
{
    static const char *const keys[] = {"work_hours", "days", "habils", "months"};
    return keys[kind];
}

int64_t term_total(const struct calendar_term *term)
{
    switch (term->span.kind) {
    case WORKFLOW_SPAN_WORK_HOURS:
        return term->span.amount * HOUR_US;
    case WORKFLOW_SPAN_MONTHS:
        return workflow_day_add_months(term->start_day, term->span.amount, NULL) - term->start_day;
    default:
        return term->span.amount;
    }
}

/* Counting begins on the next day (art. 30.2, 30.3). When no day is left, the last is the day itself or, were it no
 * working day, the next one: whoever pauses a term on its last day still has that day when it goes on. */
static int32_t last_working_day(const struct workflow_calendar *calendar, int32_t since_day, int64_t left)
{
    if (left == 0)
        return workflow_calendar_working_day(calendar, since_day);
    const int64_t n = calendar_workdays_before(calendar, since_day + 1) + left - 1;
    return n > CALENDAR_DAYS ? INT32_MAX : calendar_workday(calendar, (int32_t)n);
}

struct term_days term_count_days(const struct workflow_calendar *calendar, const struct calendar_term *term)
{
    struct term_days days = {.since_day = workflow_zone_day(calendar->zone, term->since_us)};
    const int64_t left = term_total(term) - term->used;
    if (left < -CALENDAR_DAYS || left > CALENDAR_DAYS) {
        days.nominal_day = days.last_day = INT32_MAX;
        return days;
    }
    if (term->span.kind == WORKFLOW_SPAN_HABILS) {
        days.nominal_day = days.last_day = last_working_day(calendar, days.since_day, left);
        return days;
    }
    days.nominal_day = days.last_day = days.since_day + (int32_t)left;
    /* What was over before a pause is not revived by a move to the next working day. */
    if (!term->span.keeps_day && left >= 0)
        days.last_day = workflow_calendar_working_day(calendar, days.nominal_day);
    return days;
}

int64_t term_due(const struct workflow_calendar *calendar, const struct calendar_term *term)
{
    if (term->span.amount < 0 || term->span.amount > SPAN_AMOUNT_MAX || !calendar_has_instant(term->since_us))
        return WORKFLOW_NEVER;
    if (term->span.kind != WORKFLOW_SPAN_WORK_HOURS) {
        const int32_t last_day = term_count_days(calendar, term).last_day;
        return calendar_has_day(last_day) ? workflow_zone_day_start(calendar->zone, last_day + 1) : WORKFLOW_NEVER;
    }
    const int64_t left_us = term_total(term) - term->used;
    if (left_us == 0)
        return term->since_us;
    return workflow_calendar_reach(calendar, workflow_calendar_open_us(calendar, term->since_us) + left_us);
}

int64_t workflow_due(const struct workflow_calendar *calendar, struct workflow_span span, int64_t from_us,
                     struct workflow_why *why)
{
    struct calendar_term term = {.span = span, .since_us = from_us};
    if (span.kind == WORKFLOW_SPAN_MONTHS)
        term.start_day = workflow_zone_day(calendar->zone, from_us);
    const int64_t due_us = term_due(calendar, &term);
    if (why && due_us != WORKFLOW_NEVER) {
        term.start_day = workflow_zone_day(calendar->zone, from_us);
        term_explain(calendar, &term, why);
    }
    return due_us;
}
