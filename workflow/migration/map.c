/* What names decide: what has the same name in both is the same. */
#include "workflow/migration/map.h"

#include <string.h>

static bool same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* By its path, or else by what it is known by outside. */
static int state_like(const struct workflow *to, const struct workflow_state_info *info)
{
    unsigned found;

    for (unsigned i = 0; i < to->n_states; i++)
        if (strcmp(to->states[i].info.path, info->path) == 0)
            return (int)i;
    return workflow_state_find(to, info->key, &found) ? (int)found : MAP_NONE;
}

static void fill_states(struct workflow_map *map)
{
    for (unsigned i = 0; i < map->from->n_states; i++) {
        int like = state_like(map->to, &map->from->states[i].info);
        bool history = map->from->states[i].info.kind == WORKFLOW_STATE_HISTORY;
        if (like >= 0 && (map->to->states[like].info.kind == WORKFLOW_STATE_HISTORY) != history)
            like = MAP_NONE;
        map->states[i] = (int16_t)like;
    }
}

static void fill_histories(struct workflow_map *map)
{
    for (unsigned i = 0; i < map->to->n_histories; i++) {
        map->histories[i] = MAP_NONE;
        for (unsigned j = 0; j < map->from->n_histories; j++)
            if (map->states[map->from->histories[j]] == map->to->histories[i])
                map->histories[i] = (int16_t)j;
    }
}

bool map_clock_counts_alike(const struct workflow_map *map, unsigned from, unsigned to)
{
    const struct workflow_clock_info *a = &map->from->clocks[from], *b = &map->to->clocks[to];
    const struct workflow_calendar_info *of_a = &map->from->calendars[a->calendar],
                                        *of_b = &map->to->calendars[b->calendar];

    return a->budget.kind == b->budget.kind && a->budget.keeps_day == b->budget.keeps_day &&
           same(of_a->hours, of_b->hours);
}

static void fill_clocks(struct workflow_map *map)
{
    for (unsigned i = 0; i < map->to->n_clocks; i++) {
        unsigned like;
        map->clocks[i] = MAP_NONE;
        if (workflow_clock_find(map->from, map->to->clocks[i].key, &like) && map_clock_counts_alike(map, like, i))
            map->clocks[i] = (int16_t)like;
    }
}

static void fill_timers(struct workflow_map *map)
{
    for (unsigned i = 0; i < map->to->n_timers; i++) {
        const struct machine_timer *timer = &map->to->timers[i];
        unsigned like;
        map->timers[i] = MAP_NONE;
        if (workflow_timer_find(map->from, timer->info.key, &like) &&
            map->from->timers[like].info.of == timer->info.of && map->from->timers[like].of_member == timer->of_member)
            map->timers[i] = (int16_t)like;
    }
}

static void fill_witnesses(struct workflow_map *map)
{
    for (unsigned i = 0; i < map->to->n_witnesses; i++) {
        unsigned like;
        map->witnesses[i] = MAP_NONE;
        if (workflow_event_find(map->from, map->to->events[map->to->witnesses[i]].key, &like))
            map->witnesses[i] = map->from->events[like].witness;
    }
}

static bool same_expression(const struct workflow *a, int of_a, const struct workflow *b, int of_b)
{
    const char *text_a, *text_b;
    size_t n_a = 0, n_b = 0;

    if (of_a < 0 || of_b < 0)
        return of_a < 0 && of_b < 0;
    text_a = workflow_expression_of(a, of_a, &n_a);
    text_b = workflow_expression_of(b, of_b, &n_b);
    return n_a == n_b && memcmp(text_a, text_b, n_a) == 0;
}

/* What was done is taken back by whatever says the same. */
static void fill_effects(struct workflow_map *map)
{
    for (unsigned i = 0; i < map->from->n_effects; i++) {
        const struct workflow_effect_info *done = &map->from->effects[i];
        map->effects[i] = MAP_NONE;
        for (unsigned j = 0; done->undo >= 0 && j < map->to->n_effects && map->effects[i] < 0; j++) {
            const struct workflow_effect_info *like = &map->to->effects[j];
            if (like->kind == done->kind && like->undo == done->undo && same(like->word, done->word) &&
                same_expression(map->from, done->amount, map->to, like->amount))
                map->effects[i] = (int16_t)j;
        }
    }
}

void map_fill(struct workflow_map *map)
{
    fill_states(map);
    fill_histories(map);
    fill_clocks(map);
    fill_timers(map);
    fill_witnesses(map);
    fill_effects(map);
    for (unsigned i = 0; i < map->to->n_fields; i++)
        if (!workflow_field_find(map->from, map->to->fields[i].key, NULL))
            map->fresh |= UINT64_C(1) << i;
}

void workflow_map_extends(struct workflow_map *map)
{
    map->settles = false;
}

uint16_t workflow_map_recalls(const struct workflow_map *map)
{
    uint16_t recalls = 0;

    for (unsigned i = 0; i < map->to->n_witnesses; i++)
        if (map->witnesses[i] < 0)
            recalls |= (uint16_t)(1u << i);
    return recalls;
}

int workflow_map_clock(const struct workflow_map *map, unsigned clock)
{
    return clock < map->to->n_clocks ? map->clocks[clock] : MAP_NONE;
}

const char *workflow_obstacle_key(enum workflow_obstacle_kind kind)
{
    static const char *const keys[WORKFLOW_OBSTACLES] = {
        "none",   "ended", "state",       "clash",  "history", "member",
        "effect", "fault", "unreachable", "no_end", "waits",   "too_large",
    };
    return (unsigned)kind < WORKFLOW_OBSTACLES ? keys[kind] : "";
}
