/* What is asked of a walk: can it end, is everything alive, does everybody who waits wait for something, and the
   definition's own assertions. */
#include <string.h>

#include "workflow/verify/report.h"

const char *workflow_finding_key(enum workflow_finding_kind kind)
{
    static const char *const keys[WORKFLOW_FINDING_KINDS] = {
        "dead_state",     "dead_transition",   "no_end",      "gap",     "restless",        "too_much",
        "waits_for_ever", "clock_not_started", "timer_spins", "no_undo", "extends_nothing", "assert",
        "too_large",
    };
    return (unsigned)kind < WORKFLOW_FINDING_KINDS ? keys[kind] : "";
}

/* ---- groups of automatic transitions ---- */

static bool is_total(const struct workflow *wf, const struct workflow_memory *memory, struct machine_span group)
{
    const struct workflow_expression *guards[32];
    struct workflow_memory scratch = *memory;
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

static void mark_total(const struct workflow *wf, const struct workflow_memory *memory, struct machine_span group,
                       uint64_t *total)
{
    unsigned last = (unsigned)group.first + group.n - 1;

    if (group.n && is_total(wf, memory, group))
        total[last / 64] |= UINT64_C(1) << (last % 64);
}

void walk_mark_total(const struct workflow *wf, const struct workflow_memory *memory, uint64_t *total)
{
    for (unsigned i = 0; i < wf->n_states; i++) {
        mark_total(wf, memory, wf->states[i].always, total);
        mark_total(wf, memory, wf->states[i].done, total);
    }
}

/* A state that is there to be left at once must be left whatever the data say. */
static void check_gaps(struct verify *verify)
{
    const struct workflow *wf = verify->wf;

    for (unsigned i = 0; i < wf->n_states; i++) {
        const struct machine_state *state = &wf->states[i];
        bool gate = state->always.n && state->own.n == 0 && state->timers.n == 0 && state->vote < 0;
        if ((gate && !is_total(wf, verify->memory, state->always)) || !is_total(wf, verify->memory, state->done)) {
            struct workflow_finding *finding = report_finding(verify, WORKFLOW_FINDING_GAP);
            if (finding)
                finding->state = (int)i;
        }
    }
}

static bool has(struct machine_span span, unsigned number)
{
    return number >= span.first && number < (unsigned)span.first + span.n;
}

/* The state that an effect belongs to. */
static int owner_of(const struct workflow *wf, unsigned effect)
{
    for (unsigned i = 0; i < wf->n_transitions; i++)
        if (has(wf->transitions[i].effects, effect))
            return wf->transitions[i].source;
    for (unsigned i = 0; i < wf->n_states; i++)
        if (has(wf->states[i].entering, effect) || has(wf->states[i].leaving, effect))
            return (int)i;
    return MACHINE_NONE;
}

static void check_undo(struct verify *verify)
{
    for (unsigned i = 0; i < verify->wf->n_effects; i++) {
        const struct workflow_effect_info *effect = &verify->wf->effects[i];
        struct workflow_finding *finding;
        if ((effect->kind != WORKFLOW_EFFECT_RESERVE && effect->kind != WORKFLOW_EFFECT_PAY) || effect->undo >= 0)
            continue;
        finding = report_finding(verify, WORKFLOW_FINDING_NO_UNDO);
        if (!finding)
            continue;
        finding->effect = (int)i;
        finding->state = owner_of(verify->wf, i);
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
        finding = report_finding(verify, WORKFLOW_FINDING_CLOCK_NOT_STARTED);
        if (!finding)
            continue;
        finding->state = (int)timer->state;
        finding->timer = (int)i;
        finding->clock = (int)timer->clock;
        report_way(finding, walk, at);
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
    finding = report_finding(verify, WORKFLOW_FINDING_TIMER_SPINS);
    if (!finding)
        return;
    finding->state = (int)timer->state;
    finding->timer = (int)cause.number;
    finding->clock = (int)timer->clock;
    report_way_and(finding, walk, from, cause);
}

/* What of a step is left of an extension: a clock that starts anew has forgotten it, and one that stops needs none. */
static uint16_t extended_by(const struct workflow_out *out)
{
    uint16_t clocks = 0;

    for (unsigned i = 0; i < out->n_clocks; i++) {
        const uint16_t bit = (uint16_t)(1u << out->clocks[i].clock);
        if (out->clocks[i].kind == WORKFLOW_CLOCK_EXTEND)
            clocks |= bit;
        else if (out->clocks[i].kind == WORKFLOW_CLOCK_START || out->clocks[i].kind == WORKFLOW_CLOCK_STOP)
            clocks &= (uint16_t)~bit;
    }
    return clocks;
}

static void look_at_extensions(struct verify *verify, const struct walk *walk, int32_t from,
                               struct workflow_cause cause, const struct workflow_out *out)
{
    const uint16_t extended = extended_by(out);

    for (unsigned i = 0; i < out->n_taken; i++) {
        const struct machine_transition *transition = &verify->wf->transitions[out->taken[i]];
        const uint16_t lost = transition->extends & (uint16_t) ~(extended | verify->told_extension);
        struct workflow_finding *finding;
        if (!lost)
            continue;
        verify->told_extension |= lost;
        finding = report_finding(verify, WORKFLOW_FINDING_EXTENDS_NOTHING);
        if (!finding)
            continue;
        finding->state = transition->source;
        finding->transition = (int)out->taken[i];
        finding->clock = __builtin_ctz(lost);
        report_way_and(finding, walk, from, cause);
    }
}

static void look(void *context, const struct walk *walk, int32_t from, struct workflow_cause cause,
                 const struct workflow_out *out, int32_t to)
{
    look_at_timers(context, walk, to);
    if (from >= 0)
        look_for_spin(context, walk, from, cause, out, to);
    if (from >= 0)
        look_at_extensions(context, walk, from, cause, out);
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
        finding = report_finding(verify, WORKFLOW_FINDING_DEAD_STATE);
        if (finding)
            finding->state = (int)i;
    }
    for (unsigned i = 0; i < wf->n_transitions; i++) {
        struct workflow_finding *finding;
        if ((verify->taken[i / 64] >> (i % 64) & 1) || is_told(verify, &wf->transitions[i]))
            continue;
        finding = report_finding(verify, WORKFLOW_FINDING_DEAD_TRANSITION);
        if (!finding)
            continue;
        finding->state = wf->transitions[i].source;
        finding->transition = (int)i;
    }
}

/* ---- all of it ---- */

static void check_fault(struct verify *verify, const struct walk *walk)
{
    struct workflow_finding *finding;

    if (walk->fault == WORKFLOW_SOUND || verify->told_fault)
        return;
    verify->told_fault = true;
    finding = report_finding(verify, walk->fault == WORKFLOW_FAULT_RESTLESS ? WORKFLOW_FINDING_RESTLESS
                                                                            : WORKFLOW_FINDING_TOO_MUCH);
    if (!finding || walk->fault_at < 0)
        return;
    finding->state = (int)workflow_principal(verify->wf, &walk->nodes[walk->fault_at].key.configuration);
    report_way_and(finding, walk, walk->fault_at, walk->fault_cause);
}

static bool verify_with(struct verify *verify, unsigned n_bodies, bool last)
{
    struct workflow_memory memory = *verify->memory;
    struct walk walk = {.wf = verify->wf,
                        .memory = &memory,
                        .n_bodies = n_bodies,
                        .forbidden = WALK_NONE,
                        .steps_max = report_steps_left(verify),
                        .total = verify->total,
                        .look = look,
                        .context = verify};
    struct workflow_memory outer = *verify->memory;

    const bool begun = walk_all(&walk);
    verify->verified.steps += walk.steps;
    if (!begun || walk.full) {
        (void)report_finding(verify, WORKFLOW_FINDING_TOO_LARGE);
        return false;
    }
    if (verify->verified.configurations < walk.n_nodes)
        verify->verified.configurations = (unsigned)walk.n_nodes;
    verify->entered = states_or(verify->entered, walk.entered);
    for (unsigned i = 0; i <= verify->wf->n_transitions / 64u; i++)
        verify->taken[i] |= walk.taken[i];
    check_fault(verify, &walk);
    check_waiting(verify, &walk);
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
        (void)report_finding(&verify, WORKFLOW_FINDING_TOO_LARGE);
        memory->used = used;
        return verify.verified;
    }
    walk_mark_total(wf, memory, verify.total);
    check_gaps(&verify);
    check_undo(&verify);
    for (unsigned bodies = 1; bodies <= n && whole; bodies++)
        whole = verify_with(&verify, bodies, bodies == n);
    if (whole)
        check_dead(&verify);
    memory->used = used;
    return verify.verified;
}
