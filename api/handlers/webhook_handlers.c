#include "handlers/webhook_handlers.h"

#include <string.h>

#include "base/bell.h"
#include "handlers/answer.h"
#include "handlers/use.h"
#include "service/event_filter.h"
#include "service/webhook.h"

static struct webhook_reach reach_of(const struct context *ctx)
{
    return (struct webhook_reach){.networks = ctx->app->config->webhook_networks,
                                  .ports = ctx->app->config->webhook_ports};
}

bool handle_webhook_list(struct context *ctx, struct error *err)
{
    const struct call call = use_call_without_directory(ctx, err);
    const char *next = NULL, *prev = NULL;
    struct json_out out = json_out_new(ctx->arena, 4096);
    const struct page_input page = page_asked(ctx, PAGE_LIMIT_MAX, err);
    return !error_is_set(err) && webhook_list(&call, &page, &out, &next, &prev) && page_answer(ctx, &out, next, prev);
}

/* A secret is in it: nobody on the way keeps it. */
static bool respond_secret(struct context *ctx, const struct reply *reply)
{
    http_header_set(ctx, "Cache-Control", "no-store");
    return use_respond(ctx, reply);
}

/* What a filter says is judged where filters are known. */
static struct webhook_input take_input(struct context *ctx, const json_t *body, bool change, struct error *err)
{
    const struct webhook_reach reach = reach_of(ctx);
    const struct webhook_input input = webhook_input_from_json(body, &reach, change, err);
    struct event_filter_faults faults;
    if (input.filter && !event_filter_compile(input.filter, ctx->arena, &faults))
        event_filter_refuse(err, "/filter", &faults);
    return input;
}

bool handle_webhook_create(struct context *ctx, struct error *err)
{
    const struct call call = use_call_without_directory(ctx, err);
    struct reply reply;
    const json_t *body = http_body_json(ctx, err);
    if (!body)
        return false;
    const struct webhook_input input = take_input(ctx, body, false, err);
    if (error_is_set(err) || !webhook_add(&call, &input, &reply))
        return false;
    /* The first one of all: what happens from now on is news here at once, and not only when it was counted. */
    (void)atomic_fetch_add(&ctx->app->webhooks.active, 1);
    return respond_secret(ctx, &reply);
}

bool handle_webhook_read(struct context *ctx, struct error *err)
{
    const struct call call = use_call_without_directory(ctx, err);
    struct json_out out = json_out_new(ctx->arena, 1024);
    return webhook_read(&call, ctx->params[0], &out) &&
           (answer_not_modified(ctx, answer_bytes_etag(ctx, out.bytes, out.length, ETAG_WEAK)) ||
            http_respond_json(ctx, 200, &out));
}

bool handle_webhook_change(struct context *ctx, struct error *err)
{
    const struct call call = use_call_without_directory(ctx, err);
    struct json_out out = json_out_new(ctx->arena, 1024);
    int64_t version;
    const json_t *body = http_body_json(ctx, err);
    if (!body)
        return false;
    const struct webhook_input input = take_input(ctx, body, true, err);
    if (error_is_set(err) || !webhook_edit(&call, ctx->params[0], ctx->if_match_version, &input, &out, &version))
        return false;
    bell_ring(ctx->app->news);
    http_etag_set(ctx, version);
    return http_respond_json(ctx, 200, &out);
}

bool handle_webhook_delete(struct context *ctx, struct error *err)
{
    const struct call call = use_call_without_directory(ctx, err);
    return webhook_remove(&call, ctx->params[0], ctx->if_match_version) && http_respond_empty(ctx, 204);
}

bool handle_webhook_rotate(struct context *ctx, struct error *err)
{
    const struct call call = use_call_without_directory(ctx, err);
    struct reply reply;
    return webhook_rotate(&call, ctx->params[0], &reply) && respond_secret(ctx, &reply);
}

/* Something is to be sent: the sender need not find it by itself. */
static bool respond_queued(struct context *ctx, const struct reply *reply)
{
    bell_ring(ctx->app->news);
    return use_respond(ctx, reply);
}

bool handle_webhook_ping(struct context *ctx, struct error *err)
{
    const struct call call = use_call_without_directory(ctx, err);
    struct reply reply;
    return webhook_ping(&call, ctx->params[0], &reply) && respond_queued(ctx, &reply);
}

bool handle_webhook_redeliver(struct context *ctx, struct error *err)
{
    const struct call call = use_call_without_directory(ctx, err);
    struct reply reply;
    const json_t *body = http_body_json(ctx, err);
    if (!body)
        return false;
    const struct redelivery_input input = redelivery_input_from_json(body, err);
    return !error_is_set(err) && webhook_redeliver(&call, ctx->params[0], &input, &reply) &&
           respond_queued(ctx, &reply);
}

static const char *state_asked(const struct context *ctx, struct error *err)
{
    static const char *const states[] = {"pending", "delivered", "dead"};
    enum { STATES = sizeof states / sizeof *states };
    const char *asked = http_query(ctx, "state");
    for (size_t i = 0; asked && i < STATES; i++)
        if (strcmp(states[i], asked) == 0)
            return states[i];
    if (asked) {
        error_set(err, ERROR_INVALID_PARAMETER, TEXT_HTTP_QUERY);
        error_violate_options(err, "state", states, STATES);
    }
    return NULL;
}

bool handle_webhook_deliveries(struct context *ctx, struct error *err)
{
    const struct call call = use_call_without_directory(ctx, err);
    const char *next = NULL, *prev = NULL, *state = state_asked(ctx, err);
    struct json_out out = json_out_new(ctx->arena, 8 * 1024);
    const struct page_input page = page_asked(ctx, PAGE_LIMIT_MAX, err);
    return !error_is_set(err) && webhook_deliveries(&call, ctx->params[0], state, &page, &out, &next, &prev) &&
           page_answer(ctx, &out, next, prev);
}
