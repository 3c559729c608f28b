/* What goes into a pipeline and what comes out of it, statement by statement. */
#include "store/sqlstate.h"
#include "store/store_internal.h"

/* ---- sending ---- */

bool pipeline_send_control(struct store *store, enum control control, const char *const *values)
{
    const struct control_source *source = &control_sources[control];
    return PQsendQueryPrepared(store->connection, source->name, source->n_params, values, NULL, NULL, 1);
}

static bool send_statement(struct store *store, struct statement *statement)
{
    const struct query_source *source = &query_sources[statement->query];
    statement->prepares = !store->prepared[statement->query];
    if (statement->prepares) {
        if (!PQsendPrepare(store->connection, source->name, source->sql, source->n_params, NULL))
            return false;
        /* For the next of the same in this pipeline; taken back when the answer is a refusal. */
        store->prepared[statement->query] = true;
    }
    return PQsendQueryPrepared(store->connection, source->name, source->n_params, statement->values, NULL, NULL, 1);
}

bool pipeline_send_queue(struct store *store, const struct queue *queue)
{
    for (struct statement *statement = queue->first; statement; statement = statement->next)
        if (!send_statement(store, statement))
            return false;
    return true;
}

/* ---- receiving ---- */

static void tell(struct receipt *receipt, const PGresult *result)
{
    const struct sqlstate_report report = {
        .sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE),
        .constraint = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME),
        .table = PQresultErrorField(result, PG_DIAG_TABLE_NAME),
        .message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY),
        .query = receipt->query,
    };
    if (!report.sqlstate)
        return; /* libpq speaks, not the server: the connection is broken, which whoever reads next will see */
    receipt->refused = true;
    receipt->drops = sqlstate_drops_connection(report.sqlstate);
    receipt->again = receipt->may_repeat && sqlstate_may_repeat(report.sqlstate);
    if (!receipt->again && !receipt->quiet)
        sqlstate_translate(&report, receipt->tx->err);
}

bool pipeline_receive(struct receipt *receipt, PGresult **ret_result)
{
    *ret_result = NULL;
    for (;;) {
        PGresult *result;
        if (!connection_next(receipt->tx->store, &result)) {
            PQclear(*ret_result);
            *ret_result = NULL;
            return false;
        }
        if (!result)
            return true;
        const ExecStatusType status = PQresultStatus(result);
        if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
            PQclear(*ret_result);
            *ret_result = result;
            continue;
        }
        if (status == PGRES_FATAL_ERROR && !receipt->refused)
            tell(receipt, result);
        PQclear(result);
    }
}

bool pipeline_receive_control(struct receipt *receipt, enum control control)
{
    receipt->query = control_sources[control].name;
    PGresult *result;
    const bool alive = pipeline_receive(receipt, &result);
    PQclear(result);
    return alive;
}

static bool receive_statement(struct receipt *receipt, const struct statement *statement)
{
    receipt->query = query_sources[statement->query].name;
    PGresult *result;
    if (statement->prepares) {
        if (!pipeline_receive(receipt, &result))
            return false;
        if (!result)
            receipt->tx->store->prepared[statement->query] = false;
        PQclear(result);
    }
    if (!pipeline_receive(receipt, &result))
        return false;
    if (!result)
        return true;
    const struct rows *rows = rows_new(receipt->tx->arena, result);
    if (statement->ret_rows)
        *statement->ret_rows = rows;
    return true;
}

bool pipeline_receive_sync(struct receipt *receipt)
{
    receipt->query = "sync";
    for (int ends = 0; ends < 3;) {
        PGresult *result;
        if (!connection_next(receipt->tx->store, &result))
            return false;
        const ExecStatusType status = PQresultStatus(result);
        ends += result == NULL;
        if (result && status == PGRES_FATAL_ERROR && !receipt->refused)
            tell(receipt, result);
        PQclear(result);
        if (result && status == PGRES_PIPELINE_SYNC)
            return true;
    }
    return false; /* out of step with the server */
}

bool pipeline_receive_queue(struct receipt *receipt, const struct queue *queue)
{
    for (const struct statement *statement = queue->first; statement; statement = statement->next)
        if (!receive_statement(receipt, statement))
            return false;
    return true;
}
