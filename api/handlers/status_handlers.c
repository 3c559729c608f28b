#include "handlers/status_handlers.h"

#include <string.h>

#include "base/hex.h"
#include "handlers/answer.h"
#include "handlers/use.h"
#include "http/negotiate.h"
#include "model/request.h"
#include "service/page_cache.h"
#include "service/query_cache.h"
#include "service/request_many.h"

/* The question as this caller asks it: a digest, since nobody may find another one that passes for it. */
static const char *query_key(const struct context *ctx)
{
    unsigned char digest[AUTH_DIGEST_SIZE];
    char text[2 * AUTH_DIGEST_SIZE + 1];
    const char *fields = http_query(ctx, "fields"), *include = http_query(ctx, "include");
    auth_digest(ctx->body, ctx->body_length, digest);
    (void)hex_write(text, digest, sizeof digest);
    return page_cache_key(ctx->arena, &ctx->actor, ctx->language,
                          arena_printf(ctx->arena, "%s %d%d %s&%s", text, fields != NULL, include != NULL,
                                       fields ? fields : "", include ? include : ""));
}

bool status_query_from_memory(struct context *ctx)
{
    if (!ctx->if_none_match)
        return false;
    const char *etag = query_cache_find(ctx->app->queries, query_key(ctx), ctx->arena);
    return etag && if_none_match_holds(ctx->if_none_match, etag + strlen("W/")) && answer_not_modified(ctx, etag);
}

bool handle_status_query(struct context *ctx, struct error *err)
{
    struct call call;
    size_t count;
    const struct selection *selection;
    if (!query_selection(ctx, SELECTION_STATUS, SELECTION_SUMMARY, &selection, err))
        return false;
    const json_t *body = http_body_json(ctx, err);
    const char **refs = body ? status_query_from_json(body, &count, err) : NULL;
    struct json_out out = json_out_new(ctx->arena, 16 * 1024);
    const uint64_t ticket = answer_cache_changes(ctx->app->cache);
    if (!refs || !use_call(ctx, err, &call) || !request_status_many(&call, refs, count, selection, &out))
        return false;
    const char *etag = answer_bytes_etag(ctx, out.bytes, out.length, ETAG_WEAK);
    query_cache_keep(ctx->app->queries, query_key(ctx), ticket, refs, count, etag);
    return answer_not_modified(ctx, etag) || http_respond_json(ctx, 200, &out);
}
