#include "handlers/definition_handlers.h"

#include <string.h>

#include "base/clock.h"
#include "base/json_in.h"
#include "base/json_slice.h"
#include "handlers/answer.h"
#include "handlers/use.h"
#include "service/definition.h"
#include "service/scenario.h"
#include "service/whatif.h"
#include "workflow/render.h"

/* What is no JSON object is no document at all, and is refused as everywhere; the rest is the judge's. */
bool handle_workflow_validate(struct context *ctx, struct error *err)
{
    const json_t *document = http_body_json(ctx, err);
    if (!document)
        return false;
    if (!json_is_object(document))
        return error_violate(err, "", WRONG_TYPE, text(err->language, TEXT_JSON_TYPE_OBJECT));
    struct call call = use_call_without_directory(ctx, err);
    struct json_out out = json_out_new(ctx->arena, 4096);
    (void)definition_judge(&call, ctx->body, ctx->body_length, &out);
    return http_respond_json(ctx, 200, &out);
}

/* ---- scenarios ---- */

/* One definition, by its text or by its name. */
static void take_definition(struct json_in *in, const struct context *ctx, struct scenario_input *ret)
{
    const json_t *definition = json_in_value(in, "definition", JSON_OBJECT, false);
    ret->workflow = json_in_text(in, "workflow", 1, WORKFLOW_KEY_MAX, false, false);
    if (definition && !json_slice(ctx->body, ctx->body_length, "definition", &ret->definition, &ret->definition_length))
        error_violate(in->err, "/definition", BAD_FORMAT);
    if (!definition && !ret->workflow && !error_is_set(in->err))
        error_violate(in->err, "/definition", REQUIRED);
    else if (definition && ret->workflow)
        error_violate(in->err, "/workflow", UNKNOWN_MEMBER);
}

bool handle_workflow_simulate(struct context *ctx, struct error *err)
{
    static const char *const names[] = {"definition", "workflow", "scenarios", "record", NULL};
    const json_t *body = http_body_json(ctx, err);
    struct scenario_input input = {0};
    struct call call;
    if (!body)
        return false;
    struct json_in in = json_in_object(body, "", err);
    take_definition(&in, ctx, &input);
    if (json_in_value(&in, "scenarios", JSON_OBJECT, true) &&
        !json_slice(ctx->body, ctx->body_length, "scenarios", &input.scenarios, &input.scenarios_length))
        error_violate(err, "/scenarios", BAD_FORMAT);
    input.record = json_in_bool(&in, "record", false);
    json_in_finish(&in, names);
    if (error_is_set(err) || !use_call(ctx, err, &call))
        return false;
    struct json_out out = json_out_new(ctx->arena, 16 * 1024);
    return scenario_simulate(&call, &input, &out) && http_respond_json(ctx, 200, &out);
}

/* ---- what-if ---- */

#define ANSWER_US (INT64_C(3000) * 1000) /* of the deadline: what it takes to decide and to answer */

static void take_holiday(const json_t *item, const char *base, const struct directory *dir, struct error *err,
                         struct whatif_holiday *ret)
{
    static const char *const names[] = {"date", "body", "name", "rests", NULL};
    struct json_in in = json_in_object(item, base, err);
    const char *date = json_in_text(&in, "date", 10, 10, true, false);
    const char *code = json_in_text(&in, "body", 10, 10, false, false);
    const char *name = json_in_text(&in, "name", 1, 200, false, false);
    int64_t at;
    ret->rests = json_in_bool(&in, "rests", true);
    ret->name = name ? name : "";
    ret->body = code ? directory_body_find(dir, code) : NULL;
    json_in_finish(&in, names);
    if (date && !time_parse(date, 10, true, &at))
        error_violate_like(err, json_pointer(err->arena, base, "date"), "2026-05-25");
    else if (date)
        ret->day = (int32_t)(at / (INT64_C(86400) * 1000000));
    if (code && !ret->body)
        error_violate(err, json_pointer(err->arena, base, "body"), UNKNOWN_VALUE, code);
}

static void take_holidays(struct json_in *in, const struct call *call, struct whatif_input *ret)
{
    const json_t *list = json_in_value(in, "holidays", JSON_ARRAY, false), *item;
    struct whatif_holiday *holidays = arena_alloc(call->arena, WHATIF_HOLIDAYS_MAX * sizeof *holidays);
    size_t i;
    if (json_array_size(list) > WHATIF_HOLIDAYS_MAX) {
        error_violate(in->err, "/holidays", TOO_MANY, arena_printf(call->arena, "%d", WHATIF_HOLIDAYS_MAX));
        return;
    }
    json_array_foreach(list, i, item)
        take_holiday(item, json_pointer_index(call->arena, "/holidays", i), call->directory, in->err, &holidays[i]);
    ret->holidays = holidays;
    ret->n_holidays = json_array_size(list);
}

bool handle_workflow_replay(struct context *ctx, struct error *err)
{
    static const char *const names[] = {"workflow", "definition", "holidays", "days", "after", NULL};
    const json_t *body = http_body_json(ctx, err);
    int64_t latest = ctx->deadline - ANSWER_US, enough = ctx->started + WHATIF_READ_US;
    struct whatif_input input = {.until_us = latest < enough ? latest : enough};
    struct call call;
    if (!body || !use_call(ctx, err, &call))
        return false;
    struct json_in in = json_in_object(body, "", err);
    input.workflow = json_in_text(&in, "workflow", 1, WORKFLOW_KEY_MAX, true, false);
    input.days = json_in_integer(&in, "days", 1, WHATIF_DAYS_MAX, false, 365);
    input.after = json_in_text(&in, "after", 1, 31, false, false);
    if (json_in_value(&in, "definition", JSON_OBJECT, false) &&
        !json_slice(ctx->body, ctx->body_length, "definition", &input.definition, &input.definition_length))
        error_violate(err, "/definition", BAD_FORMAT);
    take_holidays(&in, &call, &input);
    json_in_finish(&in, names);
    if (error_is_set(err) || !whatif_enter(&ctx->app->whatifs, err))
        return false;
    struct json_out out = json_out_new(ctx->arena, 16 * 1024);
    bool run = whatif_run(&call, &input, &out);
    whatif_leave(&ctx->app->whatifs);
    return run && http_respond_json(ctx, 200, &out);
}

/* ---- drawings ---- */

static const char *const media_types[WORKFLOW_FORMATS] = {
    [WORKFLOW_FORMAT_OUTLINE] = "text/plain; charset=utf-8",
    [WORKFLOW_FORMAT_MERMAID] = "text/vnd.mermaid; charset=utf-8",
    [WORKFLOW_FORMAT_DOT] = "text/vnd.graphviz; charset=utf-8",
    [WORKFLOW_FORMAT_SVG] = "image/svg+xml",
    [WORKFLOW_FORMAT_SCXML] = "application/scxml+xml",
    [WORKFLOW_FORMAT_BPMN] = "application/bpmn+xml",
};

static enum workflow_format take_format(const struct context *ctx, struct error *err)
{
    enum workflow_format format = WORKFLOW_FORMAT_SVG;
    const char *given = http_query(ctx, "format");
    if (given && !workflow_format_find(given, &format)) {
        error_set(err, ERROR_INVALID_PARAMETER, TEXT_HTTP_QUERY);
        error_violate(err, "format", NOT_AN_OPTION, "outline, mermaid, dot, svg, scxml, bpmn");
    }
    return format;
}

static bool take_counts(const struct context *ctx, struct error *err)
{
    const char *given = http_query(ctx, "counts");
    if (given && strcmp(given, "true") != 0 && strcmp(given, "false") != 0)
        query_refuse(err, "counts", "true");
    return given && strcmp(given, "true") == 0;
}

bool handle_workflow_diagram(struct context *ctx, struct error *err)
{
    struct call call;
    uint32_t counts[WORKFLOW_STATES_MAX] = {0};
    const enum workflow_format format = take_format(ctx, err);
    const bool counted = take_counts(ctx, err);
    if (error_is_set(err) || !use_call(ctx, err, &call))
        return false;
    const struct directory_workflow *row = answer_workflow(ctx, call.directory, err);
    if (!row || (counted && !definition_counts(&call, row, counts)))
        return false;
    const struct workflow_overlay overlay = {.counts = counted ? counts : NULL};
    const enum workflow_language language = (enum workflow_language)ctx->language;
    size_t length = workflow_render(row->workflow, format, language, &overlay, NULL, 0);
    char *drawing = arena_take(ctx->arena, length + 1);
    (void)workflow_render(row->workflow, format, language, &overlay, drawing, length + 1);
    http_header_set(ctx, "Content-Language", text_language_tag(ctx->language));
    return answer_not_modified(ctx, answer_bytes_etag(ctx, drawing, length, ETAG_WEAK)) ||
           http_respond_bytes(ctx, 200, media_types[format], drawing, length);
}
