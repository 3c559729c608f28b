/*
 * Files of holidays, one a line: "csv HEX" or "ics FIRST LAST HEX", the bytes in hexadecimal. A line of answers for
 * each: items and faults in order, apart by tabs; of the table "LINE INE5 NUCLEUS DATE PLACE" or "LINE -", of iCalendar
 * "NAME: DATE DATE…" for the years asked.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workflow/holidays.h"

enum { FILE_MAX = 1 << 16 };

static void print_date(int32_t day)
{
    const struct workflow_date date = workflow_day_date(day);
    printf("%04d-%02u-%02u", date.year, date.month, date.day);
}

static bool read_hex(const char *hex, char *ret_bytes, size_t *ret_length)
{
    size_t length = 0;
    unsigned byte;
    for (; length < FILE_MAX && sscanf(hex, "%2x", &byte) == 1; hex += 2)
        ret_bytes[length++] = (char)byte;
    *ret_length = length;
    return *hex == '\n' || *hex == '\0';
}

static void answer_csv(const char *bytes, size_t length)
{
    struct workflow_csv csv;
    struct workflow_csv_row row;
    struct workflow_source_fault fault;
    enum workflow_source_next next = WORKFLOW_SOURCE_END;
    if (!workflow_csv_open(&csv, bytes, length, &fault))
        printf("fault %zu\t", fault.line);
    else
        while ((next = workflow_csv_next(&csv, &row, &fault)) != WORKFLOW_SOURCE_END) {
            if (next == WORKFLOW_SOURCE_FAULT) {
                printf("fault %zu\t", fault.line);
            } else if (!row.is_local) {
                printf("%zu -\t", row.line);
            } else {
                printf("%zu %s %s ", row.line, row.ine5, row.nucleus);
                print_date(row.day);
                printf(" %s\t", row.place);
            }
        }
    putchar('\n');
}

static void answer_ics(const char *bytes, size_t length, int first, int last)
{
    struct workflow_ical ical;
    struct workflow_ical_event event;
    struct workflow_source_fault fault;
    enum workflow_source_next next;
    workflow_ical_open(&ical, bytes, length);
    while ((next = workflow_ical_next(&ical, &event, &fault)) != WORKFLOW_SOURCE_END) {
        if (next == WORKFLOW_SOURCE_FAULT) {
            printf("fault %zu: %s\t", fault.line, fault.what);
            continue;
        }
        printf("%s:", event.name);
        for (int year = first; year <= last; year++) {
            int32_t days[WORKFLOW_ICAL_YEAR_DAYS_MAX];
            const size_t n = workflow_ical_days(&event, year, days, WORKFLOW_ICAL_YEAR_DAYS_MAX);
            for (size_t i = 0; i < n; i++) {
                putchar(' ');
                print_date(days[i]);
            }
        }
        putchar('\t');
    }
    putchar('\n');
}

int main(void)
{
    static char line[2 * FILE_MAX + 64], bytes[FILE_MAX];
    size_t length;
    while (fgets(line, sizeof line, stdin)) {
        int first, last, at = 0;
        if (strncmp(line, "csv ", 4) == 0 && read_hex(line + 4, bytes, &length)) {
            answer_csv(bytes, length);
        } else if (sscanf(line, "ics %d %d %n", &first, &last, &at) == 2 && read_hex(line + at, bytes, &length)) {
            answer_ics(bytes, length, first, last);
        } else {
            fprintf(stderr, "driver_holidays: no answer to: %.80s\n", line);
            return 1;
        }
    }
    return 0;
}
