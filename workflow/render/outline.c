/* In reading order: each state, what may be done there, by whom, and where it leads. */
#include "workflow/render/page.h"

static void arrows(struct page *page, unsigned state, unsigned depth)
{
    struct page_arrow arrow;

    for (unsigned at = 0; page_arrow(page, state, &at, &arrow);) {
        page_indent(page, depth);
        page_text(page, "- ");
        page_arrow_label(page, &arrow, page_text);
        if (arrow.transition->roles) {
            page_text(page, " (");
            (void)page_arrow_roles(page, &arrow, page_text);
            page_text(page, ")");
        }
        page_write(page, ": ", arrow.to < 0 ? page_word(page, PAGE_WORD_STAYS) : page_label(page, (unsigned)arrow.to),
                   "\n", NULL);
    }
}

static void heading(struct page *page, unsigned number, unsigned depth)
{
    const struct machine_state *state = &page->wf->states[number];

    page_indent(page, depth);
    page_text(page, page_label(page, number));
    if (state->info.kind == WORKFLOW_STATE_PARALLEL)
        page_write(page, " (", page_word(page, PAGE_WORD_AT_ONCE), ")", NULL);
    if (state->info.kind == WORKFLOW_STATE_EACH)
        page_write(page, " (", page_word(page, PAGE_WORD_EACH), ")", NULL);
    if (state->info.is_final)
        page_write(page, " (", page_word(page, PAGE_WORD_END), ")", NULL);
    if (page->counts && page->counts[number]) {
        page_text(page, ": ");
        page_number(page, page->counts[number]);
        page_write(page, " ", page_word(page, PAGE_WORD_REQUESTS), NULL);
    }
    page_text(page, "\n");
}

static unsigned depth_of(const struct workflow *wf, unsigned state)
{
    unsigned depth = 0;

    for (int at = wf->states[state].info.parent; at >= 0; at = wf->states[at].info.parent)
        depth++;
    return depth;
}

void outline_write(struct page *page)
{
    const struct workflow *wf = page->wf;

    page_write(page, wf->title.in[page->language], " (", wf->key, ", ", page_word(page, PAGE_WORD_VERSION), " ", NULL);
    page_number(page, wf->version);
    page_text(page, ")\n\n");
    for (unsigned i = 0; i < wf->n_states; i++) {
        unsigned depth = depth_of(wf, i);
        if (wf->states[i].info.kind == WORKFLOW_STATE_HISTORY)
            continue;
        heading(page, i, depth);
        arrows(page, i, depth + 1);
    }
}
