/* Members that more than one thing has: each reads one, and violates what is wrong with it. */
#ifndef OAM_MODEL_FIELD_H
#define OAM_MODEL_FIELD_H

#include "base/json_in.h"

/* BAD_FORMAT of a member, with an example. */
void field_violate_like(const struct json_in *in, const char *name, const char *example);

/* A day from 1990 to 2100 as it is written, "2026-11-22"; NULL when it is absent or wrong. */
const char *field_day(struct json_in *in, const char *name, bool required);

/* One of `options`, that very pointer; NULL when it is absent or none of them. */
const char *field_option(struct json_in *in, const char *name, const char *const options[], size_t count,
                         bool required);

#endif
