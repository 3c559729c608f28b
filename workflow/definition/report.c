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

static void add(struct report *report, const struct place *at, size_t offset, const char *code, const char *format,
                va_list arguments) __attribute__((format(printf, 5, 0)));

static void add(struct report *report, const struct place *at, size_t offset, const char *code, const char *format,
                va_list arguments)
{
    struct workflow_fault *fault;

    if (report->n >= WORKFLOW_FAULTS_MAX)
        return;
    fault = &report->faults[report->n++];
    place_pointer(at, fault->pointer, sizeof(fault->pointer));
    locate_line(report->json, offset, &fault->line, &fault->column);
    snprintf(fault->code, sizeof(fault->code), "%s", code);
    vsnprintf(fault->message, sizeof(fault->message), format, arguments);
    text_mend(fault->message);
}

void report_fault(struct report *report, const struct place *at, const char *code, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add(report, at, locate_place(report->json, report->length, at), code, format, arguments);
    va_end(arguments);
}

static void add_within(struct report *report, const struct place *at, size_t before, const char *code,
                       const char *format, ...) __attribute__((format(printf, 5, 6)));

static void add_within(struct report *report, const struct place *at, size_t before, const char *code,
                       const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add(report, at, locate_within(report->json, report->length, at, before), code, format, arguments);
    va_end(arguments);
}

void report_expression(struct report *report, const struct place *at, const struct workflow_expression_faults *faults)
{
    for (size_t i = 0; i < faults->n && i < faults->max; i++)
        add_within(report, at, faults->list[i].offset, faults->list[i].code, "At character %u: %s",
                   faults->list[i].column, faults->list[i].message);
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
