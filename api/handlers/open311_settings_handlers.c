#include "handlers/open311_settings_handlers.h"

#include "auth/credentials.h"
#include "handlers/answer.h"
#include "handlers/use.h"
#include "service/open311.h"

bool handle_open311_list(struct context *ctx, struct error *err)
{
    struct call call;
    struct json_out out = json_out_new(ctx->arena, 1024);
    if (!use_call(ctx, err, &call))
        return false;
    open311_list(&call, &out);
    return answer_not_modified(ctx, answer_bytes_etag(ctx, out.bytes, out.length, ETAG_WEAK)) ||
           http_respond_json(ctx, 200, &out);
}

bool handle_open311_publish(struct context *ctx, struct error *err)
{
    struct call call;
    const json_t *body = http_body_json(ctx, err);
    if (!body)
        return false;
    const struct open311_input input = open311_input_from_json(body, err);
    return !error_is_set(err) && use_call(ctx, err, &call) && open311_publish(&call, ctx->params[0], &input) &&
           http_respond_empty(ctx, 204);
}

bool handle_open311_withdraw(struct context *ctx, struct error *err)
{
    struct call call;
    return use_call(ctx, err, &call) && open311_withdraw(&call, ctx->params[0]) && http_respond_empty(ctx, 204);
}

bool handle_open311_key_give(struct context *ctx, struct error *err)
{
    struct call call;
    char *key = arena_alloc(ctx->arena, AUTH_CLIENT_SECRET_SIZE);
    http_header_set(ctx, "Cache-Control", "no-store");
    if (!use_call(ctx, err, &call) ||
        !open311_key_give(&call, ctx->params[0], ctx->params[1], key, AUTH_CLIENT_SECRET_SIZE))
        return false;
    struct json_out out = json_out_new(ctx->arena, 256);
    json_out_object_begin(&out);
    json_out_member_text(&out, "api_key", key);
    json_out_object_end(&out);
    return http_respond_json(ctx, 200, &out);
}

bool handle_open311_key_take(struct context *ctx, struct error *err)
{
    struct call call;
    return use_call(ctx, err, &call) && open311_key_take(&call, ctx->params[0], ctx->params[1]) &&
           http_respond_empty(ctx, 204);
}
