/* What of an instance is carried over: states, histories, clocks, timers, who did what, what would be taken back,
   members and ballots. */
#include "workflow/migration/map.h"

#include <string.h>

struct carry {
    const struct workflow_map *map;
    const struct workflow_instance *from;
    const int64_t *acts;
    struct workflow_instance *to;
    struct workflow_obstacle *obstacle;
};

static bool stop(const struct carry *carry, enum workflow_obstacle_kind kind, int state, int other)
{
    *carry->obstacle = (struct workflow_obstacle){kind, state, other};
    return false;
}

/* Images of active states. What was none and is an end now is no image: it is come to, and completes what it is in. */
static struct workflow_states images_of(const struct workflow_map *map, struct workflow_states states)
{
    struct workflow_states images = {{0}};

    while (!states_none(states)) {
        unsigned state = states_take_first(&states);
        int image = map->states[state];
        if (image >= 0 && (map->to->states[image].info.kind != WORKFLOW_STATE_FINAL ||
                           map->from->states[state].info.kind == WORKFLOW_STATE_FINAL))
            states_add(&images, (unsigned)image);
    }
    return images;
}

/* ---- where it is ---- */

/* Every active leaf needs an image; what is around and inside of it follows. */
static bool carry_states(const struct carry *carry, struct carried *ret)
{
    const struct workflow_map *map = carry->map;
    struct workflow_states leaves = states_and(carry->from->configuration, map->from->leaves);
    int16_t targets[WORKFLOW_STATES_MAX];
    size_t n = 0;

    while (!states_none(leaves)) {
        unsigned leaf = states_take_first(&leaves);
        if (map->states[leaf] < 0)
            return stop(carry, WORKFLOW_OBSTACLE_STATE, (int)leaf, MAP_NONE);
        targets[n++] = map->states[leaf];
    }
    ret->whole = machine_entry_of(map->to, MACHINE_NONE, targets, n, carry->to->history).entered;
    if (!machine_is_legal(map->to, &ret->whole))
        return stop(carry, WORKFLOW_OBSTACLE_CLASH, MAP_NONE, MAP_NONE);
    ret->states = states_and(images_of(map, carry->from->configuration), ret->whole);
    return true;
}

/* ---- what it remembers ---- */

/* A history of the new definition, of what an old one has seen. */
static bool carry_history(const struct carry *carry, unsigned number)
{
    const struct workflow_map *map = carry->map;
    const struct workflow *to = map->to;
    const struct machine_state *history = &to->states[to->histories[number]];
    unsigned parent = (unsigned)history->info.parent;
    struct workflow_states seen = carry->from->history[map->histories[number]], leaves = seen, whole;
    int16_t targets[WORKFLOW_STATES_MAX];
    size_t n = 0;

    if (map->from->states[map->from->histories[map->histories[number]]].deep)
        leaves = states_and(seen, map->from->leaves);
    while (!states_none(leaves)) {
        unsigned state = states_take_first(&leaves);
        int image = map->states[state];
        if (image < 0 || !states_has(&to->states[parent].inside, (unsigned)image))
            return stop(carry, WORKFLOW_OBSTACLE_HISTORY, (int)state, to->histories[number]);
        targets[n++] = (int16_t)image;
    }
    if (n == 0)
        return true;
    whole = machine_entry_of(to, (int)parent, targets, n, NULL).entered;
    states_add(&whole, parent);
    if (!machine_is_legal_inside(to, &whole, parent))
        return stop(carry, WORKFLOW_OBSTACLE_HISTORY, MAP_NONE, to->histories[number]);
    carry->to->history[number] =
        states_and(whole, history->deep ? to->states[parent].inside : to->states[parent].children);
    return true;
}

static bool carry_histories(const struct carry *carry)
{
    for (unsigned i = 0; i < carry->map->to->n_histories; i++)
        if (carry->map->histories[i] >= 0 && !carry_history(carry, i))
            return false;
    return true;
}

/* Who did what: as the old definition remembers it, or else as it was recorded. */
static void carry_witnesses(const struct carry *carry)
{
    const struct workflow_map *map = carry->map;

    for (unsigned i = 0; i < map->to->n_witnesses; i++)
        if (map->witnesses[i] >= 0)
            carry->to->witnesses[i] = carry->from->witnesses[map->witnesses[i]];
        else if (carry->acts)
            carry->to->witnesses[i] = carry->acts[i];
}

static bool carry_past(const struct carry *carry)
{
    const struct workflow_map *map = carry->map;

    carry_witnesses(carry);
    for (unsigned i = 0; i < carry->from->n_undo; i++) {
        int like = map->effects[carry->from->undo[i]];
        if (like < 0)
            return stop(carry, WORKFLOW_OBSTACLE_EFFECT, MAP_NONE, carry->from->undo[i]);
        carry->to->undo[carry->to->n_undo++] = (uint16_t)like;
    }
    return true;
}

/* ---- what runs ---- */

static uint16_t carry_clocks(const struct carry *carry)
{
    const struct workflow_map *map = carry->map;
    uint16_t paused = clocks_paused(map->from, &carry->from->configuration), stood = 0;

    for (unsigned i = 0; i < map->to->n_clocks; i++) {
        if (map->clocks[i] < 0 || !(carry->from->clocks >> map->clocks[i] & 1))
            continue;
        carry->to->clocks |= (uint16_t)(1u << i);
        if (paused >> map->clocks[i] & 1)
            stood |= (uint16_t)(1u << i);
    }
    return stood;
}

/* How often one has fired counts also while its state is left: a history may bring it back. */
static void carry_fired(const struct carry *carry)
{
    const struct workflow_map *map = carry->map;

    for (unsigned i = 0; i < map->to->n_timers; i++) {
        const struct machine_timer *timer = &map->to->timers[i];
        uint8_t fired = map->timers[i] < 0 || timer->of_member ? 0 : carry->from->fired[map->timers[i]];
        carry->to->fired[i] = fired < timer->info.repeat ? fired : (uint8_t)timer->info.repeat;
    }
}

/* ---- who takes part ---- */

static int each_of(const struct workflow *wf, int state)
{
    int parent = state < 0 ? MACHINE_NONE : wf->states[state].info.parent;

    return parent >= 0 && wf->states[parent].each >= 0 ? parent : MACHINE_NONE;
}

/* Timers of a member that go on; the others of its state are armed anew (migrate.c). */
static uint8_t member_timers(const struct workflow_map *map, const struct workflow_member_state *from, int from_each,
                             unsigned image, int to_each)
{
    struct machine_span timers = map->to->states[image].timers;
    unsigned first_from = map->from->eaches[map->from->states[from_each].each].timers.first;
    unsigned first_to = map->to->eaches[map->to->states[to_each].each].timers.first;
    uint8_t kept = 0;

    for (unsigned i = timers.first; i < (unsigned)timers.first + timers.n; i++)
        if (map->timers[i] >= 0 && map->from->timers[map->timers[i]].info.state == from->state &&
            (from->timers >> ((unsigned)map->timers[i] - first_from) & 1u))
            kept |= (uint8_t)(1u << (i - first_to));
    return kept;
}

/* Where bodies are not asked any more, what they had said is over with it. */
static bool carry_members(const struct carry *carry)
{
    const struct workflow_map *map = carry->map;

    for (unsigned i = 0; i < carry->from->n_members; i++) {
        const struct workflow_member_state *from = &carry->from->members[i];
        struct workflow_member_state *to = &carry->to->members[carry->to->n_members];
        int from_each = each_of(map->from, from->state), image = map->states[from->state];
        int to_each = each_of(map->to, image);
        if (map->states[from_each] < 0 || map->to->states[map->states[from_each]].each < 0)
            continue;
        if (to_each < 0 || to_each != map->states[from_each])
            return stop(carry, WORKFLOW_OBSTACLE_MEMBER, from->state, MAP_NONE);
        to->body = from->body;
        to->state = (uint8_t)image;
        to->timers = member_timers(map, from, from_each, (unsigned)image, to_each);
        carry->to->n_members++;
    }
    return true;
}

static void carry_ballots(const struct carry *carry)
{
    const struct workflow_map *map = carry->map;

    for (unsigned i = 0; i < carry->from->n_ballots; i++) {
        int image = map->states[map->from->votes[carry->from->ballots[i].vote].state];
        if (image < 0 || map->to->states[image].vote < 0)
            continue;
        carry->to->ballots[carry->to->n_ballots] = carry->from->ballots[i];
        carry->to->ballots[carry->to->n_ballots++].vote = (uint8_t)map->to->states[image].vote;
    }
}

bool map_carry(const struct workflow_map *map, const struct workflow_instance *from, const int64_t *acts,
               struct workflow_instance *to, struct carried *ret, struct workflow_obstacle *ret_obstacle)
{
    const struct carry carry = {map, from, acts, to, ret_obstacle};

    memset(to, 0, sizeof(*to));
    *ret_obstacle = (struct workflow_obstacle){WORKFLOW_OBSTACLE_NONE, MAP_NONE, MAP_NONE};
    if (from->finished)
        return stop(&carry, WORKFLOW_OBSTACLE_ENDED, MAP_NONE, MAP_NONE);
    if (!carry_histories(&carry) || !carry_states(&carry, ret) || !carry_past(&carry) || !carry_members(&carry))
        return false;
    ret->stood = carry_clocks(&carry);
    carry_fired(&carry);
    carry_ballots(&carry);
    to->configuration = ret->states;
    return true;
}
