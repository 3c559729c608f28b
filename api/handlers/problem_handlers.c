/* /problems/{slug}: the page behind the `type` of every problem. */
#include <string.h>

#include "handlers/answer.h"
#include "handlers/meta_handlers.h"
#include "http/negotiate.h"

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
    const char *accept = http_header(ctx, "Accept");
    if (accept_quality(accept, "application/json") <= accept_quality(accept, "text/html"))
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
