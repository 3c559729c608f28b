#include "handlers/catalogue_handlers.h"

#include "handlers/answer.h"
#include "service/service_catalogue.h"

static void service_write(struct json_out *out, const struct directory_service *service, enum text_language language)
{
    json_out_object_begin(out);
    json_out_member_text(out, "code", service->code);
    json_out_member_text(out, "name", service->name.in[language]);
    json_out_member_text(out, "description", service->description.in[language]);
    json_out_member_text(out, "area", service->area->code);
    json_out_member_text(out, "area_name", service->area->name.in[language]);
    json_out_member_text(out, "support_type", service->support_type);
    json_out_member_text(out, "resource_class", service->resource_class);
    json_out_member_bool(out, "requires_application", service->requires_application);
    json_out_member_text(out, "application", service->application);
    json_out_member_text(out, "award_procedure", service->award_procedure);
    json_out_name(out, "max_population");
    if (service->max_population != 0)
        json_out_number(out, service->max_population);
    else
        json_out_null(out);
    json_out_member_bool(out, "joint_request", service->joint_request);
    json_out_name(out, "sdg");
    json_out_array_begin(out);
    for (size_t i = 0; i < service->n_sdg; i++)
        json_out_number(out, service->sdg[i]);
    json_out_array_end(out);
    json_out_member_text(out, "unit", service->unit->code);
    json_out_member_text(out, "workflow", service->workflow->key);
    json_out_object_end(out);
}

static void filter_read(const struct context *ctx, struct catalogue_filter *ret, struct error *err)
{
    struct word_set goals = query_words(ctx, "sdg", 50, is_goal, "11,16", err);
    *ret = (struct catalogue_filter){
        .search = query_search(ctx, err),
        .areas = query_words(ctx, "area", 200, is_area_code, "GOV,DIG", err),
        .support_types = query_words(ctx, "support_type", 1000, is_word, "technical,economic", err),
        .applications = query_words(ctx, "application", 1000, is_word, "open_all_year,call", err),
        .population = http_query_number(ctx, "max_population", 0, 10000000, -1, err),
    };
    for (size_t i = 0; i < goals.n; i++) {
        int goal = goals.items[i][0] - '0';
        if (goals.items[i][1] != '\0')
            goal = goal * 10 + goals.items[i][1] - '0';
        ret->goals |= UINT32_C(1) << goal;
    }
}

bool handle_service_list(struct context *ctx, struct error *err)
{
    const struct directory *dir = answer_directory(ctx, err);
    struct catalogue_filter filter;
    struct page page = page_read(ctx, "services", err);
    filter_read(ctx, &filter, err);
    if (dir == NULL || error_is_set(err))
        return false;
    const struct directory_service **found = arena_alloc(ctx->arena, (dir->n_services + 1) * sizeof *found);
    int64_t *ids = arena_alloc(ctx->arena, (dir->n_services + 1) * sizeof *ids);
    size_t n = 0;
    for (size_t i = 0; i < dir->n_services; i++) {
        if (catalogue_matches(&filter, &dir->services[i])) {
            found[n] = &dir->services[i];
            ids[n++] = dir->services[i].id;
        }
    }
    page_cut(ctx, &page, ids, n);
    if (answer_not_modified(ctx, answer_directory_etag(ctx, dir, ETAG_WEAK)))
        return true;
    struct json_out out = page_begin(ctx);
    for (size_t i = page.first; i < page.end; i++)
        service_write(&out, found[i], ctx->language);
    return page_respond(ctx, &out, &page);
}

/* A service that was withdrawn stays readable: requests name it. */
static const struct directory_service *service_asked(struct context *ctx, const struct directory *dir,
                                                     struct error *err)
{
    const struct directory_service *service = directory_service_find(dir, ctx->params[0]);
    if (service == NULL)
        error_set(err, ERROR_NOT_FOUND, TEXT_DIRECTORY_NO_SERVICE, ctx->params[0]);
    return service;
}

bool handle_service_read(struct context *ctx, struct error *err)
{
    const struct directory *dir = answer_directory(ctx, err);
    const struct directory_service *service = dir != NULL ? service_asked(ctx, dir, err) : NULL;
    if (service == NULL)
        return false;
    if (answer_not_modified(ctx, answer_directory_etag(ctx, dir, ETAG_STRONG)))
        return true;
    struct json_out out = json_out_new(ctx->arena, 2048);
    service_write(&out, service, ctx->language);
    return http_respond_json(ctx, 200, &out);
}

bool handle_service_form(struct context *ctx, struct error *err)
{
    const struct directory *dir = answer_directory(ctx, err);
    const struct directory_service *service = dir != NULL ? service_asked(ctx, dir, err) : NULL;
    if (service == NULL)
        return false;
    if (answer_not_modified(ctx, answer_directory_etag(ctx, dir, ETAG_STRONG)))
        return true;
    struct json_out out = json_out_new(ctx->arena, 4096);
    size_t length;
    catalogue_form(&out, service, ctx->language);
    const char *bytes = json_out_finish(&out, &length);
    http_header_set(ctx, "Content-Language", text_language_tag(ctx->language));
    http_header_set(ctx, "Vary", "Accept-Language");
    return http_respond_bytes(ctx, 200, "application/schema+json", bytes, length);
}
