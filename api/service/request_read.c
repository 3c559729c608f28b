/* Reading requests and their status. */
#include <string.h>

#include "service/request_row.h"
#include "service/request_service.h"
#include "service/request_view.h"
#include "service/answer_cache.h"
#include "store/array.h"

bool request_opened(const struct call *call, const struct rows *rows, const char *ref, struct request *ret)
{
    if (rows_count(rows) == 0)
        return error_set(call->err, ERROR_NOT_FOUND, TEXT_DETAIL_REQUEST_NOT_FOUND, ref);
    *ret = request_from_row(rows, 0);
    return true;
}

bool request_find(const struct call *call, const char *ref, struct request *ret)
{
    tx_auto struct tx tx = {0};
    const struct rows *rows = NULL;
    if (!tx_begin(&tx, call->store, TX_READ, call->actor, call->arena, call->err))
        return false;
    tx_run(&tx, QUERY_REQUEST_READ, &rows, param_text(ref));
    return tx_flush(&tx) && request_opened(call, rows, ref, ret);
}

static void keep_answer(const struct call *call, const struct request *request, enum answer_kind kind, uint64_t ticket,
                        const char *bytes, size_t length)
{
    const struct answer_entry entry = {
        .version = request->version,
        .body_id = request->body_id,
        .submitted = request->submitted_at != 0,
        .bytes = bytes,
        .length = length,
    };
    answer_cache_keep(call->cache, request->ref, kind, call->language, ticket, &entry);
}

bool request_ask(const struct call *call, const char *ref, enum answer_kind kind, struct request_question *ret)
{
    *ret = (struct request_question){.ref = ref, .kind = kind, .ticket = answer_cache_ticket(call->cache, ref)};
    if (!tx_begin(&ret->tx, call->store, TX_READ, call->actor, call->arena, call->err))
        return false;
    tx_run(&ret->tx, QUERY_REQUEST_READ, &ret->rows, param_text(ref));
    return true;
}

bool request_answer(const struct call *call, struct request_question *question, const char **ret_bytes,
                    size_t *ret_length, int64_t *ret_version)
{
    struct request request = {0};
    if (!tx_flush(&question->tx) || !request_opened(call, question->rows, question->ref, &request))
        return false;
    struct json_out out = json_out_new(call->arena, 2048);
    if (question->kind == ANSWER_STATUS)
        status_view(&out, &request, call->directory, call->language);
    else
        request_view(&out, &request, call->directory, call->language, REQUEST_FULL);
    *ret_bytes = json_out_finish(&out, ret_length);
    *ret_version = request.version;
    keep_answer(call, &request, question->kind, question->ticket, *ret_bytes, *ret_length);
    return true;
}

/* What one ref of a batch poll answers: from memory, from the database, or not at all. */
struct status_slot {
    const char *ref, *bytes;
    size_t length;
    uint64_t ticket;
};

static void fill_from_rows(const struct call *call, struct status_slot *slots, size_t count, const struct rows *rows)
{
    for (size_t row = 0; row < rows_count(rows); row++) {
        struct request request = request_from_row(rows, row);
        struct json_out out = json_out_new(call->arena, 1024);
        size_t length;
        status_view(&out, &request, call->directory, call->language);
        const char *bytes = json_out_finish(&out, &length);
        for (size_t i = 0; i < count; i++)
            if (!slots[i].bytes && strcmp(slots[i].ref, request.ref) == 0) {
                slots[i].bytes = bytes;
                slots[i].length = length;
                keep_answer(call, &request, ANSWER_STATUS, slots[i].ticket, bytes, length);
            }
    }
}

static bool fill_from_database(const struct call *call, struct status_slot *slots, size_t count)
{
    const char **unknown = arena_alloc(call->arena, count * sizeof *unknown);
    size_t n_unknown = 0;
    for (size_t i = 0; i < count; i++)
        if (!slots[i].bytes)
            unknown[n_unknown++] = slots[i].ref;
    if (n_unknown == 0)
        return true;
    tx_auto struct tx tx = {0};
    const struct rows *rows = NULL;
    if (!tx_begin(&tx, call->store, TX_READ, call->actor, call->arena, call->err))
        return false;
    tx_run(&tx, QUERY_REQUEST_READ_MANY, &rows, param_text(array_of_texts(call->arena, unknown, n_unknown)));
    if (!tx_flush(&tx))
        return false;
    fill_from_rows(call, slots, count, rows);
    return true;
}

bool request_status_many(const struct call *call, const char **refs, size_t count, struct json_out *out)
{
    struct status_slot *slots = arena_alloc(call->arena, count * sizeof *slots);
    for (size_t i = 0; i < count; i++) {
        struct answer_entry entry;
        slots[i].ref = refs[i];
        slots[i].ticket = answer_cache_ticket(call->cache, refs[i]);
        if (answer_cache_find(call->cache, refs[i], ANSWER_STATUS, call->language, call->arena, &entry) &&
            answer_entry_visible(&entry, call->actor)) {
            slots[i].bytes = entry.bytes;
            slots[i].length = entry.length;
        }
    }
    if (!fill_from_database(call, slots, count))
        return false;
    json_out_object_begin(out);
    json_out_name(out, "items");
    json_out_array_begin(out);
    for (size_t i = 0; i < count; i++)
        if (slots[i].bytes)
            json_out_raw(out, slots[i].bytes, slots[i].length);
    json_out_array_end(out);
    json_out_name(out, "missing");
    json_out_array_begin(out);
    for (size_t i = 0; i < count; i++)
        if (!slots[i].bytes)
            json_out_text(out, slots[i].ref);
    json_out_array_end(out);
    json_out_object_end(out);
    return true;
}
