#include "handlers/event_handlers.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "handlers/answer.h"
#include "handlers/event_watch.h"
#include "handlers/use.h"
#include "model/event_type.h"
#include "model/request.h"
#include "service/events.h"
#include "service/feed.h"

#define LAST_EVENT_ID     "Last-Event-ID"
#define EVENT_TYPES_BYTES 400 /* of ?type= */
_Static_assert(EVENT_TYPES_MAX * sizeof EVENT_PREFIX "a.b" > EVENT_TYPES_BYTES,
               "every type that was asked for has room");

/* ---- what is asked ---- */

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
        query_words(ctx, "type", EVENT_TYPES_BYTES, event_type_is_written, "cat.oam.request.submitted", err);
    query->subject = http_query(ctx, "subject");
    if (query->subject && !request_ref_is_valid(query->subject))
        query_refuse(err, "subject", "OAM-2026-000123");
    for (size_t i = 0; i < types.n && query->n_types < EVENT_TYPES_MAX; i++) {
        const char *nearest, *type = event_type_find(types.items[i], &nearest);
        if (type) {
            query->types[query->n_types++] = type;
        } else {
            (void)error_set(err, ERROR_INVALID_PARAMETER, TEXT_HTTP_QUERY);
            (void)error_violate(err, "type", UNKNOWN_VALUE, types.items[i], nearest);
        }
    }
    take_filter(ctx, query, err);
    return !error_is_set(err);
}

static bool take_event_query(const struct context *ctx, struct event_query *query, struct error *err)
{
    query->latest = http_query(ctx, "after") && strcmp(http_query(ctx, "after"), "latest") == 0;
    query->after = query->latest ? 0 : http_query_number(ctx, "after", 0, EVENT_POSITION_MAX, 0, err);
    query->limit = (int)http_query_number(ctx, "limit", 1, 200, 50, err);
    return take_interest(ctx, query, err);
}

/* Nobody was ever told a position behind the end: this one is from before the database was put back, and whoever waited
   there would miss what others are told meanwhile. Memory may be late, and does not say so of itself. */
static bool is_within_feed(const struct call *call, const char *parameter, int64_t position, int64_t known_end)
{
    int64_t end;
    if (position <= known_end)
        return true;
    if (!feed_head(call->store, call->arena, call->err, &end))
        return false;
    if (position <= end)
        return true;
    (void)error_set(call->err, ERROR_INVALID_PARAMETER, TEXT_HTTP_QUERY);
    return error_violate(call->err, parameter, BEYOND_THE_FEED, arena_printf(call->arena, "%" PRId64, end));
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
    int64_t next, head;
    if (!take_event_query(ctx, &query, &err)) /* told by the handler */
        return false;
    const bool known = feed_ring_head(ctx->app->feed, &head);
    if (query.latest ? !known : query.after > head)
        return false;
    query.after = query.latest ? head : query.after;
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
        !is_within_feed(&call, "after", query.after, head) ||
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
    /* Where it begins is told too: an EventSource that is cut before its first event goes on from there. */
    const char *opening = arena_printf(ctx->arena, "retry: 1000\nid: %" PRId64 "\n\n", query->after);
    return http_stream(ctx, "text/event-stream", opening, event_watch_new(ctx, query, query->after));
}

/* Where it goes on: where the browser says that it was cut, where the client says, from now on. */
static bool take_stream_query(const struct context *ctx, struct event_query *query, struct error *err)
{
    const char *last = http_header(ctx, LAST_EVENT_ID), *after = http_query(ctx, "after");
    char *end;
    query->limit = EVENT_WATCH_PAGE;
    query->latest = !after || strcmp(after, "latest") == 0;
    if (!query->latest)
        query->after = http_query_number(ctx, "after", 0, EVENT_POSITION_MAX, 0, err);
    if (last) {
        query->latest = false;
        query->after = strtoll(last, &end, 10);
        if (*last < '0' || *last > '9' || *end || query->after > EVENT_POSITION_MAX)
            query_refuse(err, LAST_EVENT_ID, "4711");
    }
    return take_interest(ctx, query, err);
}

/* No event, so that both sides see that the other is there; and how far was looked, so that who is cut begins there. */
static bool tell_presence(struct context *ctx)
{
    const char *line = arena_printf(ctx->arena, "id: %" PRId64 "\n\n", event_watch_of(ctx->watch)->seen);
    return http_respond_bytes(ctx, 200, "text/event-stream", line, strlen(line));
}

static bool go_on_from_memory(struct context *ctx)
{
    const char *bytes;
    size_t length;
    int64_t head;
    if (feed_ring_head(ctx->app->feed, &head) && event_watch_of(ctx->watch)->seen > head)
        return false;
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
    int64_t head;
    if (ctx->watch)
        return go_on_from_memory(ctx);
    const bool known = feed_ring_head(ctx->app->feed, &head);
    if (!take_stream_query(ctx, &query, &err) || (query.latest ? !known : query.after > head))
        return false;
    query.after = query.latest ? head : query.after;
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
    const char *told = http_header(ctx, LAST_EVENT_ID) ? LAST_EVENT_ID : "after";
    if (!ctx->watch)
        return (query.latest ? event_list(&call, &query, EVENT_FORM_STREAM, &out, &count, &query.after)
                             : is_within_feed(&call, told, query.after, head)) &&
               begin_stream(ctx, &query);
    struct event_watch *own = event_watch_of(ctx->watch);
    query.latest = false;
    query.after = own->seen;
    if (!is_within_feed(&call, told, query.after, head) ||
        !event_list(&call, &query, EVENT_FORM_STREAM, &out, &count, &own->seen))
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
