/* https://mermaid.js.org/syntax/stateDiagram.html. It knows no transition from inside one composite state to inside
   another: such an arrow is drawn between the two that lie side by side, and says where it really leads. */
#include "workflow/render/page.h"

static void name(struct page *page, unsigned state)
{
    page_text(page, "s");
    page_number(page, state);
}

/* The one of the state and what it is inside of that lies directly in `block` (-1: the whole). -1: it is not inside. */
static int lifted(const struct workflow *wf, int state, int block)
{
    for (int at = state; at >= 0; at = wf->states[at].info.parent)
        if (wf->states[at].info.parent == block)
            return at;
    return MACHINE_NONE;
}

/* The innermost state that both are inside of. */
static int block_of(const struct workflow *wf, int from, int to)
{
    int block = wf->states[from].info.parent;

    while (block >= 0 && lifted(wf, to, block) < 0)
        block = wf->states[block].info.parent;
    return block;
}

static void arrow_write(struct page *page, const struct page_arrow *arrow, unsigned from, int block, unsigned depth)
{
    int to = arrow->to, source = (int)from;

    if (to >= 0 && page->wf->states[to].info.kind == WORKFLOW_STATE_HISTORY)
        to = page->wf->states[to].info.parent;
    source = lifted(page->wf, (int)from, block);
    to = lifted(page->wf, to, block);
    if (source < 0 || to < 0)
        return;
    page_indent(page, depth);
    name(page, (unsigned)source);
    page_text(page, " --> ");
    name(page, (unsigned)to);
    page_text(page, " : ");
    page_arrow_label(page, arrow, page_quoted);
    if (to != arrow->to) {
        page_text(page, " → ");
        page_quoted(page, page_label(page, (unsigned)arrow->to));
    }
    page_text(page, "\n");
}

/* Arrows whose two ends meet in this block. */
static void arrows(struct page *page, int block, unsigned depth)
{
    struct page_arrow arrow;

    for (unsigned state = 0; state < page->wf->n_states; state++)
        for (unsigned at = 0; page_arrow(page, state, &at, &arrow);)
            if (arrow.to >= 0 && block_of(page->wf, (int)state, arrow.to) == block)
                arrow_write(page, &arrow, state, block, depth);
}

static void block_write(struct page *page, int block, unsigned depth);

static void state_write(struct page *page, unsigned number, unsigned depth)
{
    const struct machine_state *state = &page->wf->states[number];

    page_indent(page, depth);
    page_text(page, "state \"");
    page_quoted(page, page_label(page, number));
    if (page->counts && page->counts[number]) {
        page_text(page, " (");
        page_number(page, page->counts[number]);
        page_text(page, ")");
    }
    page_text(page, "\" as ");
    name(page, number);
    if (state->end == number + 1) {
        page_text(page, "\n");
        return;
    }
    page_text(page, " {\n");
    block_write(page, (int)number, depth + 1);
    page_indent(page, depth);
    page_text(page, "}\n");
}

static void beginning(struct page *page, int initial, unsigned depth)
{
    if (initial < 0 || page->wf->states[initial].info.kind == WORKFLOW_STATE_HISTORY)
        return;
    page_indent(page, depth);
    page_text(page, "[*] --> ");
    name(page, (unsigned)initial);
    page_text(page, "\n");
}

static void endings(struct page *page, int block, unsigned depth)
{
    for (unsigned i = 0; i < page->wf->n_states; i++)
        if (page->wf->states[i].info.parent == block && page->wf->states[i].info.kind == WORKFLOW_STATE_FINAL) {
            page_indent(page, depth);
            name(page, i);
            page_text(page, " --> [*]\n");
        }
}

static void block_write(struct page *page, int block, unsigned depth)
{
    const struct workflow *wf = page->wf;
    bool regions = block >= 0 && wf->states[block].info.kind == WORKFLOW_STATE_PARALLEL, first = true;

    for (unsigned i = 0; i < wf->n_states; i++) {
        if (wf->states[i].info.parent != block || wf->states[i].info.kind == WORKFLOW_STATE_HISTORY)
            continue;
        if (regions && !first) {
            page_indent(page, depth);
            page_text(page, "--\n");
        }
        first = false;
        state_write(page, i, depth);
    }
    if (!regions)
        beginning(page, block < 0 ? wf->initial : wf->states[block].initial, depth);
    endings(page, block, depth);
    arrows(page, block, depth);
}

void mermaid_write(struct page *page)
{
    page_write(page, "---\ntitle: \"", NULL);
    page_quoted(page, page->wf->title.in[page->language]);
    page_text(page, "\"\n---\nstateDiagram-v2\n");
    block_write(page, MACHINE_NONE, 1);
}
