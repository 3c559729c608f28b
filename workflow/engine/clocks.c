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
    if (run->out->n_clocks == WORKFLOW_CLOCK_CHANGES_MAX)
        run_fail(run, WORKFLOW_FAULT_TOO_MUCH);
    else
        run->out->clocks[run->out->n_clocks++] = (struct workflow_clock_change){(uint8_t)clock, (uint8_t)kind};
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
