#include "handlers/calendar_handlers.h"

#include "handlers/answer.h"
#include "handlers/use.h"
#include "service/calendar.h"
#include "workflow/calendar.h"

/* The engine counts no further. */
#define YEAR_MIN 2020
#define YEAR_MAX 2059

bool handle_calendar_read(struct context *ctx, struct error *err)
{
    const struct directory *dir = answer_directory(ctx, err);
    const int this_year = workflow_day_date((int32_t)directory_day(ctx->now)).year;
    const int year = (int)http_query_number(ctx, "year", YEAR_MIN, YEAR_MAX, this_year, err);
    struct calendar_place place;
    if (!dir || error_is_set(err) || !calendar_place_find(dir, ctx->params[0], &place, err))
        return false;
    struct json_out out = json_out_new(ctx->arena, 2048);
    calendar_view(&out, dir, &place, year);
    return answer_not_modified(ctx, answer_bytes_etag(ctx, out.bytes, out.length, ETAG_WEAK)) ||
           http_respond_json(ctx, 200, &out);
}

bool handle_calendar_correct(struct context *ctx, struct error *err)
{
    struct call call;
    struct reply reply;
    const json_t *body = http_body_json(ctx, err);
    struct calendar_input *input = arena_alloc(ctx->arena, sizeof *input);
    if (!body)
        return false;
    calendar_input_from_json(body, input, err);
    return !error_is_set(err) && use_call(ctx, err, &call) && calendar_correct(&call, ctx->params[0], input, &reply) &&
           use_respond(ctx, &reply);
}
