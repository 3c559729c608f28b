/* What Open311 tells from memory: where it is, and what may be asked for. */
#include "handlers/open311_handlers.h"

#include <string.h>

#include "handlers/open311_call.h"
#include "handlers/open311_out.h"
#include "service/open311.h"

#define SPECIFICATION "http://wiki.open311.org/GeoReport_v2"
#define EXTENSION     "https://github.com/mysociety/FixMyStreet/wiki/Open311-FMS---Proposed-differences-to-Open311"

/* ---- discovery ---- */

static void write_endpoint(struct open311_out *out, const struct context *ctx, const char *specification,
                           int64_t changed_at)
{
    open311_out_item(out, "endpoint");
    open311_out_text(out, "specification", specification);
    open311_out_text(out, "url", arena_printf(ctx->arena, "%s/open311/v2", ctx->app->public_url));
    open311_out_time(out, "changeset", changed_at);
    open311_out_text(out, "type", "production");
    open311_out_member_list(out, "formats");
    open311_out_item_text(out, "format", "text/xml");
    open311_out_item_text(out, "format", "application/json");
    open311_out_list_end(out, "formats");
    open311_out_object_end(out, "endpoint");
}

/* Whom to write to, for each jurisdiction that there is: "0800230008 Aguilar de Segarra: …". */
static const char *contacts(struct context *ctx, const struct directory *dir, int64_t *ret_changed_at)
{
    const char *all = "";
    *ret_changed_at = 0;
    for (size_t i = 0; i < dir->n_open311; i++) {
        const struct directory_open311 *endpoint = &dir->open311[i];
        all = arena_printf(ctx->arena, "%s%s%s %s: %s", all, i > 0 ? "\n" : "", endpoint->body->code,
                           endpoint->body->name, endpoint->contact);
        if (endpoint->changed_at > *ret_changed_at)
            *ret_changed_at = endpoint->changed_at;
    }
    return all;
}

bool handle_open311_discovery(struct context *ctx, struct error *err)
{
    struct call call;
    bool is_json;
    int64_t changed_at;
    if (!open311_is_json(ctx, &is_json, err) || !use_call(ctx, err, &call))
        return false;
    if (call.directory->n_open311 == 0)
        return error_set(err, ERROR_NOT_FOUND, TEXT_OPEN311_NO_JURISDICTION, "");
    const char *contact = contacts(ctx, call.directory, &changed_at);
    struct open311_out out = open311_out_new(ctx, is_json);
    open311_out_object(&out, "discovery");
    open311_out_time(&out, "changeset", changed_at);
    open311_out_text(&out, "contact", contact);
    open311_out_text(&out, "key_service", text(ctx->language, TEXT_OPEN311_KEY_SERVICE));
    open311_out_member_list(&out, "endpoints");
    write_endpoint(&out, ctx, SPECIFICATION, changed_at);
    write_endpoint(&out, ctx, EXTENSION, changed_at);
    open311_out_list_end(&out, "endpoints");
    open311_out_object_end(&out, "discovery");
    return open311_out_respond_cached(ctx, &out);
}

/* ---- services ---- */

static void write_service(struct open311_out *out, const struct call *call, const struct directory_service *service)
{
    const enum text_language language = call->language;
    size_t n_attributes;
    (void)open311_attributes(call, service, &n_attributes);
    open311_out_item(out, "service");
    open311_out_text(out, "service_code", service->code);
    open311_out_text(out, "service_name", service->name.in[language]);
    open311_out_text(out, "description", service->description.in[language]);
    open311_out_bool(out, "metadata", n_attributes > 0);
    open311_out_text(out, "type", "realtime");
    open311_out_text(out, "keywords", service->support_type);
    open311_out_text(out, "group", service->area->name.in[language]);
    open311_out_object_end(out, "service");
}

bool handle_open311_services(struct context *ctx, struct error *err)
{
    struct open311_call at;
    if (!open311_call_begin(ctx, &at, err))
        return false;
    struct open311_out out = open311_out_new(ctx, at.is_json);
    open311_out_list(&out, "services");
    for (size_t i = 0; i < at.endpoint->n_services; i++)
        if (at.endpoint->services[i]->active)
            write_service(&out, &at.call, at.endpoint->services[i]);
    open311_out_list_end(&out, "services");
    return open311_out_respond_cached(ctx, &out);
}

/* ---- definitions ---- */

static void write_value(struct open311_out *out, const char *key, const char *name)
{
    open311_out_item(out, "value");
    open311_out_text(out, "key", key);
    open311_out_text(out, "name", name);
    open311_out_object_end(out, "value");
}

static void write_attribute(struct open311_out *out, const struct call *call, const struct open311_attribute *attribute,
                            size_t order)
{
    const struct workflow_field_info *field = attribute->field;
    open311_out_item(out, "attribute");
    open311_out_bool(out, "variable", true);
    open311_out_text(out, "code", attribute->code);
    open311_out_text(out, "datatype", attribute->datatype);
    open311_out_bool(out, "required", true);
    open311_out_text(out, "datatype_description", attribute->hint);
    open311_out_number(out, "order", arena_printf(call->arena, "%zu", order));
    open311_out_text(out, "description", attribute->description);
    open311_out_member_list(out, "values");
    for (size_t i = 0; i < field->n_options; i++)
        write_value(out, field->options[i], field->options[i]);
    if (field->type == WORKFLOW_FIELD_BOOL) {
        write_value(out, "true", text(call->language, TEXT_OPEN311_YES));
        write_value(out, "false", text(call->language, TEXT_OPEN311_NO));
    }
    open311_out_list_end(out, "values");
    open311_out_object_end(out, "attribute");
}

bool handle_open311_definition(struct context *ctx, struct error *err)
{
    struct open311_call at;
    if (!open311_call_begin(ctx, &at, err))
        return false;
    const struct directory_service *service = open311_service(&at.call, at.endpoint, ctx->params[0]);
    if (!service)
        return false;
    size_t n;
    const struct open311_attribute *attributes = open311_attributes(&at.call, service, &n);
    struct open311_out out = open311_out_new(ctx, at.is_json);
    open311_out_object(&out, "service_definition");
    open311_out_text(&out, "service_code", service->code);
    open311_out_member_list(&out, "attributes");
    for (size_t i = 0; i < n; i++)
        write_attribute(&out, &at.call, &attributes[i], i + 1);
    open311_out_list_end(&out, "attributes");
    open311_out_object_end(&out, "service_definition");
    return open311_out_respond_cached(ctx, &out);
}
