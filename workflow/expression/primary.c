/* Members of the grammar: values, names, calls, and what selects from them. parser.c has the operators. */
#include "workflow/expression/parser.h"

#include <string.h>

#include "workflow/expression/number.h"

/* Optionals are told by the question mark that CEL gives them. */
static bool refuse_optional(struct parser *parser)
{
    if (!token_is(&parser->token, "?"))
        return true;
    parser_fail(parser, parser->token.span, "not_supported", "There are no optionals here: ask with has()");
    return false;
}

static struct syntax_node *take_text(struct syntax_node *node, const struct token *token)
{
    if (node != NULL) {
        node->text = token->text;
        node->text_length = token->length;
    }
    return node;
}

/* Reads arguments or elements up to the closing sign, which is read too. A comma may stand before it in a list. */
static bool parse_items(struct parser *parser, struct syntax_node *node, const char *close, bool trailing_comma)
{
    while (!token_is(&parser->token, close)) {
        if (!refuse_optional(parser) || !parser_adopt(parser, node, parser_expression(parser)))
            return false;
        if (!token_is(&parser->token, ",")) {
            if (!token_is(&parser->token, close))
                return parser_unexpected(parser, close) != NULL;
            break;
        }
        if (!parser_advance(parser))
            return false;
        if (!trailing_comma && token_is(&parser->token, close))
            return parser_unexpected(parser, "an argument") != NULL;
    }
    if (!parser_advance(parser))
        return false;
    node->length = parser->end - node->offset;
    return true;
}

static struct syntax_node *parse_list(struct parser *parser)
{
    struct syntax_node *node = parser_node(parser, SYNTAX_LIST, parser->token.span.offset);
    return node != NULL && parser_advance(parser) && parse_items(parser, node, "]", true) ? node : NULL;
}

static struct syntax_node *parse_map(struct parser *parser)
{
    struct syntax_node *node = parser_node(parser, SYNTAX_MAP, parser->token.span.offset);
    if (node == NULL || !parser_advance(parser))
        return NULL;
    while (!token_is(&parser->token, "}")) {
        if (!refuse_optional(parser) || !parser_adopt(parser, node, parser_expression(parser)) ||
            !parser_expect(parser, ":") || !parser_adopt(parser, node, parser_expression(parser)))
            return NULL;
        if (!token_is(&parser->token, ","))
            break;
        if (!parser_advance(parser))
            return NULL;
    }
    if (!parser_expect(parser, "}"))
        return NULL;
    node->length = parser->end - node->offset;
    return node;
}

/* The magnitude of an int, decimal or hexadecimal, with its sign. */
static bool read_int(const struct token *token, bool negative, int64_t *ret)
{
    bool hexadecimal = token->length > 2 && token->text[1] == 'x';
    int64_t base = hexadecimal ? 16 : 10;
    *ret = 0;
    for (uint32_t i = hexadecimal ? 2 : 0; i < token->length; i++) {
        char c = token->text[i];
        int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
        if (__builtin_mul_overflow(*ret, base, ret) || __builtin_sub_overflow(*ret, digit, ret))
            return false;
    }
    if (!negative && *ret == INT64_MIN)
        return false;
    *ret = negative ? *ret : -*ret;
    return true;
}

struct syntax_node *parser_number(struct parser *parser, uint32_t offset, bool negative)
{
    struct token token = parser->token;
    struct syntax_node *node = NULL;
    if (!parser_advance(parser))
        return NULL;
    node = parser_node(parser, token.kind == TOKEN_INT ? SYNTAX_INT : SYNTAX_DOUBLE, offset);
    if (node == NULL)
        return NULL;
    bool fits = token.kind == TOKEN_INT ? read_int(&token, negative, &node->integer)
                                        : number_parse_double(token.text, token.length, &node->real);
    if (!fits)
        return parser_fail(parser, token.span, "syntax",
                           token.kind == TOKEN_INT ? "This number does not fit in an int" : "This number is too large");
    if (token.kind == TOKEN_DOUBLE && negative)
        node->real = -node->real;
    return node;
}

/* Reads the arguments of a call whose name was read, and its opening bracket not. */
static struct syntax_node *parse_arguments(struct parser *parser, struct syntax_node *call)
{
    if (!parser_advance(parser) || !parse_items(parser, call, ")", false))
        return NULL;
    return parser_call(parser, call);
}

/* A name of its own or a call. */
static struct syntax_node *parse_name(struct parser *parser, uint32_t offset, bool absolute)
{
    struct token token = parser->token;
    if (token.kind != TOKEN_NAME || token_is_word(&token, "in") || token_is_word(&token, "true") ||
        token_is_word(&token, "false") || token_is_word(&token, "null"))
        return parser_unexpected(parser, "a name");
    if (!syntax_is_identifier(token.text, token.length))
        return parser_fail(parser, token.span, "syntax", "This word is reserved and cannot be a name");
    if (!parser_advance(parser))
        return NULL;
    bool call = token_is(&parser->token, "(");
    struct syntax_node *node = take_text(parser_node(parser, call ? SYNTAX_CALL : SYNTAX_NAME, offset), &token);
    if (node == NULL)
        return NULL;
    node->absolute = absolute;
    node->at = token.span.offset;
    return call ? parse_arguments(parser, node) : node;
}

static struct syntax_node *parse_word(struct parser *parser)
{
    uint32_t offset = parser->token.span.offset;
    enum syntax_op op = token_is_word(&parser->token, "null") ? SYNTAX_NULL : SYNTAX_BOOL;
    bool yes = token_is_word(&parser->token, "true");
    if (op == SYNTAX_BOOL && !yes && !token_is_word(&parser->token, "false"))
        return parse_name(parser, offset, false);
    if (!parser_advance(parser))
        return NULL;
    struct syntax_node *node = parser_node(parser, op, offset);
    if (node != NULL)
        node->boolean = yes;
    return node;
}

static struct syntax_node *parse_primary(struct parser *parser)
{
    struct token token = parser->token;
    switch (token.kind) {
    case TOKEN_INT:
    case TOKEN_DOUBLE:
        return parser_number(parser, token.span.offset, false);
    case TOKEN_STRING:
        return parser_advance(parser) ? take_text(parser_node(parser, SYNTAX_STRING, token.span.offset), &token) : NULL;
    case TOKEN_NAME:
        return parse_word(parser);
    default:
        break;
    }
    if (token_is(&token, "["))
        return parse_list(parser);
    if (token_is(&token, "{"))
        return parse_map(parser);
    if (token_is(&token, "."))
        return parser_advance(parser) ? parse_name(parser, token.span.offset, true) : NULL;
    if (!token_is(&token, "("))
        return parser_unexpected(parser, "a value");
    if (!parser_advance(parser))
        return NULL;
    struct syntax_node *node = parser_expression(parser);
    return node != NULL && parser_expect(parser, ")") ? node : NULL;
}

/* Reads ".name" or ".name(arguments)" behind an operand. */
static struct syntax_node *parse_selection(struct parser *parser, struct syntax_node *operand, uint32_t offset)
{
    if (!parser_advance(parser) || !refuse_optional(parser))
        return NULL;
    struct token token = parser->token;
    bool word = token_is_word(&token, "in") || token_is_word(&token, "true") || token_is_word(&token, "false") ||
                token_is_word(&token, "null");
    if ((token.kind != TOKEN_NAME && token.kind != TOKEN_QUOTED) || word)
        return parser_unexpected(parser, "the name of a field");
    if (!parser_advance(parser))
        return NULL;
    bool call = token_is(&parser->token, "(") && token.kind == TOKEN_NAME;
    struct syntax_node *node = take_text(parser_node(parser, call ? SYNTAX_METHOD : SYNTAX_SELECT, offset), &token);
    if (node == NULL || !parser_adopt(parser, node, operand))
        return NULL;
    node->at = token.span.offset;
    return call ? parse_arguments(parser, node) : node;
}

static struct syntax_node *parse_index(struct parser *parser, struct syntax_node *operand, uint32_t offset)
{
    uint32_t at = parser->token.span.offset;
    struct syntax_node *node = NULL;
    if (!parser_advance(parser) || !refuse_optional(parser))
        return NULL;
    node = parser_node(parser, SYNTAX_INDEX, offset);
    if (node == NULL || !parser_adopt(parser, node, operand) || !parser_adopt(parser, node, parser_expression(parser)))
        return NULL;
    node->at = at;
    if (!parser_expect(parser, "]"))
        return NULL;
    node->length = parser->end - node->offset;
    return node;
}

/* What follows an operand as long as something does. */
struct syntax_node *parser_suffixes(struct parser *parser, struct syntax_node *node, uint32_t offset)
{
    bool name = node != NULL && node->op == SYNTAX_NAME;
    while (node != NULL) {
        if (token_is(&parser->token, "."))
            node = parse_selection(parser, node, offset);
        else if (token_is(&parser->token, "["))
            node = parse_index(parser, node, offset);
        else if (token_is(&parser->token, "{") && name)
            return parser_fail(parser, parser->token.span, "not_supported", "There are no messages here: write a map");
        else
            return node;
        name = name && node != NULL && node->op == SYNTAX_SELECT;
    }
    return NULL;
}

struct syntax_node *parser_member(struct parser *parser)
{
    uint32_t offset = parser->token.span.offset;
    return parser_suffixes(parser, parse_primary(parser), offset);
}
