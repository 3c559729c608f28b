/* A tree as its canonical text: brackets only where the grammar needs them. */
#include <string.h>

#include "workflow/expression/number.h"
#include "workflow/expression/syntax.h"
#include "workflow/expression/writer.h"

/* How tightly the text of a node holds together. */
enum level {
    LEVEL_CONDITIONAL,
    LEVEL_OR,
    LEVEL_AND,
    LEVEL_RELATION,
    LEVEL_SUM,
    LEVEL_PRODUCT,
    LEVEL_UNARY,
    LEVEL_MEMBER
};

static void print_node(struct writer *writer, const struct syntax_node *node);

static enum level level_of(const struct syntax_node *node)
{
    switch (node->op) {
    case SYNTAX_CONDITIONAL:
        return LEVEL_CONDITIONAL;
    case SYNTAX_OR:
        return LEVEL_OR;
    case SYNTAX_AND:
        return LEVEL_AND;
    case SYNTAX_MULTIPLY:
    case SYNTAX_DIVIDE:
    case SYNTAX_MODULO:
        return LEVEL_PRODUCT;
    case SYNTAX_ADD:
    case SYNTAX_SUBTRACT:
        return LEVEL_SUM;
    case SYNTAX_NOT:
    case SYNTAX_NEGATE:
        return LEVEL_UNARY;
    default:
        return syntax_operator((enum syntax_op)node->op) != NULL ? LEVEL_RELATION : LEVEL_MEMBER;
    }
}

static void print_at(struct writer *writer, const struct syntax_node *node, enum level least)
{
    bool brackets = level_of(node) < least;
    if (brackets)
        writer_text(writer, "(");
    print_node(writer, node);
    if (brackets)
        writer_text(writer, ")");
}

static void print_items(struct writer *writer, const struct syntax_node *first)
{
    for (const struct syntax_node *item = first; item != NULL; item = item->next) {
        if (item != first)
            writer_text(writer, ", ");
        print_node(writer, item);
    }
}

static void print_map(struct writer *writer, const struct syntax_node *node)
{
    writer_text(writer, "{");
    for (const struct syntax_node *key = node->child; key != NULL; key = key->next->next) {
        if (key != node->child)
            writer_text(writer, ", ");
        print_node(writer, key);
        writer_text(writer, ": ");
        print_node(writer, key->next);
    }
    writer_text(writer, "}");
}

/* A double has a point or an exponent, or it would read as an int. */
static void print_double(struct writer *writer, double real)
{
    char text[NUMBER_TEXT_MAX];
    bool negative = __builtin_signbit(real) != 0;
    size_t n = number_print_double(negative ? -real : real, text);
    if (negative)
        writer_text(writer, "-");
    writer_put(writer, text, n);
    bool whole = true;
    for (size_t i = 0; i < n; i++)
        whole = whole && text[i] != '.' && text[i] != 'e';
    if (whole)
        writer_text(writer, ".0");
}

/* Whether the text of a node begins with a number, which takes a minus before it for its own. */
static bool begins_with_number(const struct syntax_node *node)
{
    while (level_of(node) == LEVEL_MEMBER && node->child != NULL && node->op != SYNTAX_LIST && node->op != SYNTAX_MAP &&
           node->op != SYNTAX_CALL && node->op != SYNTAX_HAS && level_of(node->child) == LEVEL_MEMBER)
        node = node->child;
    return node->op == SYNTAX_INT || node->op == SYNTAX_DOUBLE;
}

/* Two minus signs in a row are avoided too: some readers of the language let them cancel each other. */
static void print_unary(struct writer *writer, const struct syntax_node *node)
{
    const struct syntax_node *operand = node->child;
    bool negate = node->op == SYNTAX_NEGATE;
    bool brackets = level_of(operand) < LEVEL_UNARY || (level_of(operand) == LEVEL_UNARY && operand->op != node->op) ||
                    (negate && (operand->op == SYNTAX_NEGATE || begins_with_number(operand)));
    writer_text(writer, negate ? "-" : "!");
    if (brackets)
        writer_text(writer, "(");
    print_node(writer, operand);
    if (brackets)
        writer_text(writer, ")");
}

static bool is_plain_name(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!letter && (c < '0' || c > '9' || i == 0))
            return false;
    }
    static const char *const words[] = {"in", "true", "false", "null"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (length == strlen(words[i]) && memcmp(text, words[i], length) == 0)
            return false;
    return length > 0;
}

static void print_selection(struct writer *writer, const struct syntax_node *node)
{
    bool plain = is_plain_name(node->text, node->text_length);
    print_at(writer, node->child, LEVEL_MEMBER);
    writer_text(writer, plain ? "." : ".`");
    writer_put(writer, node->text, node->text_length);
    if (!plain)
        writer_text(writer, "`");
}

static void print_chain(struct writer *writer, const struct syntax_node *node)
{
    bool both = node->op == SYNTAX_AND;
    for (const struct syntax_node *child = node->child; child != NULL; child = child->next) {
        if (child != node->child)
            writer_text(writer, both ? " && " : " || ");
        print_at(writer, child, both ? LEVEL_RELATION : LEVEL_AND);
    }
}

static void print_binary(struct writer *writer, const struct syntax_node *node)
{
    enum level level = level_of(node);
    print_at(writer, node->child, level);
    writer_text(writer, " ");
    writer_text(writer, syntax_operator((enum syntax_op)node->op));
    writer_text(writer, " ");
    print_at(writer, node->child->next, level + 1);
}

static void print_conditional(struct writer *writer, const struct syntax_node *node)
{
    print_at(writer, node->child, LEVEL_OR);
    writer_text(writer, " ? ");
    print_at(writer, node->child->next, LEVEL_OR);
    writer_text(writer, " : ");
    print_at(writer, node->child->next->next, LEVEL_CONDITIONAL);
}

/* Calls, methods and macros: name(arguments) behind what stands before it. */
static void print_call(struct writer *writer, const struct syntax_node *node)
{
    static const char *const macros[] = {
        [SYNTAX_ALL] = "all",       [SYNTAX_EXISTS] = "exists", [SYNTAX_EXISTS_ONE] = "exists_one",
        [SYNTAX_FILTER] = "filter", [SYNTAX_MAPPING] = "map",   [SYNTAX_MAPPING_FILTERED] = "map"};
    const struct syntax_node *arguments = node->child;
    if (node->op == SYNTAX_CALL) {
        writer_text(writer, node->absolute ? "." : "");
        writer_put(writer, node->text, node->text_length);
        writer_text(writer, "(");
    } else {
        print_at(writer, node->child, LEVEL_MEMBER);
        arguments = node->child->next;
        writer_text(writer, ".");
        if (node->op == SYNTAX_METHOD) {
            writer_put(writer, node->text, node->text_length);
            writer_text(writer, "(");
        } else {
            writer_text(writer, macros[node->op]);
            writer_text(writer, "(");
            writer_put(writer, node->text, node->text_length);
            writer_text(writer, ", ");
        }
    }
    print_items(writer, arguments);
    writer_text(writer, ")");
}

static void print_leaf(struct writer *writer, const struct syntax_node *node)
{
    switch (node->op) {
    case SYNTAX_BOOL:
        writer_text(writer, node->boolean ? "true" : "false");
        break;
    case SYNTAX_INT:
        writer_int(writer, node->integer);
        break;
    case SYNTAX_DOUBLE:
        print_double(writer, node->real);
        break;
    case SYNTAX_STRING:
        writer_quoted(writer, node->text, node->text_length);
        break;
    case SYNTAX_NAME:
        writer_text(writer, node->absolute ? "." : "");
        writer_put(writer, node->text, node->text_length);
        break;
    default:
        writer_text(writer, "null");
    }
}

static void print_node(struct writer *writer, const struct syntax_node *node)
{
    switch (node->op) {
    case SYNTAX_SELECT:
        print_selection(writer, node);
        break;
    case SYNTAX_HAS:
        writer_text(writer, "has(");
        print_selection(writer, node);
        writer_text(writer, ")");
        break;
    case SYNTAX_INDEX:
        print_at(writer, node->child, LEVEL_MEMBER);
        writer_text(writer, "[");
        print_node(writer, node->child->next);
        writer_text(writer, "]");
        break;
    case SYNTAX_LIST:
        writer_text(writer, "[");
        print_items(writer, node->child);
        writer_text(writer, "]");
        break;
    case SYNTAX_MAP:
        print_map(writer, node);
        break;
    case SYNTAX_NOT:
    case SYNTAX_NEGATE:
        print_unary(writer, node);
        break;
    case SYNTAX_AND:
    case SYNTAX_OR:
        print_chain(writer, node);
        break;
    case SYNTAX_CONDITIONAL:
        print_conditional(writer, node);
        break;
    default:
        if (syntax_operator((enum syntax_op)node->op) != NULL)
            print_binary(writer, node);
        else if (node->op <= SYNTAX_NAME)
            print_leaf(writer, node);
        else
            print_call(writer, node);
    }
}

size_t workflow_syntax_print(const struct workflow_syntax *syntax, char *ret_text, size_t size)
{
    struct writer writer = writer_begin(ret_text, size);
    print_node(&writer, syntax->root);
    return writer_end(&writer);
}
