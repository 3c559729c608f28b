/* The list of faults of one document, and the state that every reader of a part of it shares. */
#ifndef OAM_WORKFLOW_REPORT_H
#define OAM_WORKFLOW_REPORT_H

#include "workflow/definition.h"
#include "workflow/definition/locate.h"
#include "workflow/expression.h"

struct report {
    const char *json;
    size_t length;
    size_t n;
    struct workflow_fault faults[WORKFLOW_FAULTS_MAX];
};

/* Adds a fault at a place of the (well-formed) document, NULL meaning the whole of it. Beyond WORKFLOW_FAULTS_MAX
 * further ones are dropped: who has that many starts with those. */
void report_fault(struct report *report, const struct place *at, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Adds what is wrong with an expression, each fault where it is in the text at that place. */
void report_expression(struct report *report, const struct place *at, const struct workflow_expression_faults *faults);

/* Adds a fault at a byte of a document that is not well-formed. */
void report_broken(struct report *report, size_t offset, const char *pointer, const char *code, const char *message);

/* Puts the faults in the order in which one reads the document. */
void report_sort(struct report *report);

#endif
