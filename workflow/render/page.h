/* What the formats share: a page to write on, and what there is to draw. */
#ifndef OAM_WORKFLOW_PAGE_H
#define OAM_WORKFLOW_PAGE_H

#include "workflow/machine.h"
#include "workflow/procedure.h"
#include "workflow/render.h"

struct page {
    const struct workflow *wf;
    enum workflow_language language;
    const uint32_t *counts;
    char *at;
    size_t size, length; /* length goes on counting beyond size */
};

void page_bytes(struct page *page, const char *bytes, size_t length);
void page_text(struct page *page, const char *text);
/* Each of the texts up to NULL. */
void page_write(struct page *page, ...);
void page_number(struct page *page, long long number);
void page_indent(struct page *page, unsigned depth);
/* With what XML, or a quoted text of Mermaid and DOT, would take for its own replaced. */
void page_xml(struct page *page, const char *text);
void page_quoted(struct page *page, const char *text);
/* The text of an expression of the definition, through one of those two. */
void page_expression(struct page *page, int expression, void (*write)(struct page *page, const char *text));

/* Words that no definition has. */
enum page_word {
    PAGE_WORD_VERSION,
    PAGE_WORD_START,
    PAGE_WORD_END,
    PAGE_WORD_BY_ITSELF,
    PAGE_WORD_WHEN_DONE,
    PAGE_WORD_TIMER,
    PAGE_WORD_IF,
    PAGE_WORD_AT_ONCE,
    PAGE_WORD_EACH,
    PAGE_WORD_STAYS,
    PAGE_WORD_BACK,
    PAGE_WORD_REQUESTS,
    PAGE_WORDS
};
const char *page_word(const struct page *page, enum page_word word);

/* The label of a state, of its last part where the definition gives none. */
const char *page_label(const struct page *page, unsigned state);

/* One arrow: a transition, and where it leads. */
struct page_arrow {
    const struct machine_transition *transition;
    unsigned number; /* of the transition */
    int timer;       /* that fires it; -1: none */
    bool done;       /* its source was completed */
    int to;          /* -1: it stays */
};
/* Goes through all arrows that leave a state, in document order: start with 0, until false. A transition with several
 * targets is several arrows. */
bool page_arrow(const struct page *page, unsigned state, unsigned *at, struct page_arrow *ret);
/* Writes what is to be done for it: "Presentar", "by itself", a timer's key; then its guard. */
void page_arrow_label(struct page *page, const struct page_arrow *arrow,
                      void (*write)(struct page *page, const char *text));
/* Writes who may do it: "Ens sol·licitant, Agent territorial". False when nobody does. */
bool page_arrow_roles(struct page *page, const struct page_arrow *arrow,
                      void (*write)(struct page *page, const char *text));

/* The formats. */
void outline_write(struct page *page);
void mermaid_write(struct page *page);
void dot_write(struct page *page);
void svg_write(struct page *page);
void scxml_write(struct page *page);
void bpmn_write(struct page *page);

#endif
