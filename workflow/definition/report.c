#include "workflow/definition/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A long message is cut between characters, not inside one. */
static void text_trim(char *text)
{
    size_t n = strlen(text), begin = n;

    while (begin > 0 && ((unsigned char)text[begin - 1] & 0xc0) == 0x80)
        begin--;
    if (begin == 0 || (unsigned char)text[begin - 1] < 0xc0)
        return;
    begin--;
    size_t wanted = (unsigned char)text[begin] >= 0xf0 ? 4 : (unsigned char)text[begin] >= 0xe0 ? 3 : 2;
    if (n - begin < wanted)
        text[begin] = '\0';
}

void report_fault(struct report *report, const struct place *at, const char *code, const char *format, ...)
{
    struct workflow_fault *fault;
    va_list arguments;

    if (report->n >= WORKFLOW_FAULTS_MAX)
        return;
    fault = &report->faults[report->n++];
    place_pointer(at, fault->pointer, sizeof(fault->pointer));
    locate_line(report->json, locate_place(report->json, report->length, at), &fault->line, &fault->column);
    snprintf(fault->code, sizeof(fault->code), "%s", code);
    va_start(arguments, format);
    vsnprintf(fault->message, sizeof(fault->message), format, arguments);
    va_end(arguments);
    text_trim(fault->message);
}

void report_broken(struct report *report, size_t offset, const char *pointer, const char *code, const char *message)
{
    struct workflow_fault *fault;

    if (report->n >= WORKFLOW_FAULTS_MAX)
        return;
    fault = &report->faults[report->n++];
    locate_line(report->json, offset, &fault->line, &fault->column);
    snprintf(fault->pointer, sizeof(fault->pointer), "%s", pointer);
    snprintf(fault->code, sizeof(fault->code), "%s", code);
    snprintf(fault->message, sizeof(fault->message), "%s", message);
    text_trim(fault->message);
}

static int fault_compare(const void *left, const void *right)
{
    const struct workflow_fault *a = left, *b = right;

    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    if (a->column != b->column)
        return a->column < b->column ? -1 : 1;
    return strcmp(a->code, b->code);
}

void report_sort(struct report *report)
{
    qsort(report->faults, report->n, sizeof(report->faults[0]), fault_compare);
}
