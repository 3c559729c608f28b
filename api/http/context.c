/* What a handler sees of its request, and how it answers. */
#include <stdio.h>
#include <string.h>
#include <ulfius.h>

#include "http/internal.h"
#include "http/query.h"

static enum MHD_Result note_header(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_length,
                                   const char *value, size_t value_length)
{
    (void)kind;
    request_headers_note(cls, name, name_length, value ? value : "", value ? value_length : 0);
    return MHD_YES;
}

void context_read_headers(struct MHD_Connection *connection, struct request_headers *ret)
{
    memset(ret, 0, sizeof *ret);
    (void)MHD_get_connection_values_n(connection, MHD_HEADER_KIND, note_header, ret);
}

static bool is_uuid(const char *text)
{
    if (strlen(text) != 36)
        return false;
    for (int i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !strchr("0123456789abcdef", text[i]))
            return false;
    }
    return true;
}

/* Path and query of the request line; the absolute form (RFC 9112 3.2.2) loses its scheme and authority. */
static void read_target(struct job *job)
{
    struct context *ctx = &job->ctx;
    const char *target = job->request->http_url, *query = strchr(target, '?');
    ctx->path = job->request->url_path;
    job->raw_query = query ? query + 1 : "";
    if (strncmp(ctx->path, "http://", 7) == 0 || strncmp(ctx->path, "https://", 8) == 0) {
        const char *path = strchr(strchr(ctx->path, ':') + 3, '/');
        ctx->path = path ? path : "/";
    }
}

static void read_request(struct job *job)
{
    struct context *ctx = &job->ctx;
    ctx->method = ctx->path = "-";
    job->raw_query = "";
    if (job->request)
        read_target(job);
    if (!job->request || !job->request->http_verb) /* of which there is only the target so far, if that */
        return;
    ctx->method = job->request->http_verb;
    ctx->body = job->request->binary_body ? job->request->binary_body : "";
    ctx->body_length = job->request->binary_body_length;
    job->head = strcmp(ctx->method, "HEAD") == 0;
    job->old_protocol = strcmp(job->request->http_protocol, "HTTP/1.0") == 0; /* as health checks of proxies are */
}

void context_begin(struct job *job, struct MHD_Connection *connection, const struct _u_request *request)
{
    struct arena *arena = job->ctx.arena;
    struct http_server *server = job->server;
    /* Other threads link their jobs with this one meanwhile. */
    memset(&job->ctx, 0, sizeof *job - offsetof(struct job, ctx));
    job->server = server;
    job->connection = connection;
    job->request = request;
    job->route_label = "-";
    job->route_index = server->settings.n_routes;
    job->rate_remaining = -1;
    struct context *ctx = &job->ctx;
    ctx->app = server->settings.app;
    ctx->arena = arena;
    ctx->adapter = job;
    ctx->now = clock_now(server->settings.clock);
    ctx->started = clock_monotonic();
    ctx->deadline = ctx->started + (int64_t)server->settings.deadline_ms * 1000;
    context_read_headers(connection, &job->headers);
    if (job->headers.request_id && is_uuid(job->headers.request_id))
        memcpy(ctx->request_id, job->headers.request_id, sizeof ctx->request_id);
    else
        id_uuid7(ctx->now, ctx->request_id);
    if (!job->headers.traceparent || !traceparent_parse(job->headers.traceparent, ctx->trace_id))
        id_trace(ctx->trace_id);
    ctx->language = text_language_negotiate(job->headers.accept_language);
    ctx->if_none_match = job->headers.if_none_match;
    ctx->prefer_minimal = job->headers.preferences.minimal;
    ctx->prefer_wait_s = ctx->prefer_told_s = job->headers.preferences.wait_s;
    read_request(job);
    (void)query_language(arena, job->raw_query, &ctx->language);
    job->err = (struct error){.arena = arena, .language = ctx->language};
}

void context_forget_answer(struct job *job)
{
    struct context *ctx = &job->ctx;
    ctx->status = 0;
    ctx->response = NULL;
    ctx->response_length = 0;
    ctx->content_type = NULL;
    ctx->n_headers = 0;
    job->err = (struct error){.arena = ctx->arena, .language = ctx->language};
}

static struct job *job_of(const struct context *ctx)
{
    return ctx->adapter;
}

/* ---- reading ---- */

const char *http_header(const struct context *ctx, const char *name)
{
    return MHD_lookup_connection_value(job_of(ctx)->connection, MHD_HEADER_KIND, name);
}

const char *http_cookie(const struct context *ctx, const char *name)
{
    return cookie_find(ctx->arena, job_of(ctx)->headers.cookie, name);
}

const char *http_session_cookie_name(const struct context *ctx)
{
    return job_of(ctx)->server->cookie_name;
}

const char *http_query(const struct context *ctx, const char *name)
{
    for (size_t i = 0; i < ctx->n_query; i++)
        if (strcmp(ctx->query[i].name, name) == 0)
            return ctx->query[i].value;
    return NULL;
}

int64_t http_query_number(const struct context *ctx, const char *name, int64_t min, int64_t max, int64_t fallback,
                          struct error *err)
{
    char low[24], high[24];
    const char *text_value = http_query(ctx, name);
    if (!text_value)
        return fallback;
    bool negative = text_value[0] == '-';
    const char *digits = text_value + negative;
    size_t length = strspn(digits, "0123456789");
    if (length == 0 || digits[length]) {
        (void)error_set(err, ERROR_INVALID_PARAMETER, TEXT_HTTP_QUERY);
        (void)error_violate(err, name, BAD_FORMAT, text(err->language, TEXT_FORMAT_INTEGER));
        return fallback;
    }
    int64_t value = 0;
    for (size_t i = 0; i < length && length <= 18; i++)
        value = value * 10 + (digits[i] - '0');
    value = negative ? -value : value;
    if (length <= 18 && value >= min && value <= max)
        return value;
    (void)snprintf(low, sizeof low, "%lld", (long long)min);
    (void)snprintf(high, sizeof high, "%lld", (long long)max);
    (void)error_set(err, ERROR_INVALID_PARAMETER, TEXT_HTTP_QUERY);
    (void)error_violate(err, name, OUT_OF_RANGE, low, high);
    return fallback;
}

json_t *http_body_json(struct context *ctx, struct error *err)
{
    json_t *value = json_in_parse(ctx->body, ctx->body_length, err);
    if (value && !json_is_object(value) && !json_is_array(value)) {
        (void)error_set(err, ERROR_MALFORMED_JSON, TEXT_HTTP_BODY_SHAPE);
        return NULL;
    }
    return value;
}

const char *http_form(struct context *ctx, const char *name, struct error *err)
{
    struct http_pair pairs[HTTP_QUERY_PARAMS_MAX];
    size_t count;
    const char *found = NULL;
    if (!query_split(ctx->arena, ctx->body, ctx->body_length, URI_QUERY, pairs, HTTP_QUERY_PARAMS_MAX, &count)) {
        (void)error_set(err, ERROR_BAD_REQUEST, TEXT_HTTP_FORM_MALFORMED);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(pairs[i].name, name) != 0)
            continue;
        if (found) {
            (void)error_set(err, ERROR_BAD_REQUEST, TEXT_HTTP_FORM_MALFORMED);
            return NULL;
        }
        found = pairs[i].value;
    }
    return found;
}

/* In place: lines end in \n whatever the form's author wrote. */
static void settle_lines(char *text)
{
    char *to = text;
    for (const char *at = text; *at; at++)
        if (*at != '\r')
            *to++ = *at;
        else if (at[1] != '\n')
            *to++ = '\n';
    *to = '\0';
}

bool http_form_all(struct context *ctx, struct http_pair *ret_fields, size_t max, size_t *ret_count, struct error *err)
{
    if (!query_split(ctx->arena, ctx->body, ctx->body_length, URI_FORM, ret_fields, max, ret_count))
        return error_set(err, ERROR_BAD_REQUEST, TEXT_HTTP_FORM_MALFORMED);
    for (size_t i = 0; i < *ret_count; i++)
        settle_lines((char *)(uintptr_t)ret_fields[i].value); /* the arena's, nobody else's yet */
    return true;
}

/* ---- answering ---- */

void http_header_set(struct context *ctx, const char *name, const char *value)
{
    for (size_t i = 0; i < ctx->n_headers; i++)
        if (strcasecmp(ctx->headers[i].name, name) == 0 && strcasecmp(name, "Set-Cookie") != 0) {
            ctx->headers[i].value = value;
            return;
        }
    if (ctx->n_headers < HTTP_RESPONSE_HEADERS_MAX)
        ctx->headers[ctx->n_headers++] = (struct http_pair){name, value};
}

bool http_respond_bytes(struct context *ctx, int status, const char *content_type, const char *bytes, size_t length)
{
    ctx->status = status;
    ctx->content_type = content_type;
    ctx->response = bytes;
    ctx->response_length = length;
    return true;
}

bool http_respond_json(struct context *ctx, int status, struct json_out *out)
{
    size_t length;
    const char *bytes = json_out_finish(out, &length);
    return http_respond_bytes(ctx, status, "application/json", bytes, length);
}

bool http_respond_empty(struct context *ctx, int status)
{
    return http_respond_bytes(ctx, status, NULL, NULL, 0);
}

static const char *etag_of(const struct context *ctx, int64_t version)
{
    return arena_printf(ctx->arena, "\"v%lld-%s%s%s\"", (long long)version, text_language_tag(ctx->language),
                        ctx->variant ? "-" : "", ctx->variant ? ctx->variant : "");
}

void http_etag_set(struct context *ctx, int64_t version)
{
    http_header_set(ctx, "ETag", etag_of(ctx, version));
}

bool http_not_modified(struct context *ctx, int64_t version)
{
    if (!ctx->if_none_match)
        return false;
    const char *etag = etag_of(ctx, version);
    if (!if_none_match_holds(ctx->if_none_match, etag))
        return false;
    http_header_set(ctx, "ETag", etag);
    return http_respond_empty(ctx, MHD_HTTP_NOT_MODIFIED);
}

static void watch_take(struct job *job, struct watch *watch)
{
    if (job->watch && job->watch != watch)
        job->watch->release(job->watch);
    job->watch = watch;
}

bool http_wait(struct context *ctx, struct watch *watch, int timeout_s)
{
    struct job *job = job_of(ctx);
    watch_take(job, watch);
    if (!(ctx->route->flags & ROUTE_WAITS) || ctx->prefer_wait_s <= 0)
        return error_set(&job->err, ERROR_INTERNAL, TEXT_HTTP_INTERNAL);
    if (job->wait_until == 0) {
        int bounded = timeout_s > HTTP_WAIT_MAX_S ? HTTP_WAIT_MAX_S : timeout_s < 0 ? 0 : timeout_s;
        job->wait_until = clock_monotonic() + (int64_t)bounded * 1000000;
    }
    job->wait_wanted = true;
    return true;
}

bool http_stream(struct context *ctx, const char *content_type, const char *opening, struct watch *watch)
{
    struct job *job = job_of(ctx);
    watch_take(job, watch);
    if (!(ctx->route->flags & ROUTE_STREAMS))
        return error_set(&job->err, ERROR_INTERNAL, TEXT_HTTP_INTERNAL);
    job->stream_wanted = true;
    return http_respond_bytes(ctx, 200, content_type, opening, strlen(opening));
}
