/* The order in which a request is checked: what costs least and reveals least comes first. No database connection is
   taken before the caller is known, unless it is needed to know the caller. */
#include <string.h>

#include "http/internal.h"
#include "http/query.h"

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

/* ---- what the method asks for ---- */

static bool check_query(struct job *job)
{
    if (!job->query_error)
        return true;
    job->err = *job->query_error;
    return false;
}

static bool check_asked(struct job *job)
{
    return check_query(job) && message_check_idempotency_key(job) && message_check_if_match(job);
}

static bool allow_in(struct job *job)
{
    return caller_authorize(job) && caller_take_rate(job) && check_asked(job) && caller_take_wait(job);
}

/* ---- on the IO thread, before the body ---- */

bool dispatch_refuses_body(struct job *job)
{
    uint64_t length;
    bool later = false;
    if (!message_check_framing(job, &length))
        return true;
    if (!job->request || length == 0 ||
        (job->headers.content_length && length <= HTTP_SHORT_BODY && !http_header(&job->ctx, "Expect")))
        return false;
    if (!message_check_head(job) || !find_route(job))
        return true;
    read_query(job);
    if (!message_check_body(job, length))
        return true;
    if (job->ctx.route->permission == PERMISSION_PUBLIC)
        return !check_asked(job);
    return !caller_recall(job, &later) || (!later && (!caller_authorize(job) || !check_asked(job)));
}

/* ---- on the IO thread ---- */

enum dispatch_outcome dispatch_begin(struct job *job)
{
    struct context *ctx = &job->ctx;
    if (!message_check_head(job)) {
        job->close_connection = true; /* where the next request starts is not certain any more */
        return DISPATCH_ANSWER;
    }
    if (!find_route(job))
        return DISPATCH_ANSWER;
    read_query(job);
    if (!message_check_body(job, ctx->body_length))
        return DISPATCH_ANSWER;
    if (ctx->route->permission != PERMISSION_PUBLIC) {
        if (!caller_recall(job, &job->authenticate_later))
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

/* ---- on a database thread ---- */

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
        if (!caller_find(job) || !(waited ? caller_authorize(job) : allow_in(job)) ||
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
           (caller_recall(job, &job->authenticate_later) && (job->authenticate_later || caller_authorize(job)));
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
