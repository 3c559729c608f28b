/* Sorting candidates: rows of numbers, compared from the left, less first; then ids. */
#ifndef OAM_WORKFLOW_ASSIGNMENT_ORDER_H
#define OAM_WORKFLOW_ASSIGNMENT_ORDER_H

#include "workflow/assignment.h"

struct order_item {
    uint64_t packed;    /* as many columns of the row as 64 bits can tell apart */
    uint32_t candidate; /* into the agents */
    uint32_t row;       /* into the rows; of those without one, whatever the caller keeps there */
};

struct order {
    const struct workflow_agent *agents;
    const int64_t *rows;
    size_t n_columns;
    size_t n_packed; /* the first columns, that `packed` stands for */
};

/* Makes a value comparable: *ret is less where the value goes first, ascending. False when it has no order (an error,
 * an unset value, NaN). */
bool order_of_value(struct workflow_value value, int64_t *ret);

/* Makes an id comparable without a sign. */
uint64_t order_of_id(int64_t id);

/* Fills `packed` of n items, and order->n_packed. */
void order_pack(struct order *order, struct order_item *items, size_t n);

/* Sorts n items; `spare` has room for as many. The order is total: what is equal in everything goes by its place. */
void order_sort(const struct order *order, struct order_item *items, size_t n, struct order_item *spare);

#endif
