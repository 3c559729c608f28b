#include "handlers/notification_handlers.h"

#include <string.h>

#include "handlers/answer.h"
#include "handlers/use.h"
#include "service/address.h"
#include "service/notification.h"

static bool unread_asked(const struct context *ctx, struct error *err)
{
    static const char *const options[] = {"true", "false"};
    const char *asked = http_query(ctx, "unread");
    if (asked && strcmp(asked, "true") != 0 && strcmp(asked, "false") != 0) {
        error_set(err, ERROR_INVALID_PARAMETER, TEXT_HTTP_QUERY);
        error_violate_options(err, "unread", options, 2);
    }
    return asked && strcmp(asked, "true") == 0;
}

bool handle_notification_list(struct context *ctx, struct error *err)
{
    struct call call;
    const char *next = NULL, *prev = NULL;
    const bool unread = unread_asked(ctx, err);
    const struct page_input page = page_asked(ctx, NOTIFICATION_PAGE_MAX, err);
    struct json_out out = json_out_new(ctx->arena, 8 * 1024);
    if (error_is_set(err) || !use_call(ctx, err, &call) || !notification_list(&call, unread, &page, &out, &next, &prev))
        return false;
    return page_answer(ctx, &out, next, prev);
}

bool handle_notification_read(struct context *ctx, struct error *err)
{
    struct call call;
    size_t count = 0, marked = 0;
    const json_t *body = http_body_json(ctx, err);
    const int64_t *ids = body ? notification_ids_from_json(body, &count, err) : NULL;
    if (!ids || !use_call(ctx, err, &call) || !notification_mark(&call, ids, count, &marked))
        return false;
    struct json_out out = json_out_new(ctx->arena, 64);
    json_out_object_begin(&out);
    json_out_member_number(&out, "read", (int64_t)marked);
    json_out_object_end(&out);
    return http_respond_json(ctx, 200, &out);
}

/* ---- where one is written to ---- */

static bool respond_address(struct context *ctx, const struct call *call, int status)
{
    struct json_out out = json_out_new(ctx->arena, 512);
    http_header_set(ctx, "Cache-Control", "no-store");
    return address_write(call, &out) && http_respond_json(ctx, status, &out);
}

bool handle_address_read(struct context *ctx, struct error *err)
{
    const struct call call = use_call_without_directory(ctx, err);
    return respond_address(ctx, &call, 200);
}

/* 202: what is asked for is not the case before the code has come back. */
bool handle_address_ask(struct context *ctx, struct error *err)
{
    const struct call call = use_call_without_directory(ctx, err);
    const json_t *body = http_body_json(ctx, err);
    const char *address = body ? address_from_json(body, err) : NULL;
    return address && address_ask(&call, address) && respond_address(ctx, &call, 202);
}

bool handle_address_confirm(struct context *ctx, struct error *err)
{
    const struct call call = use_call_without_directory(ctx, err);
    const json_t *body = http_body_json(ctx, err);
    return body && address_confirm(&call, body) && respond_address(ctx, &call, 200);
}

bool handle_address_forget(struct context *ctx, struct error *err)
{
    const struct call call = use_call_without_directory(ctx, err);
    return address_forget(&call) && http_respond_empty(ctx, 204);
}
