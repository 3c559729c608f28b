#include "workflow/expression/check.h"

#include <string.h>

/* ---- Complaints -------------------------------------------------------------------------------------------- */

void check_complain(struct check *check, struct syntax_node *node, struct syntax_span span, const char *code,
                    const char *format, ...)
{
    node->type = &types_dyn; /* so that one mistake is one fault */
    if (check->environment->waive_types)
        return;
    va_list arguments;
    va_start(arguments, format);
    syntax_fault_list(check->faults, check->text, span, code, format, arguments);
    va_end(arguments);
    check->failed = true;
}

struct syntax_span check_span_all(const struct syntax_node *node)
{
    return (struct syntax_span){node->offset, node->length};
}

struct syntax_span check_span_name(const struct syntax_node *node)
{
    const char *word = syntax_operator((enum syntax_op)node->op);
    if (word != NULL)
        return (struct syntax_span){node->at, (uint32_t)strlen(word)};
    bool named = node->op >= SYNTAX_NAME && node->op <= SYNTAX_METHOD && node->op != SYNTAX_INDEX;
    uint32_t end = node->offset + node->length;
    return (struct syntax_span){node->at, named ? node->text_length : end > node->at ? end - node->at : 0};
}

void check_make_failure(struct syntax_node *node, enum workflow_error error)
{
    node->op = SYNTAX_FAILURE;
    node->child = NULL;
    node->n = 0;
    node->number = error;
    node->type = &types_dyn;
}

struct check_text check_type_text(const struct workflow_type *type)
{
    struct check_text text;
    struct writer writer = writer_begin(text.text, sizeof text.text);
    types_print(&writer, type);
    writer_end(&writer);
    return text;
}

void check_complain_type(struct check *check, struct syntax_node *node, const char *wanted)
{
    check_complain(check, node, check_span_all(node), "wrong_type", "This is %s, and %s is wanted",
                   check_type_text(node->type).text, wanted);
}

static void want_bool(struct check *check, struct syntax_node *node)
{
    if (node->type->kind != WORKFLOW_KIND_BOOL && !types_is_dyn(node->type))
        check_complain_type(check, node, "a bool");
}

/* ---- Operators --------------------------------------------------------------------------------------------- */

static const struct overload {
    enum syntax_op first, last;
    enum workflow_kind left, right, result;
} overloads[] = {
    {SYNTAX_MULTIPLY, SYNTAX_SUBTRACT, WORKFLOW_KIND_INT, WORKFLOW_KIND_INT, WORKFLOW_KIND_INT},
    {SYNTAX_MULTIPLY, SYNTAX_DIVIDE, WORKFLOW_KIND_DOUBLE, WORKFLOW_KIND_DOUBLE, WORKFLOW_KIND_DOUBLE},
    {SYNTAX_ADD, SYNTAX_SUBTRACT, WORKFLOW_KIND_DOUBLE, WORKFLOW_KIND_DOUBLE, WORKFLOW_KIND_DOUBLE},
    {SYNTAX_ADD, SYNTAX_ADD, WORKFLOW_KIND_STRING, WORKFLOW_KIND_STRING, WORKFLOW_KIND_STRING},
    {SYNTAX_ADD, SYNTAX_ADD, WORKFLOW_KIND_LIST, WORKFLOW_KIND_LIST, WORKFLOW_KIND_LIST},
    {SYNTAX_ADD, SYNTAX_SUBTRACT, WORKFLOW_KIND_TIMESTAMP, WORKFLOW_KIND_DURATION, WORKFLOW_KIND_TIMESTAMP},
    {SYNTAX_ADD, SYNTAX_ADD, WORKFLOW_KIND_DURATION, WORKFLOW_KIND_TIMESTAMP, WORKFLOW_KIND_TIMESTAMP},
    {SYNTAX_ADD, SYNTAX_SUBTRACT, WORKFLOW_KIND_DURATION, WORKFLOW_KIND_DURATION, WORKFLOW_KIND_DURATION},
    {SYNTAX_SUBTRACT, SYNTAX_SUBTRACT, WORKFLOW_KIND_TIMESTAMP, WORKFLOW_KIND_TIMESTAMP, WORKFLOW_KIND_DURATION},
    {SYNTAX_LESS, SYNTAX_GREATER_EQUAL, WORKFLOW_KIND_INT, WORKFLOW_KIND_INT, WORKFLOW_KIND_BOOL},
    {SYNTAX_LESS, SYNTAX_GREATER_EQUAL, WORKFLOW_KIND_DOUBLE, WORKFLOW_KIND_DOUBLE, WORKFLOW_KIND_BOOL},
    {SYNTAX_LESS, SYNTAX_GREATER_EQUAL, WORKFLOW_KIND_STRING, WORKFLOW_KIND_STRING, WORKFLOW_KIND_BOOL},
    {SYNTAX_LESS, SYNTAX_GREATER_EQUAL, WORKFLOW_KIND_BOOL, WORKFLOW_KIND_BOOL, WORKFLOW_KIND_BOOL},
    {SYNTAX_LESS, SYNTAX_GREATER_EQUAL, WORKFLOW_KIND_TIMESTAMP, WORKFLOW_KIND_TIMESTAMP, WORKFLOW_KIND_BOOL},
    {SYNTAX_LESS, SYNTAX_GREATER_EQUAL, WORKFLOW_KIND_DURATION, WORKFLOW_KIND_DURATION, WORKFLOW_KIND_BOOL},
};

static bool may_be(const struct workflow_type *type, enum workflow_kind kind)
{
    return type->kind == kind || types_is_dyn(type);
}

/* The kind of the result; dyn when several are possible, an error when none is. */
static enum workflow_kind result_kind(enum syntax_op op, const struct workflow_type *left,
                                      const struct workflow_type *right)
{
    enum workflow_kind result = WORKFLOW_KIND_ERROR;
    for (size_t i = 0; i < sizeof overloads / sizeof overloads[0]; i++) {
        const struct overload *one = &overloads[i];
        if (op < one->first || op > one->last || !may_be(left, one->left) || !may_be(right, one->right))
            continue;
        result = result == WORKFLOW_KIND_ERROR || result == one->result ? one->result : WORKFLOW_KIND_DYN;
    }
    return result;
}

static int64_t sum_of_max(const struct workflow_type *left, const struct workflow_type *right)
{
    int64_t sum;
    if (!left->has_max || !right->has_max || __builtin_add_overflow(left->max, right->max, &sum))
        return -1;
    return sum;
}

static void check_arithmetic(struct check *check, struct syntax_node *node)
{
    const struct workflow_type *left = node->child->type, *right = node->child->next->type, *element;
    enum workflow_kind kind = result_kind((enum syntax_op)node->op, left, right);
    node->type = types_of_kind(kind);
    if (kind == WORKFLOW_KIND_STRING) {
        node->type = types_string(check->memory, sum_of_max(left, right));
    } else if (kind == WORKFLOW_KIND_LIST) {
        element = types_join(check->memory, types_is_dyn(left) ? &types_dyn : types_element(left),
                             types_is_dyn(right) ? &types_dyn : types_element(right));
        if (element == NULL)
            kind = WORKFLOW_KIND_ERROR;
        else
            node->type = types_list(check->memory, element, sum_of_max(left, right));
    }
    if (kind == WORKFLOW_KIND_ERROR)
        check_complain(check, node, check_span_name(node), "wrong_type", "%s has no meaning between %s and %s",
                       syntax_operator((enum syntax_op)node->op), check_type_text(left).text,
                       check_type_text(right).text);
}

static void check_equality(struct check *check, struct syntax_node *node)
{
    struct syntax_node *left = node->child, *right = left->next;
    node->type = types_of_kind(WORKFLOW_KIND_BOOL);
    if (types_join(check->memory, left->type, right->type) == NULL)
        check_complain(check, node, check_span_name(node), "wrong_type", "%s between %s and %s is never true",
                       syntax_operator((enum syntax_op)node->op), check_type_text(left->type).text,
                       check_type_text(right->type).text);
    check_option(check, left->type, right);
    check_option(check, right->type, left);
}

static void check_membership(struct check *check, struct syntax_node *node)
{
    struct syntax_node *one = node->child, *many = one->next;
    const struct workflow_type *type = many->type;
    node->type = types_of_kind(WORKFLOW_KIND_BOOL);
    if (types_is_dyn(type))
        return;
    bool list = type->kind == WORKFLOW_KIND_LIST;
    const struct workflow_type *element = list ? types_element(type) : types_key(type);
    if ((!list && type->kind != WORKFLOW_KIND_MAP) || types_join(check->memory, one->type, element) == NULL) {
        check_complain(check, node, check_span_name(node), "wrong_type", "There is never a %s in a %s",
                       check_type_text(one->type).text, check_type_text(type).text);
        return;
    }
    check_option(check, element, one);
    for (struct syntax_node *item = many->op == SYNTAX_LIST ? many->child : NULL; item != NULL; item = item->next)
        check_option(check, one->type, item);
}

static void check_binary(struct check *check, struct syntax_node *node)
{
    check_node(check, node->child);
    check_node(check, node->child->next);
    if (node->op == SYNTAX_EQUAL || node->op == SYNTAX_NOT_EQUAL)
        check_equality(check, node);
    else if (node->op == SYNTAX_IN)
        check_membership(check, node);
    else
        check_arithmetic(check, node);
}

static void check_unary(struct check *check, struct syntax_node *node)
{
    check_node(check, node->child);
    const struct workflow_type *operand = node->child->type;
    node->type = operand;
    if (node->op == SYNTAX_NOT) {
        want_bool(check, node->child);
        node->type = types_of_kind(WORKFLOW_KIND_BOOL);
    } else if (!may_be(operand, WORKFLOW_KIND_INT) && !may_be(operand, WORKFLOW_KIND_DOUBLE)) {
        check_complain_type(check, node->child, "a number");
    } else { /* without the bounds of the operand */
        node->type = types_of_kind(operand->kind);
    }
}

static void check_chain(struct check *check, struct syntax_node *node)
{
    for (struct syntax_node *child = node->child; child != NULL; child = child->next) {
        check_node(check, child);
        want_bool(check, child);
    }
    node->type = types_of_kind(WORKFLOW_KIND_BOOL);
}

static void check_conditional(struct check *check, struct syntax_node *node)
{
    struct syntax_node *condition = node->child, *yes = condition->next, *no = yes->next;
    check_node(check, condition);
    want_bool(check, condition);
    check_node(check, yes);
    check_node(check, no);
    node->type = types_join(check->memory, yes->type, no->type);
    if (node->type == NULL)
        check_complain(check, node, check_span_all(node), "wrong_type", "It is %s or %s: both have to be the same",
                       check_type_text(yes->type).text, check_type_text(no->type).text);
}

static void check_index(struct check *check, struct syntax_node *node)
{
    struct syntax_node *operand = node->child, *index = operand->next;
    check_node(check, operand);
    check_node(check, index);
    node->type = &types_dyn;
    if (operand->type->kind == WORKFLOW_KIND_LIST) {
        node->type = types_element(operand->type);
        if (!may_be(index->type, WORKFLOW_KIND_INT))
            check_complain_type(check, index, "an int");
    } else if (operand->type->kind == WORKFLOW_KIND_MAP) {
        node->type = index->op == SYNTAX_STRING ? check_key(check, index, operand->type) : types_element(operand->type);
        if (types_join(check->memory, types_key(operand->type), index->type) == NULL)
            check_complain_type(check, index, check_type_text(types_key(operand->type)).text);
    } else if (!types_is_dyn(operand->type)) {
        check_complain_type(check, operand, "a list or a map");
    }
}

/* ---- Literals ---------------------------------------------------------------------------------------------- */

static const struct workflow_type *join_or_dyn(struct check *check, const struct workflow_type *a,
                                               const struct workflow_type *b)
{
    const struct workflow_type *both = types_join(check->memory, a, b);
    return both != NULL ? both : &types_dyn;
}

static void check_list(struct check *check, struct syntax_node *node)
{
    const struct workflow_type *element = &types_free;
    for (struct syntax_node *item = node->child; item != NULL; item = item->next) {
        check_node(check, item);
        element = join_or_dyn(check, element, item->type);
    }
    node->type = types_list(check->memory, element, node->n);
}

static bool is_key(const struct workflow_type *type)
{
    return may_be(type, WORKFLOW_KIND_BOOL) || may_be(type, WORKFLOW_KIND_INT) || may_be(type, WORKFLOW_KIND_STRING);
}

static void check_map(struct check *check, struct syntax_node *node)
{
    const struct workflow_type *keys = &types_free, *values = &types_free;
    for (struct syntax_node *key = node->child; key != NULL; key = key->next->next) {
        check_node(check, key);
        check_node(check, key->next);
        if (!is_key(key->type))
            check_complain_type(check, key, "a bool, int or string");
        keys = join_or_dyn(check, keys, key->type);
        values = join_or_dyn(check, values, key->next->type);
    }
    node->type = types_map(check->memory, keys, values, node->n / 2);
}

/* ---- Macros ------------------------------------------------------------------------------------------------ */

static void check_macro(struct check *check, struct syntax_node *node)
{
    struct syntax_node *range = node->child, *body = range->next;
    check_node(check, range);
    const struct workflow_type *element = &types_dyn;
    if (range->type->kind == WORKFLOW_KIND_LIST)
        element = types_element(range->type);
    else if (range->type->kind == WORKFLOW_KIND_MAP)
        element = types_key(range->type);
    else if (!types_is_dyn(range->type))
        check_complain_type(check, range, "a list or a map");
    struct check_scope scope = {.name = node->text,
                                .length = node->text_length,
                                .level = check->scope != NULL ? check->scope->level + 1 : 0,
                                .type = types_is_dyn(element) ? &types_dyn : element,
                                .outer = check->scope};
    check->scope = &scope;
    struct syntax_node *last = body; /* the condition of a map() goes before what it makes */
    check_node(check, body);
    if (node->op == SYNTAX_MAPPING_FILTERED) {
        last = body->next;
        check_node(check, last);
    }
    check->scope = scope.outer;

    if (node->op != SYNTAX_MAPPING)
        want_bool(check, body);
    node->type = types_of_kind(WORKFLOW_KIND_BOOL);
    if (node->op == SYNTAX_FILTER)
        node->type = types_list(check->memory, element, range->type->has_max ? range->type->max : -1);
    else if (node->op == SYNTAX_MAPPING || node->op == SYNTAX_MAPPING_FILTERED)
        node->type = types_list(check->memory, last->type, range->type->has_max ? range->type->max : -1);
}

/* ---- The walk ---------------------------------------------------------------------------------------------- */

static void check_leaf(struct check *check, struct syntax_node *node)
{
    static const enum workflow_kind kinds[] = {[SYNTAX_NULL] = WORKFLOW_KIND_NULL,
                                               [SYNTAX_BOOL] = WORKFLOW_KIND_BOOL,
                                               [SYNTAX_INT] = WORKFLOW_KIND_INT,
                                               [SYNTAX_DOUBLE] = WORKFLOW_KIND_DOUBLE};
    node->type =
        node->op == SYNTAX_STRING ? types_string(check->memory, node->text_length) : types_of_kind(kinds[node->op]);
}

void check_node(struct check *check, struct syntax_node *node)
{
    switch (node->op) {
    case SYNTAX_NAME:
        check_name(check, node);
        break;
    case SYNTAX_SELECT:
    case SYNTAX_HAS:
        check_selection(check, node);
        break;
    case SYNTAX_INDEX:
        check_index(check, node);
        break;
    case SYNTAX_CALL:
    case SYNTAX_METHOD:
        check_call(check, node);
        break;
    case SYNTAX_LIST:
        check_list(check, node);
        break;
    case SYNTAX_MAP:
        check_map(check, node);
        break;
    case SYNTAX_NOT:
    case SYNTAX_NEGATE:
        check_unary(check, node);
        break;
    case SYNTAX_AND:
    case SYNTAX_OR:
        check_chain(check, node);
        break;
    case SYNTAX_CONDITIONAL:
        check_conditional(check, node);
        break;
    default:
        if (node->op <= SYNTAX_STRING)
            check_leaf(check, node);
        else if (syntax_operator((enum syntax_op)node->op) != NULL)
            check_binary(check, node);
        else
            check_macro(check, node);
    }
}

bool check_syntax(struct workflow_syntax *syntax, const struct workflow_environment *environment,
                  const struct workflow_type *wanted, struct workflow_memory *memory,
                  struct workflow_expression_faults *faults)
{
    struct check check = {.environment = environment, .memory = memory, .faults = faults, .text = syntax->text};
    struct syntax_node *root = syntax->root;
    check_node(&check, root);
    if (wanted == NULL || check.failed)
        return !check.failed;
    if (types_join(memory, wanted, root->type) == NULL ||
        (root->type->kind == WORKFLOW_KIND_NULL && wanted->kind != WORKFLOW_KIND_NULL && !types_is_dyn(wanted)))
        check_complain_type(&check, root, check_type_text(wanted).text);
    check_option(&check, wanted, root);
    return !check.failed;
}
