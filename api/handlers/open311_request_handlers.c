/* Requests through Open311, and what happened to them. */
#include <string.h>

#include "handlers/open311_handlers.h"
#include "handlers/open311_out.h"
#include "handlers/open311_search.h"

/* As everybody; with a key as the client that it was given to. */
static bool begin(struct context *ctx, struct open311_call *at, struct error *err)
{
    if (!open311_call_begin(ctx, at, err))
        return false;
    const char *key = open311_parameter(ctx, "api_key");
    return key ? open311_call_identify(ctx, at, key, SCOPE_REQUESTS_READ, err) : http_count_address(ctx);
}

/* ---- what the specification does not have ---- */

static void write_notes(struct open311_out *out, const char *ref, const struct open311_update *updates, size_t n)
{
    open311_out_member_list(out, "notes");
    for (size_t i = 0; i < n; i++) {
        if (strcmp(updates[i].ref, ref) != 0)
            continue;
        open311_out_item(out, "note");
        open311_out_time(out, "datetime", updates[i].at);
        open311_out_text(out, "description", updates[i].description);
        open311_out_text(out, "type", updates[i].state);
        open311_out_object_end(out, "note");
    }
    open311_out_list_end(out, "notes");
}

struct notes {
    const struct open311_update *updates;
    size_t n;
};

static bool notes_read(const struct open311_call *at, const struct open311_search *search,
                       const struct open311_request *requests, size_t n, struct notes *ret)
{
    enum { NOTES_EACH = 50 };
    const char **refs = arena_alloc(at->call.arena, (n + 1) * sizeof *refs);
    struct open311_update *updates = NULL;
    struct open311_search of_these = {.endpoint = search->endpoint,
                                      .is_holder = search->is_holder,
                                      .refs = refs,
                                      .n_refs = n,
                                      .limit = (int)n * NOTES_EACH,
                                      .each = NOTES_EACH};
    for (size_t i = 0; i < n; i++)
        refs[i] = requests[i].ref;
    *ret = (struct notes){0};
    if (n == 0)
        return true;
    bool done = open311_updates(&at->call, &of_these, &updates, &ret->n);
    ret->updates = updates;
    return done;
}

/* ---- requests ---- */

static void write_request(struct open311_out *out, const struct open311_request *request, const struct notes *notes)
{
    const struct open311_report *report = &request->report;
    open311_out_item(out, "request");
    open311_out_text(out, "service_request_id", request->ref);
    open311_out_text(out, "status", request->is_open ? "open" : "closed");
    open311_out_text(out, "status_notes", request->label);
    open311_out_text(out, "service_name", request->service->name.in[out->language]);
    open311_out_text(out, "service_code", request->service->code);
    open311_out_text(out, "description", request->description);
    open311_out_text(out, "agency_responsible", request->agency);
    open311_out_text(out, "service_notice", NULL);
    open311_out_time(out, "requested_datetime", request->requested_at);
    open311_out_time(out, "updated_datetime", request->updated_at);
    open311_out_time(out, "expected_datetime", request->expected_at);
    open311_out_text(out, "address", report->address);
    open311_out_text(out, "address_id", report->address_id);
    open311_out_text(out, "zipcode", NULL);
    open311_out_number(out, "lat", report->latitude);
    open311_out_number(out, "long", report->longitude);
    open311_out_text(out, "media_url", report->media_url);
    if (notes) {
        open311_out_member_object(out, "extended_attributes");
        open311_out_text(out, "state", request->state);
        open311_out_object_end(out, "extended_attributes");
        write_notes(out, request->ref, notes->updates, notes->n);
    }
    open311_out_object_end(out, "request");
}

static bool respond(struct context *ctx, const struct open311_call *at, const struct open311_search *search,
                    const struct open311_request *requests, size_t n, bool extensions)
{
    struct notes notes;
    if (extensions && !notes_read(at, search, requests, n, &notes))
        return false;
    struct open311_out out = open311_out_new(ctx, at->is_json);
    open311_out_list(&out, "service_requests");
    for (size_t i = 0; i < n; i++)
        write_request(&out, &requests[i], extensions ? &notes : NULL);
    open311_out_list_end(&out, "service_requests");
    return open311_out_respond_cached(ctx, &out);
}

bool handle_open311_requests(struct context *ctx, struct error *err)
{
    struct open311_call at;
    struct open311_search search;
    struct open311_request *requests;
    size_t n;
    bool extensions;
    return begin(ctx, &at, err) && open311_search_read(ctx, &at, &search, &extensions, err) &&
           open311_requests(&at.call, &search, &requests, &n) && respond(ctx, &at, &search, requests, n, extensions);
}

bool handle_open311_request(struct context *ctx, struct error *err)
{
    struct open311_call at;
    struct open311_search search;
    struct open311_request *requests;
    size_t n;
    bool extensions;
    if (!begin(ctx, &at, err) || !open311_search_read(ctx, &at, &search, &extensions, err))
        return false;
    search = (struct open311_search){
        .endpoint = at.endpoint, .is_holder = at.is_holder, .refs = &ctx->params[0], .n_refs = 1, .limit = 1};
    if (!open311_requests(&at.call, &search, &requests, &n))
        return false;
    if (n == 0)
        return error_set(err, ERROR_NOT_FOUND, TEXT_OPEN311_NO_REQUEST, ctx->params[0]);
    return respond(ctx, &at, &search, requests, n, extensions);
}

/* ---- updates ---- */

bool handle_open311_updates(struct context *ctx, struct error *err)
{
    struct open311_call at;
    struct open311_search search;
    struct open311_update *updates;
    size_t n;
    if (!begin(ctx, &at, err) || !open311_search_updates(ctx, &at, &search, err) ||
        !open311_updates(&at.call, &search, &updates, &n))
        return false;
    struct open311_out out = open311_out_new(ctx, at.is_json);
    open311_out_list(&out, "service_request_updates");
    for (size_t i = 0; i < n; i++) {
        open311_out_item(&out, "request_update");
        open311_out_text(&out, "update_id", updates[i].id);
        open311_out_text(&out, "service_request_id", updates[i].ref);
        open311_out_text(&out, "status", updates[i].state);
        open311_out_time(&out, "updated_datetime", updates[i].at);
        open311_out_text(&out, "description", updates[i].description);
        open311_out_text(&out, "media_url", NULL);
        open311_out_object_end(&out, "request_update");
    }
    open311_out_list_end(&out, "service_request_updates");
    return open311_out_respond_cached(ctx, &out);
}
