#include "service/incident.h"

#include <stdlib.h>
#include <string.h>

#include "base/bell.h"
#include "base/hex.h"
#include "base/json_in.h"
#include "service/idempotency.h"
#include "service/page_rows.h"
#include "service/request_view.h"

#define REASON_MIN 3
#define REASON_MAX 2000

static const char *const decisions[] = {
    [INCIDENT_RETRY] = "retry", [INCIDENT_SKIP] = "skip", [INCIDENT_PROPOSE] = "propose", [INCIDENT_PATCH] = "patch"};
enum { DECISIONS = sizeof decisions / sizeof *decisions };

enum {
    INCIDENT_ID,
    INCIDENT_UID,
    INCIDENT_REF,
    INCIDENT_KIND,
    INCIDENT_SUBJECT,
    INCIDENT_SEQ,
    INCIDENT_ORDINAL,
    INCIDENT_DUE,
    INCIDENT_PAYLOAD,
    INCIDENT_ERROR,
    INCIDENT_TRIES,
    INCIDENT_OPENED_AT,
    INCIDENT_STATE,
    INCIDENT_VERSION,
    INCIDENT_PATCH_PAYLOAD,
    INCIDENT_PROPOSED_BY,
    INCIDENT_PROPOSED_BY_NAME,
    INCIDENT_PROPOSED_AT,
    INCIDENT_REASON,
    INCIDENT_DECIDED_BY,
    INCIDENT_DECIDED_BY_NAME,
    INCIDENT_DECIDED_AT
};

/* ---- what comes in ---- */

static bool decision_find(const char *word, enum incident_decision *ret)
{
    for (unsigned i = 0; word && i < DECISIONS; i++)
        if (strcmp(decisions[i], word) == 0) {
            *ret = (enum incident_decision)i;
            return true;
        }
    return false;
}

struct incident_input incident_input_from_json(const json_t *json, struct error *err)
{
    static const char *const names[] = {"decision", "reason", "payload", NULL};
    struct json_in in = json_in_object(json, "", err);
    struct incident_input input = {.decision = INCIDENT_RETRY};
    const char *word = json_in_text(&in, "decision", 1, 20, true, false);
    if (word && !decision_find(word, &input.decision))
        error_violate_options(err, "/decision", decisions, DECISIONS);
    bool explained = input.decision == INCIDENT_SKIP || input.decision == INCIDENT_PROPOSE;
    input.reason = json_in_text(&in, "reason", REASON_MIN, REASON_MAX, explained, true);
    input.payload = json_in_value(&in, "payload", JSON_OBJECT, input.decision == INCIDENT_PROPOSE);
    json_in_finish(&in, names);
    return input;
}

/* ---- the list ---- */

static void actor_or_null(struct json_out *out, const struct call *call, const char *name, const struct rows *rows,
                          size_t row, int column)
{
    json_out_name(out, name);
    if (rows_null(rows, row, column))
        json_out_null(out);
    else
        actor_view(out, call->directory, rows_text(rows, row, column), rows_text(rows, row, column + 1));
}

static void incident_view(struct json_out *out, const struct call *call, const struct rows *rows, size_t row)
{
    const char *key = rows_null(rows, row, INCIDENT_SEQ)
                          ? NULL
                          : arena_printf(call->arena, "%s:%lld:%lld", rows_text(rows, row, INCIDENT_REF),
                                         (long long)rows_number(rows, row, INCIDENT_SEQ),
                                         (long long)rows_number(rows, row, INCIDENT_ORDINAL));
    json_out_object_begin(out);
    json_out_member_text(out, "id", rows_text(rows, row, INCIDENT_UID));
    json_out_member_text(out, "ref", rows_text(rows, row, INCIDENT_REF));
    json_out_member_text(out, "kind", rows_text(rows, row, INCIDENT_KIND));
    json_out_member_text(out, "subject", rows_text(rows, row, INCIDENT_SUBJECT));
    json_out_member_text(out, "key", key);
    json_out_member_time(out, "due", rows_time(rows, row, INCIDENT_DUE));
    json_out_member_raw(out, "payload", rows_text(rows, row, INCIDENT_PAYLOAD));
    json_out_member_text(out, "error", rows_text(rows, row, INCIDENT_ERROR));
    json_out_member_number(out, "tries", rows_number(rows, row, INCIDENT_TRIES));
    json_out_member_time(out, "opened_at", rows_time(rows, row, INCIDENT_OPENED_AT));
    json_out_member_text(out, "state", rows_text(rows, row, INCIDENT_STATE));
    json_out_member_number(out, "version", rows_number(rows, row, INCIDENT_VERSION));
    json_out_member_raw(out, "patch", rows_text(rows, row, INCIDENT_PATCH_PAYLOAD));
    actor_or_null(out, call, "proposed_by", rows, row, INCIDENT_PROPOSED_BY);
    json_out_member_time(out, "proposed_at", rows_time(rows, row, INCIDENT_PROPOSED_AT));
    json_out_member_text(out, "reason", rows_text(rows, row, INCIDENT_REASON));
    actor_or_null(out, call, "decided_by", rows, row, INCIDENT_DECIDED_BY);
    json_out_member_time(out, "decided_at", rows_time(rows, row, INCIDENT_DECIDED_AT));
    json_out_object_end(out);
}

static void row_write(const struct page_rows *page, struct json_out *out, size_t row)
{
    incident_view(out, page->call, page->rows, row);
}

static struct cursor row_edge(const struct page_rows *page, size_t row)
{
    return (struct cursor){.id = rows_number(page->rows, row, INCIDENT_ID)};
}

bool incident_list(const struct call *call, const char *state, const struct page_input *page, struct json_out *out,
                   const char **ret_next, const char **ret_prev)
{
    const char *parts[] = {"incidents", state};
    struct page_rows list = {.call = call, .write = row_write, .edge = row_edge};
    tx_auto struct tx tx = {0};
    if (!page_rows_begin(&list, page, parts, 2) ||
        !tx_begin(&tx, call->store, TX_READ, call->actor, call->arena, call->err))
        return false;
    tx_run(&tx, list.at.backwards ? QUERY_INCIDENT_PAGE_BACK : QUERY_INCIDENT_PAGE, &list.rows, param_text(state),
           param_number(list.at.id), param_number(page->limit + 1));
    return page_rows_finish(&list, &tx, out, ret_next, ret_prev);
}

/* ---- deciding ---- */

/* The database judges the same again, under the lock. */
static bool may_decide(const struct call *call, const struct rows *rows, int64_t version,
                       const struct incident_input *input)
{
    if (rows_number(rows, 0, INCIDENT_VERSION) != version) {
        call->err->current_version = rows_number(rows, 0, INCIDENT_VERSION);
        return error_set(call->err, ERROR_PRECONDITION_FAILED, TEXT_DETAIL_STALE_VERSION);
    }
    bool effect = strcmp(rows_text(rows, 0, INCIDENT_KIND), "effect") == 0;
    bool proposed = !rows_null(rows, 0, INCIDENT_PATCH_PAYLOAD);
    if (strcmp(rows_text(rows, 0, INCIDENT_STATE), "open") != 0 || (input->decision == INCIDENT_PROPOSE && !effect) ||
        (input->decision == INCIDENT_PATCH && !proposed))
        return error_set(call->err, ERROR_CONFLICT, TEXT_DETAIL_CONFLICT);
    if (input->decision == INCIDENT_PATCH &&
        strcmp(rows_text(rows, 0, INCIDENT_PROPOSED_BY), call->actor->principal) == 0)
        return error_set(call->err, ERROR_FORBIDDEN, TEXT_DETAIL_INCIDENT_FOUR_EYES);
    return true;
}

static void decided_reply(const struct call *call, const char *id, const struct rows *rows,
                          const struct incident_input *input, struct reply *ret)
{
    static const char *const states[] = {[INCIDENT_RETRY] = "retried",
                                         [INCIDENT_SKIP] = "skipped",
                                         [INCIDENT_PROPOSE] = "open",
                                         [INCIDENT_PATCH] = "patched"};
    struct json_out out = json_out_new(call->arena, 256);
    *ret = (struct reply){.status = 200, .version = rows_number(rows, 0, INCIDENT_VERSION) + 1};
    json_out_object_begin(&out);
    json_out_member_text(&out, "id", id);
    json_out_member_text(&out, "ref", rows_text(rows, 0, INCIDENT_REF));
    json_out_member_text(&out, "state", states[input->decision]);
    json_out_member_number(&out, "version", ret->version);
    json_out_object_end(&out);
    ret->bytes = json_out_finish(&out, &ret->length);
}

bool incident_decide(const struct call *call, const char *id, int64_t version, const struct incident_input *input,
                     struct reply *ret)
{
    tx_auto struct tx tx = {0};
    struct idempotency key;
    const struct rows *rows = NULL;
    *ret = (struct reply){0};
    if (!hex_is_uuid(id))
        return error_set(call->err, ERROR_NOT_FOUND, TEXT_DETAIL_INCIDENT_NOT_FOUND);
    if (!tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    idempotency_queue(&key, &tx, call);
    tx_run(&tx, QUERY_INCIDENT_READ, &rows, param_text(id));
    if (!tx_flush(&tx) || idempotency_check(&key, call, ret) != IDEMPOTENCY_FRESH)
        return ret->replayed;
    if (rows_count(rows) == 0)
        return error_set(call->err, ERROR_NOT_FOUND, TEXT_DETAIL_INCIDENT_NOT_FOUND);
    if (!may_decide(call, rows, version, input))
        return false;
    char *payload = input->payload ? json_dumps(input->payload, JSON_COMPACT) : NULL;
    tx_run(&tx, QUERY_INCIDENT_DECIDE, NULL, param_text(id), param_number(version),
           param_text(decisions[input->decision]), param_text(arena_strdup(call->arena, payload)),
           param_text(input->reason), param_text(call->actor->principal), param_text(call->actor->login),
           param_time(call->now));
    free(payload);
    decided_reply(call, id, rows, input, ret);
    idempotency_keep(&key, &tx, call, ret);
    bool done = tx_commit(&tx);
    if (done)
        bell_ring(call->bell);
    return done;
}
