/*
 * Inside the expressions: fields cut into cells, for proofs.
 *
 * Where fields are only compared with constants, what an expression is worth depends on no more of a field than between
 * which constants it lies. One value of each cell then stands for all of them, and the evaluator itself says what they
 * are worth.
 */
#ifndef OAM_WORKFLOW_EXPRESSION_CELLS_H
#define OAM_WORKFLOW_EXPRESSION_CELLS_H

#include "workflow/expression/code.h"

enum { CELLS_FIELDS_MAX = 16, CELLS_CONSTANTS_MAX = 64, CELLS_MAX = 2 * CELLS_CONSTANTS_MAX + 2 };

/* One field and its cells: the least value of each, ascending, unset before all. */
struct cells_field {
    struct workflow_expression_read read;
    const struct workflow_type *type;
    bool as_value, as_size; /* how it is looked at */
    bool may_be_unset, ordered;
    struct workflow_value *cells; /* CELLS_MAX */
    size_t n_cells;
    struct workflow_value *constants; /* CELLS_CONSTANTS_MAX */
    size_t n_constants;
    struct workflow_value last; /* the greatest value of its domain */
    bool other;                 /* the last cell is every other string */
};

/* All fields of some expressions, and roots to evaluate with. */
struct cells {
    struct cells_field fields[CELLS_FIELDS_MAX];
    size_t n_fields;
    struct workflow_value *roots;
    size_t n_roots;
};

/* Begins with no field; false when memory is too small or the environment has too many roots. */
bool cells_begin(struct cells *cells, const struct workflow_environment *environment, struct workflow_memory *memory);
/* Adds the fields and constants of an expression; false when it does anything but compare them. */
bool cells_add(struct cells *cells, const struct workflow_expression *expression,
               const struct workflow_environment *environment, struct workflow_memory *memory);
/* Cuts all fields; false when memory is too small. */
bool cells_cut(struct cells *cells, struct workflow_memory *memory);
/* Gives a field the value of one of its cells. */
void cells_set(struct cells *cells, size_t field, size_t cell);
/* Returns the greatest value of a cell that has an order. */
struct workflow_value cells_last(const struct cells_field *field, size_t cell);

#endif
