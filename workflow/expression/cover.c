/* Proofs by cases: see cells.h. */
#include "workflow/expression/cells.h"
#include "workflow/expression/evaluate.h"

enum { CASES_MAX = 100000 };

/* Whether any expression is true for what the fields are now. */
static bool any_holds(const struct workflow_expression *const *expressions, size_t n, const struct cells *cells)
{
    struct workflow_bindings bindings = {.roots = cells->roots, .n_roots = cells->n_roots};
    for (size_t i = 0; i < n; i++)
        if (workflow_value_holds(workflow_expression_evaluate(expressions[i], &bindings)))
            return true;
    return false;
}

/* Goes on to the next case; false after the last. */
static bool advance(struct cells *cells, size_t *at)
{
    for (size_t i = 0; i < cells->n_fields; i++) {
        at[i] = at[i] + 1 < cells->fields[i].n_cells ? at[i] + 1 : 0;
        cells_set(cells, i, at[i]);
        if (at[i] != 0)
            return true;
    }
    return false;
}

static bool is_feasible(const struct cells *cells)
{
    uint64_t cases = 1;
    for (size_t i = 0; i < cells->n_fields && cases <= CASES_MAX; i++)
        cases *= cells->fields[i].n_cells;
    return cases > 0 && cases <= CASES_MAX;
}

/* Everything that is needed to go through the cases; false: they cannot be told, or are too many. */
static bool prepare(struct cells *cells, const struct workflow_expression *const *expressions, size_t n,
                    const struct workflow_environment *environment, struct workflow_memory *memory)
{
    if (!cells_begin(cells, environment, memory))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!cells_add(cells, expressions[i], environment, memory))
            return false;
    if (!cells_cut(cells, memory) || !is_feasible(cells))
        return false;
    for (size_t i = 0; i < cells->n_fields; i++)
        cells_set(cells, i, 0);
    return true;
}

static enum workflow_cover decide(struct cells *cells, const struct workflow_expression *const *expressions, size_t n)
{
    size_t at[CELLS_FIELDS_MAX] = {0};
    do {
        if (!any_holds(expressions, n, cells))
            return WORKFLOW_COVER_REFUTED;
    } while (advance(cells, at));
    return WORKFLOW_COVER_PROVED;
}

enum workflow_cover workflow_expressions_cover(const struct workflow_expression *const *expressions, size_t n,
                                               const struct workflow_environment *environment,
                                               struct workflow_memory *memory,
                                               struct workflow_expression_read *ret_reads,
                                               struct workflow_value *ret_values, size_t max, size_t *ret_n)
{
    struct cells cells;
    size_t used = memory->used;
    enum workflow_cover answer = WORKFLOW_COVER_UNKNOWN;
    *ret_n = 0;
    if (prepare(&cells, expressions, n, environment, memory))
        answer = decide(&cells, expressions, n);
    for (size_t i = 0; answer == WORKFLOW_COVER_REFUTED && i < cells.n_fields; i++, (*ret_n)++) {
        const struct workflow_value *root = &cells.roots[cells.fields[i].read.root];
        int member = cells.fields[i].read.member;
        if (i >= max)
            continue;
        ret_reads[i] = cells.fields[i].read;
        ret_values[i] = member >= 0 ? root->items[member] : *root;
    }
    memory->used = used;
    return answer;
}

static bool continues(const struct workflow_expression_range *range, const struct cells_field *field, size_t cell)
{
    struct workflow_value before;
    if (cell == 0 || range->other || range->min.kind != field->cells[cell].kind)
        return false;
    before = cells_last(field, cell - 1);
    bool ordered = before.kind == WORKFLOW_KIND_INT || before.kind == WORKFLOW_KIND_TIMESTAMP ||
                   before.kind == WORKFLOW_KIND_DURATION;
    return ordered && workflow_value_equal(&before, &range->max);
}

bool workflow_expression_solve(const struct workflow_expression *expression,
                               const struct workflow_environment *environment, struct workflow_memory *memory,
                               struct workflow_expression_range *ret_ranges, size_t max, size_t *ret_n)
{
    struct cells cells;
    size_t used = memory->used;
    struct workflow_expression_range range = {.other = true};
    *ret_n = 0;
    bool fine = prepare(&cells, &expression, 1, environment, memory) && cells.n_fields == 1;
    for (size_t cell = 0; fine && cell < cells.fields[0].n_cells; cell++) {
        const struct cells_field *field = &cells.fields[0];
        cells_set(&cells, 0, cell);
        if (!any_holds(&expression, 1, &cells))
            continue;
        if (*ret_n > 0 && continues(&range, field, cell)) {
            range.max = cells_last(field, cell);
        } else {
            range = (struct workflow_expression_range){.min = field->cells[cell], .max = cells_last(field, cell)};
            range.other = field->other && cell + 1 == field->n_cells;
            (*ret_n)++;
        }
        if (*ret_n <= max)
            ret_ranges[*ret_n - 1] = range;
    }
    memory->used = used;
    return fine;
}
