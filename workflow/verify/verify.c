/* What is asked of a walk: can it end, is everything alive, does everybody who waits wait for something, and the
   definition's own assertions. */
#include <string.h>

#include "workflow/verify/walk.h"

/* The report in progress. */
struct verify {
    const struct workflow *wf;
    struct workflow_memory *memory;
    struct workflow_finding *findings;
    size_t max;
    struct workflow_verified verified;
    uint64_t *total;
    struct workflow_states entered;
    uint64_t *taken;
    struct workflow_states told_waiting, told_stuck; /* states told of already */
    uint64_t told_clock, told_spin;                  /* timers */
    bool told_fault;
};

const char *workflow_finding_key(enum workflow_finding_kind kind)
{
    static const char *const keys[WORKFLOW_FINDING_KINDS] = {
        "dead_state",     "dead_transition",   "no_end",      "gap",     "restless", "too_much",
        "waits_for_ever", "clock_not_started", "timer_spins", "no_undo", "assert",   "too_large",
    };
    return (unsigned)kind < WORKFLOW_FINDING_KINDS ? keys[kind] : "";
}

/* ---- telling ---- */

static struct workflow_finding *tell(struct verify *verify, enum workflow_finding_kind kind)
{
    struct workflow_finding *finding;

    if (verify->verified.n_findings++ >= verify->max)
        return NULL;
    finding = &verify->findings[verify->verified.n_findings - 1];
    memset(finding, 0, sizeof(*finding));
    finding->kind = kind;
    finding->state = finding->transition = finding->timer = MACHINE_NONE;
    finding->clock = finding->effect = finding->assertion = MACHINE_NONE;
    return finding;
}

/* The way to a node, from the beginning; of a long one, its end. */
static void tell_way(struct workflow_finding *finding, const struct walk *walk, int32_t at)
{
    unsigned length = 0;

    finding->configuration = walk->nodes[at].key.configuration;
    finding->n_members = walk->wf->n_eaches ? walk->n_bodies : 0;
    for (int32_t node = at; walk->nodes[node].came_from >= 0; node = walk->nodes[node].came_from)
        length++;
    finding->way_cut = length > WORKFLOW_WAY_MAX;
    finding->n_way = finding->way_cut ? WORKFLOW_WAY_MAX : length;
    for (unsigned i = finding->n_way; i > 0; i--) {
        finding->way[i - 1] = walk->nodes[at].cause;
        at = walk->nodes[at].came_from;
    }
}

static void tell_way_and(struct workflow_finding *finding, const struct walk *walk, int32_t at,
                         struct workflow_cause last)
{
    tell_way(finding, walk, at);
    if (finding->n_way == WORKFLOW_WAY_MAX) {
        memmove(&finding->way[0], &finding->way[1], (WORKFLOW_WAY_MAX - 1) * sizeof(finding->way[0]));
        finding->n_way--;
        finding->way_cut = true;
    }
    finding->way[finding->n_way++] = last;
}

/* ---- groups of automatic transitions ---- */

static bool is_total(const struct verify *verify, struct machine_span group)
{
    const struct workflow *wf = verify->wf;
    const struct workflow_expression *guards[32];
    struct workflow_memory scratch = *verify->memory;
    size_t n;

    if (group.n == 0 || group.n > sizeof(guards) / sizeof(guards[0]))
        return group.n == 0;
    for (unsigned i = 0; i < group.n; i++) {
        int guard = wf->transitions[group.first + i].guard;
        if (guard < 0)
            return true;
        guards[i] = wf->expressions[guard];
    }
    return workflow_expressions_cover(guards, group.n, wf->environment, &scratch, NULL, NULL, 0, &n) ==
           WORKFLOW_COVER_PROVED;
}

static void mark_total(struct verify *verify, struct machine_span group)
{
    unsigned last = (unsigned)group.first + group.n - 1;

    if (group.n && is_total(verify, group))
        verify->total[last / 64] |= UINT64_C(1) << (last % 64);
}

/* A state that is there to be left at once must be left whatever the data say. */
static void check_gaps(struct verify *verify)
{
    const struct workflow *wf = verify->wf;

    for (unsigned i = 0; i < wf->n_states; i++) {
        const struct machine_state *state = &wf->states[i];
        bool gate = state->always.n && state->own.n == 0 && state->timers.n == 0 && state->vote < 0;
        mark_total(verify, state->always);
        mark_total(verify, state->done);
        if ((gate && !is_total(verify, state->always)) || !is_total(verify, state->done)) {
            struct workflow_finding *finding = tell(verify, WORKFLOW_FINDING_GAP);
            if (finding)
                finding->state = (int)i;
        }
    }
}

static void check_undo(struct verify *verify)
{
    for (unsigned i = 0; i < verify->wf->n_effects; i++) {
        const struct workflow_effect_info *effect = &verify->wf->effects[i];
        struct workflow_finding *finding;
        if ((effect->kind != WORKFLOW_EFFECT_RESERVE && effect->kind != WORKFLOW_EFFECT_PAY) || effect->undo >= 0)
            continue;
        finding = tell(verify, WORKFLOW_FINDING_NO_UNDO);
        if (finding)
            finding->effect = (int)i;
    }
}

/* ---- what is seen on the way ---- */

static void look_at_timers(struct verify *verify, const struct walk *walk, int32_t at)
{
    const struct workflow *wf = verify->wf;
    const struct walk_key *key = &walk->nodes[at].key;

    for (unsigned i = 0; i < wf->n_timers; i++) {
        const struct workflow_timer_info *timer = &wf->timers[i].info;
        struct workflow_finding *finding;
        if (timer->of != WORKFLOW_TIMER_OF_CLOCK || !states_has(&key->configuration, timer->state) ||
            (key->ever >> timer->clock & 1) || (verify->told_clock >> i & 1))
            continue;
        verify->told_clock |= UINT64_C(1) << i;
        finding = tell(verify, WORKFLOW_FINDING_CLOCK_NOT_STARTED);
        if (!finding)
            continue;
        finding->state = (int)timer->state;
        finding->timer = (int)i;
        finding->clock = (int)timer->clock;
        tell_way(finding, walk, at);
    }
}

/* A percentage of a clock that is reached stays reached: what comes back to the same timer without starting the clock
   anew fires again at once. */
static void look_for_spin(struct verify *verify, const struct walk *walk, int32_t from, struct workflow_cause cause,
                          const struct workflow_out *out, int32_t to)
{
    const struct workflow_timer_info *timer;
    struct workflow_finding *finding;
    bool entered = false;

    if (cause.kind != WORKFLOW_CAUSE_TIMER)
        return;
    timer = &verify->wf->timers[cause.number].info;
    if (timer->of != WORKFLOW_TIMER_OF_CLOCK || (verify->told_spin >> cause.number & 1) ||
        !states_has(&walk->nodes[to].key.configuration, timer->state))
        return;
    for (unsigned i = 0; i < out->n_path; i++)
        entered = entered || out->path[i] == timer->state;
    for (unsigned i = 0; i < out->n_clocks; i++)
        if (out->clocks[i].clock == timer->clock && out->clocks[i].kind == WORKFLOW_CLOCK_START)
            return;
    if (!entered)
        return;
    verify->told_spin |= UINT64_C(1) << cause.number;
    finding = tell(verify, WORKFLOW_FINDING_TIMER_SPINS);
    if (!finding)
        return;
    finding->state = (int)timer->state;
    finding->timer = (int)cause.number;
    finding->clock = (int)timer->clock;
    tell_way_and(finding, walk, from, cause);
}

static void look(void *context, const struct walk *walk, int32_t from, struct workflow_cause cause,
                 const struct workflow_out *out, int32_t to)
{
    look_at_timers(context, walk, to);
    if (from >= 0)
        look_for_spin(context, walk, from, cause, out, to);
}

/* ---- waiting ---- */

static bool leads_on(const struct workflow *wf, unsigned timer)
{
    const struct machine_timer *info = &wf->timers[timer];

    return info->vote >= 0 || (info->transition >= 0 && !wf->transitions[info->transition].targetless);
}

/* Whether something ends the wait of a leaf without anybody's doing, or the definition says what it is open for. */
static bool is_waited_out(const struct walk *walk, const struct walk_key *key, unsigned leaf)
{
    const struct workflow *wf = walk->wf;

    for (int at = (int)leaf; at >= 0; at = wf->states[at].info.parent) {
        const struct machine_state *state = &wf->states[at];
        if (state->open_ended >= 0)
            return true;
        for (unsigned i = state->timers.first; i < (unsigned)state->timers.first + state->timers.n; i++)
            if (leads_on(wf, i) && walk_timer_runs(wf, key, i))
                return true;
    }
    return false;
}

/* Bodies that are asked wait too: those of them who are not done need a limit of their own or of the whole. */
static bool members_are_waited_out(const struct walk *walk, const struct walk_key *key, unsigned each)
{
    const struct workflow *wf = walk->wf;

    for (unsigned i = 0; i < WALK_MEMBERS_MAX && key->members[i]; i++) {
        const struct machine_state *state = &wf->states[key->members[i]];
        bool ends = state->info.kind == WORKFLOW_STATE_FINAL || state->info.parent != (int)each;
        for (unsigned t = state->timers.first; t < (unsigned)state->timers.first + state->timers.n; t++)
            ends = ends || leads_on(wf, t);
        if (!ends)
            return false;
    }
    return true;
}

static void check_waiting(struct verify *verify, const struct walk *walk, int32_t at)
{
    const struct workflow *wf = verify->wf;
    const struct walk_key *key = &walk->nodes[at].key;
    struct workflow_states leaves = states_without(states_and(key->configuration, wf->leaves), verify->told_waiting);

    while (!states_none(leaves)) {
        unsigned leaf = states_take_first(&leaves);
        const struct machine_state *state = &wf->states[leaf];
        struct workflow_finding *finding;
        if ((state->info.phase != WORKFLOW_PHASE_WAITING && state->each < 0) || is_waited_out(walk, key, leaf) ||
            (state->each >= 0 && members_are_waited_out(walk, key, leaf)))
            continue;
        states_add(&verify->told_waiting, leaf);
        finding = tell(verify, WORKFLOW_FINDING_WAITS_FOR_EVER);
        if (!finding)
            continue;
        finding->state = (int)leaf;
        tell_way(finding, walk, at);
    }
}

/* ---- the end ---- */

static bool act_ends(const struct walk *walk, const struct walk_act *act)
{
    if (!act->counts || act->n_outcomes == 0)
        return false;
    for (unsigned i = 0; i < act->n_outcomes; i++)
        if (!walk->nodes[walk->outcomes[act->first_outcome + (int32_t)i]].good)
            return false;
    return true;
}

/* Backwards from the ends: a node can end when something may happen there of which every outcome can. */
static void find_ends(struct walk *walk)
{
    bool changed = true;

    for (size_t i = 0; i < walk->n_nodes; i++)
        walk->nodes[i].good = walk->nodes[i].key.finished;
    while (changed) {
        changed = false;
        for (size_t i = walk->n_nodes; i > 0; i--) {
            struct walk_node *node = &walk->nodes[i - 1];
            bool ends = node->good;
            for (unsigned act = 0; act < node->n_acts && !ends; act++)
                ends = act_ends(walk, &walk->acts[node->first_act + (int32_t)act]);
            changed = changed || ends != node->good;
            node->good = ends;
        }
    }
}

/* Whether it is bad by itself: nothing that people do there leads to another bad one. */
static bool is_cause(const struct walk *walk, size_t at)
{
    const struct walk_node *node = &walk->nodes[at];

    for (unsigned a = 0; a < node->n_acts; a++) {
        const struct walk_act *act = &walk->acts[node->first_act + (int32_t)a];
        for (unsigned o = 0; o < act->n_outcomes; o++) {
            int32_t to = walk->outcomes[act->first_outcome + (int32_t)o];
            if (to != (int32_t)at && !walk->nodes[to].good)
                return false;
        }
    }
    return true;
}

static void tell_stuck(struct verify *verify, const struct walk *walk, size_t at)
{
    unsigned state = workflow_principal(verify->wf, &walk->nodes[at].key.configuration);
    struct workflow_finding *finding;

    if (states_has(&verify->told_stuck, state))
        return;
    states_add(&verify->told_stuck, state);
    finding = tell(verify, WORKFLOW_FINDING_NO_END);
    if (!finding)
        return;
    finding->state = (int)state;
    tell_way(finding, walk, (int32_t)at);
}

/* Where it goes round among bad ones, none is the cause: then the first one is told. */
static void check_ends(struct verify *verify, struct walk *walk)
{
    size_t first = walk->n_nodes, causes = 0;

    find_ends(walk);
    for (size_t i = walk->n_nodes; i > 0; i--)
        if (!walk->nodes[i - 1].good)
            first = i - 1;
    for (size_t i = first; i < walk->n_nodes; i++)
        if (!walk->nodes[i].good && is_cause(walk, i)) {
            tell_stuck(verify, walk, i);
            causes++;
        }
    if (first < walk->n_nodes && causes == 0)
        tell_stuck(verify, walk, first);
}

/* ---- what is never reached ---- */

/* What a dead state has is dead with it, and so is a timer of which something worse was told: once is enough. */
static bool is_told(const struct verify *verify, const struct machine_transition *transition)
{
    unsigned source = (unsigned)transition->source;

    if (!states_has(&verify->entered, source))
        return true;
    for (unsigned i = 0; i < verify->wf->n_timers; i++)
        if (verify->wf->timers[i].transition == (int)(transition - verify->wf->transitions))
            return (verify->told_clock >> i & 1) || states_has(&verify->told_waiting, source);
    return false;
}

static void check_dead(struct verify *verify)
{
    const struct workflow *wf = verify->wf;

    for (unsigned i = 0; i < wf->n_states; i++) {
        struct workflow_finding *finding;
        if (wf->states[i].info.kind == WORKFLOW_STATE_HISTORY || states_has(&verify->entered, i))
            continue;
        finding = tell(verify, WORKFLOW_FINDING_DEAD_STATE);
        if (finding)
            finding->state = (int)i;
    }
    for (unsigned i = 0; i < wf->n_transitions; i++) {
        struct workflow_finding *finding;
        if ((verify->taken[i / 64] >> (i % 64) & 1) || is_told(verify, &wf->transitions[i]))
            continue;
        finding = tell(verify, WORKFLOW_FINDING_DEAD_TRANSITION);
        if (!finding)
            continue;
        finding->state = wf->transitions[i].source;
        finding->transition = (int)i;
    }
}

/* ---- assertions ---- */

static bool is_in(const struct walk *walk, size_t node, int state)
{
    return states_has(&walk->nodes[node].key.configuration, (unsigned)state);
}

static void refute(struct verify *verify, int assertion, const struct walk *walk, int32_t at)
{
    struct workflow_finding *finding = tell(verify, WORKFLOW_FINDING_ASSERT);

    if (!finding)
        return;
    finding->assertion = assertion;
    finding->state = verify->wf->asserts[assertion].state;
    tell_way(finding, walk, at);
}

/* Everything that leads to `to`, backwards: every node in `from` must be among it. */
static void check_can_reach(struct verify *verify, int assertion, struct walk *walk)
{
    const struct machine_assert *claim = &verify->wf->asserts[assertion];
    bool changed = true;

    for (size_t i = 0; i < walk->n_nodes; i++)
        walk->nodes[i].good = is_in(walk, i, claim->other);
    while (changed) {
        changed = false;
        for (size_t i = walk->n_nodes; i > 0; i--) {
            struct walk_node *node = &walk->nodes[i - 1];
            bool reaches = node->good;
            for (unsigned a = 0; a < node->n_acts && !reaches; a++) {
                const struct walk_act *act = &walk->acts[node->first_act + (int32_t)a];
                for (unsigned o = 0; o < act->n_outcomes && !reaches; o++)
                    reaches = walk->nodes[walk->outcomes[act->first_outcome + (int32_t)o]].good;
            }
            changed = changed || reaches != node->good;
            node->good = reaches;
        }
    }
    for (size_t i = 0; i < walk->n_nodes; i++)
        if (is_in(walk, i, claim->state) && !walk->nodes[i].good) {
            refute(verify, assertion, walk, (int32_t)i);
            return;
        }
}

static void check_never_and(struct verify *verify, int assertion, const struct walk *walk)
{
    const struct machine_assert *claim = &verify->wf->asserts[assertion];

    for (size_t i = 0; i < walk->n_nodes; i++)
        if (is_in(walk, i, claim->state) && is_in(walk, i, claim->other)) {
            refute(verify, assertion, walk, (int32_t)i);
            return;
        }
}

/* The same walk in a world where the event never happens. */
static void check_never_without(struct verify *verify, int assertion, unsigned n_bodies)
{
    const struct machine_assert *claim = &verify->wf->asserts[assertion];
    struct workflow_memory memory = *verify->memory;
    struct walk walk = {
        .wf = verify->wf, .memory = &memory, .n_bodies = n_bodies, .forbidden = claim->event, .total = verify->total};

    if (!walk_all(&walk) || walk.full) {
        (void)tell(verify, WORKFLOW_FINDING_TOO_LARGE);
        return;
    }
    verify->verified.steps += walk.steps;
    for (size_t i = 0; i < walk.n_nodes; i++)
        if (is_in(&walk, i, claim->state)) {
            refute(verify, assertion, &walk, (int32_t)i);
            return;
        }
}

static void check_asserts(struct verify *verify, struct walk *walk)
{
    for (int i = 0; i < (int)verify->wf->n_asserts; i++) {
        switch (verify->wf->asserts[i].kind) {
        case MACHINE_ASSERT_NEVER_WITHOUT:
            check_never_without(verify, i, walk->n_bodies);
            break;
        case MACHINE_ASSERT_NEVER_AND:
            check_never_and(verify, i, walk);
            break;
        case MACHINE_ASSERT_CAN_REACH:
            check_can_reach(verify, i, walk);
            break;
        }
    }
}

/* ---- all of it ---- */

static void check_fault(struct verify *verify, const struct walk *walk)
{
    struct workflow_finding *finding;

    if (walk->fault == WORKFLOW_SOUND || verify->told_fault)
        return;
    verify->told_fault = true;
    finding =
        tell(verify, walk->fault == WORKFLOW_FAULT_RESTLESS ? WORKFLOW_FINDING_RESTLESS : WORKFLOW_FINDING_TOO_MUCH);
    if (!finding || walk->fault_at < 0)
        return;
    finding->state = (int)workflow_principal(verify->wf, &walk->nodes[walk->fault_at].key.configuration);
    tell_way_and(finding, walk, walk->fault_at, walk->fault_cause);
}

static bool verify_with(struct verify *verify, unsigned n_bodies, bool last)
{
    struct workflow_memory memory = *verify->memory;
    struct walk walk = {.wf = verify->wf,
                        .memory = &memory,
                        .n_bodies = n_bodies,
                        .forbidden = WALK_NONE,
                        .total = verify->total,
                        .look = look,
                        .context = verify};
    struct workflow_memory outer = *verify->memory;

    if (!walk_all(&walk) || walk.full) {
        (void)tell(verify, WORKFLOW_FINDING_TOO_LARGE);
        return false;
    }
    verify->verified.steps += walk.steps;
    if (verify->verified.configurations < walk.n_nodes)
        verify->verified.configurations = (unsigned)walk.n_nodes;
    verify->entered = states_or(verify->entered, walk.entered);
    for (unsigned i = 0; i <= verify->wf->n_transitions / 64u; i++)
        verify->taken[i] |= walk.taken[i];
    check_fault(verify, &walk);
    for (size_t i = 0; i < walk.n_nodes; i++)
        check_waiting(verify, &walk, (int32_t)i);
    check_ends(verify, &walk);
    *verify->memory = memory; /* the walk stays while others are made beside it */
    if (last)
        check_asserts(verify, &walk);
    *verify->memory = outer;
    return true;
}

struct workflow_verified workflow_verify(const struct workflow *wf, struct workflow_memory *memory,
                                         struct workflow_finding *ret, size_t max)
{
    struct verify verify = {.wf = wf, .memory = memory, .findings = ret, .max = max};
    size_t used = memory->used, words = (wf->n_transitions / 64u + 1) * sizeof(uint64_t);
    unsigned n = wf->n_eaches ? WALK_MEMBERS_MAX : 1;
    bool whole = true;

    verify.total = walk_take(memory, words);
    verify.taken = walk_take(memory, words);
    if (!verify.total || !verify.taken) {
        (void)tell(&verify, WORKFLOW_FINDING_TOO_LARGE);
        memory->used = used;
        return verify.verified;
    }
    check_gaps(&verify);
    check_undo(&verify);
    for (unsigned bodies = 1; bodies <= n && whole; bodies++)
        whole = verify_with(&verify, bodies, bodies == n);
    if (whole)
        check_dead(&verify);
    memory->used = used;
    return verify.verified;
}
