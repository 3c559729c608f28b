#include "handlers/status_handlers.h"

#include "handlers/answer.h"
#include "handlers/use.h"
#include "model/request.h"
#include "service/request_many.h"

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
    if (!refs || !use_call(ctx, err, &call) || !request_status_many(&call, refs, count, selection, &out))
        return false;
    return answer_not_modified(ctx, answer_bytes_etag(ctx, out.bytes, out.length, ETAG_WEAK)) ||
           http_respond_json(ctx, 200, &out);
}
