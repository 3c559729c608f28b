/* https://www.w3.org/TR/scxml/: structure, events, guards, what is raised and what is set; the data model is our
   expressions. What SCXML has no word for goes into our own namespace, where tools that do not know it leave it alone.
 */
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

/* A path with - for its dots: SCXML reads done.state.a as the beginning of done.state.a.b, so that a would hear of b.
 */
static void path(struct page *page, unsigned state)
{
    for (const char *at = page->wf->states[state].info.path; *at; at++)
        page_bytes(page, *at == '.' ? "-" : at, 1);
}

static void id(struct page *page, const char *attribute, unsigned state)
{
    page_write(page, " ", attribute, "=\"", NULL);
    path(page, state);
    page_text(page, "\"");
}

static void attribute(struct page *page, const char *name, const char *value)
{
    page_write(page, " ", name, "=\"", NULL);
    page_xml(page, value);
    page_text(page, "\"");
}

static void id_of_completion(struct page *page, unsigned state)
{
    page_text(page, " event=\"done.state.");
    path(page, state);
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
        id_of_completion(page, state);
    else if (transition->event >= 0)
        attribute(page, "event", wf->events[transition->event].key);
}

static void assign(struct page *page, unsigned field, int expression)
{
    page_write(page, "<assign location=\"data.", page->wf->fields[field].key, "\" expr=\"", NULL);
    page_expression(page, expression, page_xml);
    page_text(page, "\"/>");
}

/* What is raised and what is set decide where it goes: they belong to the semantics, as other effects do not. */
static void contents(struct page *page, struct machine_span effects)
{
    for (unsigned i = effects.first; i < (unsigned)effects.first + effects.n; i++) {
        const struct workflow_effect_info *effect = &page->wf->effects[i];
        if (effect->kind == WORKFLOW_EFFECT_SET)
            assign(page, (unsigned)effect->field, effect->amount);
        if (effect->kind != WORKFLOW_EFFECT_EMIT)
            continue;
        page_text(page, "<raise");
        attribute(page, "event", effect->word);
        page_text(page, "/>");
    }
}

static bool has_contents(const struct workflow *wf, struct machine_span effects)
{
    for (unsigned i = effects.first; i < (unsigned)effects.first + effects.n; i++)
        if (wf->effects[i].kind == WORKFLOW_EFFECT_SET || wf->effects[i].kind == WORKFLOW_EFFECT_EMIT)
            return true;
    return false;
}

static void block_write(struct page *page, const char *element, struct machine_span effects, unsigned depth)
{
    if (!has_contents(page->wf, effects))
        return;
    page_indent(page, depth);
    page_write(page, "<", element, ">", NULL);
    contents(page, effects);
    page_write(page, "</", element, ">\n", NULL);
}

static void transition_write(struct page *page, unsigned number, unsigned state, unsigned depth)
{
    const struct workflow *wf = page->wf;
    const struct machine_transition *transition = &wf->transitions[number];
    bool has_role = false;

    page_indent(page, depth);
    page_text(page, "<transition");
    event_attribute(page, transition, number, state);
    if (transition->guard >= 0) {
        page_text(page, " cond=\"");
        page_expression(page, transition->guard, page_xml);
        page_text(page, "\"");
    }
    if (!transition->targetless) {
        page_text(page, " target=\"");
        for (unsigned i = 0; i < transition->targets.n; i++) {
            page_text(page, i ? " " : "");
            path(page, (unsigned)wf->targets[transition->targets.first + i]);
        }
        page_text(page, "\"");
        if (transition->internal)
            page_text(page, " type=\"internal\"");
    }
    for (unsigned i = 0; i < wf->n_roles; i++)
        if (transition->roles >> i & 1) {
            page_write(page, has_role ? " " : " oam:role=\"", wf->roles[i].key, NULL);
            has_role = true;
        }
    page_text(page, has_role ? "\"" : "");
    if (transition->sets.n == 0 && !has_contents(wf, transition->effects)) {
        page_text(page, "/>\n");
        return;
    }
    page_text(page, ">");
    for (unsigned i = transition->sets.first; i < (unsigned)transition->sets.first + transition->sets.n; i++)
        assign(page, wf->sets[i].field, wf->sets[i].expression);
    contents(page, transition->effects);
    page_text(page, "</transition>\n");
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
    block_write(page, "onentry", state->entering, depth + 1);
    block_write(page, "onexit", state->leaving, depth + 1);
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
                    "xmlns:oam=\"urn:oam:workflow:1\" version=\"1.0\" datamodel=\"cel\"");
    attribute(page, "name", wf->key);
    id(page, "initial", (unsigned)wf->initial);
    page_text(page, ">\n");
    for (unsigned i = 0; i < wf->n_fields; i++)
        page_write(page, i ? "" : "  <datamodel>", "<data id=\"", wf->fields[i].key, "\"/>", NULL);
    page_text(page, wf->n_fields ? "</datamodel>\n" : "");
    for (unsigned i = 0; i < wf->n_states; i = wf->states[i].end)
        state_write(page, i, 1);
    page_text(page, "</scxml>\n");
}
