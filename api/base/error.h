/* What went wrong, filled by whoever fails first and rendered once, in http/problem.c (RFC 9457). */
#ifndef OAM_BASE_ERROR_H
#define OAM_BASE_ERROR_H

#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/text.h"

enum error_kind {
    ERROR_NONE,
#define ERROR_KIND(name, status, slug, level) ERROR_##name,
#include "base/error_kinds.def"
#undef ERROR_KIND
    ERROR_KIND_COUNT
};

struct error_kind_info {
    int status;       /* HTTP status */
    const char *slug; /* last segment of the problem type; `code` is the same with _ for - */
    const char *code;
    int log_level;       /* enum log_level */
    enum text_key title; /* TEXT_PROBLEM_<NAME> */
};
const struct error_kind_info *error_kind_info(enum error_kind kind);

/* Where in the input: a JSON pointer (RFC 6901) into the body, or the name of a query parameter or header. */
struct violation {
    const char *pointer; /* one of the two is set */
    const char *parameter;
    const char *code;   /* machine code: required, too_long, … */
    const char *detail; /* in the caller's language */
};

#define ERROR_VIOLATIONS_MAX 100

struct error {
    enum text_language language; /* set before use; details are born translated */
    struct arena *arena;         /* holds the violations */
    enum error_kind kind;
    char detail[320];
    struct violation *violations;
    size_t n_violations;
    int retry_after_s;       /* > 0: Retry-After */
    size_t line, column;     /* with MALFORMED_JSON: where the text cannot be read; 0: not known */
    int64_t current_version; /* with PRECONDITION_FAILED: the version that is there now */
    char where[96];          /* for the log, never for the client */
};

/* Fills `err` unless it is filled already; always false, so that callers `return error_set(...)`.
   Trailing arguments are `const char *` for {0}, {1}… of the sentence. */
#define error_set(err, kind, key, ...)                                                                                 \
    error_set_at((err), (kind), (key), (const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL}, __FILE__, __LINE__)
bool error_set_at(struct error *err, enum error_kind kind, enum text_key key, const char *const args[],
                  const char *file, int line);

/* Adds a violation and makes the error INVALID (422) unless another kind is set; always false. The sentence is
   TEXT_VIOLATION_<code>. `pointer` starting with '/' (or empty: the whole body) is a JSON pointer, else a parameter. */
#define error_violate(err, pointer, code, ...)                                                                         \
    error_violate_at((err), (pointer), VIOLATION_##code, (const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})
enum violation_code {
#define VIOLATION(name, code) VIOLATION_##name,
#include "base/violations.def"
#undef VIOLATION
    VIOLATION_CODE_COUNT
};
bool error_violate_at(struct error *err, const char *pointer, enum violation_code code, const char *const args[]);

/* NOT_AN_OPTION, naming what may be chosen. */
bool error_violate_options(struct error *err, const char *pointer, const char *const options[], size_t count);

/* BAD_FORMAT, showing what it should look like. */
bool error_violate_like(struct error *err, const char *pointer, const char *example);

/* True when something is set. */
static inline bool error_is_set(const struct error *err)
{
    return err->kind != ERROR_NONE;
}

#endif
