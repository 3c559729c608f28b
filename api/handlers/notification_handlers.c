#include "handlers/notification_handlers.h"

#include <string.h>

#include "handlers/answer.h"
#include "handlers/use.h"
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
    const char *next = NULL;
    const bool unread = unread_asked(ctx, err);
    const struct page_input page = {.limit = (int)http_query_number(ctx, "limit", 1, 200, 50, err),
                                    .cursor = http_query(ctx, "cursor")};
    struct json_out out = json_out_new(ctx->arena, 8 * 1024);
    if (error_is_set(err) || !use_call(ctx, err, &call) || !notification_list(&call, unread, &page, &out, &next))
        return false;
    page_links(ctx, next, NULL);
    return answer_not_modified(ctx, answer_bytes_etag(ctx, out.bytes, out.length, ETAG_WEAK)) ||
           http_respond_json(ctx, 200, &out);
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
