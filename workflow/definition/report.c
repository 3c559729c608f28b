#include "workflow/definition/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How many bytes a character has by its first one; 0 where none begins. */
static size_t character_size(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xc0)
        return 0;
    return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* Drops characters that were cut in the middle: by the size of a buffer, by a precision, or by who wrote the text. */
static void text_mend(char *text)
{
    size_t n = strlen(text), kept = 0;

    for (size_t at = 0; at < n;) {
        size_t size = character_size((unsigned char)text[at]), whole = size > 0;
        while (whole < size && at + whole < n && character_size((unsigned char)text[at + whole]) == 0)
            whole++;
        if (whole == size && size > 0) {
            memmove(text + kept, text + at, size);
            kept += size;
        }
        at += whole > 0 ? whole : 1;
    }
    text[kept] = '\0';
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
    text_mend(fault->message);
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
    text_mend(fault->pointer);
    text_mend(fault->message);
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
