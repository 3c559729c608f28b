/* Who takes a request: filter, then rank. The caller explains with the ranking, in order. */
#include "workflow/machine.h"

const char *workflow_unfit_key(enum workflow_unfit unfit)
{
    static const char *const keys[] = {
        [WORKFLOW_FIT] = "fit",
        [WORKFLOW_UNFIT_TERRITORY] = "territory",
        [WORKFLOW_UNFIT_ABSENT] = "absent",
        [WORKFLOW_UNFIT_CAPACITY] = "capacity",
    };
    return keys[unfit];
}

struct contest {
    const struct machine_policy *policy;
    const struct workflow_candidate *candidates;
};

static enum workflow_unfit filter_failed(const struct machine_policy *policy, const struct workflow_candidate *who)
{
    for (size_t i = 0; i < policy->n_filters; i++) {
        switch (policy->filters[i]) {
        case MACHINE_FILTER_TERRITORY:
            if (!who->covers_body && !who->covers_comarca)
                return WORKFLOW_UNFIT_TERRITORY;
            break;
        case MACHINE_FILTER_PRESENT:
            if (who->absent)
                return WORKFLOW_UNFIT_ABSENT;
            break;
        case MACHINE_FILTER_CAPACITY:
            if (who->open_load >= who->capacity)
                return WORKFLOW_UNFIT_CAPACITY;
            break;
        }
    }
    return WORKFLOW_FIT;
}

/* The body's own agent is nearest, the comarca's next, anybody else is far. */
static int64_t territory_distance(const struct workflow_candidate *who)
{
    if (who->covers_body)
        return 0;
    return who->covers_comarca ? 1 : 2;
}

static int64_t rank_value(enum machine_rank rank, const struct workflow_candidate *who)
{
    switch (rank) {
    case MACHINE_RANK_TERRITORY:
        return territory_distance(who);
    case MACHINE_RANK_OPEN_LOAD:
        return who->open_load;
    case MACHINE_RANK_LAST_ASSIGNED:
        return who->last_assigned_at_us;
    case MACHINE_RANK_ID:
        return who->id;
    }
    return 0;
}

/* Total: fit before unfit, then the policy's ranks (fit ones only), then the id, then (a caller's mistake) the place.
 */
static bool goes_before(const struct contest *contest, const struct workflow_ranking *a,
                        const struct workflow_ranking *b)
{
    const struct workflow_candidate *left = &contest->candidates[a->index];
    const struct workflow_candidate *right = &contest->candidates[b->index];

    if ((a->unfit == WORKFLOW_FIT) != (b->unfit == WORKFLOW_FIT))
        return a->unfit == WORKFLOW_FIT;
    if (a->unfit == WORKFLOW_FIT) {
        for (size_t i = 0; i < contest->policy->n_ranks; i++) {
            int64_t x = rank_value(contest->policy->ranks[i], left);
            int64_t y = rank_value(contest->policy->ranks[i], right);
            if (x != y)
                return x < y;
        }
    }
    if (left->id != right->id)
        return left->id < right->id;
    return a->index < b->index;
}

/* Restores the heap below `root`: the entry that goes last is on top. */
static void heap_sink(const struct contest *contest, struct workflow_ranking *order, size_t root, size_t n)
{
    for (;;) {
        size_t child = 2 * root + 1;
        struct workflow_ranking held = order[root];

        if (child >= n)
            return;
        if (child + 1 < n && goes_before(contest, &order[child], &order[child + 1]))
            child++;
        if (!goes_before(contest, &held, &order[child]))
            return;
        order[root] = order[child];
        order[child] = held;
        root = child;
    }
}

/* Heap sort: in place and n log n for any input; libc's qsort may allocate, and has no context argument. */
static void order_sort(const struct contest *contest, struct workflow_ranking *order, size_t n)
{
    for (size_t i = n / 2; i > 0; i--)
        heap_sink(contest, order, i - 1, n);
    for (size_t end = n; end > 1; end--) {
        struct workflow_ranking last = order[0];
        order[0] = order[end - 1];
        order[end - 1] = last;
        heap_sink(contest, order, 0, end - 1);
    }
}

bool workflow_assign(const struct workflow *wf, const char *policy, const struct workflow_candidate *candidates,
                     size_t n, struct workflow_ranking *ret_order, size_t *ret_fit)
{
    struct contest contest = {machine_policy_find(wf, policy), candidates};
    size_t fit = 0;

    if (!contest.policy)
        return false;
    for (size_t i = 0; i < n; i++) {
        ret_order[i] = (struct workflow_ranking){.index = i, .unfit = filter_failed(contest.policy, &candidates[i])};
        fit += ret_order[i].unfit == WORKFLOW_FIT;
    }
    order_sort(&contest, ret_order, n);
    *ret_fit = fit;
    return true;
}

bool workflow_policy_fallback(const struct workflow *wf, const char *policy, int *ret_role)
{
    const struct machine_policy *found = machine_policy_find(wf, policy);

    if (!found)
        return false;
    *ret_role = found->fallback_role;
    return true;
}
