/* The three ways a list leaves the program as text. */
#ifndef TABLE_H
#define TABLE_H

#include "cli.h"

/* Aligned columns; on a terminal with bold titles, within its width, and without those that are empty or that it has no
 * room for. False, and nothing printed, when it is too narrow for a table. */
bool table_print(const struct cli *cli, FILE *out, const json_t *items, const struct column *columns, size_t n_columns);

/* One line as it comes, in columns at least so wide. */
void table_line(const struct cli *cli, FILE *out, const json_t *item, const struct column *columns,
                const size_t *widths, size_t n_columns);

/* The two parts of csv_print, for what comes line by line. */
void csv_titles(FILE *out, const struct column *columns, size_t n_columns);
void csv_row(FILE *out, const json_t *item, const struct column *columns, size_t n_columns);

/* RFC 4180 with a title row of the paths, which no language changes. */
void csv_print(FILE *out, const json_t *items, const struct column *columns, size_t n_columns);

#endif
