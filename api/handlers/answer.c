#include "handlers/answer.h"

#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/utf8.h"
#include "http/negotiate.h"
#include "service/cursor.h"

const struct directory *answer_directory(struct context *ctx, struct error *err)
{
    const struct directory *dir = directory_use(ctx->app->directory, ctx->arena);
    if (dir == NULL)
        error_set(err, ERROR_UNAVAILABLE, TEXT_READY_DIRECTORY);
    return dir;
}

/* ---- validators ---- */

static const char *etag_format(struct arena *arena, enum etag_strength strength, uint64_t hash)
{
    return arena_printf(arena, "%s\"%016llx\"", strength == ETAG_WEAK ? "W/" : "", (unsigned long long)hash);
}

const char *answer_directory_etag(struct context *ctx, const struct directory *dir, enum etag_strength strength)
{
    /* Another release may write the same rows in another way. */
    uint64_t hash = hash_text(dir->fingerprint, OAM_VERSION);
    hash = hash_text(hash_text(hash, text_language_tag(ctx->language)), ctx->path);
    for (size_t i = 0; i < ctx->n_query; i++)
        hash = hash_text(hash_text(hash, ctx->query[i].name), ctx->query[i].value);
    return etag_format(ctx->arena, strength, hash);
}

/* A validator, no seal: what tells two states of a page apart by accident is enough, and a page is long. Both steps can
   be undone, so that a difference within eight bytes is never lost. */
static uint64_t hash_page(const char *bytes, size_t length)
{
    uint64_t hash = HASH_START ^ length;
    for (size_t at = 0; at < length; at += sizeof hash) {
        uint64_t word = 0;
        memcpy(&word, bytes + at, length - at < sizeof word ? length - at : sizeof word);
        hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 32;
    }
    return hash;
}

const char *answer_bytes_etag(struct context *ctx, const char *bytes, size_t length, enum etag_strength strength)
{
    return etag_format(ctx->arena, strength, hash_page(bytes, length));
}

bool answer_not_modified(struct context *ctx, const char *etag)
{
    http_header_set(ctx, "ETag", etag);
    const char *opaque = etag[0] == 'W' ? etag + 2 : etag; /* If-None-Match compares weakly */
    return ctx->if_none_match != NULL && if_none_match_holds(ctx->if_none_match, opaque) &&
           http_respond_empty(ctx, 304);
}

/* ---- filters ---- */

void query_refuse(struct error *err, const char *name, const char *example)
{
    error_set(err, ERROR_INVALID_PARAMETER, TEXT_HTTP_QUERY);
    error_violate_like(err, name, example);
}

struct word_set query_words(const struct context *ctx, const char *name, size_t max_length,
                            bool (*is_fine)(const char *), const char *example, struct error *err)
{
    struct word_set set = {NULL, 0};
    const char *value = http_query(ctx, name);
    if (value == NULL)
        return set;
    size_t length = strlen(value);
    if (length > max_length) {
        error_set(err, ERROR_INVALID_PARAMETER, TEXT_HTTP_QUERY);
        error_violate(err, name, TOO_LONG, arena_printf(ctx->arena, "%zu", max_length));
        return set;
    }
    set.items = arena_alloc(ctx->arena, (length / 2 + 1) * sizeof *set.items);
    for (const char *at = value; at != NULL;) {
        const char *comma = strchr(at, ',');
        const char *word = comma != NULL ? arena_strndup(ctx->arena, at, (size_t)(comma - at)) : at;
        if (!is_fine(word)) {
            query_refuse(err, name, example);
            return (struct word_set){NULL, 0};
        }
        set.items[set.n++] = word;
        at = comma != NULL ? comma + 1 : NULL;
    }
    return set;
}

bool query_selection(const struct context *ctx, enum selection_source base, enum selection_source other,
                     const struct selection **ret, struct error *err)
{
    const char *fields = http_query(ctx, "fields"), *include = http_query(ctx, "include");
    *ret = NULL;
    if (!fields && !include)
        return true;
    struct selection *selection = arena_alloc(ctx->arena, sizeof *selection);
    *ret = selection;
    return selection_read(base, other, fields, include, selection, err);
}

struct search query_search(const struct context *ctx, struct error *err)
{
    const char *typed = http_query(ctx, "q");
    if (typed == NULL)
        return search_new(ctx->arena, NULL);
    size_t count = utf8_count(typed, strlen(typed));
    if (count < 1 || count > 100) {
        error_set(err, ERROR_INVALID_PARAMETER, TEXT_HTTP_QUERY);
        if (count < 1)
            error_violate(err, "q", TOO_SHORT, "1");
        else
            error_violate(err, "q", TOO_LONG, "100");
    }
    return search_new(ctx->arena, typed);
}

static bool is_digits(const char *text, size_t n)
{
    return strlen(text) == n && strspn(text, "0123456789") == n;
}

bool is_comarca_code(const char *text)
{
    return is_digits(text, 2);
}

bool is_body_code(const char *text)
{
    return is_digits(text, 10);
}

bool is_word(const char *text)
{
    size_t length = strlen(text);
    return text[0] >= 'a' && text[0] <= 'z' && length <= 64 &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_") == length;
}

bool is_area_code(const char *text)
{
    size_t length = strlen(text);
    return length >= 2 && length <= 6 && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == length;
}

bool is_goal(const char *text)
{
    return (is_digits(text, 1) && text[0] != '0') || (is_digits(text, 2) && text[0] == '1' && text[1] <= '7');
}

const struct directory_workflow *answer_workflow(struct context *ctx, const struct directory *dir, struct error *err)
{
    const char *asked = http_query(ctx, "version"), *key = ctx->params[0];
    int64_t version = http_query_number(ctx, "version", 1, INT32_MAX, 1, err);
    if (error_is_set(err))
        return NULL;
    const struct directory_workflow *row =
        asked ? directory_workflow_version(dir, key, version) : directory_workflow_latest(dir, key);
    if (!row && asked)
        error_set(err, ERROR_NOT_FOUND, TEXT_DIRECTORY_NO_VERSION, key, asked);
    else if (!row)
        error_set(err, ERROR_NOT_FOUND, TEXT_DIRECTORY_NO_WORKFLOW, key);
    return row;
}
