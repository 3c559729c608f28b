/* One request from one definition to another: carried over, entered where it is new, followed to rest. */
#include "workflow/migration/map.h"

#include <string.h>

/* ---- data ---- */

/* What the map computes sees what the old definition saw. */
static bool compute(struct run *run, const struct workflow_map *map, const struct workflow_world *before,
                    const struct workflow_instance *instance, const struct map_set *set)
{
    struct workflow_value roots[4 + WORKFLOW_CLOCKS_MAX] = {{0}};
    struct workflow_bindings bindings = {.roots = roots, .n_roots = 4, .ask = machine_ask, .scratch = before->scratch};
    struct workflow_instance asked = {.configuration = instance->configuration};
    struct workflow_value value;

    bindings.context = &asked;
    roots[0] = before->data ? workflow_value_record(before->data, map->from->n_fields) : workflow_value_unset();
    roots[1] = workflow_value_unset();
    roots[2] = before->ticket;
    roots[3] = workflow_value_moment(before->now_us);
    if (before->clocks) {
        memcpy(&roots[4], before->clocks, map->from->n_clocks * sizeof(roots[0]));
        bindings.n_roots = 4u + map->from->n_clocks;
    }
    value = workflow_expression_evaluate(set->expression, &bindings);
    if (value.kind == WORKFLOW_KIND_ERROR)
        return false;
    run_set(run, set->field, value);
    return true;
}

static void set_defaults(struct run *run, const struct workflow_map *map)
{
    const struct workflow *wf = map->to;

    for (unsigned i = 0; i < wf->n_defaults; i++) {
        const struct workflow_value *now = run->world->data ? &run->world->data[wf->defaults[i].field] : NULL;
        if ((map->fresh >> wf->defaults[i].field & 1) && (!now || now->kind == WORKFLOW_KIND_UNSET))
            run_set(run, wf->defaults[i].field, wf->defaults[i].value);
    }
}

static bool set_fields(struct run *run, const struct workflow_map *map, const struct workflow_world *before,
                       const struct workflow_instance *instance)
{
    if (run->choices)
        return true;
    set_defaults(run, map);
    for (unsigned i = 0; i < map->n_sets; i++)
        if (!compute(run, map, before, instance, &map->sets[i]))
            return false;
    return true;
}

/* ---- timers and clocks ---- */

static bool goes_on(const struct workflow_map *map, const struct workflow_instance *instance, unsigned timer)
{
    int old = map->timers[timer];

    return old >= 0 && states_has(&instance->configuration, map->from->timers[old].info.state);
}

/* Timers of states that are carried over: what goes on is left alone, the others are armed. */
static void arm(struct run *run, const struct workflow_map *map, const struct workflow_instance *instance,
                const struct carried *carried)
{
    for (unsigned i = 0; i < map->to->n_timers; i++) {
        const struct machine_timer *timer = &map->to->timers[i];
        if (timer->of_member || !states_has(&carried->states, timer->info.state))
            continue;
        if (!goes_on(map, instance, i)) {
            run->now->fired[i] = 0;
            timer_arm(run, i);
        } else if ((instance->timers >> map->timers[i] & 1) && run->now->fired[i] < timer->info.repeat) {
            run->now->timers |= UINT64_C(1) << i;
        }
    }
}

/* The same for one body; of those of an `each` that is not active, nothing runs. */
static void arm_member(struct run *run, const struct workflow_map *map, struct workflow_member_state *member)
{
    int each = map->to->states[member->state].info.parent;
    struct machine_span timers = map->to->states[member->state].timers;
    unsigned first = map->to->eaches[map->to->states[each].each].timers.first;

    if (!states_has(&run->now->configuration, (unsigned)each)) {
        member->timers = 0;
        return;
    }
    run->body = member->body;
    for (unsigned i = timers.first; i < (unsigned)timers.first + timers.n; i++)
        if (map->timers[i] < 0) {
            timer_arm(run, i);
            member->timers |= (uint8_t)(1u << (i - first));
        }
    run->body = 0;
}

/* Clocks of the map that begin now; then what stands still here and ran there, and the other way round. */
static void settle_clocks(struct run *run, const struct workflow_map *map, const struct carried *carried)
{
    uint16_t stands = clocks_paused(map->to, &run->now->configuration);

    for (unsigned i = 0; i < map->to->n_clocks; i++) {
        bool stood = (carried->stood >> i & 1) && !(run->restarted >> i & 1);
        if (run->now->finished)
            clocks_change(run, i, WORKFLOW_CLOCK_STOP);
        else if ((run->now->clocks >> i & 1) && (stands >> i & 1) != stood)
            clocks_change(run, i, stood ? WORKFLOW_CLOCK_RESUME : WORKFLOW_CLOCK_PAUSE);
    }
}

/* ---- the whole ---- */

static void enter(struct run *run, const struct workflow_map *map, const struct workflow_instance *instance,
                  const struct carried *carried)
{
    for (unsigned i = 0; i < map->to->n_clocks; i++)
        if (map->restarts >> i & 1)
            clocks_change(run, i, WORKFLOW_CLOCK_START);
    arm(run, map, instance, carried);
    run_enter(run, states_without(carried->whole, carried->states), (struct workflow_states){{0}});
    for (unsigned i = 0; i < run->now->n_members; i++)
        if (states_has(&carried->states, (unsigned)map->to->states[run->now->members[i].state].info.parent))
            arm_member(run, map, &run->now->members[i]);
    if (states_meet(run->now->configuration, map->to->joint))
        each_admit(run);
    if (run->queued || (map->settles && states_meet(run->now->configuration, map->to->always)))
        run_to_rest(run);
    settle_clocks(run, map, carried);
}

bool map_migrate(const struct workflow_map *map, const struct workflow_instance *instance,
                 const struct workflow_world *before, const struct workflow_world *world, struct run_choices *choices,
                 struct workflow_obstacle *ret_obstacle, struct workflow_out *ret)
{
    static const struct workflow_world nothing;
    struct carried carried;
    struct run run;

    run_begin(&run, map->to, world, ret);
    run.judged = false;
    run.choices = choices;
    if (choices)
        choices->asked = 0;
    if (!map_carry(map, instance, run.world->acts, run.now, &carried, ret_obstacle))
        return false;
    if (set_fields(&run, map, before ? before : &nothing, instance))
        enter(&run, map, instance, &carried);
    else
        run_fail(&run, WORKFLOW_FAULT_EXPRESSION);
    if (ret->fault == WORKFLOW_SOUND)
        return true;
    *ret_obstacle = (struct workflow_obstacle){WORKFLOW_OBSTACLE_FAULT, MAP_NONE, MAP_NONE};
    return false;
}

enum workflow_rc workflow_migrate(const struct workflow_map *map, const struct workflow_instance *instance,
                                  const struct workflow_world *before, const struct workflow_world *world,
                                  struct workflow_obstacle *ret_obstacle, struct workflow_out *ret)
{
    if (map_migrate(map, instance, before, world, NULL, ret_obstacle, ret))
        return WORKFLOW_OK;
    return ret_obstacle->kind == WORKFLOW_OBSTACLE_FAULT ? WORKFLOW_FAULT : WORKFLOW_REJECTED;
}

/* ---- what is left behind ---- */

static int image_of_timer(const struct workflow_map *map, unsigned timer)
{
    for (unsigned i = 0; i < map->to->n_timers; i++)
        if (map->timers[i] == (int)timer)
            return (int)i;
    return MAP_NONE;
}

static bool member_has(const struct workflow_map *map, const struct workflow_instance *after, int64_t body, int timer)
{
    for (unsigned i = 0; timer >= 0 && i < after->n_members; i++) {
        const struct workflow_member_state *member = &after->members[i];
        unsigned owner = map->to->timers[timer].info.state;
        const struct machine_each *each = &map->to->eaches[map->to->states[map->to->states[owner].info.parent].each];
        if (member->body == body && member->state == owner &&
            (member->timers >> ((unsigned)timer - each->timers.first) & 1u))
            return true;
    }
    return false;
}

static size_t members_left(const struct workflow_map *map, const struct workflow_instance *before,
                           const struct workflow_instance *after, struct workflow_left *ret)
{
    size_t n = 0;

    for (unsigned i = 0; i < before->n_members; i++) {
        const struct workflow_member_state *member = &before->members[i];
        const struct machine_state *state = &map->from->states[member->state];
        unsigned first = map->from->eaches[map->from->states[state->info.parent].each].timers.first;
        for (unsigned t = state->timers.first; t < (unsigned)state->timers.first + state->timers.n; t++)
            if ((member->timers >> (t - first) & 1u) && !member_has(map, after, member->body, image_of_timer(map, t)))
                ret[n++] = (struct workflow_left){t, member->body};
    }
    return n;
}

size_t workflow_map_left(const struct workflow_map *map, const struct workflow_instance *before,
                         const struct workflow_instance *after, struct workflow_left *ret)
{
    size_t n = 0;

    for (unsigned i = 0; i < map->from->n_timers; i++) {
        int image = image_of_timer(map, i);
        if ((before->timers >> i & 1) && (image < 0 || !(after->timers >> image & 1)))
            ret[n++] = (struct workflow_left){i, 0};
    }
    return n + members_left(map, before, after, ret + n);
}
