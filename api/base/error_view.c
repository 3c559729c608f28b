#include "base/error_view.h"

static void violation_view(struct json_out *out, const struct violation *violation)
{
    json_out_object_begin(out);
    if (violation->pointer)
        json_out_member_text(out, "pointer", violation->pointer);
    else
        json_out_member_text(out, "parameter", violation->parameter);
    json_out_member_text(out, "code", violation->code);
    json_out_member_text(out, "detail", violation->detail);
    json_out_object_end(out);
}

/* JSON that cannot be read: no pointer leads into it, a line and a column do. */
static void place_view(struct json_out *out, const struct error *err)
{
    json_out_object_begin(out);
    json_out_member_text(out, "code", error_kind_info(err->kind)->code);
    json_out_member_text(out, "detail", err->detail);
    json_out_member_number(out, "line", (int64_t)err->line);
    json_out_member_number(out, "column", (int64_t)err->column);
    json_out_object_end(out);
}

void error_view(struct json_out *out, const struct error *err, const char *request_id, const char *trace_id)
{
    const struct error_kind_info *info = error_kind_info(err->kind);
    json_out_object_begin(out);
    json_out_member_text(out, "type", arena_printf(out->arena, "/problems/%s", info->slug));
    json_out_member_text(out, "title", text(err->language, info->title));
    json_out_member_number(out, "status", info->status);
    json_out_member_text(out, "detail", err->detail);
    json_out_member_text(out, "instance", arena_printf(out->arena, "urn:uuid:%s", request_id));
    json_out_member_text(out, "code", info->code);
    json_out_member_text(out, "trace_id", trace_id);
    json_out_name(out, "errors");
    json_out_array_begin(out);
    if (err->line > 0)
        place_view(out, err);
    for (size_t i = 0; i < err->n_violations; i++)
        violation_view(out, &err->violations[i]);
    json_out_array_end(out);
    json_out_object_end(out);
}
