/* Inside the expressions: the functions of the language, as the checker and the evaluator know them. */
#ifndef OAM_WORKFLOW_EXPRESSION_FUNCTIONS_H
#define OAM_WORKFLOW_EXPRESSION_FUNCTIONS_H

#include "workflow/expression/moment.h"

enum function_id {
    FUNCTION_SIZE,
    FUNCTION_INT,
    FUNCTION_DOUBLE,
    FUNCTION_STRING,
    FUNCTION_BOOL,
    FUNCTION_TIMESTAMP,
    FUNCTION_DURATION,
    FUNCTION_TYPE,
    FUNCTION_DYN,
    FUNCTION_CONTAINS, /* from here with a second operand */
    FUNCTION_STARTS_WITH,
    FUNCTION_ENDS_WITH,
    FUNCTION_PART, /* and the other parts of a moment: FUNCTION_PART + enum moment_part; the zone is optional */
    FUNCTIONS = FUNCTION_PART + MOMENT_PARTS
};

/* How a function may be called and what it takes: bits of 1 << enum workflow_kind. */
struct function {
    const char *name;
    bool as_call, as_method;
    uint32_t operand;     /* the first argument, or what stands before the dot */
    unsigned least, most; /* further arguments, all of them strings */
    enum workflow_kind result;
};

/* Returns what is known of a function. */
struct function function_of(enum function_id id);

#endif
