/*
 * Inside the expressions: the tree that a text is, from the parser to the compiler.
 *
 * Every node is in the caller's memory. Chains of && and of || are one node with many children, so that a guard of
 * thirty clauses is not thirty levels deep.
 */
#ifndef OAM_WORKFLOW_EXPRESSION_SYNTAX_H
#define OAM_WORKFLOW_EXPRESSION_SYNTAX_H

#include <stdarg.h>

#include "workflow/expression.h"

/* What no environment can raise: places in a text and in compiled code are 16 bits. */
enum { SYNTAX_LENGTH_MAX = 65000, SYNTAX_DEPTH_MAX = 200, SYNTAX_NODES_MAX = 8000 };

enum syntax_op {
    SYNTAX_NULL,
    SYNTAX_BOOL,
    SYNTAX_INT,
    SYNTAX_DOUBLE,
    SYNTAX_STRING,
    SYNTAX_NAME,   /* name */
    SYNTAX_SELECT, /* operand; name */
    SYNTAX_HAS,    /* operand; name: has(operand.name) */
    SYNTAX_INDEX,  /* operand, index */
    SYNTAX_CALL,   /* arguments; name */
    SYNTAX_METHOD, /* operand, arguments; name */
    SYNTAX_LIST,   /* elements */
    SYNTAX_MAP,    /* key, value, key, value, ... */
    SYNTAX_NOT,
    SYNTAX_NEGATE,
    SYNTAX_MULTIPLY, /* the binary ones from here */
    SYNTAX_DIVIDE,
    SYNTAX_MODULO,
    SYNTAX_ADD,
    SYNTAX_SUBTRACT,
    SYNTAX_EQUAL,
    SYNTAX_NOT_EQUAL,
    SYNTAX_LESS,
    SYNTAX_LESS_EQUAL,
    SYNTAX_GREATER,
    SYNTAX_GREATER_EQUAL,
    SYNTAX_IN,  /* to here */
    SYNTAX_AND, /* two or more, none of them an AND */
    SYNTAX_OR,
    SYNTAX_CONDITIONAL, /* condition, then, else */
    SYNTAX_ALL,         /* range, predicate; name: the variable */
    SYNTAX_EXISTS,
    SYNTAX_EXISTS_ONE,
    SYNTAX_FILTER,
    SYNTAX_MAPPING,          /* range, result; name */
    SYNTAX_MAPPING_FILTERED, /* range, predicate, result; name */
    /* Made by the checker out of the ones above, never by the parser: */
    SYNTAX_PLACE,    /* number: a root of the environment */
    SYNTAX_VARIABLE, /* number: a macro's variable, 0 for the outermost */
    SYNTAX_MEMBER,   /* operand; number: a member of its record */
    SYNTAX_HAS_MEMBER,
    SYNTAX_CONSTANT, /* value */
    SYNTAX_FUNCTION, /* arguments; number: enum function_id */
    SYNTAX_ASK,      /* number: a predicate; integer: of what */
    SYNTAX_FAILURE   /* number: the enum workflow_error that evaluating it is */
};

struct syntax_node {
    uint8_t op;              /* enum syntax_op */
    bool absolute;           /* NAME, CALL: written with a dot before it, so that no variable of a macro is meant */
    uint16_t height;         /* 1 for a leaf */
    uint32_t offset, length; /* of its text */
    uint32_t at;             /* of its operator or name: where faults of it are shown */
    uint32_t n;              /* children */
    struct syntax_node *child, *next;
    union {
        bool boolean;
        int64_t integer;
        double real;
        struct workflow_value value;
        struct {
            const char *text; /* decoded */
            uint32_t text_length;
        };
    };
    const struct workflow_type *type; /* by the checker; never NULL after it */
    uint32_t number;                  /* by the checker: see the operators it makes */
};

struct workflow_syntax {
    const char *text;
    size_t length;
    struct syntax_node *root;
    unsigned n_nodes;
};

/* What a fault is about: bytes of the text that is being read. */
struct syntax_span {
    uint32_t offset, length;
};

/*
 * Adds a fault. `format` is writer_format()'s: %s text, %b bytes and length, %d int64_t. Always false, so that a reader
 * can return it.
 */
bool syntax_fault(struct workflow_expression_faults *faults, const char *text, struct syntax_span span,
                  const char *code, const char *format, ...);
/* The same with the arguments of a function that has a format of its own. */
void syntax_fault_list(struct workflow_expression_faults *faults, const char *text, struct syntax_span span,
                       const char *code, const char *format, va_list arguments);

/* Returns the word of a binary operator, "==" and so on; NULL for every other node. */
const char *syntax_operator(enum syntax_op op);

/* Tells whether a text is an identifier that may stand as a name of its own (no keyword, no reserved word). */
bool syntax_is_identifier(const char *text, size_t length);

/* The places where limits are looked up: the environment's, or the constants where it has none. */
size_t syntax_length_max(const struct workflow_environment *environment);
unsigned syntax_depth_max(const struct workflow_environment *environment);
unsigned syntax_nodes_max(const struct workflow_environment *environment);

#endif
