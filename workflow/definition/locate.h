/* Where things are in the text of a JSON document: jansson keeps no positions, and a fault without a line is no help.
 */
#ifndef OAM_WORKFLOW_LOCATE_H
#define OAM_WORKFLOW_LOCATE_H

#include <stdbool.h>
#include <stddef.h>

/* A place in the document, linked from the leaf to the root; lives on the stack of who walks it. */
struct place {
    const struct place *up; /* NULL: the root */
    const char *name;       /* of a member; NULL: an item of an array */
    size_t index;           /* of an item */
};

/* Writes the RFC 6901 pointer of the place; one that is too long loses its beginning to "…". */
void place_pointer(const struct place *place, char *ret, size_t size);

/* Finds the place in well-formed JSON and tells its byte: of the name of a member, of the first byte of an item. A
 * place that is not there (a missing member) is where its parent is. */
size_t locate_place(const char *json, size_t length, const struct place *place);

/* Finds a byte of the text that a place (a string) stands for, by how many are before it; the place itself where it is
 * no string. */
size_t locate_within(const char *json, size_t length, const struct place *place, size_t before);

/* Tells line and column, both from 1 and in characters, of a byte. */
void locate_line(const char *json, size_t offset, unsigned *ret_line, unsigned *ret_column);

/* Tells whether arrays and objects are nested deeper than max, and where; works on any bytes. */
bool locate_too_deep(const char *json, size_t length, unsigned max, size_t *ret_offset);

/* What a text that is well-formed up to a byte was about there: the pointer of the innermost member or item begun,
 * and the byte where that begins. */
size_t locate_innermost(const char *json, size_t offset, char *ret_pointer, size_t size);

#endif
