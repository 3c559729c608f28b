/* A correction of a calendar, as a client may write it. */
#ifndef OAM_MODEL_CALENDAR_H
#define OAM_MODEL_CALENDAR_H

#include <jansson.h>
#include <stdint.h>

#include "base/error.h"

#define CALENDAR_DAYS_MAX 60

struct calendar_day {
    int64_t day;                   /* since 1970 */
    const char *text;              /* the same as it was written: YYYY-MM-DD */
    const char *name_ca, *name_es; /* NULL: none */
};

struct calendar_input {
    const char *reason;
    struct calendar_day add[CALENDAR_DAYS_MAX], remove[CALENDAR_DAYS_MAX];
    size_t n_add, n_remove;
};

/* Reads {reason, add?: [{day, name_ca?, name_es?}], remove?: [day]}, at least one day; all violations at once, in
 * `err`. */
void calendar_input_from_json(const json_t *json, struct calendar_input *ret, struct error *err);

#endif
