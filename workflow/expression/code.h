/*
 * Inside the expressions: the compiled form. A header and arrays behind it, without pointers, so that the bytes may be
 * stored and moved.
 *
 * It is code for a machine of registers. An instruction reads up to two operands, each a register, a constant or a
 * place (a field of a root, the commonest case, which so costs no instruction), and writes a register. An error is a
 * value too: most instructions hand on the error that they read, and only && || and macros look at it.
 */
#ifndef OAM_WORKFLOW_EXPRESSION_CODE_H
#define OAM_WORKFLOW_EXPRESSION_CODE_H

#include "workflow/expression.h"
#include "workflow/expression/functions.h"

#define CODE_MAGIC UINT32_C(0x4f414d31) /* changes with the format */

enum {
    CODE_REGISTERS_MAX = 250,
    CODE_INDEX = 0x3fff, /* what of an operand is its number; the rest says what it is */
    CODE_REGISTER = 0,
    CODE_CONSTANT = 0x4000,
    CODE_PLACE = 0x8000,
    CODE_NONE = 0xffff /* no operand, no member */
};

/* `to` is the register written; a and b are operands unless something else is said. */
enum code_op {
    CODE_MOVE,
    CODE_MEMBER, /* b: number of a member of the record a */
    CODE_KEY,    /* a.key; b: a constant string */
    CODE_INDEX_OF,
    CODE_HAS_PLACE,
    CODE_HAS_MEMBER, /* b as in CODE_MEMBER */
    CODE_HAS_KEY,    /* b as in CODE_KEY */
    CODE_NOT,
    CODE_NEGATE,
    CODE_MULTIPLY, /* in the order of the syntax */
    CODE_DIVIDE,
    CODE_MODULO,
    CODE_ADD,
    CODE_SUBTRACT,
    CODE_EQUAL,
    CODE_NOT_EQUAL,
    CODE_LESS,
    CODE_LESS_EQUAL,
    CODE_GREATER,
    CODE_GREATER_EQUAL,
    CODE_IN,
    CODE_IN_CONSTANTS, /* b: a constant list */
    CODE_AND_FIRST,    /* looks at `to`: false goes to b */
    CODE_AND,          /* adds a to `to`: false goes to b */
    CODE_OR_FIRST,
    CODE_OR,
    CODE_BRANCH,    /* looks at `to`: false goes to b, an error to the jump just before it */
    CODE_JUMP,      /* to b */
    CODE_LIST,      /* a: how many elements will be pushed */
    CODE_PUSH,      /* adds a to the list `to` */
    CODE_MAP,       /* a: how many pairs */
    CODE_MAP_KEY,   /* a */
    CODE_MAP_VALUE, /* a */
    CODE_LOOP, /* over a, with its state in to + 1; `to` becomes an error, and goes to b, when that is no list or map */
    CODE_COLLECT, /* makes `to` a list with room for what the loop has */
    CODE_NEXT,    /* puts the next element in to + 2; goes to b after the last */
    CODE_ALL,     /* the steps: a is what an element is worth, b is the CODE_NEXT to go back to */
    CODE_EXISTS,
    CODE_ONE,
    CODE_FILTER,
    CODE_MAPPING,
    CODE_TEST,    /* a false goes back to b, an error ends the loop */
    CODE_ONE_END, /* `to` counted: was it one? */
    CODE_ASK,     /* a: which predicate; b: a constant int, of what */
    CODE_FAIL,    /* a: enum workflow_error */
    CODE_FUNCTION /* and further: CODE_FUNCTION + enum function_id; b may be CODE_NONE */
};
enum { CODE_OPS = CODE_FUNCTION + FUNCTIONS };

struct code_instruction {
    uint8_t op; /* enum code_op */
    uint8_t to;
    uint16_t a, b;
    uint16_t at; /* byte of the text, for errors */
};

struct code_place {
    uint16_t root, member; /* member may be CODE_NONE */
    uint16_t at, unused;
};

/* An operand of the outermost &&: the code that computes it alone, and where its value then is. */
struct code_clause {
    uint16_t offset, length, begin, end, result, unused;
};

struct code_read {
    uint16_t root, member;
};

/*
 * Behind it: constants, instructions, places, clauses, reads, then bytes: strings, the type, the text. A constant is a
 * value whose string is an offset among the bytes, and whose list is the number of its first element's constant.
 */
struct workflow_expression {
    uint32_t magic, size;
    uint64_t cost;
    uint16_t n_constants, n_code, n_places, n_clauses, n_reads, n_registers;
    uint16_t result; /* operand */
    uint16_t kind;   /* enum workflow_kind */
    uint32_t n_bytes, type_at, text_at, text_length;
};

/* Where the parts of an expression are. */
static inline const struct workflow_value *code_constants(const struct workflow_expression *e)
{
    return (const struct workflow_value *)(e + 1);
}

static inline const struct code_instruction *code_instructions(const struct workflow_expression *e)
{
    return (const struct code_instruction *)(code_constants(e) + e->n_constants);
}

static inline const struct code_place *code_places(const struct workflow_expression *e)
{
    return (const struct code_place *)(code_instructions(e) + e->n_code);
}

static inline const struct code_clause *code_clauses(const struct workflow_expression *e)
{
    return (const struct code_clause *)(code_places(e) + e->n_places);
}

static inline const struct code_read *code_reads(const struct workflow_expression *e)
{
    return (const struct code_read *)(code_clauses(e) + e->n_clauses);
}

static inline const char *code_bytes(const struct workflow_expression *e)
{
    return (const char *)(code_reads(e) + e->n_reads);
}

/* Which registers and operands an instruction uses; what the reader of foreign bytes and the proofs go by. */
struct code_shape {
    bool reads_a, reads_b;  /* operands */
    bool constant_b;        /* b is a constant of the kind below */
    bool jumps, jumps_back; /* b is the number of an instruction */
    enum workflow_kind kind_b;
    unsigned registers; /* how many from `to` on it uses */
};
struct code_shape code_shape_of(uint8_t op);

#endif
