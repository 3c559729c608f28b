/*
 * A value of an expression: what goes in (fields, facts of the actor), what comes out, and what errors are.
 *
 * Sixteen bytes, copied freely. A value owns nothing: texts, lists, maps and records point to memory of whoever made
 * it, which has to outlive it. Those that an evaluation builds live in the scratch given to it.
 */
#ifndef OAM_WORKFLOW_VALUE_H
#define OAM_WORKFLOW_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

enum workflow_kind {
    WORKFLOW_KIND_UNSET, /* no value: a field that nobody has filled. Reading it is an error, has() is false */
    WORKFLOW_KIND_NULL,
    WORKFLOW_KIND_BOOL,
    WORKFLOW_KIND_INT,
    WORKFLOW_KIND_DOUBLE,
    WORKFLOW_KIND_STRING,
    WORKFLOW_KIND_TIMESTAMP, /* 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z */
    WORKFLOW_KIND_DURATION,  /* elapsed time, up to 292 years either way: 2^63 nanoseconds */
    WORKFLOW_KIND_LIST,
    WORKFLOW_KIND_MAP,    /* keys are null-free: bool, int or string, each once */
    WORKFLOW_KIND_RECORD, /* fields declared by a struct workflow_type, found by their number */
    WORKFLOW_KIND_TYPE,   /* what type() answers */
    WORKFLOW_KIND_ERROR,  /* an evaluation that failed: code and where */
    WORKFLOW_KIND_DYN     /* of types only: known when it is evaluated */
};

enum workflow_error {
    WORKFLOW_ERROR_NONE,
    WORKFLOW_ERROR_NO_SUCH_FIELD, /* the field is unset, or a map has no such key by name */
    WORKFLOW_ERROR_NO_SUCH_KEY,
    WORKFLOW_ERROR_NO_SUCH_OVERLOAD, /* an operator or a function has no meaning for these kinds */
    WORKFLOW_ERROR_UNKNOWN_NAME,     /* only where checking was waived */
    WORKFLOW_ERROR_OVERFLOW,         /* an int, timestamp or duration leaves its range */
    WORKFLOW_ERROR_DIVISION_BY_ZERO,
    WORKFLOW_ERROR_INDEX,         /* a list has no such place */
    WORKFLOW_ERROR_INVALID,       /* a text that is not what a conversion wants: int('x'), duration('soon') */
    WORKFLOW_ERROR_DUPLICATE_KEY, /* in a map literal */
    WORKFLOW_ERROR_BAD_KEY,       /* a map literal's key is neither bool, int nor string */
    WORKFLOW_ERROR_TOO_LARGE,     /* what was to be built does not fit in the scratch */
    WORKFLOW_ERROR_TOO_LONG       /* the fuel is used up */
};

struct workflow_value {
    uint8_t kind;    /* enum workflow_kind */
    uint8_t error;   /* ERROR: enum workflow_error; otherwise 0 */
    uint16_t unused; /* 0 */
    uint32_t n;      /* STRING: bytes. LIST: elements. MAP: pairs. RECORD: fields. TYPE: enum workflow_kind.
                        TIMESTAMP, DURATION: nanoseconds on top of the seconds, 0 to 999999999.
                        ERROR: byte offset in the expression */
    union {
        bool boolean;
        int64_t integer; /* INT; TIMESTAMP: seconds since 1970, rounded down; DURATION: seconds, rounded down */
        double real;
        const char *text;                   /* UTF-8, not terminated */
        const struct workflow_value *items; /* LIST, RECORD: n of them; MAP: key, value, key, value, ...: 2 n */
    };
};

/* Returns the value of a field that is not filled. */
static inline struct workflow_value workflow_value_unset(void)
{
    return (struct workflow_value){.kind = WORKFLOW_KIND_UNSET};
}

/* Returns null. */
static inline struct workflow_value workflow_value_null(void)
{
    return (struct workflow_value){.kind = WORKFLOW_KIND_NULL};
}

/* Returns true or false as a value. */
static inline struct workflow_value workflow_value_bool(bool boolean)
{
    return (struct workflow_value){.kind = WORKFLOW_KIND_BOOL, .boolean = boolean};
}

/* Returns an int; money is an int of cents. */
static inline struct workflow_value workflow_value_int(int64_t integer)
{
    return (struct workflow_value){.kind = WORKFLOW_KIND_INT, .integer = integer};
}

/* Returns a double, NaN and infinities included. */
static inline struct workflow_value workflow_value_double(double real)
{
    return (struct workflow_value){.kind = WORKFLOW_KIND_DOUBLE, .real = real};
}

/* Returns a string of `length` bytes of UTF-8, borrowed. */
static inline struct workflow_value workflow_value_string(const char *text, size_t length)
{
    return (struct workflow_value){.kind = WORKFLOW_KIND_STRING, .n = (uint32_t)length, .text = text};
}

/* Returns a string that ends with its NUL, borrowed; unset for NULL. */
static inline struct workflow_value workflow_value_text(const char *text)
{
    return text ? workflow_value_string(text, strlen(text)) : workflow_value_unset();
}

/* Returns an instant: seconds since 1970 UTC and 0 to 999999999 nanoseconds after them. */
static inline struct workflow_value workflow_value_timestamp(int64_t seconds, uint32_t nanoseconds)
{
    return (struct workflow_value){.kind = WORKFLOW_KIND_TIMESTAMP, .n = nanoseconds, .integer = seconds};
}

/* Returns an instant: microseconds since 1970 UTC, before it too. */
static inline struct workflow_value workflow_value_moment(int64_t at_us)
{
    int64_t rest = at_us % 1000000, before = rest < 0;

    return workflow_value_timestamp(at_us / 1000000 - before, (uint32_t)(rest + before * 1000000) * 1000);
}

/* Returns an elapsed time: seconds rounded down and 0 to 999999999 nanoseconds on top of them. */
static inline struct workflow_value workflow_value_duration(int64_t seconds, uint32_t nanoseconds)
{
    return (struct workflow_value){.kind = WORKFLOW_KIND_DURATION, .n = nanoseconds, .integer = seconds};
}

/* Returns a list of n elements, borrowed; none of them unset. */
static inline struct workflow_value workflow_value_list(const struct workflow_value *items, size_t n)
{
    return (struct workflow_value){.kind = WORKFLOW_KIND_LIST, .n = (uint32_t)n, .items = items};
}

/* Returns a map of n pairs (key, value, key, value, ...), borrowed. */
static inline struct workflow_value workflow_value_map(const struct workflow_value *pairs, size_t n)
{
    return (struct workflow_value){.kind = WORKFLOW_KIND_MAP, .n = (uint32_t)n, .items = pairs};
}

/* Returns a record of n fields in the order of its type's members, borrowed; a field may be unset. */
static inline struct workflow_value workflow_value_record(const struct workflow_value *fields, size_t n)
{
    return (struct workflow_value){.kind = WORKFLOW_KIND_RECORD, .n = (uint32_t)n, .items = fields};
}

/* Tells whether a value is the bool true: what a guard wants. Errors and every other value are not. */
static inline bool workflow_value_holds(struct workflow_value value)
{
    return value.kind == WORKFLOW_KIND_BOOL && value.boolean;
}

/*
 * Tells whether two values are equal as `==` of the language says (cel-spec, langdef.md, Equality): numbers across
 * int and double by their mathematical value, NaN equal to nothing, lists element by element, maps key by key, values
 * of different kinds unequal. Records compare field by field, an unset one equal to an unset one. No bound on the work
 * but the values' size; nesting beyond 32 levels is unequal.
 */
bool workflow_value_equal(const struct workflow_value *a, const struct workflow_value *b);

/*
 * Writes a value as the language would write it ('text', 1.5, [1, 2], timestamp('2026-01-01T00:00:00Z'); an unset one
 * as "unset", an error as "error: " and its word), cut to size - 1 bytes between characters and terminated whenever
 * size is not 0. Returns the bytes that the whole text has.
 */
size_t workflow_value_print(const struct workflow_value *value, char *ret_text, size_t size);

/* Returns the name of a kind as expressions write it: "int", "string", "timestamp", ... */
const char *workflow_kind_name(enum workflow_kind kind);
/* Returns a stable word for an error: "no_such_field", "overflow", ...; "none" for WORKFLOW_ERROR_NONE. */
const char *workflow_error_key(enum workflow_error error);

#ifdef __cplusplus
}
#endif

#endif
