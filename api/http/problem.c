/* struct error -> RFC 9457: the one place where a problem becomes bytes. */
#include "base/error_view.h"
#include "http/internal.h"

#define WRITE_ROOM 1024

static void set_headers(struct job *job, const struct error *err, int status)
{
    struct context *ctx = &job->ctx;
    if (status == 401) {
        bool tried = job->headers.authorization != NULL && err->kind == ERROR_UNAUTHENTICATED;
        http_header_set(ctx, "WWW-Authenticate", tried ? "Bearer error=\"invalid_token\"" : "Bearer");
    } else if (err->kind == ERROR_FORBIDDEN && ctx->actor.role == ROLE_INTEGRATION) {
        http_header_set(ctx, "WWW-Authenticate", "Bearer error=\"insufficient_scope\"");
    }
    int retry_after_s = err->retry_after_s > 0 ? err->retry_after_s : status == 503 ? 1 : 0;
    if (retry_after_s > 0)
        http_header_set(ctx, "Retry-After", arena_printf(ctx->arena, "%d", retry_after_s));
    if (err->kind == ERROR_PRECONDITION_FAILED && err->current_version > 0)
        http_etag_set(ctx, err->current_version);
}

void problem_render(struct job *job)
{
    struct context *ctx = &job->ctx;
    struct error *err = &job->err;
    /* A handler that fails, or answers nothing, without saying why. */
    (void)error_set(err, ERROR_INTERNAL, TEXT_HTTP_INTERNAL);
    if (ctx->route && ctx->route->refuse) {
        ctx->route->refuse(ctx, err);
        set_headers(job, err, ctx->status);
        return;
    }
    const struct error_kind_info *info = error_kind_info(err->kind);
    struct json_out out = json_out_new(ctx->arena, WRITE_ROOM);
    error_view(&out, err, ctx->request_id, ctx->trace_id);
    set_headers(job, err, info->status);
    (void)http_respond_json(ctx, info->status, &out);
    ctx->content_type = "application/problem+json";
}

enum error_kind problem_kind_of_status(unsigned status)
{
    switch (status) {
    case MHD_HTTP_CONTENT_TOO_LARGE:
        return ERROR_BODY_TOO_LARGE;
    case MHD_HTTP_URI_TOO_LONG:
        return ERROR_URI_TOO_LONG;
    case MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE:
        return ERROR_HEADERS_TOO_LARGE;
    default:
        return status == MHD_HTTP_INTERNAL_SERVER_ERROR ? ERROR_INTERNAL : ERROR_BAD_REQUEST;
    }
}
