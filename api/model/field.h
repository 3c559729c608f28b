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

/* Whether a text says something, and reads as it stands: without marks that turn the direction of what follows. */
bool field_line_is_fine(const char *text);

/* A line that people read in lists, of `min` to `max` characters; NULL when it is absent or not fine. */
const char *field_line(struct json_in *in, const char *name, size_t min, size_t max, bool required);

/* Of a merge patch (RFC 7396): one that says nothing is violated, and one that would take away a member of `kept`
   (the last one NULL), which is there for good. */
void field_patch(struct json_in *in, const char *const kept[]);

#endif
