/* What a message says of itself: its framing, its size, what it carries and what it takes. */
#include <string.h>

#include "http/internal.h"

static const char *number_text(struct arena *arena, size_t number)
{
    return arena_printf(arena, "%zu", number);
}

/* ---- the head ---- */

bool message_check_framing(struct job *job, uint64_t *ret_length)
{
    const struct request_headers *headers = &job->headers;
    bool chunked = headers->transfer_encoding != NULL;
    *ret_length = chunked;
    if (headers->repeated_length || (chunked && headers->content_length) ||
        (chunked && strcasecmp(headers->transfer_encoding, "chunked") != 0) ||
        (headers->content_length && !content_length_parse(headers->content_length, ret_length)))
        return error_set(&job->err, ERROR_BAD_REQUEST, TEXT_HTTP_FRAMING);
    if (*ret_length > job->server->settings.body_max)
        return error_set(&job->err, ERROR_BODY_TOO_LARGE, TEXT_HTTP_BODY_TOO_LARGE,
                         number_text(job->err.arena, job->server->settings.body_max));
    return true;
}

/* What the head takes of its connection's memory. */
static size_t head_cost(const struct job *job)
{
    const struct request_headers *headers = &job->headers;
    return strlen(job->ctx.path) + strlen(job->raw_query) + headers->n_bytes + (headers->count + 2) * HTTP_HEADER_COST;
}

bool message_check_head(struct job *job)
{
    const struct request_headers *headers = &job->headers;
    struct error *err = &job->err;
    uint64_t length;
    if (!message_check_framing(job, &length))
        return false;
    if ((!headers->host && !job->old_protocol) || headers->repeated_host ||
        (headers->host && !host_valid(headers->host)))
        return error_set(err, ERROR_BAD_REQUEST, TEXT_HTTP_HOST);
    if (headers->bad || headers->repeated)
        return error_set(err, ERROR_BAD_REQUEST, TEXT_HTTP_HEADER_CONTROL);
    if (strlen(job->ctx.path) + strlen(job->raw_query) > HTTP_URI_MAX)
        return error_set(err, ERROR_URI_TOO_LONG, TEXT_HTTP_URI_TOO_LONG, number_text(err->arena, HTTP_URI_MAX));
    if (head_cost(job) > HTTP_HEAD_MAX)
        return error_set(err, ERROR_HEADERS_TOO_LARGE, TEXT_HTTP_HEADERS_TOO_LARGE,
                         number_text(err->arena, HTTP_HEAD_MAX));
    return true;
}

/* ---- the body ---- */

static bool check_media_type(struct job *job, uint64_t body_length)
{
    const struct route *route = job->ctx.route;
    const char *type = job->headers.content_type;
    const char *wanted = route->flags & ROUTE_FORM          ? "application/x-www-form-urlencoded"
                         : route->flags & ROUTE_MERGE_PATCH ? "application/merge-patch+json"
                                                            : "application/json";
    if (body_length == 0 || (type && media_type_is(type, wanted)) ||
        (type && (route->flags & ROUTE_MERGE_PATCH) && media_type_is(type, "application/json")))
        return true;
    if (route->flags & ROUTE_MERGE_PATCH)
        http_header_set(&job->ctx, "Accept-Patch", "application/merge-patch+json");
    return error_set(&job->err, ERROR_UNSUPPORTED_MEDIA_TYPE, TEXT_HTTP_MEDIA_TYPE, wanted);
}

bool message_check_body(struct job *job, uint64_t body_length)
{
    const struct context *ctx = &job->ctx;
    if (ctx->route->body_max == 0 && body_length > 0)
        return error_set(&job->err, ERROR_BODY_TOO_LARGE, TEXT_HTTP_BODY_UNEXPECTED);
    size_t limit =
        ctx->route->body_max < job->server->settings.body_max ? ctx->route->body_max : job->server->settings.body_max;
    if (body_length > limit)
        return error_set(&job->err, ERROR_BODY_TOO_LARGE, TEXT_HTTP_BODY_TOO_LARGE, number_text(ctx->arena, limit));
    if (!check_media_type(job, body_length))
        return false;
    if (ctx->route->flags & ROUTE_STREAMS)
        return accept_quality(job->headers.accept, "text/event-stream") > 0 ||
               error_set(&job->err, ERROR_NOT_ACCEPTABLE, TEXT_HTTP_ACCEPT, "text/event-stream");
    if (strncmp(ctx->route->path, "/api/", 5) == 0 && !(ctx->route->flags & ROUTE_ANY_MEDIA) &&
        !accepts_json(job->headers.accept))
        return error_set(&job->err, ERROR_NOT_ACCEPTABLE, TEXT_HTTP_ACCEPT, "application/json");
    return true;
}

/* ---- what a change must say ---- */

bool message_check_idempotency_key(struct job *job)
{
    struct context *ctx = &job->ctx;
    const char *given = job->headers.idempotency_key;
    if (given && strcmp(ctx->method, "POST") == 0) {
        ctx->idempotency_key = idempotency_key_parse(ctx->arena, given);
        if (!ctx->idempotency_key)
            return error_set(&job->err, ERROR_BAD_REQUEST, TEXT_HTTP_IDEMPOTENCY_KEY_BAD);
    }
    if (!ctx->idempotency_key && (ctx->route->flags & ROUTE_IDEMPOTENCY))
        return error_set(&job->err, ERROR_IDEMPOTENCY_KEY_REQUIRED, TEXT_HTTP_IDEMPOTENCY_KEY_MISSING);
    return true;
}

bool message_check_if_match(struct job *job)
{
    struct context *ctx = &job->ctx;
    if (!(ctx->route->flags & ROUTE_IF_MATCH))
        return true;
    if (!job->headers.if_match)
        return error_set(&job->err, ERROR_PRECONDITION_REQUIRED, TEXT_HTTP_IF_MATCH_MISSING);
    switch (if_match_parse(job->headers.if_match, &ctx->if_match_version)) {
    case IF_MATCH_VERSION:
        return true;
    case IF_MATCH_ANY: /* "whatever is there" is what If-Match is here to prevent */
        return error_set(&job->err, ERROR_PRECONDITION_REQUIRED, TEXT_HTTP_IF_MATCH_MISSING);
    case IF_MATCH_MALFORMED:
        break;
    }
    return error_set(&job->err, ERROR_BAD_REQUEST, TEXT_HTTP_IF_MATCH_BAD);
}
