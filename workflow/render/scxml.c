/* https://www.w3.org/TR/scxml/: structure, events and guards. What SCXML has no word for goes into our own namespace,
   where tools that do not know it leave it alone. */
#include "workflow/render/page.h"

static const char *element_of(const struct workflow *wf, unsigned state)
{
    switch (wf->states[state].info.kind) {
    case WORKFLOW_STATE_PARALLEL:
        return "parallel";
    case WORKFLOW_STATE_FINAL:
        return "final";
    case WORKFLOW_STATE_HISTORY:
        return "history";
    default:
        return "state";
    }
}

/* Identifiers of SCXML are XML names: a path with dots is one. */
static void id(struct page *page, const char *attribute, unsigned state)
{
    page_write(page, " ", attribute, "=\"", page->wf->states[state].info.path, "\"", NULL);
}

static void attribute(struct page *page, const char *name, const char *value)
{
    page_write(page, " ", name, "=\"", NULL);
    page_xml(page, value);
    page_text(page, "\"");
}

static void event_attribute(struct page *page, const struct machine_transition *transition, unsigned number,
                            unsigned state)
{
    const struct workflow *wf = page->wf;

    for (unsigned i = 0; i < wf->n_timers; i++)
        if (wf->timers[i].transition == (int)number) {
            page_write(page, " event=\"timer.", wf->timers[i].info.key, "\"", NULL);
            return;
        }
    if (number >= wf->states[state].done.first &&
        number < (unsigned)wf->states[state].done.first + wf->states[state].done.n)
        page_write(page, " event=\"done.state.", wf->states[state].info.path, "\"", NULL);
    else if (transition->event >= 0)
        attribute(page, "event", wf->events[transition->event].key);
}

static void transition_write(struct page *page, unsigned number, unsigned state, unsigned depth)
{
    const struct workflow *wf = page->wf;
    const struct machine_transition *transition = &wf->transitions[number];
    bool raises = false;
    size_t length;

    page_indent(page, depth);
    page_text(page, "<transition");
    event_attribute(page, transition, number, state);
    if (transition->guard >= 0)
        attribute(page, "cond", workflow_expression_of(wf, transition->guard, &length));
    if (!transition->targetless) {
        page_text(page, " target=\"");
        for (unsigned i = 0; i < transition->targets.n; i++)
            page_write(page, i ? " " : "", wf->states[wf->targets[transition->targets.first + i]].info.path, NULL);
        page_text(page, "\"");
        if (transition->internal)
            page_text(page, " type=\"internal\"");
    }
    for (unsigned i = 0; i < wf->n_roles; i++)
        if (transition->roles >> i & 1) {
            page_write(page, raises ? " " : " oam:role=\"", wf->roles[i].key, NULL);
            raises = true;
        }
    page_text(page, raises ? "\"/>\n" : "/>\n");
}

/* What is raised on the way in decides where it goes: it belongs to the semantics. */
static void raises_write(struct page *page, const char *element, struct machine_span effects, unsigned depth)
{
    bool any = false;

    for (unsigned i = effects.first; i < (unsigned)effects.first + effects.n; i++) {
        if (page->wf->effects[i].kind != WORKFLOW_EFFECT_EMIT)
            continue;
        if (!any) {
            page_indent(page, depth);
            page_write(page, "<", element, ">", NULL);
        }
        any = true;
        page_text(page, "<raise");
        attribute(page, "event", page->wf->effects[i].word);
        page_text(page, "/>");
    }
    if (any)
        page_write(page, "</", element, ">\n", NULL);
}

static void history_write(struct page *page, unsigned number, unsigned depth)
{
    const struct machine_state *state = &page->wf->states[number];

    page_indent(page, depth);
    page_text(page, "<history");
    id(page, "id", number);
    page_write(page, state->deep ? " type=\"deep\">" : " type=\"shallow\">", "<transition", NULL);
    id(page, "target", (unsigned)state->recalls);
    page_text(page, "/></history>\n");
}

static void state_write(struct page *page, unsigned number, unsigned depth)
{
    const struct workflow *wf = page->wf;
    const struct machine_state *state = &wf->states[number];
    const char *element = element_of(wf, number);

    if (state->info.kind == WORKFLOW_STATE_HISTORY) {
        history_write(page, number, depth);
        return;
    }
    page_indent(page, depth);
    page_write(page, "<", element, NULL);
    id(page, "id", number);
    if (state->info.kind == WORKFLOW_STATE_COMPOUND && state->initial >= 0)
        id(page, "initial", (unsigned)state->initial);
    attribute(page, "oam:label", page_label(page, number));
    page_write(page, " oam:phase=\"", workflow_phase_key(state->info.phase), "\"", NULL);
    if (state->info.kind == WORKFLOW_STATE_EACH)
        attribute(page, "oam:each", wf->fields[wf->eaches[state->each].field].key);
    page_text(page, ">\n");
    raises_write(page, "onentry", state->entering, depth + 1);
    raises_write(page, "onexit", state->leaving, depth + 1);
    for (unsigned i = 0; i < wf->n_transitions; i++)
        if (wf->transitions[i].source == (int)number)
            transition_write(page, i, number, depth + 1);
    for (unsigned i = number + 1; i < state->end; i = wf->states[i].end)
        state_write(page, i, depth + 1);
    page_indent(page, depth);
    page_write(page, "</", element, ">\n", NULL);
}

void scxml_write(struct page *page)
{
    const struct workflow *wf = page->wf;

    page_text(page, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<scxml xmlns=\"http://www.w3.org/2005/07/scxml\" "
                    "xmlns:oam=\"urn:oam:workflow:1\" version=\"1.0\" datamodel=\"null\"");
    attribute(page, "name", wf->key);
    id(page, "initial", (unsigned)wf->initial);
    page_text(page, ">\n");
    for (unsigned i = 0; i < wf->n_states; i = wf->states[i].end)
        state_write(page, i, 1);
    page_text(page, "</scxml>\n");
}
