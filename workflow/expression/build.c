/* Lists, maps and the steps of macros: whatever is put together piece by piece. */
#include "workflow/expression/evaluate.h"

/* Makes an empty list or map with room for n; pieces that are not yet there are unset. */
static struct workflow_value make(struct machine *machine, enum workflow_kind kind, uint32_t n, uint32_t at)
{
    size_t pieces = kind == WORKFLOW_KIND_MAP ? 2 * (size_t)n : n;
    struct workflow_value made = {.kind = (uint8_t)kind};
    if (n == 0)
        return made;
    if (!machine_burn(machine, n))
        return machine_error(WORKFLOW_ERROR_TOO_LONG, at);
    made.items = memory_take_zeroed(machine->scratch, pieces * sizeof *made.items);
    return made.items != NULL ? made : machine_error(WORKFLOW_ERROR_TOO_LARGE, at);
}

/* Where the next piece of what is being made goes; NULL when that is not ours to write. */
static struct workflow_value *next_piece(const struct machine *machine, const struct workflow_value *made, size_t index)
{
    const struct workflow_memory *scratch = machine->scratch;
    if (scratch == NULL || made->items == NULL)
        return NULL;
    uintptr_t begin = (uintptr_t)scratch->bytes, at = (uintptr_t)(made->items + index);
    if (at < begin || at + sizeof *made->items > begin + scratch->used)
        return NULL;
    return (struct workflow_value *)at;
}

static void push(struct machine *machine, struct workflow_value *list, const struct workflow_value *item, uint32_t at)
{
    if (list->kind != WORKFLOW_KIND_LIST)
        return; /* an error already */
    struct workflow_value *place = next_piece(machine, list, list->n);
    if (item->kind == WORKFLOW_KIND_ERROR) {
        *list = *item;
    } else if (place == NULL) {
        *list = machine_error(WORKFLOW_ERROR_TOO_LARGE, at);
    } else {
        *place = *item;
        list->n++;
    }
}

static void push_key(struct machine *machine, struct workflow_value *map, const struct workflow_value *key, uint32_t at)
{
    if (map->kind != WORKFLOW_KIND_MAP)
        return;
    struct workflow_value *place = next_piece(machine, map, 2 * (size_t)map->n);
    bool right = key->kind == WORKFLOW_KIND_BOOL || key->kind == WORKFLOW_KIND_INT || key->kind == WORKFLOW_KIND_STRING;
    if (key->kind == WORKFLOW_KIND_ERROR)
        *map = *key;
    else if (!right)
        *map = machine_error(WORKFLOW_ERROR_BAD_KEY, at);
    else if (operate_find(machine, map, key) != NULL)
        *map = machine_error(WORKFLOW_ERROR_DUPLICATE_KEY, at);
    else if (machine->fuel == 0)
        *map = machine_error(WORKFLOW_ERROR_TOO_LONG, at);
    else if (place == NULL)
        *map = machine_error(WORKFLOW_ERROR_TOO_LARGE, at);
    else
        *place = *key;
}

static void push_value(struct machine *machine, struct workflow_value *map, const struct workflow_value *value,
                       uint32_t at)
{
    if (map->kind != WORKFLOW_KIND_MAP)
        return;
    struct workflow_value *place = next_piece(machine, map, 2 * (size_t)map->n + 1);
    if (value->kind == WORKFLOW_KIND_ERROR) {
        *map = *value;
    } else if (place == NULL) {
        *map = machine_error(WORKFLOW_ERROR_TOO_LARGE, at);
    } else {
        *place = *value;
        map->n++;
    }
}

/* Begins a loop: its state is what is left of the range. */
static size_t loop(struct machine *machine, const struct code_instruction *i, size_t number)
{
    struct workflow_value *to = &machine->registers[i->to], range = machine_operand(machine, i->a);
    if (range.kind == WORKFLOW_KIND_LIST || range.kind == WORKFLOW_KIND_MAP) {
        to[1] = range;
        return number + 1;
    }
    *to = range.kind == WORKFLOW_KIND_ERROR ? range : machine_error(WORKFLOW_ERROR_NO_SUCH_OVERLOAD, i->at);
    return i->b;
}

/* A round is charged for all instructions up to the end of the loop. */
static size_t next(struct machine *machine, const struct code_instruction *i, size_t number)
{
    struct workflow_value *to = &machine->registers[i->to], *state = to + 1;
    bool over = state->kind != WORKFLOW_KIND_LIST && state->kind != WORKFLOW_KIND_MAP;
    if (over || state->n == 0)
        return i->b;
    if (!machine_burn(machine, i->b - number)) {
        *to = machine_error(WORKFLOW_ERROR_TOO_LONG, i->at);
        return i->b;
    }
    to[2] = state->items[0];
    state->items += state->kind == WORKFLOW_KIND_MAP ? 2 : 1;
    state->n--;
    return number + 1;
}

/* all() and exists(): the answer that decides ends the loop; an error waits for it until the end. */
static size_t step_quantifier(struct workflow_value *to, const struct workflow_value *one,
                              const struct code_instruction *i, size_t number)
{
    bool decisive = i->op == CODE_EXISTS;
    if (one->kind == WORKFLOW_KIND_BOOL) {
        if (one->boolean != decisive)
            return i->b;
        *to = *one;
        return number + 1;
    }
    if (to->kind != WORKFLOW_KIND_ERROR)
        *to = one->kind == WORKFLOW_KIND_ERROR ? *one : machine_error(WORKFLOW_ERROR_NO_SUCH_OVERLOAD, i->at);
    return i->b;
}

/* The macros that no error is lost in: they end with the first. */
static size_t step_strict(struct machine *machine, struct workflow_value *to, const struct workflow_value *one,
                          const struct code_instruction *i, size_t number)
{
    bool holds = one->kind == WORKFLOW_KIND_BOOL && one->boolean;
    if (i->op == CODE_MAPPING)
        push(machine, to, one, i->at);
    else if (one->kind != WORKFLOW_KIND_BOOL)
        *to = one->kind == WORKFLOW_KIND_ERROR ? *one : machine_error(WORKFLOW_ERROR_NO_SUCH_OVERLOAD, i->at);
    else if (holds && i->op == CODE_FILTER)
        push(machine, to, &to[2], i->at);
    else if (holds && i->op == CODE_ONE && to->kind == WORKFLOW_KIND_INT)
        to->integer += to->integer < 2; /* none, one, more */
    return to->kind == WORKFLOW_KIND_ERROR ? number + 1 : i->b;
}

/* The condition of map(variable, condition, result). An error leaves nothing to go on with. */
static size_t test(struct workflow_value *to, const struct workflow_value *one, const struct code_instruction *i,
                   size_t number)
{
    if (one->kind == WORKFLOW_KIND_BOOL)
        return one->boolean ? number + 1 : i->b;
    *to = one->kind == WORKFLOW_KIND_ERROR ? *one : machine_error(WORKFLOW_ERROR_NO_SUCH_OVERLOAD, i->at);
    to[1].n = 0;
    return i->b;
}

size_t build_step(struct machine *machine, const struct code_instruction *i, size_t number)
{
    struct workflow_value *to = &machine->registers[i->to], one;
    switch (i->op) {
    case CODE_LIST:
    case CODE_MAP:
        *to = make(machine, i->op == CODE_MAP ? WORKFLOW_KIND_MAP : WORKFLOW_KIND_LIST, i->a, i->at);
        return number + 1;
    case CODE_COLLECT:
        *to = make(machine, WORKFLOW_KIND_LIST, to[1].n, i->at);
        return number + 1;
    case CODE_LOOP:
        return loop(machine, i, number);
    case CODE_NEXT:
        return next(machine, i, number);
    case CODE_ONE_END:
        if (to->kind == WORKFLOW_KIND_INT)
            *to = workflow_value_bool(to->integer == 1);
        return number + 1;
    default:
        break;
    }
    one = machine_operand(machine, i->a);
    switch (i->op) {
    case CODE_PUSH:
        push(machine, to, &one, i->at);
        return number + 1;
    case CODE_MAP_KEY:
        push_key(machine, to, &one, i->at);
        return number + 1;
    case CODE_MAP_VALUE:
        push_value(machine, to, &one, i->at);
        return number + 1;
    case CODE_TEST:
        return test(to, &one, i, number);
    case CODE_ALL:
    case CODE_EXISTS:
        return step_quantifier(to, &one, i, number);
    default:
        return step_strict(machine, to, &one, i, number);
    }
}
