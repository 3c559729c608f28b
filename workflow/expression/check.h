/*
 * Inside the expressions: names become places and every node gets its type, or a fault.
 *
 * check.c walks the tree; check_names.c knows names and fields, check_calls.c functions and predicates.
 */
#ifndef OAM_WORKFLOW_EXPRESSION_CHECK_H
#define OAM_WORKFLOW_EXPRESSION_CHECK_H

#include "workflow/expression/syntax.h"
#include "workflow/expression/types.h"

/* A variable of a macro, from the innermost outwards. */
struct check_scope {
    const char *name;
    uint32_t length, level;
    const struct workflow_type *type;
    const struct check_scope *outer;
};

struct check {
    const struct workflow_environment *environment;
    struct workflow_memory *memory;
    struct workflow_expression_faults *faults;
    const char *text;
    const struct check_scope *scope;
    bool failed;
};

/*
 * Checks a tree that was parsed, and rewrites its names and calls to what they mean. `wanted` may be NULL. False with
 * at least one fault; where types are waived, what cannot be becomes SYNTAX_FAILURE instead.
 */
bool check_syntax(struct workflow_syntax *syntax, const struct workflow_environment *environment,
                  const struct workflow_type *wanted, struct workflow_memory *memory,
                  struct workflow_expression_faults *faults);

/* Checks one node and what is below it. */
void check_node(struct check *check, struct syntax_node *node);
/* Of SYNTAX_NAME, SYNTAX_SELECT and SYNTAX_HAS. */
void check_name(struct check *check, struct syntax_node *node);
void check_selection(struct check *check, struct syntax_node *node);
/* Of SYNTAX_CALL and SYNTAX_METHOD. */
void check_call(struct check *check, struct syntax_node *node);
/* Returns what a map has behind a key, a name or a string constant; a complaint where it never has that one. */
const struct workflow_type *check_key(struct check *check, struct syntax_node *key, const struct workflow_type *map);
/* Faults a string constant that is not among the values that a type has. */
void check_option(struct check *check, const struct workflow_type *type, const struct syntax_node *constant);

/* Adds a fault about some bytes (a no-op where types are waived). The node counts as dyn from there on. */
void check_complain(struct check *check, struct syntax_node *node, struct syntax_span span, const char *code,
                    const char *format, ...);
/* Adds the fault that a node is of another type than wanted. */
void check_complain_type(struct check *check, struct syntax_node *node, const char *wanted);
/* What faults of a node show: its name or operator, or all of it. */
struct syntax_span check_span_name(const struct syntax_node *node);
struct syntax_span check_span_all(const struct syntax_node *node);
/* Makes a node an error of evaluation, with nothing below it. */
void check_make_failure(struct syntax_node *node, enum workflow_error error);

/* A type as a text, for messages. */
struct check_text {
    char text[64];
};
struct check_text check_type_text(const struct workflow_type *type);

#endif
