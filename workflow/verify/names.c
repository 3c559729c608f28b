/* What findings are about, by name. */
#include "workflow/verify.h"
#include "workflow/machine.h"

const char *workflow_assert_key(const struct workflow *wf, unsigned number)
{
    return number < wf->n_asserts ? wf->asserts[number].key : NULL;
}

static const char *word(const struct workflow_text *label, enum workflow_language language)
{
    return label->in[language] && *label->in[language] ? label->in[language] : NULL;
}

const char *workflow_event_name(const struct workflow *wf, unsigned event, enum workflow_language language)
{
    const char *label;

    for (unsigned i = 0; i < wf->n_transitions; i++)
        if (wf->transitions[i].event == (int)event && (label = word(&wf->transitions[i].label, language)) != NULL)
            return label;
    return workflow_event_key(wf, event);
}

const char *workflow_transition_name(const struct workflow *wf, unsigned transition, enum workflow_language language)
{
    const struct machine_transition *named = transition < wf->n_transitions ? &wf->transitions[transition] : NULL;

    if (!named)
        return NULL;
    for (unsigned i = 0; i < wf->n_timers; i++)
        if (wf->timers[i].transition == (int)transition)
            return wf->timers[i].info.key;
    if (word(&named->label, language))
        return word(&named->label, language);
    if (named->event >= 0)
        return workflow_event_key(wf, (unsigned)named->event);
    return named->targets.n ? wf->states[wf->targets[named->targets.first]].info.label.in[language] : NULL;
}
