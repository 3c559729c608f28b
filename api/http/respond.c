#include <string.h>
#include <sys/socket.h>

#include "base/log.h"
#include "http/internal.h"

static bool has_header(const struct context *ctx, const char *name)
{
    for (size_t i = 0; i < ctx->n_headers; i++)
        if (strcasecmp(ctx->headers[i].name, name) == 0)
            return true;
    return false;
}

static bool is_json(const struct context *ctx)
{
    return ctx->content_type && (strcmp(ctx->content_type, "application/json") == 0 ||
                                 strcmp(ctx->content_type, "application/problem+json") == 0);
}

static void set_rate_headers(struct job *job)
{
    struct context *ctx = &job->ctx;
    if (job->rate_remaining < 0)
        return;
    http_header_set(ctx, "RateLimit-Policy", arena_printf(ctx->arena, "\"default\";q=%d;w=60", job->rate_per_minute));
    http_header_set(ctx, "RateLimit",
                    arena_printf(ctx->arena, "\"default\";r=%d;t=%d", job->rate_remaining, job->rate_reset_s));
}

/* What every answer of its sort carries. Each header costs, so a 304 has no more than a cache needs. */
static void add_headers(struct job *job, struct MHD_Response *response)
{
    struct context *ctx = &job->ctx;
    set_rate_headers(job);
    for (size_t i = 0; i < ctx->n_headers; i++)
        (void)MHD_add_response_header(response, ctx->headers[i].name, ctx->headers[i].value);
    (void)MHD_add_response_header(response, "Request-Id", ctx->request_id);
    if (ctx->content_type) {
        (void)MHD_add_response_header(response, "Content-Type", ctx->content_type);
        (void)MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    }
    if (is_json(ctx) && !has_header(ctx, "Content-Language"))
        (void)MHD_add_response_header(response, "Content-Language", text_language_tag(ctx->language));
    if ((is_json(ctx) || ctx->status == MHD_HTTP_NOT_MODIFIED) && !has_header(ctx, "Vary"))
        (void)MHD_add_response_header(response, "Vary", "Accept-Language");
    if (ctx->authenticated && !has_header(ctx, "Cache-Control"))
        (void)MHD_add_response_header(response, "Cache-Control", "private, no-cache");
    if (job->close_connection || atomic_load_explicit(&job->server->draining, memory_order_relaxed))
        (void)MHD_add_response_header(response, "Connection", "close");
}

static void record(const struct job *job)
{
    const struct context *ctx = &job->ctx;
    int64_t duration_us = clock_monotonic() - ctx->started;
    enum log_level level =
        error_is_set(&job->err) ? (enum log_level)error_kind_info(job->err.kind)->log_level : LOG_INFO;
    metrics_answered(job->server->metrics, job->route_index, ctx->status, duration_us);
    if (error_is_set(&job->err))
        log_event(level, "request", LOG_S("method", ctx->method), LOG_S("route", job->route_label),
                  LOG_N("status", ctx->status), LOG_MS("ms", duration_us),
                  LOG_N("bytes", job->head ? 0 : ctx->response_length), LOG_S("principal", ctx->actor.principal),
                  LOG_S("request_id", ctx->request_id), LOG_S("trace_id", ctx->trace_id),
                  LOG_S("code", error_kind_info(job->err.kind)->code), LOG_S("where", job->err.where));
    else
        log_event(level, "request", LOG_S("method", ctx->method), LOG_S("route", job->route_label),
                  LOG_N("status", ctx->status), LOG_MS("ms", duration_us),
                  LOG_N("bytes", job->head ? 0 : ctx->response_length), LOG_S("principal", ctx->actor.principal),
                  LOG_S("request_id", ctx->request_id), LOG_S("trace_id", ctx->trace_id));
}

enum MHD_Result respond_send(struct job *job, struct MHD_Response *empty)
{
    struct context *ctx = &job->ctx;
    struct MHD_Response *response = empty;
    if (error_is_set(&job->err) || ctx->status == 0)
        problem_render(job);
    bool reuse = empty && ctx->response_length == 0 && !job->stream_wanted;
    if (job->stream_wanted && !error_is_set(&job->err))
        response = stream_open(job);
    else if (!reuse)
        /* Copied: the job and its arena are free for the next request while libmicrohttpd still sends. */
        response = MHD_create_response_from_buffer(ctx->response_length, (void *)(uintptr_t)ctx->response,
                                                   MHD_RESPMEM_MUST_COPY);
    if (!response)
        return MHD_NO;
    add_headers(job, response);
    record(job);
    enum MHD_Result result = park_queue_real(job->connection, (unsigned)ctx->status, response);
    if (!reuse)
        MHD_destroy_response(response);
    return result;
}

void respond_directly(struct job *job)
{
    struct context *ctx = &job->ctx;
    problem_render(job);
    const char *head =
        arena_printf(ctx->arena,
                     "HTTP/1.1 %d %s\r\nConnection: close\r\nRequest-Id: %s\r\nContent-Type: %s\r\n"
                     "X-Content-Type-Options: nosniff\r\nContent-Language: %s\r\nVary: Accept-Language\r\n"
                     "Content-Length: %zu\r\n\r\n",
                     ctx->status, MHD_get_reason_phrase_for((unsigned)ctx->status), ctx->request_id, ctx->content_type,
                     text_language_tag(ctx->language), ctx->response_length);
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(job->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    record(job);
    /* Nothing was sent on this socket for this request, and the answer is small: the kernel's buffer takes it whole, or
       the client is one that does not read, and is owed no answer. */
    if (!info)
        return;
    if (send(info->connect_fd, head, strlen(head), MSG_DONTWAIT | MSG_NOSIGNAL | MSG_MORE) > 0)
        (void)send(info->connect_fd, ctx->response, ctx->response_length, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)shutdown(info->connect_fd, SHUT_WR);
}
