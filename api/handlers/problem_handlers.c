/* /problems/{slug}: the page behind the `type` of every problem. */
#include <stdlib.h>
#include <string.h>

#include "handlers/answer.h"
#include "handlers/meta_handlers.h"

/* ---- Accept (RFC 9110 12.5.1) ---- */

/* "q=0.5" among the parameters of a range; 1 when it says nothing. */
static double range_quality(const char *range, size_t length)
{
    for (size_t i = 0; i + 2 < length; i++) {
        if (range[i] != ';')
            continue;
        size_t at = i + 1;
        while (at < length && range[at] == ' ')
            at++;
        if (at + 2 < length && (range[at] | 0x20) == 'q' && range[at + 1] == '=')
            return strtod(range + at + 2, NULL);
    }
    return 1;
}

/* How well a range says the type: 0 not at all, 1 as any, 2 as one of its kind, 3 by name. */
static int range_match(const char *range, size_t length, const char *type)
{
    size_t end = strcspn(range, ";, \t"), kind = strcspn(type, "/") + 1;
    if (end > length)
        end = length;
    if (end == strlen(type) && strncasecmp(range, type, end) == 0)
        return 3;
    if (end == kind + 1 && range[kind] == '*' && strncasecmp(range, type, kind) == 0)
        return 2;
    return end == 3 && strncmp(range, "*/*", 3) == 0;
}

static double accept_quality(const char *accept, const char *type)
{
    double quality = 0;
    int best = 0;
    for (const char *at = accept; *at != '\0';) {
        at += strspn(at, ", \t");
        size_t length = strcspn(at, ",");
        int match = range_match(at, length, type);
        if (match > best) {
            best = match;
            quality = range_quality(at, length);
        }
        at += length;
    }
    return quality;
}

static bool prefers_json(const char *accept)
{
    return accept != NULL && accept_quality(accept, "application/json") > accept_quality(accept, "text/html");
}

/* ---- the page ---- */

static enum error_kind kind_find(const char *slug)
{
    for (enum error_kind kind = ERROR_NONE + 1; kind < ERROR_KIND_COUNT; kind++)
        if (strcmp(error_kind_info(kind)->slug, slug) == 0)
            return kind;
    return ERROR_NONE;
}

/* What to do about it: the text `help_<key of the title>`; a unit test holds that every kind has one. */
static const char *help_find(enum text_language language, enum text_key title)
{
    for (int key = 0; key < TEXT_KEY_COUNT; key++)
        if (strncmp(text_key_names[key], "help_", 5) == 0 &&
            strcmp(text_key_names[key] + 5, text_key_names[title]) == 0)
            return text(language, (enum text_key)key);
    return text(language, title);
}

static char *html_escape(struct arena *arena, const char *plain)
{
    char *escaped = arena_take(arena, strlen(plain) * 6 + 1), *to = escaped;
    for (const char *at = plain; *at != '\0'; at++) {
        const char *entity = *at == '<'   ? "&lt;"
                             : *at == '>' ? "&gt;"
                             : *at == '&' ? "&amp;"
                             : *at == '"' ? "&quot;"
                                          : NULL;
        size_t length = entity != NULL ? strlen(entity) : 1;
        memcpy(to, entity != NULL ? entity : at, length);
        to += length;
    }
    *to = '\0';
    return escaped;
}

static bool respond_html(struct context *ctx, const struct error_kind_info *kind, const char *title, const char *help)
{
    const char *html = arena_printf(
        ctx->arena,
        "<!doctype html>\n<html lang=\"%s\">\n<head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>%s</title></head>\n"
        "<body><main><h1>%s</h1>\n<p>%s</p>\n<p><code>%d</code> <code>%s</code></p></main></body>\n</html>\n",
        text_language_tag(ctx->language), html_escape(ctx->arena, title), html_escape(ctx->arena, title),
        html_escape(ctx->arena, help), kind->status, kind->code);
    http_header_set(ctx, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    return http_respond_bytes(ctx, 200, "text/html; charset=utf-8", html, strlen(html));
}

bool handle_problem_type(struct context *ctx, struct error *err)
{
    enum error_kind found = kind_find(ctx->params[0]);
    if (found == ERROR_NONE)
        return error_set(err, ERROR_NOT_FOUND, TEXT_META_NO_PROBLEM, ctx->params[0]);
    const struct error_kind_info *kind = error_kind_info(found);
    const char *title = text(ctx->language, kind->title), *help = help_find(ctx->language, kind->title);
    http_header_set(ctx, "Content-Language", text_language_tag(ctx->language));
    http_header_set(ctx, "Vary", "Accept, Accept-Language");
    if (!prefers_json(http_header(ctx, "Accept")))
        return respond_html(ctx, kind, title, help);
    struct json_out out = json_out_new(ctx->arena, 512);
    json_out_object_begin(&out);
    json_out_member_text(&out, "type", arena_printf(ctx->arena, "/problems/%s", kind->slug));
    json_out_member_text(&out, "code", kind->code);
    json_out_member_text(&out, "title", title);
    json_out_member_number(&out, "status", kind->status);
    json_out_member_text(&out, "description", help);
    json_out_object_end(&out);
    return http_respond_json(ctx, 200, &out);
}
