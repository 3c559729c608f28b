/* `data`: the fields of a request, which transitions may require. */
#include "workflow/definition/reader.h"

#include <string.h>

enum { OPTIONS_MAX = 32, OPTION_MAX = 64 };

/* Larger integers are not the same in every reader of JSON (RFC 7493), nor in a canonical form (RFC 8785). */
static const int64_t INTEGER_MAX = INT64_C(9007199254740991);

/* A field and what its type decides only at the end: the members may come in any order. */
struct field_draft {
    struct workflow_field_info *field;
    bool has_type;
    json_t *of, *initial;
};

static void read_type(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct word words[] = {
        {"string", WORKFLOW_FIELD_STRING}, {"int", WORKFLOW_FIELD_INT},   {"cents", WORKFLOW_FIELD_CENTS},
        {"bool", WORKFLOW_FIELD_BOOL},     {"date", WORKFLOW_FIELD_DATE}, {"instant", WORKFLOW_FIELD_INSTANT},
        {"enum", WORKFLOW_FIELD_ENUM},     {"doc", WORKFLOW_FIELD_DOC},   {"docs", WORKFLOW_FIELD_DOCS},
        {"ref", WORKFLOW_FIELD_REF},       {"list", WORKFLOW_FIELD_LIST},
    };
    struct field_draft *draft = into;
    int type;

    draft->has_type = read_word(reader, at, value, words, COUNT_OF(words), &type);
    if (draft->has_type)
        draft->field->type = (enum workflow_field_type)type;
}

static void read_min(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct workflow_field_info *field = ((struct field_draft *)into)->field;

    field->has_min = read_integer(reader, at, value, -INTEGER_MAX, INTEGER_MAX, &field->min);
}

static void read_max(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct workflow_field_info *field = ((struct field_draft *)into)->field;

    field->has_max = read_integer(reader, at, value, -INTEGER_MAX, INTEGER_MAX, &field->max);
}

static void read_field_label(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_text(reader, at, value, &((struct field_draft *)into)->field->label);
}

static void keep_of(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    (void)reader;
    (void)at;
    ((struct field_draft *)into)->of = value;
}

static void keep_default(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    (void)reader;
    (void)at;
    ((struct field_draft *)into)->initial = value;
}

static void read_writer(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct word words[] = {{"procedure", 1}};
    int writer;

    if (read_word(reader, at, value, words, COUNT_OF(words), &writer))
        ((struct field_draft *)into)->field->by_procedure = true;
}

struct options {
    const char **items;
    size_t n;
};

static void read_option(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct options *options = into;
    const char *option = read_string(reader, at, value, OPTION_MAX);

    if (!option)
        return;
    for (size_t i = 0; i < options->n; i++)
        if (strcmp(options->items[i], option) == 0)
            report_fault(reader->report, at, "duplicate_item", "This value is there already");
    options->items[options->n++] = keep_text(reader, option);
}

static void read_options(struct reader *reader, const struct place *at, json_t *value,
                         struct workflow_field_info *field)
{
    struct options options = {keep_alloc(reader, OPTIONS_MAX, sizeof(char *)), 0};

    if (!options.items)
        return;
    read_items(reader, at, value, 1, OPTIONS_MAX, read_option, &options);
    field->options = options.items;
    field->n_options = options.n;
}

/* `of` lists the values of an enum, names the kind of a ref or list, and is out of place in any other type. */
static void read_of(struct reader *reader, const struct place *at, struct field_draft *draft)
{
    struct workflow_field_info *field = draft->field;
    struct place here = {at, "of", 0};
    const char *of;

    switch (field->type) {
    case WORKFLOW_FIELD_ENUM:
        if (draft->of)
            read_options(reader, &here, draft->of, field);
        break;
    case WORKFLOW_FIELD_REF:
    case WORKFLOW_FIELD_LIST:
        of = draft->of ? read_string(reader, &here, draft->of, OPTION_MAX) : NULL;
        if (of)
            field->of = keep_text(reader, of);
        break;
    default:
        if (draft->of)
            report_fault(reader->report, &here, "misplaced_member", "\"of\" means nothing for this type");
        return;
    }
    if (!draft->of)
        report_fault(reader->report, at, "missing_member", "\"of\" is missing");
}

static void check_bounds(struct reader *reader, const struct place *at, const struct workflow_field_info *field)
{
    struct place min = {at, "min", 0}, max = {at, "max", 0};
    bool bounded = false;

    switch (field->type) {
    case WORKFLOW_FIELD_STRING:
    case WORKFLOW_FIELD_LIST:
    case WORKFLOW_FIELD_DOCS:
        bounded = true;
        if (field->has_min && field->min < 0)
            report_fault(reader->report, &min, "out_of_range", "A length is not negative");
        break;
    case WORKFLOW_FIELD_INT:
    case WORKFLOW_FIELD_CENTS:
        bounded = true;
        break;
    default:
        break;
    }
    if (!bounded && field->has_min)
        report_fault(reader->report, &min, "misplaced_member", "\"min\" means nothing for this type");
    if (!bounded && field->has_max)
        report_fault(reader->report, &max, "misplaced_member", "\"max\" means nothing for this type");
    if (bounded && field->has_min && field->has_max && field->min > field->max)
        report_fault(reader->report, &max, "out_of_range", "\"max\" is less than \"min\"");
}

static bool is_option(const struct workflow_field_info *field, const char *word)
{
    for (size_t i = 0; i < field->n_options; i++)
        if (strcmp(field->options[i], word) == 0)
            return true;
    return false;
}

/* The value that a field has from the start, for what is counted or asked before anybody fills it. */
static bool read_value(struct reader *reader, const struct place *at, const struct field_draft *draft,
                       struct workflow_value *ret)
{
    const struct workflow_field_info *field = draft->field;
    int64_t least = field->has_min ? field->min : -INTEGER_MAX, most = field->has_max ? field->max : INTEGER_MAX;
    const char *text;
    int64_t number;
    bool boolean;

    switch (field->type) {
    case WORKFLOW_FIELD_INT:
    case WORKFLOW_FIELD_CENTS:
        if (!read_integer(reader, at, draft->initial, least, most, &number))
            return false;
        *ret = workflow_value_int(number);
        return true;
    case WORKFLOW_FIELD_BOOL:
        if (!read_bool(reader, at, draft->initial, &boolean))
            return false;
        *ret = workflow_value_bool(boolean);
        return true;
    case WORKFLOW_FIELD_ENUM:
        text = read_string(reader, at, draft->initial, OPTION_MAX);
        if (text && !is_option(field, text))
            report_fault(reader->report, at, "unknown_value", "\"of\" does not list \"%.60s\"", text);
        text = text ? keep_text(reader, text) : "";
        *ret = workflow_value_string(text, strlen(text));
        return *text != '\0';
    default:
        report_fault(reader->report, at, "misplaced_member", "\"default\": numbers, booleans and enums have one");
        return false;
    }
}

static void read_default(struct reader *reader, const struct place *at, const struct field_draft *draft, unsigned field)
{
    struct place here = {at, "default", 0};
    struct workflow_value value;

    if (draft->initial && read_value(reader, &here, draft, &value))
        reader->draft->defaults[reader->wf->n_defaults++] =
            (struct machine_default){.field = (uint16_t)field, .value = value};
}

static void read_field(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct member members[] = {
        {"type", MEMBER_REQUIRED, read_type},         {"of", MEMBER_OPTIONAL, keep_of},
        {"min", MEMBER_OPTIONAL, read_min},           {"max", MEMBER_OPTIONAL, read_max},
        {"label", MEMBER_OPTIONAL, read_field_label}, {"default", MEMBER_OPTIONAL, keep_default},
        {"by", MEMBER_OPTIONAL, read_writer},
    };
    struct workflow *wf = into;
    unsigned number = wf->n_fields++;
    struct workflow_field_info *field = &wf->fields[number];
    struct field_draft draft = {field, false, NULL, NULL};

    field->key = keep_text(reader, at->name);
    field->label = text_of(field->key);
    read_members(reader, at, value, members, COUNT_OF(members), &draft);
    if (!draft.has_type)
        return;
    read_of(reader, at, &draft);
    check_bounds(reader, at, field);
    read_default(reader, at, &draft, number);
}

void read_data(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_entries(reader, at, value, 0, WORKFLOW_FIELDS_MAX, read_field, into);
}
