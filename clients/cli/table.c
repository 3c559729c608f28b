/* Tables for people, CSV for programs. */
#include "table.h"

#include <string.h>

#define COLUMNS_MAX 16
#define GAP         2

static void measure(const struct cli *cli, const json_t *items, const struct column *columns, size_t n_columns,
                    size_t *widths)
{
    char buffer[CELL_MAX];
    size_t index;
    json_t *item;
    for (size_t c = 0; c < n_columns; c++) {
        widths[c] = text_width(sentence(columns[c].title));
        json_array_foreach(items, index, item)
        {
            size_t width = text_width(cell_text(cli, item, &columns[c], buffer, sizeof buffer));
            widths[c] = width > widths[c] ? width : widths[c];
        }
    }
}

/* Takes what is too much from the flexible columns, the widest first, down to ten cells each. */
static void fit(const struct column *columns, size_t n_columns, size_t *widths, size_t room)
{
    size_t total = GAP * (n_columns - 1);
    for (size_t c = 0; c < n_columns; c++)
        total += widths[c];
    while (room > 0 && total > room) {
        size_t widest = n_columns;
        for (size_t c = 0; c < n_columns; c++)
            if ((columns[c].how & FLEXIBLE) && widths[c] > 10 && (widest == n_columns || widths[c] > widths[widest]))
                widest = c;
        if (widest == n_columns)
            return;
        widths[widest]--;
        total--;
    }
}

static void print_cell(FILE *out, const char *value, size_t width, bool is_last)
{
    size_t length = strlen(value);
    size_t used = text_width(value);
    if (used > width) {
        length = text_clip(value, width - 1);
        print_clean(out, value, length);
        fputs("…", out);
        used = width;
    } else {
        print_clean(out, value, length);
    }
    for (size_t i = used; !is_last && i < width + GAP; i++)
        fputc(' ', out);
}

void table_print(const struct cli *cli, FILE *out, const json_t *items, const struct column *columns, size_t n_columns)
{
    size_t widths[COLUMNS_MAX];
    char buffer[CELL_MAX];
    size_t index;
    json_t *item;
    measure(cli, items, columns, n_columns, widths);
    fit(columns, n_columns, widths, terminal_width(out));
    fputs(cli->color ? "\033[1m" : "", out);
    for (size_t c = 0; c < n_columns; c++)
        print_cell(out, sentence(columns[c].title), widths[c], c + 1 == n_columns);
    fputs(cli->color ? "\033[0m\n" : "\n", out);
    json_array_foreach(items, index, item)
    {
        for (size_t c = 0; c < n_columns; c++) {
            const char *value = cell_text(cli, item, &columns[c], buffer, sizeof buffer);
            print_cell(out, value, widths[c], c + 1 == n_columns);
        }
        fputc('\n', out);
    }
}

void table_line(const struct cli *cli, FILE *out, const json_t *item, const struct column *columns,
                const size_t *widths, size_t n_columns)
{
    char buffer[CELL_MAX];
    for (size_t c = 0; c < n_columns; c++) {
        const char *value = cell_text(cli, item, &columns[c], buffer, sizeof buffer);
        size_t width = text_width(value);
        print_cell(out, value, width > widths[c] ? width : widths[c], c + 1 == n_columns);
    }
    fputc('\n', out);
}

static void print_field(FILE *out, const char *value)
{
    /* A spreadsheet takes these first characters for a formula. */
    bool guarded = *value != '\0' && strchr("=+@\t", *value);
    if (!guarded && !strpbrk(value, ",\"\r\n")) {
        fputs(value, out);
        return;
    }
    fputc('"', out);
    if (guarded)
        fputc('\'', out);
    for (const char *p = value; *p; p++) {
        if (*p == '"')
            fputc('"', out);
        fputc(*p, out);
    }
    fputc('"', out);
}

void csv_titles(FILE *out, const struct column *columns, size_t n_columns)
{
    for (size_t c = 0; c < n_columns; c++)
        fprintf(out, "%s%s", c ? "," : "", columns[c].path);
    fputs("\r\n", out);
}

void csv_row(FILE *out, const json_t *item, const struct column *columns, size_t n_columns)
{
    char buffer[CELL_MAX];
    for (size_t c = 0; c < n_columns; c++) {
        fputs(c ? "," : "", out);
        print_field(out, member_raw(item, columns[c].path, buffer, sizeof buffer));
    }
    fputs("\r\n", out);
}

void csv_print(FILE *out, const json_t *items, const struct column *columns, size_t n_columns)
{
    size_t index;
    json_t *item;
    csv_titles(out, columns, n_columns);
    json_array_foreach(items, index, item)
    {
        csv_row(out, item, columns, n_columns);
    }
}
