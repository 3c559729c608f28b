#include "service/request_list.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "service/page_rows.h"
#include "service/request_many.h"
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

static const char *const sort_words[] = {"updated_desc", "updated_asc", "filed_desc", "filed_asc"};

/* What the cursor is bound to: another filter or order makes it another list. */
static uint64_t list_kind(const struct call *call, const struct request_filter *filter, const char *mine)
{
    const char *parts[] = {
        "requests",
        sort_words[filter->sort],
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

enum { PAGE_PARAMS = 14 };

/* As every filtered page takes them. */
static void page_params(struct param *ret, const struct call *call, const struct request_filter *filter,
                        const char *mine, struct keyset after)
{
    const struct param params[PAGE_PARAMS] = {
        param_time(after.key),
        param_number(after.id),
        param_number(filter->limit + 1),
        param_text(texts_or_null(call, filter->states, filter->n_states)),
        param_text(texts_or_null(call, filter->phases, filter->n_phases)),
        param_text(numbers_or_null(call, filter->by_service, filter->services, filter->n_services)),
        param_text(numbers_or_null(call, filter->by_body, filter->bodies, filter->n_bodies)),
        param_text(texts_or_null(call, filter->comarques, filter->n_comarques)),
        param_text(numbers_or_null(call, filter->by_assignee, filter->assignees, filter->n_assignees)),
        param_bool(filter->assignee_none),
        param_text(filter->external_ref),
        param_text(mine),
        param_time(filter->updated_from),
        param_time(filter->updated_to),
    };
    memcpy(ret, params, sizeof params);
}

static void queue_filtered(struct tx *tx, const struct call *call, const struct request_filter *filter,
                           enum request_sort order, const char *mine, struct keyset after, const struct rows **ret_rows)
{
    static const enum query statements[] = {QUERY_REQUEST_PAGE_UPDATED_DESC, QUERY_REQUEST_PAGE_UPDATED_ASC,
                                            QUERY_REQUEST_PAGE_FILED_DESC, QUERY_REQUEST_PAGE_FILED_ASC};
    struct param params[PAGE_PARAMS];
    page_params(params, call, filter, mine, after);
    tx_query(tx, QUERY_PLAN_FOR_THESE_VALUES, NULL, 0, NULL);
    tx_query(tx, statements[order], params, PAGE_PARAMS, ret_rows);
}

/* What the bodies have adhered to is found by other ways than what is theirs, and is little. */
static void queue_joint(struct tx *tx, const struct call *call, const struct request_filter *filter,
                        enum request_sort order, const char *mine, struct keyset after, const struct rows **ret_rows)
{
    struct param params[PAGE_PARAMS + 1];
    page_params(params, call, filter, mine, after);
    params[PAGE_PARAMS] = param_text(sort_words[order]);
    tx_query(tx, QUERY_REQUEST_PAGE_JOINT, params, PAGE_PARAMS + 1, ret_rows);
}

/* Whether `a` comes before `b` on a page in that order. */
static bool precedes(const struct request *a, const struct request *b, enum request_sort order)
{
    if (by_update(order) && a->updated_at != b->updated_at)
        return (a->updated_at > b->updated_at) == is_descending(order);
    return (a->id > b->id) == is_descending(order);
}

/* What is theirs and what they have adhered to as one page; one more than fits tells that there is more. */
static size_t merge(const struct list_question *question, struct request *ret_page, size_t max)
{
    const size_t own = rows_count(question->rows), joint = question->joint ? rows_count(question->joint) : 0;
    size_t i = 0, j = 0, n = 0;
    struct request left = own ? request_from_row(question->rows, 0) : (struct request){0};
    struct request right = joint ? request_from_row(question->joint, 0) : (struct request){0};
    while (n < max && (i < own || j < joint)) {
        if (i < own && (j == joint || precedes(&left, &right, question->order))) {
            ret_page[n++] = left;
            if (++i < own)
                left = request_from_row(question->rows, i);
        } else {
            ret_page[n++] = right;
            if (++j < joint)
                right = request_from_row(question->joint, j);
        }
    }
    return n;
}

struct page_about {
    const struct request_filter *filter;
    const struct request *requests;
    const struct selection *selection;
    const struct request_slot *slots; /* with a selection: of each row */
};

static void summary_write(const struct page_rows *page, struct json_out *out, size_t row)
{
    const struct page_about *about = page->about;
    request_view(out, &about->requests[row], page->call->directory, page->call->language, REQUEST_SUMMARY);
}

/* Nothing of what they lost sight of while the page was read. */
static void selected_write(const struct page_rows *page, struct json_out *out, size_t row)
{
    const struct page_about *about = page->about;
    const struct request_slot *slot = &about->slots[row];
    if (slot->status.bytes || !selection_reaches_over(about->selection))
        selection_write(about->selection, out, slot->request.bytes, slot->request.length, slot->status.bytes,
                        slot->status.length);
}

/* The summaries as they were read, and the statuses of the same versions. */
static bool read_selected(const struct call *call, const struct selection *selection, const struct request *requests,
                          size_t count, const struct request_slot **ret)
{
    struct request_slot *slots = arena_alloc(call->arena, (count + 1) * sizeof *slots);
    for (size_t i = 0; i < count; i++) {
        struct json_out out = json_out_new(call->arena, 1024);
        request_view(&out, &requests[i], call->directory, call->language, REQUEST_SUMMARY);
        slots[i] = (struct request_slot){.ref = requests[i].ref, .version = requests[i].version};
        slots[i].request.bytes = json_out_finish(&out, &slots[i].request.length);
    }
    *ret = slots;
    return !selection_reaches_over(selection) || request_slots_fill(call, slots, count, true);
}

static struct cursor summary_edge(const struct page_rows *page, size_t row)
{
    const struct page_about *about = page->about;
    const struct request *request = &about->requests[row];
    return (struct cursor){.key = by_update(about->filter->sort) ? request->updated_at : 0, .id = request->id};
}

static bool write_page(const struct call *call, const struct list_question *question, struct json_out *out,
                       const char **ret_next, const char **ret_prev)
{
    const struct request_filter *filter = &question->filter;
    const size_t limit = (size_t)filter->limit;
    struct request *requests = arena_alloc(call->arena, (limit + 1) * sizeof *requests);
    const size_t fetched = merge(question, requests, limit + 1);
    struct page_about about = {.filter = filter, .requests = requests, .selection = question->selection};
    if (about.selection && !read_selected(call, about.selection, requests, fetched, &about.slots))
        return false;
    page_rows_write(&(struct page_rows){.call = call,
                                        .kind = question->kind,
                                        .at = question->at,
                                        .continued = filter->cursor != NULL,
                                        .fetched = fetched,
                                        .limit = limit,
                                        .write = about.selection ? selected_write : summary_write,
                                        .edge = summary_edge,
                                        .about = &about},
                    out, ret_next, ret_prev);
    return true;
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
    question->order = order;
    if (filter->by_body)
        queue_joint(&question->tx, call, filter, order, mine, after, &question->joint);
    return true;
}

bool request_list_finish(const struct call *call, struct list_question *question, struct json_out *out,
                         const char **ret_next, const char **ret_prev)
{
    if (!tx_flush(&question->tx))
        return false;
    *ret_next = *ret_prev = NULL;
    return write_page(call, question, out, ret_next, ret_prev);
}
