/* Expressions of a definition: what they may name, and their faults told where they stand in the document. */
#include "workflow/definition/reader.h"
#include "workflow/facts.h"

#include <string.h>

enum { EXPRESSION_FAULTS = 4, ROOTS_BEFORE_CLOCKS = 4 };

static const struct workflow_type dyn = {.kind = WORKFLOW_KIND_DYN}, timestamp = {.kind = WORKFLOW_KIND_TIMESTAMP},
                                  integer = {.kind = WORKFLOW_KIND_INT}, string = {.kind = WORKFLOW_KIND_STRING};

enum workflow_kind kind_of_field(const struct workflow_field_info *field)
{
    static const enum workflow_kind kinds[] = {
        [WORKFLOW_FIELD_STRING] = WORKFLOW_KIND_STRING,  [WORKFLOW_FIELD_INT] = WORKFLOW_KIND_INT,
        [WORKFLOW_FIELD_CENTS] = WORKFLOW_KIND_INT,      [WORKFLOW_FIELD_BOOL] = WORKFLOW_KIND_BOOL,
        [WORKFLOW_FIELD_DATE] = WORKFLOW_KIND_TIMESTAMP, [WORKFLOW_FIELD_INSTANT] = WORKFLOW_KIND_TIMESTAMP,
        [WORKFLOW_FIELD_ENUM] = WORKFLOW_KIND_STRING,    [WORKFLOW_FIELD_DOC] = WORKFLOW_KIND_STRING,
        [WORKFLOW_FIELD_DOCS] = WORKFLOW_KIND_LIST,      [WORKFLOW_FIELD_REF] = WORKFLOW_KIND_STRING,
        [WORKFLOW_FIELD_LIST] = WORKFLOW_KIND_LIST,
    };
    return kinds[field->type];
}

static struct workflow_type type_of_field(const struct workflow_field_info *field)
{
    struct workflow_type type = {.kind = kind_of_field(field)};

    if (field->type == WORKFLOW_FIELD_DOCS)
        type.element = &string;
    if (field->type == WORKFLOW_FIELD_ENUM) {
        type.options = field->options;
        type.n_options = field->n_options;
    }
    /* Characters, where the expressions count bytes. */
    if (field->type == WORKFLOW_FIELD_STRING)
        return type;
    type.has_min = field->has_min;
    type.has_max = field->has_max;
    type.min = field->min;
    type.max = field->max;
    return type;
}

static const struct workflow_type *type_of_data(struct reader *reader)
{
    const struct workflow *wf = reader->wf;
    struct workflow_type *types = keep_alloc(reader, wf->n_fields, sizeof(*types));
    struct workflow_member *members = keep_alloc(reader, wf->n_fields, sizeof(*members));
    struct workflow_type *data = keep_alloc(reader, 1, sizeof(*data));

    if (!types || !members || !data)
        return &dyn;
    for (unsigned i = 0; i < wf->n_fields; i++) {
        types[i] = type_of_field(&wf->fields[i]);
        members[i] = (struct workflow_member){.name = wf->fields[i].key, .type = &types[i]};
    }
    *data = (struct workflow_type){.kind = WORKFLOW_KIND_RECORD, .members = members, .n_members = wf->n_fields};
    return data;
}

const struct workflow_type *expressions_data(struct reader *reader)
{
    if (!reader->data)
        reader->data = type_of_data(reader);
    return reader->data;
}

/* What comes with an act is as it was sent: days and instants are texts. */
static const struct workflow_type *type_as_sent(const struct workflow_type *type)
{
    return type->kind == WORKFLOW_KIND_TIMESTAMP ? &string : type;
}

/* What an act may bring are fields of the definition; what a vote came to has facts of its own, and a name that is both
 * may be either. */
static const struct workflow_type *type_of_event(struct reader *reader)
{
    const struct workflow_type *data = expressions_data(reader);
    const size_t n_tally = reader->wf->n_panels > 0 ? WORKFLOW_TALLY_FACTS : 0;
    struct workflow_member *members = keep_alloc(reader, data->n_members + n_tally + 1, sizeof(*members));
    struct workflow_type *event = keep_alloc(reader, 1, sizeof(*event));
    size_t n = data->n_members;

    if (!members || !event || data->kind != WORKFLOW_KIND_RECORD)
        return &dyn;
    for (size_t i = 0; i < data->n_members; i++)
        members[i] =
            (struct workflow_member){.name = data->members[i].name, .type = type_as_sent(data->members[i].type)};
    for (size_t i = 0; i < n_tally; i++) {
        unsigned field;
        if (workflow_field_find(reader->wf, workflow_tally_members[i].name, &field))
            members[field].type = members[field].type->kind == WORKFLOW_KIND_INT ? &integer : &dyn;
        else
            members[n++] = workflow_tally_members[i];
    }
    *event = (struct workflow_type){.kind = WORKFLOW_KIND_MAP, .key = &string, .members = members, .n_members = n};
    return event;
}

bool expressions_room(struct reader *reader)
{
    if (!reader->expressions.bytes) {
        reader->expressions.bytes = draft_alloc(reader, 1, WORKFLOW_EXPRESSION_MEMORY);
        reader->expressions.size = reader->expressions.bytes ? WORKFLOW_EXPRESSION_MEMORY : 0;
    }
    return reader->expressions.bytes != NULL;
}

/* Each clock is a name of two parts. */
static const char *clock_root(struct reader *reader, const char *key)
{
    static const char prefix[] = "clock.";
    char *name = keep_alloc(reader, strlen(prefix) + strlen(key) + 1, 1);

    if (!name)
        return "";
    memcpy(name, prefix, strlen(prefix));
    memcpy(name + strlen(prefix), key, strlen(key) + 1);
    return name;
}

static bool resolve_state(void *context, const char *text, size_t length, uint32_t *ret_number)
{
    const struct workflow *wf = context;

    for (unsigned i = 0; i < wf->n_states; i++) {
        const struct workflow_state_info *info = &wf->states[i].info;
        if (info->kind == WORKFLOW_STATE_HISTORY || strlen(info->path) != length ||
            memcmp(info->path, text, length) != 0)
            continue;
        *ret_number = i;
        return true;
    }
    return false;
}

static const char *suggest_state(void *context, size_t i)
{
    const struct workflow *wf = context;

    return i < wf->n_states ? wf->states[i].info.path : NULL;
}

static const struct workflow_predicate in_state = {"in_state", resolve_state, suggest_state};

void expressions_prepare(struct reader *reader)
{
    struct workflow *wf = reader->wf;
    size_t n = ROOTS_BEFORE_CLOCKS + (size_t)wf->n_clocks;
    struct workflow_environment *environment = keep_alloc(reader, 1, sizeof(*environment));
    struct workflow_member *roots = keep_alloc(reader, n, sizeof(*roots));

    if (!expressions_room(reader) || !environment || !roots)
        return;
    roots[0] = (struct workflow_member){.name = "data", .type = expressions_data(reader), .always_set = true};
    roots[1] = (struct workflow_member){.name = "event", .type = type_of_event(reader)};
    roots[2] = (struct workflow_member){.name = "ticket", .type = &workflow_ticket_type, .always_set = true};
    roots[3] = (struct workflow_member){.name = "now", .type = &timestamp, .always_set = true};
    for (unsigned i = 0; i < wf->n_clocks; i++)
        roots[ROOTS_BEFORE_CLOCKS + i] = (struct workflow_member){
            .name = clock_root(reader, reader->draft->clocks[i].key), .type = &workflow_clock_type};
    *environment = (struct workflow_environment){
        .roots = roots, .n_roots = n, .predicates = &in_state, .n_predicates = 1, .context = wf};
    wf->environment = environment;
}

/* A stretch that a step can look at; false for one of another kind, or that stands for the field being unset. */
static bool stretch_of(struct reader *reader, struct machine_solution *solution,
                       const struct workflow_expression_range *range)
{
    struct workflow_value min = range->min;

    if (range->other || min.kind != solution->kind)
        return false;
    if (min.kind == WORKFLOW_KIND_STRING) {
        char text[WORKFLOW_KEY_MAX + 1] = "";
        if (min.n > WORKFLOW_KEY_MAX)
            return false;
        memcpy(text, min.text, min.n);
        solution->stretches[solution->n].text = keep_text(reader, text);
        solution->stretches[solution->n].max = min.n;
    } else {
        solution->stretches[solution->n].min = min.kind == WORKFLOW_KIND_BOOL ? min.boolean : min.integer;
        solution->stretches[solution->n].max = min.kind == WORKFLOW_KIND_BOOL ? min.boolean : range->max.integer;
    }
    solution->n++;
    return true;
}

/* What of an expression can be known once and for all. Only values of the field are answered by it, never its absence.
 */
static void solve(struct reader *reader, const struct workflow_environment *environment, unsigned number)
{
    struct workflow_expression_range ranges[MACHINE_STRETCHES_MAX];
    struct workflow_expression_read read;
    const struct workflow_expression *expression = reader->draft->expressions[number];
    struct machine_solution *solution = &reader->draft->solutions[number], found = {.n = 0};
    const struct workflow_field_info *field;
    size_t n = 0;

    if (environment != reader->wf->environment || workflow_expression_reads(expression, &read, 1) != 1 ||
        read.root != 0 || read.member < 0)
        return;
    field = &reader->wf->fields[read.member];
    found.field = (uint16_t)read.member;
    found.kind = (uint8_t)kind_of_field(field);
    found.least = field->has_min ? field->min : INT64_MIN;
    found.most = field->has_max ? field->max : INT64_MAX;
    if (found.kind != WORKFLOW_KIND_INT && found.kind != WORKFLOW_KIND_BOOL && field->type != WORKFLOW_FIELD_ENUM)
        return;
    reader->expressions.used = 0;
    if (!workflow_expression_solve(expression, environment, &reader->expressions, ranges, COUNT_OF(ranges), &n) ||
        n > COUNT_OF(ranges))
        return;
    for (size_t i = 0; i < n; i++)
        if (ranges[i].min.kind != WORKFLOW_KIND_UNSET && !stretch_of(reader, &found, &ranges[i]))
            return;
    found.solved = true;
    *solution = found;
}

static int compile(struct reader *reader, const struct place *at, json_t *value,
                   const struct workflow_environment *environment, enum workflow_kind wanted)
{
    struct workflow_expression_fault list[EXPRESSION_FAULTS];
    struct workflow_expression_faults faults = {list, EXPRESSION_FAULTS, 0};
    struct workflow_type type = {.kind = wanted};
    const char *text = read_string(reader, at, value, WORKFLOW_EXPRESSION_LENGTH_MAX);
    const struct workflow_expression *expression;
    unsigned place;
    void *copy;

    if (!text || !environment || !expressions_room(reader))
        return MACHINE_NONE;
    reader->expressions.used = 0;
    expression = workflow_expression_compile(text, strlen(text), environment, &type, &reader->expressions, &faults);
    if (!expression) {
        report_expression(reader->report, at, &faults);
        return MACHINE_NONE;
    }
    copy = keep_alloc(reader, 1, workflow_expression_size(expression));
    if (!copy || !list_take(reader, at, &reader->wf->n_expressions, DRAFT_EXPRESSIONS_MAX, &place))
        return MACHINE_NONE;
    memcpy(copy, expression, workflow_expression_size(expression));
    reader->draft->expressions[place] = copy;
    if (wanted == WORKFLOW_KIND_BOOL)
        solve(reader, environment, place);
    return (int)place;
}

int read_expression(struct reader *reader, const struct place *at, json_t *value, enum workflow_kind wanted)
{
    return compile(reader, at, value, reader->wf->environment, wanted);
}

int read_recusal(struct reader *reader, const struct place *at, json_t *value)
{
    static const struct workflow_member roots[] = {{"member", &workflow_voter_type, true},
                                                   {"ticket", &workflow_ticket_type, true}};
    const struct workflow_environment environment = {.roots = roots, .n_roots = COUNT_OF(roots)};

    return compile(reader, at, value, &environment, WORKFLOW_KIND_BOOL);
}
