#include "workflow/course.h"

#include <string.h>

#define DAY_US (INT64_C(86400) * 1000000)

void workflow_course_begin(struct workflow_course *course, const struct workflow *wf,
                           const struct workflow_calendar *const *calendars)
{
    memset(course, 0, offsetof(struct workflow_course, pending));
    course->wf = wf;
    course->calendars = calendars;
}

/* ---- clocks ---- */

static const struct workflow_calendar *calendar_of(const struct workflow_course *course, int calendar)
{
    return course->calendars[calendar + 1];
}

/* A clock that stops to run is late when its end had passed. */
static void settle(struct workflow_course *course, unsigned clock)
{
    if (course->clocks[clock].state == WORKFLOW_CLOCK_RUNNING && course->ends_us[clock] <= course->now_us)
        course->late |= (uint16_t)(1u << clock);
}

void workflow_clock_follow(const struct workflow *wf, struct workflow_clock_change change,
                           const struct workflow_calendar *calendar, int64_t now_us, struct workflow_clock *clock)
{
    switch ((enum workflow_clock_kind)change.kind) {
    case WORKFLOW_CLOCK_START:
        *clock = (struct workflow_clock){.state = WORKFLOW_CLOCK_IDLE};
        (void)workflow_clock_start(clock, workflow_clock_info(wf, change.clock)->budget, now_us);
        break;
    case WORKFLOW_CLOCK_STOP:
        (void)workflow_clock_stop(clock, calendar, now_us);
        break;
    case WORKFLOW_CLOCK_PAUSE:
        (void)workflow_clock_pause(clock, calendar, now_us);
        break;
    case WORKFLOW_CLOCK_RESUME:
        (void)workflow_clock_resume(clock, now_us);
        break;
    case WORKFLOW_CLOCK_EXTEND:
        (void)workflow_clock_extend(clock, calendar, change.amount, now_us);
        break;
    }
}

void workflow_clock_tell(const struct workflow *wf, unsigned number, const struct workflow_clock *clock,
                         const struct workflow_calendar *calendar, struct workflow_world *world)
{
    if (!workflow_clock_info(wf, number)->extendable)
        return;
    if (workflow_clock_over(clock, calendar, world->now_us))
        world->clocks_over |= (uint16_t)(1u << number);
    if (clock->extended > 0)
        world->clocks_extended |= (uint16_t)(1u << number);
}

static void change_clock(struct workflow_course *course, struct workflow_clock_change change)
{
    const struct workflow_clock_info *info = workflow_clock_info(course->wf, change.clock);
    const struct workflow_calendar *calendar = calendar_of(course, (int)info->calendar);
    struct workflow_clock *clock = &course->clocks[change.clock];

    settle(course, change.clock);
    workflow_clock_follow(course->wf, change, calendar, course->now_us, clock);
    if (clock->state != WORKFLOW_CLOCK_RUNNING)
        return;
    course->ran |= (uint16_t)(1u << change.clock);
    course->ends_us[change.clock] = workflow_clock_due(clock, calendar, NULL);
}

static uint16_t take_clocks(struct workflow_course *course, const struct workflow_out *out)
{
    uint16_t changed = 0;

    for (unsigned i = 0; i < out->n_clocks; i++) {
        change_clock(course, out->clocks[i]);
        changed |= (uint16_t)(1u << out->clocks[i].clock);
    }
    return changed;
}

void workflow_course_end(struct workflow_course *course, int64_t now_us)
{
    course->now_us = now_us;
    for (unsigned i = 0; i < workflow_clock_count(course->wf); i++)
        settle(course, i);
}

/* ---- timers ---- */

int64_t workflow_date_begins(const struct workflow_value *date, const struct workflow_zone *zone)
{
    int64_t at;

    if (!date || date->kind != WORKFLOW_KIND_TIMESTAMP)
        return WORKFLOW_NEVER;
    at = date->integer * 1000000 + date->n / 1000;
    return at % DAY_US == 0 ? workflow_zone_day_start(zone, (int32_t)(at / DAY_US)) : at;
}

int workflow_office(const struct workflow *wf, int own)
{
    const struct workflow_calendar_info *info = own < 0 ? NULL : workflow_calendar_info(wf, (unsigned)own);

    if (info && info->hours)
        return own;
    for (unsigned i = 0; (info = workflow_calendar_info(wf, i)) != NULL; i++)
        if (info->hours)
            return (int)i;
    return own;
}

/* When a timer is due that is set now. */
static int64_t due_of(const struct workflow_course *course, unsigned timer, const struct workflow_value *date)
{
    const struct workflow_timer_info *info = workflow_timer_info(course->wf, timer);
    int number = info->calendar;
    int64_t due = WORKFLOW_NEVER;

    switch (info->of) {
    case WORKFLOW_TIMER_OF_CLOCK:
        number = (int)workflow_clock_info(course->wf, info->clock)->calendar;
        due = workflow_clock_reaches(&course->clocks[info->clock], calendar_of(course, number), (int32_t)info->percent);
        break;
    case WORKFLOW_TIMER_OF_SPAN:
        due = workflow_due(calendar_of(course, number), info->in, course->now_us, NULL);
        break;
    case WORKFLOW_TIMER_OF_DATE:
        due = workflow_date_begins(date, workflow_calendar_zone(course->calendars[0]));
        break;
    }
    if (due == WORKFLOW_NEVER || !info->office)
        return due;
    return workflow_calendar_next_open(calendar_of(course, workflow_office(course->wf, number)), due);
}

const struct workflow_pending *workflow_course_find(const struct workflow_course *course, unsigned timer, int64_t body)
{
    for (unsigned i = 0; i < course->n_pending; i++)
        if (course->pending[i].timer == timer && course->pending[i].body == body)
            return &course->pending[i];
    return NULL;
}

void workflow_course_drop(struct workflow_course *course, unsigned timer, int64_t body)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < course->n_pending; i++)
        if (course->pending[i].timer != timer || course->pending[i].body != body)
            course->pending[kept++] = course->pending[i];
    course->n_pending = kept;
}

const struct workflow_pending *workflow_course_first(const struct workflow_course *course)
{
    const struct workflow_pending *first = NULL;

    for (unsigned i = 0; i < course->n_pending; i++) {
        const struct workflow_pending *here = &course->pending[i];
        bool before = first && (here->due_us != first->due_us ? here->due_us < first->due_us
                                : here->timer != first->timer ? here->timer < first->timer
                                                              : here->body < first->body);
        if (here->due_us != WORKFLOW_NEVER && (!first || before))
            first = here;
    }
    return first;
}

static void take_timers(struct workflow_course *course, const struct workflow_out *out, uint16_t clocks)
{
    for (unsigned i = 0; i < out->n_timers; i++) {
        const struct workflow_timer_change *change = &out->timers[i];
        workflow_course_drop(course, change->timer, change->body);
        if (change->kind == WORKFLOW_TIMER_ARM && course->n_pending < WORKFLOW_PENDING_MAX)
            course->pending[course->n_pending++] =
                (struct workflow_pending){change->timer, change->body, due_of(course, change->timer, &change->date)};
    }
    /* Those of a clock are as good as the clock: whatever moved it moves them. */
    for (unsigned i = 0; clocks && i < course->n_pending; i++) {
        const struct workflow_timer_info *info = workflow_timer_info(course->wf, course->pending[i].timer);
        if (info->of == WORKFLOW_TIMER_OF_CLOCK && (clocks >> info->clock & 1))
            course->pending[i].due_us = due_of(course, course->pending[i].timer, NULL);
    }
}

/* ---- the whole ---- */

void workflow_course_take(struct workflow_course *course, const struct workflow_out *out)
{
    uint16_t clocks = take_clocks(course, out);

    course->instance = out->next;
    take_timers(course, out, clocks);
    for (unsigned i = 0; out->set && i < workflow_field_count(course->wf); i++)
        if (out->set >> i & 1)
            course->data[i] = out->data[i];
}
