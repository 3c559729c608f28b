/* What functions mean: cel-spec, doc/langdef.md, Standard definitions. */
#include "workflow/expression/evaluate.h"
#include "workflow/expression/number.h"

static struct workflow_value invalid(const struct code_instruction *i)
{
    return machine_error(WORKFLOW_ERROR_INVALID, i->at);
}

static struct workflow_value no_overload(const struct code_instruction *i)
{
    return machine_error(WORKFLOW_ERROR_NO_SUCH_OVERLOAD, i->at);
}

/* A string is as long as it has code points. */
static struct workflow_value size_of(struct machine *machine, const struct code_instruction *i,
                                     const struct workflow_value *a)
{
    int64_t n = 0;
    if (a->kind == WORKFLOW_KIND_LIST || a->kind == WORKFLOW_KIND_MAP)
        return workflow_value_int(a->n);
    if (a->kind != WORKFLOW_KIND_STRING)
        return no_overload(i);
    if (!machine_burn(machine, a->n / 16))
        return machine_error(WORKFLOW_ERROR_TOO_LONG, i->at);
    for (uint32_t k = 0; k < a->n; k++)
        n += ((unsigned char)a->text[k] & 0xc0) != 0x80;
    return workflow_value_int(n);
}

static bool text_contains(const struct workflow_value *text, const struct workflow_value *part)
{
    for (uint32_t k = 0; part->n <= text->n && k <= text->n - part->n; k++)
        if (part->n == 0 || (text->text[k] == part->text[0] && memcmp(text->text + k, part->text, part->n) == 0))
            return true;
    return false;
}

static struct workflow_value search(struct machine *machine, const struct code_instruction *i,
                                    const struct workflow_value *a, const struct workflow_value *b)
{
    if (a->kind != WORKFLOW_KIND_STRING || b->kind != WORKFLOW_KIND_STRING)
        return no_overload(i);
    bool anywhere = i->op == CODE_FUNCTION + FUNCTION_CONTAINS;
    uint64_t work = anywhere ? (uint64_t)a->n * b->n / 16 + 1 : b->n / 16;
    if (!machine_burn(machine, work))
        return machine_error(WORKFLOW_ERROR_TOO_LONG, i->at);
    if (anywhere)
        return workflow_value_bool(text_contains(a, b));
    if (b->n > a->n)
        return workflow_value_bool(false);
    const char *from = i->op == CODE_FUNCTION + FUNCTION_STARTS_WITH ? a->text : a->text + (a->n - b->n);
    return workflow_value_bool(b->n == 0 || memcmp(from, b->text, b->n) == 0);
}

static struct workflow_value to_int(const struct code_instruction *i, const struct workflow_value *a)
{
    int64_t integer;
    switch (a->kind) {
    case WORKFLOW_KIND_INT:
        return *a;
    case WORKFLOW_KIND_DOUBLE: /* both ends are refused: as doubles they are also their neighbours */
        if (a->real > -9223372036854775808.0 && a->real < 9223372036854775808.0)
            return workflow_value_int((int64_t)a->real);
        return machine_error(WORKFLOW_ERROR_OVERFLOW, i->at);
    case WORKFLOW_KIND_STRING:
        return number_parse_int(a->text, a->n, &integer) ? workflow_value_int(integer) : invalid(i);
    case WORKFLOW_KIND_TIMESTAMP:
        return workflow_value_int(a->integer);
    default:
        return no_overload(i);
    }
}

static struct workflow_value to_double(const struct code_instruction *i, const struct workflow_value *a)
{
    double real;
    switch (a->kind) {
    case WORKFLOW_KIND_INT:
        return workflow_value_double((double)a->integer);
    case WORKFLOW_KIND_DOUBLE:
        return *a;
    case WORKFLOW_KIND_STRING:
        return number_parse_double(a->text, a->n, &real) ? workflow_value_double(real) : invalid(i);
    default:
        return no_overload(i);
    }
}

static struct workflow_value to_bool(const struct code_instruction *i, const struct workflow_value *a)
{
    static const char *const words[] = {"true", "True", "TRUE", "t", "1", "false", "False", "FALSE", "f", "0"};
    if (a->kind == WORKFLOW_KIND_BOOL)
        return *a;
    if (a->kind != WORKFLOW_KIND_STRING)
        return no_overload(i);
    for (size_t k = 0; k < sizeof words / sizeof words[0]; k++)
        if (a->n == strlen(words[k]) && memcmp(a->text, words[k], a->n) == 0)
            return workflow_value_bool(k < 5);
    return invalid(i);
}

static struct workflow_value to_string(struct machine *machine, const struct code_instruction *i,
                                       const struct workflow_value *a)
{
    char text[NUMBER_TEXT_MAX + MOMENT_TEXT_MAX];
    size_t n;
    switch (a->kind) {
    case WORKFLOW_KIND_STRING:
        return *a;
    case WORKFLOW_KIND_BOOL:
        return workflow_value_string(a->boolean ? "true" : "false", a->boolean ? 4 : 5);
    case WORKFLOW_KIND_INT:
        n = number_print_int(a->integer, text);
        break;
    case WORKFLOW_KIND_DOUBLE:
        n = number_print_double(a->real, text);
        break;
    case WORKFLOW_KIND_TIMESTAMP:
        n = moment_print_timestamp(a, text);
        break;
    case WORKFLOW_KIND_DURATION:
        n = moment_print_duration(a, text);
        break;
    default:
        return no_overload(i);
    }
    char *kept = memory_take(machine->scratch, n);
    if (kept == NULL)
        return machine_error(WORKFLOW_ERROR_TOO_LARGE, i->at);
    memcpy(kept, text, n);
    return workflow_value_string(kept, n);
}

static struct workflow_value to_moment(const struct code_instruction *i, const struct workflow_value *a)
{
    bool instant = i->op == CODE_FUNCTION + FUNCTION_TIMESTAMP;
    struct workflow_value result;
    if (a->kind == (instant ? WORKFLOW_KIND_TIMESTAMP : WORKFLOW_KIND_DURATION))
        return *a;
    if (a->kind == WORKFLOW_KIND_INT && instant)
        return moment_timestamp(a->integer, 0, &result) ? result : machine_error(WORKFLOW_ERROR_OVERFLOW, i->at);
    if (a->kind != WORKFLOW_KIND_STRING)
        return no_overload(i);
    return (instant ? moment_parse_timestamp : moment_parse_duration)(a->text, a->n, &result) ? result : invalid(i);
}

static struct workflow_value part_of(struct machine *machine, const struct code_instruction *i,
                                     const struct workflow_value *a, const struct workflow_value *zone)
{
    enum moment_part part = (enum moment_part)(i->op - CODE_FUNCTION - FUNCTION_PART);
    const struct workflow_bindings *bindings = machine->bindings;
    int32_t offset = 0;
    if (a->kind == WORKFLOW_KIND_DURATION && moment_part_of_duration(part) && zone->kind == WORKFLOW_KIND_UNSET)
        return workflow_value_int(moment_duration_part(a, part));
    if (a->kind != WORKFLOW_KIND_TIMESTAMP || (zone->kind != WORKFLOW_KIND_UNSET && zone->kind != WORKFLOW_KIND_STRING))
        return no_overload(i);
    if (zone->kind == WORKFLOW_KIND_STRING && !moment_parse_offset(zone->text, zone->n, &offset) &&
        (bindings->zone == NULL || !bindings->zone(bindings->context, zone->text, zone->n, a->integer, &offset)))
        return invalid(i);
    return workflow_value_int(moment_timestamp_part(a, offset, part));
}

/* Numbers as texts take integers of a thousand digits; the others only look at the text once. */
static uint64_t work_of(const struct code_instruction *i, const struct workflow_value *a)
{
    uint64_t bytes = a->kind == WORKFLOW_KIND_STRING ? a->n : 0;
    bool numbers = i->op == CODE_FUNCTION + FUNCTION_DOUBLE || i->op == CODE_FUNCTION + FUNCTION_STRING;
    return numbers ? bytes + (a->kind == WORKFLOW_KIND_DOUBLE || bytes > 0 ? 1000 : 0) : bytes / 16;
}

struct workflow_value call_function(struct machine *machine, const struct code_instruction *i,
                                    const struct workflow_value *a, const struct workflow_value *b)
{
    unsigned id = (unsigned)i->op - CODE_FUNCTION;
    if (id == FUNCTION_SIZE)
        return size_of(machine, i, a);
    if (id >= FUNCTION_CONTAINS && id <= FUNCTION_ENDS_WITH)
        return search(machine, i, a, b);
    if (id >= FUNCTION_PART)
        return part_of(machine, i, a, b);
    if (!machine_burn(machine, work_of(i, a)))
        return machine_error(WORKFLOW_ERROR_TOO_LONG, i->at);
    switch (id) {
    case FUNCTION_INT:
        return to_int(i, a);
    case FUNCTION_DOUBLE:
        return to_double(i, a);
    case FUNCTION_STRING:
        return to_string(machine, i, a);
    case FUNCTION_BOOL:
        return to_bool(i, a);
    case FUNCTION_TYPE:
        return (struct workflow_value){.kind = WORKFLOW_KIND_TYPE, .n = a->kind};
    case FUNCTION_DYN:
        return *a;
    default:
        return to_moment(i, a);
    }
}
