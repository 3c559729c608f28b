#include <string.h>

#include "workflow/expression/check.h"
#include "workflow/expression/suggest.h"

static bool text_is(const struct syntax_node *node, const char *name, size_t length)
{
    return node->text_length == length && memcmp(node->text, name, length) == 0;
}

static void make_leaf(struct syntax_node *node, enum syntax_op op, uint32_t number, const struct workflow_type *type)
{
    node->op = (uint8_t)op;
    node->child = NULL;
    node->n = 0;
    node->number = number;
    node->type = type != NULL ? type : &types_dyn;
}

static const struct check_scope *find_variable(const struct check *check, const struct syntax_node *name)
{
    const struct check_scope *scope = name->absolute ? NULL : check->scope;
    while (scope != NULL && !text_is(name, scope->name, scope->length))
        scope = scope->outer;
    return scope;
}

/* Whether a.b.c, which a node may be, is this dotted name. */
static bool is_path(const struct check *check, const struct syntax_node *node, const char *name, size_t length)
{
    if (node->op == SYNTAX_NAME)
        return text_is(node, name, length) && find_variable(check, node) == NULL;
    size_t own = node->text_length;
    return node->op == SYNTAX_SELECT && length > own + 1 && name[length - own - 1] == '.' &&
           text_is(node, name + length - own, own) && is_path(check, node->child, name, length - own - 1);
}

static bool make_root(const struct check *check, struct syntax_node *node)
{
    const struct workflow_environment *environment = check->environment;
    for (size_t i = 0; i < environment->n_roots; i++) {
        if (is_path(check, node, environment->roots[i].name, strlen(environment->roots[i].name))) {
            make_leaf(node, SYNTAX_PLACE, (uint32_t)i, environment->roots[i].type);
            return true;
        }
    }
    return false;
}

static const struct type_name {
    const char *name;
    enum workflow_kind kind;
} type_names[] = {
    {"bool", WORKFLOW_KIND_BOOL},
    {"int", WORKFLOW_KIND_INT},
    {"double", WORKFLOW_KIND_DOUBLE},
    {"string", WORKFLOW_KIND_STRING},
    {"list", WORKFLOW_KIND_LIST},
    {"map", WORKFLOW_KIND_MAP},
    {"type", WORKFLOW_KIND_TYPE},
    {"null_type", WORKFLOW_KIND_NULL},
    {"google.protobuf.Timestamp", WORKFLOW_KIND_TIMESTAMP},
    {"google.protobuf.Duration", WORKFLOW_KIND_DURATION},
};

static bool make_type(struct check *check, struct syntax_node *node)
{
    for (size_t i = 0; i < sizeof type_names / sizeof type_names[0]; i++) {
        if (is_path(check, node, type_names[i].name, strlen(type_names[i].name))) {
            enum workflow_kind kind = type_names[i].kind;
            make_leaf(node, SYNTAX_CONSTANT, 0, types_type(check->memory, types_of_kind(kind)));
            node->value = (struct workflow_value){.kind = WORKFLOW_KIND_TYPE, .n = kind};
            return true;
        }
    }
    return false;
}

void check_name(struct check *check, struct syntax_node *node)
{
    const struct check_scope *variable = find_variable(check, node);
    if (variable != NULL) {
        make_leaf(node, SYNTAX_VARIABLE, variable->level, variable->type);
        return;
    }
    if (make_root(check, node) || make_type(check, node))
        return;
    struct suggestion near = suggest_begin(node->text, node->text_length);
    for (size_t i = 0; i < check->environment->n_roots; i++)
        suggest_offer(&near, check->environment->roots[i].name);
    check_complain(check, node, check_span_name(node), "unknown_name", "There is no %b here%s%s%s", node->text,
                   (size_t)node->text_length, suggest_before(&near), suggest_name(&near), suggest_after(&near));
    check_make_failure(node, WORKFLOW_ERROR_UNKNOWN_NAME);
}

static void select_member(struct check *check, struct syntax_node *node, const struct workflow_type *record)
{
    bool has = node->op == SYNTAX_HAS;
    struct suggestion near = suggest_begin(node->text, node->text_length);
    for (size_t i = 0; i < record->n_members; i++) {
        const struct workflow_member *member = &record->members[i];
        if (text_is(node, member->name, strlen(member->name))) {
            node->op = has ? SYNTAX_HAS_MEMBER : SYNTAX_MEMBER;
            node->number = (uint32_t)i;
            node->type = has ? types_of_kind(WORKFLOW_KIND_BOOL) : member->type != NULL ? member->type : &types_dyn;
            return;
        }
        suggest_offer(&near, member->name);
    }
    check_complain(check, node, check_span_name(node), "unknown_field", "There is no field %b%s%s%s", node->text,
                   (size_t)node->text_length, suggest_before(&near), suggest_name(&near), suggest_after(&near));
    check_make_failure(node, WORKFLOW_ERROR_NO_SUCH_FIELD);
}

void check_selection(struct check *check, struct syntax_node *node)
{
    if (node->op == SYNTAX_SELECT && (make_root(check, node) || make_type(check, node)))
        return;
    check_node(check, node->child);
    const struct workflow_type *operand = node->child->type;
    node->type = node->op == SYNTAX_HAS ? types_of_kind(WORKFLOW_KIND_BOOL) : &types_dyn;
    if (operand->kind == WORKFLOW_KIND_RECORD) {
        select_member(check, node, operand);
    } else if (operand->kind == WORKFLOW_KIND_MAP) {
        if (node->op == SYNTAX_SELECT)
            node->type = types_element(operand);
    } else if (!types_is_dyn(operand)) {
        check_complain(check, node, check_span_name(node), "wrong_type", "%s has no fields, so it has no %b",
                       check_type_text(operand).text, node->text, (size_t)node->text_length);
    }
}

void check_option(struct check *check, const struct workflow_type *type, const struct syntax_node *constant)
{
    if (type->kind != WORKFLOW_KIND_STRING || type->n_options == 0 || constant->op != SYNTAX_STRING)
        return;
    struct suggestion near = suggest_begin(constant->text, constant->text_length);
    for (size_t i = 0; i < type->n_options; i++) {
        if (text_is(constant, type->options[i], strlen(type->options[i])))
            return;
        suggest_offer(&near, type->options[i]);
    }
    struct syntax_node scratch = *constant; /* the constant itself stays a string */
    check_complain(check, &scratch, check_span_all(constant), "unknown_option", "It never is '%b'%s%s%s",
                   constant->text, (size_t)constant->text_length, suggest_before(&near), suggest_name(&near),
                   suggest_after(&near));
}
