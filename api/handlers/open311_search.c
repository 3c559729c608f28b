#include "handlers/open311_search.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "handlers/answer.h"

#define DAYS_MAX  90
#define DAY       INT64_C(86400000000)
#define WORDS_MAX 1000
#define PAGES_MAX 100

/* The values of a list between commas, empty ones left out. */
static const char **words_of(struct context *ctx, const char *name, size_t *ret_count, struct error *err)
{
    const char *value = open311_parameter(ctx, name);
    *ret_count = 0;
    if (!value)
        return NULL;
    const char **words = arena_alloc(ctx->arena, (strlen(value) + 2) * sizeof *words);
    for (const char *at = value; *at;) {
        const size_t length = strcspn(at, ",");
        if (length > 0)
            words[(*ret_count)++] = arena_strndup(ctx->arena, at, length);
        at += length + (at[length] == ',');
    }
    if (*ret_count > WORDS_MAX) {
        error_violate(err, name, TOO_MANY, "1000");
        *ret_count = 0;
    }
    return words;
}

/* 0: it is not given. */
static int64_t time_of(struct context *ctx, const char *name, struct error *err)
{
    const char *value = open311_parameter(ctx, name);
    int64_t at = 0;
    if (!value)
        return 0;
    if (!time_parse(value, strlen(value), false, &at))
        error_violate_like(err, name, "2026-11-22T00:00:00Z");
    return at ? at : 1; /* who wants all says 1970: a microsecond later is the same */
}

static int number_of(struct context *ctx, const char *name, int max, int fallback, struct error *err)
{
    const char *value = open311_parameter(ctx, name);
    if (!value)
        return fallback;
    const size_t length = strspn(value, "0123456789");
    const long number = length > 0 && length <= 6 && !value[length] ? strtol(value, NULL, 10) : 0;
    if (number >= 1 && number <= max)
        return (int)number;
    error_violate(err, name, OUT_OF_RANGE, "1", arena_printf(ctx->arena, "%d", max));
    return fallback;
}

/* From one to the other, ninety days at most; one that is not given is as far from the other, or from now. */
static void window_of(struct context *ctx, int64_t *ret_from, int64_t *ret_to, bool is_needed, struct error *err)
{
    *ret_from = time_of(ctx, "start_date", err);
    *ret_to = time_of(ctx, "end_date", err);
    if (*ret_from && *ret_to && (*ret_to < *ret_from || *ret_to - *ret_from > DAYS_MAX * DAY))
        error_violate(err, "end_date", OUT_OF_RANGE, open311_parameter(ctx, "start_date"), "+90 d");
    if (*ret_from && !*ret_to)
        *ret_to = *ret_from + DAYS_MAX * DAY;
    else if (*ret_to && !*ret_from)
        *ret_from = *ret_to - DAYS_MAX * DAY;
    else if (!*ret_from && is_needed)
        *ret_from = ctx->now - DAYS_MAX * DAY;
}

static void standing_of(struct context *ctx, struct open311_search *search, struct error *err)
{
    static const char *const options[] = {"open", "closed"};
    size_t n;
    const char **words = words_of(ctx, "status", &n, err);
    bool asked[2] = {false, false};
    for (size_t i = 0; i < n; i++) {
        size_t which = 0;
        while (which < 2 && strcmp(options[which], words[i]) != 0)
            which++;
        if (which < 2)
            asked[which] = true;
        else
            error_violate_options(err, "status", options, 2);
    }
    if (asked[0] != asked[1])
        search->standing = asked[0] ? OPEN311_OPEN : OPEN311_CLOSED;
}

/* False with NOT_FOUND for one that is not published. */
static bool services_of(struct context *ctx, const struct open311_call *at, struct open311_search *search,
                        struct error *err)
{
    const char **codes = words_of(ctx, "service_code", &search->n_services, err);
    const struct directory_service **services = arena_alloc(ctx->arena, (search->n_services + 1) * sizeof *services);
    for (size_t i = 0; i < search->n_services; i++) {
        services[i] = open311_service(&at->call, at->endpoint, codes[i]);
        if (!services[i])
            return false;
    }
    search->services = services;
    return true;
}

/* False where anything but what is not found is wrong: that is told before. */
static bool is_fine(struct error *err)
{
    if (err->kind == ERROR_INVALID)
        err->kind = ERROR_INVALID_PARAMETER;
    return !error_is_set(err);
}

bool open311_search_read(struct context *ctx, const struct open311_call *at, struct open311_search *ret,
                         bool *ret_extensions, struct error *err)
{
    static const char *const booleans[] = {"true", "false"};
    const char *extensions = open311_parameter(ctx, "extensions");
    *ret_extensions = extensions && strcmp(extensions, "true") == 0;
    const int most = *ret_extensions ? OPEN311_NOTES_MAX : OPEN311_PAGE_MAX;
    *ret = (struct open311_search){.endpoint = at->endpoint, .is_holder = at->is_holder};
    if (extensions && !*ret_extensions && strcmp(extensions, "false") != 0)
        error_violate_options(err, "extensions", booleans, 2);
    ret->refs = words_of(ctx, "service_request_id", &ret->n_refs, err);
    ret->limit = number_of(ctx, "page_size", most, most, err);
    ret->offset = (number_of(ctx, "page", PAGES_MAX, 1, err) - 1) * ret->limit;
    ret->updated_from = time_of(ctx, "updated_after", err);
    ret->updated_to = time_of(ctx, "updated_before", err);
    window_of(ctx, &ret->from, &ret->to, !ret->updated_from && !ret->updated_to, err);
    /* Whoever asks for all that has ever changed is told what has in as long a time as any window has. */
    const int64_t oldest = (ret->updated_to ? ret->updated_to : ctx->now) - DAYS_MAX * DAY;
    if ((ret->updated_from || ret->updated_to) && ret->updated_from < oldest)
        ret->updated_from = oldest;
    standing_of(ctx, ret, err);
    if (!is_fine(err) || !services_of(ctx, at, ret, err))
        return false;
    if (ret->n_refs > 0) /* goes before all others */
        *ret = (struct open311_search){.endpoint = at->endpoint,
                                       .is_holder = at->is_holder,
                                       .refs = ret->refs,
                                       .n_refs = ret->n_refs,
                                       .limit = ret->limit,
                                       .offset = ret->offset};
    return true;
}

bool open311_search_updates(struct context *ctx, const struct open311_call *at, struct open311_search *ret,
                            struct error *err)
{
    *ret = (struct open311_search){.endpoint = at->endpoint, .is_holder = at->is_holder, .limit = OPEN311_PAGE_MAX};
    window_of(ctx, &ret->from, &ret->to, true, err);
    return is_fine(err);
}
