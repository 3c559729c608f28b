#include "workflow/course.h"

#define DAY_US (INT64_C(86400) * 1000000)

uint16_t workflow_course_clocks(const struct workflow_course *course, const struct workflow_out *out,
                                struct workflow_clock clocks[WORKFLOW_CLOCKS_MAX])
{
    uint16_t changed = 0;

    for (unsigned i = 0; i < out->n_clocks; i++) {
        unsigned number = out->clocks[i].clock;
        const struct workflow_clock_info *info = workflow_clock_info(course->wf, number);
        const struct workflow_calendar *calendar = course->calendars[info->calendar + 1];
        struct workflow_clock *clock = &clocks[number];
        changed |= (uint16_t)(1u << number);
        switch ((enum workflow_clock_kind)out->clocks[i].kind) {
        case WORKFLOW_CLOCK_START:
            *clock = (struct workflow_clock){.state = WORKFLOW_CLOCK_IDLE};
            (void)workflow_clock_start(clock, info->budget, course->now_us);
            break;
        case WORKFLOW_CLOCK_STOP:
            (void)workflow_clock_stop(clock, calendar, course->now_us);
            break;
        case WORKFLOW_CLOCK_PAUSE:
            (void)workflow_clock_pause(clock, calendar, course->now_us);
            break;
        case WORKFLOW_CLOCK_RESUME:
            (void)workflow_clock_resume(clock, course->now_us);
            break;
        }
    }
    return changed;
}

/* A date has no time of day: it begins at our midnight, not at Greenwich's. */
static int64_t moment_of(const struct workflow_course *course, const struct workflow_value *date)
{
    int64_t at;

    if (!date || date->kind != WORKFLOW_KIND_TIMESTAMP)
        return WORKFLOW_NEVER;
    at = date->integer * 1000000 + date->n / 1000;
    if (at % DAY_US != 0)
        return at;
    return workflow_zone_day_start(workflow_calendar_zone(course->calendars[0]), (int32_t)(at / DAY_US));
}

/* The calendar whose hours are the office's: the timer's own, or the first that has any. */
static int office_of(const struct workflow *wf, int own)
{
    const struct workflow_calendar_info *info = own < 0 ? NULL : workflow_calendar_info(wf, (unsigned)own);

    if (info && info->hours)
        return own;
    for (unsigned i = 0; (info = workflow_calendar_info(wf, i)) != NULL; i++)
        if (info->hours)
            return (int)i;
    return own;
}

int64_t workflow_course_due(const struct workflow_course *course, unsigned timer, const struct workflow_value *date,
                            const struct workflow_clock clocks[WORKFLOW_CLOCKS_MAX])
{
    const struct workflow_timer_info *info = workflow_timer_info(course->wf, timer);
    int number = info->calendar;
    int64_t due = WORKFLOW_NEVER;

    switch (info->of) {
    case WORKFLOW_TIMER_OF_CLOCK:
        number = (int)workflow_clock_info(course->wf, info->clock)->calendar;
        due = workflow_clock_reaches(&clocks[info->clock], course->calendars[number + 1], (int32_t)info->percent);
        break;
    case WORKFLOW_TIMER_OF_SPAN:
        due = workflow_due(course->calendars[number + 1], info->in, course->now_us, NULL);
        break;
    case WORKFLOW_TIMER_OF_DATE:
        due = moment_of(course, date);
        break;
    }
    if (due == WORKFLOW_NEVER || !info->office)
        return due;
    return workflow_calendar_next_open(course->calendars[office_of(course->wf, number) + 1], due);
}
