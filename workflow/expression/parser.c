/*
 * From words to a tree, by the precedence of operators (Pratt). The grammar is CEL's (cel-spec, doc/langdef.md,
 * Syntax):
 *
 *     expression  = or [ '?' or ':' expression ]
 *     or, and     = chains; relation, addition, multiplication = left to right
 *     unary       = '!' { '!' } member | '-' { '-' } member | member
 *     member      = primary { '.' name [ '(' arguments ')' ] | '[' expression ']' }
 */
#include "workflow/expression/parser.h"

#include <string.h>

#include "workflow/expression/memory.h"

bool parser_advance(struct parser *parser)
{
    parser->end = parser->token.span.offset + parser->token.span.length;
    return lexer_next(&parser->lexer, &parser->token);
}

void *parser_fail(struct parser *parser, struct syntax_span span, const char *code, const char *message)
{
    syntax_fault(parser->lexer.faults, parser->lexer.text, span, code, "%s", message);
    return NULL;
}

void *parser_unexpected(struct parser *parser, const char *wanted)
{
    const struct token *token = &parser->token;
    if (token->kind == TOKEN_END)
        syntax_fault(parser->lexer.faults, parser->lexer.text, token->span, "syntax",
                     "The text ends where %s should be", wanted);
    else
        syntax_fault(parser->lexer.faults, parser->lexer.text, token->span, "syntax", "%b stands where %s should be",
                     parser->lexer.text + token->span.offset, (size_t)token->span.length, wanted);
    return NULL;
}

bool parser_expect(struct parser *parser, const char *sign)
{
    if (!token_is(&parser->token, sign)) {
        parser_unexpected(parser, sign);
        return false;
    }
    return parser_advance(parser);
}

struct syntax_node *parser_node(struct parser *parser, enum syntax_op op, uint32_t offset)
{
    struct syntax_node *node = NULL;
    if (parser->n_nodes < parser->nodes_max)
        node = memory_take_zeroed(parser->lexer.memory, sizeof *node);
    if (node == NULL)
        return parser_fail(parser, (struct syntax_span){offset, parser->end > offset ? parser->end - offset : 0},
                           "too_large", "The expression has too many parts: split it");
    parser->n_nodes++;
    node->op = (uint8_t)op;
    node->height = 1;
    node->offset = node->at = offset;
    node->length = parser->end > offset ? parser->end - offset : 0;
    return node;
}

bool parser_adopt(struct parser *parser, struct syntax_node *node, struct syntax_node *child)
{
    struct syntax_node **last = &node->child;
    if (child == NULL)
        return false;
    while (*last != NULL)
        last = &(*last)->next;
    *last = child;
    child->next = NULL;
    node->n++;
    if (child->height >= node->height)
        node->height = (uint16_t)(child->height + 1);
    node->length = parser->end - node->offset;
    if (node->height <= parser->depth_max)
        return true;
    parser_fail(parser, (struct syntax_span){node->at, 1}, "too_deep", "The expression is nested too deeply: split it");
    return false;
}

/* Operators before their operand. A minus before a number is the number's: it is how the least int is written. */
static struct syntax_node *parse_unary(struct parser *parser)
{
    struct token sign = parser->token;
    bool minus = token_is(&sign, "-");
    if (!minus && !token_is(&sign, "!"))
        return parser_member(parser);
    if (!parser_advance(parser))
        return NULL;
    if (minus && (parser->token.kind == TOKEN_INT || parser->token.kind == TOKEN_DOUBLE))
        return parser_suffixes(parser, parser_number(parser, sign.span.offset, true), sign.span.offset);
    if (++parser->depth > parser->depth_max)
        return parser_fail(parser, sign.span, "too_deep", "The expression is nested too deeply: split it");
    bool again = token_is(&parser->token, minus ? "-" : "!");
    /* !-1 is a member: the number with its sign */
    bool number = !minus && token_is(&parser->token, "-");
    struct syntax_node *operand = again || number ? parse_unary(parser) : parser_member(parser);
    parser->depth--;
    if (operand == NULL)
        return NULL;
    if (number && operand->op == SYNTAX_NEGATE)
        return parser_fail(parser, sign.span, "syntax", "! and - do not stand beside each other: write !(-x)");
    struct syntax_node *node = parser_node(parser, minus ? SYNTAX_NEGATE : SYNTAX_NOT, sign.span.offset);
    return node != NULL && parser_adopt(parser, node, operand) ? node : NULL;
}

enum { POWER_OR = 1, POWER_AND, POWER_RELATION, POWER_SUM, POWER_PRODUCT };

/* Which operator a token is and how strongly it binds; 0: none. */
static int operator_power(const struct token *token, enum syntax_op *ret_op)
{
    if (token_is(token, "||")) {
        *ret_op = SYNTAX_OR;
        return POWER_OR;
    }
    if (token_is(token, "&&")) {
        *ret_op = SYNTAX_AND;
        return POWER_AND;
    }
    for (int op = SYNTAX_MULTIPLY; op < SYNTAX_IN; op++) {
        if (token_is(token, syntax_operator((enum syntax_op)op))) {
            *ret_op = (enum syntax_op)op;
            return op <= SYNTAX_MODULO ? POWER_PRODUCT : op <= SYNTAX_SUBTRACT ? POWER_SUM : POWER_RELATION;
        }
    }
    *ret_op = SYNTAX_IN;
    return token_is_word(token, "in") ? POWER_RELATION : 0;
}

/* Adds an operand to a chain of && or ||; those of a chain in brackets become its own. */
static bool chain(struct parser *parser, struct syntax_node *node, struct syntax_node *operand)
{
    if (operand == NULL || operand->op != node->op)
        return parser_adopt(parser, node, operand);
    for (struct syntax_node *child = operand->child, *next = NULL; child != NULL; child = next) {
        next = child->next;
        if (!parser_adopt(parser, node, child))
            return false;
    }
    return true;
}

static struct syntax_node *join(struct parser *parser, enum syntax_op op, uint32_t offset, uint32_t at,
                                struct syntax_node *left, struct syntax_node *right)
{
    bool chains = op == SYNTAX_AND || op == SYNTAX_OR;
    if (right == NULL)
        return NULL;
    if (chains && left->op == op) {
        left->offset = offset;
        return chain(parser, left, right) ? left : NULL;
    }
    struct syntax_node *node = parser_node(parser, op, offset);
    if (node == NULL)
        return NULL;
    node->at = at;
    bool joined =
        parser_adopt(parser, node, left) && (chains ? chain(parser, node, right) : parser_adopt(parser, node, right));
    return joined ? node : NULL;
}

static struct syntax_node *parse_binary(struct parser *parser, int least)
{
    uint32_t offset = parser->token.span.offset;
    struct syntax_node *left = parse_unary(parser);
    while (left != NULL) {
        enum syntax_op op;
        uint32_t at = parser->token.span.offset;
        int power = operator_power(&parser->token, &op);
        if (power < least || power == 0)
            return left;
        if (!parser_advance(parser))
            return NULL;
        left = join(parser, op, offset, at, left, parse_binary(parser, power + 1));
    }
    return NULL;
}

static struct syntax_node *parse_conditional(struct parser *parser, uint32_t offset, struct syntax_node *condition)
{
    uint32_t at = parser->token.span.offset;
    if (!parser_advance(parser))
        return NULL;
    struct syntax_node *yes = parse_binary(parser, POWER_OR);
    if (yes == NULL || !parser_expect(parser, ":"))
        return NULL;
    struct syntax_node *no = parser_expression(parser), *node = NULL;
    if (no != NULL)
        node = parser_node(parser, SYNTAX_CONDITIONAL, offset);
    if (node == NULL)
        return NULL;
    node->at = at;
    return parser_adopt(parser, node, condition) && parser_adopt(parser, node, yes) && parser_adopt(parser, node, no)
               ? node
               : NULL;
}

struct syntax_node *parser_expression(struct parser *parser)
{
    uint32_t offset = parser->token.span.offset;
    if (++parser->depth > parser->depth_max)
        return parser_fail(parser, parser->token.span, "too_deep", "The expression is nested too deeply: split it");
    struct syntax_node *node = parse_binary(parser, POWER_OR);
    if (node != NULL && token_is(&parser->token, "?"))
        node = parse_conditional(parser, offset, node);
    parser->depth--;
    return node;
}

static bool is_acceptable(struct parser *parser)
{
    const struct lexer *lexer = &parser->lexer;
    size_t at, most = syntax_length_max(parser->environment);
    if (lexer->length > most) {
        syntax_fault(lexer->faults, lexer->text, (struct syntax_span){(uint32_t)most, 0}, "too_long",
                     "The text has %d bytes, the most is %d", (int64_t)lexer->length, (int64_t)most);
        return false;
    }
    if (lexer_is_utf8(lexer->text, lexer->length, &at))
        return true;
    parser_fail(parser, (struct syntax_span){(uint32_t)at, 1}, "syntax", "The text is not UTF-8");
    return false;
}

const struct workflow_syntax *workflow_syntax_parse(const char *text, size_t length,
                                                    const struct workflow_environment *environment,
                                                    struct workflow_memory *memory,
                                                    struct workflow_expression_faults *faults)
{
    struct parser parser = {.lexer = {.text = text, .length = length, .memory = memory, .faults = faults},
                            .environment = environment,
                            .nodes_max = syntax_nodes_max(environment),
                            .depth_max = syntax_depth_max(environment)};
    if (!is_acceptable(&parser) || !lexer_next(&parser.lexer, &parser.token))
        return NULL;
    struct syntax_node *root = parser_expression(&parser);
    if (root == NULL)
        return NULL;
    if (parser.token.kind != TOKEN_END)
        return parser_unexpected(&parser, "the end");
    struct workflow_syntax *syntax = memory_take(memory, sizeof *syntax);
    if (syntax == NULL)
        return parser_fail(&parser, (struct syntax_span){0, 0}, "too_large", "There is not enough memory to read this");
    *syntax = (struct workflow_syntax){text, length, root, parser.n_nodes};
    return syntax;
}
