#include "service/request_list.h"

#include <inttypes.h>
#include <stdlib.h>

#include "service/cursor.h"
#include "service/request_row.h"
#include "service/request_view.h"
#include "store/array.h"

/* The place after which a page starts, in the order of its statement. */
struct keyset {
    int64_t key, id;
};

static const char *numbers_or_null(const struct call *call, bool asked, const int64_t *items, size_t count)
{
    return asked ? array_of_numbers(call->arena, items, count) : NULL;
}

static const char *texts_or_null(const struct call *call, const char *const *items, size_t count)
{
    return count > 0 ? array_of_texts(call->arena, items, count) : NULL;
}

/* The body's side asks for its own bodies: row-level security would leave the same rows, this finds them by index. */
static void narrow_to_own(const struct call *call, struct request_filter *filter)
{
    const struct actor *actor = call->actor;
    if (actor->staff || actor->all_bodies)
        return;
    if (!filter->by_body) {
        filter->by_body = true;
        for (size_t i = 0; i < actor->n_bodies && filter->n_bodies < LIST_VALUES_MAX; i++)
            filter->bodies[filter->n_bodies++] = actor->bodies[i];
    }
}

/* `mine`: what an agent has; what the body's side or an integration filed. */
static const char *filed_by(const struct call *call, struct request_filter *filter)
{
    if (!filter->mine)
        return NULL;
    if (!call->actor->staff)
        return call->actor->principal;
    filter->by_assignee = true;
    filter->n_assignees = 1;
    filter->assignees[0] = call->actor->agent_id; /* 0 is nobody: an operator has none of his own */
    filter->assignee_none = false;
    return NULL;
}

static bool is_descending(enum request_sort sort)
{
    return sort == REQUEST_SORT_UPDATED_DESC || sort == REQUEST_SORT_FILED_DESC;
}
static bool by_update(enum request_sort sort)
{
    return sort == REQUEST_SORT_UPDATED_DESC || sort == REQUEST_SORT_UPDATED_ASC;
}

/* What the cursor is bound to: another filter or order makes it another list. */
static uint64_t list_kind(const struct call *call, const struct request_filter *filter, const char *mine)
{
    const char *sorts[] = {"updated_desc", "updated_asc", "filed_desc", "filed_asc"};
    const char *parts[] = {
        "requests",
        sorts[filter->sort],
        texts_or_null(call, filter->states, filter->n_states),
        texts_or_null(call, filter->phases, filter->n_phases),
        texts_or_null(call, filter->comarques, filter->n_comarques),
        numbers_or_null(call, filter->by_service, filter->services, filter->n_services),
        numbers_or_null(call, filter->by_body, filter->bodies, filter->n_bodies),
        numbers_or_null(call, filter->by_assignee, filter->assignees, filter->n_assignees),
        filter->assignee_none ? "none" : NULL,
        mine,
        filter->external_ref,
        arena_printf(call->arena, "%" PRId64 " %" PRId64, filter->updated_from, filter->updated_to),
    };
    return cursor_kind(parts, sizeof parts / sizeof *parts);
}

static bool is_plain(const struct request_filter *filter, const char *mine)
{
    return filter->n_states + filter->n_phases + filter->n_comarques == 0 && !filter->by_service &&
           !filter->assignee_none && !mine && !filter->external_ref && !filter->updated_from && !filter->updated_to;
}

/* Before the first row there is nothing smaller, or nothing larger. */
static struct keyset from_the_edge(bool descending)
{
    return descending ? (struct keyset){INT64_C(253402300799000000), INT64_MAX} : (struct keyset){1, 0};
}

/* The looks that everybody takes all the time have statements of their own, planned once. */
static bool queue_common(struct tx *tx, const struct request_filter *filter, const char *mine, struct keyset after,
                         const struct rows **ret_rows)
{
    struct param key = param_time(after.key), id = param_number(after.id), limit = param_number(filter->limit + 1);
    if (!is_plain(filter, mine))
        return false;
    if (!filter->by_body && !filter->by_assignee)
        tx_run(tx, QUERY_REQUEST_PAGE_NEWEST, ret_rows, key, id, limit);
    else if (!filter->by_body && filter->n_assignees == 1)
        tx_run(tx, QUERY_REQUEST_PAGE_ASSIGNEE, ret_rows, key, id, limit, param_number(filter->assignees[0]));
    else if (!filter->by_assignee && filter->n_bodies == 1)
        tx_run(tx, QUERY_REQUEST_PAGE_BODY, ret_rows, key, id, limit, param_number(filter->bodies[0]));
    else
        return false;
    return true;
}

static void queue_filtered(struct tx *tx, const struct call *call, const struct request_filter *filter,
                           enum request_sort order, const char *mine, struct keyset after, const struct rows **ret_rows)
{
    static const enum query statements[] = {QUERY_REQUEST_PAGE_UPDATED_DESC, QUERY_REQUEST_PAGE_UPDATED_ASC,
                                            QUERY_REQUEST_PAGE_FILED_DESC, QUERY_REQUEST_PAGE_FILED_ASC};
    tx_query(tx, QUERY_PLAN_FOR_THESE_VALUES, NULL, 0, NULL);
    tx_run(tx, statements[order], ret_rows, param_time(after.key), param_number(after.id),
           param_number(filter->limit + 1), param_text(texts_or_null(call, filter->states, filter->n_states)),
           param_text(texts_or_null(call, filter->phases, filter->n_phases)),
           param_text(numbers_or_null(call, filter->by_service, filter->services, filter->n_services)),
           param_text(numbers_or_null(call, filter->by_body, filter->bodies, filter->n_bodies)),
           param_text(texts_or_null(call, filter->comarques, filter->n_comarques)),
           param_text(numbers_or_null(call, filter->by_assignee, filter->assignees, filter->n_assignees)),
           param_bool(filter->assignee_none), param_text(filter->external_ref), param_text(mine),
           param_time(filter->updated_from), param_time(filter->updated_to));
}

static const char *edge(const struct call *call, const struct request_filter *filter, uint64_t kind,
                        const struct request *request, bool backwards)
{
    return cursor_encode(call->arena, call->auth, kind, by_update(filter->sort) ? request->updated_at : 0, request->id,
                         backwards);
}

/* A page that was read backwards comes in reverse. */
static void write_page(const struct call *call, const struct request_filter *filter, const struct rows *rows,
                       uint64_t kind, const struct cursor *at, struct json_out *out, const char **ret_next,
                       const char **ret_prev)
{
    size_t fetched = rows_count(rows), count = fetched > (size_t)filter->limit ? (size_t)filter->limit : fetched;
    bool more = fetched > count;
    json_out_object_begin(out);
    json_out_name(out, "items");
    json_out_array_begin(out);
    for (size_t i = 0; i < count; i++) {
        struct request request = request_from_row(rows, at->backwards ? count - 1 - i : i);
        request_view(out, &request, call->directory, call->language, REQUEST_SUMMARY);
        if (i == 0 && (at->backwards ? more : filter->cursor != NULL))
            *ret_prev = edge(call, filter, kind, &request, true);
        if (i == count - 1 && (at->backwards || more))
            *ret_next = edge(call, filter, kind, &request, false);
    }
    json_out_array_end(out);
    json_out_member_text(out, "next", *ret_next);
    json_out_member_text(out, "prev", *ret_prev);
    json_out_object_end(out);
}

bool request_list_begin(const struct call *call, struct list_question *question)
{
    struct request_filter *filter = &question->filter;
    struct cursor *at = &question->at;
    narrow_to_own(call, filter);
    const char *mine = filed_by(call, filter);
    question->kind = list_kind(call, filter, mine);
    if (filter->cursor && !cursor_decode(call->auth, question->kind, filter->cursor, at, call->err))
        return false;
    bool descending = is_descending(filter->sort) != at->backwards;
    /* An unused key must still be a time. */
    struct keyset after = filter->cursor ? (struct keyset){at->key ? at->key : 1, at->id} : from_the_edge(descending);
    enum request_sort order = by_update(filter->sort)
                                  ? (descending ? REQUEST_SORT_UPDATED_DESC : REQUEST_SORT_UPDATED_ASC)
                                  : (descending ? REQUEST_SORT_FILED_DESC : REQUEST_SORT_FILED_ASC);
    if (!tx_begin(&question->tx, call->store, TX_READ, call->actor, call->arena, call->err))
        return false;
    question->common =
        order == REQUEST_SORT_UPDATED_DESC && queue_common(&question->tx, filter, mine, after, &question->rows);
    if (!question->common)
        queue_filtered(&question->tx, call, filter, order, mine, after, &question->rows);
    return true;
}

bool request_list_finish(const struct call *call, struct list_question *question, struct json_out *out,
                         const char **ret_next, const char **ret_prev)
{
    if (!tx_flush(&question->tx))
        return false;
    *ret_next = *ret_prev = NULL;
    write_page(call, &question->filter, question->rows, question->kind, &question->at, out, ret_next, ret_prev);
    return true;
}
