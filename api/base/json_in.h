/* The one way in for JSON: strict, bounded, with line and column (RFC 8259; duplicate keys refused, depth <= 32). */
#ifndef OAM_BASE_JSON_IN_H
#define OAM_BASE_JSON_IN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Parses `length` bytes; the result is attached to err->arena. NULL with MALFORMED_JSON (detail names line and column).
 */
json_t *json_in_parse(const char *bytes, size_t length, struct error *err);

/* Reads members of an object and gathers every violation. `base` is the pointer of the object ("" for the body). */
struct json_in {
    const json_t *object;
    const char *base;
    struct error *err;
    uint64_t seen; /* internal: which members were asked for */
};
struct json_in json_in_object(const json_t *value, const char *base,
                              struct error *err); /* violates WRONG_TYPE if no object */

/* A string of min..max characters (code points), no control characters but \n and \t (only where `multiline`).
   NULL when absent (violates REQUIRED if `required`) or wrong. null counts as absent unless required. */
const char *json_in_text(struct json_in *in, const char *name, size_t min, size_t max, bool required, bool multiline);
bool json_in_bool(struct json_in *in, const char *name, bool fallback);
int64_t json_in_integer(struct json_in *in, const char *name, int64_t min, int64_t max, bool required,
                        int64_t fallback);
int64_t json_in_time(struct json_in *in, const char *name, bool required); /* µs; 0 when absent */
const json_t *json_in_value(struct json_in *in, const char *name, json_type type, bool required); /* object or array */
/* Violates UNKNOWN_MEMBER for each member not in `names` (NULL-terminated). Call last. */
void json_in_finish(struct json_in *in, const char *const names[]);

/* base + "/" + escaped name (RFC 6901), in the arena. */
const char *json_pointer(struct arena *arena, const char *base, const char *name);
const char *json_pointer_index(struct arena *arena, const char *base, size_t index);

#endif
