/* Every configuration, breadth first, so that the way to each is a shortest one. */
#include <string.h>

#include "workflow/verify/walk.h"

static void *reserve(struct workflow_memory *memory, size_t size)
{
    size_t start = (memory->used + 7) & ~(size_t)7;

    if (start > memory->size || memory->size - start < size)
        return NULL;
    memory->used = start + size;
    return (uint8_t *)memory->bytes + start;
}

void *walk_take(struct workflow_memory *memory, size_t size)
{
    void *taken = reserve(memory, size);

    return taken ? memset(taken, 0, size) : NULL;
}

/* ---- nodes ---- */

static void sort_members(uint8_t *members, unsigned n)
{
    for (unsigned i = 1; i < n; i++)
        for (unsigned j = i; j > 0 && members[j] > members[j - 1]; j--) {
            uint8_t swapped = members[j];
            members[j] = members[j - 1];
            members[j - 1] = swapped;
        }
}

static void key_of(const struct workflow *wf, const struct workflow_instance *instance, uint16_t ever,
                   struct walk_key *ret)
{
    memset(ret, 0, sizeof(*ret));
    ret->configuration = instance->configuration;
    memcpy(ret->history, instance->history, wf->n_histories * sizeof(ret->history[0]));
    ret->clocks = instance->clocks;
    ret->ever = (uint16_t)(ever | instance->clocks);
    ret->finished = instance->finished;
    for (unsigned i = 0; i < instance->n_members && i < WALK_MEMBERS_MAX; i++)
        ret->members[i] = instance->members[i].state;
    sort_members(ret->members, instance->n_members < WALK_MEMBERS_MAX ? instance->n_members : WALK_MEMBERS_MAX);
}

_Static_assert(sizeof(struct walk_key) % sizeof(uint64_t) == 0, "a key is whole words, without holes");

/* By words: byte by byte this was a fifth of the walk. The last line brings the high bits down, where slots are. */
static size_t hash_of(const struct walk_key *key)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325), word;

    for (size_t i = 0; i < sizeof(*key); i += sizeof(word)) {
        memcpy(&word, (const unsigned char *)key + i, sizeof(word));
        hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    }
    return (size_t)(hash ^ hash >> 32);
}

/* Returns the node with this key, made where there was none; WALK_NONE when there is no room. */
static int32_t node_at(struct walk *walk, const struct walk_key *key, int32_t came_from, struct workflow_cause cause)
{
    size_t slot = hash_of(key) & (walk->table_size - 1);

    for (; walk->table[slot]; slot = (slot + 1) & (walk->table_size - 1))
        if (memcmp(&walk->nodes[walk->table[slot] - 1].key, key, sizeof(*key)) == 0)
            return walk->table[slot] - 1;
    if (walk->n_nodes == walk->nodes_max) {
        walk->full = true;
        return WALK_NONE;
    }
    walk->nodes[walk->n_nodes] = (struct walk_node){.key = *key, .came_from = came_from, .cause = cause};
    walk->table[slot] = (int32_t)++walk->n_nodes;
    return (int32_t)walk->n_nodes - 1;
}

static uint8_t timers_of(const struct workflow *wf, unsigned state)
{
    const struct machine_each *each = &wf->eaches[wf->states[wf->states[state].info.parent].each];
    struct machine_span timers = wf->states[state].timers;
    uint8_t bits = 0;

    for (unsigned i = 0; i < timers.n; i++)
        bits = (uint8_t)(bits | 1u << (timers.first + i - each->timers.first));
    return bits;
}

void walk_instance_at(const struct walk *walk, const struct walk_key *key, struct workflow_instance *ret)
{
    const struct workflow *wf = walk->wf;

    memset(ret, 0, sizeof(*ret));
    ret->configuration = key->configuration;
    memcpy(ret->history, key->history, wf->n_histories * sizeof(ret->history[0]));
    ret->clocks = key->clocks;
    ret->finished = key->finished;
    for (unsigned i = 0; i < wf->n_timers; i++)
        if (!wf->timers[i].of_member && states_has(&key->configuration, wf->timers[i].info.state))
            ret->timers |= UINT64_C(1) << i;
    for (unsigned i = 0; i < WALK_MEMBERS_MAX && key->members[i]; i++)
        ret->members[ret->n_members++] = (struct workflow_member_state){
            .body = (int64_t)i + 1, .state = key->members[i], .timers = timers_of(wf, key->members[i])};
}

bool walk_timer_runs(const struct workflow *wf, const struct walk_key *key, unsigned timer)
{
    const struct workflow_timer_info *info = &wf->timers[timer].info;
    uint16_t running = (uint16_t)(key->clocks & ~clocks_paused(wf, &key->configuration));

    return info->of != WORKFLOW_TIMER_OF_CLOCK || (running >> info->clock & 1);
}

/* ---- what may happen at a node ---- */

static bool has_role_of_people(const struct workflow *wf, uint32_t roles)
{
    for (unsigned i = 0; i < wf->n_roles; i++)
        if ((roles >> i & 1) && wf->roles[i].from != WORKFLOW_ROLE_FROM_SYSTEM)
            return true;
    return false;
}

/* Whether the active states know the event from outside at all; *ret_people: people may do it, not systems only. */
static bool is_known(const struct walk *walk, const struct walk_key *key, unsigned event, bool *ret_people)
{
    const struct workflow *wf = walk->wf;
    struct workflow_states active = key->configuration;
    bool known = false;

    *ret_people = false;
    for (unsigned i = 0; i < WALK_MEMBERS_MAX && key->members[i]; i++)
        states_add(&active, key->members[i]);
    active = states_and(active, wf->events[event].sources);
    while (!states_none(active)) {
        struct machine_span span = machine_span_of(wf, states_take_first(&active), (int)event);
        for (unsigned i = span.first; i < (unsigned)span.first + span.n; i++) {
            known = known || wf->transitions[i].roles != 0;
            *ret_people = *ret_people || has_role_of_people(wf, wf->transitions[i].roles);
        }
    }
    return known;
}

static bool act_begin(struct walk *walk, int32_t from, struct workflow_cause cause, bool counts)
{
    if (walk->n_acts == walk->acts_max) {
        walk->full = true;
        return false;
    }
    walk->acts[walk->n_acts++] =
        (struct walk_act){.cause = cause, .counts = counts, .first_outcome = (int32_t)walk->n_outcomes};
    walk->nodes[from].n_acts++;
    return true;
}

static void outcome_add(struct walk *walk, int32_t to)
{
    struct walk_act *act = &walk->acts[walk->n_acts - 1];

    for (unsigned i = 0; i < act->n_outcomes; i++)
        if (walk->outcomes[act->first_outcome + (int32_t)i] == to)
            return;
    if (walk->n_outcomes == walk->outcomes_max) {
        walk->full = true;
        return;
    }
    walk->outcomes[walk->n_outcomes++] = to;
    act->n_outcomes++;
}

static int32_t note(struct walk *walk, int32_t from, struct workflow_cause cause, uint16_t ever)
{
    const struct workflow_out *out = walk->out;
    struct walk_key key;
    int32_t to;

    for (unsigned i = 0; i < out->n_path; i++)
        states_add(&walk->entered, out->path[i]);
    for (unsigned i = 0; i < out->next.n_members; i++)
        states_add(&walk->entered, out->next.members[i].state);
    if (out->fault != WORKFLOW_SOUND) {
        if (walk->fault == WORKFLOW_SOUND) {
            walk->fault = out->fault;
            walk->fault_at = from;
            walk->fault_cause = cause;
        }
        return WALK_NONE;
    }
    for (unsigned i = 0; i < out->n_clocks; i++)
        if (out->clocks[i].kind == WORKFLOW_CLOCK_START)
            ever = (uint16_t)(ever | 1u << out->clocks[i].clock);
    key_of(walk->wf, &out->next, ever, &key);
    to = node_at(walk, &key, from, cause);
    if (to < 0)
        return WALK_NONE;
    if (from >= 0)
        outcome_add(walk, to);
    if (walk->look)
        walk->look(walk->context, walk, from, cause, out, to);
    return to;
}

int32_t walk_begin_at(struct walk *walk, uint16_t ever)
{
    return note(walk, WALK_NONE, (struct workflow_cause){WORKFLOW_CAUSE_EVENT, 0}, ever);
}

/* What people write takes thousands of steps; what is written to take for ever is ended, and told as too large. */
bool walk_goes_on(struct walk *walk, struct run_choices *choices)
{
    if (++walk->steps >= walk->steps_max)
        walk->full = true;
    return !walk->full && run_choices_next(choices);
}

/* Every combination of answers that the guards of one step may give. */
static void try_all(struct walk *walk, int32_t from, const struct run_abstract_event *event,
                    struct workflow_cause cause, bool counts)
{
    struct run_choices choices = {.total = walk->total, .taken = walk->taken, .forbidden = walk->forbidden};
    const uint16_t ever = walk->nodes[from].key.ever;
    bool stays = false;

    if (!act_begin(walk, from, cause, counts))
        return;
    do {
        if (run_abstract(walk->wf, walk->here, event, walk->n_bodies, &choices, walk->out))
            (void)note(walk, from, cause, ever);
        else
            stays = true;
    } while (walk_goes_on(walk, &choices));
    if (stays)
        outcome_add(walk, from);
}

static void try_events(struct walk *walk, int32_t from)
{
    const struct workflow *wf = walk->wf;
    const struct walk_key key = walk->nodes[from].key;

    for (unsigned event = 0; event < wf->n_events; event++) {
        struct workflow_cause cause = {WORKFLOW_CAUSE_EVENT, event};
        bool people;
        if ((int)event == walk->forbidden || !is_known(walk, &key, event, &people))
            continue;
        try_all(walk, from, &(struct run_abstract_event){.kind = RUN_ABSTRACT_EVENT, .number = event}, cause, people);
        /* Of members in the same state, one stands for all. */
        for (unsigned i = 0; i < WALK_MEMBERS_MAX && key.members[i]; i++)
            if ((i == 0 || key.members[i] != key.members[i - 1]) &&
                states_has(&wf->events[event].sources, key.members[i]))
                try_all(
                    walk, from,
                    &(struct run_abstract_event){.kind = RUN_ABSTRACT_EVENT, .number = event, .body = (int64_t)i + 1},
                    cause, people);
    }
}

static void try_timers(struct walk *walk, int32_t from)
{
    const struct workflow *wf = walk->wf;
    const struct walk_key key = walk->nodes[from].key;

    for (unsigned timer = 0; timer < wf->n_timers; timer++) {
        struct workflow_cause cause = {WORKFLOW_CAUSE_TIMER, timer};
        unsigned state = wf->timers[timer].info.state;
        bool runs = walk_timer_runs(wf, &key, timer);
        if (!wf->timers[timer].of_member) {
            if (states_has(&key.configuration, state) && runs)
                try_all(walk, from, &(struct run_abstract_event){.kind = RUN_ABSTRACT_TIMER, .number = timer}, cause,
                        true);
            continue;
        }
        for (unsigned i = 0; i < WALK_MEMBERS_MAX && key.members[i]; i++)
            if (key.members[i] == state && (i == 0 || key.members[i] != key.members[i - 1]) &&
                states_has(&key.configuration, (unsigned)wf->states[state].info.parent))
                try_all(
                    walk, from,
                    &(struct run_abstract_event){.kind = RUN_ABSTRACT_TIMER, .number = timer, .body = (int64_t)i + 1},
                    cause, true);
    }
}

static void try_votes(struct walk *walk, int32_t from)
{
    const struct workflow *wf = walk->wf;
    const struct walk_key key = walk->nodes[from].key;

    for (unsigned vote = 0; vote < wf->n_votes; vote++)
        if (states_has(&key.configuration, wf->votes[vote].state))
            try_all(walk, from, &(struct run_abstract_event){.kind = RUN_ABSTRACT_VOTE, .number = vote},
                    (struct workflow_cause){WORKFLOW_CAUSE_VOTE, vote}, true);
}

static bool make_room(struct walk *walk)
{
    size_t free_bytes = walk->memory->size - walk->memory->used;

    walk->table_size = 64;
    while (walk->table_size * 2 * (sizeof(int32_t) + sizeof(struct walk_node)) < free_bytes / 2)
        walk->table_size *= 2;
    walk->nodes_max = walk->table_size / 2;
    walk->acts_max = walk->outcomes_max = free_bytes / 4 / sizeof(struct walk_act);
    walk->out = reserve(walk->memory, sizeof(*walk->out));
    walk->here = reserve(walk->memory, sizeof(*walk->here));
    walk->taken = walk_take(walk->memory, (walk->wf->n_transitions / 64 + 1) * sizeof(uint64_t));
    walk->table = walk_take(walk->memory, walk->table_size * sizeof(*walk->table));
    walk->nodes = reserve(walk->memory, walk->nodes_max * sizeof(*walk->nodes));
    walk->acts = reserve(walk->memory, walk->acts_max * sizeof(*walk->acts));
    walk->outcomes = reserve(walk->memory, walk->outcomes_max * sizeof(*walk->outcomes));
    return walk->out && walk->here && walk->taken && walk->table && walk->nodes && walk->acts && walk->outcomes;
}

/* Where requests begin. */
static void begin(struct walk *walk)
{
    struct run_choices choices = {.total = walk->total, .taken = walk->taken, .forbidden = walk->forbidden};

    do {
        if (run_abstract(walk->wf, NULL, NULL, walk->n_bodies, &choices, walk->out))
            (void)walk_begin_at(walk, 0);
    } while (walk_goes_on(walk, &choices));
}

bool walk_all(struct walk *walk)
{
    if (!make_room(walk))
        return false;
    walk->fault_at = WALK_NONE;
    if (walk->begin)
        walk->begin(walk->context, walk);
    else
        begin(walk);
    for (size_t at = 0; at < walk->n_nodes && !walk->full; at++) {
        walk->nodes[at].first_act = (int32_t)walk->n_acts;
        if (walk->nodes[at].key.finished)
            continue;
        walk_instance_at(walk, &walk->nodes[at].key, walk->here);
        try_events(walk, (int32_t)at);
        try_timers(walk, (int32_t)at);
        try_votes(walk, (int32_t)at);
    }
    return true;
}
