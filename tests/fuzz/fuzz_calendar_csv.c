/* Any bytes as the table of local holidays: it ends, it never steps back, and a row that is given is what it says it
 * is. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "workflow/holidays.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool fact)
{
    if (!fact)
        abort();
}

static void require_digits(const char *text, size_t length)
{
    require(strlen(text) == length && strspn(text, "0123456789") == length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct workflow_csv csv;
    struct workflow_csv_row row;
    struct workflow_source_fault fault = {.line = 0};
    enum workflow_source_next next;
    if (!workflow_csv_open(&csv, (const char *)data, size, &fault)) {
        require(fault.line == 1 && fault.what[0]);
        return 0;
    }
    const char *at = csv.at;
    size_t line = 1;
    while ((next = workflow_csv_next(&csv, &row, &fault)) != WORKFLOW_SOURCE_END) {
        require(csv.at > at && csv.at <= csv.end);
        at = csv.at;
        if (next == WORKFLOW_SOURCE_FAULT) {
            require(fault.line > line && strlen(fault.what) > 0);
            line = fault.line;
            continue;
        }
        require(row.line > line);
        line = row.line;
        if (!row.is_local)
            continue;
        int32_t day;
        require_digits(row.ine5, 5);
        require_digits(row.nucleus, 3);
        require(workflow_date_day(workflow_day_date(row.day), &day) && day == row.day);
        require(memchr(row.place, '\0', sizeof row.place) != NULL);
    }
    return 0;
}
