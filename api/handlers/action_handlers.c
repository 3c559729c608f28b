#include "handlers/action_handlers.h"

#include "handlers/answer.h"
#include "handlers/use.h"
#include "model/action.h"
#include "service/action.h"
#include "service/summary.h"

/* The version is the request's: what it says of an action is as old as that. */
static bool respond(struct context *ctx, struct json_out *out, int64_t version)
{
    if (http_not_modified(ctx, version))
        return true;
    http_etag_set(ctx, version);
    return http_respond_json(ctx, 200, out);
}

bool handle_action_list(struct context *ctx, struct error *err)
{
    struct call call;
    int64_t version;
    struct json_out out = json_out_new(ctx->arena, 4096);
    return use_call(ctx, err, &call) && action_list(&call, ctx->params[0], &out, &version) &&
           respond(ctx, &out, version);
}

bool handle_action_read(struct context *ctx, struct error *err)
{
    struct call call;
    int64_t version;
    struct json_out out = json_out_new(ctx->arena, 2048);
    return use_call(ctx, err, &call) && action_read(&call, ctx->params[0], ctx->params[1], &out, &version) &&
           respond(ctx, &out, version);
}

bool handle_amount_list(struct context *ctx, struct error *err)
{
    struct call call;
    int64_t version;
    struct json_out out = json_out_new(ctx->arena, 4096);
    return use_call(ctx, err, &call) && amount_list(&call, ctx->params[0], ctx->params[1], &out, &version) &&
           respond(ctx, &out, version);
}

bool handle_action_create(struct context *ctx, struct error *err)
{
    struct call call;
    struct reply reply;
    const json_t *body = http_body_json(ctx, err);
    if (!body)
        return false;
    const struct action_input input = action_input_from_json(body, err);
    return !error_is_set(err) && use_call(ctx, err, &call) && action_open(&call, ctx->params[0], &input, &reply) &&
           use_respond(ctx, &reply);
}

bool handle_action_change(struct context *ctx, struct error *err)
{
    struct call call;
    struct reply reply;
    const json_t *body = http_body_json(ctx, err);
    if (!body)
        return false;
    const struct action_input input = action_patch_from_json(body, err);
    return !error_is_set(err) && use_call(ctx, err, &call) &&
           action_change(&call, ctx->params[0], ctx->params[1], ctx->if_match_version, &input, &reply) &&
           use_respond(ctx, &reply);
}

bool handle_milestone_create(struct context *ctx, struct error *err)
{
    struct call call;
    struct reply reply;
    const json_t *body = http_body_json(ctx, err);
    if (!body)
        return false;
    const struct milestone_input input = milestone_input_from_json(body, "", err);
    return !error_is_set(err) && use_call(ctx, err, &call) &&
           milestone_add(&call, ctx->params[0], ctx->params[1], &input, &reply) && use_respond(ctx, &reply);
}

bool handle_milestone_change(struct context *ctx, struct error *err)
{
    struct call call;
    struct reply reply;
    const json_t *body = http_body_json(ctx, err);
    if (!body)
        return false;
    const struct milestone_input input = milestone_patch_from_json(body, err);
    return !error_is_set(err) && use_call(ctx, err, &call) &&
           milestone_change(&call, ctx->params[0], ctx->params[1], ctx->params[2], ctx->if_match_version, &input,
                            &reply) &&
           use_respond(ctx, &reply);
}

bool handle_amount_create(struct context *ctx, struct error *err)
{
    struct call call;
    struct reply reply;
    const json_t *body = http_body_json(ctx, err);
    if (!body)
        return false;
    const struct amount_input input = amount_input_from_json(body, err);
    return !error_is_set(err) && use_call(ctx, err, &call) &&
           amount_record(&call, ctx->params[0], ctx->params[1], &input, &reply) && use_respond(ctx, &reply);
}

bool handle_body_summary(struct context *ctx, struct error *err)
{
    struct call call;
    struct json_out out = json_out_new(ctx->arena, 4096);
    return use_call(ctx, err, &call) && body_summary(&call, ctx->params[0], &out) &&
           (answer_not_modified(ctx, answer_bytes_etag(ctx, out.bytes, out.length, ETAG_WEAK)) ||
            http_respond_json(ctx, 200, &out));
}
