/* Filing: one request, or a batch of them. */
#include <string.h>

#include "base/json_in.h"
#include "base/error_view.h"
#include "service/filing.h"
#include "service/request_acts.h"
#include "service/request_service.h"
#include "service/request_view.h"
#include "store/array.h"

void request_reply(const struct call *call, const struct request *request, int status, struct reply *ret)
{
    struct json_out out = json_out_new(call->arena, 2048);
    request_view(&out, request, call->directory, call->language, REQUEST_FULL);
    *ret = (struct reply){.status = status, .version = request->version};
    ret->bytes = json_out_finish(&out, &ret->length);
}

/* Which of these references the caller has used before, once nobody else is about to use one. */
static void queue_known(struct tx *tx, const struct call *call, const char *const *refs, size_t count,
                        const struct rows **ret_rows)
{
    if (count == 0)
        return;
    const char *array = array_of_texts(call->arena, refs, count);
    tx_run(tx, QUERY_REQUEST_EXTERNAL_REFS_LOCK, NULL, param_text(call->actor->principal), param_text(array));
    tx_run(tx, QUERY_REQUEST_EXTERNAL_REFS, ret_rows, param_text(call->actor->principal), param_text(array));
}

bool request_file(const struct call *call, const struct request_draft *draft, struct reply *ret)
{
    struct filing filing;
    if (!filing_prepare(&filing, call, draft, ""))
        return false;
    const struct assign_pool *const pools[] = {&filing.pool};
    struct assign_facts facts;

    tx_auto struct tx tx = {0};
    struct idempotency key;
    const struct rows *refs = NULL, *entries = NULL, *known = NULL;
    if (!tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    idempotency_queue(&key, &tx, call);
    queue_known(&tx, call, &draft->external_ref, draft->external_ref ? 1 : 0, &known);
    filing_numbers(&tx, call, "request", 1, &refs);
    if (filing.registers)
        filing_numbers(&tx, call, "register", 1, &entries);
    assign_facts_queue(&facts, &tx, call, pools, filing.policy ? 1 : 0);
    if (!tx_flush(&tx))
        return false;
    enum idempotency_outcome outcome = idempotency_check(&key, call, ret);
    if (outcome != IDEMPOTENCY_FRESH)
        return outcome == IDEMPOTENCY_REPLAY;
    if (known && rows_count(known) > 0)
        return error_set(call->err, ERROR_EXTERNAL_REF_EXISTS, TEXT_DETAIL_EXTERNAL_REF_EXISTS, draft->external_ref);
    if (filing.policy)
        assign_pool_take(&filing.pool, &facts);
    filing_write(&filing, &tx, call, rows_text(refs, 0, 0), entries ? rows_text(entries, 0, 0) : NULL);
    if (!request_acts_do(&tx, call, call->actor, filing.request.ref, filing.follow.acts, &filing.request.version))
        return false;
    request_reply(call, &filing.request, 201, ret);
    ret->location = arena_printf(call->arena, "/api/v1/requests/%s", filing.request.ref);
    idempotency_keep(&key, &tx, call, ret);
    bool done = tx_commit(&tx);
    answer_cache_forget(call->cache, filing.request.ref);
    return done;
}

/* ---- batches ---- */

struct batch_item {
    struct request_draft draft;
    struct filing filing;
    struct error err;
    const char *ref; /* of a request that was there before, or is new */
    int status;
};

struct batch {
    struct batch_item *items;
    size_t count, good;
    const char **external_refs;
    size_t n_external_refs;
    const struct assign_pool **pools; /* of the good ones that are to be assigned */
    size_t n_pools;
};

static bool batch_scope(const struct call *call, struct batch_item *item)
{
    if (call->actor->role != ROLE_INTEGRATION && !item->draft.is_import)
        return true;
    uint32_t wanted = item->draft.is_import ? SCOPE_REQUESTS_IMPORT : SCOPE_REQUESTS_WRITE;
    if (call->actor->role == ROLE_INTEGRATION && (call->actor->scopes & wanted))
        return true;
    return error_set(&item->err, ERROR_FORBIDDEN,
                     item->draft.is_import ? TEXT_DETAIL_IMPORT_SCOPE : TEXT_DETAIL_WRITE_SCOPE);
}

/* Judges one item by itself: its violations are its own. */
static void batch_judge(struct batch *batch, size_t index, const json_t *json, const struct call *call)
{
    struct batch_item *item = &batch->items[index];
    struct call own = *call;
    item->err = (struct error){.language = call->language, .arena = call->arena};
    own.err = &item->err;
    const char *base = json_pointer_index(call->arena, "/items", index);
    item->draft = request_draft_from_json(json, base, true, &item->err);
    bool good =
        !error_is_set(&item->err) && batch_scope(call, item) && filing_prepare(&item->filing, &own, &item->draft, base);
    if (good) {
        item->status = 201;
        batch->good++;
        if (item->draft.external_ref)
            batch->external_refs[batch->n_external_refs++] = item->draft.external_ref;
        if (item->filing.policy)
            batch->pools[batch->n_pools++] = &item->filing.pool;
    } else {
        item->status = error_kind_info(item->err.kind)->status;
    }
}

/* Whether an earlier request, or an earlier item of this batch, has the same reference. */
static const char *batch_known(const struct batch *batch, size_t index, const struct rows *known)
{
    const char *external_ref = batch->items[index].draft.external_ref;
    for (size_t row = 0; external_ref && known && row < rows_count(known); row++)
        if (strcmp(rows_text(known, row, 0), external_ref) == 0)
            return rows_text(known, row, 1);
    for (size_t i = 0; external_ref && i < index; i++)
        if (batch->items[i].ref && batch->items[i].draft.external_ref &&
            strcmp(batch->items[i].draft.external_ref, external_ref) == 0)
            return batch->items[i].ref;
    return NULL;
}

/* One that is chosen for an item carries it when the next item is decided. */
static void batch_charge(struct batch *batch, size_t from, const struct filing *filing, const struct call *call)
{
    const struct directory_agent *agent = directory_agent_by_id(call->directory, filing->request.assignee_id);
    int64_t hours = assign_effort(filing->service, filing->data);
    for (size_t i = from; agent && i < batch->count; i++)
        if (batch->items[i].status == 201)
            assign_pool_charge(&batch->items[i].filing.pool, agent, hours, filing->request.closed_at == 0, from, call);
}

static void batch_write(struct batch *batch, struct tx *tx, const struct call *call, const struct rows *known,
                        const struct rows *refs, const struct rows *entries)
{
    size_t next_ref = 0, next_entry = 0;
    for (size_t i = 0; i < batch->count; i++) {
        struct batch_item *item = &batch->items[i];
        if (item->status != 201)
            continue;
        item->ref = batch_known(batch, i, known);
        if (item->ref) {
            item->status = 200;
            continue;
        }
        item->ref = rows_text(refs, next_ref++, 0);
        filing_write(&item->filing, tx, call, item->ref,
                     item->filing.registers ? rows_text(entries, next_entry++, 0) : NULL);
        request_acts_queue(tx, call, call->actor, item->ref, item->filing.follow.acts);
        batch_charge(batch, i + 1, &item->filing, call);
    }
}

static void batch_item_view(struct json_out *out, const struct batch_item *item, size_t index, const struct call *call)
{
    json_out_object_begin(out);
    json_out_member_number(out, "index", (int64_t)index);
    json_out_member_number(out, "status", item->status);
    json_out_member_text(out, "ref", item->ref);
    json_out_member_text(out, "external_ref", item->draft.external_ref);
    json_out_name(out, "problem");
    if (error_is_set(&item->err))
        error_view(out, &item->err, call->request_id, call->trace_id);
    else
        json_out_null(out);
    json_out_object_end(out);
}

static void batch_reply(const struct batch *batch, const struct call *call, struct reply *ret)
{
    struct json_out out = json_out_new(call->arena, 64 * batch->count + 64);
    json_out_object_begin(&out);
    json_out_name(&out, "items");
    json_out_array_begin(&out);
    for (size_t i = 0; i < batch->count; i++)
        batch_item_view(&out, &batch->items[i], i, call);
    json_out_array_end(&out);
    json_out_object_end(&out);
    *ret = (struct reply){.status = 200};
    ret->bytes = json_out_finish(&out, &ret->length);
}

bool request_file_batch(const struct call *call, const json_t *items, struct reply *ret)
{
    struct batch *batch = arena_alloc(call->arena, sizeof *batch);
    batch->count = json_array_size(items);
    batch->items = arena_alloc(call->arena, batch->count * sizeof *batch->items);
    batch->pools = arena_alloc(call->arena, (batch->count + 1) * sizeof *batch->pools);
    batch->external_refs = arena_alloc(call->arena, batch->count * sizeof *batch->external_refs);
    size_t registering = 0;
    for (size_t i = 0; i < batch->count; i++) {
        batch_judge(batch, i, json_array_get(items, i), call);
        registering += batch->items[i].status == 201 && batch->items[i].filing.registers;
    }

    tx_auto struct tx tx = {0};
    struct idempotency key;
    const struct rows *known = NULL, *refs = NULL, *entries = NULL;
    struct assign_facts facts;
    if (!tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    idempotency_queue(&key, &tx, call);
    queue_known(&tx, call, batch->external_refs, batch->n_external_refs, &known);
    if (batch->good > 0)
        filing_numbers(&tx, call, "request", batch->good, &refs);
    if (registering > 0)
        filing_numbers(&tx, call, "register", registering, &entries);
    assign_facts_queue(&facts, &tx, call, batch->pools, batch->n_pools);
    if (!tx_flush(&tx))
        return false;
    enum idempotency_outcome outcome = idempotency_check(&key, call, ret);
    if (outcome != IDEMPOTENCY_FRESH)
        return outcome == IDEMPOTENCY_REPLAY;
    for (size_t i = 0; i < batch->count; i++)
        if (batch->items[i].status == 201)
            assign_pool_take(&batch->items[i].filing.pool, &facts);
    batch_write(batch, &tx, call, known, refs, entries);
    batch_reply(batch, call, ret);
    idempotency_keep(&key, &tx, call, ret);
    bool done = tx_commit(&tx);
    for (size_t i = 0; i < batch->count; i++)
        if (batch->items[i].status == 201)
            answer_cache_forget(call->cache, batch->items[i].filing.request.ref);
    return done;
}
