/* The text of one member of a JSON object: a document inside a body is judged by its own lines. */
#ifndef OAM_BASE_JSON_SLICE_H
#define OAM_BASE_JSON_SLICE_H

#include <stdbool.h>
#include <stddef.h>

/* Finds the value of a member of the object that well-formed JSON is; the last one of that name. False when there is
 * none. A name that is written with escapes is not found. */
bool json_slice(const char *bytes, size_t length, const char *name, const char **ret_value, size_t *ret_length);

#endif
