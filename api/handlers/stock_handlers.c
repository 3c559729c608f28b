#include "handlers/stock_handlers.h"

#include <string.h>

#include "base/clock.h"
#include "handlers/answer.h"
#include "handlers/use.h"
#include "service/hold.h"
#include "service/stock.h"

#define DAYS_MAX    366
#define SERVICE_MAX 12

/* What is late is so by the day: the validator is that of the bytes. */
static bool respond_by_bytes(struct context *ctx, struct json_out *out)
{
    return answer_not_modified(ctx, answer_bytes_etag(ctx, out->bytes, out->length, ETAG_WEAK)) ||
           http_respond_json(ctx, 200, out);
}

bool handle_stock_list(struct context *ctx, struct error *err)
{
    struct call call;
    const char *service = http_query(ctx, "service");
    struct json_out out = json_out_new(ctx->arena, 4096);
    if (service && strlen(service) > SERVICE_MAX)
        query_refuse(err, "service", "MA-05");
    return !error_is_set(err) && use_call(ctx, err, &call) && stock_list(&call, service, &out) &&
           respond_by_bytes(ctx, &out);
}

bool handle_stock_create(struct context *ctx, struct error *err)
{
    struct call call;
    struct reply reply;
    const json_t *body = http_body_json(ctx, err);
    if (!body)
        return false;
    const struct stock_item_input input = stock_item_input_from_json(body, err);
    return !error_is_set(err) && use_call(ctx, err, &call) && stock_item_add(&call, &input, &reply) &&
           use_respond(ctx, &reply);
}

bool handle_stock_read(struct context *ctx, struct error *err)
{
    struct call call;
    int64_t version;
    struct json_out out = json_out_new(ctx->arena, 1024);
    if (!use_call(ctx, err, &call) || !stock_read(&call, ctx->params[0], &out, &version))
        return false;
    if (http_not_modified(ctx, version))
        return true;
    http_etag_set(ctx, version);
    return http_respond_json(ctx, 200, &out);
}

bool handle_stock_change(struct context *ctx, struct error *err)
{
    struct call call;
    int64_t version;
    struct json_out out = json_out_new(ctx->arena, 1024);
    const json_t *body = http_body_json(ctx, err);
    if (!body)
        return false;
    const struct stock_item_input input = stock_item_patch_from_json(body, err);
    if (error_is_set(err) || !use_call(ctx, err, &call) ||
        !stock_item_change(&call, ctx->params[0], ctx->if_match_version, &input, &out, &version))
        return false;
    http_etag_set(ctx, version);
    return http_respond_json(ctx, 200, &out);
}

/* A day of the address, or `fallback`; from 1990 to 2100. */
static int64_t query_day(const struct context *ctx, const char *name, int64_t fallback, struct error *err)
{
    const char *asked = http_query(ctx, name);
    int64_t day;
    if (!asked)
        return fallback;
    if (day_parse(asked, strlen(asked), &day) && strcmp(asked, "1990") > 0 && strcmp(asked, "2101") < 0)
        return day;
    query_refuse(err, name, "2026-11-22");
    return fallback;
}

bool handle_stock_availability(struct context *ctx, struct error *err)
{
    struct call call;
    char first[TIME_TEXT_SIZE], end[TIME_TEXT_SIZE];
    struct json_out out = json_out_new(ctx->arena, 2048);
    if (!use_call(ctx, err, &call))
        return false;
    const int64_t from = query_day(ctx, "from", directory_day(call.now), err), to = query_day(ctx, "to", from + 1, err),
                  quantity = http_query_number(ctx, "quantity", 1, 1000000, 1, err);
    if (!error_is_set(err) && (to <= from || to > from + DAYS_MAX)) {
        error_set(err, ERROR_INVALID_PARAMETER, TEXT_HTTP_QUERY);
        error_violate(err, "to", OUT_OF_RANGE, day_format(from + 1, first), day_format(from + DAYS_MAX, end));
    }
    return !error_is_set(err) &&
           stock_availability(&call, ctx->params[0], day_format(from, first), day_format(to, end), quantity, &out) &&
           respond_by_bytes(ctx, &out);
}

bool handle_movement_list(struct context *ctx, struct error *err)
{
    struct call call;
    const char *next = NULL, *prev = NULL;
    struct json_out out = json_out_new(ctx->arena, 4096);
    const struct page_input page = page_asked(ctx, PAGE_LIMIT_MAX, err);
    if (error_is_set(err) || !use_call(ctx, err, &call) ||
        !stock_movements(&call, ctx->params[0], &page, &out, &next, &prev))
        return false;
    return page_answer(ctx, &out, next, prev);
}

bool handle_movement_create(struct context *ctx, struct error *err)
{
    struct call call;
    struct reply reply;
    const json_t *body = http_body_json(ctx, err);
    if (!body)
        return false;
    const struct stock_movement_input input = stock_movement_input_from_json(body, err);
    return !error_is_set(err) && use_call(ctx, err, &call) && stock_move(&call, ctx->params[0], &input, &reply) &&
           use_respond(ctx, &reply);
}

bool handle_stock_holds(struct context *ctx, struct error *err)
{
    struct call call;
    struct json_out out = json_out_new(ctx->arena, 4096);
    return use_call(ctx, err, &call) && stock_holds(&call, ctx->params[0], &out) && respond_by_bytes(ctx, &out);
}

bool handle_hold_list(struct context *ctx, struct error *err)
{
    struct call call;
    struct json_out out = json_out_new(ctx->arena, 2048);
    return use_call(ctx, err, &call) && hold_list(&call, ctx->params[0], ctx->params[1], &out) &&
           respond_by_bytes(ctx, &out);
}

bool handle_hold_create(struct context *ctx, struct error *err)
{
    struct call call;
    struct reply reply;
    const json_t *body = http_body_json(ctx, err);
    if (!body)
        return false;
    const struct hold_input input = hold_input_from_json(body, err);
    return !error_is_set(err) && use_call(ctx, err, &call) &&
           hold_reserve(&call, ctx->params[0], ctx->params[1], &input, &reply) && use_respond(ctx, &reply);
}

bool handle_hold_move(struct context *ctx, struct error *err)
{
    struct call call;
    struct reply reply;
    const json_t *body = http_body_json(ctx, err);
    if (!body)
        return false;
    const struct hold_move_input input = hold_move_input_from_json(body, err);
    return !error_is_set(err) && use_call(ctx, err, &call) &&
           hold_move(&call, ctx->params[0], ctx->params[1], ctx->params[2], ctx->if_match_version, &input, &reply) &&
           use_respond(ctx, &reply);
}
