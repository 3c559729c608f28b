/*
 * Inside the expressions: the machine that runs code.
 *
 * evaluate.c has the loop and fields, operators.c what operators mean, build.c lists, maps and the steps of macros,
 * calls.c functions.
 */
#ifndef OAM_WORKFLOW_EXPRESSION_EVALUATE_H
#define OAM_WORKFLOW_EXPRESSION_EVALUATE_H

#include "workflow/expression/code.h"
#include "workflow/expression/memory.h"

struct machine {
    const struct workflow_value *constants;
    const struct code_place *places;
    const struct workflow_value *roots;
    size_t n_roots;
    const char *bytes;
    const struct workflow_expression *expression;
    const struct workflow_bindings *bindings;
    struct workflow_memory *scratch;
    uint64_t fuel;
    struct workflow_value registers[CODE_REGISTERS_MAX];
};

/* Returns an error that came up at a byte of the text. */
static inline struct workflow_value machine_error(enum workflow_error error, uint32_t at)
{
    return (struct workflow_value){.kind = WORKFLOW_KIND_ERROR, .error = (uint8_t)error, .n = at};
}

/* Uses up fuel; false when there was not enough, and from then on. */
static inline bool machine_burn(struct machine *machine, uint64_t units)
{
    if (machine->fuel < units) {
        machine->fuel = 0;
        return false;
    }
    machine->fuel -= units;
    return true;
}

/* Returns a constant as a value. */
static inline struct workflow_value machine_constant(const struct machine *machine, uint32_t index)
{
    struct workflow_value value = machine->constants[index];
    if (value.kind == WORKFLOW_KIND_STRING)
        value.text = machine->bytes + value.integer;
    return value;
}

/* Runs code from begin until `end` is reached. */
void machine_run(struct machine *machine, size_t begin, size_t end);
/* Returns what an operand is worth; reading an unset field is an error. */
struct workflow_value machine_operand(const struct machine *machine, uint16_t operand);

/* Compare with fuel: what is left of it when it is used up is 0, and the answer then no. */
bool operate_equal(const struct workflow_value *a, const struct workflow_value *b, uint64_t *fuel);
/* The binary operators from CODE_MULTIPLY to CODE_GREATER_EQUAL, of operands that are no errors. */
struct workflow_value operate(struct machine *machine, const struct code_instruction *i, const struct workflow_value *a,
                              const struct workflow_value *b);
/* value in list or map, list[index] or map[key], map.key: likewise. */
struct workflow_value operate_in(struct machine *machine, uint32_t at, const struct workflow_value *one,
                                 const struct workflow_value *many);
struct workflow_value operate_index(struct machine *machine, uint32_t at, const struct workflow_value *many,
                                    const struct workflow_value *index);
/* Finds the value of a key; NULL when there is none, or no fuel. */
const struct workflow_value *operate_find(struct machine *machine, const struct workflow_value *map,
                                          const struct workflow_value *key);
/* Functions: CODE_FUNCTION and further. b is unset when there is no second operand. */
struct workflow_value call_function(struct machine *machine, const struct code_instruction *i,
                                    const struct workflow_value *a, const struct workflow_value *b);

/* The instructions from CODE_LIST to CODE_ONE_END. Returns the number of the instruction to go on with. */
size_t build_step(struct machine *machine, const struct code_instruction *i, size_t number);

#endif
