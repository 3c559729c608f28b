#include <string.h>

#include "base/json_out.h"
#include "service/seed_internal.h"

#define COLUMNS_MAX 64

struct csv {
    struct arena *arena;
    const char *at, *end;
    size_t line;
};

/* One field, unquoted, arena-owned; leaves `at` on the comma or the end of the line behind it. */
static const char *read_field(struct csv *csv)
{
    if (csv->at < csv->end && *csv->at == '"') {
        char *text = arena_alloc(csv->arena, (size_t)(csv->end - csv->at));
        size_t length = 0;
        for (csv->at++; csv->at < csv->end; csv->at++) {
            if (*csv->at == '"' && (csv->at + 1 == csv->end || csv->at[1] != '"'))
                break;
            csv->at += *csv->at == '"';
            csv->line += *csv->at == '\n';
            text[length++] = *csv->at;
        }
        csv->at += csv->at < csv->end;
        return text;
    }
    const char *begin = csv->at;
    while (csv->at < csv->end && *csv->at != ',' && *csv->at != '\n')
        csv->at++;
    return arena_strndup(csv->arena, begin, (size_t)(csv->at - begin));
}

/* One row; returns the number of its fields. */
static size_t read_row(struct csv *csv, const char *ret_fields[COLUMNS_MAX])
{
    csv->line++;
    for (size_t n = 0;;) {
        const char *field = read_field(csv);
        if (n < COLUMNS_MAX)
            ret_fields[n] = field;
        n++;
        if (csv->at >= csv->end || *csv->at++ == '\n')
            return n;
    }
}

const char *seed_csv_to_json(struct arena *arena, const char *bytes, size_t length, size_t *ret_line)
{
    struct csv csv = {.arena = arena, .at = bytes, .end = bytes + length};
    const char *names[COLUMNS_MAX], *fields[COLUMNS_MAX];
    const size_t columns = read_row(&csv, names);
    struct json_out out = json_out_new(arena, length * 4);
    json_out_array_begin(&out);
    while (csv.at < csv.end) {
        const size_t n = read_row(&csv, fields);
        if (n != columns || n > COLUMNS_MAX) {
            *ret_line = csv.line;
            return NULL;
        }
        json_out_object_begin(&out);
        for (size_t i = 0; i < n; i++) {
            json_out_key(&out, names[i]);
            json_out_text(&out, fields[i][0] ? fields[i] : NULL);
        }
        json_out_object_end(&out);
    }
    json_out_array_end(&out);
    return json_out_finish(&out, NULL);
}
