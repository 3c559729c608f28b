/* When an agent is away, as a client may write it. */
#ifndef OAM_MODEL_ABSENCE_H
#define OAM_MODEL_ABSENCE_H

#include <jansson.h>
#include <stdint.h>

#include "base/error.h"

/* Days since 1970, both included. */
struct absence_input {
    int64_t first_day, last_day;
    const char *first_text, *last_text; /* the same as they were written: YYYY-MM-DD */
    const char *delegate;               /* login, or NULL */
};

/* Reads {first_day, last_day, delegate?}; all violations at once, in `err`. */
struct absence_input absence_input_from_json(const json_t *json, struct error *err);

#endif
