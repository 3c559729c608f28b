#include "handlers/incident_handlers.h"

#include <string.h>

#include "handlers/answer.h"
#include "handlers/use.h"
#include "service/incident.h"

static const char *state_asked(const struct context *ctx, struct error *err)
{
    static const char *const states[] = {"open", "retried", "skipped", "patched"};
    enum { STATES = sizeof states / sizeof *states };
    const char *asked = http_query(ctx, "state");
    for (size_t i = 0; asked && i < STATES; i++)
        if (strcmp(states[i], asked) == 0)
            return states[i];
    if (asked) {
        error_set(err, ERROR_INVALID_PARAMETER, TEXT_HTTP_QUERY);
        error_violate_options(err, "state", states, STATES);
    }
    return states[0];
}

bool handle_incident_list(struct context *ctx, struct error *err)
{
    struct call call;
    const char *next, *prev, *state = state_asked(ctx, err);
    struct json_out out = json_out_new(ctx->arena, 8 * 1024);
    const struct page_input page = page_asked(ctx, PAGE_LIMIT_MAX, err);
    if (error_is_set(err) || !use_call(ctx, err, &call) || !incident_list(&call, state, &page, &out, &next, &prev))
        return false;
    return page_answer(ctx, &out, next, prev);
}

bool handle_incident_decide(struct context *ctx, struct error *err)
{
    struct call call;
    struct reply reply;
    const json_t *body = http_body_json(ctx, err);
    if (!body)
        return false;
    struct incident_input input = incident_input_from_json(body, err);
    return !error_is_set(err) && use_call(ctx, err, &call) &&
           incident_decide(&call, ctx->params[0], ctx->if_match_version, &input, &reply) && use_respond(ctx, &reply);
}
