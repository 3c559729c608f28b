#include "http/query.h"

#include <string.h>

#include "base/utf8.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* NUL and other control characters have no place in an identifier or a filter; a text field belongs into a body. */
static bool decoded_byte_fine(unsigned char byte, enum uri_part part)
{
    if (part == URI_FORM && (byte == '\n' || byte == '\r' || byte == '\t'))
        return true;
    return byte >= 0x20 && byte != 0x7F && !(part == URI_PATH_SEGMENT && byte == '/');
}

const char *uri_decode(struct arena *arena, const char *raw, size_t length, enum uri_part part)
{
    char *decoded = arena_take(arena, length + 1);
    size_t written = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)raw[i];
        if (byte <= 0x20 || byte == 0x7F)
            return NULL; /* raw, it has no place in a request line */
        if (byte == '%') {
            int high = i + 2 < length ? hex_digit(raw[i + 1]) : -1;
            int low = i + 2 < length ? hex_digit(raw[i + 2]) : -1;
            if (high < 0 || low < 0)
                return NULL;
            byte = (unsigned char)(high * 16 + low);
            i += 2;
        } else if (byte == '+' && part != URI_PATH_SEGMENT) {
            byte = ' ';
        }
        if (!decoded_byte_fine(byte, part))
            return NULL;
        decoded[written++] = (char)byte;
    }
    decoded[written] = '\0';
    return utf8_valid(decoded, written) ? decoded : NULL;
}

/* The next pair of `*cursor` .. `end`, decoded: a name or value that cannot be is NULL. False at the end. */
static bool pair_next(struct arena *arena, const char **cursor, const char *end, enum uri_part part,
                      struct http_pair *ret)
{
    const char *at = *cursor;
    while (at < end && *at == '&')
        at++;
    if (at >= end)
        return false;
    const char *pair_end = memchr(at, '&', (size_t)(end - at));
    if (!pair_end)
        pair_end = end;
    const char *equals = memchr(at, '=', (size_t)(pair_end - at));
    const char *name_end = equals ? equals : pair_end;
    const char *value = equals ? equals + 1 : pair_end;
    ret->name = uri_decode(arena, at, (size_t)(name_end - at), part);
    ret->value = uri_decode(arena, value, (size_t)(pair_end - value), part);
    *cursor = pair_end;
    return true;
}

bool query_split(struct arena *arena, const char *raw, size_t length, enum uri_part part, struct http_pair *ret_pairs,
                 size_t max, size_t *ret_count)
{
    struct http_pair pair;
    *ret_count = 0;
    for (const char *at = raw; pair_next(arena, &at, raw + length, part, &pair);) {
        if (*ret_count == max || !pair.name || !pair.value)
            return false;
        ret_pairs[(*ret_count)++] = pair;
    }
    return true;
}

bool query_language(struct arena *arena, const char *raw, enum text_language *ret)
{
    struct http_pair pair;
    const char *end = raw + strlen(raw);
    for (const char *at = raw; pair_next(arena, &at, end, URI_QUERY, &pair);)
        if (pair.name && pair.value && strcmp(pair.name, "lang") == 0)
            return text_language_find(pair.value, ret);
    return false;
}

static bool is_allowed(const struct route *route, const char *name)
{
    if (strcmp(name, "lang") == 0)
        return true;
    for (const char *const *allowed = route->query; allowed && *allowed; allowed++)
        if (strcmp(*allowed, name) == 0)
            return true;
    return false;
}

static bool is_repeated(const struct context *ctx, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(ctx->query[i].name, ctx->query[index].name) == 0)
            return true;
    return false;
}

bool query_parse(struct context *ctx, const char *raw, size_t length, struct error *err)
{
    if (!query_split(ctx->arena, raw, length, URI_QUERY, ctx->query, HTTP_QUERY_PARAMS_MAX, &ctx->n_query)) {
        ctx->n_query = 0;
        return error_set(err, ERROR_BAD_REQUEST, TEXT_HTTP_URI);
    }
    for (size_t i = 0; i < ctx->n_query; i++) {
        const char *name = ctx->query[i].name;
        bool allowed = is_allowed(ctx->route, name), repeated = is_repeated(ctx, i);
        if (allowed && !repeated)
            continue;
        (void)error_set(err, ERROR_INVALID_PARAMETER, TEXT_HTTP_QUERY);
        /* A name that starts with a slash would pass for a pointer into the body. */
        const char *shown = name[0] == '/' || !name[0] ? "?" : name;
        if (!allowed)
            (void)error_violate(err, shown, UNKNOWN_PARAMETER, name);
        else
            (void)error_violate(err, shown, REPEATED, name);
    }
    return !error_is_set(err);
}
