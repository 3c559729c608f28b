/*
 * Expressions: a subset of the Common Expression Language (cel-spec v0.25.1, doc/langdef.md) for guards, checks,
 * assignment, eligibility and filters. They have no side effect, always end, and cost no more than was known when they
 * were compiled.
 *
 * Kept: null bool int double string list map timestamp duration, every operator, `in`, has(), the macros all exists
 * exists_one map filter, size startsWith endsWith contains, conversions, accessors of time, type() and dyn().
 * Refused by name: messages, bytes, uint, matches(), optionals, extensions.
 *
 * A pure library: no allocation, no IO, no clock, no global state. Memory is the caller's: a struct workflow_memory.
 *
 *     text --parse--> struct workflow_syntax --check, compile--> struct workflow_expression --evaluate--> a value
 *
 * Nothing here knows what `data` or `agent` are: names come from a struct workflow_environment.
 */
#ifndef OAM_WORKFLOW_EXPRESSION_H
#define OAM_WORKFLOW_EXPRESSION_H

#include "workflow/value.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    WORKFLOW_EXPRESSION_LENGTH_MAX = 600,      /* bytes of a text, unless the environment says otherwise */
    WORKFLOW_EXPRESSION_DEPTH_MAX = 48,        /* operands inside each other, likewise; never more than 200 */
    WORKFLOW_EXPRESSION_NODES_MAX = 400,       /* names, constants and operators, likewise; never more than 8000 */
    WORKFLOW_EXPRESSION_COST_MAX = 100 * 1000, /* worst case in units of fuel, likewise */
    WORKFLOW_EXPRESSION_ITEMS = 64,            /* elements that a list without a declared maximum is taken to have */
    WORKFLOW_EXPRESSION_TEXT = 1000,           /* bytes that a string without a declared maximum is taken to have */
    WORKFLOW_EXPRESSION_FUEL = 1000 * 1000,    /* units that an evaluation may use, unless its bindings say otherwise */
    WORKFLOW_EXPRESSION_MEMORY = 256 * 1024    /* enough to compile any text within the limits above */
};

/* Memory of the caller that is used from its beginning: set used to 0 to use it again. `bytes` is aligned to 16. */
struct workflow_memory {
    void *bytes;
    size_t size, used;
};

/* ---- What an expression may name --------------------------------------------------------------------------- */

struct workflow_type;

/* A name and what stands behind it: a root of the environment or a field of a record. */
struct workflow_member {
    const char *name;                 /* roots may have several parts: "clock.execution" */
    const struct workflow_type *type; /* NULL: dyn */
    bool always_set;                  /* never unset: of use to workflow_expressions_cover() only */
};

/* What is known about a value when an expression is compiled. Zero but for the kind means: nothing more. */
struct workflow_type {
    enum workflow_kind kind;               /* WORKFLOW_KIND_DYN: nothing */
    const struct workflow_type *key;       /* MAP; NULL: dyn */
    const struct workflow_type *element;   /* LIST: of its elements; MAP: of its values; NULL: dyn */
    const struct workflow_member *members; /* RECORD: its fields. MAP: the only keys it may have; NULL: any */
    size_t n_members;
    bool has_min, has_max;
    int64_t min, max;           /* INT: the value. STRING: bytes. LIST, MAP: elements */
    const char *const *options; /* STRING: the only values there are; another constant beside == or in is a fault */
    size_t n_options;
};

/*
 * A question about a named thing that only the host can answer, such as in_state('x'). Its argument is a string
 * constant, resolved to a number when the expression is compiled; false: there is no such thing, which is a fault.
 * `suggest` (may be NULL) returns the i-th name there is, NULL after the last one, for "did you mean".
 */
struct workflow_predicate {
    const char *name;
    bool (*resolve)(void *context, const char *text, size_t length, uint32_t *ret_number);
    const char *(*suggest)(void *context, size_t i);
};

/* All that expressions of one place may name, and how large they may be. Limits of 0 are the constants above. */
struct workflow_environment {
    const struct workflow_member *roots; /* their place in here is their place in the bindings */
    size_t n_roots;
    const struct workflow_predicate *predicates;
    size_t n_predicates;
    void *context; /* given to resolve and suggest */
    size_t length_max;
    unsigned depth_max, nodes_max;
    uint64_t cost_max;
    bool waive_types; /* unknown names and wrong types become errors of the evaluation, as CEL does without its checker
                       */
};

/* One thing that is wrong with a text, and what to do about it. */
struct workflow_expression_fault {
    unsigned offset, length; /* bytes of the text it is about */
    unsigned line, column;   /* from 1; characters, not bytes */
    const char
        *code; /* stable: "syntax", "unknown_name", "unknown_field", "wrong_type", "not_supported", "too_costly"... */
    char message[200]; /* English, for the person who writes definitions */
};

/* Where faults go: room for `max` of them; `n` counts all, those without room too. Start with n = 0. */
struct workflow_expression_faults {
    struct workflow_expression_fault *list; /* NULL when max is 0 */
    size_t max, n;
};

/* ---- From a text to an expression that runs ---------------------------------------------------------------- */

struct workflow_expression;

/*
 * Parses, checks and compiles. `wanted` is the type that the result has to have (NULL: any); a dyn result is accepted
 * for every wanted type. Returns the expression at the beginning of `memory` beyond what was used (what lies behind it
 * is free again), or NULL with at least one fault. All faults of types and names are told at once; of syntax, the
 * first. memory->used is set to the end of the expression, or left alone when there is none.
 */
const struct workflow_expression *workflow_expression_compile(const char *text, size_t length,
                                                              const struct workflow_environment *environment,
                                                              const struct workflow_type *wanted,
                                                              struct workflow_memory *memory,
                                                              struct workflow_expression_faults *faults);

/* Returns the bytes that an expression occupies. They hold no pointer: copy them to any address aligned to 8. */
size_t workflow_expression_size(const struct workflow_expression *expression);

/*
 * Reads an expression from bytes that were stored, aligned to 8. Returns NULL unless every index, jump and length is
 * within bounds, so that evaluating cannot leave the bytes whoever wrote them; whether they mean what was once compiled
 * is for the hash of the definition to say.
 */
const struct workflow_expression *workflow_expression_open(const void *bytes, size_t size);

/* Returns the text that the expression was compiled from and its bytes. */
const char *workflow_expression_text(const struct workflow_expression *expression, size_t *ret_length);
/* Returns what the result is: WORKFLOW_KIND_DYN when only an evaluation tells. */
enum workflow_kind workflow_expression_kind(const struct workflow_expression *expression);
/* Returns the same in full, as in "list(string)", terminated; it lives in the expression. */
const char *workflow_expression_type(const struct workflow_expression *expression);
/* Returns the worst case in units of fuel, for lists and strings within the declared maxima. */
uint64_t workflow_expression_cost(const struct workflow_expression *expression);

/* A field that an expression reads or asks has() about. */
struct workflow_expression_read {
    unsigned root; /* place in the environment */
    int member;    /* place in the root's record; -1: the root as a whole */
};

/*
 * Lists what an expression reads, each once, by root and member. Writes at most max and returns how many there are. A
 * change of anything else cannot change its value (nor, for in_state() and the like, can that of anything but the
 * host's answer).
 */
size_t workflow_expression_reads(const struct workflow_expression *expression,
                                 struct workflow_expression_read *ret_reads, size_t max);

/* ---- Evaluation -------------------------------------------------------------------------------------------- */

/* What the names stand for now. */
struct workflow_bindings {
    const struct workflow_value *roots; /* one for each root of the environment, in its order */
    size_t n_roots;                     /* fewer than the environment has: the others are unset */
    bool (*ask)(void *context, unsigned predicate, uint32_t number); /* answers predicates; NULL: always false */
    /* How far a named time zone is ahead of UTC at an instant, in seconds; NULL, or false: there is no such zone. UTC
     * and offsets like +02:00 need no answer. */
    bool (*zone)(void *context, const char *name, size_t length, int64_t instant_s, int32_t *ret_offset_s);
    void *context;                   /* given to ask and zone */
    struct workflow_memory *scratch; /* for lists, maps and strings that are built; NULL: there is no room for any */
    uint64_t fuel;                   /* 0: WORKFLOW_EXPRESSION_FUEL */
};

/*
 * Evaluates. The result is a value or WORKFLOW_KIND_ERROR with its code and byte offset; what it points to lives in the
 * bindings, the expression and the scratch. Deterministic; safe on any number of threads with a scratch each.
 */
struct workflow_value workflow_expression_evaluate(const struct workflow_expression *expression,
                                                   const struct workflow_bindings *bindings);

/* One operand of the outermost && of an expression; an expression without one is its only clause. */
struct workflow_expression_clause {
    unsigned offset, length; /* of its text in workflow_expression_text() */
    struct workflow_value result;
    bool compared;                     /* it is a comparison (== != < <= > >= in), so that there is */
    struct workflow_value left, right; /* what was compared; an unset value when it was not computed alone */
};

/*
 * Tells what each clause is worth on its own, in the order of the text: why a guard does not hold. Writes at most max
 * and returns how many there are. Fuel counts for each clause anew.
 */
size_t workflow_expression_explain(const struct workflow_expression *expression,
                                   const struct workflow_bindings *bindings,
                                   struct workflow_expression_clause *ret_clauses, size_t max);

/* ---- Proof ------------------------------------------------------------------------------------------------- */

enum workflow_cover {
    WORKFLOW_COVER_PROVED,
    WORKFLOW_COVER_REFUTED, /* a counterexample is given */
    WORKFLOW_COVER_UNKNOWN  /* beyond comparing fields with constants, or too many cases */
};

/*
 * Decides whether for every value of the fields at least one of n expressions is true: whether alternatives leave no
 * gap. Exact for expressions made of && || ! ?: over has(field), bool fields, and fields of int, string (also with
 * options), bool, timestamp or duration compared with constants by == != < <= > >= in; int fields stay in their
 * declared min and max, a field may be unset unless it is always_set. Everything else is UNKNOWN, never a guess.
 *
 * The cells between the constants are enumerated (each field alone splits into points and open intervals) and each is
 * decided by the evaluator itself. At most 100000 combinations are tried. On REFUTED ret_reads and ret_values (both
 * with room for max, may be NULL when max is 0) are fields and the values for which none holds; ret_n says how many
 * there are. `memory` is scratch; its `used` is restored.
 */
enum workflow_cover workflow_expressions_cover(const struct workflow_expression *const *expressions, size_t n,
                                               const struct workflow_environment *environment,
                                               struct workflow_memory *memory,
                                               struct workflow_expression_read *ret_reads,
                                               struct workflow_value *ret_values, size_t max, size_t *ret_n);

/* A stretch of values of one field. A string or a bool is a stretch by itself (min equals max). */
struct workflow_expression_range {
    struct workflow_value min, max; /* both within; WORKFLOW_KIND_UNSET in min alone: the field being unset */
    bool other; /* every value of the field's type that no other cell names (strings without options) */
};

/*
 * Tells for which values of the one field that it reads an expression is true, as stretches in ascending order: exact
 * under the same conditions as workflow_expressions_cover(). False when the expression reads none or several fields, or
 * is beyond that. Writes at most max; ret_n says how many there are.
 */
bool workflow_expression_solve(const struct workflow_expression *expression,
                               const struct workflow_environment *environment, struct workflow_memory *memory,
                               struct workflow_expression_range *ret_ranges, size_t max, size_t *ret_n);

/* ---- Texts ------------------------------------------------------------------------------------------------- */

struct workflow_syntax;

/*
 * Parses without looking at names and types. Returns NULL with one fault when the text is not of the language, or of a
 * part of it that is refused. The limits are the environment's (NULL: the constants above).
 */
const struct workflow_syntax *workflow_syntax_parse(const char *text, size_t length,
                                                    const struct workflow_environment *environment,
                                                    struct workflow_memory *memory,
                                                    struct workflow_expression_faults *faults);

/*
 * Writes the canonical text: one space around binary operators, no parenthesis that is not needed, strings in single
 * quotes. Parsing it gives the same tree. Cut to size - 1 bytes and terminated whenever size is not 0; returns the
 * bytes that the whole text has.
 */
size_t workflow_syntax_print(const struct workflow_syntax *syntax, char *ret_text, size_t size);

#ifdef __cplusplus
}
#endif

#endif
