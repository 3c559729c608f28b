/* The connection: made late, dropped at the first doubt, made anew by the next use. */
#include "store/store.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "store/sqlstate.h"
#include "store/store_internal.h"

#define BACKOFF_FIRST_US INT64_C(50000)
#define BACKOFF_MAX_US   INT64_C(500000)
#define BACKOFF_SLOW_US  INT64_C(1000000) /* after an attempt that hung */
#define FRESH_US         INT64_C(50000)
#define PATIENCE_US      INT64_C(1000000) /* past statement_timeout the server itself is taken for dead */

/* The row-level-security scope; transaction-local, so that nothing of it survives the transaction. */
const struct control_source control_sources[CONTROL_COUNT] = {
    [CONTROL_SCOPE] = {"oam_scope",
                       "SELECT set_config('oam.staff', $1, true), set_config('oam.bodies', $2, true), "
                       "set_config('oam.all', $3, true), set_config('oam.principal', $4, true)",
                       4},
    [CONTROL_BEGIN] = {"oam_begin", "BEGIN", 0},
    [CONTROL_COMMIT] = {"oam_commit", "COMMIT", 0},
    [CONTROL_ROLLBACK] = {"oam_rollback", "ROLLBACK", 0},
};

/* Everything a session needs, as parameters of one statement. The role is taken once and never switched: plans are
   cached across a change of role (CVE-2024-10976). Statements are planned once, not for each LIMIT that a page may
   have: planning one under row-level security takes longer than running it. Those whose filters are optional ask for a
   plan of their own (plan_for_these_values). */
static const char session_sql[] =
    "SELECT set_config('statement_timeout', $1, false), set_config('lock_timeout', '1s', false), "
    "set_config('idle_in_transaction_session_timeout', '10s', false), set_config('search_path', 'oam, pg_catalog, "
    "pg_temp', "
    "false), "
    "set_config('timezone', 'UTC', false), set_config('jit', 'off', false), "
    "set_config('plan_cache_mode', 'force_generic_plan', false), set_config('role', $2, false)";

static char *copy_or_null(const char *text)
{
    if (!text)
        return NULL;
    char *copy = strdup(text);
    if (!copy)
        abort();
    return copy;
}

struct store *store_new(const struct store_settings *settings)
{
    struct store *store = calloc(1, sizeof *store);
    if (!store)
        abort();
    store->url = copy_or_null(settings->url ? settings->url : "");
    store->role = copy_or_null(settings->role);
    store->statement_timeout_ms = settings->statement_timeout_ms > 0 ? settings->statement_timeout_ms : 5000;
    store->connect_timeout_s = settings->connect_timeout_s > 0 ? settings->connect_timeout_s : 2;
    return store;
}

void store_free(struct store *store)
{
    if (!store)
        return;
    connection_drop(store);
    free(store->url);
    free(store->role);
    free(store);
}

void connection_drop(struct store *store)
{
    PQfinish(store->connection);
    store->connection = NULL;
    memset(store->prepared, 0, sizeof store->prepared);
}

/* ---- waiting ---- */

/* Sends what is buffered and reads until a result can be had. False when broken, or at `until_us`. */
static bool wait_for_result(PGconn *connection, int64_t until_us)
{
    for (;;) {
        const int unsent = PQflush(connection);
        if (unsent < 0)
            return false;
        if (!PQisBusy(connection))
            return true;
        const int64_t left_us = until_us - clock_monotonic();
        if (left_us <= 0)
            return false;
        struct pollfd socket = {.fd = PQsocket(connection), .events = (short)(POLLIN | (unsent ? POLLOUT : 0))};
        const int ready = poll(&socket, 1, (int)(left_us / 1000) + 1);
        if (ready < 0 && errno != EINTR)
            return false;
        if (ready > 0 && (socket.revents & ~POLLOUT) && !PQconsumeInput(connection))
            return false;
    }
}

bool connection_next(struct store *store, PGresult **ret_result)
{
    *ret_result = NULL;
    const int64_t patience_us = (int64_t)store->statement_timeout_ms * 1000 + PATIENCE_US;
    if (!store->connection || !wait_for_result(store->connection, clock_monotonic() + patience_us)) {
        connection_drop(store);
        return false;
    }
    *ret_result = PQgetResult(store->connection);
    if (PQresultStatus(*ret_result) == PGRES_PIPELINE_SYNC)
        store->answered_us = clock_monotonic();
    if (PQstatus(store->connection) == CONNECTION_BAD && *ret_result == NULL) {
        connection_drop(store);
        return false;
    }
    return true;
}

/* ---- connecting ---- */

static void ignore_notice(void *context, const PGresult *notice)
{
    (void)context;
    (void)notice;
}

static PGconn *open_connection(const struct store *store)
{
    char timeout[12];
    snprintf(timeout, sizeof timeout, "%d", store->connect_timeout_s);
    const char *const keywords[] = {"dbname",
                                    "connect_timeout",
                                    "fallback_application_name",
                                    "client_encoding",
                                    "keepalives_idle",
                                    "keepalives_interval",
                                    "keepalives_count",
                                    "tcp_user_timeout",
                                    "target_session_attrs",
                                    NULL};
    const char *const values[] = {store->url, timeout, "oamd", "UTF8", "5", "2", "3", "5000", "read-write", NULL};
    PGconn *connection = PQconnectdbParams(keywords, values, 1);
    PQsetNoticeReceiver(connection, ignore_notice, NULL);
    return connection;
}

/* Reads one result and its end; false when it is not of `expected` status. Tells the SQLSTATE of a refusal. */
static bool expect(struct store *store, ExecStatusType expected, char ret_sqlstate[6], char *ret_message,
                   size_t message_size)
{
    PGresult *result;
    if (!connection_next(store, &result))
        return false;
    const bool as_expected = PQresultStatus(result) == expected;
    if (!as_expected && PQresultErrorField(result, PG_DIAG_SQLSTATE)) {
        snprintf(ret_sqlstate, 6, "%s", PQresultErrorField(result, PG_DIAG_SQLSTATE));
        snprintf(ret_message, message_size, "%s", PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
    }
    PQclear(result);
    if (!as_expected)
        return false;
    if (expected == PGRES_PIPELINE_SYNC)
        return true;
    return connection_next(store, &result) && result == NULL;
}

/* Settings and the control statements, in one round trip. */
static bool start_session(struct store *store, char ret_sqlstate[6], char *ret_message, size_t message_size)
{
    PGconn *connection = store->connection;
    char timeout[16];
    snprintf(timeout, sizeof timeout, "%d", store->statement_timeout_ms);
    const char *const values[] = {timeout, store->role ? store->role : "none"};
    if (PQsetnonblocking(connection, 1) != 0 || !PQenterPipelineMode(connection) ||
        !PQsendQueryParams(connection, session_sql, 2, NULL, values, NULL, NULL, 1))
        return false;
    for (int i = 0; i < CONTROL_COUNT; i++)
        if (!PQsendPrepare(connection, control_sources[i].name, control_sources[i].sql, 0, NULL))
            return false;
    if (!PQpipelineSync(connection))
        return false;
    if (!expect(store, PGRES_TUPLES_OK, ret_sqlstate, ret_message, message_size))
        return false;
    for (int i = 0; i < CONTROL_COUNT; i++)
        if (!expect(store, PGRES_COMMAND_OK, ret_sqlstate, ret_message, message_size))
            return false;
    return expect(store, PGRES_PIPELINE_SYNC, ret_sqlstate, ret_message, message_size);
}

/* Longer after each failure, so that a dead server is not hammered, but short enough to serve within a second of its
   return; longest after an attempt that hung, so that not every request pays connect_timeout. */
static void back_off(struct store *store, int64_t began_us)
{
    const int64_t now_us = clock_monotonic();
    store->backoff_us = store->backoff_us ? store->backoff_us * 2 : BACKOFF_FIRST_US;
    if (store->backoff_us > BACKOFF_MAX_US)
        store->backoff_us = BACKOFF_MAX_US;
    store->retry_at_us = now_us + (now_us - began_us > BACKOFF_SLOW_US / 2 ? BACKOFF_SLOW_US : store->backoff_us);
}

static bool connect_session(struct store *store, struct error *err)
{
    const int64_t began_us = clock_monotonic();
    char sqlstate[6] = "", message[200] = "";
    store->connection = open_connection(store);
    if (PQstatus(store->connection) == CONNECTION_OK && start_session(store, sqlstate, message, sizeof message)) {
        store->backoff_us = store->retry_at_us = 0;
        return true;
    }
    if (!message[0] && store->connection)
        snprintf(message, sizeof message, "%s", PQerrorMessage(store->connection));
    connection_drop(store);
    back_off(store, began_us);
    /* 22023, 42501: a role that is not there or not ours to take. No session, whatever the reason. */
    return sqlstate_translate(&(struct sqlstate_report){.sqlstate = "08006", .message = message, .query = sqlstate},
                              err);
}

/* True when the server has closed its end since the last use (or sent what we did not ask for). One system call, spared
   where it was heard a moment ago: what breaks just then is sent again, as if it had broken a moment later. */
static bool is_stale(const struct store *store)
{
    PGconn *connection = store->connection;
    if (PQstatus(connection) == CONNECTION_OK && clock_monotonic() - store->answered_us < FRESH_US)
        return false;
    struct pollfd socket = {.fd = PQsocket(connection), .events = POLLIN};
    if (PQstatus(connection) != CONNECTION_OK || socket.fd < 0)
        return true;
    if (poll(&socket, 1, 0) <= 0)
        return false;
    /* A parameter change or a notice may wait there too: only the end of the stream is a reason to leave. */
    if (!PQconsumeInput(connection))
        return true;
    (void)PQisBusy(connection); /* lets libpq read what came: a FATAL marks the connection bad */
    return PQstatus(connection) != CONNECTION_OK || poll(&socket, 1, 0) > 0;
}

/* Not logged: the attempt that failed was, and between two attempts there may be thousands of these. */
static bool refuse_until_retry(struct error *err)
{
    if (error_is_set(err))
        return false;
    error_set(err, ERROR_UNAVAILABLE, error_kind_info(ERROR_UNAVAILABLE)->title);
    err->retry_after_s = 1;
    snprintf(err->where, sizeof err->where, "sql: waiting to reconnect");
    return false;
}

bool connection_ready(struct store *store, struct error *err)
{
    if (store->connection && is_stale(store))
        connection_drop(store);
    if (store->connection)
        return true;
    if (store->retry_at_us > clock_monotonic())
        return refuse_until_retry(err);
    return connect_session(store, err);
}

bool store_ping(struct store *store, struct error *err)
{
    if (!connection_ready(store, err))
        return false;
    char sqlstate[6] = "", message[200] = "";
    if (PQsendQueryParams(store->connection, "SELECT 1", 0, NULL, NULL, NULL, NULL, 1) &&
        PQpipelineSync(store->connection) && expect(store, PGRES_TUPLES_OK, sqlstate, message, sizeof message) &&
        expect(store, PGRES_PIPELINE_SYNC, sqlstate, message, sizeof message))
        return true;
    connection_drop(store);
    return sqlstate_translate(&(struct sqlstate_report){.sqlstate = "08006", .message = message, .query = "ping"}, err);
}
