/* Why a term ends when it does: the days that did not count, and where it would have ended without holidays. */
#include "workflow/calendar/compiled.h"

static void add_skip(struct workflow_why *why, int32_t day, enum workflow_skip_reason reason,
                     const struct workflow_holiday *holiday)
{
    if (why->n_skips < why->capacity)
        why->skips[why->n_skips] = (struct workflow_skip){.day = day, .reason = reason, .holiday = holiday};
    why->n_skips++;
}

/* The days of [from, to) that are no working days. */
static void skip_non_working(const struct workflow_calendar *calendar, int32_t from, int32_t to,
                             struct workflow_why *why)
{
    for (int32_t day = from; day < to; day++)
        if (workflow_day_weekday(day) >= 5)
            add_skip(why, day, WORKFLOW_SKIP_WEEKEND, NULL);
        else if (!workflow_calendar_is_working(calendar, day))
            add_skip(why, day, WORKFLOW_SKIP_HOLIDAY, calendar_holiday(calendar, day));
}

/* The days of [from, to) on which the office was not open, or for less long because of a holiday. */
static void skip_closed(const struct workflow_calendar *calendar, int32_t from, int32_t to, struct workflow_why *why)
{
    for (int32_t day = from; day < to; day++) {
        const uint32_t index = (uint32_t)(day - CALENDAR_FIRST_DAY), weekday = index % 7;
        const unsigned row = calendar_row(calendar, day);
        const int32_t usual = calendar->row_minutes[calendar_season_row(calendar, index / 7, weekday) + weekday];
        if (calendar->row_minutes[row] < usual)
            add_skip(why, day, WORKFLOW_SKIP_HOLIDAY, calendar_holiday(calendar, day));
        else if (calendar->row_minutes[row] == 0)
            add_skip(why, day, weekday >= 5 ? WORKFLOW_SKIP_WEEKEND : WORKFLOW_SKIP_CLOSED, NULL);
    }
}

static int32_t last_day_of(const struct workflow_calendar *calendar, const struct calendar_term *term)
{
    if (term->span.kind != WORKFLOW_SPAN_WORK_HOURS)
        return term_count_days(calendar, term).last_day;
    const int64_t due_us = term_due(calendar, term);
    if (due_us == WORKFLOW_NEVER)
        return INT32_MAX;
    return workflow_zone_day(calendar->zone, due_us > term->since_us ? due_us - 1 : due_us);
}

/* Where it would end if there were no holidays at all: an own calendar, rather than a second way to count. */
static int32_t plain_day_of(const struct workflow_calendar *calendar, const struct calendar_term *term)
{
    struct workflow_calendar plain;
    const struct workflow_calendar_source source = {.zone = calendar->zone, .hours = &calendar->hours};
    return last_day_of(workflow_calendar_init(&plain, &source, NULL), term);
}

void term_explain(const struct workflow_calendar *calendar, const struct calendar_term *term, struct workflow_why *why)
{
    const int32_t since_day = workflow_zone_day(calendar->zone, term->since_us);
    const bool over = term->used > term_total(term);
    why->n_skips = 0;
    why->span = term->span;
    why->from_day = since_day;
    why->suspended_days = 0;
    why->extended = term->extended;
    why->clamped = false;
    why->plain_day = why->last_day = last_day_of(calendar, term);
    switch (term->span.kind) {
    case WORKFLOW_SPAN_WORK_HOURS:
        if (!over) {
            why->plain_day = plain_day_of(calendar, term);
            skip_closed(calendar, since_day, why->last_day + 1, why);
        }
        break;
    case WORKFLOW_SPAN_HABILS:
        if (!over) {
            const bool is_last_day = term->used == term_total(term);
            why->plain_day = plain_day_of(calendar, term);
            skip_non_working(calendar, since_day + !is_last_day, why->last_day, why);
        }
        break;
    default:
        why->from_day = term->start_day;
        why->plain_day = term_count_days(calendar, term).nominal_day;
        why->suspended_days = since_day - term->start_day - (int32_t)term->used;
        if (term->span.kind == WORKFLOW_SPAN_MONTHS)
            workflow_day_add_months(term->start_day, term->span.amount, &why->clamped);
        skip_non_working(calendar, why->plain_day, why->last_day, why);
    }
}
