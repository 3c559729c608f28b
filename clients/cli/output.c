/* What commands print: one door for tables, JSON and CSV. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "table.h"

/* The member a path like "state.key" leads to, or NULL. */
const json_t *member_at(const json_t *object, const char *path)
{
    const json_t *at = object;
    while (at && *path) {
        size_t length = strcspn(path, ".");
        char name[64];
        if (length >= sizeof name)
            return NULL;
        memcpy(name, path, length);
        name[length] = '\0';
        at = json_object_get(at, name);
        path += length + (path[length] == '.');
    }
    return at;
}

/* A list of words as "a, b"; anything else inside as JSON; empty when there is nothing in it. */
static const char *structure_text(const json_t *value)
{
    size_t index;
    json_t *item;
    char *joined = keep_text("");
    bool words = json_is_array(value);
    json_array_foreach(value, index, item)
    {
        words = words && json_is_string(item);
        joined = words ? keep_join(joined, index ? ", " : "", json_string_value(item)) : joined;
    }
    if (words || (json_is_object(value) && json_object_size(value) == 0))
        return joined;
    char *dumped = json_dumps(value, JSON_COMPACT);
    const char *kept = keep_text(dumped ? dumped : "");
    free(dumped);
    return kept;
}

/* The member as a person reads it; absent and null are empty. Points into the JSON or into buffer. */
const char *member_text(const json_t *object, const char *path, char *buffer, size_t size)
{
    const json_t *value = member_at(object, path);
    switch (value ? json_typeof(value) : JSON_NULL) {
    case JSON_STRING:
        return json_string_value(value);
    case JSON_INTEGER:
        snprintf(buffer, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        return buffer;
    case JSON_REAL:
        snprintf(buffer, size, "%g", json_real_value(value));
        return buffer;
    case JSON_TRUE:
        return sentence(T_YES);
    case JSON_FALSE:
        return sentence(T_NO);
    case JSON_ARRAY:
    case JSON_OBJECT:
        return structure_text(value);
    default:
        return "";
    }
}

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
        table_print(stdout, items, columns, n_columns, cli->color);
        if (cli->more) {
            fflush(stdout);
            note(cli, T_MORE);
        }
    }
}

/* One object: a line for each column that has a value. */
void output_record(const struct cli *cli, const json_t *object, const struct column *columns, size_t n_columns)
{
    char buffer[64];
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
        const char *value = member_text(object, columns[c].path, buffer, sizeof buffer);
        if (*value == '\0')
            continue;
        printf("%s%s%s%*s", cli->color ? "\033[1m" : "", title, cli->color ? "\033[0m" : "",
               (int)(width - text_width(title) + 2), "");
        print_clean(stdout, value, strlen(value));
        fputc('\n', stdout);
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
