#include "handlers/use.h"

#include "handlers/answer.h"

struct call use_call_without_directory(struct context *ctx, struct error *err)
{
    (void)atomic_fetch_add_explicit(&ctx->app->uses, 1, memory_order_relaxed);
    return (struct call){
        .store = ctx->store,
        .arena = ctx->arena,
        .actor = &ctx->actor,
        .auth = ctx->app->auth,
        .cache = ctx->app->cache,
        .bell = ctx->app->bell,
        .err = err,
        .now = ctx->now,
        .language = ctx->language,
        .request_id = ctx->request_id,
        .trace_id = ctx->trace_id,
        .idempotency_key = ctx->idempotency_key,
        .route = ctx->route->path,
        .target = ctx->path,
        .body = ctx->body,
        .body_length = ctx->body_length,
    };
}

bool use_call(struct context *ctx, struct error *err, struct call *ret)
{
    *ret = use_call_without_directory(ctx, err);
    ret->directory = answer_directory(ctx, err);
    return ret->directory != NULL;
}

bool use_respond(struct context *ctx, const struct reply *reply)
{
    if (reply->location)
        http_header_set(ctx, "Location", reply->location);
    if (reply->version)
        http_etag_set(ctx, reply->version);
    if (reply->replayed)
        http_header_set(ctx, "Idempotency-Replayed", "true");
    return http_respond_bytes(ctx, reply->status, "application/json", reply->bytes, reply->length);
}
