/* What findings are about, by name. */
#include <string.h>

#include "workflow/verify.h"
#include "workflow/machine.h"

const char *workflow_assert_key(const struct workflow *wf, unsigned number)
{
    return number < wf->n_asserts ? wf->asserts[number].key : NULL;
}

/* A way that has no label of its own is labelled with the key. */
const char *workflow_event_name(const struct workflow *wf, unsigned event, enum workflow_language language)
{
    const char *key = workflow_event_key(wf, event);

    for (unsigned i = 0; i < wf->n_transitions; i++)
        if (wf->transitions[i].event == (int)event && strcmp(wf->transitions[i].label.in[language], key) != 0)
            return wf->transitions[i].label.in[language];
    return key;
}

const char *workflow_timer_name(const struct workflow *wf, unsigned timer, enum workflow_language language)
{
    const struct workflow_timer_info *info = workflow_timer_info(wf, timer);
    const char *label = info ? info->label.in[language] : NULL;

    return label || !info ? label : info->key;
}

const char *workflow_transition_name(const struct workflow *wf, unsigned transition, enum workflow_language language)
{
    const struct machine_transition *named = transition < wf->n_transitions ? &wf->transitions[transition] : NULL;

    if (!named)
        return NULL;
    for (unsigned i = 0; i < wf->n_timers; i++)
        if (wf->timers[i].transition == (int)transition)
            return workflow_timer_name(wf, i, language);
    if (named->event >= 0)
        return named->label.in[language];
    return named->targets.n ? wf->states[wf->targets[named->targets.first]].info.label.in[language] : NULL;
}
