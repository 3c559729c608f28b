/* What an expression says of itself, and whether foreign bytes are one. */
#include "workflow/expression/code.h"

#include <string.h>

struct code_shape code_shape_of(uint8_t op)
{
    switch (op) {
    case CODE_HAS_PLACE: /* looked at, not read: see check_instruction() */
    case CODE_LIST:
    case CODE_MAP:
    case CODE_ONE_END:
    case CODE_FAIL:
        return (struct code_shape){.registers = 1};
    case CODE_MOVE:
    case CODE_MEMBER:
    case CODE_HAS_MEMBER:
    case CODE_NOT:
    case CODE_NEGATE:
    case CODE_PUSH:
    case CODE_MAP_KEY:
    case CODE_MAP_VALUE:
        return (struct code_shape){.reads_a = true, .registers = 1};
    case CODE_KEY:
    case CODE_HAS_KEY:
        return (struct code_shape){.reads_a = true, .constant_b = true, .kind_b = WORKFLOW_KIND_STRING, .registers = 1};
    case CODE_IN_CONSTANTS:
        return (struct code_shape){.reads_a = true, .constant_b = true, .kind_b = WORKFLOW_KIND_LIST, .registers = 1};
    case CODE_ASK:
        return (struct code_shape){.constant_b = true, .kind_b = WORKFLOW_KIND_INT, .registers = 1};
    case CODE_AND:
    case CODE_OR:
        return (struct code_shape){.reads_a = true, .jumps = true, .registers = 1};
    case CODE_AND_FIRST:
    case CODE_OR_FIRST:
    case CODE_BRANCH:
    case CODE_JUMP:
        return (struct code_shape){.jumps = true, .registers = 1};
    case CODE_LOOP:
        return (struct code_shape){.reads_a = true, .jumps = true, .registers = 3};
    case CODE_COLLECT:
        return (struct code_shape){.registers = 3};
    case CODE_NEXT:
        return (struct code_shape){.jumps = true, .registers = 3};
    case CODE_ALL:
    case CODE_EXISTS:
    case CODE_ONE:
    case CODE_FILTER:
    case CODE_MAPPING:
    case CODE_TEST:
        return (struct code_shape){.reads_a = true, .jumps_back = true, .registers = 3};
    default:
        return (struct code_shape){.reads_a = true, .reads_b = true, .registers = 1};
    }
}

size_t workflow_expression_size(const struct workflow_expression *expression)
{
    return expression->size;
}

const char *workflow_expression_text(const struct workflow_expression *expression, size_t *ret_length)
{
    *ret_length = expression->text_length;
    return code_bytes(expression) + expression->text_at;
}

enum workflow_kind workflow_expression_kind(const struct workflow_expression *expression)
{
    return (enum workflow_kind)expression->kind;
}

const char *workflow_expression_type(const struct workflow_expression *expression)
{
    return code_bytes(expression) + expression->type_at;
}

uint64_t workflow_expression_cost(const struct workflow_expression *expression)
{
    return expression->cost;
}

size_t workflow_expression_reads(const struct workflow_expression *expression,
                                 struct workflow_expression_read *ret_reads, size_t max)
{
    const struct code_read *reads = code_reads(expression);
    for (size_t i = 0; i < expression->n_reads && i < max; i++)
        ret_reads[i] =
            (struct workflow_expression_read){reads[i].root, reads[i].member == CODE_NONE ? -1 : (int)reads[i].member};
    return expression->n_reads;
}

/* ---- Foreign bytes ----------------------------------------------------------------------------------------- */

static bool check_constant(const struct workflow_expression *e, const struct workflow_value *constant)
{
    unsigned char truth;
    switch (constant->kind) {
    case WORKFLOW_KIND_NULL:
    case WORKFLOW_KIND_INT:
    case WORKFLOW_KIND_DOUBLE:
        return true;
    case WORKFLOW_KIND_BOOL:
        memcpy(&truth, &constant->boolean, 1);
        return truth <= 1;
    case WORKFLOW_KIND_TIMESTAMP:
        return constant->n < 1000000000 && constant->integer >= -62135596800 && constant->integer <= 253402300799;
    case WORKFLOW_KIND_DURATION:
        return constant->n < 1000000000 && constant->integer >= -9223372037 && constant->integer <= 9223372036;
    case WORKFLOW_KIND_TYPE:
        return constant->n < WORKFLOW_KIND_ERROR;
    case WORKFLOW_KIND_STRING:
        return constant->integer >= 0 && constant->integer <= e->n_bytes &&
               constant->n <= e->n_bytes - (uint64_t)constant->integer;
    case WORKFLOW_KIND_LIST:
        return constant->integer >= 0 && constant->integer <= e->n_constants &&
               constant->n <= e->n_constants - (uint64_t)constant->integer;
    default:
        return false;
    }
}

static bool check_operand(const struct workflow_expression *e, uint16_t operand)
{
    unsigned index = operand & CODE_INDEX;
    switch (operand & ~CODE_INDEX) {
    case CODE_REGISTER:
        return index < e->n_registers;
    case CODE_CONSTANT: /* a list is no value until it is built */
        return index < e->n_constants && code_constants(e)[index].kind != WORKFLOW_KIND_LIST;
    case CODE_PLACE:
        return index < e->n_places;
    default:
        return false;
    }
}

/* The elements of a constant list are values. */
static bool check_constant_list(const struct workflow_expression *e, const struct workflow_value *list)
{
    for (uint32_t i = 0; i < list->n; i++)
        if (code_constants(e)[list->integer + i].kind == WORKFLOW_KIND_LIST)
            return false;
    return true;
}

static bool check_constant_operand(const struct workflow_expression *e, uint16_t operand, enum workflow_kind kind)
{
    unsigned index = operand & CODE_INDEX;
    if ((operand & ~CODE_INDEX) != CODE_CONSTANT || index >= e->n_constants)
        return false;
    const struct workflow_value *constant = &code_constants(e)[index];
    return constant->kind == kind && (kind != WORKFLOW_KIND_LIST || check_constant_list(e, constant));
}

static bool check_instruction(const struct workflow_expression *e, size_t number)
{
    const struct code_instruction *code = code_instructions(e), *i = &code[number];
    struct code_shape shape = code_shape_of(i->op);
    if (i->op >= CODE_OPS || i->to + shape.registers > e->n_registers)
        return false;
    if (shape.reads_a && !check_operand(e, i->a))
        return false;
    bool absent = i->b == CODE_NONE && i->op >= CODE_FUNCTION;
    if (shape.reads_b && !absent && !check_operand(e, i->b))
        return false;
    if (shape.constant_b && !check_constant_operand(e, i->b, shape.kind_b))
        return false;
    if (shape.jumps && (i->b <= number || i->b > e->n_code)) /* forward, so that all ends */
        return false;
    if (i->op == CODE_BRANCH && i->b == number + 1) /* the jump before its goal would be itself */
        return false;
    /* Back only to what burns fuel for a round, or goes on behind this when there is no further one. */
    if (shape.jumps_back && (i->b >= number || code[i->b].op != CODE_NEXT || code[i->b].b <= number))
        return false;
    if (i->op == CODE_HAS_PLACE && ((i->a & ~CODE_INDEX) != CODE_PLACE || (i->a & CODE_INDEX) >= e->n_places))
        return false;
    return i->op != CODE_FAIL || i->a <= WORKFLOW_ERROR_TOO_LONG;
}

static bool check_clauses(const struct workflow_expression *e)
{
    const struct code_clause *clauses = code_clauses(e);
    for (size_t i = 0; i < e->n_clauses; i++)
        if (clauses[i].begin > clauses[i].end || clauses[i].end > e->n_code || !check_operand(e, clauses[i].result) ||
            clauses[i].offset > e->text_length || clauses[i].length > e->text_length - clauses[i].offset)
            return false;
    return true;
}

static bool check_header(const struct workflow_expression *e, size_t size)
{
    if (size < sizeof *e || e->magic != CODE_MAGIC || e->size > size || e->n_registers > CODE_REGISTERS_MAX)
        return false;
    size_t tables = sizeof *e + e->n_constants * sizeof(struct workflow_value) +
                    e->n_code * sizeof(struct code_instruction) + e->n_places * sizeof(struct code_place) +
                    e->n_clauses * sizeof(struct code_clause) + e->n_reads * sizeof(struct code_read);
    if (tables > e->size || e->n_bytes != e->size - tables)
        return false;
    if (e->type_at >= e->n_bytes || e->text_at > e->n_bytes || e->text_length > e->n_bytes - e->text_at)
        return false;
    for (uint32_t i = e->type_at; code_bytes(e)[i] != '\0'; i++)
        if (i + 1 == e->n_bytes)
            return false;
    return e->kind <= WORKFLOW_KIND_DYN;
}

const struct workflow_expression *workflow_expression_open(const void *bytes, size_t size)
{
    const struct workflow_expression *e = bytes;
    if (!check_header(e, size))
        return NULL;
    for (size_t i = 0; i < e->n_constants; i++)
        if (!check_constant(e, &code_constants(e)[i]))
            return NULL;
    for (size_t i = 0; i < e->n_code; i++)
        if (!check_instruction(e, i))
            return NULL;
    return check_operand(e, e->result) && check_clauses(e) ? e : NULL;
}
