#include "service/request_row.h"

enum {
    REQUEST_ID,
    REQUEST_REF,
    REQUEST_BODY_ID,
    REQUEST_SERVICE_ID,
    REQUEST_UNIT_ID,
    REQUEST_WORKFLOW_ID,
    REQUEST_STATE,
    REQUEST_PHASE,
    REQUEST_OUTCOME,
    REQUEST_VERSION,
    REQUEST_TITLE,
    REQUEST_DESCRIPTION,
    REQUEST_DATA,
    REQUEST_CHANNEL,
    REQUEST_ASSIGNEE_ID,
    REQUEST_REGISTER_NUMBER,
    REQUEST_REGISTERED_AT,
    REQUEST_EXTERNAL_REF,
    REQUEST_SUPPORTS,
    REQUEST_PLACE,
    REQUEST_SYNTHETIC,
    REQUEST_CREATED_BY,
    REQUEST_CREATED_AT,
    REQUEST_SUBMITTED_AT,
    REQUEST_UPDATED_AT,
    REQUEST_CLOSED_AT,
    REQUEST_ENGINE,
    REQUEST_DUE_AT,
    REQUEST_DUE,
    REQUEST_JOINT,
    REQUEST_EXECUTION
};
_Static_assert(REQUEST_EXECUTION + 1 == REQUEST_COLUMNS, "what comes behind is counted from here");

struct request request_from_row(const struct rows *rows, size_t row)
{
    struct request request = {
        .id = rows_number(rows, row, REQUEST_ID),
        .ref = rows_text(rows, row, REQUEST_REF),
        .body_id = rows_number(rows, row, REQUEST_BODY_ID),
        .service_id = rows_number(rows, row, REQUEST_SERVICE_ID),
        .unit_id = rows_number(rows, row, REQUEST_UNIT_ID),
        .workflow_id = rows_number(rows, row, REQUEST_WORKFLOW_ID),
        .assignee_id = rows_number(rows, row, REQUEST_ASSIGNEE_ID),
        .state = rows_text(rows, row, REQUEST_STATE),
        .phase = rows_text(rows, row, REQUEST_PHASE),
        .outcome = rows_text(rows, row, REQUEST_OUTCOME),
        .version = rows_number(rows, row, REQUEST_VERSION),
        .title = rows_text(rows, row, REQUEST_TITLE),
        .description = rows_text(rows, row, REQUEST_DESCRIPTION),
        .data = rows_text(rows, row, REQUEST_DATA),
        .channel = rows_text(rows, row, REQUEST_CHANNEL),
        .register_number = rows_text(rows, row, REQUEST_REGISTER_NUMBER),
        .external_ref = rows_text(rows, row, REQUEST_EXTERNAL_REF),
        .place = rows_text(rows, row, REQUEST_PLACE),
        .created_by = rows_text(rows, row, REQUEST_CREATED_BY),
        .supports = rows_number(rows, row, REQUEST_SUPPORTS),
        .synthetic = rows_bool(rows, row, REQUEST_SYNTHETIC),
        .registered_at = rows_time(rows, row, REQUEST_REGISTERED_AT),
        .created_at = rows_time(rows, row, REQUEST_CREATED_AT),
        .submitted_at = rows_time(rows, row, REQUEST_SUBMITTED_AT),
        .updated_at = rows_time(rows, row, REQUEST_UPDATED_AT),
        .closed_at = rows_time(rows, row, REQUEST_CLOSED_AT),
        .due_at = rows_time(rows, row, REQUEST_DUE_AT),
        .due = rows_text(rows, row, REQUEST_DUE),
        .joint = rows_bool(rows, row, REQUEST_JOINT),
        .execution = rows_text(rows, row, REQUEST_EXECUTION),
    };
    request.engine = rows_bytes(rows, row, REQUEST_ENGINE, &request.engine_length);
    return request;
}
