#include "workflow/expression/syntax.h"

#include <string.h>

#include "workflow/expression/writer.h"

/* Line and column of a byte, both from 1; columns count characters. */
static void locate(const char *text, uint32_t offset, unsigned *ret_line, unsigned *ret_column)
{
    *ret_line = *ret_column = 1;
    for (uint32_t i = 0; i < offset; i++) {
        if (text[i] == '\n') {
            (*ret_line)++;
            *ret_column = 1;
        } else if (((unsigned char)text[i] & 0xc0) != 0x80) {
            (*ret_column)++;
        }
    }
}

void syntax_fault_list(struct workflow_expression_faults *faults, const char *text, struct syntax_span span,
                       const char *code, const char *format, va_list arguments)
{
    if (faults == NULL)
        return;
    if (faults->n < faults->max) {
        struct workflow_expression_fault *fault = &faults->list[faults->n];
        *fault = (struct workflow_expression_fault){.offset = span.offset, .length = span.length, .code = code};
        locate(text, span.offset, &fault->line, &fault->column);
        struct writer writer = writer_begin(fault->message, sizeof fault->message);
        writer_format(&writer, format, arguments);
        writer_end(&writer);
    }
    faults->n++;
}

bool syntax_fault(struct workflow_expression_faults *faults, const char *text, struct syntax_span span,
                  const char *code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    syntax_fault_list(faults, text, span, code, format, arguments);
    va_end(arguments);
    return false;
}

const char *syntax_operator(enum syntax_op op)
{
    static const char *const words[] = {
        [SYNTAX_MULTIPLY] = "*",    [SYNTAX_DIVIDE] = "/",  [SYNTAX_MODULO] = "%",         [SYNTAX_ADD] = "+",
        [SYNTAX_SUBTRACT] = "-",    [SYNTAX_EQUAL] = "==",  [SYNTAX_NOT_EQUAL] = "!=",     [SYNTAX_LESS] = "<",
        [SYNTAX_LESS_EQUAL] = "<=", [SYNTAX_GREATER] = ">", [SYNTAX_GREATER_EQUAL] = ">=", [SYNTAX_IN] = "in",
    };
    return op >= SYNTAX_MULTIPLY && op <= SYNTAX_IN ? words[op] : NULL;
}

bool syntax_is_identifier(const char *text, size_t length)
{
    static const char *const reserved[] = {"as",       "break",   "const",  "continue", "else", "false", "for",
                                           "function", "if",      "import", "in",       "let",  "loop",  "namespace",
                                           "null",     "package", "return", "true",     "var",  "void",  "while"};
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
        if (length == strlen(reserved[i]) && memcmp(text, reserved[i], length) == 0)
            return false;
    return true;
}

size_t syntax_length_max(const struct workflow_environment *environment)
{
    return environment == NULL || environment->length_max == 0 ? WORKFLOW_EXPRESSION_LENGTH_MAX
           : environment->length_max > SYNTAX_LENGTH_MAX       ? SYNTAX_LENGTH_MAX
                                                               : environment->length_max;
}

unsigned syntax_depth_max(const struct workflow_environment *environment)
{
    return environment == NULL || environment->depth_max == 0 ? WORKFLOW_EXPRESSION_DEPTH_MAX
           : environment->depth_max > SYNTAX_DEPTH_MAX        ? SYNTAX_DEPTH_MAX
                                                              : environment->depth_max;
}

unsigned syntax_nodes_max(const struct workflow_environment *environment)
{
    return environment == NULL || environment->nodes_max == 0 ? WORKFLOW_EXPRESSION_NODES_MAX
           : environment->nodes_max > SYNTAX_NODES_MAX        ? SYNTAX_NODES_MAX
                                                              : environment->nodes_max;
}
