#include "handlers/status_handlers.h"

#include <stdlib.h>
#include <string.h>

#include "handlers/answer.h"
#include "handlers/use.h"
#include "model/request.h"
#include "service/events.h"
#include "service/request_service.h"

bool handle_status_query(struct context *ctx, struct error *err)
{
    struct call call;
    size_t count;
    const json_t *body = http_body_json(ctx, err);
    const char **refs = body ? status_query_from_json(body, &count, err) : NULL;
    struct json_out out = json_out_new(ctx->arena, 16 * 1024);
    if (!refs || !use_call(ctx, err, &call) || !request_status_many(&call, refs, count, &out))
        return false;
    return answer_not_modified(ctx, answer_bytes_etag(ctx, out.bytes, out.length, ETAG_WEAK)) ||
           http_respond_json(ctx, 200, &out);
}

#define EVENT_PREFIX      "cat.oam."
#define EVENT_TYPES_BYTES 400 /* of ?type= */
_Static_assert(EVENT_TYPES_MAX * sizeof EVENT_PREFIX "a.b" > EVENT_TYPES_BYTES,
               "every type that was asked for has room");

/* cat.oam.request.submitted */
static bool is_event_type(const char *type)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz_";
    if (strncmp(type, EVENT_PREFIX, strlen(EVENT_PREFIX)) != 0)
        return false;
    const char *noun = type + strlen(EVENT_PREFIX), *dot = noun + strspn(noun, letters);
    return dot > noun && dot[0] == '.' && dot[1] != '\0' && dot[1 + strspn(dot + 1, letters)] == '\0';
}

static bool take_event_query(const struct context *ctx, struct event_query *query, struct error *err)
{
    struct word_set types =
        query_words(ctx, "type", EVENT_TYPES_BYTES, is_event_type, "cat.oam.request.submitted", err);
    query->latest = http_query(ctx, "after") && strcmp(http_query(ctx, "after"), "latest") == 0;
    query->after = query->latest ? 0 : http_query_number(ctx, "after", 0, INT64_MAX, 0, err);
    query->limit = (int)http_query_number(ctx, "limit", 1, 200, 50, err);
    query->subject = http_query(ctx, "subject");
    if (query->subject && !request_ref_is_valid(query->subject))
        query_refuse(err, "subject", "OAM-2026-000123");
    for (size_t i = 0; i < types.n && query->n_types < EVENT_TYPES_MAX; i++)
        query->types[query->n_types++] = types.items[i] + strlen(EVENT_PREFIX);
    return !error_is_set(err);
}

bool handle_event_list(struct context *ctx, struct error *err)
{
    struct call call;
    struct event_query query = {0};
    size_t count;
    int64_t next;
    struct json_out out = json_out_new(ctx->arena, 16 * 1024);
    if (!use_call(ctx, err, &call) || !take_event_query(ctx, &query, err) ||
        !event_list(&call, &query, &out, &count, &next))
        return false;
    if (count == 0 && next == query.after && !query.latest && ctx->prefer_wait_s > 0)
        return http_wait(ctx, ctx->prefer_wait_s);
    if (ctx->prefer_told_s > 0)
        http_header_set(ctx, "Preference-Applied", arena_printf(ctx->arena, "wait=%d", ctx->prefer_told_s));
    http_header_set(ctx, "Link",
                    arena_printf(ctx->arena, "</api/v1/events?after=%lld>; rel=\"next\"", (long long)next));
    return http_respond_json(ctx, 200, &out);
}
