/* One request as it goes under one definition and one set of holidays. */
#include <string.h>

#include "service/calendars.h"
#include "service/joint.h"
#include "service/panel.h"
#include "service/request_world.h"
#include "service/whatif_internal.h"

#define SCRATCH_BYTES (16 * 1024)

static bool reads_clocks(const struct workflow *wf)
{
    size_t length;
    const char *text;
    for (int i = 0; (text = workflow_expression_of(wf, i, &length)) != NULL; i++)
        if (memmem(text, length, "clock.", 6))
            return true;
    return false;
}

/* Days of the seat are the same for everybody: those calendars are compiled once. */
static const struct workflow_calendar *calendar_of(struct whatif *whatif, const struct whatif_track *track, int number)
{
    const struct workflow_calendar_info *info = number < 0 ? NULL : workflow_calendar_info(track->wf, (unsigned)number);
    bool shared = !info || !(info->of & WORKFLOW_CALENDAR_APPLICANT_ENTITY);
    for (size_t i = 0; shared && i < whatif->n_calendars; i++) {
        const struct whatif_calendar *kept = &whatif->calendars[i];
        if (kept->wf == track->wf && kept->directory == track->directory && kept->number == number)
            return kept->compiled;
    }
    shared = shared && whatif->n_calendars < WHATIF_CALENDARS_MAX;
    const struct workflow_calendar *compiled = calendars_use(
        track->wf, number, track->directory, whatif->body, shared ? whatif->call->arena : whatif->request_arena, NULL);
    if (shared)
        whatif->calendars[whatif->n_calendars++] =
            (struct whatif_calendar){track->wf, track->directory, number, compiled};
    return compiled;
}

void whatif_track_begin(struct whatif *whatif, struct whatif_track *track, const struct workflow *wf,
                        const struct directory *directory)
{
    if (track->wf != wf)
        track->reads_clocks = reads_clocks(wf);
    track->wf = wf;
    track->directory = directory;
    track->stands = false;
    track->calendars[0] = calendar_of(whatif, track, -1);
    for (int i = 0; i < WORKFLOW_CLOCKS_MAX && workflow_calendar_info(wf, (unsigned)i); i++)
        track->calendars[i + 1] = calendar_of(whatif, track, i);
    workflow_course_begin(&track->course, wf, track->calendars);
    track->scratch =
        (struct workflow_memory){.bytes = arena_alloc(whatif->request_arena, SCRATCH_BYTES), .size = SCRATCH_BYTES};
}

void whatif_track_send(struct whatif *whatif, struct whatif_track *track, const json_t *sent)
{
    for (unsigned i = 0; sent && i < workflow_field_count(track->wf); i++) {
        const struct workflow_field_info *field = workflow_field(track->wf, i);
        const json_t *value = json_object_get(sent, field->key);
        if (value)
            track->course.data[i] = request_world_field(field, value, whatif->request_arena);
    }
}

static const struct workflow_value *clock_values(struct whatif *whatif, struct whatif_track *track, int64_t at)
{
    size_t n = workflow_clock_count(track->wf);
    struct workflow_value *values = arena_alloc(whatif->request_arena, (n + 1) * sizeof *values);
    for (unsigned i = 0; i < n; i++)
        values[i] = request_world_clock(&track->course.clocks[i],
                                        track->calendars[workflow_clock_info(track->wf, i)->calendar + 1], at,
                                        whatif->request_arena);
    return values;
}

struct workflow_world whatif_track_world(struct whatif *whatif, struct whatif_track *track, int64_t at, int64_t actor)
{
    size_t n_bodies;
    const int64_t *bodies =
        joint_named(track->wf, track->course.data, whatif->call->directory, whatif->request_arena, &n_bodies);
    size_t n_voters;
    const struct workflow_voter *voters = panel_voters_of(whatif->voters, whatif->request_arena, &n_voters);
    struct workflow_world world = {
        .voters = voters,
        .n_voters = n_voters,
        .now_us = at,
        .bodies = bodies,
        .n_bodies = n_bodies,
        .actor = actor,
        .roles_held = UINT32_MAX,
        .fields_present = UINT64_MAX,
        .data = track->course.data,
        .ticket = whatif->ticket,
        .clocks = track->reads_clocks ? clock_values(whatif, track, at) : NULL,
        .scratch = &track->scratch,
    };
    for (unsigned i = 0; i < workflow_clock_count(track->wf); i++)
        workflow_clock_tell(track->wf, i, &track->course.clocks[i],
                            track->calendars[workflow_clock_info(track->wf, i)->calendar + 1], &world);
    return world;
}

enum workflow_rc whatif_track_start(struct whatif *whatif, struct whatif_track *track, int64_t at)
{
    const struct workflow_world world = whatif_track_world(whatif, track, at, 0);
    enum workflow_rc rc = workflow_start(track->wf, &world, &track->out);
    track->stands = rc == WORKFLOW_OK;
    track->course.now_us = at;
    if (track->stands)
        workflow_course_take(&track->course, &track->out);
    return rc;
}

enum workflow_rc whatif_track_step(struct whatif *whatif, struct whatif_track *track,
                                   const struct workflow_event *event, const struct workflow_world *world)
{
    (void)whatif;
    enum workflow_rc rc = workflow_step(track->wf, &track->course.instance, event, world, &track->out);
    if (rc != WORKFLOW_OK)
        return rc;
    track->course.now_us = world->now_us;
    if (event->kind == WORKFLOW_EVENT_TIMER)
        workflow_course_drop(&track->course, event->number, event->body);
    workflow_course_take(&track->course, &track->out);
    return rc;
}

const char *whatif_track_state(const struct whatif_track *track)
{
    return workflow_state(track->wf, workflow_principal(track->wf, &track->course.instance.configuration))->key;
}

/* ---- timers that would have fired at another time ---- */

/* Tells whether a timer of the other track runs in the first one too, and is due at the same moment: what was recorded
 * of it then holds for both, however long whoever fires it took. */
static bool is_recorded(const struct whatif *whatif, const struct workflow_pending *due)
{
    unsigned timer;
    const char *key = workflow_timer_info(whatif->after->wf, due->timer)->key;
    if (!workflow_timer_find(whatif->before->wf, key, &timer))
        return false;
    const struct workflow_pending *same = workflow_course_find(&whatif->before->course, timer, due->body);
    return same && same->due_us == due->due_us;
}

void whatif_track_fire_due(struct whatif *whatif, int64_t until)
{
    struct whatif_track *track = whatif->after;
    for (unsigned fired = 0; fired < WORKFLOW_PENDING_MAX; fired++) {
        const struct workflow_pending *first = NULL;
        for (unsigned i = 0; i < track->course.n_pending; i++) {
            const struct workflow_pending *here = &track->course.pending[i];
            if (here->due_us <= until && (!first || here->due_us < first->due_us) && !is_recorded(whatif, here))
                first = here;
        }
        if (!first)
            return;
        struct workflow_event event = {.kind = WORKFLOW_EVENT_TIMER, .number = first->timer, .body = first->body};
        struct workflow_world world = whatif_track_world(whatif, track, first->due_us, 0);
        if (whatif_track_step(whatif, track, &event, &world) != WORKFLOW_OK)
            workflow_course_drop(&track->course, event.number, event.body);
    }
}
