/* Lists of requests: filters, order, keyset pages both ways. */
#ifndef OAM_SERVICE_REQUEST_LIST_H
#define OAM_SERVICE_REQUEST_LIST_H

#include "base/json_out.h"
#include "model/selection.h"
#include "service/call.h"
#include "service/cursor.h"

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

/* A page in two halves: what is asked may travel with what others ask, where `common` says that it is one of the looks
 * that take no longer than a few rows of an index (tx_flush_together). */
struct list_question {
    struct tx tx;
    const struct rows *rows, *joint;   /* joint: what the bodies asked for have adhered to, NULL without a body */
    struct request_filter filter;      /* as asked, and narrowed to what the caller may see */
    const struct selection *selection; /* what of the requests is wanted; NULL: their summaries */
    struct cursor at;
    enum request_sort order; /* of the rows */
    uint64_t kind;
    bool common;
};
/* `question->filter` is filled by the caller. */
bool request_list_begin(const struct call *call, struct list_question *question);
/* Writes {items, next, prev}; *ret_next and *ret_prev are the cursors or NULL. */
bool request_list_finish(const struct call *call, struct list_question *question, struct json_out *out,
                         const char **ret_next, const char **ret_prev);

#endif
