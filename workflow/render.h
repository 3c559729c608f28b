/*
 * A definition as a drawing or a text, for people and for other tools.
 *
 * Pure as the rest of the core: what is written goes into the caller's memory, and no more than fits.
 */
#ifndef OAM_WORKFLOW_RENDER_H
#define OAM_WORKFLOW_RENDER_H

#include "workflow/workflow.h"

#ifdef __cplusplus
extern "C" {
#endif

enum workflow_format {
    WORKFLOW_FORMAT_OUTLINE, /* plain text, in reading order: for screen readers, and for everybody */
    WORKFLOW_FORMAT_MERMAID, /* stateDiagram-v2 */
    WORKFLOW_FORMAT_DOT,     /* Graphviz */
    WORKFLOW_FORMAT_SVG,     /* drawn by ourselves: no tool, no script, no font from elsewhere */
    WORKFLOW_FORMAT_SCXML,   /* SCXML 1.0: states and transitions, guards as conditions */
    WORKFLOW_FORMAT_BPMN     /* BPMN 2.0 XML, for exchange */
};
enum { WORKFLOW_FORMATS = 6 };

/* Returns the word of a format: "outline" to "bpmn". */
const char *workflow_format_key(enum workflow_format format);
/* Finds a format by its word. ret_format is left alone when there is none. */
bool workflow_format_find(const char *key, enum workflow_format *ret_format);

/* What is shown on top of the definition. */
struct workflow_overlay {
    const uint32_t *counts; /* requests in each state, by its number; NULL: none are shown */
};

/*
 * Writes the definition in a format and a language. Returns the bytes of the whole; what is written is cut to size - 1
 * of them and terminated whenever size is not 0. overlay may be NULL.
 */
size_t workflow_render(const struct workflow *wf, enum workflow_format format, enum workflow_language language,
                       const struct workflow_overlay *overlay, char *ret, size_t size);

#ifdef __cplusplus
}
#endif

#endif
