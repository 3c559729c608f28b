#include "service/webhook_send.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "service/answer_cache.h"
#include "service/events.h"
#include "service/request_service.h"
#include "service/service_auth_actor.h"

enum {
    CLAIM_ID,
    CLAIM_UID,
    CLAIM_LEASE,
    CLAIM_TRIES,
    CLAIM_WEBHOOK,
    CLAIM_URL,
    CLAIM_PAYLOAD,
    CLAIM_SECRETS,
    CLAIM_CLIENT,
    CLAIM_TYPE,
    CLAIM_POSITION,
    CLAIM_AT,
    CLAIM_REF,
    CLAIM_SEQ,
    CLAIM_VERSION,
    CLAIM_EVENT,
    CLAIM_FROM,
    CLAIM_TO,
    CLAIM_BODY,
    CLAIM_SERVICE
};

const char *webhook_outcome_word(enum webhook_outcome outcome)
{
    static const char *const words[] = {
#define WEBHOOK_OUTCOME(name, word) [WEBHOOK_OUTCOME_##name] = (word),
#include "service/webhook_outcomes.def"
#undef WEBHOOK_OUTCOME
    };
    return words[outcome];
}

/* ---- what is sent ---- */

/* The status as its integration would read it; NULL where it may not read requests, or there is nothing to read. */
static const char *status_of(const struct call *call, int64_t client_id, const char *ref)
{
    struct actor actor;
    struct error err = {.language = call->language, .arena = call->arena};
    struct call own = *call;
    const struct rows *rows = NULL;
    const char *bytes = NULL;
    size_t length;
    int64_t version;
    tx_auto struct tx tx = {0};
    own.actor = &actor;
    own.err = &err;
    if (!tx_begin(&tx, call->store, TX_READ, call->actor, call->arena, &err))
        return NULL;
    tx_run(&tx, QUERY_WEBHOOK_OWNER, &rows, param_number(client_id));
    if (!tx_flush(&tx) || !actor_of_client(rows, &actor) || !(actor.scopes & SCOPE_REQUESTS_READ))
        return NULL;
    struct request_question question;
    return request_ask(&own, ref, ANSWER_STATUS, &question) &&
                   request_answer(&own, &question, &bytes, &length, &version)
               ? bytes
               : NULL;
}

static void data_out(struct json_out *out, const struct call *call, const struct rows *rows, size_t row)
{
    const char *ref = rows_text(rows, row, CLAIM_REF);
    json_out_name(out, "data");
    json_out_object_begin(out);
    if (ref) {
        const struct feed_event event = {
            .seq = rows_number(rows, row, CLAIM_SEQ),
            .version = rows_number(rows, row, CLAIM_VERSION),
            .event = rows_text(rows, row, CLAIM_EVENT),
            .from = rows_text(rows, row, CLAIM_FROM),
            .to = rows_text(rows, row, CLAIM_TO),
            .body = rows_text(rows, row, CLAIM_BODY),
            .service = rows_text(rows, row, CLAIM_SERVICE),
        };
        event_data_members(out, false, &event); /* an integration is no staff */
        if (strcmp(rows_text(rows, row, CLAIM_PAYLOAD), "full") == 0)
            json_out_member_raw(out, "status", status_of(call, rows_number(rows, row, CLAIM_CLIENT), ref));
    }
    json_out_object_end(out);
}

/* CloudEvents 1.0 in its structured form, which `timestamp` makes a payload of Standard Webhooks too. */
static void body_write(const struct call *call, const struct rows *rows, size_t row, struct webhook_post *ret)
{
    const char *issuer = auth_issuer(call->auth);
    struct json_out out = json_out_new(call->arena, 1024);
    json_out_object_begin(&out);
    json_out_member_text(&out, "specversion", "1.0");
    json_out_member_text(&out, "id", ret->uid);
    json_out_member_text(&out, "source", arena_printf(call->arena, "%s/api/v1", issuer));
    json_out_member_text(&out, "type", arena_printf(call->arena, "cat.oam.%s", rows_text(rows, row, CLAIM_TYPE)));
    if (!ret->ping) {
        json_out_member_text(&out, "subject", rows_text(rows, row, CLAIM_REF));
        json_out_member_text(&out, "position",
                             arena_printf(call->arena, "%" PRId64, rows_number(rows, row, CLAIM_POSITION)));
    }
    json_out_member_time(&out, "time", rows_time(rows, row, CLAIM_AT));
    json_out_member_time(&out, "timestamp", rows_time(rows, row, CLAIM_AT));
    json_out_member_text(&out, "traceparent", ret->trace);
    json_out_member_text(&out, "datacontenttype", "application/json");
    json_out_member_text(
        &out, "dataschema",
        arena_printf(call->arena, "%s/api/v1/openapi.json#/components/schemas/WebhookEventData", issuer));
    data_out(&out, call, rows, row);
    json_out_object_end(&out);
    ret->body = json_out_finish(&out, &ret->length);
}

/* The delivery's id is its trace, so that every try of it is in one, and each a span of its own. */
static const char *trace_of(const struct call *call, const struct webhook_post *post)
{
    char trace[33];
    size_t n = 0;
    for (const char *at = post->uid; *at && n < sizeof trace - 1; at++)
        if (*at != '-')
            trace[n++] = *at;
    trace[n] = '\0';
    return arena_printf(call->arena, "00-%s-%016" PRIx64 "-01", trace,
                        ((uint64_t)post->id << 20) + (uint64_t)post->lease);
}

static struct webhook_post post_of(const struct call *call, const struct rows *rows, size_t row)
{
    struct webhook_post post = {
        .id = rows_number(rows, row, CLAIM_ID),
        .lease = rows_number(rows, row, CLAIM_LEASE),
        .tries = rows_number(rows, row, CLAIM_TRIES),
        .uid = rows_text(rows, row, CLAIM_UID),
        .webhook = rows_text(rows, row, CLAIM_WEBHOOK),
        .url = rows_text(rows, row, CLAIM_URL),
        .secrets = rows_text(rows, row, CLAIM_SECRETS),
        .ping = rows_null(rows, row, CLAIM_POSITION),
    };
    post.trace = trace_of(call, &post);
    body_write(call, rows, row, &post);
    return post;
}

/* ---- taking, and what became of it ---- */

static bool claim(const struct call *call, const struct webhook_room *room, int lease_s, const struct rows **ret_rows)
{
    tx_auto struct tx tx = {0};
    if (!tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    tx_run(&tx, QUERY_WEBHOOK_CLAIM, ret_rows, param_number((int64_t)room->free), param_number((int64_t)room->each),
           param_number(lease_s), param_number((int64_t)room->all));
    return tx_commit(&tx);
}

bool webhook_take(const struct call *call, const struct webhook_room *room, int lease_s,
                  struct webhook_post **ret_posts, size_t *ret_count)
{
    const struct rows *rows = NULL;
    *ret_count = 0;
    if (!claim(call, room, lease_s, &rows))
        return false;
    const size_t n = rows_count(rows);
    struct webhook_result *unseen = arena_alloc(call->arena, (n + 1) * sizeof *unseen);
    size_t n_unseen = 0;
    *ret_posts = arena_alloc(call->arena, (n + 1) * sizeof **ret_posts);
    for (size_t row = 0; row < n; row++)
        if (rows_null(rows, row, CLAIM_REF) && !rows_null(rows, row, CLAIM_POSITION))
            unseen[n_unseen++] = (struct webhook_result){.id = rows_number(rows, row, CLAIM_ID),
                                                         .lease = rows_number(rows, row, CLAIM_LEASE),
                                                         .webhook = rows_text(rows, row, CLAIM_WEBHOOK),
                                                         .fate = WEBHOOK_DEAD,
                                                         .outcome = WEBHOOK_OUTCOME_NOT_VISIBLE};
        else
            (*ret_posts)[(*ret_count)++] = post_of(call, rows, row);
    return n_unseen == 0 || webhook_settle(call, unseen, n_unseen, 1);
}

/* Two processes that settle take the rows of webhooks in one order. */
static int by_webhook(const void *a, const void *b)
{
    const struct webhook_result *one = a, *other = b;
    return strcmp(one->webhook, other->webhook);
}

bool webhook_settle(const struct call *call, struct webhook_result *results, size_t count, int patience_s)
{
    static const char *const ended[] = {
        [WEBHOOK_DELIVERED] = "delivered", [WEBHOOK_AGAIN] = NULL, [WEBHOOK_DEAD] = "dead"};
    const struct rows **rows = arena_alloc(call->arena, (count + 1) * sizeof *rows);
    tx_auto struct tx tx = {0};
    if (!tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    qsort(results, count, sizeof *results, by_webhook);
    for (size_t i = 0; i < count; i++)
        tx_run(&tx, QUERY_WEBHOOK_SETTLE, &rows[i], param_number(results[i].id), param_number(results[i].lease),
               param_text(ended[results[i].fate]), param_text(webhook_outcome_word(results[i].outcome)),
               param_number_or_null(results[i].status), param_number(results[i].took_ms),
               param_number(results[i].wait_ms), param_text(results[i].outcome == WEBHOOK_OUTCOME_GONE ? "gone" : NULL),
               param_number(patience_s));
    if (!tx_commit(&tx))
        return false;
    for (size_t i = 0; i < count; i++)
        results[i].disabled = rows_bool(rows[i], 0, 0);
    return true;
}

bool webhook_purge(const struct call *call, int days, bool *ret_more)
{
    tx_auto struct tx tx = {0};
    const struct rows *rows = NULL;
    if (!tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    tx_run(&tx, QUERY_WEBHOOK_PURGE, &rows, param_number(days), param_number(WEBHOOK_PURGE_MOST));
    if (!tx_commit(&tx))
        return false;
    *ret_more = rows_number(rows, 0, 0) >= WEBHOOK_PURGE_MOST;
    return true;
}

bool webhook_figures(const struct call *call, struct webhook_figures *ret)
{
    enum { FIGURE_PENDING, FIGURE_AGE, FIGURE_ACTIVE, FIGURE_PAUSED, FIGURE_DISABLED, FIGURE_FAILING };
    tx_auto struct tx tx = {0};
    const struct rows *rows = NULL;
    if (!tx_begin(&tx, call->store, TX_READ, call->actor, call->arena, call->err))
        return false;
    tx_query(&tx, QUERY_WEBHOOK_FIGURES, NULL, 0, &rows);
    if (!tx_flush(&tx))
        return false;
    *ret = (struct webhook_figures){
        .pending = rows_number(rows, 0, FIGURE_PENDING),
        .age_us = rows_number(rows, 0, FIGURE_AGE),
        .active = rows_number(rows, 0, FIGURE_ACTIVE),
        .paused = rows_number(rows, 0, FIGURE_PAUSED),
        .disabled = rows_number(rows, 0, FIGURE_DISABLED),
        .failing = rows_number(rows, 0, FIGURE_FAILING),
    };
    return true;
}
