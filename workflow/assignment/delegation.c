/* Who acts for whom. */
#include "workflow/assignment.h"

static bool delegate_of(const struct workflow_delegation *list, size_t n, int64_t agent, int64_t *ret)
{
    for (size_t i = 0; i < n; i++)
        if (list[i].agent == agent) {
            *ret = list[i].delegate;
            return true;
        }
    return false;
}

bool workflow_delegate_find(const struct workflow_delegation *list, size_t n, int64_t agent,
                            bool (*present)(const void *context, int64_t agent), const void *context,
                            int64_t *ret_delegate)
{
    int64_t at = agent, next;

    for (size_t steps = 0; steps < n && delegate_of(list, n, at, &next); steps++) {
        if (next == agent)
            return false;
        if (present(context, next)) {
            *ret_delegate = next;
            return true;
        }
        at = next;
    }
    return false;
}

bool workflow_delegations_are_acyclic(const struct workflow_delegation *list, size_t n, int64_t *ret_agent)
{
    for (size_t i = 0; i < n; i++) {
        int64_t at = list[i].agent, next;
        for (size_t steps = 0; steps < n && delegate_of(list, n, at, &next); steps++) {
            at = next;
            if (at != list[i].agent)
                continue;
            if (ret_agent)
                *ret_agent = at;
            return false;
        }
    }
    return true;
}
