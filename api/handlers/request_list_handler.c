/* GET /requests: from query parameters to a filter. */
#include <string.h>

#include "base/utf8.h"
#include "handlers/answer.h"
#include "handlers/request_handlers.h"
#include "handlers/use.h"
#include "service/page_cache.h"
#include "service/request_list.h"

#define EXTERNAL_REF_MAX 100 /* characters */

static bool is_service_code(const char *text)
{
    size_t letters = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    const char *rest = text + letters;
    size_t tail = *rest == '-' ? strspn(rest + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") : 0;
    return letters >= 2 && letters <= 6 && tail >= 2 && tail <= 6 && rest[1 + tail] == '\0';
}

static bool is_login(const char *text)
{
    size_t length = strlen(text);
    return length >= 1 && length <= 100 &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@._-") == length;
}

static bool is_phase(const char *text)
{
    static const char *const phases[] = {"draft", "intake", "study", "decision", "waiting", "execution", "end"};
    for (size_t i = 0; i < sizeof phases / sizeof *phases; i++)
        if (strcmp(phases[i], text) == 0)
            return true;
    return false;
}

static size_t take_words(const struct context *ctx, const char *name, size_t max_length, bool (*is_fine)(const char *),
                         const char *example, const char **ret, struct error *err)
{
    struct word_set set = query_words(ctx, name, max_length, is_fine, example, err);
    if (set.n > LIST_VALUES_MAX) {
        error_set(err, ERROR_INVALID_PARAMETER, TEXT_HTTP_QUERY);
        error_violate(err, name, TOO_MANY, "256");
        return 0;
    }
    for (size_t i = 0; i < set.n; i++)
        ret[i] = set.items[i];
    return set.n;
}

/* Codes of things that do not exist find nothing; they are no errors, and tell nothing about what does exist. */
static void resolve_codes(struct request_filter *filter, const struct directory *dir, const char *const *services,
                          size_t n_services, const char *const *bodies, size_t n_bodies)
{
    filter->by_service = n_services > 0;
    for (size_t i = 0; i < n_services; i++) {
        const struct directory_service *service = directory_service_find(dir, services[i]);
        if (service)
            filter->services[filter->n_services++] = service->id;
    }
    filter->by_body = n_bodies > 0;
    for (size_t i = 0; i < n_bodies; i++) {
        const struct directory_body *body = directory_body_find(dir, bodies[i]);
        if (body)
            filter->bodies[filter->n_bodies++] = body->id;
    }
}

static void resolve_assignees(struct request_filter *filter, const struct directory *dir, const char *const *logins,
                              size_t count)
{
    filter->by_assignee = count > 0;
    for (size_t i = 0; i < count; i++) {
        const struct directory_agent *agent = directory_agent_find(dir, logins[i]);
        if (strcmp(logins[i], "none") == 0)
            filter->assignee_none = true;
        else if (agent)
            filter->assignees[filter->n_assignees++] = agent->id;
    }
}

static int64_t take_time(const struct context *ctx, const char *name, struct error *err)
{
    const char *given = http_query(ctx, name);
    int64_t at = 0;
    if (given && !time_parse(given, strlen(given), true, &at))
        query_refuse(err, name, "2026-11-22T09:30:00Z");
    return given && at == 0 ? 1 : at; /* 0 stands for no bound */
}

static bool take_bool(const struct context *ctx, const char *name, struct error *err)
{
    const char *given = http_query(ctx, name);
    if (given && strcmp(given, "true") != 0 && strcmp(given, "false") != 0)
        query_refuse(err, name, "true");
    return given && strcmp(given, "true") == 0;
}

static enum request_sort take_sort(const struct context *ctx, struct error *err)
{
    static const struct {
        const char *name;
        enum request_sort sort;
    } sorts[] = {
        {"-updated_at", REQUEST_SORT_UPDATED_DESC}, {"updated_at", REQUEST_SORT_UPDATED_ASC},
        {"-created_at", REQUEST_SORT_FILED_DESC},   {"created_at", REQUEST_SORT_FILED_ASC},
        {"-ref", REQUEST_SORT_FILED_DESC},          {"ref", REQUEST_SORT_FILED_ASC},
    };
    const char *given = http_query(ctx, "sort");
    for (size_t i = 0; given && i < sizeof sorts / sizeof *sorts; i++)
        if (strcmp(sorts[i].name, given) == 0)
            return sorts[i].sort;
    if (given)
        query_refuse(err, "sort", "-updated_at");
    return REQUEST_SORT_UPDATED_DESC;
}

static bool take_filter(const struct context *ctx, const struct directory *dir, struct request_filter *filter,
                        struct error *err)
{
    const char *services[LIST_VALUES_MAX], *bodies[LIST_VALUES_MAX], *logins[LIST_VALUES_MAX];
    filter->n_states = take_words(ctx, "state", 1000, is_word, "in_progress", filter->states, err);
    filter->n_phases = take_words(ctx, "phase", 100, is_phase, "intake", filter->phases, err);
    filter->n_comarques = take_words(ctx, "comarca", 200, is_comarca_code, "11", filter->comarques, err);
    size_t n_services = take_words(ctx, "service", 1000, is_service_code, "GOV-01", services, err);
    size_t n_bodies = take_words(ctx, "body", 2200, is_body_code, "0800180001", bodies, err);
    size_t n_logins = take_words(ctx, "assignee", 1000, is_login, "agent.bages.1", logins, err);
    filter->mine = take_bool(ctx, "mine", err);
    filter->external_ref = http_query(ctx, "external_ref");
    size_t characters = filter->external_ref ? utf8_count(filter->external_ref, strlen(filter->external_ref)) : 1;
    if (characters < 1 || characters > EXTERNAL_REF_MAX)
        query_refuse(err, "external_ref", "BCN-2016-01-10");
    filter->updated_from = take_time(ctx, "updated_at.gte", err);
    filter->updated_to = take_time(ctx, "updated_at.lt", err);
    filter->sort = take_sort(ctx, err);
    filter->limit = (int)http_query_number(ctx, "limit", 1, 200, 50, err);
    filter->cursor = http_query(ctx, "cursor");
    if (error_is_set(err))
        return false;
    resolve_codes(filter, dir, services, n_services, bodies, n_bodies);
    resolve_assignees(filter, dir, logins, n_logins);
    return true;
}

/* The page that is asked for, as this caller sees it. */
static const char *page_key(const struct context *ctx)
{
    const char *asked = "";
    for (size_t i = 0; i < ctx->n_query; i++)
        asked = arena_printf(ctx->arena, "%s&%s=%s", asked, ctx->query[i].name, ctx->query[i].value);
    return page_cache_key(ctx->arena, &ctx->actor, ctx->language, asked);
}

static bool respond_page(struct context *ctx, const struct page_entry *page)
{
    http_header_set(ctx, "Link", page->link);
    return answer_not_modified(ctx, page->etag) ||
           http_respond_bytes(ctx, 200, "application/json", page->bytes, page->length);
}

bool request_list_from_memory(struct context *ctx)
{
    struct page_entry page;
    return page_cache_find(ctx->app->pages, page_key(ctx), ctx->arena, &page) && respond_page(ctx, &page);
}

/* What the first half leaves for the second. */
struct page_question {
    struct list_question list;
    uint64_t ticket; /* of the cache of pages */
};

bool request_list_ask(struct context *ctx, struct tx **ret_company, struct error *err)
{
    struct call call;
    struct page_question *question = arena_alloc(ctx->arena, sizeof *question);
    question->ticket = page_cache_ticket(ctx->app->pages);
    if (!use_call(ctx, err, &call) || !take_filter(ctx, call.directory, &question->list.filter, err) ||
        !request_list_begin(&call, &question->list))
        return false;
    ctx->question = question;
    if (question->list.common)
        *ret_company = &question->list.tx;
    return true;
}

bool handle_request_list(struct context *ctx, struct error *err)
{
    struct call call;
    struct page_question *question = ctx->question;
    struct page_entry page;
    const char *next, *prev;
    struct json_out out = json_out_new(ctx->arena, 64 * 1024);
    if (!use_call(ctx, err, &call) || !request_list_finish(&call, &question->list, &out, &next, &prev))
        return false;
    page.bytes = json_out_finish(&out, &page.length);
    page.etag = answer_bytes_etag(ctx, page.bytes, page.length, ETAG_WEAK);
    page.link = page_link_value(ctx, next, prev);
    page_cache_keep(ctx->app->pages, page_key(ctx), question->ticket, &page);
    return respond_page(ctx, &page);
}
