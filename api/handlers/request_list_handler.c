/* GET /requests: pages of a list, from memory where nothing has changed since. */
#include "handlers/answer.h"
#include "handlers/request_filter.h"
#include "handlers/request_handlers.h"
#include "handlers/use.h"
#include "service/page_cache.h"
#include "service/request_list.h"

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
    if (!use_call(ctx, err, &call))
        return false;
    (void)request_filter_read(ctx, call.directory, &question->list.filter, err);
    (void)query_selection(ctx, SELECTION_SUMMARY, SELECTION_STATUS, &question->list.selection, err);
    if (error_is_set(err) || !request_list_begin(&call, &question->list))
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
