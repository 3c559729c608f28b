/* What operators mean: cel-spec, doc/langdef.md, Equality, Ordering, Arithmetic. */
#include "workflow/expression/evaluate.h"

enum { EQUAL_DEPTH_MAX = 32 };

static bool is_number(const struct workflow_value *value)
{
    return value->kind == WORKFLOW_KIND_INT || value->kind == WORKFLOW_KIND_DOUBLE;
}

static double as_double(const struct workflow_value *value)
{
    return value->kind == WORKFLOW_KIND_INT ? (double)value->integer : value->real;
}

static bool burn(uint64_t *fuel, uint64_t units)
{
    if (fuel == NULL)
        return true;
    *fuel = *fuel < units ? 0 : *fuel - units;
    return *fuel > 0;
}

static bool equal(const struct workflow_value *a, const struct workflow_value *b, uint64_t *fuel, unsigned depth);

static bool equal_items(const struct workflow_value *a, const struct workflow_value *b, uint64_t *fuel, unsigned depth)
{
    for (uint32_t i = 0; i < a->n; i++)
        if (!equal(&a->items[i], &b->items[i], fuel, depth))
            return false;
    return true;
}

/* Looks a key up; NULL: it is not there, or fuel ran out. */
static const struct workflow_value *find(const struct workflow_value *map, const struct workflow_value *key,
                                         uint64_t *fuel)
{
    for (uint32_t i = 0; i < map->n && (fuel == NULL || *fuel > 0); i++)
        if (equal(&map->items[2 * (size_t)i], key, fuel, 1))
            return &map->items[2 * (size_t)i + 1];
    return NULL;
}

static bool equal_maps(const struct workflow_value *a, const struct workflow_value *b, uint64_t *fuel, unsigned depth)
{
    for (uint32_t i = 0; i < a->n; i++) {
        const struct workflow_value *other = find(b, &a->items[2 * (size_t)i], fuel);
        if (other == NULL || !equal(&a->items[2 * (size_t)i + 1], other, fuel, depth))
            return false;
    }
    return true;
}

static bool equal(const struct workflow_value *a, const struct workflow_value *b, uint64_t *fuel, unsigned depth)
{
    if (depth == 0 || !burn(fuel, 1))
        return false;
    if (a->kind != b->kind)
        return is_number(a) && is_number(b) && as_double(a) == as_double(b);
    switch (a->kind) {
    case WORKFLOW_KIND_UNSET:
    case WORKFLOW_KIND_NULL:
        return true;
    case WORKFLOW_KIND_BOOL:
        return a->boolean == b->boolean;
    case WORKFLOW_KIND_INT:
        return a->integer == b->integer;
    case WORKFLOW_KIND_DOUBLE:
        return a->real == b->real;
    case WORKFLOW_KIND_STRING:
        return a->n == b->n && burn(fuel, a->n / 16) && (a->n == 0 || memcmp(a->text, b->text, a->n) == 0);
    case WORKFLOW_KIND_TIMESTAMP:
    case WORKFLOW_KIND_DURATION:
        return a->integer == b->integer && a->n == b->n;
    case WORKFLOW_KIND_TYPE:
        return a->n == b->n;
    case WORKFLOW_KIND_LIST:
    case WORKFLOW_KIND_RECORD:
        return a->n == b->n && equal_items(a, b, fuel, depth - 1);
    case WORKFLOW_KIND_MAP:
        return a->n == b->n && equal_maps(a, b, fuel, depth - 1);
    default:
        return false;
    }
}

bool operate_equal(const struct workflow_value *a, const struct workflow_value *b, uint64_t *fuel)
{
    return equal(a, b, fuel, EQUAL_DEPTH_MAX);
}

bool workflow_value_equal(const struct workflow_value *a, const struct workflow_value *b)
{
    return equal(a, b, NULL, EQUAL_DEPTH_MAX);
}

enum order { ORDER_LESS, ORDER_SAME, ORDER_GREATER, ORDER_UNRELATED, ORDER_NONE };

#define ORDER(a, b) ((a) < (b) ? ORDER_LESS : (a) > (b) ? ORDER_GREATER : (a) == (b) ? ORDER_SAME : ORDER_UNRELATED)

static enum order order_texts(const struct workflow_value *a, const struct workflow_value *b, uint64_t *fuel)
{
    uint32_t shorter = a->n < b->n ? a->n : b->n;
    if (!burn(fuel, shorter / 16))
        return ORDER_NONE;
    int difference = shorter == 0 ? 0 : memcmp(a->text, b->text, shorter);
    return difference != 0 ? ORDER(difference, 0) : ORDER(a->n, b->n);
}

/* Ints and doubles are compared as doubles, as the conformance cases of the specification have it. */
static enum order order(const struct workflow_value *a, const struct workflow_value *b, uint64_t *fuel)
{
    if (a->kind == WORKFLOW_KIND_INT && b->kind == WORKFLOW_KIND_INT)
        return ORDER(a->integer, b->integer);
    if (is_number(a) && is_number(b))
        return ORDER(as_double(a), as_double(b));
    if (a->kind != b->kind)
        return ORDER_NONE;
    switch (a->kind) {
    case WORKFLOW_KIND_BOOL:
        return ORDER(a->boolean, b->boolean);
    case WORKFLOW_KIND_STRING:
        return order_texts(a, b, fuel);
    case WORKFLOW_KIND_TIMESTAMP:
    case WORKFLOW_KIND_DURATION:
        return a->integer != b->integer ? ORDER(a->integer, b->integer) : ORDER(a->n, b->n);
    default:
        return ORDER_NONE;
    }
}

static struct workflow_value relation(struct machine *machine, const struct code_instruction *i,
                                      const struct workflow_value *a, const struct workflow_value *b)
{
    enum order found = order(a, b, &machine->fuel);
    if (found == ORDER_NONE)
        return machine_error(machine->fuel == 0 ? WORKFLOW_ERROR_TOO_LONG : WORKFLOW_ERROR_NO_SUCH_OVERLOAD, i->at);
    switch (i->op) {
    case CODE_LESS:
        return workflow_value_bool(found == ORDER_LESS);
    case CODE_LESS_EQUAL:
        return workflow_value_bool(found == ORDER_LESS || found == ORDER_SAME);
    case CODE_GREATER:
        return workflow_value_bool(found == ORDER_GREATER);
    default:
        return workflow_value_bool(found == ORDER_GREATER || found == ORDER_SAME);
    }
}

static struct workflow_value arithmetic_of_ints(const struct code_instruction *i, int64_t a, int64_t b)
{
    int64_t result = 0;
    bool overflow = false;
    switch (i->op) {
    case CODE_ADD:
        overflow = __builtin_add_overflow(a, b, &result);
        break;
    case CODE_SUBTRACT:
        overflow = __builtin_sub_overflow(a, b, &result);
        break;
    case CODE_MULTIPLY:
        overflow = __builtin_mul_overflow(a, b, &result);
        break;
    default:
        if (b == 0)
            return machine_error(WORKFLOW_ERROR_DIVISION_BY_ZERO, i->at);
        overflow = a == INT64_MIN && b == -1;
        if (!overflow)
            result = i->op == CODE_DIVIDE ? a / b : a % b;
    }
    return overflow ? machine_error(WORKFLOW_ERROR_OVERFLOW, i->at) : workflow_value_int(result);
}

static struct workflow_value arithmetic_of_doubles(const struct code_instruction *i, double a, double b)
{
    switch (i->op) {
    case CODE_ADD:
        return workflow_value_double(a + b);
    case CODE_SUBTRACT:
        return workflow_value_double(a - b);
    case CODE_MULTIPLY:
        return workflow_value_double(a * b);
    case CODE_DIVIDE: /* by zero too: IEEE 754 says what that is */
        return workflow_value_double(b != 0                                   ? a / b
                                     : a != a || a == 0                       ? __builtin_nan("")
                                     : (a < 0) == (__builtin_signbit(b) != 0) ? __builtin_inf()
                                                                              : -__builtin_inf());
    default:
        return machine_error(WORKFLOW_ERROR_NO_SUCH_OVERLOAD, i->at);
    }
}

static struct workflow_value arithmetic_of_times(const struct code_instruction *i, const struct workflow_value *a,
                                                 const struct workflow_value *b)
{
    bool plus = i->op == CODE_ADD, instants = a->kind == WORKFLOW_KIND_TIMESTAMP && b->kind == a->kind;
    bool instant = a->kind == WORKFLOW_KIND_TIMESTAMP || b->kind == WORKFLOW_KIND_TIMESTAMP;
    bool backwards = a->kind == WORKFLOW_KIND_DURATION && instant;
    if ((!plus && i->op != CODE_SUBTRACT) || (plus && instants) || (!plus && backwards))
        return machine_error(WORKFLOW_ERROR_NO_SUCH_OVERLOAD, i->at);
    /* Both are far from the bounds of an int64_t. */
    int64_t seconds = plus ? a->integer + b->integer : a->integer - b->integer;
    int64_t nanoseconds = plus ? (int64_t)a->n + b->n : (int64_t)a->n - b->n;
    struct workflow_value result;
    bool fits = instant && !instants ? moment_timestamp(seconds, nanoseconds, &result)
                                     : moment_duration(seconds, nanoseconds, &result);
    return fits ? result : machine_error(WORKFLOW_ERROR_OVERFLOW, i->at);
}

static struct workflow_value concatenate(struct machine *machine, const struct code_instruction *i,
                                         const struct workflow_value *a, const struct workflow_value *b)
{
    bool text = a->kind == WORKFLOW_KIND_STRING;
    size_t unit = text ? 1 : sizeof *a, n = (size_t)a->n + b->n;
    if (a->n == 0 || b->n == 0)
        return a->n == 0 ? *b : *a;
    if (!machine_burn(machine, text ? n / 16 : n))
        return machine_error(WORKFLOW_ERROR_TOO_LONG, i->at);
    char *both = n > UINT32_MAX ? NULL : memory_take(machine->scratch, n * unit);
    if (both == NULL)
        return machine_error(WORKFLOW_ERROR_TOO_LARGE, i->at);
    memcpy(both, a->text, a->n * unit);
    memcpy(both + a->n * unit, b->text, b->n * unit);
    struct workflow_value result = *a;
    result.n = (uint32_t)n;
    result.text = both;
    return result;
}

static bool is_time(const struct workflow_value *value)
{
    return value->kind == WORKFLOW_KIND_TIMESTAMP || value->kind == WORKFLOW_KIND_DURATION;
}

struct workflow_value operate(struct machine *machine, const struct code_instruction *i, const struct workflow_value *a,
                              const struct workflow_value *b)
{
    if (i->op == CODE_EQUAL || i->op == CODE_NOT_EQUAL) {
        bool same = operate_equal(a, b, &machine->fuel);
        if (machine->fuel == 0)
            return machine_error(WORKFLOW_ERROR_TOO_LONG, i->at);
        return workflow_value_bool(same == (i->op == CODE_EQUAL));
    }
    if (i->op >= CODE_LESS)
        return relation(machine, i, a, b);
    if (a->kind == WORKFLOW_KIND_INT && b->kind == WORKFLOW_KIND_INT)
        return arithmetic_of_ints(i, a->integer, b->integer);
    if (a->kind == WORKFLOW_KIND_DOUBLE && b->kind == WORKFLOW_KIND_DOUBLE)
        return arithmetic_of_doubles(i, a->real, b->real);
    if (is_time(a) && is_time(b))
        return arithmetic_of_times(i, a, b);
    if (i->op == CODE_ADD && a->kind == b->kind && (a->kind == WORKFLOW_KIND_STRING || a->kind == WORKFLOW_KIND_LIST))
        return concatenate(machine, i, a, b);
    return machine_error(WORKFLOW_ERROR_NO_SUCH_OVERLOAD, i->at);
}

struct workflow_value operate_in(struct machine *machine, uint32_t at, const struct workflow_value *one,
                                 const struct workflow_value *many)
{
    bool found = false;
    if (many->kind == WORKFLOW_KIND_MAP)
        found = find(many, one, &machine->fuel) != NULL;
    else if (many->kind == WORKFLOW_KIND_LIST)
        for (uint32_t i = 0; i < many->n && !found && machine->fuel > 0; i++)
            found = operate_equal(one, &many->items[i], &machine->fuel);
    else
        return machine_error(WORKFLOW_ERROR_NO_SUCH_OVERLOAD, at);
    return machine->fuel > 0 ? workflow_value_bool(found) : machine_error(WORKFLOW_ERROR_TOO_LONG, at);
}

const struct workflow_value *operate_find(struct machine *machine, const struct workflow_value *map,
                                          const struct workflow_value *key)
{
    return find(map, key, &machine->fuel);
}

struct workflow_value operate_index(struct machine *machine, uint32_t at, const struct workflow_value *many,
                                    const struct workflow_value *index)
{
    if (many->kind == WORKFLOW_KIND_MAP) {
        const struct workflow_value *value = find(many, index, &machine->fuel);
        if (machine->fuel == 0)
            return machine_error(WORKFLOW_ERROR_TOO_LONG, at);
        return value != NULL ? *value : machine_error(WORKFLOW_ERROR_NO_SUCH_KEY, at);
    }
    if (many->kind != WORKFLOW_KIND_LIST)
        return machine_error(WORKFLOW_ERROR_NO_SUCH_OVERLOAD, at);
    int64_t place = index->kind == WORKFLOW_KIND_INT ? index->integer : -1;
    if (index->kind == WORKFLOW_KIND_DOUBLE && index->real >= 0 && index->real < 4294967296.0 &&
        (double)(uint32_t)index->real == index->real)
        place = (int64_t)index->real;
    if (place < 0 || place >= (int64_t)many->n)
        return machine_error(WORKFLOW_ERROR_INDEX, at);
    return many->items[place];
}
