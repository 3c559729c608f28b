/* Is a map total? Three walks: all of the old definition, all of the new one, and the new one from the images on. */
#include "workflow/verify/walk.h"
#include "workflow/migration/map.h"

#include <string.h>

enum { TRANSITION_WORDS = 768 / 64 + 1 };

static const int64_t bodies[WALK_MEMBERS_MAX] = {1, 2, 3};

struct prove {
    const struct workflow_map *map;
    struct workflow_gap *gaps;
    size_t max;
    struct workflow_proof proof;
    struct walk before, after, on; /* the old; the new; the new from the images on */
    uint64_t total_before[TRANSITION_WORDS], total_after[TRANSITION_WORDS];
    size_t n_roots; /* the images are the first nodes of `on` */
};

/* ---- gaps ---- */

static bool is_told(const struct prove *prove, const struct workflow_obstacle *obstacle)
{
    size_t n = prove->proof.n_gaps < prove->max ? prove->proof.n_gaps : prove->max;

    for (size_t i = 0; i < n; i++)
        if (prove->gaps[i].obstacle.kind == obstacle->kind && prove->gaps[i].obstacle.state == obstacle->state &&
            prove->gaps[i].obstacle.other == obstacle->other)
            return true;
    return false;
}

static struct workflow_gap *begin_gap(struct prove *prove, const struct workflow_obstacle *obstacle)
{
    struct workflow_gap *gap;

    if (is_told(prove, obstacle) || prove->proof.n_gaps++ >= prove->max)
        return NULL;
    gap = &prove->gaps[prove->proof.n_gaps - 1];
    memset(gap, 0, sizeof(*gap));
    gap->obstacle = *obstacle;
    return gap;
}

/* The way to a configuration of the old definition; of a long one, its end. */
static void tell_way(const struct prove *prove, struct workflow_gap *gap, int32_t at)
{
    const struct walk *walk = &prove->before;
    unsigned length = 0;

    gap->configuration = walk->nodes[at].key.configuration;
    gap->n_members = walk->wf->n_eaches ? walk->n_bodies : 0;
    for (int32_t node = at; walk->nodes[node].came_from >= 0; node = walk->nodes[node].came_from)
        length++;
    gap->way_cut = length > WORKFLOW_WAY_MAX;
    gap->n_way = gap->way_cut ? WORKFLOW_WAY_MAX : length;
    for (unsigned i = gap->n_way; i > 0; i--, at = walk->nodes[at].came_from)
        gap->way[i - 1] = walk->nodes[at].cause;
}

/* Of an image, or of what it leads to: the root of a way in `on` knows the configuration whose image it is. */
static void tell_image(struct prove *prove, const struct workflow_obstacle *obstacle, int32_t at)
{
    struct workflow_gap *gap = begin_gap(prove, obstacle);

    if (!gap)
        return;
    while (prove->on.nodes[at].came_from >= 0)
        at = prove->on.nodes[at].came_from;
    gap->image = prove->on.nodes[at].key.configuration;
    tell_way(prove, gap, -2 - prove->on.nodes[at].came_from);
}

/* ---- images ---- */

/* Bodies that are let in with the next step are not there yet. */
static bool is_reachable(const struct prove *prove, const struct walk_key *image)
{
    bool empty = image->members[0] == 0;

    for (size_t i = 0; i < prove->after.n_nodes; i++) {
        const struct walk_key *key = &prove->after.nodes[i].key;
        if (states_equal(key->configuration, image->configuration) &&
            (empty || memcmp(key->members, image->members, sizeof(key->members)) == 0))
            return true;
    }
    return false;
}

static bool is_same(const struct workflow_map *map, struct workflow_states before, const struct workflow_states *after)
{
    if (states_count(before) != states_count(*after))
        return false;
    while (!states_none(before)) {
        unsigned state = states_take_first(&before);
        int image = map->states[state];
        if (image < 0 || !states_has(after, (unsigned)image) ||
            strcmp(map->from->states[state].info.path, map->to->states[image].info.path) != 0)
            return false;
    }
    return true;
}

static uint16_t ever_of(const struct workflow_map *map, uint16_t ever)
{
    uint16_t images = 0;

    for (unsigned i = 0; i < map->to->n_clocks; i++)
        if (map->clocks[i] >= 0 && (ever >> map->clocks[i] & 1))
            images |= (uint16_t)(1u << i);
    return images;
}

static void take_image(struct prove *prove, struct walk *on, int32_t from, const struct walk_key *key)
{
    size_t known = on->n_nodes;
    int32_t at = walk_begin_at(on, ever_of(prove->map, key->ever));

    if (at < 0)
        return;
    if (!is_same(prove->map, key->configuration, &on->nodes[at].key.configuration))
        prove->proof.same_regions = false;
    if (on->n_nodes == known)
        return;
    on->nodes[at].came_from = -2 - from;
    if (!is_reachable(prove, &on->nodes[at].key))
        tell_image(prove,
                   &(struct workflow_obstacle){WORKFLOW_OBSTACLE_UNREACHABLE, MAP_NONE,
                                               (int)workflow_principal(on->wf, &on->nodes[at].key.configuration)},
                   at);
}

/* Every configuration of the old definition, with every answer that guards may give on the way to rest. */
static void begin_at_images(void *context, struct walk *on)
{
    struct prove *prove = context;
    const struct workflow_world world = {.bodies = bodies, .n_bodies = on->n_bodies};

    for (size_t i = 0; i < prove->before.n_nodes && !on->full; i++) {
        const struct walk_key *key = &prove->before.nodes[i].key;
        struct run_choices choices = {.total = on->total, .taken = on->taken, .forbidden = WALK_NONE};
        struct workflow_instance instance;
        struct workflow_obstacle obstacle;
        if (key->finished)
            continue;
        walk_instance_at(&prove->before, key, &instance);
        do {
            struct workflow_gap *gap;
            if (map_migrate(prove->map, &instance, NULL, &world, &choices, &obstacle, on->out))
                take_image(prove, on, (int32_t)i, key);
            else if ((gap = begin_gap(prove, &obstacle)) != NULL)
                tell_way(prove, gap, (int32_t)i);
        } while (walk_goes_on(on, &choices));
    }
    prove->n_roots = on->n_nodes;
}

/* ---- what comes after ---- */

static void check_ends_of(struct prove *prove)
{
    struct walk *on = &prove->on;

    walk_find_ends(on);
    for (size_t i = 0; i < prove->n_roots; i++)
        if (!on->nodes[i].good)
            tell_image(prove,
                       &(struct workflow_obstacle){WORKFLOW_OBSTACLE_NO_END, MAP_NONE,
                                                   (int)workflow_principal(on->wf, &on->nodes[i].key.configuration)},
                       (int32_t)i);
}

/* A timer on a clock that nobody has started never fires: a state that counts on it waits as if it had none. */
static int waits_in(const struct walk *walk, const struct walk_key *key)
{
    struct workflow_states leaves = states_and(key->configuration, walk->wf->leaves);

    while (!states_none(leaves)) {
        unsigned leaf = states_take_first(&leaves);
        if (walk_waits_for_ever(walk, key, leaf))
            return (int)leaf;
    }
    for (unsigned i = 0; i < walk->wf->n_timers; i++) {
        const struct workflow_timer_info *timer = &walk->wf->timers[i].info;
        if (timer->of == WORKFLOW_TIMER_OF_CLOCK && states_has(&key->configuration, timer->state) &&
            !(key->ever >> timer->clock & 1))
            return (int)timer->state;
    }
    return MAP_NONE;
}

/* Where any request of the new definition may wait, it is not the map's doing. */
static void check_waits_of(struct prove *prove)
{
    struct workflow_states known = {{0}};

    for (size_t i = 0; i < prove->after.n_nodes; i++) {
        int state = waits_in(&prove->after, &prove->after.nodes[i].key);
        if (state >= 0)
            states_add(&known, (unsigned)state);
    }
    for (size_t i = 0; i < prove->on.n_nodes; i++) {
        int state = waits_in(&prove->on, &prove->on.nodes[i].key);
        if (state >= 0 && !states_has(&known, (unsigned)state))
            tell_image(prove, &(struct workflow_obstacle){WORKFLOW_OBSTACLE_WAITS, MAP_NONE, state}, (int32_t)i);
    }
}

/* What may have been done and is to be taken back when the request comes to nothing. */
static void check_effects(struct prove *prove)
{
    for (unsigned i = 0; i < prove->map->from->n_effects; i++)
        if (prove->map->from->effects[i].undo >= 0 && prove->map->effects[i] < 0)
            (void)begin_gap(prove, &(struct workflow_obstacle){WORKFLOW_OBSTACLE_EFFECT, MAP_NONE, (int)i});
}

static bool walk_with(struct prove *prove, struct walk *walk, unsigned n_bodies, const struct workflow *wf,
                      struct workflow_memory *memory)
{
    bool whole;

    *walk = (struct walk){.wf = wf,
                          .memory = memory,
                          .n_bodies = n_bodies,
                          .forbidden = WALK_NONE,
                          .steps_max = WORKFLOW_VERIFY_STEPS,
                          .total = wf == prove->map->from ? prove->total_before : prove->total_after,
                          .context = prove};
    if (walk == &prove->on)
        walk->begin = begin_at_images;
    whole = walk_all(walk) && !walk->full;
    prove->proof.steps += walk->steps;
    if (!whole)
        (void)begin_gap(prove, &(struct workflow_obstacle){WORKFLOW_OBSTACLE_TOO_LARGE, MAP_NONE, MAP_NONE});
    return whole;
}

static bool prove_with(struct prove *prove, unsigned n_bodies, struct workflow_memory parts[3])
{
    for (unsigned i = 0; i < 3; i++)
        parts[i].used = 0;
    if (!walk_with(prove, &prove->before, n_bodies, prove->map->from, &parts[0]) ||
        !walk_with(prove, &prove->after, n_bodies, prove->map->to, &parts[1]) ||
        !walk_with(prove, &prove->on, n_bodies, prove->map->to, &parts[2]))
        return false;
    if (prove->proof.configurations < prove->before.n_nodes)
        prove->proof.configurations = (unsigned)prove->before.n_nodes;
    if (prove->proof.images < prove->n_roots)
        prove->proof.images = (unsigned)prove->n_roots;
    check_ends_of(prove);
    check_waits_of(prove);
    return true;
}

struct workflow_proof workflow_map_prove(const struct workflow_map *map, struct workflow_memory *memory,
                                         struct workflow_gap *ret, size_t max)
{
    struct prove prove = {.map = map, .gaps = ret, .max = max, .proof = {.same_regions = true}};
    struct workflow_memory parts[3];
    size_t start = (memory->used + 15) & ~(size_t)15, third = (memory->size - start) / 3 & ~(size_t)15;
    unsigned n = map->from->n_eaches || map->to->n_eaches ? WALK_MEMBERS_MAX : 1;
    bool whole = memory->size > start;

    for (unsigned i = 0; i < 3; i++)
        parts[i] = (struct workflow_memory){.bytes = (uint8_t *)memory->bytes + start + i * third, .size = third};
    walk_mark_total(map->from, &parts[0], prove.total_before);
    walk_mark_total(map->to, &parts[0], prove.total_after);
    check_effects(&prove);
    for (unsigned i = 1; i <= n && whole; i++)
        whole = prove_with(&prove, i, parts);
    return prove.proof;
}
