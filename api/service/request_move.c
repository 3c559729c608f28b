#include "service/request_move.h"

#include <string.h>

static void release_map(void *map)
{
    workflow_map_free(map);
}

const struct workflow_map *request_move_map(const struct workflow *from, const struct workflow *to, const char *json,
                                            bool extends, struct arena *arena)
{
    struct workflow_map *map = workflow_map_read(from, to, json, strlen(json), NULL, 0, NULL);
    if (!map)
        return NULL;
    arena_attach(arena, release_map, map);
    if (extends)
        workflow_map_extends(map);
    return map;
}

/* ---- clocks ---- */

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool counts_otherwise(const struct workflow *from, const struct workflow_clock_info *a,
                             const struct workflow *to, const struct workflow_clock_info *b)
{
    const struct workflow_calendar_info *of_a = workflow_calendar_info(from, a->calendar),
                                        *of_b = workflow_calendar_info(to, b->calendar);
    return a->budget.amount != b->budget.amount || of_a->of != of_b->of || !same_text(of_a->hours, of_b->hours);
}

uint16_t request_move_clocks(const struct workflow_map *map, const struct workflow *from, const struct workflow *to,
                             const struct workflow_clock *was, struct workflow_clock *ret)
{
    uint16_t anew = 0;
    for (unsigned i = 0; i < workflow_clock_count(to); i++) {
        int old = workflow_map_clock(map, i);
        if (old < 0)
            continue;
        const struct workflow_clock_info *before = workflow_clock_info(from, (unsigned)old),
                                         *after = workflow_clock_info(to, i);
        ret[i] = was[old];
        if (was[old].state == WORKFLOW_CLOCK_IDLE || !counts_otherwise(from, before, to, after))
            continue;
        ret[i].span.amount += after->budget.amount - before->budget.amount;
        anew |= (uint16_t)(1u << i);
    }
    return anew;
}

static void leave_clocks(struct request_course *course, const struct workflow_map *map, const struct workflow *from,
                         const struct request_stand *stand)
{
    uint16_t kept = 0;
    for (unsigned i = 0; i < workflow_clock_count(course->wf); i++)
        if (workflow_map_clock(map, i) >= 0)
            kept |= (uint16_t)(1u << workflow_map_clock(map, i));
    for (unsigned i = 0; i < workflow_clock_count(from); i++)
        if (stand->clocks[i].state == WORKFLOW_CLOCK_RUNNING && !(kept >> i & 1))
            request_course_clock_gone(course, workflow_clock_info(from, i)->key);
}

static void leave_timers(struct request_course *course, const struct workflow_map *map, const struct workflow *from,
                         const struct workflow_instance *before, const struct workflow_instance *after)
{
    struct workflow_left *left = arena_alloc(course->arena, WORKFLOW_LEFT_MAX * sizeof *left);
    size_t n = workflow_map_left(map, before, after, left);
    for (size_t i = 0; i < n; i++)
        request_course_gone(course, request_course_row(from, left[i].timer, left[i].body, course->arena));
}

/* ---- the whole ---- */

void request_move_make(struct request_move *ret, const struct workflow_map *map, const struct workflow *from,
                       const struct workflow *to, const struct request_world *known, const struct request_stand *stand,
                       struct arena *arena)
{
    struct workflow_out *out = arena_alloc(arena, sizeof *out);
    const struct workflow_world before = request_world_make(from, stand, known, arena);
    request_course_begin(&ret->course, to, known->directory, known->body, NULL, known->now_us, arena);
    ret->course.clocks |= request_move_clocks(map, from, to, stand->clocks, ret->course.stand.clocks);
    struct workflow_world world = request_world_make(to, &ret->course.stand, known, arena);
    world.acts = request_past_answer(map, to, known->past, arena, &ret->recalled);
    ret->out = out;
    ret->data = known->data;
    ret->obstacle = (struct workflow_obstacle){.kind = WORKFLOW_OBSTACLE_FAULT, .state = -1, .other = -1};
    ret->moved =
        stand->placed && workflow_migrate(map, &stand->instance, &before, &world, &ret->obstacle, out) == WORKFLOW_OK;
    if (!ret->moved)
        return;
    leave_clocks(&ret->course, map, from, stand);
    leave_timers(&ret->course, map, from, &stand->instance, &out->next);
    request_course_take(&ret->course, out);
    ret->to = workflow_principal(to, &out->next.configuration);
    ret->data = request_world_set(to, known->data, out, arena);
}
