/* Any bytes as a path, and as the value of every header that we read. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/utf8.h"
#include "http/negotiate.h"
#include "http/router.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct route routes[] = {
    {.method = "GET", .path = "/api/v1/requests/{ref}"},
    {.method = "GET", .path = "/api/v1/requests/{ref}/status"},
    {.method = "GET", .path = "/{a}/{b}/c"},
    {.method = "POST", .path = "/api/v1/requests:batch"},
};

static void read_header(const char *value, struct arena *arena)
{
    int64_t version;
    struct preferences said = {0};
    char trace_id[33];
    uint64_t length;
    (void)accepts_json(value);
    (void)media_type_is(value, "application/json");
    (void)idempotency_key_parse(arena, value);
    (void)if_match_parse(value, &version);
    (void)if_none_match_holds(value, "\"v3-ca\"");
    (void)traceparent_parse(value, trace_id);
    (void)cookie_find(arena, value, "oam_session");
    (void)host_valid(value);
    (void)content_length_parse(value, &length);
    (void)text_language_negotiate(value);
    prefer_parse(value, &said);
    if (said.wait_s < 0 || said.wait_s > HTTP_WAIT_MAX_S || version < 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct router *router;
    char complaint[128];
    if (!router)
        router = router_new(routes, sizeof routes / sizeof routes[0], complaint, sizeof complaint);
    struct arena *arena = arena_new(4096);
    struct router_match match;
    enum router_outcome outcome = router_match(router, "GET", (const char *)data, size, arena, &match);
    for (size_t i = 0; outcome == ROUTER_FOUND && i < HTTP_PATH_PARAMS_MAX && match.params[i]; i++)
        if (!*match.params[i] || strchr(match.params[i], '/') || !utf8_valid(match.params[i], strlen(match.params[i])))
            abort();
    read_header(arena_strndup(arena, (const char *)data, size), arena);
    arena_free(arena);
    return 0;
}
