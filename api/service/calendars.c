#include "service/calendars.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define ARAN "39" /* its comarca */

static struct workflow_zone *zone;
static pthread_once_t zone_once = PTHREAD_ONCE_INIT;

static void zone_make(void)
{
    void *memory = malloc(workflow_zone_size());
    zone = memory ? workflow_zone_init(memory, workflow_madrid_shifts, workflow_madrid_shift_count) : NULL;
    if (!zone)
        abort();
}

const struct workflow_zone *calendars_zone(void)
{
    (void)pthread_once(&zone_once, zone_make);
    return zone;
}

bool calendars_in_aran(const struct directory_body *body)
{
    return strcmp(body->comarca->code, ARAN) == 0;
}

static struct workflow_place place_of(const struct directory *dir, const struct directory_body *body)
{
    struct workflow_place place = {.layers = {dir->catalunya}, .n_layers = 1};
    if (body && calendars_in_aran(body))
        place.layers[place.n_layers++] = dir->aran;
    if (body)
        place.layers[place.n_layers++] = dir->local_holidays[body - dir->bodies];
    return place;
}

static void add(const struct directory *dir, const struct directory_body *body, struct workflow_place *places,
                size_t *n_places, struct calendar_bodies *bodies)
{
    for (size_t i = 0; body && i < bodies->n; i++)
        if (bodies->ids[i] == body->id)
            return;
    places[(*n_places)++] = place_of(dir, body);
    if (body)
        bodies->ids[bodies->n++] = body->id;
}

static const struct workflow_calendar *compile(const struct directory *dir, const struct calendar_key *key,
                                               struct workflow_calendar_source *source, struct arena *arena)
{
    struct workflow_hours hours;
    if (key->hours && workflow_hours_parse(key->hours, &hours, NULL))
        source->hours = &hours;
    const struct workflow_calendar *kept = dir->shelf ? calendar_shelf_add(dir->shelf, key, source) : NULL;
    return kept ? kept : workflow_calendar_init(arena_take(arena, workflow_calendar_size()), source, NULL);
}

const struct workflow_calendar *calendars_use(const struct workflow *wf, int calendar, const struct directory *dir,
                                              const struct directory_body *body, struct arena *arena,
                                              struct calendar_bodies *ret_bodies)
{
    const struct workflow_calendar_info *info = calendar < 0 ? NULL : workflow_calendar_info(wf, (unsigned)calendar);
    unsigned of = info ? info->of : WORKFLOW_CALENDAR_SEAT;
    struct workflow_place places[WORKFLOW_PLACES_MAX];
    struct calendar_bodies bodies = {.n = 0};
    struct workflow_calendar_source source = {.zone = calendars_zone(), .places = places};
    if (of & WORKFLOW_CALENDAR_APPLICANT_ENTITY)
        add(dir, body, places, &source.n_places, &bodies);
    if (of & (WORKFLOW_CALENDAR_SEAT | WORKFLOW_CALENDAR_ASSIGNEE)) /* who has it works at the seat */
        add(dir, dir->seat, places, &source.n_places, &bodies);
    if (source.n_places == 0) /* of all Catalonia only */
        add(dir, NULL, places, &source.n_places, &bodies);
    if (ret_bodies)
        *ret_bodies = bodies;
    const struct calendar_key key = {
        .bodies = {bodies.ids[0], bodies.ids[1]}, .n_places = source.n_places, .hours = info ? info->hours : NULL};
    const struct workflow_calendar *kept = dir->shelf ? calendar_shelf_find(dir->shelf, &key) : NULL;
    return kept ? kept : compile(dir, &key, &source, arena);
}

void calendars_tell(struct json_out *out, const struct workflow *wf, const struct directory *dir)
{
    if (dir->calendar > 0 && workflow_clock_count(wf) > 0)
        json_out_member_number(out, "calendar", dir->calendar);
}

bool calendars_place(const struct directory *dir, const char *code, struct workflow_place *ret_place)
{
    const struct directory_body *body = directory_body_find(dir, code);
    if (body)
        *ret_place = place_of(dir, body);
    return body != NULL;
}
