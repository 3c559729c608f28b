/* What the files of store/ share; nobody else includes this. */
#ifndef OAM_STORE_STORE_INTERNAL_H
#define OAM_STORE_STORE_INTERNAL_H

#include <libpq-fe.h>

#include "store/store.h"

struct store {
    char *url;
    char *role;
    int statement_timeout_ms;
    int connect_timeout_s;
    PGconn *connection;             /* NULL: none, the next use connects */
    int64_t answered_us;            /* monotonic: when the server last said something */
    bool prepared[QUERY_COUNT + 1]; /* by enum query: known to this connection */
    int64_t retry_at_us;            /* monotonic: before this a dead server is not tried again */
    int64_t backoff_us;
};

/* Statements that no .sql file holds, because they are the transaction itself. */
enum control { CONTROL_SCOPE, CONTROL_BEGIN, CONTROL_COMMIT, CONTROL_ROLLBACK, CONTROL_COUNT };
struct control_source {
    const char *name, *sql;
    int n_params;
};
extern const struct control_source control_sources[CONTROL_COUNT];

struct statement {
    enum query query;
    const char **values;
    const struct rows **ret_rows;
    bool prepares; /* this sending also prepares it */
    struct statement *next;
};

/* tx->pending */
struct queue {
    struct statement *first, **last;
    const char *scope[4]; /* staff, bodies, all, principal */
    bool begun;           /* BEGIN and scope were answered: the server holds our transaction */
};

/* ---- store.c: the connection ---- */

/* Connects if there is no live connection. False with UNAVAILABLE. */
bool connection_ready(struct store *store, struct error *err);
/* Closes it; the next use connects anew. */
void connection_drop(struct store *store);
/* The next result of the pipeline, to be cleared by the caller; NULL at the end of one statement's results. False when
   the connection is broken or the server silent for longer than a statement may take: then it has been dropped. */
bool connection_next(struct store *store, PGresult **ret_result);

/* ---- pipeline.c: what goes in and what comes out. False: the connection is broken ---- */

struct receipt {
    struct tx *tx;
    const char *query; /* whose answer is awaited */
    bool may_repeat;   /* the whole transaction so far is in this pipeline: it can be sent again */
    bool refused;      /* an error was reported */
    bool quiet;        /* errors are not told: who asked will ask again, alone */
    bool again;        /* … that is not told, because the same will be sent again */
    bool drops;        /* … after which this connection must not be used */
};

bool pipeline_send_control(struct store *store, enum control control, const char *const *values);
bool pipeline_send_queue(struct store *store, const struct queue *queue);
/* The answers of one statement, up to the NULL behind them; *ret_result, to be cleared by the caller, is NULL when it
   was refused. Only the first error of a pipeline counts: what follows it was not run. */
bool pipeline_receive(struct receipt *receipt, PGresult **ret_result);
bool pipeline_receive_control(struct receipt *receipt, enum control control);
bool pipeline_receive_queue(struct receipt *receipt, const struct queue *queue);
/* The end of the pipeline. An error that is found only at the commit (a deferred constraint) comes here. */
bool pipeline_receive_sync(struct receipt *receipt);

/* ---- params.c, rows.c ---- */

/* The text to send, NULL for SQL NULL. Lives as long as `param` and what it points to. */
const char *param_value(const struct param *param);

extern const struct rows rows_none;
/* Takes the result over; the arena clears it. */
const struct rows *rows_new(struct arena *arena, PGresult *result);

#endif
