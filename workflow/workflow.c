/* What a definition says: look-ups, no decisions. */
#include "workflow/workflow.h"

#include <string.h>

#include "workflow/assignment.h"
#include "workflow/machine.h"

const char *workflow_key(const struct workflow *wf)
{
    return wf->key;
}

int workflow_version(const struct workflow *wf)
{
    return wf->version;
}

const struct workflow_text *workflow_title(const struct workflow *wf)
{
    return &wf->title;
}

const struct workflow_text *workflow_note(const struct workflow *wf)
{
    return wf->has_note ? &wf->note : NULL;
}

const char *workflow_phase_key(enum workflow_phase phase)
{
    static const char *const keys[] = {
        [WORKFLOW_PHASE_DRAFT] = "draft",
        [WORKFLOW_PHASE_INTAKE] = "intake",
        [WORKFLOW_PHASE_STUDY] = "study",
        [WORKFLOW_PHASE_DECISION] = "decision",
        [WORKFLOW_PHASE_WAITING] = "waiting",
        [WORKFLOW_PHASE_EXECUTION] = "execution",
        [WORKFLOW_PHASE_JUSTIFICATION] = "justification",
        [WORKFLOW_PHASE_END] = "end",
    };
    return keys[phase];
}

size_t workflow_state_count(const struct workflow *wf)
{
    return wf->n_states;
}

const struct workflow_state_info *workflow_state(const struct workflow *wf, unsigned state)
{
    return state < wf->n_states ? &wf->states[state].info : NULL;
}

unsigned workflow_initial(const struct workflow *wf)
{
    return (unsigned)wf->initial;
}

bool workflow_state_find(const struct workflow *wf, const char *key, unsigned *ret_state)
{
    for (unsigned i = 0; i < wf->n_states; i++) {
        if (strcmp(wf->states[i].info.key, key) != 0 && strcmp(wf->states[i].info.path, key) != 0)
            continue;
        if (ret_state)
            *ret_state = i;
        return true;
    }
    return false;
}

size_t workflow_role_count(const struct workflow *wf)
{
    return wf->n_roles;
}

const struct workflow_role_info *workflow_role(const struct workflow *wf, unsigned role)
{
    return role < wf->n_roles ? &wf->roles[role] : NULL;
}

bool workflow_role_find(const struct workflow *wf, const char *key, unsigned *ret_role)
{
    for (unsigned i = 0; i < wf->n_roles; i++) {
        if (strcmp(wf->roles[i].key, key) != 0)
            continue;
        if (ret_role)
            *ret_role = i;
        return true;
    }
    return false;
}

size_t workflow_field_count(const struct workflow *wf)
{
    return wf->n_fields;
}

const struct workflow_field_info *workflow_field(const struct workflow *wf, unsigned field)
{
    return field < wf->n_fields ? &wf->fields[field] : NULL;
}

bool workflow_field_find(const struct workflow *wf, const char *key, unsigned *ret_field)
{
    for (unsigned i = 0; i < wf->n_fields; i++) {
        if (strcmp(wf->fields[i].key, key) != 0)
            continue;
        if (ret_field)
            *ret_field = i;
        return true;
    }
    return false;
}

const char *workflow_field_type_key(enum workflow_field_type type)
{
    static const char *const keys[] = {
        [WORKFLOW_FIELD_STRING] = "string", [WORKFLOW_FIELD_INT] = "int",   [WORKFLOW_FIELD_CENTS] = "cents",
        [WORKFLOW_FIELD_BOOL] = "bool",     [WORKFLOW_FIELD_DATE] = "date", [WORKFLOW_FIELD_INSTANT] = "instant",
        [WORKFLOW_FIELD_ENUM] = "enum",     [WORKFLOW_FIELD_DOC] = "doc",   [WORKFLOW_FIELD_DOCS] = "docs",
        [WORKFLOW_FIELD_REF] = "ref",       [WORKFLOW_FIELD_LIST] = "list",
    };
    return keys[type];
}

size_t workflow_event_count(const struct workflow *wf)
{
    return wf->n_events;
}

const char *workflow_event_key(const struct workflow *wf, unsigned event)
{
    return event < wf->n_events ? wf->events[event].key : NULL;
}

bool workflow_event_find(const struct workflow *wf, const char *key, unsigned *ret_event)
{
    for (unsigned i = 0; i < wf->n_events; i++) {
        if (strcmp(wf->events[i].key, key) != 0)
            continue;
        if (ret_event)
            *ret_event = i;
        return true;
    }
    return false;
}

static const struct workflow_text *own_label(const struct workflow *wf, unsigned state, unsigned event)
{
    struct machine_span span = machine_span_of(wf, state, (int)event);
    int vote = wf->states[state].vote;

    if (span.n)
        return &wf->transitions[span.first].label;
    return vote >= 0 && wf->votes[vote].event == (int)event ? &wf->votes[vote].label : NULL;
}

const struct workflow_text *workflow_event_label(const struct workflow *wf, unsigned state, const char *event)
{
    const struct workflow_text *label = NULL;
    unsigned number;

    if (state >= wf->n_states || !workflow_event_find(wf, event, &number))
        return NULL;
    for (int at = (int)state; at >= 0 && !label; at = wf->states[at].info.parent)
        label = own_label(wf, (unsigned)at, number);
    for (unsigned i = state + 1; i < wf->n_states && !label; i++)
        if (wf->states[state].inside.word[i / 64] >> i % 64 & 1)
            label = own_label(wf, i, number);
    return label;
}

const struct workflow_policy *workflow_policy_find(const struct workflow *wf, const char *key)
{
    for (size_t i = 0; i < wf->n_policies; i++)
        if (strcmp(wf->policies[i]->key, key) == 0)
            return wf->policies[i];
    return NULL;
}

const struct workflow_policy *workflow_policy_at(const struct workflow *wf, unsigned number)
{
    return number < wf->n_policies ? wf->policies[number] : NULL;
}
