#include "handlers/absence_handlers.h"

#include <string.h>

#include "base/hex.h"
#include "handlers/answer.h"
#include "handlers/use.h"
#include "service/absence.h"

bool handle_absence_list(struct context *ctx, struct error *err)
{
    struct call call;
    struct json_out out = json_out_new(ctx->arena, 1024);
    return use_call(ctx, err, &call) && absence_list(&call, ctx->params[0], &out) &&
           (answer_not_modified(ctx, answer_bytes_etag(ctx, out.bytes, out.length, ETAG_WEAK)) ||
            http_respond_json(ctx, 200, &out));
}

bool handle_absence_create(struct context *ctx, struct error *err)
{
    struct call call;
    struct reply reply;
    const json_t *body = http_body_json(ctx, err);
    if (!body)
        return false;
    const struct absence_input input = absence_input_from_json(body, err);
    return !error_is_set(err) && use_call(ctx, err, &call) && absence_add(&call, ctx->params[0], &input, &reply) &&
           use_respond(ctx, &reply);
}

bool handle_absence_delete(struct context *ctx, struct error *err)
{
    struct call call;
    if (!hex_is_uuid(ctx->params[1]))
        return error_set(err, ERROR_NOT_FOUND, TEXT_DETAIL_ABSENCE_NOT_FOUND);
    return use_call(ctx, err, &call) && absence_remove(&call, ctx->params[0], ctx->params[1]) &&
           http_respond_empty(ctx, 204);
}
