/* Lists in pages: the cut, the cursors, the links (RFC 8288). */
#include <string.h>

#include "handlers/answer.h"
#include "service/cursor.h"

#define LIMIT_DEFAULT 50

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

struct page page_read(const struct context *ctx, const char *list, struct error *err)
{
    struct page page = {.kind = list_kind(ctx, list)};
    const char *text = http_query(ctx, "cursor");
    struct cursor cursor = {0};
    page.limit = (size_t)http_query_number(ctx, "limit", 1, PAGE_LIMIT_MAX, LIMIT_DEFAULT, err);
    page.has_cursor = text != NULL && cursor_decode(ctx->app->auth, page.kind, text, &cursor, err);
    page.cursor_place = cursor.key;
    page.cursor_id = cursor.id;
    page.backwards = cursor.backwards;
    return page;
}

/* Where the row of the cursor is now. The list may have changed since: then where it was. */
static size_t row_place(const struct page *page, const int64_t ids[], size_t n)
{
    size_t was = page->cursor_place < 0 ? 0 : (size_t)page->cursor_place;
    if (was < n && ids[was] == page->cursor_id)
        return was;
    for (size_t i = 0; i < n; i++)
        if (ids[i] == page->cursor_id)
            return i;
    return was < n ? was : n;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

void page_cut(struct context *ctx, struct page *page, const int64_t ids[], size_t n)
{
    const struct auth *auth = ctx->app->auth;
    size_t place = page->has_cursor ? row_place(page, ids, n) : 0;
    if (page->backwards) {
        page->first = place > page->limit ? place - page->limit : 0;
        page->end = place;
    } else {
        page->first = smaller(page->has_cursor ? place + 1 : 0, n);
        page->end = smaller(page->first + page->limit, n);
    }
    if (page->end > 0 && page->end < n)
        page->next = cursor_encode(ctx->arena, auth, page->kind, (int64_t)page->end - 1, ids[page->end - 1], false);
    /* Past the end, since rows went: the page before ends with the last there is. */
    if (page->first > 0)
        page->prev = cursor_encode(ctx->arena, auth, page->kind, (int64_t)page->first,
                                   page->first < n ? ids[page->first] : 0, true);
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

const char *page_link_value(struct context *ctx, const char *next, const char *prev)
{
    const char *links = arena_printf(ctx->arena, "<%s>; rel=\"first\"", link_target(ctx, NULL));
    if (next != NULL)
        links = arena_printf(ctx->arena, "<%s>; rel=\"next\", %s", link_target(ctx, next), links);
    if (prev != NULL)
        links = arena_printf(ctx->arena, "<%s>; rel=\"prev\", %s", link_target(ctx, prev), links);
    return links;
}

void page_links(struct context *ctx, const char *next, const char *prev)
{
    http_header_set(ctx, "Link", page_link_value(ctx, next, prev));
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

/* ---- by keyset ---- */

struct page_input page_asked(const struct context *ctx, int most, struct error *err)
{
    return (struct page_input){.limit = (int)http_query_number(ctx, "limit", 1, most, LIMIT_DEFAULT, err),
                               .cursor = http_query(ctx, "cursor")};
}

bool page_answer(struct context *ctx, struct json_out *out, const char *next, const char *prev)
{
    page_links(ctx, next, prev);
    return answer_not_modified(ctx, answer_bytes_etag(ctx, out->bytes, out->length, ETAG_WEAK)) ||
           http_respond_json(ctx, 200, out);
}
