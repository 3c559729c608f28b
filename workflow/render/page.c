#include "workflow/render/page.h"

#include <stdarg.h>
#include <string.h>

/* ---- writing ---- */

void page_bytes(struct page *page, const char *bytes, size_t length)
{
    size_t room = page->length < page->size ? page->size - page->length : 0;

    if (room)
        memcpy(page->at + page->length, bytes, length < room ? length : room);
    page->length += length;
}

void page_text(struct page *page, const char *text)
{
    page_bytes(page, text, strlen(text));
}

void page_write(struct page *page, ...)
{
    va_list texts;

    va_start(texts, page);
    for (const char *text; (text = va_arg(texts, const char *)) != NULL;)
        page_text(page, text);
    va_end(texts);
}

void page_number(struct page *page, long long number)
{
    char digits[24];
    size_t at = sizeof(digits);
    unsigned long long rest = number < 0 ? 0ULL - (unsigned long long)number : (unsigned long long)number;

    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (number < 0)
        digits[--at] = '-';
    page_bytes(page, digits + at, sizeof(digits) - at);
}

void page_indent(struct page *page, unsigned depth)
{
    for (unsigned i = 0; i < depth; i++)
        page_text(page, "  ");
}

struct escape {
    char byte;
    const char *text;
};

static void escape(struct page *page, const char *text, const struct escape *escapes, size_t n)
{
    size_t plain = 0, at = 0;

    for (; text[at]; at++)
        for (size_t i = 0; i < n; i++)
            if (text[at] == escapes[i].byte) {
                page_bytes(page, text + plain, at - plain);
                page_text(page, escapes[i].text);
                plain = at + 1;
            }
    page_bytes(page, text + plain, at - plain);
}

void page_xml(struct page *page, const char *text)
{
    static const struct escape escapes[] = {
        {'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\n', "&#10;"}};

    escape(page, text, escapes, sizeof(escapes) / sizeof(escapes[0]));
}

/* Quotes of the other shape read as well, and nobody needs to know how to escape them. */
void page_quoted(struct page *page, const char *text)
{
    static const struct escape escapes[] = {{'"', "'"}, {'\\', "/"}, {'\n', " "}, {';', ","}, {':', " -"}, {'#', ""}};

    escape(page, text, escapes, sizeof(escapes) / sizeof(escapes[0]));
}

/* Texts of expressions have no terminator. */
void page_expression(struct page *page, int expression, void (*write)(struct page *page, const char *text))
{
    char copy[WORKFLOW_EXPRESSION_LENGTH_MAX + 1];
    size_t length;
    const char *text = workflow_expression_of(page->wf, expression, &length);

    if (!text || length >= sizeof(copy))
        return;
    memcpy(copy, text, length);
    copy[length] = '\0';
    write(page, copy);
}

/* ---- words ---- */

const char *page_word(const struct page *page, enum page_word word)
{
    static const char *const words[PAGE_WORDS][WORKFLOW_LANGUAGES] = {
        [PAGE_WORD_VERSION] = {"versió", "versión", "version"},
        [PAGE_WORD_START] = {"Inici", "Inicio", "Start"},
        [PAGE_WORD_END] = {"Final", "Final", "End"},
        [PAGE_WORD_BY_ITSELF] = {"tot seguit", "acto seguido", "at once"},
        [PAGE_WORD_WHEN_DONE] = {"quan s'ha completat", "cuando se ha completado", "when it is complete"},
        [PAGE_WORD_TIMER] = {"venciment", "vencimiento", "time limit"},
        [PAGE_WORD_IF] = {"si", "si", "if"},
        [PAGE_WORD_AT_ONCE] = {"alhora", "a la vez", "at the same time"},
        [PAGE_WORD_EACH] = {"cada ens participant", "cada ente participante", "each body that takes part"},
        [PAGE_WORD_STAYS] = {"sense canviar d'estat", "sin cambiar de estado", "without a change of state"},
        [PAGE_WORD_BACK] = {"on era abans", "donde estaba antes", "where it was before"},
        [PAGE_WORD_REQUESTS] = {"sol·licituds", "solicitudes", "requests"},
    };

    return words[word][page->language];
}

const char *page_label(const struct page *page, unsigned state)
{
    const struct workflow_state_info *info = &page->wf->states[state].info;
    const char *label = info->label.in[page->language];

    if (info->kind == WORKFLOW_STATE_HISTORY)
        return page_word(page, PAGE_WORD_BACK);
    /* A state without a label of its own has that of what it is inside of: told twice, it would tell nothing. */
    if (!label || !*label ||
        (info->parent >= 0 && label == page->wf->states[info->parent].info.label.in[page->language]))
        return info->name;
    return label;
}

/* ---- arrows ---- */

static int timer_of(const struct workflow *wf, unsigned transition)
{
    for (unsigned i = 0; i < wf->n_timers; i++)
        if (wf->timers[i].transition == (int)transition)
            return (int)i;
    return MACHINE_NONE;
}

/* The position counts arrows: few enough that looking for each from the start costs nothing. */
bool page_arrow(const struct page *page, unsigned state, unsigned *at, struct page_arrow *ret)
{
    const struct workflow *wf = page->wf;
    const struct machine_state *from = &wf->states[state];
    unsigned passed = 0;

    for (unsigned i = 0; i < wf->n_transitions; i++) {
        const struct machine_transition *transition = &wf->transitions[i];
        unsigned arrows = transition->targetless ? 1 : transition->targets.n;
        if (transition->source != (int)state)
            continue;
        if (*at >= passed + arrows) {
            passed += arrows;
            continue;
        }
        *ret = (struct page_arrow){.transition = transition, .number = i, .timer = timer_of(wf, i), .to = MACHINE_NONE};
        ret->done = i >= from->done.first && i < (unsigned)from->done.first + from->done.n;
        if (!transition->targetless)
            ret->to = wf->targets[transition->targets.first + *at - passed];
        ++*at;
        return true;
    }
    return false;
}

/* A label is a sentence that tells what has happened; a key needs to be told of what it is. */
static void page_timer_label(struct page *page, unsigned timer, void (*write)(struct page *page, const char *text))
{
    const struct workflow_timer_info *info = &page->wf->timers[timer].info;

    if (info->label.in[page->language]) {
        write(page, info->label.in[page->language]);
        return;
    }
    write(page, page_word(page, PAGE_WORD_TIMER));
    page_text(page, " ");
    write(page, info->key);
}

void page_arrow_label(struct page *page, const struct page_arrow *arrow,
                      void (*write)(struct page *page, const char *text))
{
    const struct machine_transition *transition = arrow->transition;
    const char *label = transition->label.in[page->language];

    if (arrow->timer >= 0)
        page_timer_label(page, (unsigned)arrow->timer, write);
    else if (arrow->done)
        write(page, page_word(page, PAGE_WORD_WHEN_DONE));
    else if (transition->event < 0)
        write(page, page_word(page, PAGE_WORD_BY_ITSELF));
    else
        write(page, label && *label ? label : page->wf->events[transition->event].key);
    if (transition->guard >= 0) {
        page_text(page, " [");
        page_expression(page, transition->guard, write);
        page_text(page, "]");
    }
}

bool page_arrow_roles(struct page *page, const struct page_arrow *arrow,
                      void (*write)(struct page *page, const char *text))
{
    bool any = false;

    for (unsigned i = 0; i < page->wf->n_roles; i++) {
        if (!(arrow->transition->roles >> i & 1))
            continue;
        if (any)
            page_text(page, ", ");
        write(page, page->wf->roles[i].label.in[page->language]);
        any = true;
    }
    return any;
}

/* ---- the door ---- */

static const char *const format_keys[WORKFLOW_FORMATS] = {"outline", "mermaid", "dot", "svg", "scxml", "bpmn"};

const char *workflow_format_key(enum workflow_format format)
{
    return (unsigned)format < WORKFLOW_FORMATS ? format_keys[format] : "";
}

bool workflow_format_find(const char *key, enum workflow_format *ret_format)
{
    for (unsigned i = 0; i < WORKFLOW_FORMATS; i++)
        if (strcmp(format_keys[i], key) == 0) {
            *ret_format = (enum workflow_format)i;
            return true;
        }
    return false;
}

size_t workflow_render(const struct workflow *wf, enum workflow_format format, enum workflow_language language,
                       const struct workflow_overlay *overlay, char *ret, size_t size)
{
    static void (*const writers[WORKFLOW_FORMATS])(struct page *) = {outline_write, mermaid_write, dot_write,
                                                                     svg_write,     scxml_write,   bpmn_write};
    struct page page = {
        .wf = wf, .language = language, .counts = overlay ? overlay->counts : NULL, .at = ret, .size = size};

    writers[format](&page);
    if (size)
        ret[page.length < size ? page.length : size - 1] = '\0';
    return page.length;
}
