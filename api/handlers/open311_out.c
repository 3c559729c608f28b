#include "handlers/open311_out.h"

#include <string.h>

#include "base/clock.h"
#include "handlers/answer.h"

bool open311_is_json(const struct context *ctx, bool *ret, struct error *err)
{
    const char *format = NULL;
    for (size_t i = 0; i < HTTP_PATH_PARAMS_MAX && ctx->params[i]; i++)
        format = ctx->params[i];
    *ret = format && strcmp(format, "json") == 0;
    return *ret || (format && strcmp(format, "xml") == 0) || error_set(err, ERROR_NOT_FOUND, TEXT_OPEN311_NO_FORMAT);
}

struct open311_out open311_out_new(struct context *ctx, bool is_json)
{
    struct open311_out out = {.is_json = is_json, .language = ctx->language};
    if (is_json)
        out.json = json_out_new(ctx->arena, 2048);
    else
        out.xml = xml_out_new(ctx->arena, 2048);
    return out;
}

void open311_out_object(struct open311_out *out, const char *name)
{
    if (out->is_json)
        json_out_object_begin(&out->json);
    else
        xml_out_begin(&out->xml, name);
}

void open311_out_object_end(struct open311_out *out, const char *name)
{
    if (out->is_json)
        json_out_object_end(&out->json);
    else
        xml_out_end(&out->xml, name);
}

void open311_out_list(struct open311_out *out, const char *name)
{
    if (out->is_json)
        json_out_array_begin(&out->json);
    else
        xml_out_begin(&out->xml, name);
}

void open311_out_list_end(struct open311_out *out, const char *name)
{
    if (out->is_json)
        json_out_array_end(&out->json);
    else
        xml_out_end(&out->xml, name);
}

void open311_out_member_list(struct open311_out *out, const char *name)
{
    if (out->is_json)
        json_out_name(&out->json, name);
    open311_out_list(out, name);
}

void open311_out_member_object(struct open311_out *out, const char *name)
{
    if (out->is_json)
        json_out_name(&out->json, name);
    open311_out_object(out, name);
}

void open311_out_item(struct open311_out *out, const char *name)
{
    open311_out_object(out, name);
}

void open311_out_text(struct open311_out *out, const char *name, const char *text_or_null)
{
    if (out->is_json)
        json_out_member_text(&out->json, name, text_or_null);
    else
        xml_out_member(&out->xml, name, text_or_null);
}

void open311_out_bool(struct open311_out *out, const char *name, bool value)
{
    if (out->is_json)
        json_out_member_bool(&out->json, name, value);
    else
        xml_out_member(&out->xml, name, value ? "true" : "false");
}

void open311_out_number(struct open311_out *out, const char *name, const char *decimal_or_null)
{
    if (out->is_json)
        json_out_member_raw(&out->json, name, decimal_or_null);
    else
        xml_out_member(&out->xml, name, decimal_or_null);
}

void open311_out_time(struct open311_out *out, const char *name, int64_t at_us)
{
    char at[TIME_TEXT_SIZE];
    const size_t seconds = strlen("2026-11-22T06:05:35");
    if (at_us == 0) {
        open311_out_text(out, name, NULL);
        return;
    }
    time_format(at_us, at);
    at[seconds] = 'Z'; /* clients of the specification know no fractions */
    at[seconds + 1] = '\0';
    open311_out_text(out, name, at);
}

void open311_out_item_text(struct open311_out *out, const char *name, const char *text)
{
    if (out->is_json)
        json_out_text(&out->json, text);
    else
        xml_out_member(&out->xml, name, text);
}

/* ---- answers ---- */

static const char *finish(struct context *ctx, struct open311_out *out, size_t *ret_length)
{
    http_header_set(ctx, "Content-Language", text_language_tag(ctx->language));
    http_header_set(ctx, "Vary", "Accept-Language");
    return out->is_json ? json_out_finish(&out->json, ret_length) : xml_out_finish(&out->xml, ret_length);
}

static const char *media_type(const struct open311_out *out)
{
    return out->is_json ? "application/json; charset=utf-8" : "text/xml; charset=utf-8";
}

bool open311_out_respond(struct context *ctx, int status, struct open311_out *out)
{
    size_t length;
    const char *bytes = finish(ctx, out, &length);
    return http_respond_bytes(ctx, status, media_type(out), bytes, length);
}

bool open311_out_respond_cached(struct context *ctx, struct open311_out *out)
{
    size_t length;
    const char *bytes = finish(ctx, out, &length);
    return answer_not_modified(ctx, answer_bytes_etag(ctx, bytes, length, ETAG_WEAK)) ||
           http_respond_bytes(ctx, 200, media_type(out), bytes, length);
}

/* The specification has 404 for what is not there, 403 for keys, and 400 for all that is wrong with what was sent. */
static int status_of(const struct error *err)
{
    const int status = error_kind_info(err->kind)->status;
    return status == 422 ? 400 : status == 401 ? 403 : status;
}

static void write_error(struct open311_out *out, struct context *ctx, int status, const char *description)
{
    const char *code = arena_printf(ctx->arena, "%d", status);
    open311_out_item(out, "error");
    open311_out_number(out, "code", code);
    open311_out_text(out, "description", description);
    open311_out_object_end(out, "error");
}

/* The name by which a form knows what our own drafts call otherwise. */
static const char *field_of(struct context *ctx, const struct violation *violation)
{
    static const char *const names[][2] = {
        {"/service", "service_code"}, {"/body", "jurisdiction_id"}, {"/title", "description"}};
    const char *pointer = violation->pointer;
    if (!pointer)
        return violation->parameter;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i][0], pointer) == 0)
            return names[i][1];
    if (strncmp(pointer, "/data/", 6) == 0)
        return arena_printf(ctx->arena, "attribute[%.*s]", (int)strcspn(pointer + 6, "/"), pointer + 6);
    return *pointer == '/' ? pointer + 1 : pointer;
}

void open311_refuse(struct context *ctx, const struct error *err)
{
    bool is_json;
    struct error own = {.language = ctx->language, .arena = ctx->arena};
    (void)open311_is_json(ctx, &is_json, &own);
    const int status = status_of(err);
    struct open311_out out = open311_out_new(ctx, is_json);
    open311_out_list(&out, "errors");
    if (err->n_violations == 0)
        write_error(&out, ctx, status, err->detail);
    for (size_t i = 0; i < err->n_violations; i++)
        write_error(&out, ctx, status,
                    arena_printf(ctx->arena, "%s: %s", field_of(ctx, &err->violations[i]), err->violations[i].detail));
    open311_out_list_end(&out, "errors");
    (void)open311_out_respond(ctx, status, &out);
}
