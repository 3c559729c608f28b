/* What other systems say of a request. */
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "service/answer_cache.h"
#include "service/open311_read.h"
#include "service/open311_write.h"
#include "service/request_change.h"

#define UPDATE_ID_MAX   100
#define DESCRIPTION_MAX 4000

struct update {
    const char *id, *ref, *state, *text;
};

static const char *field_of(const struct call *call, const struct open311_form *form, const char *name, size_t max,
                            bool required)
{
    const char *value = open311_form_text(form, name);
    if (!value && required)
        error_violate(call->err, name, REQUIRED);
    if (value && utf8_count(value, strlen(value)) > max)
        error_violate(call->err, name, TOO_LONG, arena_printf(call->arena, "%zu", max));
    return value;
}

static const char *state_of(const struct call *call, const struct open311_form *form)
{
    const char *given = field_of(call, form, "status", UPDATE_ID_MAX, true);
    char *state = arena_strdup(call->arena, given);
    for (char *at = state; at && *at; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
    if (state && !open311_state_is_known(state))
        error_violate_like(call->err, "status", "OPEN, IN_PROGRESS, FIXED, CLOSED");
    return state;
}

static struct update update_from_form(const struct call *call, const struct open311_form *form)
{
    struct update update = {
        .id = field_of(call, form, "update_id", UPDATE_ID_MAX, true),
        .ref = field_of(call, form, "service_request_id", UPDATE_ID_MAX, true),
        .state = state_of(call, form),
        .text = field_of(call, form, "description", DESCRIPTION_MAX, false),
    };
    const char *when = field_of(call, form, "updated_datetime", UPDATE_ID_MAX, true);
    int64_t at;
    if (when && !time_parse(when, strlen(when), false, &at))
        error_violate_like(call->err, "updated_datetime", "2026-11-22T10:00:00Z");
    return update;
}

/* That it has ended there is told, and no more: to withdraw is an act of the body's (Llei 39/2015, art. 94), which
   nobody does by pressing a button elsewhere. */
static const char *text_of(const struct call *call, const struct update *update, bool is_open)
{
    if (update->text && !(is_open && open311_state_is_closed(update->state)))
        return update->text;
    char sentence[256];
    text_format(sentence, sizeof sentence, call->language, TEXT_OPEN311_STATE_ELSEWHERE,
                (const char *const[]){update->state, NULL});
    return arena_printf(call->arena, "%s%s%s", update->text ? update->text : "", update->text ? "\n\n" : "", sentence);
}

/* Whether the request is one of those that are published there, and its end has not come. */
static bool look(const struct call *call, const struct directory_open311 *endpoint, const char *ref, bool *ret_is_open)
{
    const struct open311_search search = {
        .endpoint = endpoint, .is_holder = true, .refs = &ref, .n_refs = 1, .limit = 1};
    struct open311_request *requests;
    size_t n;
    if (!open311_requests(call, &search, &requests, &n))
        return false;
    *ret_is_open = n == 1 && requests[0].is_open;
    return n == 1 || error_set(call->err, ERROR_NOT_FOUND, TEXT_OPEN311_NO_REQUEST, ref);
}

/* The comment that it became before, if it did; else `uid` is taken. NULL: the same number is of another request. */
static bool claim(const struct call *call, struct tx *tx, const struct update *update, const struct request *request,
                  const char *uid, const char **ret_uid)
{
    const struct rows *rows = NULL;
    tx_run(tx, QUERY_OPEN311_UPDATE_ADD, &rows, param_text(update->id), param_number(request->id), param_text(uid),
           param_text(update->state));
    if (!tx_flush(tx))
        return false;
    *ret_uid = rows_text(rows, 0, 0);
    return *ret_uid || error_violate(call->err, "update_id", NAMED_TWICE, update->id);
}

bool open311_update(const struct call *call, const struct directory_open311 *endpoint, const struct open311_form *form,
                    const char **ret_id)
{
    const struct update update = update_from_form(call, form);
    struct idempotency key;
    struct request request;
    struct reply reply;
    bool is_open;
    if (error_is_set(call->err) || !look(call, endpoint, update.ref, &is_open))
        return false;
    tx_auto struct tx tx = {0};
    char uid[37];
    auth_uuid7(call->now, uid);
    struct call once = *call;
    once.idempotency_key = NULL; /* update_id is */
    if (!request_change_begin(&tx, &once, &key, update.ref, &request, &reply) ||
        !claim(call, &tx, &update, &request, uid, ret_id))
        return false;
    if (strcmp(*ret_id, uid) != 0)
        return true;
    tx_run(&tx, QUERY_COMMENT_ADD, NULL, param_number(request.id), param_text(uid), param_bool(false),
           param_text(call->actor->principal), param_text(call->actor->login), param_text("body"),
           param_text(text_of(call, &update, is_open)), param_time(call->now));
    bool done = tx_commit(&tx);
    answer_cache_forget(call->cache, update.ref);
    return done;
}
