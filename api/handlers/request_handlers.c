#include "handlers/request_handlers.h"

#include "handlers/answer.h"
#include "handlers/use.h"
#include "model/request.h"
#include "service/request_service.h"

bool handle_request_create(struct context *ctx, struct error *err)
{
    struct call call;
    struct reply reply;
    const json_t *body = http_body_json(ctx, err);
    if (!body)
        return false;
    struct request_draft draft = request_draft_from_json(body, "", false, err);
    return !error_is_set(err) && use_call(ctx, err, &call) && request_file(&call, &draft, &reply) &&
           use_respond(ctx, &reply);
}

bool handle_request_batch(struct context *ctx, struct error *err)
{
    static const char *const names[] = {"items", NULL};
    struct call call;
    struct reply reply;
    const json_t *body = http_body_json(ctx, err);
    if (!body)
        return false;
    struct json_in in = json_in_object(body, "", err);
    const json_t *items = json_in_value(&in, "items", JSON_ARRAY, true);
    json_in_finish(&in, names);
    if (items && json_array_size(items) == 0)
        error_violate(err, "/items", TOO_SHORT, "1");
    if (json_array_size(items) > REQUEST_BATCH_MAX)
        error_violate(err, "/items", TOO_MANY, "100");
    return !error_is_set(err) && use_call(ctx, err, &call) && request_file_batch(&call, items, &reply) &&
           use_respond(ctx, &reply);
}

bool handle_request_edit(struct context *ctx, struct error *err)
{
    struct call call;
    struct reply reply;
    const json_t *body = http_body_json(ctx, err);
    if (!body)
        return false;
    struct request_patch patch = request_patch_from_json(body, err);
    return !error_is_set(err) && use_call(ctx, err, &call) &&
           request_edit(&call, ctx->params[0], ctx->if_match_version, &patch, &reply) && use_respond(ctx, &reply);
}

bool handle_transition_list(struct context *ctx, struct error *err)
{
    struct call call;
    int64_t version;
    struct json_out out = json_out_new(ctx->arena, 2048);
    if (!use_call(ctx, err, &call) || !request_transitions(&call, ctx->params[0], &out, &version))
        return false;
    return answer_not_modified(ctx, answer_bytes_etag(ctx, out.bytes, out.length, ETAG_WEAK)) ||
           http_respond_json(ctx, 200, &out);
}

bool handle_transition_perform(struct context *ctx, struct error *err)
{
    struct call call;
    struct reply reply;
    const json_t *body = http_body_json(ctx, err);
    if (!body)
        return false;
    struct transition_input input = transition_input_from_json(body, err);
    return !error_is_set(err) && use_call(ctx, err, &call) &&
           request_transition(&call, ctx->params[0], ctx->if_match_version, &input, &reply) && use_respond(ctx, &reply);
}

bool handle_member_list(struct context *ctx, struct error *err)
{
    struct call call;
    int64_t version;
    struct json_out out = json_out_new(ctx->arena, 2048);
    if (!use_call(ctx, err, &call) || !request_members(&call, ctx->params[0], &out, &version))
        return false;
    return answer_not_modified(ctx, answer_bytes_etag(ctx, out.bytes, out.length, ETAG_WEAK)) ||
           http_respond_json(ctx, 200, &out);
}

bool handle_member_invite(struct context *ctx, struct error *err)
{
    struct call call;
    struct reply reply;
    const json_t *body = http_body_json(ctx, err);
    const char *code = body ? invitation_from_json(body, err) : NULL;
    return code && use_call(ctx, err, &call) &&
           request_invite(&call, ctx->params[0], ctx->if_match_version, code, &reply) && use_respond(ctx, &reply);
}

bool handle_assignment_read(struct context *ctx, struct error *err)
{
    struct call call;
    int64_t version;
    struct json_out out = json_out_new(ctx->arena, 2048);
    if (!use_call(ctx, err, &call) || !request_assignment(&call, ctx->params[0], &out, &version))
        return false;
    return answer_not_modified(ctx, answer_bytes_etag(ctx, out.bytes, out.length, ETAG_WEAK)) ||
           http_respond_json(ctx, 200, &out);
}

bool handle_assignment_change(struct context *ctx, struct error *err)
{
    struct call call;
    struct reply reply;
    const json_t *body = http_body_json(ctx, err);
    if (!body)
        return false;
    struct assignment_input input = assignment_input_from_json(body, err);
    return !error_is_set(err) && use_call(ctx, err, &call) && request_reassign(&call, ctx->params[0], &input, &reply) &&
           use_respond(ctx, &reply);
}
