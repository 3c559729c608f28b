#include "base/json_slice.h"

#include <string.h>

struct slice {
    const char *at, *end;
};

static void skip_space(struct slice *slice)
{
    while (slice->at < slice->end && strchr(" \t\r\n", *slice->at) && *slice->at)
        slice->at++;
}

static void skip_string(struct slice *slice)
{
    for (slice->at++; slice->at < slice->end && *slice->at != '"'; slice->at++)
        if (*slice->at == '\\')
            slice->at++;
    slice->at++;
}

/* Passes over one value, however deep. */
static void skip_value(struct slice *slice)
{
    unsigned depth = 0;
    do {
        char c = *slice->at;
        if (c == '"') {
            skip_string(slice);
            continue;
        }
        depth += c == '{' || c == '[';
        depth -= c == '}' || c == ']';
        slice->at++;
        /* A number or a word goes on until something that ends it. */
        while (depth == 0 && !strchr("}]", c) && slice->at < slice->end && !strchr(",]} \t\r\n", *slice->at))
            slice->at++;
    } while (depth > 0 && slice->at < slice->end);
}

bool json_slice_next(const char *bytes, size_t length, size_t *at, struct json_member *ret)
{
    struct slice slice = {bytes + *at, bytes + length};
    skip_space(&slice);
    if (*at == 0) {
        if (slice.at == slice.end || *slice.at != '{')
            return false;
        slice.at++;
        skip_space(&slice);
    }
    if (slice.at >= slice.end || *slice.at != '"')
        return false;
    ret->name = slice.at + 1;
    skip_string(&slice);
    ret->name_length = (size_t)(slice.at - 1 - ret->name);
    skip_space(&slice);
    slice.at++; /* the colon */
    skip_space(&slice);
    ret->value = slice.at;
    skip_value(&slice);
    ret->value_length = (size_t)(slice.at - ret->value);
    skip_space(&slice);
    slice.at++; /* the comma, or the end */
    *at = (size_t)(slice.at - bytes);
    return true;
}

bool json_slice(const char *bytes, size_t length, const char *name, const char **ret_value, size_t *ret_length)
{
    struct json_member member;
    bool found = false;
    for (size_t at = 0; json_slice_next(bytes, length, &at, &member);) {
        if (strlen(name) != member.name_length || memcmp(member.name, name, member.name_length) != 0)
            continue;
        *ret_value = member.value;
        *ret_length = member.value_length;
        found = true;
    }
    return found;
}
