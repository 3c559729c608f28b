/* Any bytes as opening hours: what is read makes a calendar, and what is refused says where within the text. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "workflow/calendar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool fact)
{
    if (!fact)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct workflow_zone *zone;
    static struct workflow_calendar *memory;
    struct workflow_hours hours;
    size_t at = SIZE_MAX;
    char text[256];
    if (!zone) {
        zone = workflow_zone_init(malloc(workflow_zone_size()), workflow_madrid_shifts, workflow_madrid_shift_count);
        memory = malloc(workflow_calendar_size());
    }
    if (size >= sizeof text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (!workflow_hours_parse(text, &hours, &at)) {
        require(at <= strlen(text));
        return 0;
    }
    const struct workflow_calendar_source source = {.zone = zone, .hours = &hours};
    const struct workflow_calendar *calendar = workflow_calendar_init(memory, &source, NULL);
    require(calendar != NULL);
    const int64_t all_us = workflow_calendar_open_us(calendar, WORKFLOW_NEVER);
    /* "holidays" alone never opens here: there are none. */
    require(all_us > 0 || strstr(text, "holidays"));
    require(all_us == 0 || workflow_calendar_open_us(calendar, workflow_calendar_reach(calendar, all_us)) == all_us);
    return 0;
}
