#include "handlers/event_handlers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "handlers/answer.h"
#include "handlers/event_watch.h"
#include "handlers/use.h"
#include "model/request.h"
#include "service/events.h"

#define EVENT_PREFIX      "cat.oam."
#define EVENT_TYPES_BYTES 400 /* of ?type= */
_Static_assert(EVENT_TYPES_MAX * sizeof EVENT_PREFIX "a.b" > EVENT_TYPES_BYTES,
               "every type that was asked for has room");

/* ---- what is asked ---- */

/* cat.oam.request.submitted */
static bool is_event_type(const char *type)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz_";
    if (strncmp(type, EVENT_PREFIX, strlen(EVENT_PREFIX)) != 0)
        return false;
    const char *noun = type + strlen(EVENT_PREFIX), *dot = noun + strspn(noun, letters);
    return dot > noun && dot[0] == '.' && dot[1] != '\0' && dot[1 + strspn(dot + 1, letters)] == '\0';
}

/* Who has waited has it compiled already: an event wakes thousands, and a compilation takes 256 KB each. */
static void take_filter(const struct context *ctx, struct event_query *query, struct error *err)
{
    char most[16];
    struct event_filter_faults faults;
    const char *filter = http_query(ctx, "filter");
    if (ctx->watch) {
        query->filter = event_watch_of(ctx->watch)->interest->filter;
    } else if (filter && strlen(filter) <= EVENT_FILTER_BYTES) {
        query->filter = event_filter_compile(filter, ctx->arena, &faults);
        if (!query->filter) {
            (void)error_set(err, ERROR_INVALID_PARAMETER, TEXT_HTTP_QUERY);
            event_filter_refuse(err, "filter", &faults);
        }
    } else if (filter) {
        (void)snprintf(most, sizeof most, "%d", EVENT_FILTER_BYTES);
        (void)error_set(err, ERROR_INVALID_PARAMETER, TEXT_HTTP_QUERY);
        (void)error_violate(err, "filter", TOO_LONG, most);
    }
}

static bool take_interest(const struct context *ctx, struct event_query *query, struct error *err)
{
    struct word_set types =
        query_words(ctx, "type", EVENT_TYPES_BYTES, is_event_type, "cat.oam.request.submitted", err);
    query->subject = http_query(ctx, "subject");
    if (query->subject && !request_ref_is_valid(query->subject))
        query_refuse(err, "subject", "OAM-2026-000123");
    for (size_t i = 0; i < types.n && query->n_types < EVENT_TYPES_MAX; i++)
        query->types[query->n_types++] = types.items[i] + strlen(EVENT_PREFIX);
    take_filter(ctx, query, err);
    return !error_is_set(err);
}

static bool take_event_query(const struct context *ctx, struct event_query *query, struct error *err)
{
    query->latest = http_query(ctx, "after") && strcmp(http_query(ctx, "after"), "latest") == 0;
    query->after = query->latest ? 0 : http_query_number(ctx, "after", 0, INT64_MAX, 0, err);
    query->limit = (int)http_query_number(ctx, "limit", 1, 200, 50, err);
    return take_interest(ctx, query, err);
}

/* ---- pages ---- */

static bool respond_page(struct context *ctx, struct json_out *out, int64_t next)
{
    if (ctx->prefer_told_s > 0)
        http_header_set(ctx, "Preference-Applied", arena_printf(ctx->arena, "wait=%d", ctx->prefer_told_s));
    http_header_set(ctx, "Link",
                    arena_printf(ctx->arena, "</api/v1/events?after=%lld>; rel=\"next\"", (long long)next));
    return http_respond_json(ctx, 200, out);
}

static bool list_from_memory(struct context *ctx)
{
    struct error err = {.arena = ctx->arena, .language = ctx->language};
    struct event_query query = {0};
    size_t count;
    int64_t next;
    if (!take_event_query(ctx, &query, &err)) /* told by the handler */
        return false;
    if (query.latest && !feed_ring_head(ctx->app->feed, &query.after))
        return false;
    int64_t seen = ctx->watch ? event_watch_of(ctx->watch)->seen : 0;
    const struct event_interest interest = event_interest_of(&ctx->actor, &query);
    struct json_out out = json_out_new(ctx->arena, 1024);
    if (!event_list_recent(ctx->app->feed, &interest, query.after, seen, query.latest ? 0 : query.limit,
                           EVENT_FORM_PAGE, &out, &count, &next))
        return false;
    if (count == 0 && next == query.after && !query.latest && ctx->prefer_wait_s > 0)
        return http_wait(ctx, event_watch_new(ctx, &query, seen > next ? seen : next), ctx->prefer_wait_s);
    return respond_page(ctx, &out, next);
}

/* What memory cannot answer leaves nothing behind: it is read anew on a thread of the database, maybe after a while. */
bool event_list_from_memory(struct context *ctx)
{
    const struct arena_mark mark = arena_mark(ctx->arena);
    const bool answered = list_from_memory(ctx);
    if (!answered)
        arena_rewind(ctx->arena, mark);
    return answered;
}

bool handle_event_list(struct context *ctx, struct error *err)
{
    struct call call;
    struct event_query query = {0};
    size_t count;
    int64_t next, head;
    struct json_out out = json_out_new(ctx->arena, 16 * 1024);
    /* Before the database is asked: what comes meanwhile is for the watch to see. */
    (void)feed_ring_head(ctx->app->feed, &head);
    if (!use_call(ctx, err, &call) || !take_event_query(ctx, &query, err) ||
        !event_list(&call, &query, EVENT_FORM_PAGE, &out, &count, &next))
        return false;
    if (count == 0 && next == query.after && !query.latest && ctx->prefer_wait_s > 0)
        return http_wait(ctx, event_watch_new(ctx, &query, head > query.after ? head : query.after),
                         ctx->prefer_wait_s);
    return respond_page(ctx, &out, next);
}

/* ---- streams ---- */

static bool begin_stream(struct context *ctx, const struct event_query *query)
{
    http_header_set(ctx, "Cache-Control", "no-store");
    http_header_set(ctx, "X-Accel-Buffering", "no"); /* proxies pass on what there is */
    return http_stream(ctx, "text/event-stream", event_watch_new(ctx, query, query->after));
}

/* Where it goes on: where the browser says that it was cut, where the client says, from now on. */
static bool take_stream_query(const struct context *ctx, struct event_query *query, struct error *err)
{
    const char *last = http_header(ctx, "Last-Event-ID"), *after = http_query(ctx, "after");
    char *end;
    query->limit = EVENT_WATCH_PAGE;
    query->latest = !last && (!after || strcmp(after, "latest") == 0);
    if (last) {
        query->after = strtoll(last, &end, 10);
        if (*last < '0' || *last > '9' || *end || query->after == INT64_MAX)
            query_refuse(err, "Last-Event-ID", "4711");
    } else if (!query->latest) {
        query->after = http_query_number(ctx, "after", 0, INT64_MAX, 0, err);
    }
    return take_interest(ctx, query, err);
}

/* A line that says nothing, so that both sides see that the other is there. */
static bool tell_presence(struct context *ctx)
{
    static const char line[] = ":\n\n";
    return http_respond_bytes(ctx, 200, "text/event-stream", line, sizeof line - 1);
}

static bool go_on_from_memory(struct context *ctx)
{
    const char *bytes;
    size_t length;
    if (!event_watch_pull(ctx->watch, ctx->arena, &bytes, &length))
        return false;
    if (length == 0)
        return tell_presence(ctx);
    return http_respond_bytes(ctx, 200, "text/event-stream", bytes, length);
}

bool event_stream_from_memory(struct context *ctx)
{
    struct error err = {.arena = ctx->arena, .language = ctx->language};
    struct event_query query = {0};
    if (ctx->watch)
        return go_on_from_memory(ctx);
    if (!take_stream_query(ctx, &query, &err) || (query.latest && !feed_ring_head(ctx->app->feed, &query.after)))
        return false;
    return begin_stream(ctx, &query);
}

bool handle_event_stream(struct context *ctx, struct error *err)
{
    struct call call;
    struct event_query query = {0};
    size_t count;
    int64_t head;
    struct json_out out = json_out_new(ctx->arena, 16 * 1024);
    (void)feed_ring_head(ctx->app->feed, &head); /* before the database is asked */
    if (!use_call(ctx, err, &call) || !take_stream_query(ctx, &query, err))
        return false;
    if (!ctx->watch)
        return (!query.latest || event_list(&call, &query, EVENT_FORM_STREAM, &out, &count, &query.after)) &&
               begin_stream(ctx, &query);
    struct event_watch *own = event_watch_of(ctx->watch);
    query.latest = false;
    query.after = own->seen;
    if (!event_list(&call, &query, EVENT_FORM_STREAM, &out, &count, &own->seen))
        return false;
    /* Only where nothing was found is it the end: a filter may have looked at a part of what there is. */
    if (count == 0 && own->seen == query.after && own->seen < head)
        own->seen = head;
    if (count == 0)
        return tell_presence(ctx);
    size_t length;
    const char *bytes = json_out_finish(&out, &length);
    return http_respond_bytes(ctx, 200, "text/event-stream", bytes, length);
}
