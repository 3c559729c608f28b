/* A layered drawing: each state one row below the nearest that leads to it, rows ordered so that neighbours lie near
   their neighbours. States inside others are drawn by themselves, with the name of what they are inside of above. */
#include "workflow/render/page.h"

enum {
    BOX_WIDTH = 220,
    BOX_HEIGHT = 44,
    GAP_X = 30,
    GAP_Y = 64,
    MARGIN = 24,
    SWEEPS = 6,
    LABEL_MAX = 26 /* characters of a label in a box; the rest is in its title */
};

struct layout {
    const struct workflow *wf;
    struct workflow_states drawn;
    uint8_t row[WORKFLOW_STATES_MAX];
    int column[WORKFLOW_STATES_MAX];
    unsigned width[WORKFLOW_STATES_MAX]; /* states in a row */
    unsigned rows, columns;
};

static bool is_drawn(const struct workflow *wf, unsigned state)
{
    enum workflow_state_kind kind = wf->states[state].info.kind;

    return kind == WORKFLOW_STATE_ATOMIC || kind == WORKFLOW_STATE_FINAL || kind == WORKFLOW_STATE_EACH;
}

/* The boxes that an arrow to a state ends at: those that are entered. */
static struct workflow_states boxes_of(const struct workflow *wf, int state)
{
    struct workflow_states boxes = {{0}};

    if (wf->states[state].info.kind == WORKFLOW_STATE_HISTORY)
        state = wf->states[state].recalls;
    for (unsigned i = 0; i < wf->n_states; i++)
        if (is_drawn(wf, i) && ((int)i == state || (wf->states[state].entry.word[i >> 6] >> (i & 63) & 1)))
            boxes.word[i >> 6] |= UINT64_C(1) << (i & 63);
    return boxes;
}

static bool has(const struct workflow_states *set, unsigned state)
{
    return set->word[state >> 6] >> (state & 63) & 1;
}

/* Whether an arrow of `from` (a box, or what it is inside of) leads to the box `to`. */
static bool leads(const struct page *page, unsigned from, unsigned to)
{
    struct page_arrow arrow;

    for (int at = (int)from; at >= 0; at = page->wf->states[at].info.parent)
        for (unsigned position = 0; page_arrow(page, (unsigned)at, &position, &arrow);) {
            struct workflow_states boxes;
            if (arrow.to < 0)
                continue;
            boxes = boxes_of(page->wf, arrow.to);
            if (has(&boxes, to))
                return true;
        }
    return false;
}

/* Breadth first from the beginning; what nothing leads to comes last. */
static void rank(const struct page *page, struct layout *layout)
{
    const struct workflow *wf = page->wf;
    unsigned queue[WORKFLOW_STATES_MAX], head = 0, tail = 0;
    struct workflow_states placed = {{0}}, first = boxes_of(wf, wf->initial);

    for (unsigned i = 0; i < wf->n_states; i++)
        if (has(&first, i)) {
            placed.word[i >> 6] |= UINT64_C(1) << (i & 63);
            layout->row[i] = 0;
            queue[tail++] = i;
        }
    while (head < tail) {
        unsigned from = queue[head++];
        for (unsigned to = 0; to < wf->n_states; to++) {
            if (!is_drawn(wf, to) || has(&placed, to) || !leads(page, from, to))
                continue;
            placed.word[to >> 6] |= UINT64_C(1) << (to & 63);
            layout->row[to] = (uint8_t)(layout->row[from] + 1);
            queue[tail++] = to;
        }
    }
    layout->drawn = placed;
    for (unsigned i = 0; i < wf->n_states; i++)
        if (has(&placed, i) && layout->row[i] + 1u > layout->rows)
            layout->rows = layout->row[i] + 1u;
}

/* The mean place of what leads there: a few sweeps of the barycentre method (Sugiyama 1981). */
static void order(const struct page *page, struct layout *layout)
{
    const struct workflow *wf = page->wf;
    long mean[WORKFLOW_STATES_MAX];

    for (unsigned i = 0; i < wf->n_states; i++)
        if (has(&layout->drawn, i))
            layout->column[i] = (int)layout->width[layout->row[i]]++;
    for (unsigned sweep = 0; sweep < SWEEPS; sweep++)
        for (unsigned row = 1; row < layout->rows; row++) {
            for (unsigned to = 0; to < wf->n_states; to++) {
                long sum = 0, n = 0;
                if (!has(&layout->drawn, to) || layout->row[to] != row)
                    continue;
                for (unsigned from = 0; from < wf->n_states; from++)
                    if (has(&layout->drawn, from) && layout->row[from] < row && leads(page, from, to)) {
                        sum += layout->column[from];
                        n++;
                    }
                mean[to] = n ? sum * 1000 / n : layout->column[to] * 1000L;
            }
            for (unsigned to = 0; to < wf->n_states; to++) {
                int column = 0;
                if (!has(&layout->drawn, to) || layout->row[to] != row)
                    continue;
                for (unsigned other = 0; other < wf->n_states; other++)
                    column += has(&layout->drawn, other) && layout->row[other] == row &&
                              (mean[other] < mean[to] || (mean[other] == mean[to] && other < to));
                layout->column[to] = column;
            }
        }
    for (unsigned row = 0; row < layout->rows; row++)
        if (layout->width[row] > layout->columns)
            layout->columns = layout->width[row];
}

static long left_of(const struct layout *layout, unsigned state)
{
    long row_width = (long)layout->width[layout->row[state]] * (BOX_WIDTH + GAP_X) - GAP_X;
    long whole = (long)layout->columns * (BOX_WIDTH + GAP_X) - GAP_X;

    return MARGIN + (whole - row_width) / 2 + (long)layout->column[state] * (BOX_WIDTH + GAP_X);
}

static long top_of(const struct layout *layout, unsigned state)
{
    return MARGIN + (long)layout->row[state] * (BOX_HEIGHT + GAP_Y);
}

static void number_attribute(struct page *page, const char *name, long number)
{
    page_write(page, " ", name, "=\"", NULL);
    page_number(page, number);
    page_text(page, "\"");
}

static const char *fill_of(enum workflow_phase phase)
{
    static const char *const fills[] = {"#f3f4f6", "#dbeafe", "#e0e7ff", "#fef3c7",
                                        "#ffedd5", "#dcfce7", "#ccfbf1", "#e5e7eb"};

    return fills[phase];
}

static size_t cut(const char *text, unsigned characters)
{
    size_t at = 0;

    for (unsigned n = 0; text[at] && n < characters; n++) {
        at++;
        while (((unsigned char)text[at] & 0xC0) == 0x80)
            at++;
    }
    return at;
}

static void text_write(struct page *page, long x, long y, const char *class_name, const char *text, unsigned characters)
{
    char short_text[4 * LABEL_MAX + 8];
    size_t length = cut(text, characters), at = 0;

    page_text(page, "<text");
    number_attribute(page, "x", x);
    number_attribute(page, "y", y);
    page_write(page, " class=\"", class_name, "\">", NULL);
    for (; at < length && at < sizeof(short_text) - 1; at++)
        short_text[at] = text[at];
    short_text[at] = '\0';
    page_xml(page, short_text);
    page_text(page, text[length] ? "…</text>" : "</text>");
}

static void box_write(struct page *page, const struct layout *layout, unsigned state)
{
    const struct machine_state *box = &page->wf->states[state];
    long x = left_of(layout, state), y = top_of(layout, state);

    page_text(page, "<g><title>");
    page_xml(page, page_label(page, state));
    page_text(page, "</title><rect rx=\"8\"");
    number_attribute(page, "x", x);
    number_attribute(page, "y", y);
    number_attribute(page, "width", BOX_WIDTH);
    number_attribute(page, "height", BOX_HEIGHT);
    page_write(page, " fill=\"", fill_of(box->info.phase),
               box->info.kind == WORKFLOW_STATE_FINAL ? "\" class=\"end\"/>" : "\"/>", NULL);
    if (box->info.parent >= 0)
        text_write(page, x + 8, y + 14, "in", page_label(page, (unsigned)box->info.parent), LABEL_MAX);
    text_write(page, x + 8, y + (box->info.parent >= 0 ? 33 : 27), "label", page_label(page, state), LABEL_MAX);
    if (page->counts && page->counts[state]) {
        page_text(page, "<text class=\"count\"");
        number_attribute(page, "x", x + BOX_WIDTH - 8);
        number_attribute(page, "y", y + 14);
        page_text(page, ">");
        page_number(page, page->counts[state]);
        page_text(page, "</text>");
    }
    page_text(page, "</g>\n");
}

/* From the lower edge to the upper one; backwards, along the side. */
static void curve_write(struct page *page, const struct layout *layout, unsigned from, unsigned to,
                        const struct page_arrow *arrow)
{
    long x1 = left_of(layout, from) + BOX_WIDTH / 2, y1 = top_of(layout, from) + BOX_HEIGHT;
    long x2 = left_of(layout, to) + BOX_WIDTH / 2, y2 = top_of(layout, to), bend = GAP_Y / 2;

    if (layout->row[to] <= layout->row[from]) {
        x1 += BOX_WIDTH / 2;
        y1 -= BOX_HEIGHT / 2;
        x2 += BOX_WIDTH / 2;
        y2 += BOX_HEIGHT / 2;
        bend = 0;
    }
    page_write(page, "<path class=\"", arrow->timer >= 0 ? "timer" : "arrow", "\" d=\"M", NULL);
    page_number(page, x1);
    page_text(page, " ");
    page_number(page, y1);
    page_text(page, " C");
    page_number(page, bend ? x1 : x1 + GAP_X);
    page_text(page, " ");
    page_number(page, y1 + bend);
    page_text(page, " ");
    page_number(page, bend ? x2 : x2 + GAP_X);
    page_text(page, " ");
    page_number(page, y2 - bend);
    page_text(page, " ");
    page_number(page, x2);
    page_text(page, " ");
    page_number(page, y2);
    page_text(page, "\"><title>");
    page_arrow_label(page, arrow, page_xml);
    page_text(page, "</title></path>\n");
}

/* Arrows of a group of states are drawn from each of them once a row: from the first of it in document order. */
static void arrows_write(struct page *page, const struct layout *layout, unsigned state)
{
    const struct workflow *wf = page->wf;
    struct page_arrow arrow;
    unsigned from = state;

    while (from < wf->states[state].end && !has(&layout->drawn, from))
        from++;
    if (from >= wf->states[state].end && from != state)
        return;
    if (!has(&layout->drawn, from))
        return;
    for (unsigned position = 0; page_arrow(page, state, &position, &arrow);) {
        struct workflow_states boxes;
        if (arrow.to < 0)
            continue;
        boxes = boxes_of(wf, arrow.to);
        for (unsigned to = 0; to < wf->n_states; to++)
            if (has(&boxes, to) && has(&layout->drawn, to))
                curve_write(page, layout, from, to, &arrow);
    }
}

static void head_write(struct page *page, const struct layout *layout)
{
    long width = 2 * MARGIN + (long)layout->columns * (BOX_WIDTH + GAP_X),
         height = 2 * MARGIN + (long)layout->rows * (BOX_HEIGHT + GAP_Y) - GAP_Y;

    page_text(page, "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 ");
    page_number(page, width);
    page_text(page, " ");
    page_number(page, height);
    page_text(page, "\"");
    number_attribute(page, "width", width);
    number_attribute(page, "height", height);
    page_text(page, ">\n<title>");
    page_xml(page, page->wf->title.in[page->language]);
    page_text(
        page,
        "</title>\n<style>rect{stroke:#374151}rect.end{stroke-width:3}text{font:13px sans-serif;fill:#111827}"
        "text.in{font-size:10px;fill:#4b5563}text.count{font-size:12px;font-weight:bold;text-anchor:end}"
        "path{fill:none;stroke:#4b5563;marker-end:url(#head)}path.timer{stroke-dasharray:5 4}</style>\n"
        "<defs><marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" "
        "orient=\"auto\"><path d=\"M0 0 8 4 0 8z\" style=\"fill:#4b5563;stroke:none\"/></marker></defs>\n");
}

void svg_write(struct page *page)
{
    struct layout layout = {.wf = page->wf};

    rank(page, &layout);
    order(page, &layout);
    head_write(page, &layout);
    for (unsigned i = 0; i < page->wf->n_states; i++)
        arrows_write(page, &layout, i);
    for (unsigned i = 0; i < page->wf->n_states; i++)
        if (has(&layout.drawn, i))
            box_write(page, &layout, i);
    page_text(page, "</svg>\n");
}
