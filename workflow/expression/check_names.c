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

/* The number of a member of a record, or of a map whose keys are known; n_members with a complaint when it has none
 * such.
 */
static size_t find_member(struct check *check, struct syntax_node *node, const struct workflow_type *type)
{
    struct suggestion near = suggest_begin(node->text, node->text_length);
    for (size_t i = 0; i < type->n_members; i++) {
        if (text_is(node, type->members[i].name, strlen(type->members[i].name)))
            return i;
        suggest_offer(&near, type->members[i].name);
    }
    check_complain(check, node, check_span_name(node), "unknown_field", "There is no field %b%s%s%s", node->text,
                   (size_t)node->text_length, suggest_before(&near), suggest_name(&near), suggest_after(&near));
    return type->n_members;
}

static const struct workflow_type *member_type(const struct workflow_member *member)
{
    return member->type != NULL ? member->type : &types_dyn;
}

static void select_member(struct check *check, struct syntax_node *node, const struct workflow_type *record)
{
    const bool has = node->op == SYNTAX_HAS;
    const size_t i = find_member(check, node, record);
    if (i == record->n_members) {
        check_make_failure(node, WORKFLOW_ERROR_NO_SUCH_FIELD);
        return;
    }
    node->op = has ? SYNTAX_HAS_MEMBER : SYNTAX_MEMBER;
    node->number = (uint32_t)i;
    node->type = has ? types_of_kind(WORKFLOW_KIND_BOOL) : member_type(&record->members[i]);
}

const struct workflow_type *check_key(struct check *check, struct syntax_node *key, const struct workflow_type *map)
{
    if (map->members == NULL)
        return types_element(map);
    const size_t i = find_member(check, key, map);
    return i == map->n_members ? &types_dyn : member_type(&map->members[i]);
}

static void select_key(struct check *check, struct syntax_node *node, const struct workflow_type *map)
{
    const struct workflow_type *type = check_key(check, node, map);
    if (node->op == SYNTAX_SELECT)
        node->type = type;
}

/* The beginning of roots such as "clock.execution", where no root is meant: clock.nothing. */
static bool is_family(const struct check *check, const struct syntax_node *node)
{
    for (size_t i = 0; node->op == SYNTAX_NAME && i < check->environment->n_roots; i++) {
        const char *root = check->environment->roots[i].name;
        if (strncmp(root, node->text, node->text_length) == 0 && root[node->text_length] == '.')
            return find_variable(check, node) == NULL;
    }
    return false;
}

static void complain_of_family(struct check *check, struct syntax_node *node)
{
    const struct syntax_node *family = node->child;
    const size_t before = (size_t)family->text_length + 1;
    struct suggestion near = suggest_begin(node->text, node->text_length);
    for (size_t i = 0; i < check->environment->n_roots; i++) {
        const char *root = check->environment->roots[i].name;
        if (strncmp(root, family->text, family->text_length) == 0 && root[before - 1] == '.')
            suggest_offer(&near, root + before);
    }
    check_complain(check, node, check_span_name(node), "unknown_name", "There is no %b %b%s%s%s", family->text,
                   (size_t)family->text_length, node->text, (size_t)node->text_length, suggest_before(&near),
                   suggest_name(&near), suggest_after(&near));
    check_make_failure(node, WORKFLOW_ERROR_UNKNOWN_NAME);
}

void check_selection(struct check *check, struct syntax_node *node)
{
    if (node->op == SYNTAX_SELECT && (make_root(check, node) || make_type(check, node)))
        return;
    if (node->op == SYNTAX_SELECT && is_family(check, node->child)) {
        complain_of_family(check, node);
        return;
    }
    check_node(check, node->child);
    const struct workflow_type *operand = node->child->type;
    node->type = node->op == SYNTAX_HAS ? types_of_kind(WORKFLOW_KIND_BOOL) : &types_dyn;
    if (operand->kind == WORKFLOW_KIND_RECORD) {
        select_member(check, node, operand);
    } else if (operand->kind == WORKFLOW_KIND_MAP) {
        select_key(check, node, operand);
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
