/* Any bytes as iCalendar: it ends, it never steps back, and the days of an event lie in their year, in order, each
 * once. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "workflow/holidays.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool fact)
{
    if (!fact)
        abort();
}

static void require_days(const struct workflow_ical_event *event, int year)
{
    int32_t days[WORKFLOW_ICAL_YEAR_DAYS_MAX];
    const size_t n = workflow_ical_days(event, year, days, WORKFLOW_ICAL_YEAR_DAYS_MAX);
    require(n <= WORKFLOW_ICAL_YEAR_DAYS_MAX);
    for (size_t i = 0; i < n; i++)
        require(workflow_day_date(days[i]).year == year && (i == 0 || days[i] > days[i - 1]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct workflow_ical ical;
    struct workflow_ical_event event;
    struct workflow_source_fault fault = {.line = 0};
    enum workflow_source_next next;
    workflow_ical_open(&ical, (const char *)data, size);
    const char *at = ical.at;
    while ((next = workflow_ical_next(&ical, &event, &fault)) != WORKFLOW_SOURCE_END) {
        require(ical.at >= at && ical.at <= ical.end);
        require(ical.at > at || !ical.is_open); /* the last fault is that the calendar has no end */
        at = ical.at;
        if (next == WORKFLOW_SOURCE_FAULT) {
            require(fault.line >= 1 && strlen(fault.what) > 0 && strlen(fault.what) < sizeof fault.what);
            continue;
        }
        require(strlen(event.name) <= WORKFLOW_HOLIDAY_TEXT_MAX && event.n_days >= 1 &&
                event.n_days <= WORKFLOW_ICAL_EVENT_DAYS_MAX);
        const int first = workflow_day_date(event.first_day).year;
        for (int year = first - 1; year < first + 10; year++)
            require_days(&event, year);
        require_days(&event, WORKFLOW_CALENDAR_LAST_YEAR);
    }
    return 0;
}
