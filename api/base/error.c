#include "base/error.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"

static struct error_kind_info kinds[ERROR_KIND_COUNT] = {
    [ERROR_NONE] = {200, "none", "none", LOG_DEBUG, TEXT_PROBLEM_INTERNAL},
#define ERROR_KIND(name, status, slug, level) [ERROR_##name] = {status, slug, NULL, level, TEXT_PROBLEM_##name},
#include "base/error_kinds.def"
#undef ERROR_KIND
};

/* The code of a kind is its slug in snake_case: derived before main, so that the table is read-only to all threads. */
__attribute__((constructor)) static void kinds_derive_codes(void)
{
    static char codes[ERROR_KIND_COUNT][32];
    for (size_t kind = 0; kind < ERROR_KIND_COUNT; kind++) {
        for (size_t i = 0; kinds[kind].slug[i] && i + 1 < sizeof codes[kind]; i++)
            codes[kind][i] = kinds[kind].slug[i] == '-' ? '_' : kinds[kind].slug[i];
        kinds[kind].code = codes[kind];
    }
}

struct violation_info {
    const char *code;
    enum text_key sentence;
};
static const struct violation_info violation_infos[VIOLATION_CODE_COUNT] = {
#define VIOLATION(name, code) [VIOLATION_##name] = {code, TEXT_VIOLATION_##name},
#include "base/violations.def"
#undef VIOLATION
};

const struct error_kind_info *error_kind_info(enum error_kind kind)
{
    return &kinds[kind];
}

bool error_set_at(struct error *err, enum error_kind kind, enum text_key key, const char *const args[],
                  const char *file, int line)
{
    if (error_is_set(err))
        return false;
    err->kind = kind;
    text_format(err->detail, sizeof err->detail, err->language, key, args);
    const char *name = strrchr(file, '/');
    (void)snprintf(err->where, sizeof err->where, "%s:%d", name ? name + 1 : file, line);
    return false;
}

bool error_violate_at(struct error *err, const char *pointer, enum violation_code code, const char *const args[])
{
    if (!error_is_set(err)) {
        err->kind = ERROR_INVALID;
        text_format(err->detail, sizeof err->detail, err->language, TEXT_DETAIL_INVALID, NULL);
    }
    if (err->n_violations >= ERROR_VIOLATIONS_MAX)
        return false;
    if (!err->violations)
        err->violations = arena_alloc(err->arena, ERROR_VIOLATIONS_MAX * sizeof *err->violations);
    char sentence[320];
    text_format(sentence, sizeof sentence, err->language, violation_infos[code].sentence, args);
    struct violation *violation = &err->violations[err->n_violations++];
    if (pointer[0] == '/' || pointer[0] == '\0')
        violation->pointer = arena_strdup(err->arena, pointer);
    else
        violation->parameter = arena_strdup(err->arena, pointer);
    violation->code = violation_infos[code].code;
    violation->detail = arena_strdup(err->arena, sentence);
    return false;
}

bool error_violate_options(struct error *err, const char *pointer, const char *const options[], size_t count)
{
    const char *list = "";
    for (size_t i = 0; i < count; i++)
        list = arena_printf(err->arena, "%s%s%s", list, i > 0 ? ", " : "", options[i]);
    return error_violate(err, pointer, NOT_AN_OPTION, list);
}

bool error_violate_like(struct error *err, const char *pointer, const char *example)
{
    char like[128];
    text_format(like, sizeof like, err->language, TEXT_FORMAT_LIKE, (const char *const[]){example, NULL});
    return error_violate(err, pointer, BAD_FORMAT, like);
}
