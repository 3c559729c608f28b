/* A draft as a text that a person edits: `name = text` and `name := JSON` lines, `---`, and the description. */
#ifndef EDIT_H
#define EDIT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* What may be edited of a request, flat: title, service, description and each data.NAME. The caller releases it. */
json_t *edit_members(const json_t *request);

/* Writes the text. types (name -> type word) tells which data can go as plain text; notes, a list of sentences, and
 * fields (name -> hint), the data that is not there yet, go in as comments. */
void edit_write(FILE *out, const json_t *members, const json_t *types, const json_t *notes, const json_t *fields);

/* Reads it back. NULL when a line is neither, ret_line being its number; an empty object when nothing is left of it. */
json_t *edit_read(char *text, const json_t *types, size_t *ret_line);

/* The merge patch (RFC 7396) that makes base into mine; an empty object when they are the same. */
json_t *edit_patch(const json_t *base, const json_t *mine);

/* Mine on top of what others made of base: their change where there is only one, mine where both changed, whose names
 * ret_conflicts, an array, gets. */
json_t *edit_merge(const json_t *base, const json_t *mine, const json_t *theirs, json_t *ret_conflicts);

#endif
