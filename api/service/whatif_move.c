/* A request that was taken over to another version is followed there, through the map of that migration. */
#include <string.h>

#include "service/request_move.h"
#include "service/whatif_internal.h"

/* ---- maps ---- */

/* A migration takes over many requests: its map is read once. */
static const struct workflow_map *map_of(struct whatif *whatif, const struct workflow *from, const struct workflow *to,
                                         const char *text, bool extends)
{
    for (size_t i = 0; i < whatif->n_maps; i++) {
        const struct whatif_map *kept = &whatif->maps[i];
        if (kept->from == from && kept->to == to && kept->extends == extends && strcmp(kept->text, text) == 0)
            return kept->map;
    }
    bool keeps = whatif->n_maps < WHATIF_MAPS_MAX;
    struct arena *arena = keeps ? whatif->call->arena : whatif->request_arena;
    const struct workflow_map *map = request_move_map(from, to, text, extends, arena);
    if (keeps)
        whatif->maps[whatif->n_maps++] = (struct whatif_map){from, to, arena_strdup(arena, text), extends, map};
    return map;
}

/* ---- one track ---- */

static void carry_data(struct workflow_course *course, const struct workflow_course *was)
{
    for (unsigned i = 0; i < workflow_field_count(course->wf); i++)
        for (unsigned old = 0; old < workflow_field_count(was->wf); old++)
            if (strcmp(workflow_field(course->wf, i)->key, workflow_field(was->wf, old)->key) == 0)
                course->data[i] = was->data[old];
}

/* What was told of the old version's clocks is told of those that continue them. */
static uint16_t carry_clocks(struct whatif_track *track, const struct workflow_course *was,
                             const struct workflow_map *map)
{
    struct workflow_course *course = &track->course;
    uint16_t anew = request_move_clocks(map, was->wf, course->wf, was->clocks, course->clocks);
    for (unsigned i = 0; i < workflow_clock_count(course->wf); i++) {
        int old = workflow_map_clock(map, i);
        if (old < 0)
            continue;
        course->ran |= (uint16_t)((was->ran >> old & 1u) << i);
        course->late |= (uint16_t)((was->late >> old & 1u) << i);
        course->ends_us[i] = was->ends_us[old];
        if ((anew >> i & 1) && course->clocks[i].state == WORKFLOW_CLOCK_RUNNING)
            course->ends_us[i] = workflow_clock_due(
                &course->clocks[i], track->calendars[workflow_clock_info(course->wf, i)->calendar + 1], NULL);
    }
    return anew;
}

/* When a timer of a clock is due that is counted anew. */
static int64_t due_of(const struct whatif_track *track, const struct workflow_timer_info *info)
{
    int number = (int)workflow_clock_info(track->wf, info->clock)->calendar;
    int64_t due = workflow_clock_reaches(&track->course.clocks[info->clock], track->calendars[number + 1],
                                         (int32_t)info->percent);
    if (due == WORKFLOW_NEVER || !info->office)
        return due;
    return workflow_calendar_next_open(track->calendars[workflow_office(track->wf, number) + 1], due);
}

static bool is_left(const struct workflow_left *left, size_t n, const struct workflow_pending *pending)
{
    for (size_t i = 0; i < n; i++)
        if (left[i].timer == pending->timer && left[i].body == pending->body)
            return true;
    return false;
}

/* Timers that go on keep their names, as their rows do. */
static void carry_timers(struct whatif *whatif, struct whatif_track *track, const struct workflow_course *was,
                         const struct workflow_map *map, uint16_t anew)
{
    struct workflow_course *course = &track->course;
    struct workflow_left *left = arena_take(whatif->request_arena, WORKFLOW_LEFT_MAX * sizeof *left);
    size_t n = workflow_map_left(map, &was->instance, &track->out.next, left);
    for (unsigned i = 0; i < was->n_pending; i++) {
        struct workflow_pending pending = was->pending[i];
        unsigned timer;
        if (is_left(left, n, &pending) ||
            !workflow_timer_find(track->wf, workflow_timer_info(was->wf, pending.timer)->key, &timer))
            continue;
        const struct workflow_timer_info *info = workflow_timer_info(track->wf, timer);
        pending.timer = (uint16_t)timer;
        if (info->of == WORKFLOW_TIMER_OF_CLOCK && (anew >> info->clock & 1))
            pending.due_us = due_of(track, info);
        course->pending[course->n_pending++] = pending;
    }
}

static bool take_over(struct whatif *whatif, struct whatif_track *track, const struct workflow *to,
                      const struct workflow_map *map, const struct request_past *past)
{
    struct workflow_course *was = arena_take(whatif->request_arena, sizeof *was);
    uint16_t known;
    struct workflow_obstacle obstacle;
    const struct workflow_world before = whatif_track_world(whatif, track, whatif->at, 0);
    *was = track->course;
    whatif_track_begin(whatif, track, to, track->directory);
    carry_data(&track->course, was);
    uint16_t anew = carry_clocks(track, was, map);
    struct workflow_world world = whatif_track_world(whatif, track, whatif->at, 0);
    world.acts = request_past_answer(map, to, past, whatif->request_arena, &known);
    if (workflow_migrate(map, &was->instance, &before, &world, &obstacle, &track->out) != WORKFLOW_OK)
        return false;
    track->stands = true;
    track->course.now_us = whatif->at;
    carry_timers(whatif, track, was, map, anew);
    workflow_course_take(&track->course, &track->out);
    return true;
}

/* ---- both ---- */

enum whatif_moved whatif_move(struct whatif *whatif, const struct workflow *to, const char *map, const char *change,
                              const struct request_past *past)
{
    const struct workflow *from = whatif->before->wf;
    const struct workflow_map *read =
        to && map && change ? map_of(whatif, from, to, map, strcmp(change, "structure") != 0) : NULL;
    if (!read || !whatif->before->stands || !take_over(whatif, whatif->before, to, read, past))
        return WHATIF_MOVED_NOT;
    /* Under a draft it goes on: nobody would have had to take it over. */
    if (whatif->diverged || whatif->draft)
        return WHATIF_MOVED_BEFORE;
    if (take_over(whatif, whatif->after, to, read, past))
        return WHATIF_MOVED_BOTH;
    whatif_diverge(whatif, "fault", NULL, 0);
    return WHATIF_MOVED_BEFORE;
}
