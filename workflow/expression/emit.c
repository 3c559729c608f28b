#include "workflow/expression/emit.h"

uint64_t emit_times(uint64_t a, uint64_t b)
{
    uint64_t product;
    return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

uint64_t emit_plus(uint64_t a, uint64_t b)
{
    uint64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

void emit(struct emitter *emitter, enum code_op op, unsigned to, unsigned a, unsigned b, uint32_t at, uint64_t work)
{
    emitter->code[emitter->n_code++] =
        (struct code_instruction){(uint8_t)op, (uint8_t)to, (uint16_t)a, (uint16_t)b, (uint16_t)at};
    emitter->cost = emit_plus(emitter->cost, emit_plus(emitter->charges, emit_times(emitter->runs, work)));
}

unsigned emit_take(struct emitter *emitter, unsigned n)
{
    unsigned first = emitter->top;
    if (first + n > CODE_REGISTERS_MAX) {
        emitter->overflow = true;
        return 0;
    }
    emitter->top += n;
    if (emitter->top > emitter->most)
        emitter->most = emitter->top;
    return first;
}

uint16_t emit_constant(struct emitter *emitter, struct workflow_value value)
{
    emitter->constants[emitter->n_constants] = value;
    return (uint16_t)(CODE_CONSTANT | emitter->n_constants++);
}

void emit_move(struct emitter *emitter, unsigned to, uint16_t operand, uint32_t at)
{
    if (operand != to)
        emit(emitter, CODE_MOVE, to, operand, 0, at, 0);
}

void emit_land(struct emitter *emitter, size_t begin)
{
    for (size_t i = begin; i < emitter->n_code; i++)
        if (code_shape_of(emitter->code[i].op).jumps && emitter->code[i].b == CODE_NONE)
            emitter->code[i].b = (uint16_t)emitter->n_code;
}

static uint16_t place(struct emitter *emitter, uint32_t root, uint32_t member, uint32_t at)
{
    emitter->places[emitter->n_places] = (struct code_place){(uint16_t)root, (uint16_t)member, (uint16_t)at, 0};
    return (uint16_t)(CODE_PLACE | emitter->n_places++);
}

static struct workflow_value constant_of(const struct syntax_node *node)
{
    switch (node->op) {
    case SYNTAX_BOOL:
        return workflow_value_bool(node->boolean);
    case SYNTAX_INT:
        return workflow_value_int(node->integer);
    case SYNTAX_DOUBLE:
        return workflow_value_double(node->real);
    case SYNTAX_STRING:
        return workflow_value_string(node->text, node->text_length);
    case SYNTAX_CONSTANT:
        return node->value;
    default:
        return workflow_value_null();
    }
}

static bool is_constant(const struct syntax_node *node)
{
    return node->op <= SYNTAX_STRING || node->op == SYNTAX_CONSTANT;
}

/* The work of comparing two values at most; what is dyn is no larger than what it is compared with. */
static uint64_t comparison(const struct workflow_type *a, const struct workflow_type *b)
{
    uint64_t left = types_weight(a), right = types_weight(b);
    if (types_is_dyn(a) || (!types_is_dyn(b) && right < left))
        return right;
    return left;
}

/* The work of finding a key among those of a map, or a value among those of a list. */
static uint64_t look_up(const struct workflow_type *many, const struct workflow_type *one)
{
    const struct workflow_type *item = many->kind == WORKFLOW_KIND_MAP ? types_key(many) : types_element(many);
    uint64_t size = types_is_dyn(many) ? WORKFLOW_EXPRESSION_ITEMS : types_size(many);
    return emit_times(size, comparison(item, one));
}

/* ---- Fields ------------------------------------------------------------------------------------------------ */

static uint16_t emit_member(struct emitter *emitter, const struct syntax_node *node)
{
    bool has = node->op == SYNTAX_HAS_MEMBER;
    unsigned base = emitter->top;
    uint16_t operand;
    if (node->child->op == SYNTAX_PLACE) {
        operand = place(emitter, node->child->number, node->number, node->at);
        if (!has)
            return operand;
        unsigned to = emit_take(emitter, 1);
        emit(emitter, CODE_HAS_PLACE, to, operand, 0, node->at, 0);
        return (uint16_t)to;
    }
    operand = emit_node(emitter, node->child);
    emitter->top = base;
    unsigned to = emit_take(emitter, 1);
    emit(emitter, has ? CODE_HAS_MEMBER : CODE_MEMBER, to, operand, node->number, node->at, 0);
    return (uint16_t)to;
}

static uint16_t emit_key(struct emitter *emitter, const struct syntax_node *node)
{
    unsigned base = emitter->top;
    uint16_t operand = emit_node(emitter, node->child);
    uint16_t key = emit_constant(emitter, workflow_value_string(node->text, node->text_length));
    uint64_t work = emit_times(types_size(node->child->type), 1 + node->text_length / 16);
    emitter->top = base;
    unsigned to = emit_take(emitter, 1);
    emit(emitter, node->op == SYNTAX_HAS ? CODE_HAS_KEY : CODE_KEY, to, operand, key, node->at, work);
    return (uint16_t)to;
}

/* ---- Operators --------------------------------------------------------------------------------------------- */

/* value in ['a', 'b']: no list is built. Returns the constant list, or CODE_NONE when an element is no constant. */
static uint16_t constant_list(struct emitter *emitter, const struct syntax_node *list)
{
    if (list->op != SYNTAX_LIST)
        return CODE_NONE;
    for (const struct syntax_node *item = list->child; item != NULL; item = item->next)
        if (!is_constant(item))
            return CODE_NONE;
    struct workflow_value all = {.kind = WORKFLOW_KIND_LIST, .n = list->n};
    all.integer = (int64_t)emitter->n_constants;
    for (const struct syntax_node *item = list->child; item != NULL; item = item->next)
        emit_constant(emitter, constant_of(item));
    return emit_constant(emitter, all);
}

/* What an operator does beyond itself at most. */
static uint64_t work_of(const struct syntax_node *node)
{
    const struct workflow_type *left = node->child->type, *right = node->child->next->type;
    bool list = left->kind == WORKFLOW_KIND_LIST;
    switch (node->op) {
    case SYNTAX_ADD:
        if (left->kind != WORKFLOW_KIND_STRING && !list && !types_is_dyn(left))
            return 0;
        return emit_plus(types_size(left), types_size(right)) / (list ? 1 : 16);
    case SYNTAX_IN:
    case SYNTAX_INDEX:
        return node->op == SYNTAX_IN              ? look_up(right, left)
               : left->kind == WORKFLOW_KIND_LIST ? 0
                                                  : look_up(left, right);
    default:
        return node->op >= SYNTAX_EQUAL && node->op <= SYNTAX_GREATER_EQUAL ? comparison(left, right) : 0;
    }
}

static uint16_t emit_binary(struct emitter *emitter, const struct syntax_node *node)
{
    unsigned base = emitter->top;
    enum code_op op =
        node->op == SYNTAX_INDEX ? CODE_INDEX_OF : (enum code_op)(CODE_MULTIPLY + node->op - SYNTAX_MULTIPLY);
    uint16_t a = emit_node(emitter, node->child), b = CODE_NONE;
    if (node->op == SYNTAX_IN)
        b = constant_list(emitter, node->child->next);
    if (b != CODE_NONE)
        op = CODE_IN_CONSTANTS;
    else
        b = emit_node(emitter, node->child->next);
    emitter->top = base;
    unsigned to = emit_take(emitter, 1);
    emit(emitter, op, to, a, b, node->at, work_of(node));
    return (uint16_t)to;
}

static uint16_t emit_unary(struct emitter *emitter, const struct syntax_node *node)
{
    unsigned base = emitter->top;
    uint16_t a = emit_node(emitter, node->child);
    emitter->top = base;
    unsigned to = emit_take(emitter, 1);
    emit(emitter, node->op == SYNTAX_NOT ? CODE_NOT : CODE_NEGATE, to, a, 0, node->at, 0);
    return (uint16_t)to;
}

/* Each operand is worth looking at as long as none before it decided; the register gathers what they are worth. */
static uint16_t emit_chain(struct emitter *emitter, const struct syntax_node *node, bool outermost)
{
    enum code_op first = node->op == SYNTAX_AND ? CODE_AND_FIRST : CODE_OR_FIRST;
    enum code_op further = node->op == SYNTAX_AND ? CODE_AND : CODE_OR;
    size_t begin = emitter->n_code;
    unsigned base = emitter->top, to = base;
    for (const struct syntax_node *child = node->child; child != NULL; child = child->next) {
        struct code_clause clause = {.offset = (uint16_t)child->offset, .length = (uint16_t)child->length};
        clause.begin = (uint16_t)emitter->n_code;
        clause.result = emit_node(emitter, child);
        clause.end = (uint16_t)emitter->n_code;
        emitter->top = child == node->child ? base : base + 1;
        if (child == node->child) {
            to = emit_take(emitter, 1);
            emit_move(emitter, to, clause.result, child->offset);
            emit(emitter, first, to, 0, CODE_NONE, child->offset, 0);
        } else {
            emit(emitter, further, to, clause.result, CODE_NONE, child->offset, 0);
        }
        if (outermost)
            emitter->clauses[emitter->n_clauses++] = clause;
    }
    emit_land(emitter, begin);
    return (uint16_t)to;
}

static uint16_t emit_conditional(struct emitter *emitter, const struct syntax_node *node)
{
    const struct syntax_node *condition = node->child, *yes = condition->next, *no = yes->next;
    unsigned base = emitter->top;
    uint16_t a = emit_node(emitter, condition);
    emitter->top = base;
    unsigned to = emit_take(emitter, 1);
    emit_move(emitter, to, a, condition->offset);
    size_t branch = emitter->n_code;
    emit(emitter, CODE_BRANCH, to, 0, 0, condition->offset, 0);
    emit_move(emitter, to, emit_node(emitter, yes), yes->offset);
    emitter->top = base + 1;
    size_t jump = emitter->n_code;
    emit(emitter, CODE_JUMP, to, 0, 0, node->at, 0);
    emitter->code[branch].b = (uint16_t)emitter->n_code;
    emit_move(emitter, to, emit_node(emitter, no), no->offset);
    emitter->top = base + 1;
    emitter->code[jump].b = (uint16_t)emitter->n_code;
    return (uint16_t)to;
}

/* ---- Calls and literals ------------------------------------------------------------------------------------ */

static uint64_t function_work(const struct syntax_node *node)
{
    const struct workflow_type *operand = node->child->type;
    const struct syntax_node *second = node->child->next;
    uint64_t size = types_size(operand), other = second != NULL ? types_size(second->type) : 0;
    bool text = operand->kind == WORKFLOW_KIND_STRING || types_is_dyn(operand);
    switch (node->number) {
    case FUNCTION_CONTAINS:
        return emit_times(size, other) / 16 + 1;
    case FUNCTION_STARTS_WITH:
    case FUNCTION_ENDS_WITH:
        return other / 16;
    case FUNCTION_DOUBLE:
    case FUNCTION_STRING:
        return emit_plus(text ? size : 0, 1000);
    default:
        return text ? size / 16 : 0;
    }
}

static uint16_t emit_function(struct emitter *emitter, const struct syntax_node *node)
{
    unsigned base = emitter->top;
    uint16_t a = emit_node(emitter, node->child), b = CODE_NONE;
    if (node->number == FUNCTION_DYN)
        return a;
    if (node->child->next != NULL)
        b = emit_node(emitter, node->child->next);
    emitter->top = base;
    unsigned to = emit_take(emitter, 1);
    emit(emitter, (enum code_op)(CODE_FUNCTION + node->number), to, a, b, node->at, function_work(node));
    return (uint16_t)to;
}

static uint16_t emit_items(struct emitter *emitter, const struct syntax_node *node)
{
    bool map = node->op == SYNTAX_MAP, key = map;
    unsigned to = emit_take(emitter, 1);
    uint32_t n = map ? node->n / 2 : node->n;
    emit(emitter, map ? CODE_MAP : CODE_LIST, to, n, 0, node->offset, n);
    for (const struct syntax_node *item = node->child; item != NULL; item = item->next) {
        uint16_t a = emit_node(emitter, item);
        uint64_t work = key ? emit_times(n, types_weight(item->type)) : 0;
        emitter->top = to + 1;
        emit(emitter, !map ? CODE_PUSH : key ? CODE_MAP_KEY : CODE_MAP_VALUE, to, a, 0, item->offset, work);
        key = map && !key;
    }
    return (uint16_t)to;
}

static uint16_t emit_single(struct emitter *emitter, const struct syntax_node *node)
{
    unsigned to = emit_take(emitter, 1);
    if (node->op == SYNTAX_ASK)
        emit(emitter, CODE_ASK, to, node->number, emit_constant(emitter, workflow_value_int(node->integer)), node->at,
             0);
    else
        emit(emitter, CODE_FAIL, to, node->number, 0, node->at, 0);
    return (uint16_t)to;
}

uint16_t emit_node(struct emitter *emitter, const struct syntax_node *node)
{
    if (is_constant(node))
        return emit_constant(emitter, constant_of(node));
    switch (node->op) {
    case SYNTAX_PLACE:
        return place(emitter, node->number, CODE_NONE, node->at);
    case SYNTAX_VARIABLE:
        return emitter->variables[node->number];
    case SYNTAX_MEMBER:
    case SYNTAX_HAS_MEMBER:
        return emit_member(emitter, node);
    case SYNTAX_SELECT:
    case SYNTAX_HAS:
        return emit_key(emitter, node);
    case SYNTAX_LIST:
    case SYNTAX_MAP:
        return emit_items(emitter, node);
    case SYNTAX_NOT:
    case SYNTAX_NEGATE:
        return emit_unary(emitter, node);
    case SYNTAX_AND:
    case SYNTAX_OR:
        return emit_chain(emitter, node, false);
    case SYNTAX_CONDITIONAL:
        return emit_conditional(emitter, node);
    case SYNTAX_FUNCTION:
        return emit_function(emitter, node);
    case SYNTAX_ASK:
    case SYNTAX_FAILURE:
        return emit_single(emitter, node);
    default:
        return node->op >= SYNTAX_ALL ? emit_loop(emitter, node) : emit_binary(emitter, node);
    }
}

uint16_t emit_root(struct emitter *emitter, const struct syntax_node *root)
{
    emitter->runs = emitter->charges = 1;
    if (root->op == SYNTAX_AND)
        return emit_chain(emitter, root, true);
    uint16_t result = emit_node(emitter, root);
    emitter->clauses[emitter->n_clauses++] = (struct code_clause){.offset = (uint16_t)root->offset,
                                                                  .length = (uint16_t)root->length,
                                                                  .end = (uint16_t)emitter->n_code,
                                                                  .result = result};
    return result;
}
