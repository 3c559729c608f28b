/* Lists in pages: the cut, the cursors, the links (RFC 8288). */
#include <string.h>

#include "handlers/answer.h"
#include "service/cursor.h"

#define LIMIT_DEFAULT 50
#define LIMIT_MAX     200

/* A cursor holds for the same list and the same filters, in whatever order they were written. */
static uint64_t list_kind(const struct context *ctx, const char *list)
{
    const char *parts[HTTP_QUERY_PARAMS_MAX * 2 + 1] = {list};
    size_t n_parts = 1;
    for (const char *const *name = ctx->route->query; name != NULL && *name != NULL; name++) {
        if (strcmp(*name, "cursor") == 0 || strcmp(*name, "limit") == 0 || strcmp(*name, "lang") == 0)
            continue;
        if (n_parts + 2 > sizeof parts / sizeof *parts)
            break;
        parts[n_parts++] = *name;
        parts[n_parts++] = http_query(ctx, *name);
    }
    return cursor_kind(parts, n_parts);
}

/* Where the row of the cursor is now. The list may have changed since: then where it was. */
static size_t row_place(const struct cursor *cursor, const int64_t ids[], size_t n)
{
    size_t was = cursor->key < 0 ? 0 : (size_t)cursor->key;
    if (was < n && ids[was] == cursor->id)
        return was;
    for (size_t i = 0; i < n; i++)
        if (ids[i] == cursor->id)
            return i;
    return was < n ? was : n;
}

bool page_cut(struct context *ctx, const char *list, const int64_t ids[], size_t n, struct page *ret, struct error *err)
{
    uint64_t kind = list_kind(ctx, list);
    size_t limit = (size_t)http_query_number(ctx, "limit", 1, LIMIT_MAX, LIMIT_DEFAULT, err), first = 0, end;
    const char *text = http_query(ctx, "cursor");
    struct cursor cursor = {0};
    if (text != NULL)
        cursor_decode(ctx->app->auth, kind, text, &cursor, err);
    if (error_is_set(err))
        return false;
    if (text != NULL) {
        size_t place = row_place(&cursor, ids, n);
        first = !cursor.backwards ? place + 1 : place > limit ? place - limit : 0;
        end = cursor.backwards ? place : first + limit;
    } else {
        end = limit;
    }
    if (first > n)
        first = n;
    if (end > n)
        end = n;
    *ret = (struct page){.first = first, .end = end};
    if (end < n && end > 0)
        ret->next = cursor_encode(ctx->arena, ctx->app->auth, kind, (int64_t)end - 1, ids[end - 1], false);
    if (first > 0)
        ret->prev = first < n ? cursor_encode(ctx->arena, ctx->app->auth, kind, (int64_t)first, ids[first], true)
                              : cursor_encode(ctx->arena, ctx->app->auth, kind, (int64_t)n, 0, true);
    return true;
}

/* ---- links ---- */

/* Percent-encodes all but RFC 3986's unreserved characters, and the comma and colon, which are fine in a query. */
static char *query_encode(struct arena *arena, const char *value)
{
    static const char hex[] = "0123456789ABCDEF";
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~,:";
    char *encoded = arena_take(arena, strlen(value) * 3 + 1), *to = encoded;
    for (const unsigned char *at = (const unsigned char *)value; *at != '\0'; at++) {
        if (strchr(plain, *at) != NULL) {
            *to++ = (char)*at;
            continue;
        }
        *to++ = '%';
        *to++ = hex[*at >> 4];
        *to++ = hex[*at & 15];
    }
    *to = '\0';
    return encoded;
}

/* The same request with another cursor, or none. */
static const char *link_target(struct context *ctx, const char *cursor)
{
    const char *target = ctx->path;
    char separator = '?';
    for (size_t i = 0; i < ctx->n_query; i++) {
        if (strcmp(ctx->query[i].name, "cursor") == 0)
            continue;
        target = arena_printf(ctx->arena, "%s%c%s=%s", target, separator, ctx->query[i].name,
                              query_encode(ctx->arena, ctx->query[i].value));
        separator = '&';
    }
    return cursor == NULL ? target : arena_printf(ctx->arena, "%s%ccursor=%s", target, separator, cursor);
}

void page_links(struct context *ctx, const char *next, const char *prev)
{
    const char *links = arena_printf(ctx->arena, "<%s>; rel=\"first\"", link_target(ctx, NULL));
    if (next != NULL)
        links = arena_printf(ctx->arena, "<%s>; rel=\"next\", %s", link_target(ctx, next), links);
    if (prev != NULL)
        links = arena_printf(ctx->arena, "<%s>; rel=\"prev\", %s", link_target(ctx, prev), links);
    http_header_set(ctx, "Link", links);
}

struct json_out page_begin(struct context *ctx)
{
    struct json_out out = json_out_new(ctx->arena, 16 * 1024);
    json_out_object_begin(&out);
    json_out_name(&out, "items");
    json_out_array_begin(&out);
    return out;
}

void page_end(struct context *ctx, struct json_out *out, const struct page *page)
{
    const char *next = page != NULL ? page->next : NULL, *prev = page != NULL ? page->prev : NULL;
    json_out_array_end(out);
    json_out_member_text(out, "next", next);
    json_out_member_text(out, "prev", prev);
    json_out_object_end(out);
    page_links(ctx, next, prev);
}

bool page_respond(struct context *ctx, struct json_out *out, const struct page *page)
{
    page_end(ctx, out, page);
    return http_respond_json(ctx, 200, out);
}
