#include <string.h>

#include "workflow/expression/check.h"
#include "workflow/expression/functions.h"
#include "workflow/expression/suggest.h"

static bool is_named(const struct syntax_node *node, const char *name)
{
    return node->text_length == strlen(name) && memcmp(node->text, name, node->text_length) == 0;
}

static void complain_unknown_case(struct check *check, struct syntax_node *node, const struct workflow_predicate *which,
                                  const struct syntax_node *argument)
{
    struct suggestion near = suggest_begin(argument->text, argument->text_length);
    for (size_t i = 0; which->suggest != NULL; i++) {
        const char *name = which->suggest(check->environment->context, i);
        if (name == NULL)
            break;
        suggest_offer(&near, name);
    }
    check_complain(check, node, check_span_all(argument), "unknown_name", "%s: there is no '%b'%s%s%s", which->name,
                   argument->text, (size_t)argument->text_length, suggest_before(&near), suggest_name(&near),
                   suggest_after(&near));
}

/* in_state('x') and the like: the host says what 'x' is. */
static void check_predicate(struct check *check, struct syntax_node *node, uint32_t number)
{
    const struct workflow_predicate *which = &check->environment->predicates[number];
    const struct syntax_node *argument = node->child;
    uint32_t resolved = 0;
    bool right = node->n == 1 && argument->op == SYNTAX_STRING;
    if (!right) {
        check_complain(check, node, check_span_all(node), "wrong_type", "%s() takes one text in quotes", which->name);
    } else if (!which->resolve(check->environment->context, argument->text, argument->text_length, &resolved)) {
        complain_unknown_case(check, node, which, argument);
        right = false;
    }
    if (!right) {
        check_make_failure(node, WORKFLOW_ERROR_UNKNOWN_NAME);
        return;
    }
    node->op = SYNTAX_ASK;
    node->child = NULL;
    node->n = 0;
    node->number = number;
    node->integer = resolved;
    node->type = types_of_kind(WORKFLOW_KIND_BOOL);
}

static bool find_predicate(const struct check *check, const struct syntax_node *node, uint32_t *ret)
{
    for (*ret = 0; *ret < check->environment->n_predicates; (*ret)++)
        if (node->op == SYNTAX_CALL && is_named(node, check->environment->predicates[*ret].name))
            return true;
    return false;
}

static bool find_function(const struct syntax_node *node, enum function_id *ret, bool *ret_known_otherwise)
{
    *ret_known_otherwise = false;
    for (int id = 0; id < FUNCTIONS; id++) {
        struct function function = function_of((enum function_id)id);
        if (!is_named(node, function.name))
            continue;
        *ret = (enum function_id)id;
        *ret_known_otherwise = true;
        return node->op == SYNTAX_CALL ? function.as_call : function.as_method;
    }
    return false;
}

static void complain_unknown(struct check *check, struct syntax_node *node, bool known_otherwise)
{
    static const char *const macros[] = {"has", "all", "exists", "exists_one", "filter", "map"};
    struct suggestion near = suggest_begin(node->text, node->text_length);
    bool macro = false;
    for (int id = 0; id < FUNCTIONS && !known_otherwise; id++)
        suggest_offer(&near, function_of((enum function_id)id).name);
    for (size_t i = 0; i < check->environment->n_predicates; i++)
        suggest_offer(&near, check->environment->predicates[i].name);
    for (size_t i = 0; i < sizeof macros / sizeof macros[0]; i++) {
        suggest_offer(&near, macros[i]);
        macro = macro || is_named(node, macros[i]);
    }
    if (macro)
        check_complain(check, node, check_span_name(node), "unknown_function",
                       "%b() stands behind a list, as in list.%b(x, x > 1)", node->text, (size_t)node->text_length,
                       node->text, (size_t)node->text_length);
    else if (known_otherwise)
        check_complain(check, node, check_span_name(node), "unknown_function",
                       node->op == SYNTAX_CALL ? "%b() stands behind a value, as in value.%b(...)"
                                               : "%b() takes its value in brackets, as in %b(value)",
                       node->text, (size_t)node->text_length, node->text, (size_t)node->text_length);
    else
        check_complain(check, node, check_span_name(node), "unknown_function", "There is no function %b()%s%s%s",
                       node->text, (size_t)node->text_length, suggest_before(&near), suggest_name(&near),
                       suggest_after(&near));
    check_make_failure(node, WORKFLOW_ERROR_UNKNOWN_NAME);
}

/* timestamp('...') and duration('...') are constants, so that a wrong one is found now and a right one costs nothing.
 */
static void fold_moment(struct check *check, struct syntax_node *node, enum function_id id)
{
    struct syntax_node *text = node->child;
    struct workflow_value value;
    if ((id != FUNCTION_TIMESTAMP && id != FUNCTION_DURATION) || text->op != SYNTAX_STRING)
        return;
    if (id == FUNCTION_TIMESTAMP ? !moment_parse_timestamp(text->text, text->text_length, &value)
                                 : !moment_parse_duration(text->text, text->text_length, &value)) {
        check_complain(check, node, check_span_all(text), "invalid_constant",
                       id == FUNCTION_TIMESTAMP ? "This is no instant: write it as 2026-01-31T09:00:00Z"
                                                : "This is no duration: write it as 48h, 30m or 1h30m");
        return;
    }
    node->op = SYNTAX_CONSTANT;
    node->child = NULL;
    node->n = 0;
    node->value = value;
}

/* The most bytes that string() of a type writes. */
static int64_t text_max(const struct workflow_type *operand)
{
    if (operand->kind == WORKFLOW_KIND_STRING)
        return operand->has_max ? operand->max : -1;
    return types_is_dyn(operand) ? -1 : operand->kind == WORKFLOW_KIND_BOOL ? 5 : MOMENT_TEXT_MAX;
}

static const struct workflow_type *result_of(struct check *check, const struct function *function, enum function_id id,
                                             const struct workflow_type *operand)
{
    if (id == FUNCTION_TYPE)
        return types_type(check->memory, operand);
    if (id == FUNCTION_STRING)
        return types_string(check->memory, text_max(operand));
    return types_of_kind(function->result);
}

static void check_arguments(struct check *check, struct syntax_node *node, enum function_id id)
{
    struct function function = function_of(id);
    const struct workflow_type *operand = node->child->type;
    node->op = SYNTAX_FUNCTION;
    node->number = id;
    node->type = result_of(check, &function, id, operand);
    bool takes = types_is_dyn(operand) || (function.operand >> operand->kind & 1) != 0;
    if (!takes || (operand->kind == WORKFLOW_KIND_DURATION && node->n > 1)) {
        check_complain(check, node, check_span_name(node), "wrong_type", "%s() has no meaning for %s", function.name,
                       check_type_text(operand).text);
        return;
    }
    for (struct syntax_node *argument = node->child->next; argument != NULL; argument = argument->next)
        if (argument->type->kind != WORKFLOW_KIND_STRING && !types_is_dyn(argument->type))
            check_complain_type(check, argument, "a string");
    fold_moment(check, node, id);
}

void check_call(struct check *check, struct syntax_node *node)
{
    uint32_t predicate;
    if (find_predicate(check, node, &predicate)) {
        check_predicate(check, node, predicate);
        return;
    }
    enum function_id id = FUNCTION_SIZE;
    bool known_otherwise;
    if (!find_function(node, &id, &known_otherwise)) {
        complain_unknown(check, node, known_otherwise);
        return;
    }
    struct function function = function_of(id);
    for (struct syntax_node *argument = node->child; argument != NULL; argument = argument->next)
        check_node(check, argument);
    if (node->child == NULL || node->n < 1 + function.least || node->n > 1 + function.most) {
        check_complain(check, node, check_span_all(node), "wrong_type", "%s() takes another number of arguments",
                       function.name);
        check_make_failure(node, WORKFLOW_ERROR_NO_SUCH_OVERLOAD);
        return;
    }
    check_arguments(check, node, id);
}
