/* Effects are data: what is to be done, in order, by whoever carries the step out. */
#include <string.h>

#include "workflow/engine/run.h"

static struct workflow_effect *add(struct run *run, const struct workflow_effect_info *info, unsigned state)
{
    struct workflow_out *out = run->out;
    struct workflow_effect *effect;

    if (out->n_effects == WORKFLOW_EFFECTS_MAX) {
        run_fail(run, WORKFLOW_FAULT_TOO_MUCH);
        return NULL;
    }
    effect = &out->effects[out->n_effects];
    effect->info = info;
    effect->ordinal = (uint16_t)out->n_effects++;
    effect->state = (uint8_t)state;
    effect->resumed = effect->undoing = false;
    effect->body = run->body;
    effect->amount = 0;
    return effect;
}

static bool same_word(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* What is taken back by hand is not taken back again at the end: the latest of its kind. */
static void forget_undo(struct run *run, const struct workflow_effect_info *info)
{
    struct workflow_instance *now = run->now;

    for (unsigned i = now->n_undo; i > 0; i--) {
        const struct workflow_effect_info *done = &run->wf->effects[now->undo[i - 1]];
        if (done->undo != (int)info->kind || !same_word(done->word, info->word))
            continue;
        memmove(&now->undo[i - 1], &now->undo[i], (now->n_undo - i) * sizeof(now->undo[0]));
        now->n_undo--;
        return;
    }
}

static void remember_undo(struct run *run, unsigned number)
{
    if (run->now->n_undo == WORKFLOW_UNDO_MAX)
        run_fail(run, WORKFLOW_FAULT_TOO_MUCH);
    else
        run->now->undo[run->now->n_undo++] = (uint16_t)number;
}

static void add_amount(struct run *run, struct workflow_effect *effect)
{
    struct workflow_value amount;

    if (run->choices)
        return;
    amount = run_evaluate(run, effect->info->amount, 0, effect->state, WORKFLOW_TRACE_ARGUMENT);

    effect->amount = amount.integer;
    if (amount.kind != WORKFLOW_KIND_INT)
        run_fail(run, WORKFLOW_FAULT_EXPRESSION);
}

static void do_outside(struct run *run, unsigned number, unsigned state, bool resumed)
{
    const struct workflow_effect_info *info = &run->wf->effects[number];
    struct workflow_effect *effect;

    if (resumed && info->kind != WORKFLOW_EFFECT_TASK && info->kind != WORKFLOW_EFFECT_EMIT)
        return;
    effect = add(run, info, state);
    if (!effect)
        return;
    effect->resumed = resumed;
    if (info->amount >= 0)
        add_amount(run, effect);
    if (run->now->n_undo)
        forget_undo(run, info);
    if (info->undo >= 0)
        remember_undo(run, number);
    if (info->kind == WORKFLOW_EFFECT_EMIT)
        run_raise(run, false, (unsigned)info->event);
}

static void do_set(struct run *run, const struct workflow_effect_info *info, unsigned state)
{
    struct workflow_value value = run_evaluate(run, info->amount, 0, state, WORKFLOW_TRACE_SET);

    if (value.kind == WORKFLOW_KIND_ERROR)
        run_fail(run, WORKFLOW_FAULT_EXPRESSION);
    else
        run_set(run, (unsigned)info->field, value);
}

static RUN_RARE void do_more(struct run *run, unsigned number, unsigned state, bool resumed)
{
    const struct workflow_effect_info *info = &run->wf->effects[number];

    if (info->kind == WORKFLOW_EFFECT_CLOCK_START) {
        if (!resumed || !(run->now->clocks >> info->clock & 1))
            clocks_change(run, (unsigned)info->clock, WORKFLOW_CLOCK_START);
    } else if (info->kind == WORKFLOW_EFFECT_CLOCK_STOP) {
        clocks_change(run, (unsigned)info->clock, WORKFLOW_CLOCK_STOP);
    } else if (info->kind == WORKFLOW_EFFECT_CLOCK_EXTEND) {
        clocks_extend(run, info, state);
    } else if (info->kind == WORKFLOW_EFFECT_SET) {
        do_set(run, info, state);
    } else {
        do_outside(run, number, state, resumed);
    }
}

/*
 * What comes back by a history was done already: tasks go on, clocks run on, nothing outside is done twice. Only what
 * stays inside is done anew, events raised and fields set: control flow is SCXML's.
 */
void effects_do(struct run *run, struct machine_span effects, unsigned state, bool resumed)
{
    for (unsigned i = effects.first; i < (unsigned)effects.first + effects.n; i++) {
        const struct workflow_effect_info *info = &run->wf->effects[i];
        if (info->plain && !resumed && run->now->n_undo == 0)
            add(run, info, state);
        else
            do_more(run, i, state, resumed);
    }
}

void effects_undo(struct run *run, unsigned state)
{
    struct workflow_instance *now = run->now;

    while (now->n_undo > 0) {
        struct workflow_effect *effect = add(run, &run->wf->effects[now->undo[--now->n_undo]], state);
        if (!effect)
            return;
        effect->undoing = true;
        if (effect->info->amount >= 0)
            add_amount(run, effect);
    }
}

void effects_set(struct run *run, unsigned number)
{
    const struct machine_transition *transition = &run->wf->transitions[number];

    for (unsigned i = 0; i < transition->sets.n && !run->choices; i++) {
        const struct machine_set *set = &run->wf->sets[transition->sets.first + i];
        struct workflow_value value =
            run_evaluate(run, set->expression, number, (unsigned)transition->source, WORKFLOW_TRACE_SET);
        if (value.kind == WORKFLOW_KIND_ERROR)
            run_fail(run, WORKFLOW_FAULT_EXPRESSION);
        else
            run_set(run, set->field, value);
    }
}

void run_raise(struct run *run, bool done, unsigned number)
{
    if (run->queued == RUN_QUEUE_MAX)
        run_fail(run, WORKFLOW_FAULT_TOO_MUCH);
    else
        run->queue[run->queued++] = (struct run_raised){done, (uint16_t)number};
}

void effects_assign(struct run *run, unsigned effect, unsigned state)
{
    (void)add(run, &run->wf->effects[effect], state);
}
