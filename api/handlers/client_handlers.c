#include "handlers/client_handlers.h"

#include "handlers/answer.h"
#include "handlers/use.h"
#include "service/client.h"

bool handle_client_list(struct context *ctx, struct error *err)
{
    const struct call call = use_call_without_directory(ctx, err);
    const char *next = NULL, *prev = NULL;
    struct json_out out = json_out_new(ctx->arena, 4096);
    const struct page_input page = page_asked(ctx, PAGE_LIMIT_MAX, err);
    if (error_is_set(err) || !client_list(&call, &page, &out, &next, &prev))
        return false;
    return page_answer(ctx, &out, next, prev);
}

/* A secret is in it: nobody on the way keeps it. */
static bool respond_secret(struct context *ctx, const struct reply *reply)
{
    http_header_set(ctx, "Cache-Control", "no-store");
    return use_respond(ctx, reply);
}

bool handle_client_create(struct context *ctx, struct error *err)
{
    struct call call;
    struct reply reply;
    const json_t *body = http_body_json(ctx, err);
    if (!body)
        return false;
    const struct client_input input = client_input_from_json(body, false, err);
    return !error_is_set(err) && use_call(ctx, err, &call) && client_add(&call, &input, &reply) &&
           respond_secret(ctx, &reply);
}

bool handle_client_read(struct context *ctx, struct error *err)
{
    const struct call call = use_call_without_directory(ctx, err);
    struct json_out out = json_out_new(ctx->arena, 2048);
    return client_read(&call, ctx->params[0], &out) &&
           (answer_not_modified(ctx, answer_bytes_etag(ctx, out.bytes, out.length, ETAG_WEAK)) ||
            http_respond_json(ctx, 200, &out));
}

bool handle_client_change(struct context *ctx, struct error *err)
{
    struct call call;
    struct json_out out = json_out_new(ctx->arena, 2048);
    int64_t version;
    const json_t *body = http_body_json(ctx, err);
    if (!body)
        return false;
    const struct client_input input = client_input_from_json(body, true, err);
    if (error_is_set(err) || !use_call(ctx, err, &call) ||
        !client_edit(&call, ctx->params[0], ctx->if_match_version, &input, &out, &version))
        return false;
    http_etag_set(ctx, version);
    return http_respond_json(ctx, 200, &out);
}

bool handle_client_revoke(struct context *ctx, struct error *err)
{
    const struct call call = use_call_without_directory(ctx, err);
    return client_revoke(&call, ctx->params[0], ctx->if_match_version) && http_respond_empty(ctx, 204);
}

bool handle_client_rotate(struct context *ctx, struct error *err)
{
    const struct call call = use_call_without_directory(ctx, err);
    struct reply reply;
    const json_t *body = http_body_json(ctx, err);
    if (!body)
        return false;
    const int64_t hours = client_overlap_from_json(body, err);
    return !error_is_set(err) && client_rotate(&call, ctx->params[0], ctx->if_match_version, hours, &reply) &&
           respond_secret(ctx, &reply);
}
