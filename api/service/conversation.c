#include "service/conversation.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "service/page_rows.h"
#include "service/request_row.h"
#include "service/request_change.h"
#include "service/request_service.h"
#include "service/request_view.h"
#include "service/answer_cache.h"
#include "workflow/procedure.h"

/* ---- saying ---- */

static void said_view(struct json_out *out, const struct call *call, const char *uid, const char *text)
{
    json_out_object_begin(out);
    json_out_member_text(out, "id", uid);
    json_out_member_text(out, "text", text);
    json_out_name(out, "author");
    actor_view(out, call->directory, call->actor->principal, call->actor->login);
    json_out_member_time(out, "created_at", call->now);
    json_out_object_end(out);
}

bool comment_add(const struct call *call, const char *ref, const char *text, bool internal, struct reply *ret)
{
    tx_auto struct tx tx = {0};
    struct idempotency key;
    struct request request;
    if (!request_change_begin(&tx, call, &key, ref, &request, ret))
        return ret->replayed;
    char uid[37];
    auth_uuid7(call->now, uid);
    tx_run(&tx, QUERY_COMMENT_ADD, NULL, param_number(request.id), param_text(uid), param_bool(internal),
           param_text(call->actor->principal), param_text(call->actor->login),
           param_text(call->actor->staff ? "provider" : "body"), param_text(text), param_time(call->now));
    struct json_out out = json_out_new(call->arena, 512);
    said_view(&out, call, uid, text);
    *ret = (struct reply){.status = 201};
    ret->bytes = json_out_finish(&out, &ret->length);
    idempotency_keep(&key, &tx, call, ret);
    bool done = tx_commit(&tx);
    answer_cache_forget(call->cache, ref);
    return done;
}

/* ---- pages of what belongs to one request ---- */

struct thread {
    enum query forwards, backwards;
    const char *name;
    bool takes_internal, internal; /* comments and notes share a statement */
    void (*view)(struct json_out *out, const struct call *call, const struct request *request, const struct rows *rows,
                 size_t row);
};

static void queue_thread(struct tx *tx, const struct thread *thread, const struct request *request,
                         struct page_rows *list)
{
    const enum query query = list->at.backwards ? thread->backwards : thread->forwards;
    const int64_t most = (int64_t)list->limit + 1;
    if (thread->takes_internal)
        tx_run(tx, query, &list->rows, param_number(request->id), param_bool(thread->internal),
               param_number(list->at.id), param_number(most));
    else
        tx_run(tx, query, &list->rows, param_number(request->id), param_number(list->at.id), param_number(most));
}

struct thread_of {
    const struct thread *thread;
    const struct request *request;
};

static void entry_write(const struct page_rows *page, struct json_out *out, size_t row)
{
    const struct thread_of *of = page->about;
    of->thread->view(out, page->call, of->request, page->rows, row);
}

static struct cursor entry_edge(const struct page_rows *page, size_t row)
{
    return (struct cursor){.id = rows_number(page->rows, row, 0)};
}

static bool thread_page(const struct call *call, const char *ref, const struct thread *thread,
                        const struct page_input *page, struct json_out *out, const char **ret_next,
                        const char **ret_prev)
{
    struct request request;
    const char *parts[] = {thread->name, ref};
    const struct thread_of about = {thread, &request};
    struct page_rows list = {.call = call, .write = entry_write, .edge = entry_edge, .about = &about};
    tx_auto struct tx tx = {0};
    if (!page_rows_begin(&list, page, parts, 2) || !request_find(call, ref, &request) ||
        !tx_begin(&tx, call->store, TX_READ, call->actor, call->arena, call->err))
        return false;
    queue_thread(&tx, thread, &request, &list);
    return page_rows_finish(&list, &tx, out, ret_next, ret_prev);
}

static void comment_view(struct json_out *out, const struct call *call, const struct request *request,
                         const struct rows *rows, size_t row)
{
    enum { COMMENT_ID, COMMENT_UID, COMMENT_AUTHOR, COMMENT_AUTHOR_NAME, COMMENT_TEXT, COMMENT_AT };
    (void)request;
    json_out_object_begin(out);
    json_out_member_text(out, "id", rows_text(rows, row, COMMENT_UID));
    json_out_member_text(out, "text", rows_text(rows, row, COMMENT_TEXT));
    json_out_name(out, "author");
    actor_view(out, call->directory, rows_text(rows, row, COMMENT_AUTHOR), rows_text(rows, row, COMMENT_AUTHOR_NAME));
    json_out_member_time(out, "created_at", rows_time(rows, row, COMMENT_AT));
    json_out_object_end(out);
}

bool comment_list(const struct call *call, const char *ref, bool internal, const struct page_input *page,
                  struct json_out *out, const char **ret_next, const char **ret_prev)
{
    const struct thread thread = {
        .forwards = QUERY_COMMENT_PAGE,
        .backwards = QUERY_COMMENT_PAGE_BACK,
        .name = internal ? "notes" : "comments",
        .takes_internal = true,
        .internal = internal,
        .view = comment_view,
    };
    return thread_page(call, ref, &thread, page, out, ret_next, ret_prev);
}

/* What happened, in words: a transition by its label in the state it left, the rest by its type. */
static const char *history_label(const struct call *call, const struct request *request, const char *type,
                                 const char *event, const char *from)
{
    static const struct {
        const char *type;
        enum text_key key;
    } labels[] = {
        {"created", TEXT_HISTORY_CREATED},
        {"edited", TEXT_HISTORY_EDITED},
        {"assigned", TEXT_HISTORY_ASSIGNED},
        {"commented", TEXT_HISTORY_COMMENTED},
        {"noted", TEXT_HISTORY_NOTED},
        {"imported", TEXT_HISTORY_IMPORTED},
        {"clock_recomputed", TEXT_HISTORY_CLOCK_RECOMPUTED},
        {"invited", TEXT_HISTORY_INVITED},
        {"voted", TEXT_HISTORY_VOTED},
        {"transitioned", TEXT_HISTORY_TIME_LIMIT}, /* by a timer that has no label */
        {"action_opened", TEXT_HISTORY_ACTION_OPENED},
        {"action_changed", TEXT_HISTORY_ACTION_CHANGED},
        {"milestone_added", TEXT_HISTORY_MILESTONE_ADDED},
        {"milestone_changed", TEXT_HISTORY_MILESTONE_CHANGED},
        {"milestone_reached", TEXT_HISTORY_MILESTONE_REACHED},
        {"amount_recorded", TEXT_HISTORY_AMOUNT_RECORDED},
        {"stock_reserved", TEXT_HISTORY_STOCK_RESERVED},
        {"stock_changed", TEXT_HISTORY_STOCK_CHANGED},
        {"stock_handed_over", TEXT_HISTORY_STOCK_HANDED_OVER},
        {"stock_delivered", TEXT_HISTORY_STOCK_DELIVERED},
        {"stock_returned", TEXT_HISTORY_STOCK_RETURNED},
        {"stock_released", TEXT_HISTORY_STOCK_RELEASED},
        {"incident_opened", TEXT_HISTORY_INCIDENT_OPENED},
        {"incident_retried", TEXT_HISTORY_INCIDENT_RETRIED},
        {"incident_skipped", TEXT_HISTORY_INCIDENT_SKIPPED},
        {"incident_patched", TEXT_HISTORY_INCIDENT_PATCHED},
        {"incident_patch_proposed", TEXT_HISTORY_INCIDENT_PATCH_PROPOSED},
    };
    const struct directory_workflow *definition = directory_workflow_by_id(call->directory, request->workflow_id);
    unsigned state, timer;
    if (event && from && definition && workflow_state_find(definition->workflow, from, &state)) {
        const struct workflow_text *label = workflow_event_label(definition->workflow, state, event);
        if (!label && workflow_timer_find(definition->workflow, event, &timer))
            label = &workflow_timer_info(definition->workflow, timer)->label;
        if (label && label->in[call->language])
            return label->in[call->language];
    }
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
        if (strcmp(labels[i].type, type) == 0)
            return text(call->language, labels[i].key);
    return type;
}

/* What a person wrote; of terms that were counted anew, why the first of them ends on another day. */
static const char *history_comment(const struct call *call, const json_t *stored)
{
    static const char *const languages[] = {[TEXT_CA] = "ca", [TEXT_ES] = "es", [TEXT_EN] = "en"};
    const json_t *why = json_object_get(json_array_get(json_object_get(stored, "clocks"), 0), "why");
    const char *comment = json_string_value(json_object_get(stored, "comment"));
    return comment ? comment : json_string_value(json_object_get(why, languages[call->language]));
}

static void history_view(struct json_out *out, const struct call *call, const struct request *request,
                         const struct rows *rows, size_t row)
{
    enum { EVENT_SEQ, EVENT_VERSION, EVENT_AT, EVENT_TYPE, EVENT_ACTOR, EVENT_ACTOR_NAME, EVENT_DATA };
    json_t *stored = json_loads(rows_text(rows, row, EVENT_DATA), 0, NULL);
    const char *type = rows_text(rows, row, EVENT_TYPE) + strlen("request.");
    const char *event = json_string_value(json_object_get(stored, "event")),
               *from = json_string_value(json_object_get(stored, "from"));
    char *data = json_dumps(json_object_get(stored, "data"), JSON_COMPACT);
    /* The body's side counts versions: gaps in the numbers would tell it that there are notes. */
    int64_t number = rows_number(rows, row, call->actor->staff ? EVENT_SEQ : EVENT_VERSION);
    json_out_object_begin(out);
    json_out_member_number(out, "seq", number);
    json_out_member_text(out, "type", type);
    json_out_member_text(out, "label", history_label(call, request, type, event, from));
    json_out_member_text(out, "event", event);
    json_out_member_text(out, "from", from);
    json_out_member_text(out, "to", json_string_value(json_object_get(stored, "to")));
    json_out_member_number(out, "version", rows_number(rows, row, EVENT_VERSION));
    json_out_name(out, "actor");
    actor_view(out, call->directory, rows_text(rows, row, EVENT_ACTOR), rows_text(rows, row, EVENT_ACTOR_NAME));
    json_out_member_text(out, "comment", history_comment(call, stored));
    json_out_member_raw(out, "data", data ? data : "{}");
    json_out_member_time(out, "at", rows_time(rows, row, EVENT_AT));
    json_out_object_end(out);
    free(data);
    json_decref(stored);
}

bool history_list(const struct call *call, const char *ref, const struct page_input *page, struct json_out *out,
                  const char **ret_next, const char **ret_prev)
{
    static const struct thread thread = {
        .forwards = QUERY_HISTORY_PAGE,
        .backwards = QUERY_HISTORY_PAGE_BACK,
        .name = "history",
        .view = history_view,
    };
    return thread_page(call, ref, &thread, page, out, ret_next, ret_prev);
}
