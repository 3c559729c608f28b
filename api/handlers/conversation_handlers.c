#include "handlers/conversation_handlers.h"

#include "handlers/answer.h"
#include "handlers/use.h"
#include "model/request.h"
#include "service/conversation.h"

static bool list_said(struct context *ctx, bool internal, struct error *err)
{
    struct call call;
    const struct page_input page = page_asked(ctx, PAGE_LIMIT_MAX, err);
    const char *next, *prev;
    struct json_out out = json_out_new(ctx->arena, 8 * 1024);
    return !error_is_set(err) && use_call(ctx, err, &call) &&
           comment_list(&call, ctx->params[0], internal, &page, &out, &next, &prev) &&
           page_answer(ctx, &out, next, prev);
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
    const struct page_input page = page_asked(ctx, PAGE_LIMIT_MAX, err);
    const char *next, *prev;
    struct json_out out = json_out_new(ctx->arena, 8 * 1024);
    return !error_is_set(err) && use_call(ctx, err, &call) &&
           history_list(&call, ctx->params[0], &page, &out, &next, &prev) && page_answer(ctx, &out, next, prev);
}
