#include "handlers/read_handlers.h"

#include <inttypes.h>

#include "handlers/answer.h"
#include "handlers/event_watch.h"
#include "handlers/use.h"
#include "service/answer_cache.h"
#include "service/request_service.h"

static bool take_selection(const struct context *ctx, enum answer_kind kind, const struct selection **ret,
                           struct error *err)
{
    const bool status = kind == ANSWER_STATUS;
    return query_selection(ctx, status ? SELECTION_STATUS : SELECTION_REQUEST,
                           status ? SELECTION_REQUEST : SELECTION_STATUS, ret, err);
}

/* What tells these bytes from others of the same version: the names that the directory had, and which part it is. */
static const char *variant_of(struct arena *arena, int64_t renamed, const struct selection *selection)
{
    const char *part = selection ? selection->tag : NULL;
    if (renamed == 0)
        return part;
    return arena_printf(arena, "n%" PRId64 "%s%s", renamed, part ? "-" : "", part ? part : "");
}

/* Cut out of what memory has of both representations, where it has both of one version. */
static bool select_from_memory(struct context *ctx, enum answer_kind kind, const struct selection *selection)
{
    struct answer_entry base, other = {0};
    const enum answer_kind beside = kind == ANSWER_STATUS ? ANSWER_REQUEST : ANSWER_STATUS;
    struct answer_cache *cache = ctx->app->cache;
    if (!answer_cache_find(cache, ctx->params[0], kind, ctx->language, ctx->arena, &base) ||
        !answer_entry_visible(&base, &ctx->actor))
        return false;
    ctx->variant = variant_of(ctx->arena, base.renamed, selection);
    if (http_not_modified(ctx, base.version))
        return true;
    if (selection_reaches_over(selection) &&
        (!answer_cache_find(cache, ctx->params[0], beside, ctx->language, ctx->arena, &other) ||
         other.version != base.version || other.renamed != base.renamed))
        return false;
    struct json_out out = json_out_new(ctx->arena, 1024);
    selection_write(selection, &out, base.bytes, base.length, other.bytes, other.length);
    http_etag_set(ctx, base.version);
    return http_respond_json(ctx, 200, &out);
}

/* A 304 needs the version alone: the bytes are copied only for who does not have them yet. */
static bool answer_from_memory(struct context *ctx, enum answer_kind kind)
{
    struct answer_entry entry;
    const struct selection *selection;
    struct error err = {.arena = ctx->arena, .language = ctx->language};
    struct answer_cache *cache = ctx->app->cache;
    struct arena *arena = ctx->if_none_match ? NULL : ctx->arena;
    if (!take_selection(ctx, kind, &selection, &err)) /* told by the handler */
        return false;
    if (selection)
        return select_from_memory(ctx, kind, selection);
    if (!answer_cache_find(cache, ctx->params[0], kind, ctx->language, arena, &entry) ||
        !answer_entry_visible(&entry, &ctx->actor))
        return false;
    ctx->variant = variant_of(ctx->arena, entry.renamed, NULL);
    if (http_not_modified(ctx, entry.version))
        return true;
    if (!entry.bytes && !answer_cache_find(cache, ctx->params[0], kind, ctx->language, ctx->arena, &entry))
        return false;
    ctx->variant = variant_of(ctx->arena, entry.renamed, NULL);
    http_etag_set(ctx, entry.version);
    return http_respond_bytes(ctx, 200, "application/json", entry.bytes, entry.length);
}

/* What is asked of the database, and where the feed ended before it was. */
struct read_question {
    struct request_question asked;
    int64_t head;
};

static bool ask_database(struct context *ctx, enum answer_kind kind, struct tx **ret_company, struct error *err)
{
    struct call call;
    struct read_question *question = arena_alloc(ctx->arena, sizeof *question);
    (void)feed_ring_head(ctx->app->feed, &question->head);
    const struct selection *selection;
    if (!take_selection(ctx, kind, &selection, err) || !use_call(ctx, err, &call) ||
        !request_ask(&call, ctx->params[0], kind, &question->asked))
        return false;
    question->asked.selection = selection;
    ctx->question = question;
    *ret_company = &question->asked.tx;
    return true;
}

static bool answer_from_database(struct context *ctx, struct error *err)
{
    struct call call;
    const char *bytes;
    size_t length;
    int64_t version;
    struct read_question *question = ctx->question;
    if (!use_call(ctx, err, &call) || !request_answer(&call, &question->asked, &bytes, &length, &version))
        return false;
    ctx->variant = variant_of(ctx->arena, call.directory->renamed, question->asked.selection);
    if (http_not_modified(ctx, version))
        return true;
    http_etag_set(ctx, version);
    return http_respond_bytes(ctx, 200, "application/json", bytes, length);
}

/* Not with a 304: hot answers have few headers, and who has the bytes has the links. */
static void link_the_rest(struct context *ctx)
{
    if (ctx->status != 200)
        return;
    http_header_set(ctx, "Link",
                    arena_printf(ctx->arena,
                                 "<%s/status>; rel=\"status\", <%s/transitions>; rel=\"transitions\", <%s/comments>; "
                                 "rel=\"comments\", <%s/history>; rel=\"history\"",
                                 ctx->path, ctx->path, ctx->path, ctx->path));
}

/* ---- status ---- */

/* Nothing has changed, and the caller would rather wait until something has: for an event of the request that they may
   see. `head` is from before we looked. */
static bool wait_for_change(struct context *ctx, int64_t head)
{
    const struct event_query query = {.subject = ctx->params[0]};
    return http_wait(ctx, event_watch_new(ctx, &query, head), ctx->prefer_wait_s);
}

static bool is_unchanged(const struct context *ctx)
{
    return ctx->status == 304 && ctx->prefer_wait_s > 0;
}

static void tell_wait(struct context *ctx)
{
    if (ctx->prefer_told_s > 0)
        http_header_set(ctx, "Preference-Applied", arena_printf(ctx->arena, "wait=%d", ctx->prefer_told_s));
}

bool status_from_memory(struct context *ctx)
{
    int64_t head = 0;
    if (ctx->prefer_wait_s > 0)
        (void)feed_ring_head(ctx->app->feed, &head);
    if (!answer_from_memory(ctx, ANSWER_STATUS))
        return false;
    tell_wait(ctx);
    return !is_unchanged(ctx) || wait_for_change(ctx, head);
}

bool status_ask(struct context *ctx, struct tx **ret_company, struct error *err)
{
    return ask_database(ctx, ANSWER_STATUS, ret_company, err);
}

bool handle_status_read(struct context *ctx, struct error *err)
{
    const struct read_question *question = ctx->question;
    if (!answer_from_database(ctx, err))
        return false;
    tell_wait(ctx);
    return !is_unchanged(ctx) || wait_for_change(ctx, question->head);
}

bool request_from_memory(struct context *ctx)
{
    if (!answer_from_memory(ctx, ANSWER_REQUEST))
        return false;
    link_the_rest(ctx);
    return true;
}

bool request_read_ask(struct context *ctx, struct tx **ret_company, struct error *err)
{
    return ask_database(ctx, ANSWER_REQUEST, ret_company, err);
}

bool handle_request_read(struct context *ctx, struct error *err)
{
    if (!answer_from_database(ctx, err))
        return false;
    link_the_rest(ctx);
    return true;
}
