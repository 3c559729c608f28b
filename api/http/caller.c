/* Who is asking, what that one may do here, and how much of it at once. */
#include <stdio.h>
#include <string.h>

#include "http/address.h"
#include "http/internal.h"

#define STREAM_RETRY_S 10

/* ---- who ---- */

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

bool caller_recall(struct job *job, bool *ret_later)
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

bool caller_find(struct job *job)
{
    struct context *ctx = &job->ctx;
    if (!job->server->settings.authenticate ||
        !job->server->settings.authenticate(ctx, job->headers.authorization, session_cookie(job), &job->err))
        return error_set(&job->err, ERROR_UNAUTHENTICATED, TEXT_HTTP_CREDENTIALS_NEEDED);
    return true;
}

bool caller_authorize(struct job *job)
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

/* ---- how much ---- */

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

bool caller_take_rate(struct job *job)
{
    return !job->ctx.authenticated || take_rate(job, job->ctx.actor.principal, job->server->settings.rate_per_minute);
}

bool http_identify(struct context *ctx, const struct actor *actor)
{
    ctx->actor = *actor;
    ctx->authenticated = true;
    return caller_take_rate(ctx->adapter);
}

bool http_count_address(struct context *ctx)
{
    struct job *job = ctx->adapter;
    const char *address = http_client_address(ctx);
    return take_rate(job, arena_printf(ctx->arena, "address:%s", address ? address : "-"),
                     job->server->settings.anonymous_per_minute);
}

bool caller_take_wait(struct job *job)
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

bool caller_take_place(struct job *job)
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
