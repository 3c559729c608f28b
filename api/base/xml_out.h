/* The way out for XML: elements and text, escaped, into the arena. No attributes, no namespaces: Open311 has none. */
#ifndef OAM_BASE_XML_OUT_H
#define OAM_BASE_XML_OUT_H

#include <stddef.h>

#include "base/arena.h"

struct xml_out {
    struct arena *arena;
    char *bytes; /* not NUL-terminated until xml_out_finish() */
    size_t length, capacity;
};

/* With the declaration. */
struct xml_out xml_out_new(struct arena *arena, size_t first_capacity);

/* `name` must be a name of XML (a literal). */
void xml_out_begin(struct xml_out *out, const char *name);
void xml_out_end(struct xml_out *out, const char *name);

/* Characters that XML 1.0 cannot hold become U+FFFD, as does what is no UTF-8: the document is always well-formed. */
void xml_out_text(struct xml_out *out, const char *text);

/* <name>text</name>; NULL and "" write <name/>. */
void xml_out_member(struct xml_out *out, const char *name, const char *text_or_null);

/* The finished document, NUL-terminated, arena-owned. */
const char *xml_out_finish(struct xml_out *out, size_t *ret_length);

#endif
