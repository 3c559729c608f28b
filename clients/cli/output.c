/* What commands print: one door for tables, JSON and CSV. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "table.h"

/* Only the fields asked for, under their paths. */
static json_t *choose_fields(const json_t *object, const char *fields)
{
    json_t *chosen = json_object();
    const char *rest = fields;
    while (*rest) {
        size_t length = strcspn(rest, ",");
        char path[128];
        if (length > 0 && length < sizeof path) {
            memcpy(path, rest, length);
            path[length] = '\0';
            const json_t *value = member_at(object, path);
            json_object_set_new(chosen, path, value ? json_deep_copy(value) : json_null());
        }
        rest += length + (rest[length] == ',');
    }
    return chosen;
}

static void dump_line(const json_t *json)
{
    /* Indented for eyes, one line for programs. */
    size_t flags = JSON_ENCODE_ANY | (isatty(STDOUT_FILENO) ? JSON_INDENT(2) : JSON_COMPACT);
    json_dumpf(json, stdout, flags);
    fputc('\n', stdout);
}

void output_json(const struct cli *cli, const json_t *json)
{
    if (!cli->fields) {
        dump_line(json);
        return;
    }
    json_t *chosen;
    if (json_is_array(json)) {
        size_t index;
        json_t *item;
        chosen = json_array();
        json_array_foreach(json, index, item)
        {
            json_array_append_new(chosen, choose_fields(item, cli->fields));
        }
    } else {
        chosen = choose_fields(json, cli->fields);
    }
    dump_line(chosen);
    json_decref(chosen);
}

void output_items(const struct cli *cli, const json_t *items, const struct column *columns, size_t n_columns)
{
    if (cli->format == FORMAT_JSON) {
        output_json(cli, items);
    } else if (cli->format == FORMAT_CSV) {
        csv_print(stdout, items, columns, n_columns);
    } else if (json_array_size(items) == 0) {
        note(cli, T_NOTHING_FOUND);
    } else {
        table_print(cli, stdout, items, columns, n_columns);
        if (cli->more) {
            fflush(stdout);
            note(cli, T_MORE);
        }
    }
}

/* One object: a line for each column that has a value. */
void output_record(const struct cli *cli, const json_t *object, const struct column *columns, size_t n_columns)
{
    char buffer[CELL_MAX];
    if (cli->format == FORMAT_JSON) {
        output_json(cli, object);
        return;
    }
    if (cli->format == FORMAT_CSV) {
        json_t *items = keep_json(json_array());
        json_array_append(items, (json_t *)(uintptr_t)object);
        csv_print(stdout, items, columns, n_columns);
        return;
    }
    size_t width = 0;
    for (size_t c = 0; c < n_columns; c++) {
        size_t title = text_width(sentence(columns[c].title));
        width = title > width ? title : width;
    }
    for (size_t c = 0; c < n_columns; c++) {
        const char *title = sentence(columns[c].title);
        const char *value = record_text(cli, object, &columns[c], buffer, sizeof buffer);
        if (*value == '\0')
            continue;
        printf("%s%s%s%*s", cli->color ? "\033[1m" : "", title, cli->color ? "\033[0m" : "",
               (int)(width - text_width(title) + 2), "");
        print_block(stdout, value, width + 2, terminal_width(stdout));
    }
}

/* Talk goes to stderr, and not at all with --quiet. */
void note(const struct cli *cli, enum text id, ...)
{
    if (cli->quiet)
        return;
    va_list arguments;
    va_start(arguments, id);
    text_vprint(stderr, id, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}
