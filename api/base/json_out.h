/* The one way out for JSON: a small escaping writer into the arena (no jansson on hot answers: CPU per item counts). */
#ifndef OAM_BASE_JSON_OUT_H
#define OAM_BASE_JSON_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"

struct json_out {
    struct arena *arena;
    char *bytes; /* not NUL-terminated until json_out_text() */
    size_t length, capacity;
    bool comma; /* the next value needs one before it */
};

struct json_out json_out_new(struct arena *arena, size_t first_capacity);

void json_out_object_begin(struct json_out *out);
void json_out_object_end(struct json_out *out);
void json_out_array_begin(struct json_out *out);
void json_out_array_end(struct json_out *out);
/* Starts a member: `name` must need no escaping (a literal). */
void json_out_name_n(struct json_out *out, const char *name, size_t length);
void json_out_key(struct json_out *out, const char *name); /* the same, escaped: for names from data */

void json_out_text(struct json_out *out, const char *value_or_null); /* NULL writes null */
void json_out_text_n(struct json_out *out, const char *value, size_t length);
void json_out_number(struct json_out *out, int64_t value);
void json_out_bool(struct json_out *out, bool value);
void json_out_null(struct json_out *out);
void json_out_time(struct json_out *out, int64_t at_us);                  /* 0 writes null */
void json_out_raw(struct json_out *out, const char *json, size_t length); /* JSON that PostgreSQL or we made */

/* Here, so that the compiler counts the letters of literals: a list page has a thousand names. */
static inline void json_out_name(struct json_out *out, const char *name)
{
    json_out_name_n(out, name, strlen(name));
}

/* name + value in one call. */
static inline void json_out_member_text(struct json_out *out, const char *name, const char *value_or_null)
{
    json_out_name(out, name);
    json_out_text(out, value_or_null);
}

static inline void json_out_member_number(struct json_out *out, const char *name, int64_t value)
{
    json_out_name(out, name);
    json_out_number(out, value);
}

static inline void json_out_member_bool(struct json_out *out, const char *name, bool value)
{
    json_out_name(out, name);
    json_out_bool(out, value);
}

static inline void json_out_member_time(struct json_out *out, const char *name, int64_t at_us)
{
    json_out_name(out, name);
    json_out_time(out, at_us);
}

void json_out_member_raw(struct json_out *out, const char *name, const char *json_or_null); /* NULL writes null */

/* The finished text, NUL-terminated, arena-owned. */
const char *json_out_finish(struct json_out *out, size_t *ret_length);

#endif
