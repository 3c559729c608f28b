/* Reading requests and their status. */
#include <string.h>

#include "model/selection.h"
#include "service/answer_cache.h"
#include "service/request_row.h"
#include "service/request_service.h"
#include "service/request_view.h"

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

void request_keep(const struct call *call, const struct request *request, enum answer_kind kind, uint64_t ticket,
                  const char *bytes, size_t length)
{
    const struct answer_entry entry = {
        .version = request->version,
        .body_id = request->body_id,
        .renamed = call->directory->renamed,
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

/* One representation of it, kept for the next who asks. */
static const char *view(const struct call *call, const struct request_question *question, const struct request *request,
                        enum answer_kind kind, size_t *ret_length)
{
    struct json_out out = json_out_new(call->arena, 2048);
    if (kind == ANSWER_STATUS)
        status_view(&out, request, call->directory, call->language);
    else
        request_view(&out, request, call->directory, call->language, REQUEST_FULL);
    const char *bytes = json_out_finish(&out, ret_length);
    request_keep(call, request, kind, question->ticket, bytes, *ret_length);
    return bytes;
}

bool request_answer(const struct call *call, struct request_question *question, const char **ret_bytes,
                    size_t *ret_length, int64_t *ret_version)
{
    struct request request = {0};
    const struct selection *selection = question->selection;
    if (!tx_flush(&question->tx) || !request_opened(call, question->rows, question->ref, &request))
        return false;
    *ret_version = request.version;
    *ret_bytes = view(call, question, &request, question->kind, ret_length);
    if (!selection)
        return true;
    const enum answer_kind beside = question->kind == ANSWER_STATUS ? ANSWER_REQUEST : ANSWER_STATUS;
    struct json_out out = json_out_new(call->arena, 1024);
    size_t length = 0;
    const char *other = selection_reaches_over(selection) ? view(call, question, &request, beside, &length) : NULL;
    selection_write(selection, &out, *ret_bytes, *ret_length, other, length);
    *ret_bytes = json_out_finish(&out, ret_length);
    return true;
}
