/* Inside the expressions: a text as words. */
#ifndef OAM_WORKFLOW_EXPRESSION_LEXER_H
#define OAM_WORKFLOW_EXPRESSION_LEXER_H

#include "workflow/expression/syntax.h"

enum token_kind {
    TOKEN_END,
    TOKEN_NAME,   /* an identifier or a word of the language; reserved words too */
    TOKEN_QUOTED, /* `a-b`, without the quotes */
    TOKEN_INT,
    TOKEN_DOUBLE,
    TOKEN_STRING, /* decoded */
    TOKEN_SIGN    /* an operator or a bracket */
};

struct token {
    enum token_kind kind;
    struct syntax_span span;
    const char *text; /* NAME, QUOTED, STRING: what it means. SIGN, INT, DOUBLE: as written */
    uint32_t length;
};

struct lexer {
    const char *text;
    size_t length, at;
    struct workflow_memory *memory; /* strings with escapes are decoded into it */
    struct workflow_expression_faults *faults;
};

/* Reads the next token. False with a fault when there is none. */
bool lexer_next(struct lexer *lexer, struct token *ret);
/* Tells whether a token is this operator or bracket. */
bool token_is(const struct token *token, const char *sign);
/* Tells whether a token is this word. */
bool token_is_word(const struct token *token, const char *word);
/* Tells whether all of a text is well-formed UTF-8; otherwise ret_at is the first byte that is not. */
bool lexer_is_utf8(const char *text, size_t length, size_t *ret_at);

#endif
