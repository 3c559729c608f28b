/* https://graphviz.org/doc/info/lang.html: states that hold others are clusters; an arrow to or from one of them is
   drawn to a state inside and cut at its border. */
#include "workflow/render/page.h"

static void name(struct page *page, unsigned state)
{
    page_text(page, "s");
    page_number(page, state);
}

static bool is_cluster(const struct workflow *wf, unsigned state)
{
    return wf->states[state].end > state + 1;
}

/* A node that stands for a state: itself, or its first one inside. */
static unsigned node_of(const struct workflow *wf, unsigned state)
{
    while (is_cluster(wf, state) || wf->states[state].info.kind == WORKFLOW_STATE_HISTORY)
        state++;
    return state;
}

static void label(struct page *page, unsigned state)
{
    page_quoted(page, page_label(page, state));
    if (page->counts && page->counts[state]) {
        page_text(page, "\\n");
        page_number(page, page->counts[state]);
    }
}

static void states(struct page *page, int parent, unsigned depth)
{
    const struct workflow *wf = page->wf;

    for (unsigned i = 0; i < wf->n_states; i++) {
        if (wf->states[i].info.parent != parent || wf->states[i].info.kind == WORKFLOW_STATE_HISTORY)
            continue;
        page_indent(page, depth);
        page_text(page, is_cluster(wf, i) ? "subgraph cluster_" : "");
        name(page, i);
        page_text(page, is_cluster(wf, i) ? " { label=\"" : " [label=\"");
        label(page, i);
        if (!is_cluster(wf, i)) {
            page_text(page, wf->states[i].info.kind == WORKFLOW_STATE_FINAL ? "\", peripheries=2];\n" : "\"];\n");
            continue;
        }
        page_text(page, wf->states[i].info.kind == WORKFLOW_STATE_PARALLEL ? "\"; style=\"rounded,dashed\";\n"
                                                                           : "\"; style=rounded;\n");
        states(page, (int)i, depth + 1);
        page_indent(page, depth);
        page_text(page, "}\n");
    }
}

static bool is_inside(const struct workflow *wf, unsigned state, unsigned of)
{
    return state >= of && state < wf->states[of].end;
}

static void arrow_write(struct page *page, unsigned from, const struct page_arrow *arrow)
{
    const struct workflow *wf = page->wf;
    unsigned to = arrow->to < 0 ? from : (unsigned)arrow->to;

    if (wf->states[to].info.kind == WORKFLOW_STATE_HISTORY)
        to = (unsigned)wf->states[to].info.parent;
    page_text(page, "  ");
    name(page, node_of(wf, from));
    page_text(page, " -> ");
    name(page, node_of(wf, to));
    page_text(page, " [label=\"");
    page_arrow_label(page, arrow, page_quoted);
    page_text(page, "\"");
    if (is_cluster(wf, from) && !is_inside(wf, to, from)) {
        page_text(page, ", ltail=cluster_");
        name(page, from);
    }
    if (is_cluster(wf, to) && !is_inside(wf, from, to)) {
        page_text(page, ", lhead=cluster_");
        name(page, to);
    }
    page_text(page, arrow->timer >= 0 ? ", style=dashed];\n" : "];\n");
}

void dot_write(struct page *page)
{
    const struct workflow *wf = page->wf;
    struct page_arrow arrow;

    page_write(page, "digraph ", wf->key, " {\n  compound=true; rankdir=TB; label=\"", NULL);
    page_quoted(page, wf->title.in[page->language]);
    page_text(page, "\";\n  node [shape=box, style=rounded, fontname=\"sans-serif\"]; edge [fontname=\"sans-serif\", "
                    "fontsize=10];\n");
    page_text(page, "  start [shape=circle, label=\"\", width=0.2, style=filled, fillcolor=black];\n");
    states(page, MACHINE_NONE, 1);
    page_text(page, "  start -> ");
    name(page, node_of(wf, (unsigned)wf->initial));
    page_text(page, ";\n");
    for (unsigned state = 0; state < wf->n_states; state++)
        for (unsigned at = 0; page_arrow(page, state, &at, &arrow);)
            arrow_write(page, state, &arrow);
    page_text(page, "}\n");
}
