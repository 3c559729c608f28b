/*
 * Macros as loops over three registers in a row: what the macro is worth, the state of the loop, the element.
 *
 *          LOOP   range, to end           filter and map begin with COLLECT, the others with their first value
 *    next: NEXT   to end
 *          ...    what an element is worth
 *          step   back to next, or on to the end when that decides
 *    end:  ...
 */
#include "workflow/expression/emit.h"

static void begin_value(struct emitter *emitter, const struct syntax_node *node, unsigned to, uint64_t size)
{
    switch (node->op) {
    case SYNTAX_ALL:
    case SYNTAX_EXISTS:
        emit_move(emitter, to, emit_constant(emitter, workflow_value_bool(node->op == SYNTAX_ALL)), node->at);
        break;
    case SYNTAX_EXISTS_ONE:
        emit_move(emitter, to, emit_constant(emitter, workflow_value_int(0)), node->at);
        break;
    default:
        emit(emitter, CODE_COLLECT, to, 0, 0, node->at, size);
    }
}

static enum code_op step_of(const struct syntax_node *node)
{
    switch (node->op) {
    case SYNTAX_ALL:
        return CODE_ALL;
    case SYNTAX_EXISTS:
        return CODE_EXISTS;
    case SYNTAX_EXISTS_ONE:
        return CODE_ONE;
    case SYNTAX_FILTER:
        return CODE_FILTER;
    default:
        return CODE_MAPPING;
    }
}

uint16_t emit_loop(struct emitter *emitter, const struct syntax_node *node)
{
    const struct syntax_node *range = node->child, *body = range->next;
    unsigned base = emitter->top;
    uint16_t operand = emit_node(emitter, range);
    emitter->top = base;
    unsigned to = emit_take(emitter, 3);
    uint64_t size = types_is_dyn(range->type) ? WORKFLOW_EXPRESSION_ITEMS : types_size(range->type);
    uint64_t runs = emitter->runs, charges = emitter->charges;
    size_t begin = emitter->n_code;
    emit(emitter, CODE_LOOP, to, operand, CODE_NONE, range->offset, 0);
    begin_value(emitter, node, to, size);

    emitter->runs = emit_times(runs, size);
    emitter->charges = emit_plus(charges, emitter->runs);
    emitter->variables[emitter->level++] = (uint8_t)(to + 2);
    size_t next = emitter->n_code;
    emit(emitter, CODE_NEXT, to, 0, CODE_NONE, node->at, 0);
    uint16_t worth = emit_node(emitter, body);
    if (node->op == SYNTAX_MAPPING_FILTERED) {
        emit(emitter, CODE_TEST, to, worth, (unsigned)next, body->offset, 0);
        emitter->top = to + 3;
        worth = emit_node(emitter, body->next);
    }
    emit(emitter, step_of(node), to, worth, (unsigned)next, body->offset, 0);
    emitter->level--;
    emitter->runs = runs;
    emitter->charges = charges;
    emit_land(emitter, begin);
    if (node->op == SYNTAX_EXISTS_ONE)
        emit(emitter, CODE_ONE_END, to, 0, 0, node->at, 0);
    emitter->top = to + 1;
    return (uint16_t)to;
}
