#include "workflow/expression/evaluate.h"

/* The field or root at a place; NULL when it is unset. */
static inline const struct workflow_value *look(const struct machine *machine, uint16_t operand)
{
    const struct code_place *place = &machine->places[operand & CODE_INDEX];
    if (place->root >= machine->n_roots)
        return NULL;
    const struct workflow_value *value = &machine->roots[place->root];
    if (place->member != CODE_NONE) {
        if (value->kind != WORKFLOW_KIND_RECORD || place->member >= value->n)
            return NULL;
        value = &value->items[place->member];
    }
    return value->kind != WORKFLOW_KIND_UNSET ? value : NULL;
}

/* What an operand is worth, where it lies, or in *room when it lies nowhere. */
static inline const struct workflow_value *fetch(const struct machine *machine, uint16_t operand,
                                                 struct workflow_value *room)
{
    if ((operand & CODE_PLACE) != 0) {
        const struct workflow_value *value = look(machine, operand);
        if (value != NULL)
            return value;
        *room = machine_error(WORKFLOW_ERROR_NO_SUCH_FIELD, machine->places[operand & CODE_INDEX].at);
        return room;
    }
    if ((operand & CODE_CONSTANT) != 0) {
        *room = machine_constant(machine, operand & CODE_INDEX);
        return room;
    }
    return &machine->registers[operand];
}

struct workflow_value machine_operand(const struct machine *machine, uint16_t operand)
{
    struct workflow_value room;
    return *fetch(machine, operand, &room);
}

static struct workflow_value in_constants(struct machine *machine, const struct code_instruction *i,
                                          const struct workflow_value *one)
{
    const struct workflow_value *list = &machine->constants[i->b & CODE_INDEX];
    for (uint32_t k = 0; k < list->n; k++) {
        struct workflow_value item = machine_constant(machine, (uint32_t)list->integer + k);
        bool same = operate_equal(one, &item, &machine->fuel);
        if (machine->fuel == 0)
            return machine_error(WORKFLOW_ERROR_TOO_LONG, i->at);
        if (same)
            return workflow_value_bool(true);
    }
    return workflow_value_bool(false);
}

/* record.member of a record that is no root. */
static struct workflow_value member(const struct code_instruction *i, const struct workflow_value *record)
{
    bool has = i->op == CODE_HAS_MEMBER;
    if (record->kind == WORKFLOW_KIND_ERROR)
        return *record;
    if (record->kind != WORKFLOW_KIND_RECORD)
        return machine_error(WORKFLOW_ERROR_NO_SUCH_OVERLOAD, i->at);
    bool set = i->b < record->n && record->items[i->b].kind != WORKFLOW_KIND_UNSET;
    if (has)
        return workflow_value_bool(set);
    return set ? record->items[i->b] : machine_error(WORKFLOW_ERROR_NO_SUCH_FIELD, i->at);
}

/* map.key, and has(map.key) */
static struct workflow_value key_of(struct machine *machine, const struct code_instruction *i,
                                    const struct workflow_value *map)
{
    if (map->kind == WORKFLOW_KIND_ERROR)
        return *map;
    if (map->kind != WORKFLOW_KIND_MAP)
        return machine_error(WORKFLOW_ERROR_NO_SUCH_OVERLOAD, i->at);
    struct workflow_value key = machine_constant(machine, i->b & CODE_INDEX);
    const struct workflow_value *value = operate_find(machine, map, &key);
    if (machine->fuel == 0)
        return machine_error(WORKFLOW_ERROR_TOO_LONG, i->at);
    if (i->op == CODE_HAS_KEY)
        return workflow_value_bool(value != NULL);
    return value != NULL ? *value : machine_error(WORKFLOW_ERROR_NO_SUCH_FIELD, i->at);
}

static struct workflow_value unary(const struct code_instruction *i, const struct workflow_value *a)
{
    if (a->kind == WORKFLOW_KIND_ERROR)
        return *a;
    if (i->op == CODE_NOT && a->kind == WORKFLOW_KIND_BOOL)
        return workflow_value_bool(!a->boolean);
    if (i->op == CODE_NEGATE && a->kind == WORKFLOW_KIND_DOUBLE)
        return workflow_value_double(-a->real);
    if (i->op == CODE_NEGATE && a->kind == WORKFLOW_KIND_INT)
        return a->integer == INT64_MIN ? machine_error(WORKFLOW_ERROR_OVERFLOW, i->at)
                                       : workflow_value_int(-a->integer);
    return machine_error(WORKFLOW_ERROR_NO_SUCH_OVERLOAD, i->at);
}

static struct workflow_value ask(const struct machine *machine, const struct code_instruction *i)
{
    const struct workflow_bindings *bindings = machine->bindings;
    uint32_t what = (uint32_t)machine->constants[i->b & CODE_INDEX].integer;
    return workflow_value_bool(bindings->ask != NULL && bindings->ask(bindings->context, i->a, what));
}

/* Everything with one or two operands that is not decided in the loop. */
static struct workflow_value compute(struct machine *machine, const struct code_instruction *i)
{
    struct workflow_value rooms[2], none = workflow_value_unset();
    const struct workflow_value *a, *b;
    if (i->op == CODE_ASK)
        return ask(machine, i);
    if (i->op == CODE_FAIL)
        return machine_error((enum workflow_error)i->a, i->at);
    if (i->op == CODE_HAS_PLACE)
        return workflow_value_bool(look(machine, i->a) != NULL);
    a = fetch(machine, i->a, &rooms[0]);
    if (i->op == CODE_MOVE)
        return *a;
    if (i->op == CODE_MEMBER || i->op == CODE_HAS_MEMBER)
        return member(i, a);
    if (i->op == CODE_KEY || i->op == CODE_HAS_KEY)
        return key_of(machine, i, a);
    if (i->op == CODE_NOT || i->op == CODE_NEGATE)
        return unary(i, a);
    if (a->kind == WORKFLOW_KIND_ERROR)
        return *a;
    if (i->op == CODE_IN_CONSTANTS)
        return in_constants(machine, i, a);
    b = i->b == CODE_NONE ? &none : fetch(machine, i->b, &rooms[1]);
    if (b->kind == WORKFLOW_KIND_ERROR)
        return *b;
    if (i->op == CODE_IN)
        return operate_in(machine, i->at, a, b);
    if (i->op == CODE_INDEX_OF)
        return operate_index(machine, i->at, a, b);
    return i->op >= CODE_FUNCTION ? call_function(machine, i, a, b) : operate(machine, i, a, b);
}

/*
 * One operand of && or ||: the answer that decides it wins over any error, an error over the other answer, and a
 * value that is no bool is an error.
 */
static inline bool decide(struct workflow_value *sum, const struct workflow_value *one, bool decisive, uint32_t at)
{
    if (one->kind == WORKFLOW_KIND_BOOL) {
        if (one->boolean != decisive) {
            if (sum != one && sum->kind != WORKFLOW_KIND_ERROR)
                *sum = *one;
            return false;
        }
        *sum = *one;
        return true;
    }
    if (sum == one || sum->kind != WORKFLOW_KIND_ERROR)
        *sum = one->kind == WORKFLOW_KIND_ERROR ? *one : machine_error(WORKFLOW_ERROR_NO_SUCH_OVERLOAD, at);
    return false;
}

/* Comparisons are what guards are made of, and most compare ints. */
static inline struct workflow_value compare(struct machine *machine, const struct code_instruction *i)
{
    struct workflow_value rooms[2];
    const struct workflow_value *a = fetch(machine, i->a, &rooms[0]), *b = fetch(machine, i->b, &rooms[1]);
    if (a->kind != WORKFLOW_KIND_INT || b->kind != WORKFLOW_KIND_INT)
        return a->kind == WORKFLOW_KIND_ERROR ? *a : b->kind == WORKFLOW_KIND_ERROR ? *b : operate(machine, i, a, b);
    bool less = a->integer < b->integer, same = a->integer == b->integer;
    bool without_not = i->op == CODE_EQUAL || i->op == CODE_NOT_EQUAL      ? same
                       : i->op == CODE_LESS || i->op == CODE_GREATER_EQUAL ? less
                                                                           : less || same;
    return workflow_value_bool(without_not !=
                               (i->op == CODE_NOT_EQUAL || i->op == CODE_GREATER_EQUAL || i->op == CODE_GREATER));
}

void machine_run(struct machine *machine, size_t begin, size_t end)
{
    const struct code_instruction *code = code_instructions(machine->expression);
    struct workflow_value room;
    for (size_t number = begin; number < end;) {
        const struct code_instruction *i = &code[number];
        struct workflow_value *to = &machine->registers[i->to];
        switch (i->op) {
        case CODE_AND_FIRST:
        case CODE_OR_FIRST:
            number = decide(to, to, i->op == CODE_OR_FIRST, i->at) ? i->b : number + 1;
            break;
        case CODE_AND:
        case CODE_OR:
            number = decide(to, fetch(machine, i->a, &room), i->op == CODE_OR, i->at) ? i->b : number + 1;
            break;
        case CODE_BRANCH:
            if (to->kind == WORKFLOW_KIND_BOOL) {
                number = to->boolean ? number + 1 : i->b;
                break;
            }
            if (to->kind != WORKFLOW_KIND_ERROR)
                *to = machine_error(WORKFLOW_ERROR_NO_SUCH_OVERLOAD, i->at);
            number = (size_t)i->b - 1;
            break;
        case CODE_JUMP:
            number = i->b;
            break;
        case CODE_EQUAL:
        case CODE_NOT_EQUAL:
        case CODE_LESS:
        case CODE_LESS_EQUAL:
        case CODE_GREATER:
        case CODE_GREATER_EQUAL:
            *to = compare(machine, i);
            number++;
            break;
        default:
            if (i->op >= CODE_LIST && i->op <= CODE_ONE_END) {
                number = build_step(machine, i, number);
            } else {
                *to = compute(machine, i);
                number++;
            }
        }
    }
}

static void start(struct machine *machine, const struct workflow_expression *expression,
                  const struct workflow_bindings *bindings)
{
    machine->expression = expression;
    machine->constants = code_constants(expression);
    machine->places = code_places(expression);
    machine->bytes = code_bytes(expression);
    machine->roots = bindings->roots;
    machine->n_roots = bindings->n_roots;
    machine->bindings = bindings;
    machine->scratch = bindings->scratch;
    machine->fuel = bindings->fuel != 0 ? bindings->fuel : WORKFLOW_EXPRESSION_FUEL;
    /* Stored bytes may read a register that nothing wrote. */
    memset(machine->registers, 0, expression->n_registers * sizeof machine->registers[0]);
}

/* Straight code costs what it is long; only loops and large values cost more, where they are. */
static struct workflow_value run_for(struct machine *machine, size_t begin, size_t end, uint16_t result)
{
    if (!machine_burn(machine, end - begin))
        return machine_error(WORKFLOW_ERROR_TOO_LONG, 0);
    machine_run(machine, begin, end);
    return machine_operand(machine, result);
}

struct workflow_value workflow_expression_evaluate(const struct workflow_expression *expression,
                                                   const struct workflow_bindings *bindings)
{
    struct machine machine;
    start(&machine, expression, bindings);
    return run_for(&machine, 0, expression->n_code, expression->result);
}

/* Runs a clause but for its comparison, so that both sides can be seen before the result takes the place of one. */
static void explain_clause(struct machine *machine, const struct code_clause *clause,
                           struct workflow_expression_clause *ret)
{
    const struct code_instruction *last = &code_instructions(machine->expression)[clause->end - 1];
    *ret = (struct workflow_expression_clause){.offset = clause->offset, .length = clause->length};
    bool compares = clause->end > clause->begin && last->op >= CODE_EQUAL && last->op <= CODE_IN_CONSTANTS;
    if (!compares) {
        ret->result = run_for(machine, clause->begin, clause->end, clause->result);
        return;
    }
    ret->compared = true;
    run_for(machine, clause->begin, (size_t)clause->end - 1, clause->result);
    ret->left = machine_operand(machine, last->a);
    if (last->op != CODE_IN_CONSTANTS)
        ret->right = machine_operand(machine, last->b);
    ret->result = run_for(machine, (size_t)clause->end - 1, clause->end, clause->result);
}

size_t workflow_expression_explain(const struct workflow_expression *expression,
                                   const struct workflow_bindings *bindings,
                                   struct workflow_expression_clause *ret_clauses, size_t max)
{
    struct machine machine;
    for (size_t i = 0; i < expression->n_clauses && i < max; i++) {
        start(&machine, expression, bindings);
        explain_clause(&machine, &code_clauses(expression)[i], &ret_clauses[i]);
    }
    return expression->n_clauses;
}
