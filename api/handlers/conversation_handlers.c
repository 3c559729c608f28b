#include "handlers/conversation_handlers.h"

#include "handlers/answer.h"
#include "handlers/use.h"
#include "model/request.h"
#include "service/conversation.h"

static bool take_page(const struct context *ctx, struct page_input *ret, struct error *err)
{
    ret->limit = (int)http_query_number(ctx, "limit", 1, 200, 50, err);
    ret->cursor = http_query(ctx, "cursor");
    return !error_is_set(err);
}

static bool respond_page(struct context *ctx, struct json_out *out, const char *next, const char *prev)
{
    page_links(ctx, next, prev);
    return answer_not_modified(ctx, answer_bytes_etag(ctx, out->bytes, out->length, ETAG_WEAK)) ||
           http_respond_json(ctx, 200, out);
}

static bool list_said(struct context *ctx, bool internal, struct error *err)
{
    struct call call;
    struct page_input page;
    const char *next, *prev;
    struct json_out out = json_out_new(ctx->arena, 8 * 1024);
    return take_page(ctx, &page, err) && use_call(ctx, err, &call) &&
           comment_list(&call, ctx->params[0], internal, &page, &out, &next, &prev) &&
           respond_page(ctx, &out, next, prev);
}

static bool say(struct context *ctx, bool internal, struct error *err)
{
    struct call call;
    struct reply reply;
    const json_t *body = http_body_json(ctx, err);
    const char *text = body ? comment_text_from_json(body, err) : NULL;
    return text && use_call(ctx, err, &call) && comment_add(&call, ctx->params[0], text, internal, &reply) &&
           use_respond(ctx, &reply);
}

bool handle_comment_list(struct context *ctx, struct error *err)
{
    return list_said(ctx, false, err);
}
bool handle_comment_create(struct context *ctx, struct error *err)
{
    return say(ctx, false, err);
}
bool handle_note_list(struct context *ctx, struct error *err)
{
    return list_said(ctx, true, err);
}
bool handle_note_create(struct context *ctx, struct error *err)
{
    return say(ctx, true, err);
}

bool handle_history_list(struct context *ctx, struct error *err)
{
    struct call call;
    struct page_input page;
    const char *next, *prev;
    struct json_out out = json_out_new(ctx->arena, 8 * 1024);
    return take_page(ctx, &page, err) && use_call(ctx, err, &call) &&
           history_list(&call, ctx->params[0], &page, &out, &next, &prev) && respond_page(ctx, &out, next, prev);
}
