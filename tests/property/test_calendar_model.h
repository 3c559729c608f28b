/* Random calendars, and the slow way to count on them: minute by minute, from what they are made of. */
#ifndef OAM_TEST_CALENDAR_MODEL_H
#define OAM_TEST_CALENDAR_MODEL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "workflow/calendar.h"

#define MINUTE_US INT64_C(60000000)
#define HOUR_US   INT64_C(3600000000)
#define DAY_US    INT64_C(86400000000)

enum { LAYER_DAYS_MAX = 40, MODEL_FIRST_DAY = 16801 /* 2016-01-01 */, MODEL_DAYS = 14610 /* to 2055-12-31 */ };

/* xorshift64*: the same numbers on every machine. */
static inline uint64_t random_next(uint64_t *seed)
{
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return *seed * UINT64_C(2685821657736338717);
}

static inline int32_t random_below(uint64_t *seed, int32_t n)
{
    return (int32_t)((random_next(seed) >> 33) % (uint64_t)n);
}

/* A calendar with all that it was made of. */
struct model {
    struct workflow_zone *zone;
    struct workflow_calendar *calendar;
    struct workflow_hours hours;
    struct workflow_place places[WORKFLOW_PLACES_MAX];
    size_t n_places;
    struct workflow_holiday days[WORKFLOW_PLACES_MAX][WORKFLOW_LAYERS_MAX][LAYER_DAYS_MAX];
};

static inline int compare_days(const void *a, const void *b)
{
    const int32_t x = ((const struct workflow_holiday *)a)->day, y = ((const struct workflow_holiday *)b)->day;
    return (x > y) - (x < y);
}

static inline void random_hours(uint64_t *seed, struct workflow_hours *hours)
{
    /* Where ranges begin and end is often in the hours that shifts of the zone take or repeat. */
    static const int32_t steps[] = {15, 60, 120, 180, 300, 480};
    memset(hours, 0, sizeof *hours);
    hours->n_seasons = (uint8_t)(random_below(seed, 2) * random_below(seed, WORKFLOW_SEASONS_MAX + 1));
    for (unsigned i = 0; i < hours->n_seasons; i++)
        hours->seasons[i] = (struct workflow_season){.from_month = (uint8_t)(1 + random_below(seed, 12)),
                                                     .from_day = (uint8_t)(1 + random_below(seed, 29)),
                                                     .to_month = (uint8_t)(1 + random_below(seed, 12)),
                                                     .to_day = (uint8_t)(1 + random_below(seed, 29))};
    for (unsigned row = 0; row < 8U * (1 + hours->n_seasons); row++) {
        int32_t minute = random_below(seed, 4) ? 0 : 60;
        if (random_below(seed, 8) < (row % 8 < 5 ? 1 : 5))
            continue;
        while (hours->n_ranges[row] < WORKFLOW_RANGES_MAX) {
            const int32_t from = minute + steps[random_below(seed, 6)] * (minute > 0 || random_below(seed, 2));
            const int32_t to = from + steps[random_below(seed, 6)];
            if (to > 1440)
                break;
            hours->ranges[row][hours->n_ranges[row]++] =
                (struct workflow_range){.from_min = (uint16_t)from, .to_min = (uint16_t)to};
            minute = to + 1;
        }
    }
}

/* Holidays of a few years around `around`, many of them next to each other; some are lifted. */
static inline void random_layer(uint64_t *seed, struct workflow_holiday *days, struct workflow_holidays *ret_layer,
                                int32_t around)
{
    const size_t n = (size_t)random_below(seed, LAYER_DAYS_MAX + 1);
    memset(days, 0, n * sizeof *days);
    for (size_t i = 0; i < n; i++) {
        days[i].day = around - 200 + random_below(seed, 400);
        days[i].lifted = random_below(seed, 6) == 0;
    }
    qsort(days, n, sizeof *days, compare_days);
    *ret_layer = (struct workflow_holidays){days, n};
}

/* Madrid, or a zone with other shifts: half an hour, southern, now and then. */
static inline struct workflow_zone *random_zone(uint64_t *seed)
{
    struct workflow_zone_shift shifts[120];
    struct workflow_zone *zone = malloc(workflow_zone_size());
    size_t n = 0;
    if (random_below(seed, 2) == 0)
        return workflow_zone_init(zone, workflow_madrid_shifts, workflow_madrid_shift_count);
    int32_t offset_s = (random_below(seed, 49) - 24) * 1800;
    for (int64_t at_us = 16000 * DAY_US; at_us < 32000 * DAY_US && n < 120;
         at_us += (100 + random_below(seed, 200)) * DAY_US + random_below(seed, 24) * HOUR_US) {
        shifts[n++] = (struct workflow_zone_shift){.at_us = at_us, .offset_s = offset_s};
        offset_s += (offset_s > 0 ? -1 : 1) * 1800 * random_below(seed, 4);
    }
    return workflow_zone_init(zone, shifts, n);
}

static inline struct model *model_new(uint64_t *seed, int32_t around)
{
    struct model *model = calloc(1, sizeof *model);
    model->zone = random_zone(seed);
    assert_non_null(model->zone);
    random_hours(seed, &model->hours);
    model->n_places = (size_t)random_below(seed, WORKFLOW_PLACES_MAX + 1);
    for (size_t p = 0; p < model->n_places; p++) {
        model->places[p].n_layers = (size_t)random_below(seed, WORKFLOW_LAYERS_MAX + 1);
        for (size_t l = 0; l < model->places[p].n_layers; l++)
            random_layer(seed, model->days[p][l], &model->places[p].layers[l], around);
    }
    const struct workflow_calendar_source source = {
        .zone = model->zone, .places = model->places, .n_places = model->n_places, .hours = &model->hours};
    model->calendar = workflow_calendar_init(malloc(workflow_calendar_size()), &source, NULL);
    assert_non_null(model->calendar);
    return model;
}

static inline void model_free(struct model *model)
{
    free(model->calendar);
    free(model->zone);
    free(model);
}

/* The rule of layers, read one entry at a time. */
static inline bool model_is_holiday(const struct model *model, int32_t day)
{
    for (size_t p = 0; p < model->n_places; p++) {
        bool rests = false;
        for (size_t l = 0; l < model->places[p].n_layers; l++) {
            bool gives = false, lifts = false;
            for (size_t i = 0; i < model->places[p].layers[l].n; i++) {
                const struct workflow_holiday *entry = &model->places[p].layers[l].days[i];
                gives = gives || (entry->day == day && !entry->lifted);
                lifts = lifts || (entry->day == day && entry->lifted);
            }
            rests = gives || (rests && !lifts);
        }
        if (rests)
            return true;
    }
    return false;
}

static inline unsigned model_weekday(int32_t day)
{
    return (unsigned)(((day + 3) % 7 + 7) % 7); /* 1 January 1970 was a Thursday */
}

static inline bool model_is_working(const struct model *model, int32_t day)
{
    return model_weekday(day) < 5 && !model_is_holiday(model, day);
}

static inline unsigned model_date(unsigned month, unsigned day)
{
    return month * 100 + day;
}

/* The season of a day, by comparing dates; 0: none. */
static inline unsigned model_season(const struct model *model, int32_t day)
{
    const struct workflow_date date = workflow_day_date(day);
    const unsigned today = model_date(date.month, date.day);
    const bool is_leap = date.year % 4 == 0;
    for (unsigned i = 0; i < model->hours.n_seasons; i++) {
        const struct workflow_season *season = &model->hours.seasons[i];
        unsigned from = model_date(season->from_month, season->from_day),
                 to = model_date(season->to_month, season->to_day);
        const bool over_new_year = from > to;
        from -= !is_leap && from == 229;
        to -= !is_leap && to == 229;
        if (over_new_year ? today >= from || today <= to : today >= from && today <= to)
            return i + 1;
    }
    return 0;
}

/* Tells whether the office is open in the minute that begins at at_us: by what the clock on its wall shows. */
static inline bool model_is_open(const struct model *model, int64_t at_us)
{
    const int64_t local_us = at_us + workflow_zone_offset_s(model->zone, at_us) * INT64_C(1000000);
    const int32_t day = (int32_t)(local_us / DAY_US), minute = (int32_t)(local_us % DAY_US / MINUTE_US);
    const unsigned row = 8 * model_season(model, day) + (model_is_holiday(model, day) ? 7 : model_weekday(day));
    for (unsigned i = 0; i < model->hours.n_ranges[row]; i++)
        if (minute >= model->hours.ranges[row][i].from_min && minute < model->hours.ranges[row][i].to_min)
            return true;
    return false;
}

#endif
