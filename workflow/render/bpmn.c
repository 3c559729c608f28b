/* https://www.omg.org/spec/BPMN/2.0.2/: for exchange. A state is a task of people behind which a gateway leads to where
   its transitions lead; what may be done all along a group of states is repeated at each of them; a state whose regions
   are active together, or that is there for each body, is a sub-process, with what leaves it at its border. */
#include "workflow/render/page.h"

enum part { PART_STATE, PART_GATE, PART_BORDER, PART_FORK, PART_JOIN, PART_BEGIN, PART_OVER };

static const char part_letters[] = "sgbfjio";

static void name(struct page *page, enum part part, unsigned number)
{
    page_bytes(page, &part_letters[part], 1);
    page_number(page, number);
}

static bool is_process(const struct workflow *wf, unsigned state)
{
    return wf->states[state].info.kind == WORKFLOW_STATE_PARALLEL || wf->states[state].info.kind == WORKFLOW_STATE_EACH;
}

static bool is_leaf(const struct workflow *wf, unsigned state)
{
    return wf->states[state].info.kind == WORKFLOW_STATE_ATOMIC || wf->states[state].info.kind == WORKFLOW_STATE_FINAL;
}

/* The sub-process that a state is drawn in; -1: the process itself. */
static int process_of(const struct workflow *wf, int state)
{
    int at = wf->states[state].info.parent;

    while (at >= 0 && !is_process(wf, (unsigned)at))
        at = wf->states[at].info.parent;
    return at;
}

/* What is drawn for a target: the leaf or sub-process that is entered first. */
static unsigned drawn(const struct workflow *wf, unsigned state)
{
    for (;;) {
        const struct machine_state *at = &wf->states[state];
        if (at->info.kind == WORKFLOW_STATE_HISTORY)
            state = (unsigned)at->recalls;
        else if (at->info.kind == WORKFLOW_STATE_COMPOUND)
            state = (unsigned)at->initial;
        else
            return state;
    }
}

/* A target deep inside a sub-process is reached through its border. */
static unsigned drawn_in(const struct workflow *wf, unsigned state, int process)
{
    unsigned at = drawn(wf, state);

    while (process_of(wf, (int)at) != process && process_of(wf, (int)at) >= 0)
        at = (unsigned)process_of(wf, (int)at);
    return at;
}

static void flow(struct page *page, unsigned depth, enum part from, unsigned source, enum part to, unsigned target,
                 unsigned ordinal, const struct page_arrow *arrow)
{
    page_indent(page, depth);
    page_text(page, "<sequenceFlow id=\"");
    name(page, from, source);
    page_text(page, "_");
    page_number(page, ordinal);
    page_text(page, "\" sourceRef=\"");
    name(page, from, source);
    page_text(page, "\" targetRef=\"");
    name(page, to, target);
    page_text(page, "\"");
    if (arrow) {
        page_text(page, " name=\"");
        page_arrow_label(page, arrow, page_xml);
        page_text(page, "\"");
    }
    page_text(page, "/>\n");
}

static void element(struct page *page, unsigned depth, const char *kind, enum part part, unsigned number,
                    const char *label)
{
    page_indent(page, depth);
    page_write(page, "<", kind, " id=\"", NULL);
    name(page, part, number);
    if (label) {
        page_text(page, "\" name=\"");
        page_xml(page, label);
    }
    page_text(page, "\"/>\n");
}

/* Arrows of a state and of what it is inside of, as far as its sub-process. */
static void flows_of_leaf(struct page *page, unsigned leaf, int process, unsigned depth)
{
    const struct workflow *wf = page->wf;
    unsigned ordinal = 0;
    struct page_arrow arrow;

    for (int at = (int)leaf; at >= 0 && at != process; at = wf->states[at].info.parent)
        for (unsigned position = 0; page_arrow(page, (unsigned)at, &position, &arrow);) {
            if (arrow.to < 0 || (arrow.done && wf->states[leaf].info.kind != WORKFLOW_STATE_FINAL))
                continue;
            if (process >= 0 && process_of(wf, arrow.to) != process && !is_process(wf, drawn(wf, (unsigned)arrow.to)))
                continue; /* it leaves the sub-process: at the border */
            flow(page, depth, PART_GATE, leaf, PART_STATE, drawn_in(wf, (unsigned)arrow.to, process), ordinal++,
                 &arrow);
        }
}

static void leaf_write(struct page *page, unsigned leaf, int process, unsigned depth)
{
    const struct workflow *wf = page->wf;

    if (wf->states[leaf].info.is_final || (process >= 0 && wf->states[leaf].info.kind == WORKFLOW_STATE_FINAL)) {
        element(page, depth, "endEvent", PART_STATE, leaf, page_label(page, leaf));
        return;
    }
    element(page, depth, wf->states[leaf].info.kind == WORKFLOW_STATE_FINAL ? "task" : "userTask", PART_STATE, leaf,
            page_label(page, leaf));
    element(page, depth, "exclusiveGateway", PART_GATE, leaf, NULL);
    flow(page, depth, PART_STATE, leaf, PART_GATE, leaf, 0, NULL);
    flows_of_leaf(page, leaf, process, depth);
}

static void states_write(struct page *page, int process, unsigned depth);

static void begin_write(struct page *page, unsigned process, unsigned depth)
{
    const struct workflow *wf = page->wf;
    unsigned ordinal = 0;

    element(page, depth, "startEvent", PART_BEGIN, process, NULL);
    if (wf->states[process].info.kind == WORKFLOW_STATE_EACH) {
        flow(page, depth, PART_BEGIN, process, PART_STATE,
             drawn(wf, (unsigned)wf->eaches[wf->states[process].each].initial), 0, NULL);
        return;
    }
    element(page, depth, "parallelGateway", PART_FORK, process, NULL);
    flow(page, depth, PART_BEGIN, process, PART_FORK, process, 0, NULL);
    for (unsigned i = process + 1; i < wf->states[process].end; i = wf->states[i].end)
        if (wf->states[i].info.kind != WORKFLOW_STATE_HISTORY)
            flow(page, depth, PART_FORK, process, PART_STATE, drawn(wf, i), ordinal++, NULL);
}

/* What leaves a sub-process: a border event for each arrow of it, of what it is inside of, and of what is inside of it
   and leads out. */
static void borders_write(struct page *page, unsigned process, int outer, unsigned depth)
{
    const struct workflow *wf = page->wf;
    struct page_arrow arrow;

    for (unsigned source = 0; source < wf->n_states; source++) {
        bool around = false, inside = source > process && source < wf->states[process].end;
        for (int at = (int)process; at >= 0 && at != outer; at = wf->states[at].info.parent)
            around = around || at == (int)source;
        if (!around && !inside)
            continue;
        for (unsigned position = 0, ordinal = 0; page_arrow(page, source, &position, &arrow); ordinal++) {
            unsigned border = (process * 256u + arrow.number) * 8u + ordinal;
            bool stays = arrow.to < 0 || (arrow.to > (int)process && arrow.to < (int)wf->states[process].end);
            if (stays || (arrow.done && source != process) || (inside && process_of(wf, (int)source) != (int)process))
                continue;
            if (arrow.done) {
                flow(page, depth, PART_STATE, process, PART_STATE, drawn_in(wf, (unsigned)arrow.to, outer), ordinal,
                     &arrow);
                continue;
            }
            page_indent(page, depth);
            page_text(page, "<boundaryEvent id=\"");
            name(page, PART_BORDER, border);
            page_text(page, "\" attachedToRef=\"");
            name(page, PART_STATE, process);
            page_text(page, "\" name=\"");
            page_arrow_label(page, &arrow, page_xml);
            page_write(page, "\">", arrow.timer >= 0 ? "<timerEventDefinition/>" : "<signalEventDefinition/>",
                       "</boundaryEvent>\n", NULL);
            flow(page, depth, PART_BORDER, border, PART_STATE, drawn_in(wf, (unsigned)arrow.to, outer), 0, &arrow);
        }
    }
}

static void process_write(struct page *page, unsigned process, int outer, unsigned depth)
{
    page_indent(page, depth);
    page_text(page, "<subProcess id=\"");
    name(page, PART_STATE, process);
    page_text(page, "\" name=\"");
    page_xml(page, page_label(page, process));
    page_text(page, "\">\n");
    if (page->wf->states[process].info.kind == WORKFLOW_STATE_EACH) {
        page_indent(page, depth + 1);
        page_text(page, "<multiInstanceLoopCharacteristics/>\n");
    }
    begin_write(page, process, depth + 1);
    states_write(page, (int)process, depth + 1);
    page_indent(page, depth);
    page_text(page, "</subProcess>\n");
    borders_write(page, process, outer, depth);
}

static void states_write(struct page *page, int process, unsigned depth)
{
    for (unsigned i = 0; i < page->wf->n_states; i++) {
        if (process_of(page->wf, (int)i) != process)
            continue;
        if (is_process(page->wf, i))
            process_write(page, i, process, depth);
        else if (is_leaf(page->wf, i))
            leaf_write(page, i, process, depth);
    }
}

void bpmn_write(struct page *page)
{
    const struct workflow *wf = page->wf;

    page_text(page, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<definitions "
                    "xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" targetNamespace=\"urn:oam:workflow:1\">\n");
    page_write(page, "  <process id=\"", wf->key, "\" isExecutable=\"false\" name=\"", NULL);
    page_xml(page, wf->title.in[page->language]);
    page_text(page, "\">\n");
    element(page, 2, "startEvent", PART_BEGIN, wf->n_states, page_word(page, PAGE_WORD_START));
    flow(page, 2, PART_BEGIN, wf->n_states, PART_STATE, drawn_in(wf, (unsigned)wf->initial, MACHINE_NONE), 0, NULL);
    states_write(page, MACHINE_NONE, 2);
    page_text(page, "  </process>\n</definitions>\n");
}
