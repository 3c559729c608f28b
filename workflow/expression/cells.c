#include "workflow/expression/cells.h"

#include "workflow/expression/evaluate.h"
#include "workflow/expression/types.h"

bool cells_begin(struct cells *cells, const struct workflow_environment *environment, struct workflow_memory *memory)
{
    *cells = (struct cells){.n_roots = environment->n_roots};
    cells->roots = memory_take_zeroed(memory, (environment->n_roots + 1) * sizeof cells->roots[0]);
    for (size_t i = 0; i < environment->n_roots && cells->roots != NULL; i++) {
        const struct workflow_type *type = environment->roots[i].type;
        if (type == NULL || type->kind != WORKFLOW_KIND_RECORD)
            continue;
        struct workflow_value *fields = memory_take_zeroed(memory, (type->n_members + 1) * sizeof *fields);
        if (fields == NULL)
            return false;
        cells->roots[i] = workflow_value_record(fields, type->n_members);
    }
    return cells->roots != NULL;
}

/* ---- What an expression does with fields ------------------------------------------------------------------- */

/* Reads the code of one expression. */
struct reader {
    struct cells *cells;
    const struct workflow_expression *expression;
    const struct workflow_environment *environment;
    struct workflow_memory *memory;
    struct cells_field *sizes[CODE_REGISTERS_MAX]; /* registers that hold the size of a field */
};

static struct cells_field *make_field(struct reader *reader, struct workflow_expression_read read,
                                      const struct workflow_member *member)
{
    struct cells_field *field = &reader->cells->fields[reader->cells->n_fields];
    if (reader->cells->n_fields == CELLS_FIELDS_MAX)
        return NULL;
    struct workflow_value *constants = memory_take(reader->memory, CELLS_CONSTANTS_MAX * sizeof *constants);
    struct workflow_value *room = memory_take(reader->memory, CELLS_MAX * sizeof *room);
    if (constants == NULL || room == NULL || member->type == NULL)
        return NULL;
    *field = (struct cells_field){
        .read = read, .type = member->type, .may_be_unset = !member->always_set, .cells = room, .constants = constants};
    reader->cells->n_fields++;
    return field;
}

/* The field at a place; NULL when it is none whose values can be told, or one too many. */
static struct cells_field *field_at(struct reader *reader, uint16_t operand)
{
    const struct code_place *place = &code_places(reader->expression)[operand & CODE_INDEX];
    const struct workflow_environment *environment = reader->environment;
    if ((operand & ~CODE_INDEX) != CODE_PLACE || place->root >= environment->n_roots)
        return NULL;
    const struct workflow_member *member = &environment->roots[place->root];
    bool record = member->type != NULL && member->type->kind == WORKFLOW_KIND_RECORD;
    if (record != (place->member != CODE_NONE) || (record && place->member >= member->type->n_members))
        return NULL;
    if (record)
        member = &member->type->members[place->member];
    struct workflow_expression_read read = {place->root, record ? (int)place->member : -1};
    for (size_t i = 0; i < reader->cells->n_fields; i++) {
        struct cells_field *known = &reader->cells->fields[i];
        if (known->read.root == read.root && known->read.member == read.member)
            return known;
    }
    return make_field(reader, read, member);
}

/* Takes note of a constant that a field is compared with. */
static bool note(struct reader *reader, struct cells_field *field, uint32_t index, bool ordered)
{
    struct workflow_value value = code_constants(reader->expression)[index];
    enum workflow_kind kind = field->as_size ? WORKFLOW_KIND_INT : field->type->kind;
    if (value.kind == WORKFLOW_KIND_STRING)
        value.text = code_bytes(reader->expression) + value.integer;
    if (value.kind != kind || kind == WORKFLOW_KIND_DOUBLE || field->n_constants == CELLS_CONSTANTS_MAX)
        return false;
    field->constants[field->n_constants++] = value;
    field->ordered = field->ordered || ordered;
    return true;
}

/* field op constant, constant op field, size(field) op constant. */
static bool read_comparison(struct reader *reader, const struct code_instruction *i)
{
    bool swapped = (i->a & ~CODE_INDEX) == CODE_CONSTANT;
    uint16_t operand = swapped ? i->b : i->a, constant = swapped ? i->a : i->b;
    bool list = i->op == CODE_IN_CONSTANTS, ordered = i->op >= CODE_LESS && i->op <= CODE_GREATER_EQUAL;
    if ((constant & ~CODE_INDEX) != CODE_CONSTANT || (swapped && list))
        return false;
    bool size = (operand & ~CODE_INDEX) == CODE_REGISTER;
    struct cells_field *field = size ? reader->sizes[operand] : field_at(reader, operand);
    if (field == NULL)
        return false;
    field->as_value = field->as_value || !size;
    if (!list)
        return note(reader, field, constant & CODE_INDEX, ordered);
    const struct workflow_value *all = &code_constants(reader->expression)[constant & CODE_INDEX];
    for (uint32_t k = 0; k < all->n; k++)
        if (!note(reader, field, (uint32_t)all->integer + k, false))
            return false;
    return true;
}

/* What && || ! and ?: look at: a bool field, a constant, or what was computed and is no size. */
static bool read_truth(struct reader *reader, uint16_t operand)
{
    if ((operand & ~CODE_INDEX) == CODE_REGISTER)
        return reader->sizes[operand] == NULL;
    if ((operand & ~CODE_INDEX) == CODE_CONSTANT)
        return true;
    struct cells_field *field = field_at(reader, operand);
    if (field == NULL || field->type->kind != WORKFLOW_KIND_BOOL)
        return false;
    field->as_value = true;
    return true;
}

static bool read_size(struct reader *reader, const struct code_instruction *i)
{
    struct cells_field *field = field_at(reader, i->a);
    if (field == NULL || (field->type->kind != WORKFLOW_KIND_LIST && field->type->kind != WORKFLOW_KIND_MAP))
        return false;
    field->as_size = true;
    reader->sizes[i->to] = field;
    return true;
}

static bool read_instruction(struct reader *reader, const struct code_instruction *i)
{
    if (i->op == CODE_FUNCTION + FUNCTION_SIZE)
        return read_size(reader, i);
    bool fine;
    if (i->op >= CODE_EQUAL && i->op <= CODE_IN_CONSTANTS && i->op != CODE_IN)
        fine = read_comparison(reader, i);
    else if (i->op == CODE_MOVE || i->op == CODE_NOT || i->op == CODE_AND || i->op == CODE_OR)
        fine = read_truth(reader, i->a);
    else if (i->op == CODE_HAS_PLACE)
        fine = field_at(reader, i->a) != NULL;
    else
        return i->op == CODE_AND_FIRST || i->op == CODE_OR_FIRST || i->op == CODE_BRANCH || i->op == CODE_JUMP;
    reader->sizes[i->to] = NULL;
    return fine;
}

bool cells_add(struct cells *cells, const struct workflow_expression *expression,
               const struct workflow_environment *environment, struct workflow_memory *memory)
{
    struct reader reader = {.cells = cells, .expression = expression, .environment = environment, .memory = memory};
    for (size_t i = 0; i < expression->n_code; i++)
        if (!read_instruction(&reader, &code_instructions(expression)[i]))
            return false;
    return read_truth(&reader, expression->result);
}

/* ---- Cells ------------------------------------------------------------------------------------------------- */

static int compare(const struct workflow_value *a, const struct workflow_value *b)
{
    if (a->integer != b->integer)
        return a->integer < b->integer ? -1 : 1;
    bool moment = a->kind != WORKFLOW_KIND_INT;
    return !moment || a->n == b->n ? 0 : a->n < b->n ? -1 : 1;
}

/* The next value, or the one before; false: there is none. */
static bool neighbour(const struct workflow_value *value, int step, struct workflow_value *ret)
{
    *ret = *value;
    switch (value->kind) {
    case WORKFLOW_KIND_INT:
        return !__builtin_add_overflow(value->integer, step, &ret->integer);
    case WORKFLOW_KIND_TIMESTAMP:
        return moment_timestamp(value->integer, (int64_t)value->n + step, ret);
    default:
        return moment_duration(value->integer, (int64_t)value->n + step, ret);
    }
}

/* The ends of what a field can be. */
static struct workflow_value domain_end(const struct cells_field *field, bool last)
{
    const struct workflow_type *type = field->type;
    bool declared = last ? type->has_max : type->has_min;
    int64_t bound = last ? type->max : type->min;
    if (field->as_size)
        return workflow_value_int(declared && bound >= 0 ? bound : last ? UINT32_MAX : 0);
    if (type->kind == WORKFLOW_KIND_INT)
        return workflow_value_int(declared ? bound : last ? INT64_MAX : INT64_MIN);
    if (type->kind == WORKFLOW_KIND_TIMESTAMP)
        return last ? workflow_value_timestamp(253402300799, 999999999) : workflow_value_timestamp(-62135596800, 0);
    return last ? workflow_value_duration(9223372036, 854775807) : workflow_value_duration(-9223372037, 145224192);
}

static void insert(struct cells_field *field, struct workflow_value value, const struct workflow_value *first)
{
    if (compare(&value, first) < 0 || compare(&value, &field->last) > 0)
        return;
    size_t at = field->n_cells, begin = field->may_be_unset;
    while (at > begin && compare(&field->cells[at - 1], &value) > 0)
        at--;
    if (at > begin && compare(&field->cells[at - 1], &value) == 0)
        return;
    memmove(field->cells + at + 1, field->cells + at, (field->n_cells - at) * sizeof value);
    field->cells[at] = value;
    field->n_cells++;
}

/* Points and stretches: each begins at a constant or just behind one. */
static void cut_ordered(struct cells_field *field)
{
    struct workflow_value first = domain_end(field, false), next;
    field->last = domain_end(field, true);
    insert(field, first, &first);
    for (size_t i = 0; i < field->n_constants; i++) {
        insert(field, field->constants[i], &first);
        if (neighbour(&field->constants[i], 1, &next))
            insert(field, next, &first);
    }
}

/* A string that is none of the constants: longer than all. */
static bool other_string(struct cells_field *field, struct workflow_memory *memory)
{
    size_t longest = 0;
    for (size_t i = 0; i < field->n_constants; i++)
        longest = field->constants[i].n > longest ? field->constants[i].n : longest;
    char *text = memory_take(memory, longest + 1);
    if (text == NULL)
        return false;
    memset(text, '*', longest + 1);
    field->cells[field->n_cells++] = workflow_value_string(text, longest + 1);
    field->other = true;
    return true;
}

static bool cut_strings(struct cells_field *field, struct workflow_memory *memory)
{
    if (field->type->n_options > 0) {
        if (field->type->n_options > CELLS_MAX - 1)
            return false;
        for (size_t i = 0; i < field->type->n_options; i++)
            field->cells[field->n_cells++] =
                workflow_value_string(field->type->options[i], strlen(field->type->options[i]));
        return true;
    }
    for (size_t i = 0; i < field->n_constants; i++) {
        bool known = false;
        for (size_t k = field->may_be_unset; k < field->n_cells; k++)
            known = known || workflow_value_equal(&field->cells[k], &field->constants[i]);
        if (!known)
            field->cells[field->n_cells++] = field->constants[i];
    }
    return !field->ordered && other_string(field, memory);
}

static bool cut(struct cells_field *field, struct workflow_memory *memory)
{
    if (field->may_be_unset)
        field->cells[field->n_cells++] = workflow_value_unset();
    if (field->as_size && field->as_value)
        return false;
    switch (field->as_size ? WORKFLOW_KIND_INT : field->type->kind) {
    case WORKFLOW_KIND_BOOL:
        field->cells[field->n_cells++] = workflow_value_bool(false);
        field->cells[field->n_cells++] = workflow_value_bool(true);
        return true;
    case WORKFLOW_KIND_STRING:
        return cut_strings(field, memory);
    case WORKFLOW_KIND_INT:
    case WORKFLOW_KIND_TIMESTAMP:
    case WORKFLOW_KIND_DURATION:
        cut_ordered(field);
        return true;
    default: /* only asked has() about: any value does */
        field->cells[field->n_cells++] = workflow_value_null();
        return !field->as_value;
    }
}

bool cells_cut(struct cells *cells, struct workflow_memory *memory)
{
    for (size_t i = 0; i < cells->n_fields; i++)
        if (!cut(&cells->fields[i], memory))
            return false;
    return true;
}

void cells_set(struct cells *cells, size_t field, size_t cell)
{
    const struct cells_field *it = &cells->fields[field];
    struct workflow_value value = it->cells[cell], *root = &cells->roots[it->read.root];
    if (it->as_size && value.kind == WORKFLOW_KIND_INT) /* nobody looks at the elements */
        value = (struct workflow_value){.kind = (uint8_t)it->type->kind, .n = (uint32_t)value.integer};
    if (it->read.member >= 0)
        ((struct workflow_value *)root->items)[it->read.member] = value;
    else
        *root = value;
}

struct workflow_value cells_last(const struct cells_field *field, size_t cell)
{
    struct workflow_value last = field->cells[cell];
    bool ordered =
        last.kind == WORKFLOW_KIND_INT || last.kind == WORKFLOW_KIND_TIMESTAMP || last.kind == WORKFLOW_KIND_DURATION;
    if (!ordered)
        return last;
    if (cell + 1 == field->n_cells)
        return field->last;
    neighbour(&field->cells[cell + 1], -1, &last);
    return last;
}
