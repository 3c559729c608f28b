/* The members of a JSON object as they are written: a document inside a body is judged by its own lines, and a part of
   an answer is cut out of the whole. */
#ifndef OAM_BASE_JSON_SLICE_H
#define OAM_BASE_JSON_SLICE_H

#include <stdbool.h>
#include <stddef.h>

struct json_member {
    const char *name, *value; /* within the bytes, not NUL-terminated; the name without its quotes */
    size_t name_length, value_length;
};

/* The next member of the object that well-formed JSON is; *at is 0 before the first. False behind the last. */
bool json_slice_next(const char *bytes, size_t length, size_t *at, struct json_member *ret);

/* Finds the value of a member of the object that well-formed JSON is; the last one of that name. False when there is
 * none. A name that is written with escapes is not found. */
bool json_slice(const char *bytes, size_t length, const char *name, const char **ret_value, size_t *ret_length);

#endif
