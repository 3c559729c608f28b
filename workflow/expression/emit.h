/* Inside the expressions: from a checked tree to code. */
#ifndef OAM_WORKFLOW_EXPRESSION_EMIT_H
#define OAM_WORKFLOW_EXPRESSION_EMIT_H

#include "workflow/expression/code.h"
#include "workflow/expression/syntax.h"
#include "workflow/expression/types.h"

/* Code as it grows. The arrays are large enough for any tree of as many nodes. */
struct emitter {
    struct code_instruction *code;
    struct workflow_value *constants; /* strings still as pointers */
    struct code_place *places;
    struct code_clause *clauses;
    size_t n_code, n_constants, n_places, n_clauses;
    unsigned top, most; /* registers in use, and at most */
    unsigned level;     /* macros around */
    uint8_t *variables; /* the register of each macro's variable, by level */
    uint64_t cost;
    uint64_t runs;    /* how often what is emitted now is executed at most */
    uint64_t charges; /* how often an instruction of it is charged: once for each loop around that begins a round */
    bool overflow;    /* more registers than there are */
};

/* Emits a tree; returns the operand where its value will be. */
uint16_t emit_root(struct emitter *emitter, const struct syntax_node *root);

/* Emit one node; for emit.c and emit_loops.c to call each other. */
uint16_t emit_node(struct emitter *emitter, const struct syntax_node *node);
/* A macro. */
uint16_t emit_loop(struct emitter *emitter, const struct syntax_node *node);

/* Adds an instruction and its worst case beyond itself. */
void emit(struct emitter *emitter, enum code_op op, unsigned to, unsigned a, unsigned b, uint32_t at, uint64_t work);
/* Takes the next n registers; returns the first. */
unsigned emit_take(struct emitter *emitter, unsigned n);
/* Adds a constant; returns its operand. */
uint16_t emit_constant(struct emitter *emitter, struct workflow_value value);
/* Puts an operand into a register unless it is there. */
void emit_move(struct emitter *emitter, unsigned to, uint16_t operand, uint32_t at);
/* Sets the jumps since `begin` that do not know their goal to what comes next. */
void emit_land(struct emitter *emitter, size_t begin);
/* a * b and a + b, or the largest number. */
uint64_t emit_times(uint64_t a, uint64_t b);
uint64_t emit_plus(uint64_t a, uint64_t b);

#endif
