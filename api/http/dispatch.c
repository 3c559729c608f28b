/* The order in which a request is checked: what costs least and reveals least comes first. No database connection is
   taken before the caller is known, unless it is needed to know the caller. */
#include <stdio.h>
#include <string.h>

#include "http/address.h"
#include "http/internal.h"
#include "http/query.h"

#define STREAM_RETRY_S 10

static const char *number_text(struct arena *arena, size_t number)
{
    return arena_printf(arena, "%zu", number);
}

/* ---- the message ---- */

/* *ret_length: of the body as far as the head tells it; 1 for a chunked one, of which it does not. */
static bool check_framing(struct job *job, uint64_t *ret_length)
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

static bool check_message(struct job *job)
{
    const struct request_headers *headers = &job->headers;
    struct error *err = &job->err;
    uint64_t length;
    if (!check_framing(job, &length))
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

/* ---- the route ---- */

static bool answer_options(struct job *job, const struct router_match *match)
{
    http_header_set(&job->ctx, "Allow", match->allow);
    if (match->has_patch)
        http_header_set(&job->ctx, "Accept-Patch", "application/merge-patch+json");
    (void)http_respond_empty(&job->ctx, MHD_HTTP_NO_CONTENT);
    return false;
}

static bool find_route(struct job *job)
{
    struct context *ctx = &job->ctx;
    struct router_match match;
    bool options = strcmp(ctx->method, "OPTIONS") == 0;
    if (options && strcmp(ctx->path, "*") == 0)
        return answer_options(job, &(struct router_match){.allow = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"});
    switch (router_match(job->server->router, ctx->method, ctx->path, strlen(ctx->path), ctx->arena, &match)) {
    case ROUTER_BAD_PATH:
        return error_set(&job->err, ERROR_BAD_REQUEST, TEXT_HTTP_URI);
    case ROUTER_UNKNOWN_PATH:
        return error_set(&job->err, ERROR_NOT_FOUND, TEXT_HTTP_ROUTE);
    case ROUTER_OTHER_METHODS:
        if (options)
            return answer_options(job, &match);
        http_header_set(ctx, "Allow", match.allow);
        return error_set(&job->err, ERROR_METHOD_NOT_ALLOWED, TEXT_HTTP_METHOD, match.allow);
    case ROUTER_FOUND:
        break;
    }
    ctx->route = match.route;
    job->route_index = match.index;
    job->route_label = match.route->path;
    memcpy(ctx->params, match.params, sizeof ctx->params);
    return true;
}

/* What is wrong with it is told once the caller is known. */
static void read_query(struct job *job)
{
    struct context *ctx = &job->ctx;
    struct error err = {.arena = ctx->arena, .language = ctx->language};
    enum text_language language;
    bool fine = query_parse(ctx, job->raw_query, strlen(job->raw_query), &err);
    const char *wanted = http_query(ctx, "lang");
    if (wanted && !text_language_find(wanted, &language)) {
        (void)error_set(&err, ERROR_INVALID_PARAMETER, TEXT_HTTP_QUERY);
        fine = error_violate(&err, "lang", NOT_AN_OPTION, "ca, es, en");
    }
    if (!fine) {
        job->query_error = arena_alloc(ctx->arena, sizeof err);
        *job->query_error = err;
    }
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

static bool check_body(struct job *job, uint64_t body_length)
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

/* ---- the caller ---- */

static bool is_unsafe(const char *method)
{
    return strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0;
}

static const char *session_cookie(struct job *job)
{
    if (job->headers.authorization || !job->headers.cookie)
        return NULL;
    return cookie_find(job->ctx.arena, job->headers.cookie, job->server->cookie_name);
}

/* False when refused; *ret_later when memory does not know the caller. */
static bool authenticate(struct job *job, bool *ret_later)
{
    struct context *ctx = &job->ctx;
    const char *cookie = session_cookie(job);
    *ret_later = false;
    job->access = auth_generation(job->server->settings.auth); /* before it is asked: what changes since is noticed */
    if (cookie && is_unsafe(ctx->method) &&
        !same_site(job->headers.sec_fetch_site, job->headers.origin, job->server->settings.public_url))
        return error_set(&job->err, ERROR_CROSS_SITE, TEXT_HTTP_CROSS_SITE);
    if (!job->headers.authorization && !cookie)
        return error_set(&job->err, ERROR_UNAUTHENTICATED, TEXT_HTTP_CREDENTIALS_NEEDED);
    switch (
        auth_recall(job->server->settings.auth, job->headers.authorization, cookie, ctx->now, &ctx->actor, &job->err)) {
    case AUTH_OK:
        break;
    case AUTH_REFUSED:
        return error_set(&job->err, ERROR_UNAUTHENTICATED, TEXT_HTTP_CREDENTIALS_NEEDED);
    case AUTH_NEEDS_DATABASE:
        *ret_later = true;
        return true;
    }
    return true;
}

static bool authorize(struct job *job)
{
    struct context *ctx = &job->ctx;
    ctx->authenticated = ctx->actor.role != ROLE_NONE;
    if (ctx->route->permission == PERMISSION_PUBLIC)
        return true;
    if (!ctx->authenticated)
        return error_set(&job->err, ERROR_UNAUTHENTICATED, TEXT_HTTP_CREDENTIALS_NEEDED);
    if (!permission_granted(ctx->route->permission, &ctx->actor))
        return error_set(&job->err, ERROR_FORBIDDEN, TEXT_HTTP_FORBIDDEN);
    return true;
}

/* One more of whoever that is. */
static bool take_rate(struct job *job, const char *principal, int per_minute)
{
    char seconds[16];
    job->rate_per_minute = per_minute;
    if (per_minute == 0 || limiter_take(job->server->limiter, principal, per_minute, job->ctx.started,
                                        &job->rate_remaining, &job->rate_reset_s))
        return true;
    (void)snprintf(seconds, sizeof seconds, "%d", job->rate_reset_s);
    job->err.retry_after_s = job->rate_reset_s;
    return error_set(&job->err, ERROR_TOO_MANY_REQUESTS, TEXT_HTTP_RATE, seconds);
}

static bool check_rate(struct job *job)
{
    return !job->ctx.authenticated || take_rate(job, job->ctx.actor.principal, job->server->settings.rate_per_minute);
}

bool http_identify(struct context *ctx, const struct actor *actor)
{
    ctx->actor = *actor;
    ctx->authenticated = true;
    return check_rate(ctx->adapter);
}

bool http_count_address(struct context *ctx)
{
    struct job *job = ctx->adapter;
    const char *address = http_client_address(ctx);
    return take_rate(job, arena_printf(ctx->arena, "address:%s", address ? address : "-"),
                     job->server->settings.anonymous_per_minute);
}

/* ---- what the method asks for ---- */

static bool check_idempotency_key(struct job *job)
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

static bool check_if_match(struct job *job)
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

static bool check_query(struct job *job)
{
    if (!job->query_error)
        return true;
    job->err = *job->query_error;
    return false;
}

static bool check_asked(struct job *job)
{
    return check_query(job) && check_idempotency_key(job) && check_if_match(job);
}

/* Who has too many waits already is answered at once, as if this one were over; there is no such answer for a stream.
 */
static bool take_wait(struct job *job)
{
    struct context *ctx = &job->ctx;
    const struct http_settings *settings = &job->server->settings;
    bool streams = ctx->route->flags & ROUTE_STREAMS;
    if (!streams && (!(ctx->route->flags & ROUTE_WAITS) || ctx->prefer_wait_s == 0))
        return true;
    int most = ctx->actor.role == ROLE_INTEGRATION ? settings->waits_per_client : settings->waits_per_person;
    job->wait = tally_take(job->server->waits, ctx->actor.principal, most);
    if (job->wait)
        return true;
    metrics_add(job->server->metrics, METRIC_UNWAITED, 1);
    ctx->prefer_wait_s = ctx->prefer_told_s = 0;
    if (!streams)
        return true;
    job->err.retry_after_s = STREAM_RETRY_S;
    return error_set(&job->err, ERROR_TOO_MANY_REQUESTS, TEXT_HTTP_RATE,
                     arena_printf(ctx->arena, "%d", STREAM_RETRY_S));
}

static bool allow_in(struct job *job)
{
    return authorize(job) && check_rate(job) && check_asked(job) && take_wait(job);
}

/* ---- on the IO thread, before the body ---- */

bool dispatch_refuses_body(struct job *job)
{
    uint64_t length;
    bool later = false;
    if (!check_framing(job, &length))
        return true;
    if (!job->request || length == 0 ||
        (job->headers.content_length && length <= HTTP_SHORT_BODY && !http_header(&job->ctx, "Expect")))
        return false;
    if (!check_message(job) || !find_route(job))
        return true;
    read_query(job);
    if (!check_body(job, length))
        return true;
    if (job->ctx.route->permission == PERMISSION_PUBLIC)
        return !check_asked(job);
    return !authenticate(job, &later) || (!later && (!authorize(job) || !check_asked(job)));
}

/* ---- on the IO thread ---- */

enum dispatch_outcome dispatch_begin(struct job *job)
{
    struct context *ctx = &job->ctx;
    if (!check_message(job)) {
        job->close_connection = true; /* where the next request starts is not certain any more */
        return DISPATCH_ANSWER;
    }
    if (!find_route(job))
        return DISPATCH_ANSWER;
    read_query(job);
    if (!check_body(job, ctx->body_length))
        return DISPATCH_ANSWER;
    if (ctx->route->permission != PERMISSION_PUBLIC) {
        if (!authenticate(job, &job->authenticate_later))
            return DISPATCH_ANSWER;
        if (job->authenticate_later)
            return DISPATCH_HAND_OVER;
    }
    if (!allow_in(job) || (ctx->route->from_memory && ctx->route->from_memory(ctx)))
        return DISPATCH_ANSWER;
    if (!(ctx->route->flags & ROUTE_MEMORY))
        return DISPATCH_HAND_OVER;
    (void)ctx->route->handler(ctx, &job->err);
    return DISPATCH_ANSWER;
}

/* Half of the queue, and the threads: whoever asks more of the database than it can do never shuts out the others. All
   whom only the database knows count as one, since anybody can make up a session. */
bool dispatch_takes_place(struct job *job)
{
    const struct context *ctx = &job->ctx;
    const struct http_settings *settings = &job->server->settings;
    job->place = tally_take(job->server->places, ctx->actor.principal, settings->queue_max / 2 + settings->db_threads);
    if (job->place)
        return true;
    metrics_add(job->server->metrics, METRIC_SHED, 1);
    job->err.retry_after_s = 1;
    return ctx->authenticated ? error_set(&job->err, ERROR_TOO_MANY_REQUESTS, TEXT_HTTP_RATE, "1")
                              : error_set(&job->err, ERROR_OVERLOADED, TEXT_HTTP_OVERLOADED);
}

/* ---- on a database thread ---- */

static bool authenticate_now(struct job *job)
{
    struct context *ctx = &job->ctx;
    if (!job->server->settings.authenticate ||
        !job->server->settings.authenticate(ctx, job->headers.authorization, session_cookie(job), &job->err))
        return error_set(&job->err, ERROR_UNAUTHENTICATED, TEXT_HTTP_CREDENTIALS_NEEDED);
    return true;
}

bool dispatch_ask(struct job *job, struct tx **ret_company)
{
    struct context *ctx = &job->ctx;
    *ret_company = NULL;
    if (!ctx->route->ask || ctx->route->ask(ctx, ret_company, &job->err))
        return true;
    return error_set(&job->err, ERROR_INTERNAL, TEXT_HTTP_INTERNAL);
}

void dispatch_finish(struct job *job)
{
    if (!job->ctx.route->handler(&job->ctx, &job->err))
        (void)error_set(&job->err, ERROR_INTERNAL, TEXT_HTTP_INTERNAL);
}

void dispatch_continue(struct job *job)
{
    struct context *ctx = &job->ctx;
    if (job->authenticate_later) {
        job->authenticate_later = false;
        bool waited = job->wait_until != 0; /* and was let in before that */
        if (!authenticate_now(job) || !(waited ? authorize(job) : allow_in(job)) ||
            (ctx->route->from_memory && ctx->route->from_memory(ctx)))
            return;
        job->mark = arena_mark(ctx->arena);
    }
    struct tx *company;
    if (dispatch_ask(job, &company))
        dispatch_finish(job);
}

/* A wait may outlive the right to it: who is asking is asked anew each time. False when refused. */
static bool authenticate_again(struct job *job)
{
    struct context *ctx = &job->ctx;
    ctx->now = clock_now(job->server->settings.clock);
    job->authenticate_later = false;
    return ctx->route->permission == PERMISSION_PUBLIC ||
           (authenticate(job, &job->authenticate_later) && (job->authenticate_later || authorize(job)));
}

enum dispatch_outcome dispatch_woken(struct job *job)
{
    struct context *ctx = &job->ctx;
    if (!find_route(job))
        return DISPATCH_ANSWER;
    read_query(job);
    if (!authenticate_again(job))
        return DISPATCH_ANSWER;
    if (job->authenticate_later || !ctx->route->from_memory || !ctx->route->from_memory(ctx))
        return DISPATCH_HAND_OVER;
    return DISPATCH_ANSWER;
}

void dispatch_again(struct job *job)
{
    if (authenticate_again(job))
        dispatch_continue(job);
}
