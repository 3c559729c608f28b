/* Tables for people, CSV for programs. */
#include "table.h"

#include <string.h>

#define COLUMNS_MAX 16
#define GAP         2
/* What a flexible column, and the main one, are not cut below. */
#define FLEXIBLE_MIN 12
#define MAIN_MIN     22
/* Up to here the main column gives way like any other. */
#define MAIN_GOOD 40

/* The columns that are shown, and how wide. */
struct layout {
    size_t n;
    struct {
        const struct column *column;
        size_t width, natural; /* natural: what its widest cell takes */
    } at[COLUMNS_MAX];
};

/* The widest cell of a column; 0 when all are empty. */
static size_t measure(const struct cli *cli, const json_t *items, const struct column *column)
{
    char buffer[CELL_MAX];
    size_t index, widest = 0;
    json_t *item;
    json_array_foreach(items, index, item)
    {
        size_t width = text_width(cell_text(cli, item, column, buffer, sizeof buffer));
        widest = width > widest ? width : widest;
    }
    return widest;
}

static size_t least_width(const struct layout *layout, size_t c)
{
    unsigned how = layout->at[c].column->how;
    size_t least = how & MAIN ? MAIN_MIN : how & FLEXIBLE ? FLEXIBLE_MIN : layout->at[c].natural;
    return least < layout->at[c].natural ? least : layout->at[c].natural;
}

static size_t least_total(const struct layout *layout)
{
    size_t total = layout->n ? GAP * (layout->n - 1) : 0;
    for (size_t c = 0; c < layout->n; c++)
        total += least_width(layout, c);
    return total;
}

/* Lets the last column of that kind go. */
static bool drop(struct layout *layout, unsigned kind)
{
    for (size_t c = layout->n; c-- > 0;) {
        if (layout->at[c].column->how & kind) {
            layout->n--;
            memmove(&layout->at[c], &layout->at[c + 1], (layout->n - c) * sizeof layout->at[0]);
            return true;
        }
    }
    return false;
}

/* Takes what is too much from the flexible columns, the widest first, the main one last. */
static void shrink(struct layout *layout, size_t room)
{
    size_t total = GAP * (layout->n - 1);
    for (size_t c = 0; c < layout->n; c++)
        total += layout->at[c].width = layout->at[c].natural;
    for (; total > room; total--) {
        size_t widest = layout->n, main_one = layout->n;
        for (size_t c = 0; c < layout->n; c++) {
            if (!(layout->at[c].column->how & FLEXIBLE) || layout->at[c].width <= least_width(layout, c))
                continue;
            if ((layout->at[c].column->how & MAIN) && layout->at[c].width <= MAIN_GOOD)
                main_one = c;
            else if (widest == layout->n || layout->at[c].width > layout->at[widest].width)
                widest = c;
        }
        layout->at[widest < layout->n ? widest : main_one].width--;
    }
}

/* Which columns fit room cells (0: any number); false when not even the least of them does. */
static bool lay_out(const struct cli *cli, const json_t *items, const struct column *columns, size_t n_columns,
                    size_t room, struct layout *ret_layout)
{
    struct layout layout = {0};
    for (size_t c = 0; c < n_columns; c++) {
        size_t title = text_width(sentence(columns[c].title));
        size_t widest = measure(cli, items, &columns[c]);
        /* For eyes a column of nothing is only in the way; programs count on it. */
        if (widest == 0 && room > 0)
            continue;
        layout.at[layout.n].column = &columns[c];
        layout.at[layout.n].natural = widest > title ? widest : title;
        layout.at[layout.n].width = layout.at[layout.n].natural;
        layout.n++;
    }
    while (room > 0 && least_total(&layout) > room)
        if (!drop(&layout, SPARE) && !drop(&layout, SPARE_LATE))
            return false;
    if (room > 0)
        shrink(&layout, room);
    *ret_layout = layout;
    return true;
}

static void print_cell(FILE *out, const char *value, size_t width, bool is_last)
{
    size_t length = strlen(value);
    size_t used = text_width(value);
    if (used > width) {
        length = text_clip(value, width - 1);
        print_clean(out, value, length);
        fputs("…", out);
        used = text_width_of(value, length) + 1;
    } else {
        print_clean(out, value, length);
    }
    for (size_t i = used; !is_last && i < width + GAP; i++)
        fputc(' ', out);
}

bool table_print(const struct cli *cli, FILE *out, const json_t *items, const struct column *columns, size_t n_columns)
{
    struct layout layout;
    char buffer[CELL_MAX];
    size_t index;
    json_t *item;
    if (!lay_out(cli, items, columns, n_columns, terminal_width(out), &layout))
        return false;
    fputs(cli->color ? "\033[1m" : "", out);
    for (size_t c = 0; c < layout.n; c++)
        print_cell(out, sentence(layout.at[c].column->title), layout.at[c].width, c + 1 == layout.n);
    fputs(cli->color ? "\033[0m\n" : "\n", out);
    json_array_foreach(items, index, item)
    {
        for (size_t c = 0; c < layout.n; c++) {
            const char *value = cell_text(cli, item, layout.at[c].column, buffer, sizeof buffer);
            print_cell(out, value, layout.at[c].width, c + 1 == layout.n);
        }
        fputc('\n', out);
    }
    return true;
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
