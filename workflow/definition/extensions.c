/* Terms that are extended: by whom, and why (Llei 39/2015 art. 32 and 35.1.e). By how much is effects.c's. */
#include "workflow/definition/reader.h"

static bool says_why(const struct workflow *wf, uint64_t fields)
{
    for (unsigned i = 0; i < wf->n_fields; i++)
        if ((fields >> i & 1) &&
            (wf->fields[i].type == WORKFLOW_FIELD_STRING || wf->fields[i].type == WORKFLOW_FIELD_DOC))
            return true;
    return false;
}

/* Returns the clocks that a list of effects extends, and has `at` name the last of these. */
static uint16_t extended_in(const struct reader *reader, struct machine_span effects, struct place *at)
{
    uint16_t clocks = 0;

    for (size_t i = 0; i < effects.n; i++) {
        const struct workflow_effect_info *info = &reader->draft->effects[effects.first + i];
        if (info->kind != WORKFLOW_EFFECT_CLOCK_EXTEND || info->clock < 0)
            continue;
        at->index = i;
        if (clocks >> info->clock & 1)
            report_fault(reader->report, at, "duplicate_item", "A term is extended once");
        clocks |= (uint16_t)(1u << info->clock);
    }
    return clocks;
}

static void link_transition(struct reader *reader, unsigned number)
{
    struct machine_transition *transition = &reader->draft->transitions[number];
    struct place places[3], list = {transition_place(reader, number, places), "do", 0}, at = {&list, NULL, 0};

    transition->extends = extended_in(reader, transition->effects, &at);
    if (!transition->extends)
        return;
    for (unsigned i = 0; i < reader->wf->n_clocks; i++)
        reader->draft->clocks[i].extendable = reader->draft->clocks[i].extendable || (transition->extends >> i & 1);
    if (transition->trigger != WORKFLOW_BY_EVENT || transition->roles == 0)
        report_fault(reader->report, &at, "misplaced_effect",
                     "A term is extended by the decision of somebody: by an event that has a role");
    else if (!says_why(reader->wf, transition->require))
        report_fault(
            reader->report, list.up, "extension_without_reason",
            "Who extends a term says why (Llei 39/2015 art. 35.1.e): require a field that is a text or a document");
}

static void link_state(struct reader *reader, unsigned number, const char *member, struct machine_span effects)
{
    struct place list = {&reader->draft->said[number].place, member, 0}, at = {&list, NULL, 0};

    if (extended_in(reader, effects, &at))
        report_fault(reader->report, &at, "misplaced_effect",
                     "A term is extended by the decision of somebody: under \"do\" of an event that has a role");
}

void link_extensions(struct reader *reader)
{
    for (unsigned i = 0; i < reader->wf->n_transitions; i++)
        link_transition(reader, i);
    for (unsigned i = 0; i < reader->wf->n_states; i++) {
        link_state(reader, i, "entry", reader->draft->states[i].entering);
        link_state(reader, i, "exit", reader->draft->states[i].leaving);
    }
}
