/*
 * Local time and terms, asked line by line. The first line lists holidays ("-": none), dates apart by commas and in
 * order; each other one is a question about the office of open_desk():
 *
 * - local US: the local time of an instant
 * - start DATE: the instant at which a local day begins
 * - months DATE N: the date N months later
 * - open US US: microseconds of office time between two instants
 * - due KIND N US: when a span of N ends
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workflow/calendar.h"

enum { HOLIDAYS_MAX = 2000, LINE_MAX_BYTES = 32768 };

struct desk {
    struct workflow_zone *zone;
    struct workflow_calendar *calendar;
    struct workflow_holiday days[HOLIDAYS_MAX];
    size_t n_days;
};

static bool read_date(const char *text, int32_t *ret_day)
{
    struct workflow_date date;
    return sscanf(text, "%4d-%2u-%2u", &date.year, &date.month, &date.day) == 3 && workflow_date_day(date, ret_day);
}

static void print_date(int32_t day, const char *after)
{
    const struct workflow_date date = workflow_day_date(day);
    printf("%04d-%02u-%02u%s", date.year, date.month, date.day, after);
}

static bool open_desk(struct desk *desk, char *line)
{
    struct workflow_hours hours;
    for (char *rest = line, *word; *line != '-' && (word = strsep(&rest, ",\n")) && *word;)
        if (desk->n_days == HOLIDAYS_MAX || !read_date(word, &desk->days[desk->n_days++].day))
            return false;
    const struct workflow_place place = {.layers = {{desk->days, desk->n_days}}, .n_layers = 1};
    desk->zone = workflow_zone_init(malloc(workflow_zone_size()), workflow_madrid_shifts, workflow_madrid_shift_count);
    if (!desk->zone ||
        !workflow_hours_parse("mon-fri 08:00-14:00,15:00-17:30; 16jun-15sep mon-thu 08:00-14:00", &hours, NULL))
        return false;
    const struct workflow_calendar_source source = {
        .zone = desk->zone, .places = &place, .n_places = 1, .hours = &hours};
    desk->calendar = workflow_calendar_init(malloc(workflow_calendar_size()), &source, NULL);
    return desk->calendar != NULL;
}

static void print_local(const struct workflow_zone *zone, int64_t at_us)
{
    const int32_t day = workflow_zone_day(zone, at_us);
    const int64_t local_us = at_us + workflow_zone_offset_s(zone, at_us) * INT64_C(1000000);
    const int64_t second = local_us / 1000000 - day * INT64_C(86400);
    print_date(day, " ");
    printf("%02d:%02d:%02d\n", (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60));
}

static bool answer(const struct desk *desk, const char *line)
{
    char word[16];
    int32_t n, day;
    int64_t from_us, to_us;
    struct workflow_span span = {.kind = WORKFLOW_SPAN_WORK_HOURS};
    if (sscanf(line, "local %" SCNd64, &from_us) == 1) {
        print_local(desk->zone, from_us);
    } else if (sscanf(line, "start %15s", word) == 1 && read_date(word, &day)) {
        printf("%" PRId64 "\n", workflow_zone_day_start(desk->zone, day));
    } else if (sscanf(line, "months %15s %" SCNd32, word, &n) == 2 && read_date(word, &day)) {
        print_date(workflow_day_add_months(day, n, NULL), "\n");
    } else if (sscanf(line, "open %" SCNd64 " %" SCNd64, &from_us, &to_us) == 2) {
        printf("%" PRId64 "\n",
               workflow_calendar_open_us(desk->calendar, to_us) - workflow_calendar_open_us(desk->calendar, from_us));
    } else if (sscanf(line, "due %15s %" SCNd32 " %" SCNd64, word, &span.amount, &from_us) == 3) {
        while (strcmp(workflow_span_key(span.kind), word) != 0)
            if (span.kind++ == WORKFLOW_SPAN_MONTHS)
                return false;
        printf("%" PRId64 "\n", workflow_due(desk->calendar, span, from_us, NULL));
    } else {
        return false;
    }
    return true;
}

int main(void)
{
    static struct desk desk;
    static char line[LINE_MAX_BYTES];
    bool fine = fgets(line, sizeof line, stdin) && open_desk(&desk, line);
    while (fine && fgets(line, sizeof line, stdin))
        fine = answer(&desk, line);
    if (!fine)
        fprintf(stderr, "driver_calendar: no answer to: %s", line);
    free(desk.calendar);
    free(desk.zone);
    return fine ? 0 : 1;
}
