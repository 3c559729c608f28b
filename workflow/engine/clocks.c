/* Clocks are outside: a step only says what happens to them. They stand still while a state that pauses them is active.
 */
#include "workflow/engine/run.h"

uint16_t clocks_paused(const struct workflow *wf, const struct workflow_states *configuration)
{
    struct workflow_states pausing = states_and(*configuration, wf->pausing);
    uint16_t paused = 0;

    while (!states_none(pausing))
        paused |= wf->states[states_take_first(&pausing)].pauses;
    return paused;
}

bool workflow_clock_held(const struct workflow *wf, const struct workflow_instance *instance, unsigned clock,
                         unsigned *ret_state)
{
    struct workflow_states pausing = states_and(instance->configuration, wf->pausing);

    while (instance->clocks >> clock & 1 && !states_none(pausing)) {
        unsigned state = states_take_first(&pausing);
        if (wf->states[state].pauses >> clock & 1) {
            *ret_state = state;
            return true;
        }
    }
    return false;
}

static void note(struct run *run, struct workflow_clock_change change)
{
    if (run->out->n_clocks == WORKFLOW_CLOCK_CHANGES_MAX)
        run_fail(run, WORKFLOW_FAULT_TOO_MUCH);
    else
        run->out->clocks[run->out->n_clocks++] = change;
}

void clocks_change(struct run *run, unsigned clock, enum workflow_clock_kind kind)
{
    uint16_t bit = (uint16_t)(1u << clock);

    if (kind == WORKFLOW_CLOCK_START) {
        run->now->clocks |= bit;
        run->restarted |= bit;
    } else if (kind == WORKFLOW_CLOCK_STOP) {
        if (!(run->now->clocks & bit))
            return;
        run->now->clocks &= (uint16_t)~bit;
    }
    note(run, (struct workflow_clock_change){.clock = (uint8_t)clock, .kind = (uint8_t)kind});
}

/* ---- extensions: once, before its end, by half of it at most (Llei 39/2015 art. 32) ---- */

/* By how much; 0 where that is more than half of the term, or nothing. */
static int32_t amount_of(struct run *run, const struct workflow_effect_info *info, unsigned state)
{
    const int32_t half = workflow_span_half(run->wf->clocks[info->clock].budget);
    struct workflow_value amount;

    if (info->amount < 0 || run->choices)
        return info->amount < 0 ? info->by : half;
    amount = run_evaluate(run, info->amount, 0, state, WORKFLOW_TRACE_ARGUMENT);
    return amount.kind == WORKFLOW_KIND_INT && amount.integer >= 1 && amount.integer <= half ? (int32_t)amount.integer
                                                                                             : 0;
}

void clocks_judge(struct run *run, const struct machine_transition *transition, struct workflow_reasons *reasons)
{
    const bool told = (transition->require & ~run->world->fields_present) == 0;

    if (transition->extends & ~run->now->clocks)
        reasons->why |= WORKFLOW_REASON_TERM_IDLE;
    if (transition->extends & run->now->clocks & run->world->clocks_over)
        reasons->why |= WORKFLOW_REASON_TERM_OVER;
    if (transition->extends & run->now->clocks & run->world->clocks_extended)
        reasons->why |= WORKFLOW_REASON_TERM_EXTENDED;
    for (unsigned i = 0; told && i < transition->effects.n; i++) {
        const struct workflow_effect_info *info = &run->wf->effects[transition->effects.first + i];
        if (info->kind == WORKFLOW_EFFECT_CLOCK_EXTEND && amount_of(run, info, (unsigned)transition->source) == 0)
            reasons->why |= WORKFLOW_REASON_TERM_HALF;
    }
}

void clocks_extend(struct run *run, const struct workflow_effect_info *info, unsigned state)
{
    const uint16_t bit = (uint16_t)(1u << info->clock);
    int32_t amount;

    if (!(run->now->clocks & bit) || (run->extended & bit))
        return;
    amount = amount_of(run, info, state);
    if (amount == 0) {
        run_fail(run, WORKFLOW_FAULT_EXPRESSION);
        return;
    }
    run->extended |= bit;
    note(run, (struct workflow_clock_change){(uint8_t)info->clock, WORKFLOW_CLOCK_EXTEND, amount});
}

void clocks_settle(struct run *run, const struct workflow_instance *before)
{
    uint16_t stood = 0, stands;

    for (unsigned clock = 0; run->now->finished && clock < run->wf->n_clocks; clock++)
        clocks_change(run, clock, WORKFLOW_CLOCK_STOP);
    if (before)
        stood = (uint16_t)(before->clocks & clocks_paused(run->wf, &before->configuration) & ~run->restarted);
    stands = run->now->clocks & clocks_paused(run->wf, &run->now->configuration);
    for (unsigned clock = 0; (stands ^ stood) >> clock; clock++) {
        unsigned bit = 1u << clock;
        if (stands & ~stood & bit)
            clocks_change(run, clock, WORKFLOW_CLOCK_PAUSE);
        else if (stood & ~stands & run->now->clocks & bit)
            clocks_change(run, clock, WORKFLOW_CLOCK_RESUME);
    }
}
