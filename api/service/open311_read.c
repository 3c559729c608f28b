#include "service/open311_read.h"

#include <string.h>

#include "base/utf8.h"
#include "store/array.h"

enum {
    REQUEST_REF,
    REQUEST_SERVICE_ID,
    REQUEST_UNIT_ID,
    REQUEST_WORKFLOW_ID,
    REQUEST_STATE,
    REQUEST_PHASE,
    REQUEST_OUTCOME,
    REQUEST_DESCRIPTION,
    REQUEST_SUBMITTED_AT,
    REQUEST_UPDATED_AT,
    REQUEST_CLOSED_AT,
    REQUEST_DUE_AT,
    REQUEST_IS_REPORT,
    REQUEST_LATITUDE,
    REQUEST_LONGITUDE,
    REQUEST_ADDRESS,
    REQUEST_ADDRESS_ID,
    REQUEST_MEDIA_URL
};

enum {
    UPDATE_REF,
    UPDATE_VERSION,
    UPDATE_AT,
    UPDATE_WORKFLOW_ID,
    UPDATE_STATE,
    UPDATE_UID,
    UPDATE_TEXT,
    UPDATE_IS_REPORT
};

/* The services that are looked for, or all that are published there: never any other. */
static const char *services_of(const struct call *call, const struct open311_search *search)
{
    const struct directory_service *const *services =
        search->n_services ? search->services : search->endpoint->services;
    const size_t n = search->n_services ? search->n_services : search->endpoint->n_services;
    int64_t *ids = arena_alloc(call->arena, (n + 1) * sizeof *ids);
    for (size_t i = 0; i < n; i++)
        ids[i] = services[i]->id;
    return array_of_numbers(call->arena, ids, n);
}

static const char *refs_of(const struct call *call, const struct open311_search *search)
{
    return search->n_refs ? array_of_texts(call->arena, search->refs, search->n_refs) : NULL;
}

/* What was written is a client's to read; anybody's only where the body says so, of what came in as a report. */
static bool may_read(const struct open311_search *search, bool is_report)
{
    return search->is_holder || (is_report && search->endpoint->publishes_texts);
}

static const struct workflow_state_info *state_of(const struct call *call, int64_t workflow_id, const char *key)
{
    const struct directory_workflow *definition = directory_workflow_by_id(call->directory, workflow_id);
    unsigned state;
    return definition && key && workflow_state_find(definition->workflow, key, &state)
               ? workflow_state(definition->workflow, state)
               : NULL;
}

/* As much of a text as the specification has room for. */
static const char *cut(const struct call *call, const char *text)
{
    enum { DESCRIPTION_MAX = 4000 };
    const char *at = text;
    size_t left = text ? strlen(text) : 0;
    for (int characters = 0; left > 0 && characters < DESCRIPTION_MAX; characters++) {
        const size_t length = utf8_length(at, left);
        at += length ? length : 1;
        left -= length ? length : 1;
    }
    return left > 0 ? arena_strndup(call->arena, text, (size_t)(at - text)) : text;
}

/* Where it is about is as much somebody's as what they wrote. */
static struct open311_report report_read(const struct rows *rows, size_t row)
{
    return (struct open311_report){.latitude = rows_text(rows, row, REQUEST_LATITUDE),
                                   .longitude = rows_text(rows, row, REQUEST_LONGITUDE),
                                   .address = rows_text(rows, row, REQUEST_ADDRESS),
                                   .address_id = rows_text(rows, row, REQUEST_ADDRESS_ID),
                                   .media_url = rows_text(rows, row, REQUEST_MEDIA_URL)};
}

static struct open311_request request_read(const struct call *call, const struct open311_search *search,
                                           const struct rows *rows, size_t row)
{
    const struct directory_unit *unit = directory_unit_by_id(call->directory, rows_number(rows, row, REQUEST_UNIT_ID));
    const struct workflow_state_info *state =
        state_of(call, rows_number(rows, row, REQUEST_WORKFLOW_ID), rows_text(rows, row, REQUEST_STATE));
    const char *phase = rows_text(rows, row, REQUEST_PHASE);
    const bool is_told = may_read(search, rows_bool(rows, row, REQUEST_IS_REPORT));
    const int64_t closed_at = rows_time(rows, row, REQUEST_CLOSED_AT);
    return (struct open311_request){
        .ref = rows_text(rows, row, REQUEST_REF),
        .service = directory_service_by_id(call->directory, rows_number(rows, row, REQUEST_SERVICE_ID)),
        .is_open = strcmp(phase, "end") != 0,
        .state = open311_state(phase, rows_text(rows, row, REQUEST_OUTCOME)),
        .label = state ? state->label.in[call->language] : NULL,
        .agency = unit ? unit->name.in[call->language] : NULL,
        .description = is_told ? cut(call, rows_text(rows, row, REQUEST_DESCRIPTION)) : NULL,
        .requested_at = rows_time(rows, row, REQUEST_SUBMITTED_AT),
        .updated_at = rows_time(rows, row, REQUEST_UPDATED_AT),
        .expected_at = closed_at ? 0 : rows_time(rows, row, REQUEST_DUE_AT),
        .report = is_told ? report_read(rows, row) : (struct open311_report){0},
    };
}

bool open311_requests(const struct call *call, const struct open311_search *search, struct open311_request **ret,
                      size_t *ret_count)
{
    const struct rows *rows = NULL;
    tx_auto struct tx tx = {0};
    if (!tx_begin(&tx, call->store, TX_READ, call->actor, call->arena, call->err))
        return false;
    tx_query(&tx, QUERY_PLAN_FOR_THESE_VALUES, NULL, 0, NULL);
    tx_run(&tx, QUERY_OPEN311_REQUESTS, &rows, param_number(search->endpoint->body->id),
           param_text(services_of(call, search)), param_text(refs_of(call, search)), param_time(search->from),
           param_time(search->to), param_time(search->updated_from), param_time(search->updated_to),
           param_text(search->standing == OPEN311_ANY    ? NULL
                      : search->standing == OPEN311_OPEN ? "t"
                                                         : "f"),
           param_number(search->limit), param_number(search->offset));
    if (!tx_flush(&tx))
        return false;
    *ret_count = rows_count(rows);
    *ret = arena_alloc(call->arena, (*ret_count + 1) * sizeof **ret);
    for (size_t row = 0; row < *ret_count; row++) {
        (*ret)[row] = request_read(call, search, rows, row);
        if (!(*ret)[row].service)
            return error_set(call->err, ERROR_UNAVAILABLE, TEXT_DETAIL_DIRECTORY_EMPTY);
    }
    return true;
}

static struct open311_update update_read(const struct call *call, const struct open311_search *search,
                                         const struct rows *rows, size_t row)
{
    const struct workflow_state_info *state =
        state_of(call, rows_number(rows, row, UPDATE_WORKFLOW_ID), rows_text(rows, row, UPDATE_STATE));
    const char *ref = rows_text(rows, row, UPDATE_REF), *uid = rows_text(rows, row, UPDATE_UID),
               *text =
                   may_read(search, rows_bool(rows, row, UPDATE_IS_REPORT)) ? rows_text(rows, row, UPDATE_TEXT) : NULL;
    return (struct open311_update){
        /* The number of a version, as everybody may count them: numbers of events would tell that there are notes. */
        .id = uid ? uid : arena_printf(call->arena, "%s-%lld", ref, (long long)rows_number(rows, row, UPDATE_VERSION)),
        .ref = ref,
        .state = state ? open311_state(workflow_phase_key(state->phase), state->outcome) : "open",
        .description = text    ? text
                       : state ? state->label.in[call->language]
                               : NULL,
        .at = rows_time(rows, row, UPDATE_AT),
    };
}

bool open311_updates(const struct call *call, const struct open311_search *search, struct open311_update **ret,
                     size_t *ret_count)
{
    const struct rows *rows = NULL;
    tx_auto struct tx tx = {0};
    if (!tx_begin(&tx, call->store, TX_READ, call->actor, call->arena, call->err))
        return false;
    tx_query(&tx, QUERY_PLAN_FOR_THESE_VALUES, NULL, 0, NULL);
    tx_run(&tx, QUERY_OPEN311_UPDATES, &rows, param_number(search->endpoint->body->id),
           param_text(services_of(call, search)), param_text(refs_of(call, search)), param_time(search->from),
           param_time(search->to), param_number(search->limit),
           search->each > 0 ? param_number(search->each) : param_text(NULL));
    if (!tx_flush(&tx))
        return false;
    *ret_count = rows_count(rows);
    *ret = arena_alloc(call->arena, (*ret_count + 1) * sizeof **ret);
    for (size_t row = 0; row < *ret_count; row++)
        (*ret)[row] = update_read(call, search, rows, row);
    return true;
}
