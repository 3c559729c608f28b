/*
 * A few hundred candidates, several columns. The columns are packed into one number each as far as the ranges that
 * occur allow, which nearly always is all of them, and what is merged are those numbers: libc's qsort may allocate and
 * has no context argument, and comparing column by column costs a misprediction for each.
 */
#include "workflow/assignment/order.h"

#include <string.h>

enum { RUN = 8 };

uint64_t order_of_id(int64_t id)
{
    return (uint64_t)id ^ (UINT64_C(1) << 63);
}

/* The bits of a double compare like integers once the negative ones are turned round; -0.0 is 0.0. */
static int64_t order_of_double(double real)
{
    int64_t bits;

    if (real == 0)
        return 0;
    memcpy(&bits, &real, sizeof(bits));
    return bits < 0 ? INT64_MIN - bits : bits;
}

bool order_of_value(struct workflow_value value, int64_t *ret)
{
    switch (value.kind) {
    case WORKFLOW_KIND_BOOL:
        *ret = value.boolean;
        return true;
    case WORKFLOW_KIND_INT:
        *ret = value.integer;
        return true;
    case WORKFLOW_KIND_DOUBLE:
        *ret = order_of_double(value.real);
        return value.real == value.real;
    case WORKFLOW_KIND_TIMESTAMP: /* years 1 to 9999 and 292 years either way: microseconds fit */
    case WORKFLOW_KIND_DURATION:
        *ret = value.integer * 1000000 + value.n / 1000;
        return true;
    default:
        return false;
    }
}

static unsigned bits_of(uint64_t range)
{
    return range == 0 ? 0 : 64 - (unsigned)__builtin_clzll(range);
}

/* The least of a column, and how many bits tell its values apart. */
static unsigned column_bits(const struct order *order, const struct order_item *items, size_t n, size_t column,
                            int64_t *ret_least)
{
    int64_t least = INT64_MAX, most = INT64_MIN;

    for (size_t i = 0; i < n; i++) {
        int64_t value = order->rows[items[i].row * order->n_columns + column];
        least = value < least ? value : least;
        most = value > most ? value : most;
    }
    *ret_least = least;
    return bits_of((uint64_t)most - (uint64_t)least);
}

void order_pack(struct order *order, struct order_item *items, size_t n)
{
    unsigned used = 0;

    order->n_packed = 0;
    for (size_t i = 0; i < n; i++)
        items[i].packed = 0;
    for (size_t column = 0; n > 0 && column < order->n_columns; column++) {
        int64_t least;
        unsigned bits = column_bits(order, items, n, column, &least);
        if (used + bits > 64)
            return;
        for (size_t i = 0; bits > 0 && i < n; i++) {
            uint64_t value = (uint64_t)order->rows[items[i].row * order->n_columns + column] - (uint64_t)least;
            items[i].packed = bits == 64 ? value : (items[i].packed << bits) | value;
        }
        used += bits;
        order->n_packed++;
    }
}

/* What `packed` does not tell: the columns after it, the id, and (a caller's mistake) the place. */
static bool tie_goes_before(const struct order *order, const struct order_item *a, const struct order_item *b)
{
    for (size_t column = order->n_packed; column < order->n_columns; column++) {
        int64_t x = order->rows[a->row * order->n_columns + column],
                y = order->rows[b->row * order->n_columns + column];
        if (x != y)
            return x < y;
    }
    int64_t x = order->agents[a->candidate].id, y = order->agents[b->candidate].id;
    return x != y ? x < y : a->candidate < b->candidate;
}

static inline bool goes_before(const struct order *order, const struct order_item *a, const struct order_item *b)
{
    return a->packed != b->packed ? a->packed < b->packed : tie_goes_before(order, a, b);
}

static void run_sort(const struct order *order, struct order_item *items, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct order_item held = items[i];
        size_t at = i;
        for (; at > 0 && goes_before(order, &held, &items[at - 1]); at--)
            items[at] = items[at - 1];
        items[at] = held;
    }
}

static void merge(const struct order *order, const struct order_item *from, size_t middle, size_t n,
                  struct order_item *to)
{
    size_t left = 0, right = middle;

    for (size_t i = 0; i < n; i++) {
        bool take_right = right < n && (left == middle || goes_before(order, &from[right], &from[left]));
        to[i] = from[take_right ? right : left];
        right += take_right;
        left += !take_right;
    }
}

void order_sort(const struct order *order, struct order_item *items, size_t n, struct order_item *spare)
{
    struct order_item *from = items, *to = spare;

    for (size_t at = 0; at < n; at += RUN)
        run_sort(order, items + at, n - at < RUN ? n - at : RUN);
    for (size_t width = RUN; width < n; width *= 2) {
        for (size_t at = 0; at < n; at += 2 * width) {
            size_t length = n - at < 2 * width ? n - at : 2 * width;
            merge(order, from + at, width < length ? width : length, length, to + at);
        }
        struct order_item *held = from;
        from = to;
        to = held;
    }
    if (from != items)
        memcpy(items, from, n * sizeof(*items));
}
