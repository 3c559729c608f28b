/* Any bytes as a compiled expression: they are refused, or run within their bounds and end. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "workflow/expression.h"

enum { CLAUSES = 8, SCRATCH = 64 * 1024, FUEL = 20000, TEXT = 256 };

static bool ask(void *context, unsigned predicate, uint32_t number)
{
    (void)context;
    return ((predicate ^ number) & 1) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct workflow_value words[] = {{.kind = WORKFLOW_KIND_STRING, .n = 3, .text = "Vic"},
                                                  {.kind = WORKFLOW_KIND_INT, .integer = -1}};
    const struct workflow_value fields[] = {workflow_value_int(40), workflow_value_list(words, 2),
                                            workflow_value_unset(), workflow_value_timestamp(1790000000, 5)};
    const struct workflow_value roots[] = {workflow_value_record(fields, 4), workflow_value_map(words, 1)};
    char *bytes = aligned_alloc(16, (size + 16) & ~(size_t)15), *scratch_bytes = aligned_alloc(16, SCRATCH);
    if (bytes == NULL || scratch_bytes == NULL)
        abort();
    memcpy(bytes, data, size);
    struct workflow_memory scratch = {scratch_bytes, SCRATCH, 0};
    const struct workflow_bindings bindings = {
        .roots = roots, .n_roots = 2, .ask = ask, .scratch = &scratch, .fuel = FUEL};
    const struct workflow_expression *expression = workflow_expression_open(bytes, size);
    if (expression != NULL) {
        struct workflow_expression_clause clauses[CLAUSES];
        struct workflow_expression_read reads[CLAUSES];
        char text[TEXT];
        size_t length;
        const struct workflow_value value = workflow_expression_evaluate(expression, &bindings);
        (void)workflow_value_print(&value, text, sizeof text);
        (void)workflow_expression_explain(expression, &bindings, clauses, CLAUSES);
        (void)workflow_expression_reads(expression, reads, CLAUSES);
        const char *source = workflow_expression_text(expression, &length);
        if (workflow_expression_size(expression) > size || source < bytes || source + length > bytes + size ||
            strlen(workflow_expression_type(expression)) >= size)
            abort();
    }
    free(scratch_bytes);
    free(bytes);
    return 0;
}
