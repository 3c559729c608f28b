/* Lists of requests: filters, order, keyset pages both ways. */
#ifndef OAM_SERVICE_REQUEST_LIST_H
#define OAM_SERVICE_REQUEST_LIST_H

#include "base/json_out.h"
#include "service/call.h"

#define LIST_VALUES_MAX 256 /* of one filter; no fewer than ACTOR_BODIES_MAX */

enum request_sort {
    REQUEST_SORT_UPDATED_DESC,
    REQUEST_SORT_UPDATED_ASC,
    REQUEST_SORT_FILED_DESC,
    REQUEST_SORT_FILED_ASC
};

struct request_filter {
    const char *states[LIST_VALUES_MAX], *phases[LIST_VALUES_MAX], *comarques[LIST_VALUES_MAX];
    size_t n_states, n_phases, n_comarques;
    int64_t services[LIST_VALUES_MAX], bodies[LIST_VALUES_MAX], assignees[LIST_VALUES_MAX];
    size_t n_services, n_bodies, n_assignees;
    bool by_service, by_body, by_assignee; /* asked for, even when nothing of it exists: then the page is empty */
    bool assignee_none, mine;
    const char *external_ref;
    int64_t updated_from, updated_to; /* µs, 0: open */
    enum request_sort sort;
    int limit;
    const char *cursor; /* as given, or NULL */
};

/* Writes {items, next, prev}; *ret_next and *ret_prev are the cursors or NULL. */
bool request_list(const struct call *call, const struct request_filter *filter, struct json_out *out,
                  const char **ret_next, const char **ret_prev);

#endif
