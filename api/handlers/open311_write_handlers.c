/* What comes in through Open311, by a key. */
#include "handlers/open311_handlers.h"
#include "handlers/open311_out.h"
#include "handlers/open311_call.h"

bool handle_open311_file(struct context *ctx, struct error *err)
{
    struct open311_call at;
    struct open311_form form;
    const char *ref;
    if (!open311_call_begin_form(ctx, &at, &form, err) || !open311_file(&at.call, at.endpoint, &form, &ref))
        return false;
    struct open311_out out = open311_out_new(ctx, at.is_json);
    open311_out_list(&out, "service_requests");
    open311_out_item(&out, "request");
    open311_out_text(&out, "service_request_id", ref);
    open311_out_text(&out, "service_notice", NULL);
    open311_out_text(&out, "account_id", NULL);
    open311_out_object_end(&out, "request");
    open311_out_list_end(&out, "service_requests");
    return open311_out_respond(ctx, 200, &out);
}

bool handle_open311_update(struct context *ctx, struct error *err)
{
    struct open311_call at;
    struct open311_form form;
    const char *id;
    if (!open311_call_begin_form(ctx, &at, &form, err) || !open311_update(&at.call, at.endpoint, &form, &id))
        return false;
    struct open311_out out = open311_out_new(ctx, at.is_json);
    open311_out_list(&out, "service_request_updates");
    open311_out_item(&out, "request_update");
    open311_out_text(&out, "update_id", id);
    open311_out_object_end(&out, "request_update");
    open311_out_list_end(&out, "service_request_updates");
    return open311_out_respond(ctx, 200, &out);
}
