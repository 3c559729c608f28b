#include "store/sqlstate.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"

/* Constraints that a caller's data can meet although the service checked first (two callers at once). Any other
   violation is our mistake: INTERNAL. */
static const struct {
    const char *constraint;
    enum error_kind kind;
} known_constraints[] = {
    {"workflow_migration_open", ERROR_CONFLICT},
    {"workflow_definition_hash_key", ERROR_CONFLICT},
    {"idempotency_key_pkey", ERROR_IDEMPOTENCY_IN_FLIGHT},
    {"request_external_ref", ERROR_EXTERNAL_REF_EXISTS},
    {"absence_once", ERROR_ABSENCE_OVERLAPS},
    {"delegate_acyclic", ERROR_DELEGATES_COME_ROUND},
    {"user_account_login_key", ERROR_CONFLICT},
    {"api_client_client_id_key", ERROR_CONFLICT},
};

static bool is_class(const char *sqlstate, const char *prefix)
{
    return strncmp(sqlstate, prefix, strlen(prefix)) == 0;
}

/* What the caller can do about it. */
static enum text_key detail_of(enum error_kind kind)
{
    switch (kind) {
    case ERROR_CONFLICT:
        return TEXT_DETAIL_CONFLICT;
    case ERROR_PRECONDITION_FAILED:
        return TEXT_DETAIL_STALE_VERSION;
    case ERROR_ABSENCE_OVERLAPS:
        return TEXT_DETAIL_ABSENCE_OVERLAPS;
    case ERROR_DELEGATES_COME_ROUND:
        return TEXT_DETAIL_DELEGATES_COME_ROUND;
    case ERROR_INTERNAL:
        return TEXT_HTTP_INTERNAL;
    default:
        return TEXT_DETAIL_TRY_AGAIN;
    }
}

/* What is set says which statement, for the log line of the request. */
static bool fail(struct error *err, enum error_kind kind, const struct sqlstate_report *report)
{
    if (error_is_set(err))
        return false;
    error_set(err, kind, detail_of(kind));
    if (kind == ERROR_UNAVAILABLE || kind == ERROR_DEADLINE || kind == ERROR_IDEMPOTENCY_IN_FLIGHT)
        err->retry_after_s = 1;
    snprintf(err->where, sizeof err->where, "sql %s %s %s", report->sqlstate ? report->sqlstate : "-",
             report->query ? report->query : "-", report->constraint ? report->constraint : "");
    return false;
}

static void log_report(enum log_level level, const char *event, const struct sqlstate_report *report)
{
    /* Class 22 quotes the value that it could not read; values stay out of the log. */
    const bool quotes_data = report->sqlstate && is_class(report->sqlstate, "22");
    log_event(level, event, LOG_S("sqlstate", report->sqlstate ? report->sqlstate : ""),
              LOG_S("query", report->query ? report->query : ""),
              LOG_S("constraint", report->constraint ? report->constraint : ""),
              LOG_S("table", report->table ? report->table : ""),
              LOG_S("message", report->message && !quotes_data ? report->message : ""));
}

/* 23505, 23503, 23514, 23P01: a conflict when we know what the constraint means to the caller. */
static bool constraint_violation(const struct sqlstate_report *report, struct error *err)
{
    for (size_t i = 0; report->constraint && i < sizeof known_constraints / sizeof *known_constraints; i++)
        if (strcmp(known_constraints[i].constraint, report->constraint) == 0)
            return fail(err, known_constraints[i].kind, report);
    log_report(LOG_ERROR, "sql_constraint", report);
    return fail(err, ERROR_INTERNAL, report);
}

bool sqlstate_translate(const struct sqlstate_report *report, struct error *err)
{
    const char *state = report->sqlstate;
    if (!state || !*state || is_class(state, "08") || is_class(state, "53") || is_class(state, "57P") ||
        is_class(state, "28") || strcmp(state, "25006") == 0 || strcmp(state, "25P03") == 0 ||
        strcmp(state, "3D000") == 0) {
        log_report(LOG_WARN, "sql_unavailable", report);
        return fail(err, ERROR_UNAVAILABLE, report);
    }
    /* Somebody else was in the way, or a migration changed what a statement answers: the same again may succeed. */
    if (is_class(state, "40") || strcmp(state, "55P03") == 0 || strcmp(state, "0A000") == 0 ||
        strcmp(state, "26000") == 0) {
        log_report(LOG_INFO, "sql_retry", report);
        return fail(err, ERROR_UNAVAILABLE, report);
    }
    if (strcmp(state, "57014") == 0) {
        log_report(LOG_WARN, "sql_deadline", report);
        return fail(err, ERROR_DEADLINE, report);
    }
    if (strcmp(state, "OA412") == 0) /* request_step: no longer at the version that was decided on */
        return fail(err, ERROR_PRECONDITION_FAILED, report);
    if (strcmp(state, "OA409") == 0) /* incident_decide: somebody else decided first */
        return fail(err, ERROR_CONFLICT, report);
    if (is_class(state, "23"))
        return constraint_violation(report, err);
    log_report(LOG_ERROR, "sql_error", report);
    return fail(err, ERROR_INTERNAL, report);
}

bool sqlstate_drops_connection(const char *state)
{
    return !state || !*state || is_class(state, "08") || is_class(state, "57P") || strcmp(state, "25006") == 0 ||
           strcmp(state, "25P03") == 0 || strcmp(state, "0A000") == 0 || strcmp(state, "26000") == 0;
}

bool sqlstate_may_repeat(const char *state)
{
    return is_class(state, "40") || is_class(state, "08") || is_class(state, "57P") || strcmp(state, "25006") == 0 ||
           strcmp(state, "0A000") == 0 || strcmp(state, "26000") == 0;
}
