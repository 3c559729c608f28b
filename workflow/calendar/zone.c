/* Local time: offsets found by a table of buckets, each with one shift at most. */
#include "workflow/calendar/compiled.h"

#define SHIFTS_APART_US (27 * DAY_US)

enum { DAY_LIMIT = 100000000 /* days that microseconds can count in an int64_t */ };

size_t workflow_zone_size(void)
{
    return sizeof(struct workflow_zone);
}

static bool is_offset(int32_t offset_s)
{
    return offset_s % 60 == 0 && offset_s >= -ZONE_OFFSET_MAX_S && offset_s <= ZONE_OFFSET_MAX_S;
}

/* Keeps the shifts of the horizon, beginning with the one that is in force when it begins. */
static bool fill_segments(struct workflow_zone *zone, const struct workflow_zone_shift *shifts, size_t n)
{
    const int64_t end_us = (CALENDAR_END_DAY + 1) * DAY_US;
    zone->n_segments = 0;
    for (size_t i = 0; i < n && shifts[i].at_us < end_us; i++) {
        if (!is_offset(shifts[i].offset_s) || (i > 0 && shifts[i].at_us <= shifts[i - 1].at_us))
            return false;
        if (shifts[i].at_us <= ZONE_FIRST_US)
            zone->n_segments = 0;
        else if (zone->n_segments == 0 || zone->n_segments == ZONE_SEGMENTS_MAX ||
                 shifts[i].at_us - zone->segments[zone->n_segments - 1].from_us < SHIFTS_APART_US)
            return false;
        zone->segments[zone->n_segments++] =
            (struct zone_segment){.from_us = shifts[i].at_us, .offset_us = shifts[i].offset_s * INT64_C(1000000)};
    }
    zone->segments[zone->n_segments] = (struct zone_segment){.from_us = WORKFLOW_NEVER};
    zone->segments[0].from_us = INT64_MIN; /* the ends hold for all time */
    return zone->n_segments > 0;
}

struct workflow_zone *workflow_zone_init(void *memory, const struct workflow_zone_shift *shifts, size_t n)
{
    struct workflow_zone *zone = memory;
    if (!fill_segments(zone, shifts, n))
        return NULL;
    for (size_t bucket = 0, segment = 0; bucket < ZONE_BUCKETS; bucket++) {
        const int64_t from_us = ZONE_FIRST_US + ((int64_t)bucket << ZONE_BUCKET_BITS);
        while (zone->segments[segment + 1].from_us <= from_us)
            segment++;
        zone->bucket_segment[bucket] = (uint16_t)segment;
    }
    return zone;
}

int32_t workflow_zone_offset_s(const struct workflow_zone *zone, int64_t at_us)
{
    return (int32_t)(zone->segments[zone_segment_at(zone, at_us)].offset_us / 1000000);
}

int32_t workflow_zone_day(const struct workflow_zone *zone, int64_t at_us)
{
    /* Away from the ends of int64_t, so that an offset can be added. */
    if (at_us > DAY_LIMIT * DAY_US)
        return DAY_LIMIT;
    if (at_us < -DAY_LIMIT * DAY_US)
        return -DAY_LIMIT;
    const int64_t local_us = at_us + zone->segments[zone_segment_at(zone, at_us)].offset_us;
    return (int32_t)(local_us >= 0 ? local_us / DAY_US : (local_us - (DAY_US - 1)) / DAY_US);
}

int64_t workflow_zone_day_start(const struct workflow_zone *zone, int32_t day)
{
    if (day >= DAY_LIMIT)
        return WORKFLOW_NEVER;
    return zone_instant(zone, (day > -DAY_LIMIT ? day : -DAY_LIMIT) * DAY_US);
}
