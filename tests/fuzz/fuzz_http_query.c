/* Any bytes as a query or a form: what is decoded is UTF-8 without NUL, and short of the limits. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "http/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const allowed[] = {"a", "q", NULL};
    static const struct route route = {.method = "GET", .path = "/x", .query = allowed};
    struct arena *arena = arena_new(4096);
    struct error err = {.arena = arena, .language = TEXT_CA};
    struct context ctx = {.arena = arena, .route = &route, .body = (const char *)data, .body_length = size};
    bool fine = query_parse(&ctx, (const char *)data, size, &err);
    if (fine == error_is_set(&err) || ctx.n_query > HTTP_QUERY_PARAMS_MAX)
        abort();
    for (size_t i = 0; i < ctx.n_query; i++)
        if (!utf8_valid(ctx.query[i].name, strlen(ctx.query[i].name)) ||
            !utf8_valid(ctx.query[i].value, strlen(ctx.query[i].value)))
            abort();
    (void)http_form(&ctx, "a", &err);
    struct http_pair fields[HTTP_QUERY_PARAMS_MAX];
    size_t count = 0;
    if (http_form_all(&ctx, fields, HTTP_QUERY_PARAMS_MAX, &count, &err))
        for (size_t i = 0; i < count; i++)
            if (strchr(fields[i].value, '\r') || !utf8_valid(fields[i].value, strlen(fields[i].value)))
                abort();
    (void)http_query_number(&ctx, "q", 1, 200, 50, &err);
    arena_free(arena);
    return 0;
}
