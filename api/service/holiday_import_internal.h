/* What reading a file of holidays and importing it share. */
#ifndef OAM_SERVICE_HOLIDAY_IMPORT_INTERNAL_H
#define OAM_SERVICE_HOLIDAY_IMPORT_INTERNAL_H

#include "base/arena.h"
#include "service/holiday_import.h"
#include "workflow/holidays.h"

struct holiday_file {
    const char *days;     /* JSON of $1 in schema/queries/holiday.sql */
    bool is_table;        /* of towns; otherwise iCalendar */
    size_t n_days;        /* in it */
    size_t n_faults;      /* rows or events that cannot be read; they are told */
    size_t n_elsewhere;   /* table: rows that are no local holidays */
    size_t n_other_years; /* left out for their year */
};

/* Reads and understands a file. False, after saying why, when that cannot be; faults are said too, and counted. */
bool holiday_file_read(const struct holiday_import_options *options, struct arena *arena, FILE *complaints,
                       struct holiday_file *ret_file);

#endif
