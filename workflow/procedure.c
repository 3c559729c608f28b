/* What a definition says beyond states, roles and fields: look-ups, no decisions. */
#include "workflow/procedure.h"

#include <string.h>

#include "workflow/machine.h"

const struct workflow_calendar_info *workflow_calendar_info(const struct workflow *wf, unsigned calendar)
{
    return calendar < wf->n_calendars ? &wf->calendars[calendar] : NULL;
}

size_t workflow_clock_count(const struct workflow *wf)
{
    return wf->n_clocks;
}

const struct workflow_clock_info *workflow_clock_info(const struct workflow *wf, unsigned clock)
{
    return clock < wf->n_clocks ? &wf->clocks[clock] : NULL;
}

bool workflow_clock_find(const struct workflow *wf, const char *key, unsigned *ret_clock)
{
    for (unsigned i = 0; i < wf->n_clocks; i++) {
        if (strcmp(wf->clocks[i].key, key) != 0)
            continue;
        if (ret_clock)
            *ret_clock = i;
        return true;
    }
    return false;
}

size_t workflow_timer_count(const struct workflow *wf)
{
    return wf->n_timers;
}

const struct workflow_timer_info *workflow_timer_info(const struct workflow *wf, unsigned timer)
{
    return timer < wf->n_timers ? &wf->timers[timer].info : NULL;
}

bool workflow_timer_find(const struct workflow *wf, const char *key, unsigned *ret_timer)
{
    for (unsigned i = 0; i < wf->n_timers; i++) {
        if (strcmp(wf->timers[i].info.key, key) != 0)
            continue;
        if (ret_timer)
            *ret_timer = i;
        return true;
    }
    return false;
}

static int timer_of(const struct workflow *wf, int transition)
{
    for (int i = 0; i < wf->n_timers; i++)
        if (wf->timers[i].transition == transition)
            return i;
    return MACHINE_NONE;
}

bool workflow_transition_info(const struct workflow *wf, unsigned number, struct workflow_transition_info *ret)
{
    const struct machine_transition *transition;

    if (number >= wf->n_transitions)
        return false;
    transition = &wf->transitions[number];
    *ret = (struct workflow_transition_info){
        .by = (enum workflow_trigger)transition->trigger,
        .from = (unsigned)transition->source,
        .to = &wf->targets[transition->targets.first],
        .n_to = transition->targets.n,
        .event = transition->event,
        .timer = transition->trigger == WORKFLOW_BY_TIMER ? timer_of(wf, (int)number) : MACHINE_NONE,
        .guard = transition->guard,
        .label = transition->label,
        .roles = transition->roles,
        .require = transition->require,
    };
    return true;
}

const struct workflow_panel_info *workflow_panel_info(const struct workflow *wf, unsigned panel)
{
    return panel < wf->n_panels ? &wf->panels[panel].info : NULL;
}

size_t workflow_vote_count(const struct workflow *wf)
{
    return wf->n_votes;
}

bool workflow_vote_info(const struct workflow *wf, unsigned vote, struct workflow_vote_info *ret)
{
    if (vote >= wf->n_votes)
        return false;
    *ret = (struct workflow_vote_info){.state = wf->votes[vote].state,
                                       .panel = wf->votes[vote].panel,
                                       .event = (unsigned)wf->votes[vote].event,
                                       .label = wf->votes[vote].label};
    return true;
}

bool workflow_participants(const struct workflow *wf, unsigned *ret_field)
{
    if (wf->n_eaches == 0)
        return false;
    *ret_field = wf->eaches[0].field;
    return true;
}

const char *workflow_effect_key(enum workflow_effect_kind kind)
{
    static const char *const keys[WORKFLOW_EFFECT_KINDS] = {
        [WORKFLOW_EFFECT_TASK] = "task",
        [WORKFLOW_EFFECT_NOTIFY] = "notify",
        [WORKFLOW_EFFECT_DOCUMENT] = "document",
        [WORKFLOW_EFFECT_REGISTER] = "register",
        [WORKFLOW_EFFECT_RESERVE] = "reserve",
        [WORKFLOW_EFFECT_RELEASE] = "release",
        [WORKFLOW_EFFECT_PAY] = "pay",
        [WORKFLOW_EFFECT_CLAW] = "claw",
        [WORKFLOW_EFFECT_ACTION] = "action",
        [WORKFLOW_EFFECT_RECORD] = "record",
        [WORKFLOW_EFFECT_CALL] = "call",
        [WORKFLOW_EFFECT_EMIT] = "emit",
        [WORKFLOW_EFFECT_CLOCK_START] = "clock_start",
        [WORKFLOW_EFFECT_CLOCK_STOP] = "clock_stop",
        [WORKFLOW_EFFECT_CLOCK_EXTEND] = "clock_extend",
        [WORKFLOW_EFFECT_ASSIGN] = "assign",
        [WORKFLOW_EFFECT_SET] = "set",
    };
    return keys[kind];
}

const char *workflow_expression_of(const struct workflow *wf, int expression, size_t *ret_length)
{
    if (expression < 0 || expression >= (int)wf->n_expressions)
        return NULL;
    return workflow_expression_text(wf->expressions[expression], ret_length);
}

int workflow_witness_event(const struct workflow *wf, unsigned witness)
{
    return witness < wf->n_witnesses ? wf->witnesses[witness] : -1;
}
