/* From places and hours to a calendar: which days are holidays, and what is counted before each week. */
#include "workflow/calendar/compiled.h"

#include <string.h>

enum { LEAP_YEAR = 2016 };

size_t workflow_calendar_size(void)
{
    return sizeof(struct workflow_calendar);
}

const struct workflow_zone *workflow_calendar_zone(const struct workflow_calendar *calendar)
{
    return calendar->zone;
}

static bool is_ascending(const struct workflow_holidays *layer)
{
    for (size_t i = 1; i < layer->n; i++)
        if (layer->days[i].day < layer->days[i - 1].day)
            return false;
    return true;
}

static bool is_date(unsigned month, unsigned day)
{
    int32_t found;
    return workflow_date_day((struct workflow_date){.year = LEAP_YEAR, .month = month, .day = day}, &found);
}

static bool are_hours(const struct workflow_hours *hours)
{
    if (hours->n_seasons > WORKFLOW_SEASONS_MAX)
        return false;
    for (unsigned i = 0; i < hours->n_seasons; i++)
        if (!is_date(hours->seasons[i].from_month, hours->seasons[i].from_day) ||
            !is_date(hours->seasons[i].to_month, hours->seasons[i].to_day))
            return false;
    for (unsigned row = 0; row < WORKFLOW_HOURS_ROWS; row++) {
        if (hours->n_ranges[row] > WORKFLOW_RANGES_MAX)
            return false;
        for (unsigned i = 0; i < hours->n_ranges[row]; i++) {
            const struct workflow_range *range = &hours->ranges[row][i];
            if (range->from_min >= range->to_min || range->to_min > DAY_MINUTES ||
                (i > 0 && range->from_min <= range[-1].to_min))
                return false;
        }
    }
    return true;
}

static enum workflow_calendar_fault check(const struct workflow_calendar_source *source)
{
    if (source->n_places > WORKFLOW_PLACES_MAX)
        return WORKFLOW_CALENDAR_PLACES;
    for (size_t place = 0; place < source->n_places; place++) {
        if (source->places[place].n_layers > WORKFLOW_LAYERS_MAX)
            return WORKFLOW_CALENDAR_PLACES;
        for (size_t layer = 0; layer < source->places[place].n_layers; layer++)
            if (!is_ascending(&source->places[place].layers[layer]))
                return WORKFLOW_CALENDAR_ORDER;
    }
    return source->hours && !are_hours(source->hours) ? WORKFLOW_CALENDAR_HOURS : WORKFLOW_CALENDAR_OK;
}

/* Index of the first entry of a layer that is not before the day. */
static size_t find_day(const struct workflow_holidays *layer, int32_t day)
{
    size_t low = 0, high = layer->n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (layer->days[middle].day < day)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* What one layer says of a day: of several entries the holiday rather than the lifting, since who is in doubt rests. */
static const struct workflow_holiday *entry_of_day(const struct workflow_holidays *layer, int32_t day)
{
    const struct workflow_holiday *entry = NULL;
    for (size_t i = find_day(layer, day); i < layer->n && layer->days[i].day == day; i++)
        if (!entry || (entry->lifted && !layer->days[i].lifted))
            entry = &layer->days[i];
    return entry;
}

/* The holiday in force in a place: the narrowest layer that speaks of the day decides. */
static const struct workflow_holiday *place_holiday(const struct workflow_place *place, int32_t day)
{
    for (size_t layer = place->n_layers; layer-- > 0;) {
        const struct workflow_holiday *entry = entry_of_day(&place->layers[layer], day);
        if (entry)
            return entry->lifted ? NULL : entry;
    }
    return NULL;
}

const struct workflow_holiday *calendar_holiday(const struct workflow_calendar *calendar, int32_t day)
{
    for (size_t place = 0; place < calendar->n_places; place++) {
        const struct workflow_holiday *holiday = place_holiday(&calendar->places[place], day);
        if (holiday)
            return holiday;
    }
    return NULL;
}

static void fill_holidays(struct workflow_calendar *calendar)
{
    memset(calendar->holidays, 0, sizeof calendar->holidays);
    for (size_t p = 0; p < calendar->n_places; p++) {
        const struct workflow_place *place = &calendar->places[p];
        for (size_t l = 0; l < place->n_layers; l++) {
            const struct workflow_holidays *layer = &place->layers[l];
            for (size_t i = find_day(layer, CALENDAR_FIRST_DAY); i < layer->n && calendar_has_day(layer->days[i].day);
                 i++) {
                const unsigned index = (unsigned)(layer->days[i].day - CALENDAR_FIRST_DAY);
                if (!layer->days[i].lifted && place_holiday(place, layer->days[i].day))
                    calendar->holidays[index / 7] |= (uint8_t)(1U << index % 7);
            }
        }
    }
}

/* The day of a season's end in a year; 29 February is the 28th where there is none. */
static int32_t season_day(int year, unsigned month, unsigned day)
{
    int32_t found = 0;
    if (!workflow_date_day((struct workflow_date){.year = year, .month = month, .day = day}, &found))
        workflow_date_day((struct workflow_date){.year = year, .month = month, .day = day - 1}, &found);
    return found;
}

static void fill_season(struct workflow_calendar *calendar, const struct workflow_season *season, unsigned number)
{
    const bool over_new_year = season->from_month * 32 + season->from_day > season->to_month * 32 + season->to_day;
    for (int year = WORKFLOW_CALENDAR_FIRST_YEAR - 2; year <= WORKFLOW_CALENDAR_LAST_YEAR + 1; year++) {
        const int32_t last = season_day(year + over_new_year, season->to_month, season->to_day);
        for (int32_t day = season_day(year, season->from_month, season->from_day); day <= last; day++) {
            const uint32_t index = (uint32_t)(day - CALENDAR_FIRST_DAY), shift = 2 * (index % 7);
            if (!calendar_has_day(day))
                continue;
            calendar->seasons[index / 7] =
                (uint16_t)((calendar->seasons[index / 7] & ~(3U << shift)) | number << shift);
        }
    }
}

static void fill_seasons(struct workflow_calendar *calendar)
{
    memset(calendar->seasons, 0, sizeof calendar->seasons);
    for (unsigned number = calendar->hours.n_seasons; number > 0; number--)
        fill_season(calendar, &calendar->hours.seasons[number - 1], number);
}

static int32_t minutes_of_row(const struct workflow_hours *hours, unsigned row)
{
    int32_t minutes = 0;
    for (unsigned i = 0; i < hours->n_ranges[row]; i++)
        minutes += hours->ranges[row][i].to_min - hours->ranges[row][i].from_min;
    return minutes;
}

static void fill_rows(struct workflow_calendar *calendar)
{
    for (unsigned row = 0; row < WORKFLOW_HOURS_ROWS; row++)
        calendar->row_minutes[row] = minutes_of_row(&calendar->hours, row);
    calendar->weekday_minutes[0] = calendar->week_minutes_most = 0;
    for (unsigned weekday = 0; weekday < 7; weekday++) {
        int32_t most = 0;
        for (unsigned row = 0; row < WORKFLOW_HOURS_ROWS; row++)
            if ((row % 8 == weekday || row % 8 == ROW_HOLIDAY) && calendar->row_minutes[row] > most)
                most = calendar->row_minutes[row];
        calendar->week_minutes_most += most;
        calendar->weekday_minutes[weekday + 1] = calendar->weekday_minutes[weekday] + calendar->row_minutes[weekday];
    }
}

static void fill_weeks(struct workflow_calendar *calendar)
{
    calendar->workdays_before[0] = 0;
    calendar->minutes_before[0] = 0;
    for (uint32_t week = 0; week < CALENDAR_WEEKS; week++) {
        const unsigned holidays = calendar->holidays[week];
        int32_t minutes = 0;
        unsigned workdays = 5;
        for (uint32_t weekday = 0; weekday < 7 && (holidays || calendar->seasons[week]); weekday++) {
            minutes += calendar->row_minutes[calendar_week_row(calendar, week, weekday)];
            workdays -= weekday < 5 && (holidays >> weekday & 1);
        }
        if (!holidays && !calendar->seasons[week])
            minutes = calendar->weekday_minutes[7];
        calendar->minutes_before[week + 1] = calendar->minutes_before[week] + minutes;
        calendar->workdays_before[week + 1] = (uint16_t)(calendar->workdays_before[week] + workdays);
    }
}

/* A shift makes the local time jump from one reading to another: the open time between them was skipped, or comes
 * again. */
static void fill_segments(struct workflow_calendar *calendar)
{
    const struct workflow_zone *zone = calendar->zone;
    calendar->is_even = true;
    calendar->gained[0] = 0;
    calendar->segment_open_us[0] = 0;
    for (size_t i = 1; i < zone->n_segments; i++) {
        const int64_t at_us = zone->segments[i].from_us;
        const int64_t before = calendar_local_open_us(calendar, at_us + zone->segments[i - 1].offset_us);
        const int64_t after = calendar_local_open_us(calendar, at_us + zone->segments[i].offset_us);
        calendar->gained[i] = calendar->gained[i - 1] + (int32_t)((before - after) / MINUTE_US);
        calendar->segment_open_us[i] = after + calendar->gained[i] * MINUTE_US;
        calendar->is_even = calendar->is_even && calendar->gained[i] == 0;
    }
}

struct workflow_calendar *workflow_calendar_init(void *memory, const struct workflow_calendar_source *source,
                                                 enum workflow_calendar_fault *ret_fault)
{
    static const struct workflow_hours all_day = {
        .ranges = {{{0, DAY_MINUTES}}, {{0, DAY_MINUTES}}, {{0, DAY_MINUTES}}, {{0, DAY_MINUTES}}, {{0, DAY_MINUTES}}},
        .n_ranges = {1, 1, 1, 1, 1}};
    struct workflow_calendar *calendar = memory;
    const enum workflow_calendar_fault fault = check(source);
    if (ret_fault)
        *ret_fault = fault;
    if (fault != WORKFLOW_CALENDAR_OK)
        return NULL;
    calendar->zone = source->zone;
    calendar->n_places = source->n_places;
    if (source->n_places > 0)
        memcpy(calendar->places, source->places, source->n_places * sizeof source->places[0]);
    calendar->hours = source->hours ? *source->hours : all_day;
    fill_holidays(calendar);
    fill_seasons(calendar);
    fill_rows(calendar);
    fill_weeks(calendar);
    fill_segments(calendar);
    return calendar;
}
