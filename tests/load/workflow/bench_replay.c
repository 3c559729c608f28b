/*
 * What following recorded requests costs: a million events of technical assistance, each request lived through anew
 * with its clocks and timers on real calendars, as what-if does on each of its two tracks. Without the database.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "workflow/course.h"
#include "workflow/definition.h"

enum { ROUNDS = 3, EVENTS = 1000 * 1000, DOCUMENT_MAX = 256 * 1024 };
#define HOUR_US (INT64_C(3600) * 1000000)

/* One life, with the hours between what happens. */
struct deed {
    const char *event;
    int hours;
};

static const struct deed life[] = {
    {"submit", 1},
    {"take", 5},
    {"require_amendment", 30},
    {"amend", 100},
    {"accept", 26},
    {"sign_tech", 120},
    {"sign_econ", 50},
    {"grant", 48},
    {"accept_grant", 96},
    {"report_progress", 200},
    {"extend", 300},
    {"report_progress", 4},
    {"deliver", 400},
    {"object", 30},
    {"deliver", 70},
    {"object", 20},
    {"deliver", 60},
    {"object", 20},
    {"deliver", 60},
    {"approve", 24},
};
enum { DEEDS = sizeof life / sizeof *life };

static struct workflow_course course;
static struct workflow_out out;
static unsigned numbers[DEEDS];
static const struct workflow_calendar *calendars[4];

static int64_t cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static struct workflow *procedure(void)
{
    const char *source = getenv("OAM_SOURCE");
    char path[512], *text = malloc(DOCUMENT_MAX);
    FILE *file;
    size_t length;

    snprintf(path, sizeof path, "%s/workflow/definitions/technical_assistance.json", source ? source : ".");
    file = fopen(path, "rb");
    if (!file || !text) {
        perror(path);
        exit(1);
    }
    length = fread(text, 1, DOCUMENT_MAX, file);
    fclose(file);
    struct workflow *wf = workflow_parse(text, length, NULL, 0, NULL);
    free(text);
    return wf;
}

static void compile(const struct workflow *wf)
{
    static struct workflow_holiday days[40 * 12];
    struct workflow_zone *zone =
        workflow_zone_init(malloc(workflow_zone_size()), workflow_madrid_shifts, workflow_madrid_shift_count);
    struct workflow_place seat = {.layers = {{days, 0}}, .n_layers = 1};

    for (int year = WORKFLOW_CALENDAR_FIRST_YEAR; year <= WORKFLOW_CALENDAR_LAST_YEAR; year++)
        for (unsigned month = 1; month <= 12; month++)
            if (workflow_date_day((struct workflow_date){year, month, 6}, &days[seat.layers[0].n].day))
                seat.layers[0].n++;
    for (unsigned i = 0; i < 3; i++) {
        const struct workflow_calendar_info *info = i ? workflow_calendar_info(wf, i - 1) : NULL;
        struct workflow_calendar_source source = {.zone = zone, .places = &seat, .n_places = 1};
        struct workflow_hours hours;
        if (info && info->hours && workflow_hours_parse(info->hours, &hours, NULL))
            source.hours = &hours;
        calendars[i] = workflow_calendar_init(malloc(workflow_calendar_size()), &source, NULL);
    }
}

static void field(const struct workflow *wf, const char *key, struct workflow_value value)
{
    unsigned number;

    if (workflow_field_find(wf, key, &number))
        course.data[number] = value;
}

static void bear(const struct workflow *wf, struct workflow_world *world, int64_t at_us)
{
    workflow_course_begin(&course, wf, calendars);
    field(wf, "tech_opinion", workflow_value_string("favourable", 10));
    field(wf, "econ_opinion", workflow_value_string("favourable", 10));
    field(wf, "estimated_hours", workflow_value_int(100));
    field(wf, "progress", workflow_value_int(50));
    world->data = course.data;
    world->now_us = course.now_us = at_us;
    if (workflow_start(wf, world, &out) == WORKFLOW_OK)
        workflow_course_take(&course, &out);
}

/* Whoever does it: four eyes want another one each time. */
static void follow(const struct workflow *wf, struct workflow_world *world, unsigned deed)
{
    const struct workflow_event event = {
        .kind = WORKFLOW_EVENT_NAMED, .number = numbers[deed], .data = workflow_value_map(NULL, 0)};

    world->now_us += life[deed].hours * HOUR_US;
    world->actor = 1 + deed;
    course.now_us = world->now_us;
    if (workflow_step(wf, &course.instance, &event, world, &out) != WORKFLOW_OK) {
        fprintf(stderr, "bench_replay: %s is refused\n", life[deed].event);
        exit(1);
    }
    workflow_course_take(&course, &out);
}

int main(void)
{
    static char bytes[16 * 1024] __attribute__((aligned(16)));
    struct workflow_memory scratch = {.bytes = bytes, .size = sizeof bytes};
    struct workflow_world world = {.roles_held = UINT32_MAX, .fields_present = UINT64_MAX, .scratch = &scratch};
    struct workflow *wf = procedure();
    int64_t best = INT64_MAX, late = 0;

    if (!wf)
        return 1;
    compile(wf);
    for (unsigned i = 0; i < DEEDS; i++)
        if (!workflow_event_find(wf, life[i].event, &numbers[i]))
            return 1;
    for (int round = 0; round < ROUNDS; round++) {
        const int64_t began = cpu_ns();
        for (int request = 0; request < EVENTS / DEEDS; request++) {
            scratch.used = 0;
            bear(wf, &world, (INT64_C(17000) * 24 + request % 70000) * HOUR_US);
            for (unsigned deed = 0; deed < DEEDS; deed++)
                follow(wf, &world, deed);
            workflow_course_end(&course, world.now_us);
            late += course.late != 0;
        }
        const int64_t took = cpu_ns() - began;
        best = took < best ? took : best;
    }
    printf("{\"name\": \"replay_1m_events\", \"value\": %.3f, \"unit\": \"s\"}\n", (double)best / 1e9);
    printf("{\"name\": \"replay_late\", \"value\": %.3f, \"unit\": \"of requests\"}\n",
           (double)late / (ROUNDS * (EVENTS / DEEDS)));
    workflow_free(wf);
    return 0;
}
