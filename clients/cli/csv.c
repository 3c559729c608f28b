/* RFC 4180 as a state machine over a small buffer. */
#include "csv.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 65536

enum state { FIELD_START, PLAIN, QUOTED, QUOTE_IN_QUOTED };

struct csv_reader {
    csv_source source;
    void *place;
    char chunk[CHUNK];
    size_t at, filled;
    bool started, ended, failed;
    size_t line, record_line;
    enum state state;
    char *text; /* the fields of the record, one after the other, each terminated */
    size_t length, capacity;
    size_t starts[CSV_FIELDS_MAX];
    const char *fields[CSV_FIELDS_MAX];
    size_t n_fields;
    bool quoted_any; /* "" alone on a line is a record, an empty line is none */
};

struct csv_reader *csv_new(csv_source source, void *place)
{
    struct csv_reader *reader = calloc(1, sizeof *reader);
    if (reader) {
        reader->source = source;
        reader->place = place;
        reader->line = 1;
    }
    return reader;
}

void csv_free(struct csv_reader *reader)
{
    if (reader) {
        free(reader->text);
        free(reader);
    }
}

size_t csv_line(const struct csv_reader *reader)
{
    return reader->record_line;
}

/* The next byte, -1 at the end, -2 on failure. */
static int next_byte(struct csv_reader *reader)
{
    if (reader->at == reader->filled) {
        long got = reader->ended ? 0 : reader->source(reader->place, reader->chunk, CHUNK);
        if (got <= 0) {
            reader->ended = true;
            reader->failed = reader->failed || got < 0;
            return reader->failed ? -2 : -1;
        }
        reader->at = 0;
        reader->filled = (size_t)got;
    }
    return (unsigned char)reader->chunk[reader->at++];
}

static enum csv_result put(struct csv_reader *reader, char c)
{
    size_t field_start = reader->starts[reader->n_fields];
    if (reader->length - field_start >= CSV_FIELD_MAX)
        return CSV_TOO_LONG;
    if (reader->length + 1 > reader->capacity) {
        size_t capacity = reader->capacity ? reader->capacity * 2 : 4096;
        char *text = realloc(reader->text, capacity);
        if (!text)
            return CSV_NO_MEMORY;
        reader->text = text;
        reader->capacity = capacity;
    }
    reader->text[reader->length++] = c;
    return CSV_RECORD;
}

static enum csv_result end_field(struct csv_reader *reader)
{
    enum csv_result result = put(reader, '\0');
    /* The terminator of a field of exactly the limit is not the field's. */
    if (result != CSV_RECORD)
        return result;
    if (++reader->n_fields == CSV_FIELDS_MAX)
        return CSV_TOO_MANY;
    reader->starts[reader->n_fields] = reader->length;
    reader->state = FIELD_START;
    return CSV_RECORD;
}

/* A byte inside quotes. */
static enum csv_result take_quoted(struct csv_reader *reader, char c)
{
    if (c == '"') {
        reader->state = QUOTE_IN_QUOTED;
        return CSV_RECORD;
    }
    reader->line += c == '\n';
    return put(reader, c);
}

/* A byte outside quotes that ends no line. */
static enum csv_result take_plain(struct csv_reader *reader, char c)
{
    if (c == ',')
        return end_field(reader);
    if (reader->state == QUOTE_IN_QUOTED) {
        reader->state = QUOTED;
        return c == '"' ? put(reader, c) : CSV_BAD_QUOTE;
    }
    if (c == '"') {
        if (reader->state != FIELD_START)
            return CSV_BAD_QUOTE;
        reader->quoted_any = true;
        reader->state = QUOTED;
        return CSV_RECORD;
    }
    reader->state = PLAIN;
    return put(reader, c);
}

static void begin_record(struct csv_reader *reader)
{
    reader->length = 0;
    reader->n_fields = 0;
    reader->starts[0] = 0;
    reader->state = FIELD_START;
    reader->quoted_any = false;
    reader->record_line = reader->line;
}

/* Whether the line just ended holds nothing. */
static bool is_blank(const struct csv_reader *reader)
{
    return reader->n_fields == 0 && reader->length == 0 && !reader->quoted_any;
}

static enum csv_result finish_record(struct csv_reader *reader, const char *const **ret_fields, size_t *ret_n_fields)
{
    enum csv_result result = end_field(reader);
    if (result != CSV_RECORD)
        return result;
    for (size_t i = 0; i < reader->n_fields; i++)
        reader->fields[i] = reader->text + reader->starts[i];
    *ret_fields = reader->fields;
    *ret_n_fields = reader->n_fields;
    return CSV_RECORD;
}

/* Whether the byte ends a line: LF, or CR right before LF (which is taken too). */
static bool ends_line(struct csv_reader *reader, int byte)
{
    if (byte == '\r') {
        int following = next_byte(reader);
        if (following == '\n')
            byte = '\n';
        else if (following >= 0)
            reader->at--;
    }
    reader->line += byte == '\n';
    return byte == '\n';
}

/* Looks at the first three bytes, however small the pieces are that the source gives. */
static void skip_bom(struct csv_reader *reader)
{
    static const char bom[] = "\xEF\xBB\xBF";
    if (reader->started)
        return;
    reader->started = true;
    while (reader->filled < 3 && !reader->ended) {
        long got = reader->source(reader->place, reader->chunk + reader->filled, CHUNK - reader->filled);
        if (got <= 0) {
            reader->ended = true;
            reader->failed = got < 0;
        } else {
            reader->filled += (size_t)got;
        }
    }
    if (reader->filled >= 3 && memcmp(reader->chunk, bom, 3) == 0)
        reader->at = 3;
}

enum csv_result csv_next(struct csv_reader *reader, const char *const **ret_fields, size_t *ret_n_fields)
{
    skip_bom(reader);
    begin_record(reader);
    for (;;) {
        int byte = next_byte(reader);
        enum csv_result result;
        if (byte == -2)
            return CSV_UNREADABLE;
        if (byte == -1) {
            if (reader->state == QUOTED)
                return CSV_BAD_QUOTE;
            return is_blank(reader) ? CSV_END : finish_record(reader, ret_fields, ret_n_fields);
        }
        if (byte == 0)
            return CSV_BAD_BYTE;
        if (reader->state == QUOTED) {
            result = take_quoted(reader, (char)byte);
        } else if (ends_line(reader, byte)) {
            if (!is_blank(reader))
                return finish_record(reader, ret_fields, ret_n_fields);
            begin_record(reader);
            continue;
        } else {
            result = take_plain(reader, (char)byte);
        }
        if (result != CSV_RECORD)
            return result;
    }
}
