#include "service/request_many.h"

#include <string.h>

#include "service/request_row.h"
#include "service/request_service.h"
#include "service/request_view.h"
#include "store/array.h"

static bool recall_part(const struct call *call, const char *ref, enum answer_kind kind, int64_t *version,
                        struct request_part *ret)
{
    struct answer_entry entry;
    if (!answer_cache_find(call->cache, ref, kind, call->language, call->arena, &entry) ||
        !answer_entry_visible(&entry, call->actor) || (*version && entry.version != *version))
        return false;
    *version = entry.version;
    *ret = (struct request_part){entry.bytes, entry.length};
    return true;
}

static void recall(const struct call *call, struct request_slot *slot, bool with_request)
{
    int64_t version = slot->version;
    struct request_part status, request = slot->request;
    slot->ticket = answer_cache_ticket(call->cache, slot->ref);
    if (!recall_part(call, slot->ref, ANSWER_STATUS, &version, &status) ||
        (with_request && !request.bytes && !recall_part(call, slot->ref, ANSWER_REQUEST, &version, &request)))
        return;
    slot->status = status;
    slot->request = request;
}

static struct request_part view_status(const struct call *call, const struct request *request)
{
    struct request_part part;
    struct json_out out = json_out_new(call->arena, 1024);
    status_view(&out, request, call->directory, call->language);
    part.bytes = json_out_finish(&out, &part.length);
    return part;
}

static struct request_part view_summary(const struct call *call, const struct request *request)
{
    struct request_part part;
    struct json_out out = json_out_new(call->arena, 1024);
    request_view(&out, request, call->directory, call->language, REQUEST_SUMMARY);
    part.bytes = json_out_finish(&out, &part.length);
    return part;
}

static void fill_from_rows(const struct call *call, struct request_slot *slots, size_t count, bool with_request,
                           const struct rows *rows)
{
    for (size_t row = 0; row < rows_count(rows); row++) {
        struct request request = request_from_row(rows, row);
        const struct request_part status = view_status(call, &request);
        const struct request_part summary = with_request ? view_summary(call, &request) : (struct request_part){0};
        for (size_t i = 0; i < count; i++)
            if (!slots[i].status.bytes && strcmp(slots[i].ref, request.ref) == 0) {
                slots[i].status = status;
                slots[i].request = summary;
                request_keep(call, &request, ANSWER_STATUS, slots[i].ticket, status.bytes, status.length);
            }
    }
}

bool request_slots_fill(const struct call *call, struct request_slot *slots, size_t count, bool with_request)
{
    const char **unknown = arena_alloc(call->arena, (count + 1) * sizeof *unknown);
    size_t n_unknown = 0;
    for (size_t i = 0; i < count; i++) {
        recall(call, &slots[i], with_request);
        if (!slots[i].status.bytes)
            unknown[n_unknown++] = slots[i].ref;
    }
    if (n_unknown == 0)
        return true;
    tx_auto struct tx tx = {0};
    const struct rows *rows = NULL;
    if (!tx_begin(&tx, call->store, TX_READ, call->actor, call->arena, call->err))
        return false;
    tx_run(&tx, QUERY_REQUEST_READ_MANY, &rows, param_text(array_of_texts(call->arena, unknown, n_unknown)));
    if (!tx_flush(&tx))
        return false;
    fill_from_rows(call, slots, count, with_request, rows);
    return true;
}

static void write_slot(struct json_out *out, const struct request_slot *slot, const struct selection *selection)
{
    if (selection)
        selection_write(selection, out, slot->status.bytes, slot->status.length, slot->request.bytes,
                        slot->request.length);
    else
        json_out_raw(out, slot->status.bytes, slot->status.length);
}

bool request_status_many(const struct call *call, const char **refs, size_t count, const struct selection *selection,
                         struct json_out *out)
{
    struct request_slot *slots = arena_alloc(call->arena, count * sizeof *slots);
    for (size_t i = 0; i < count; i++)
        slots[i] = (struct request_slot){.ref = refs[i]};
    if (!request_slots_fill(call, slots, count, selection && selection_reaches_over(selection)))
        return false;
    json_out_object_begin(out);
    json_out_name(out, "items");
    json_out_array_begin(out);
    for (size_t i = 0; i < count; i++)
        if (slots[i].status.bytes)
            write_slot(out, &slots[i], selection);
    json_out_array_end(out);
    json_out_name(out, "missing");
    json_out_array_begin(out);
    for (size_t i = 0; i < count; i++)
        if (!slots[i].status.bytes)
            json_out_text(out, slots[i].ref);
    json_out_array_end(out);
    json_out_object_end(out);
    return true;
}
