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

static const char *member_name(size_t index, const void *object)
{
    void *at = json_object_iter((json_t *)(uintptr_t)object);
    while (at && index-- > 0)
        at = json_object_iter_next((json_t *)(uintptr_t)object, at);
    return at ? json_object_iter_key(at) : NULL;
}

/* A field that the answer has not is null, and said to be missing: a typing error must not look like an empty value.
 * Once: a follower prints for weeks. */
static void warn_of_fields(const struct cli *cli, const json_t *object)
{
    if (!object || json_object_get(cli->told, "fields"))
        return;
    json_object_set_new(cli->told, "fields", json_true());
    char *rest = keep_text(cli->fields);
    for (const char *field; rest && (field = strsep(&rest, ",")) != NULL;) {
        if (!*field || member_at(object, field) || strchr(field, '.'))
            continue;
        const char *near = suggest(field, member_name, object);
        if (near)
            note(cli, T_NO_SUCH_FIELD_NEAR, field, near);
        else
            note(cli, T_NO_SUCH_FIELD, field);
    }
}

void output_json(const struct cli *cli, const json_t *json)
{
    if (cli->fields)
        warn_of_fields(cli, json_is_array(json) ? json_array_get(json, 0) : json);
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

static void print_bold(const struct cli *cli, const char *text)
{
    fputs(cli->color ? "\033[1m" : "", stdout);
    print_clean(stdout, text, strlen(text));
    fputs(cli->color ? "\033[0m" : "", stdout);
}

typedef const char *(*value_reader)(const struct cli *cli, const json_t *object, const struct column *column,
                                    char *buffer, size_t size);

/* A line for each column that has a value. */
static void print_record(const struct cli *cli, const json_t *object, const struct column *columns, size_t n_columns,
                         value_reader read)
{
    char buffer[CELL_MAX];
    size_t width = 0;
    for (size_t c = 0; c < n_columns; c++) {
        size_t title = text_width(sentence(columns[c].title));
        width = title > width ? title : width;
    }
    for (size_t c = 0; c < n_columns; c++) {
        const char *title = sentence(columns[c].title);
        const char *value = read(cli, object, &columns[c], buffer, sizeof buffer);
        if (*value == '\0')
            continue;
        print_bold(cli, title);
        printf("%*s", (int)(width - text_width(title) + 2), "");
        print_block(stdout, value, width + 2, terminal_width(stdout));
    }
}

/* Where a table has no room: each item as a record of its own. */
static void print_cards(const struct cli *cli, const json_t *items, const struct column *columns, size_t n_columns)
{
    size_t index;
    json_t *item;
    json_array_foreach(items, index, item)
    {
        fputs(index ? "\n" : "", stdout);
        print_record(cli, item, columns, n_columns, cell_text);
    }
}

/* What was said: who and when on a line, the text whole below it. */
static void print_blocks(const struct cli *cli, const json_t *items, const struct column *columns, size_t n_columns)
{
    char buffer[CELL_MAX];
    size_t index;
    json_t *item;
    json_array_foreach(items, index, item)
    {
        size_t total = 0, width = terminal_width(stdout);
        for (size_t c = 0; c + 1 < n_columns; c++)
            total += 2 + text_width(cell_text(cli, item, &columns[c], buffer, sizeof buffer));
        fputs(index ? "\n" : "", stdout);
        for (size_t c = 0; c + 1 < n_columns; c++) {
            fputs(c == 0 ? "" : width > 0 && total > width ? "\n" : "  ", stdout);
            print_bold(cli, cell_text(cli, item, &columns[c], buffer, sizeof buffer));
        }
        fputs("\n    ", stdout);
        print_block(stdout, cell_text(cli, item, &columns[n_columns - 1], buffer, sizeof buffer), 4,
                    terminal_width(stdout));
    }
}

void output_items(const struct cli *cli, const json_t *items, const struct column *columns, size_t n_columns)
{
    if (cli->format == FORMAT_JSON) {
        output_json(cli, items);
        return;
    }
    if (cli->format == FORMAT_CSV) {
        csv_print(stdout, items, columns, n_columns);
        return;
    }
    if (json_array_size(items) == 0) {
        note(cli, T_NOTHING_FOUND);
        if (!cli->quiet)
            advise_options(cli);
        return;
    }
    if (columns[n_columns - 1].how & BLOCK)
        print_blocks(cli, items, columns, n_columns);
    else if (!table_print(cli, stdout, items, columns, n_columns))
        print_cards(cli, items, columns, n_columns);
    if (cli->more) {
        fflush(stdout);
        note(cli, T_MORE);
    }
}

/* A list under its title, where there is anything in it. */
void output_section(const struct cli *cli, enum text title, const json_t *items, const struct column *columns,
                    size_t n_columns)
{
    if (json_array_size(items) == 0)
        return;
    if (cli->format == FORMAT_TABLE)
        printf("\n%s\n", sentence(title));
    output_items(cli, items, columns, n_columns);
}

/* One object: a line for each column that has a value. */
void output_record(const struct cli *cli, const json_t *object, const struct column *columns, size_t n_columns)
{
    if (cli->format == FORMAT_JSON) {
        output_json(cli, object);
    } else if (cli->format == FORMAT_CSV) {
        json_t *items = keep_json(json_array());
        json_array_append(items, (json_t *)(uintptr_t)object);
        csv_print(stdout, items, columns, n_columns);
    } else {
        print_record(cli, object, columns, n_columns, record_text);
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
