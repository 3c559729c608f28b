#include "service/notification.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_in.h"
#include "service/cursor.h"
#include "service/letter.h"
#include "service/request_rules.h"
#include "store/array.h"

/* Which are the caller's, their roles say: so many are looked at for a page before it ends short. */
#define LOOK_MAX   2000
#define LOOK_BATCH 200

enum {
    NOTE_ID,
    NOTE_REF,
    NOTE_TITLE,
    NOTE_BODY_ID,
    NOTE_UNIT_ID,
    NOTE_ASSIGNEE_ID,
    NOTE_WORKFLOW_ID,
    NOTE_STATE,
    NOTE_REMINDER,
    NOTE_ROLE,
    NOTE_PAYLOAD,
    NOTE_AT,
    NOTE_READ_AT,
    NOTE_TIMER
};

static const struct workflow *workflow_of(const struct call *call, const struct rows *rows, size_t row)
{
    const struct directory_workflow *definition =
        directory_workflow_by_id(call->directory, rows_number(rows, row, NOTE_WORKFLOW_ID));
    return definition ? definition->workflow : NULL;
}

/* For whom the caller would act: the body that it is meant for alone, the one that leads, or, of a request that they
   have adhered to, the caller's own. */
static const struct directory_body *acting_for(const struct call *call, const struct rows *rows, size_t row,
                                               const json_t *payload)
{
    const struct actor *actor = call->actor;
    int64_t member = json_integer_value(json_object_get(payload, "body"));
    int64_t body_id = member ? member : rows_number(rows, row, NOTE_BODY_ID);
    if (!member && !actor->staff && actor->n_bodies > 0 && !actor_sees_body(actor, body_id))
        body_id = actor->bodies[0];
    return directory_body_by_id(call->directory, body_id);
}

/* Whether the caller has the role that it names, for that request. */
static bool is_for_caller(const struct call *call, const struct rows *rows, size_t row, const json_t *payload)
{
    const struct workflow *wf = workflow_of(call, rows, row);
    const struct directory_body *body = acting_for(call, rows, row, payload);
    if (!wf || !body)
        return false;
    uint32_t held = request_roles_held(wf, call->actor, call->directory, body, rows_number(rows, row, NOTE_UNIT_ID),
                                       rows_number(rows, row, NOTE_ASSIGNEE_ID), call->now);
    for (unsigned i = 0; i < workflow_role_count(wf); i++)
        if (held >> i & 1 && strcmp(workflow_role(wf, i)->key, rows_text(rows, row, NOTE_ROLE)) == 0)
            return true;
    return false;
}

static void note_view(struct json_out *out, const struct call *call, const struct rows *rows, size_t row,
                      const json_t *payload)
{
    const char *about = json_string_value(json_object_get(payload, "about"));
    const char *template = json_string_value(json_object_get(payload, "template"));
    const struct letter_facts facts = {
        .workflow = workflow_of(call, rows, row),
        .ref = rows_text(rows, row, NOTE_REF),
        .title = rows_text(rows, row, NOTE_TITLE),
        .state = rows_text(rows, row, NOTE_STATE),
        .role = rows_text(rows, row, NOTE_ROLE),
        .timer = rows_text(rows, row, NOTE_TIMER),
        .reminder = rows_bool(rows, row, NOTE_REMINDER),
        .payload = payload,
    };
    const struct letter letter = letter_write(&facts, call->language, call->arena);
    json_out_object_begin(out);
    json_out_member_text(out, "id", arena_printf(call->arena, "%" PRId64, rows_number(rows, row, NOTE_ID)));
    json_out_member_text(out, "ref", facts.ref);
    json_out_member_text(out, "role", facts.role);
    json_out_member_text(out, "about", about ? about : facts.reminder ? "reminder" : "state");
    json_out_member_text(out, "template", template);
    json_out_member_text(out, "subject", letter.subject);
    json_out_member_text(out, "text", letter.text);
    json_out_member_time(out, "at", rows_time(rows, row, NOTE_AT));
    json_out_member_time(out, "read_at", rows_time(rows, row, NOTE_READ_AT));
    json_out_object_end(out);
}

/* What was found for the caller, in the order in which it was looked at. */
struct found {
    size_t n, wanted, looked;
    int64_t at; /* the last that was looked at */
    bool more;  /* there may be others behind it */
    struct {
        int64_t id;
        const char *text;
        size_t length;
    } notes[NOTIFICATION_PAGE_MAX];
};

/* Takes it if it is the caller's. */
static void note_take(struct found *found, const struct call *call, const struct rows *rows, size_t row)
{
    json_t *payload = json_loads(rows_text(rows, row, NOTE_PAYLOAD), 0, NULL);
    if (is_for_caller(call, rows, row, payload)) {
        struct json_out out = json_out_new(call->arena, 512);
        note_view(&out, call, rows, row, payload);
        found->notes[found->n].id = rows_number(rows, row, NOTE_ID);
        found->notes[found->n].text = json_out_finish(&out, &found->notes[found->n].length);
        found->n++;
    }
    json_decref(payload);
}

/* One look into the list, from where the last one ended. */
static bool look(const struct call *call, bool unread_only, bool backwards, struct found *found)
{
    tx_auto struct tx tx = {0};
    const struct rows *rows = NULL;
    size_t row = 0;
    if (!tx_begin(&tx, call->store, TX_READ, call->actor, call->arena, call->err))
        return false;
    tx_run(&tx, backwards ? QUERY_NOTIFICATION_PAGE_BACK : QUERY_NOTIFICATION_PAGE, &rows, param_number(found->at),
           param_bool(unread_only), param_number(LOOK_BATCH));
    if (!tx_flush(&tx))
        return false;
    for (; row < rows_count(rows) && found->n < found->wanted; row++) {
        found->at = rows_number(rows, row, NOTE_ID);
        note_take(found, call, rows, row);
    }
    found->looked += row;
    found->more = row < rows_count(rows) || row == LOOK_BATCH;
    return true;
}

/* The cursors go on from what was looked at, which may lie beyond what is the caller's. */
static void page_out(const struct page_rows *list, const struct found *found, struct json_out *out,
                     const char **ret_next, const char **ret_prev)
{
    const struct call *call = list->call;
    const bool backwards = list->at.backwards;
    const int64_t first = found->n > 0 ? found->notes[0].id : backwards ? list->at.id + 1 : list->at.id - 1;
    const char *on = cursor_encode(call->arena, call->auth, list->kind, 0, found->at, backwards),
               *back = cursor_encode(call->arena, call->auth, list->kind, 0, first, !backwards);
    *ret_next = backwards ? back : found->more ? on : NULL;
    *ret_prev = !backwards ? (list->continued ? back : NULL) : found->more ? on : NULL;
    json_out_object_begin(out);
    json_out_name(out, "items");
    json_out_array_begin(out);
    for (size_t i = 0; i < found->n; i++) {
        size_t place = backwards ? found->n - 1 - i : i;
        json_out_raw(out, found->notes[place].text, found->notes[place].length);
    }
    json_out_array_end(out);
    json_out_member_text(out, "next", *ret_next);
    json_out_member_text(out, "prev", *ret_prev);
    json_out_object_end(out);
}

bool notification_list(const struct call *call, bool unread_only, const struct page_input *page, struct json_out *out,
                       const char **ret_next, const char **ret_prev)
{
    const char *parts[] = {"notifications", unread_only ? "unread" : "all"};
    struct page_rows list = {.call = call, .at.id = INT64_MAX};
    if (!page_rows_begin(&list, page, parts, 2))
        return false;
    struct found *found = arena_take(call->arena, sizeof *found);
    found->n = found->looked = 0;
    found->wanted = list.limit;
    found->at = list.at.id;
    found->more = true;
    while (found->more && found->n < found->wanted && found->looked < LOOK_MAX)
        if (!look(call, unread_only, list.at.backwards, found))
            return false;
    page_out(&list, found, out, ret_next, ret_prev);
    return true;
}

/* ---- reading ---- */

static bool id_from(const char *text, int64_t *ret)
{
    size_t length = text ? strlen(text) : 0;
    if (length == 0 || length > 18 || strspn(text, "0123456789") != length || text[0] == '0')
        return false;
    *ret = strtoll(text, NULL, 10);
    return true;
}

const int64_t *notification_ids_from_json(const json_t *json, size_t *ret_count, struct error *err)
{
    static const char *const names[] = {"ids", NULL};
    struct json_in in = json_in_object(json, "", err);
    const json_t *list = json_in_value(&in, "ids", JSON_ARRAY, true);
    json_in_finish(&in, names);
    size_t count = json_array_size(list);
    if (list && count == 0)
        error_violate(err, "/ids", TOO_SHORT, "1");
    if (count > NOTIFICATION_IDS_MAX)
        error_violate(err, "/ids", TOO_MANY, "200");
    if (error_is_set(err))
        return NULL;
    int64_t *ids = arena_alloc(err->arena, count * sizeof *ids);
    for (size_t i = 0; i < count; i++)
        if (!id_from(json_string_value(json_array_get(list, i)), &ids[i]))
            error_violate_like(err, json_pointer_index(err->arena, "/ids", i), "4711");
    *ret_count = count;
    return error_is_set(err) ? NULL : ids;
}

bool notification_mark(const struct call *call, const int64_t *ids, size_t count, size_t *ret_marked)
{
    tx_auto struct tx tx = {0};
    const struct rows *rows = NULL;
    if (!tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    tx_run(&tx, QUERY_NOTIFICATION_MARK, &rows, param_text(array_of_numbers(call->arena, ids, count)),
           param_time(call->now));
    if (!tx_commit(&tx))
        return false;
    *ret_marked = rows_affected(rows);
    return true;
}
