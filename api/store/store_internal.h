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

/* ---- store.c: the connection ---- */

/* Connects if there is no live connection. False with UNAVAILABLE. */
bool connection_ready(struct store *store, struct error *err);
/* Closes it; the next use connects anew. */
void connection_drop(struct store *store);
/* The next result of the pipeline, to be cleared by the caller; NULL at the end of one statement's results. False when
   the connection is broken or the server silent for longer than a statement may take: then it has been dropped. */
bool connection_next(struct store *store, PGresult **ret_result);

/* ---- params.c, rows.c ---- */

/* The text to send, NULL for SQL NULL. Lives as long as `param` and what it points to. */
const char *param_value(const struct param *param);

extern const struct rows rows_none;
/* Takes the result over; the arena clears it. */
const struct rows *rows_new(struct arena *arena, PGresult *result);

#endif
