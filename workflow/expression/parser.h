/* Inside the expressions: macros, and the names of what is not supported, for the parser. */
#ifndef OAM_WORKFLOW_EXPRESSION_PARSER_H
#define OAM_WORKFLOW_EXPRESSION_PARSER_H

#include "workflow/expression/lexer.h"

struct parser {
    struct lexer lexer;
    struct token token; /* the one to be read next */
    uint32_t end;       /* where the one before it ended */
    const struct workflow_environment *environment;
    unsigned n_nodes, nodes_max, depth, depth_max;
};

/* Makes a node whose text begins at `offset` and ends with what was read last. NULL with a fault when there are too
 * many. */
struct syntax_node *parser_node(struct parser *parser, enum syntax_op op, uint32_t offset);
/* Adds a child at the end; false with a fault when the tree becomes too deep. */
bool parser_adopt(struct parser *parser, struct syntax_node *node, struct syntax_node *child);

/* Reads the next token; false with a fault. */
bool parser_advance(struct parser *parser);
/* Reads a sign that has to be there; false with a fault. */
bool parser_expect(struct parser *parser, const char *sign);
/* Adds a fault; always NULL. */
void *parser_fail(struct parser *parser, struct syntax_span span, const char *code, const char *message);
/* Adds the fault that the next token is not what was wanted; always NULL. */
void *parser_unexpected(struct parser *parser, const char *wanted);

/* Parse from the next token; NULL with a fault. A number is told where its text begins, and whether a minus was before
 * it. */
struct syntax_node *parser_expression(struct parser *parser);
struct syntax_node *parser_member(struct parser *parser);
struct syntax_node *parser_number(struct parser *parser, uint32_t offset, bool negative);
/* Reads what selects from an operand whose text began at offset, as long as something does. node may be NULL. */
struct syntax_node *parser_suffixes(struct parser *parser, struct syntax_node *node, uint32_t offset);

/*
 * Turns a call just parsed into what it is: has(), a macro over its operand, or the call itself. Refuses functions of
 * CEL that this language leaves out. NULL with a fault.
 */
struct syntax_node *parser_call(struct parser *parser, struct syntax_node *call);

#endif
