#include "handlers/version_handlers.h"

#include "handlers/answer.h"
#include "handlers/use.h"
#include "service/migration.h"
#include "service/version.h"

bool handle_workflow_publish(struct context *ctx, struct error *err)
{
    struct call call;
    struct reply reply;
    const json_t *body = http_body_json(ctx, err);
    if (!body)
        return false;
    const struct publish_input input = publish_input_from_json(body, err);
    return !error_is_set(err) && use_call(ctx, err, &call) && version_publish(&call, &input, &reply) &&
           use_respond(ctx, &reply);
}

bool handle_workflow_versions(struct context *ctx, struct error *err)
{
    struct call call;
    struct json_out out = json_out_new(ctx->arena, 4096);
    return use_call(ctx, err, &call) && version_list(&call, ctx->params[0], &out) &&
           (answer_not_modified(ctx, answer_bytes_etag(ctx, out.bytes, out.length, ETAG_WEAK)) ||
            http_respond_json(ctx, 200, &out));
}

bool handle_migration_create(struct context *ctx, struct error *err)
{
    struct call call;
    struct reply reply;
    const json_t *body = http_body_json(ctx, err);
    if (!body)
        return false;
    const struct migration_input input = migration_input_from_json(body, err);
    return !error_is_set(err) && use_call(ctx, err, &call) && migration_ask(&call, ctx->params[0], &input, &reply) &&
           use_respond(ctx, &reply);
}

bool handle_migration_read(struct context *ctx, struct error *err)
{
    struct call call;
    struct json_out out = json_out_new(ctx->arena, 1024);
    return use_call(ctx, err, &call) && migration_read(&call, ctx->params[0], ctx->params[1], &out) &&
           http_respond_json(ctx, 200, &out);
}
