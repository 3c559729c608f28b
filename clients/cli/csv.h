/* A streaming reader of RFC 4180 with limits. It knows nothing of files: bytes come from a source. */
#ifndef CSV_H
#define CSV_H

#include <stddef.h>

#define CSV_FIELD_MAX  ((size_t)1 << 20)
#define CSV_FIELDS_MAX 256

enum csv_result {
    CSV_RECORD,
    CSV_END,
    CSV_BAD_QUOTE, /* a quote inside an unquoted field, text behind a closing one, or none closing */
    CSV_BAD_BYTE,  /* a NUL */
    CSV_TOO_LONG,
    CSV_TOO_MANY,
    CSV_UNREADABLE,
    CSV_NO_MEMORY
};

struct csv_reader;

/* Gives up to size bytes; 0 at the end, -1 on failure. */
typedef long (*csv_source)(void *place, char *buffer, size_t size);

/* Makes a reader; NULL when memory is short. */
struct csv_reader *csv_new(csv_source source, void *place);

/* The next record. The fields live until the next call. Blank lines are skipped; a BOM at the beginning too. */
enum csv_result csv_next(struct csv_reader *reader, const char *const **ret_fields, size_t *ret_n_fields);

/* The line the last record began on, from 1. */
size_t csv_line(const struct csv_reader *reader);

/* Releases a reader; NULL is fine. */
void csv_free(struct csv_reader *reader);

#endif
