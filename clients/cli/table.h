/* The three ways a list leaves the program as text. */
#ifndef TABLE_H
#define TABLE_H

#include "cli.h"

/* Aligned columns; on a terminal with bold titles and within its width. */
void table_print(FILE *out, const json_t *items, const struct column *columns, size_t n_columns, bool color);

/* RFC 4180 with a title row of the paths, which no language changes. */
void csv_print(FILE *out, const json_t *items, const struct column *columns, size_t n_columns);

#endif
