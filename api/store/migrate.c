#include "store/migrate.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "generated/migrations.h"

#define LOCK_ATTEMPTS  20
#define LOCK_PAUSE_MS  250
#define MIGRATIONS_MAX 9999 /* what four digits can number */

struct run {
    PGconn *connection;
    FILE *progress, *complaints;
};

/* ---- talking to the server ---- */

static void ignore_notice(void *context, const PGresult *notice)
{
    (void)context;
    (void)notice;
}

/* Line of the migration's text at which the server stumbled; 0 when it does not say. */
static int line_of(const PGresult *result, const char *sql)
{
    const char *position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
    int64_t left = 0; /* characters, from 1 */
    for (; position && *position >= '0' && *position <= '9'; position++)
        left = left * 10 + (*position - '0');
    if (left == 0)
        return 0;
    int line = 1;
    for (const char *at = sql; *at && left > 1; at++) {
        line += *at == '\n';
        left -= ((unsigned char)*at & 0xC0) != 0x80; /* UTF-8 continuation bytes are no characters */
    }
    return line;
}

static bool complain(const struct run *run, const PGresult *result, const char *what, const char *sql)
{
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *message = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    const char *detail = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL) : NULL;
    const int line = result ? line_of(result, sql) : 0;
    fprintf(run->complaints, "%s", what);
    if (line)
        fprintf(run->complaints, ":%d", line);
    fprintf(run->complaints, ": %s", message ? message : PQerrorMessage(run->connection));
    if (state)
        fprintf(run->complaints, " (SQLSTATE %s)", state);
    fprintf(run->complaints, "%s%s\n", detail ? "\n  " : "", detail ? detail : "");
    return false;
}

static PGresult *execute(const struct run *run, const char *sql, int n_values, const char *const *values)
{
    return n_values ? PQexecParams(run->connection, sql, n_values, NULL, values, NULL, NULL, 0)
                    : PQexec(run->connection, sql);
}

static bool succeeded(const PGresult *result)
{
    const ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

static bool command(const struct run *run, const char *what, const char *sql)
{
    PGresult *result = execute(run, sql, 0, NULL);
    const bool done = succeeded(result) || complain(run, result, what, sql);
    PQclear(result);
    return done;
}

/* ---- what is there ---- */

/* One migration at a time: whoever comes second waits, and then finds nothing to do. */
static bool take_turn(const struct run *run)
{
    PGresult *result = execute(run, "SELECT pg_try_advisory_lock(7235, 1)", 0, NULL);
    const bool ours = succeeded(result) && strcmp(PQgetvalue(result, 0, 0), "t") == 0;
    PQclear(result);
    if (ours)
        return true;
    fputs("another migration is running on this database: waiting\n", run->progress);
    return command(run, "migrate", "SET lock_timeout = '60s'; SELECT pg_advisory_lock(7235, 1)");
}

static const char history_sql[] =
    "CREATE TABLE IF NOT EXISTS public.schema_migration (number integer PRIMARY KEY CHECK (number >= 1), name text NOT "
    "NULL, "
    "sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'), applied_at timestamptz NOT NULL DEFAULT now()); "
    "COMMENT ON TABLE public.schema_migration IS 'What oamd migrate applied, with the digest of the file'; "
    "GRANT SELECT ON public.schema_migration TO PUBLIC";

/* True when the history agrees with ours; *ret_applied says which of ours are there. */
static bool compare(const struct run *run, const PGresult *history, bool ret_applied[])
{
    bool agrees = true;
    for (int row = 0; row < PQntuples(history); row++) {
        const char *number = PQgetvalue(history, row, 0);
        bool known = false;
        for (size_t i = 0; i < migration_count; i++) {
            char ours[12];
            snprintf(ours, sizeof ours, "%d", migrations[i].number);
            if (strcmp(ours, number) != 0)
                continue;
            known = ret_applied[i] = true;
            if (strcmp(migrations[i].sha256, PQgetvalue(history, row, 2)) == 0)
                continue;
            agrees = false;
            fprintf(run->complaints,
                    "%04d_%s: applied here with other content (sha256 %.12s…, this binary has %.12s…).\n"
                    "  A migration is not edited once it was applied: undo the edit and add a new migration. A "
                    "database for\n"
                    "  trying out is made anew by ./oam reset.\n",
                    migrations[i].number, migrations[i].name, PQgetvalue(history, row, 2), migrations[i].sha256);
        }
        if (!known)
            fprintf(run->progress, "%s %s: made by a newer binary, left alone\n", number, PQgetvalue(history, row, 1));
    }
    return agrees;
}

static bool read_history(const struct run *run, bool dry_run, bool ret_applied[])
{
    PGresult *there = execute(run, "SELECT to_regclass('public.schema_migration') IS NOT NULL", 0, NULL);
    const bool asked = succeeded(there) || complain(run, there, "migrate", "");
    const bool has_history = asked && strcmp(PQgetvalue(there, 0, 0), "t") == 0;
    PQclear(there);
    /* Only where there is none: oam_migrator may not create in the schema, not even IF NOT EXISTS. */
    if (!asked || !has_history)
        return asked && (dry_run || command(run, "migrate", history_sql));
    PGresult *history =
        execute(run, "SELECT number, name, sha256 FROM public.schema_migration ORDER BY number", 0, NULL);
    const bool agrees = succeeded(history) ? compare(run, history, ret_applied) : complain(run, history, "migrate", "");
    PQclear(history);
    return agrees;
}

/* ---- applying ---- */

enum attempt { APPLIED, BLOCKED, FAILED };

/* Somebody is in the way: a lock, or another database's migration that changes the same roles of the cluster. */
static bool is_blocked(const PGresult *result)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    return state && (strcmp(state, "55P03") == 0 || strcmp(state, "40P01") == 0 ||
                     (strcmp(state, "XX000") == 0 && message && strcmp(message, "tuple concurrently updated") == 0));
}

/* The row goes in first: a rival that got past the lock would be stopped by it before it repeats the work. */
static enum attempt apply_once(const struct run *run, const struct migration *migration, const char *what)
{
    char number[12];
    snprintf(number, sizeof number, "%d", migration->number);
    const char *const values[] = {number, migration->name, migration->sha256};
    if (!command(run, what, "BEGIN; SET LOCAL lock_timeout = '1s'"))
        return FAILED;
    PGresult *result =
        execute(run, "INSERT INTO public.schema_migration (number, name, sha256) VALUES ($1, $2, $3)", 3, values);
    if (succeeded(result)) {
        PQclear(result);
        result = execute(run, migration->sql, 0, NULL);
    }
    if (succeeded(result)) {
        PQclear(result);
        result = execute(run, "COMMIT", 0, NULL);
    }
    enum attempt attempt = APPLIED;
    if (!succeeded(result)) {
        attempt = is_blocked(result) ? BLOCKED : FAILED;
        if (attempt == FAILED)
            complain(run, result, what, migration->sql);
        PQclear(execute(run, "ROLLBACK", 0, NULL));
    }
    PQclear(result);
    return attempt;
}

static bool apply(const struct run *run, const struct migration *migration)
{
    char what[160];
    snprintf(what, sizeof what, "schema/migrations/%04d_%s.sql", migration->number, migration->name);
    const int64_t began_us = clock_monotonic();
    for (int attempt = 1; attempt <= LOCK_ATTEMPTS; attempt++) {
        switch (apply_once(run, migration, what)) {
        case APPLIED:
            fprintf(run->progress, "%04d %s: applied in %" PRId64 " ms\n", migration->number, migration->name,
                    (clock_monotonic() - began_us) / 1000);
            return true;
        case FAILED:
            return false;
        case BLOCKED: /* a queue behind our lock request would stall the readers: let go and come again */
            fprintf(run->progress, "%04d %s: somebody is in the way, trying again\n", migration->number,
                    migration->name);
            nanosleep(&(struct timespec){.tv_nsec = LOCK_PAUSE_MS * 1000000L}, NULL);
        }
    }
    fprintf(run->complaints, "%s: a table stayed locked for too long; see pg_stat_activity for a long transaction\n",
            what);
    return false;
}

/* Later migrations may come from oam_migrator, which is a member of the owner. */
static const char handover_sql[] = "DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'oam_owner') THEN "
                                   "GRANT SELECT, INSERT ON public.schema_migration TO oam_owner; END IF; "
                                   "EXCEPTION WHEN insufficient_privilege THEN NULL; END $$";

static bool run_all(const struct run *run, bool dry_run)
{
    bool applied[MIGRATIONS_MAX] = {false};
    if (migration_count > MIGRATIONS_MAX)
        return false;
    if (!dry_run && !take_turn(run))
        return false;
    if (!read_history(run, dry_run, applied))
        return false;
    size_t pending = 0;
    for (size_t i = 0; i < migration_count; i++) {
        if (applied[i])
            continue;
        pending++;
        if (dry_run)
            fprintf(run->progress, "%04d %s: would be applied\n", migrations[i].number, migrations[i].name);
        else if (!apply(run, &migrations[i]))
            return false;
    }
    if (pending == 0)
        fprintf(run->progress, "schema is current (%zu migrations)\n", migration_count);
    return dry_run || command(run, "migrate", handover_sql);
}

bool migrate_run(const char *url, bool dry_run, FILE *progress, FILE *complaints)
{
    const char *const keywords[] = {"dbname",          "connect_timeout",      "fallback_application_name",
                                    "client_encoding", "target_session_attrs", NULL};
    const char *const values[] = {url, "5", "oamd migrate", "UTF8", "read-write", NULL};
    struct run run = {
        .connection = PQconnectdbParams(keywords, values, 1), .progress = progress, .complaints = complaints};
    PQsetNoticeReceiver(run.connection, ignore_notice, NULL);
    const bool done =
        PQstatus(run.connection) == CONNECTION_OK ? run_all(&run, dry_run) : complain(&run, NULL, "migrate", "");
    PQfinish(run.connection);
    return done;
}

/* ---- readiness ---- */

bool migrate_current(struct store *store, struct arena *arena, struct error *err)
{
    struct tx tx;
    const struct rows *rows;
    if (!tx_begin(&tx, store, TX_READ, NULL, arena, err))
        return false;
    tx_query(&tx, QUERY_SCHEMA_MIGRATION_LIST, NULL, 0, &rows);
    if (!tx_flush(&tx))
        return false;
    for (size_t i = 0; i < migration_count; i++) {
        bool found = false;
        for (size_t row = 0; row < rows_count(rows) && !found; row++)
            found = rows_number(rows, row, 0) == migrations[i].number &&
                    strcmp(rows_text(rows, row, 1), migrations[i].sha256) == 0;
        if (found)
            continue;
        error_set(err, ERROR_UNAVAILABLE, error_kind_info(ERROR_UNAVAILABLE)->title);
        snprintf(err->where, sizeof err->where, "schema: %04d_%s is missing or altered", migrations[i].number,
                 migrations[i].name);
        return false;
    }
    return true;
}
