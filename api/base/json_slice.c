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

bool json_slice(const char *bytes, size_t length, const char *name, const char **ret_value, size_t *ret_length)
{
    struct slice slice = {bytes, bytes + length};
    bool found = false;
    skip_space(&slice);
    if (slice.at == slice.end || *slice.at != '{')
        return false;
    slice.at++;
    skip_space(&slice);
    while (slice.at < slice.end && *slice.at == '"') {
        const char *key = slice.at + 1;
        skip_string(&slice);
        bool wanted = strlen(name) == (size_t)(slice.at - 1 - key) && memcmp(key, name, strlen(name)) == 0;
        skip_space(&slice);
        slice.at++; /* the colon */
        skip_space(&slice);
        const char *value = slice.at;
        skip_value(&slice);
        if (wanted) {
            *ret_value = value;
            *ret_length = (size_t)(slice.at - value);
            found = true;
        }
        skip_space(&slice);
        slice.at++; /* the comma, or the end */
        skip_space(&slice);
    }
    return found;
}
