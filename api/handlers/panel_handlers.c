#include "handlers/panel_handlers.h"

#include "handlers/answer.h"
#include "handlers/use.h"
#include "service/panel.h"

bool handle_panel_list(struct context *ctx, struct error *err)
{
    struct call call;
    struct json_out out = json_out_new(ctx->arena, 4096);
    return use_call(ctx, err, &call) && panel_list(&call, &out) &&
           (answer_not_modified(ctx, answer_bytes_etag(ctx, out.bytes, out.length, ETAG_WEAK)) ||
            http_respond_json(ctx, 200, &out));
}

bool handle_panel_read(struct context *ctx, struct error *err)
{
    struct call call;
    int64_t version;
    struct json_out out = json_out_new(ctx->arena, 2048);
    if (!use_call(ctx, err, &call) || !panel_read(&call, ctx->params[0], &out, &version))
        return false;
    if (http_not_modified(ctx, version))
        return true;
    http_etag_set(ctx, version);
    return http_respond_json(ctx, 200, &out);
}

bool handle_panel_change(struct context *ctx, struct error *err)
{
    struct call call;
    int64_t version;
    const json_t *body = http_body_json(ctx, err);
    if (!body)
        return false;
    const struct panel_input input = panel_input_from_json(body, err);
    if (error_is_set(err) || !use_call(ctx, err, &call) ||
        !panel_change(&call, ctx->params[0], ctx->if_match_version, &input, &version))
        return false;
    http_etag_set(ctx, version);
    return http_respond_empty(ctx, 204);
}

bool handle_ballot_list(struct context *ctx, struct error *err)
{
    struct call call;
    struct json_out out = json_out_new(ctx->arena, 4096);
    return use_call(ctx, err, &call) && panel_ballots(&call, ctx->params[0], &out) &&
           (answer_not_modified(ctx, answer_bytes_etag(ctx, out.bytes, out.length, ETAG_WEAK)) ||
            http_respond_json(ctx, 200, &out));
}
