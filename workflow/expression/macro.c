/* Calls that are not calls: has(), the macros, and what the language leaves out, refused by name. */
#include "workflow/expression/parser.h"

#include <string.h>

static bool is_named(const struct syntax_node *node, const char *name)
{
    return node->text_length == strlen(name) && memcmp(node->text, name, node->text_length) == 0;
}

static void *refuse(struct parser *parser, const struct syntax_node *node, const char *message)
{
    struct syntax_span span = {node->at, node->offset + node->length - node->at};
    syntax_fault(parser->lexer.faults, parser->lexer.text, span, "syntax", "%s", message);
    return NULL;
}

static struct syntax_node *make_has(struct parser *parser, struct syntax_node *call)
{
    struct syntax_node *argument = call->child;
    if (call->n != 1 || argument->op != SYNTAX_SELECT)
        return refuse(parser, call, "has() asks about a field, as in has(data.amount)");
    argument->op = SYNTAX_HAS;
    argument->offset = call->offset;
    argument->length = call->length;
    return argument;
}

static const struct macro {
    const char *name;
    uint32_t arguments;
    enum syntax_op op;
} macros[] = {
    {"all", 2, SYNTAX_ALL},
    {"exists", 2, SYNTAX_EXISTS},
    {"exists_one", 2, SYNTAX_EXISTS_ONE},
    {"existsOne", 2, SYNTAX_EXISTS_ONE},
    {"filter", 2, SYNTAX_FILTER},
    {"map", 2, SYNTAX_MAPPING},
    {"map", 3, SYNTAX_MAPPING_FILTERED},
};

/* operand.macro(variable, expressions...): the variable becomes the node's name and is no child any more. */
static struct syntax_node *make_macro(struct parser *parser, struct syntax_node *call, enum syntax_op op)
{
    struct syntax_node *variable = call->child->next;
    if (variable->op != SYNTAX_NAME || variable->absolute || is_named(variable, "__result__"))
        return refuse(parser, variable, "The first argument of a macro is a simple name for each element");
    call->op = (uint8_t)op;
    call->text = variable->text;
    call->text_length = variable->text_length;
    call->child->next = variable->next;
    call->n--;
    return call;
}

/* Functions of CEL and of its usual extensions, each group with what it is. */
static const struct refused {
    const char *what, *names;
} refused[] = {
    {"regular expressions", " matches "},
    {"uint", " uint "},
    {"bytes", " bytes "},
    {"optionals", " optional_type or orValue optMap optFlatMap hasValue ofNonZeroValue "},
    {"two-variable macros", " transformList transformMap transformMapEntry "},
    {"extensions",
     " charAt indexOf join lastIndexOf lowerAscii upperAscii quote replace reverse split substring trim format "
     "distinct flatten range slice sort sortBy first last bind block encode decode getExt hasExt "
     "greatest least abs ceil floor round sign trunc isNaN isInf isFinite bitAnd bitOr bitXor bitNot "
     "bitShiftLeft bitShiftRight sqrt "},
};

static bool is_listed(const char *names, const struct syntax_node *call)
{
    for (const char *at = names + 1; *at != '\0';) {
        size_t n = 0;
        while (at[n] != ' ')
            n++;
        if (n == call->text_length && memcmp(at, call->text, n) == 0)
            return true;
        at += n + 1;
    }
    return false;
}

static bool is_predicate(const struct workflow_environment *environment, const struct syntax_node *call)
{
    for (size_t i = 0; environment != NULL && i < environment->n_predicates; i++)
        if (is_named(call, environment->predicates[i].name))
            return true;
    return false;
}

static bool is_refused(struct parser *parser, const struct syntax_node *call)
{
    const char *what = NULL;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0] && what == NULL; i++)
        if (is_listed(refused[i].names, call))
            what = refused[i].what;
    /* exists(key, value, predicate) and the like */
    for (size_t i = 0; i < sizeof macros / sizeof macros[0] && call->op == SYNTAX_METHOD && what == NULL; i++)
        if (call->n == 4 && macros[i].op != SYNTAX_FILTER && macros[i].op < SYNTAX_MAPPING &&
            is_named(call, macros[i].name))
            what = "two-variable macros";
    if (what == NULL || is_predicate(parser->environment, call))
        return false;
    struct syntax_span span = {call->at, call->text_length};
    syntax_fault(parser->lexer.faults, parser->lexer.text, span, "not_supported", "%b(): there are no %s here",
                 call->text, (size_t)call->text_length, what);
    return true;
}

struct syntax_node *parser_call(struct parser *parser, struct syntax_node *call)
{
    if (call->op == SYNTAX_CALL && !call->absolute && is_named(call, "has"))
        return make_has(parser, call);
    for (size_t i = 0; i < sizeof macros / sizeof macros[0] && call->op == SYNTAX_METHOD; i++)
        if (call->n == macros[i].arguments + 1 && is_named(call, macros[i].name))
            return make_macro(parser, call, macros[i].op);
    return is_refused(parser, call) ? NULL : call;
}
