/* What counting legal and office time costs: one JSON line for each figure, the best of several rounds. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "workflow/calendar.h"

enum { INSTANTS = 4096, TURNS = 200, ROUNDS = 7, HOLIDAYS_A_YEAR = 14, YEARS = 40 };

static int64_t instants[INSTANTS];
static volatile int64_t sink; /* so that nothing is left out for want of use */

static int64_t cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static uint64_t random_next(uint64_t *seed)
{
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return *seed * UINT64_C(2685821657736338717);
}

/* One figure: what `call` costs at random instants of 30 years. */
#define FIGURE(name, call)                                                                                             \
    do {                                                                                                               \
        int64_t best = INT64_MAX;                                                                                      \
        for (int round = 0; round < ROUNDS; round++) {                                                                 \
            const int64_t began = cpu_ns();                                                                            \
            for (int turn = 0; turn < TURNS; turn++)                                                                   \
                for (int i = 0; i < INSTANTS; i++) {                                                                   \
                    const int64_t at_us = instants[i];                                                                 \
                    sink = (call);                                                                                     \
                }                                                                                                      \
            const int64_t took = cpu_ns() - began;                                                                     \
            best = took < best ? took : best;                                                                          \
        }                                                                                                              \
        printf("{\"name\": \"%s\", \"value\": %.1f, \"unit\": \"ns\"}\n", name,                                        \
               (double)best / ((double)TURNS * INSTANTS));                                                             \
    } while (0)

static void bench_compile(struct workflow_calendar *calendar, const struct workflow_calendar_source *source)
{
    int64_t best = INT64_MAX;
    for (int round = 0; round < 200; round++) {
        const int64_t began = cpu_ns();
        sink = workflow_calendar_init(calendar, source, NULL) != NULL;
        const int64_t took = cpu_ns() - began;
        best = took < best ? took : best;
    }
    printf("{\"name\": \"calendar_compile_40_years\", \"value\": %.1f, \"unit\": \"us\"}\n", (double)best / 1000);
    printf("{\"name\": \"calendar_size\", \"value\": %zu, \"unit\": \"bytes\"}\n", workflow_calendar_size());
}

static void bench_questions(const struct workflow_calendar *office, const struct workflow_calendar *desk)
{
    const struct workflow_span hours = {.kind = WORKFLOW_SPAN_WORK_HOURS, .amount = 16},
                               many = {.kind = WORKFLOW_SPAN_WORK_HOURS, .amount = 8000},
                               days = {.kind = WORKFLOW_SPAN_DAYS, .amount = 10},
                               habils = {.kind = WORKFLOW_SPAN_HABILS, .amount = 10},
                               months = {.kind = WORKFLOW_SPAN_MONTHS, .amount = 3};
    struct workflow_skip skips[64];
    struct workflow_why why = {.skips = skips, .capacity = 64};
    FIGURE("calendar_open_us", workflow_calendar_open_us(office, at_us));
    FIGURE("calendar_next_open", workflow_calendar_next_open(office, at_us));
    FIGURE("due_work_hours_16", workflow_due(office, hours, at_us, NULL));
    FIGURE("due_work_hours_8000", workflow_due(office, many, at_us, NULL));
    FIGURE("due_work_hours_16_day_and_night", workflow_due(desk, hours, at_us, NULL));
    FIGURE("due_days_10", workflow_due(office, days, at_us, NULL));
    FIGURE("due_habils_10", workflow_due(office, habils, at_us, NULL));
    FIGURE("due_months_3", workflow_due(office, months, at_us, NULL));
    for (int i = 0; i < INSTANTS; i++)
        instants[i] = instants[i % 64];
    const int64_t began = cpu_ns();
    for (int i = 0; i < INSTANTS; i++)
        sink = workflow_due(office, habils, instants[i], &why);
    printf("{\"name\": \"due_habils_10_explained\", \"value\": %.1f, \"unit\": \"us\"}\n",
           (double)(cpu_ns() - began) / 1000 / INSTANTS);
}

int main(void)
{
    static struct workflow_holiday days[HOLIDAYS_A_YEAR * YEARS];
    const struct workflow_place place = {.layers = {{days, HOLIDAYS_A_YEAR * YEARS}}, .n_layers = 1};
    struct workflow_zone *zone =
        workflow_zone_init(malloc(workflow_zone_size()), workflow_madrid_shifts, workflow_madrid_shift_count);
    struct workflow_calendar *office = malloc(workflow_calendar_size()), *desk = malloc(workflow_calendar_size());
    struct workflow_hours open, always;
    uint64_t seed = 20261122;
    if (!zone || !office || !desk || !workflow_hours_parse("mon-fri 08:00-15:00", &open, NULL) ||
        !workflow_hours_parse("mon-sun,holidays 00:00-24:00", &always, NULL))
        return 1;
    const int32_t first = workflow_zone_day(zone, INT64_C(1451602800000000)); /* 1 January 2016 */
    for (int i = 0; i < HOLIDAYS_A_YEAR * YEARS; i++)
        days[i].day = first + i * 365 / HOLIDAYS_A_YEAR + (int32_t)(random_next(&seed) % 7);
    for (int i = 0; i < INSTANTS; i++)
        instants[i] = (first + (int64_t)(random_next(&seed) % (30 * 365))) * INT64_C(86400000000) +
                      (int64_t)(random_next(&seed) % UINT64_C(86400000000));
    const struct workflow_calendar_source source = {.zone = zone, .places = &place, .n_places = 1, .hours = &open},
                                          day_and_night = {
                                              .zone = zone, .places = &place, .n_places = 1, .hours = &always};
    if (!workflow_calendar_init(desk, &day_and_night, NULL))
        return 1;
    bench_compile(office, &source);
    bench_questions(office, desk);
    free(desk);
    free(office);
    free(zone);
    return 0;
}
