#include "service/service_auth_attempt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "service/service_auth_keys.h"

#define WINDOW_US (THROTTLE_WINDOW_SECONDS * 1000000LL)

static bool throttled(const struct call *call, int wait_s)
{
    char seconds[16];
    (void)snprintf(seconds, sizeof seconds, "%d", wait_s);
    error_set(call->err, ERROR_TOO_MANY_REQUESTS, TEXT_AUTH_THROTTLED, seconds);
    call->err->retry_after_s = wait_s;
    return false;
}

bool attempt_begin(const struct call *call, struct attempt *attempt)
{
    struct throttle *throttle = auth_throttle(call->auth);
    for (size_t i = 0; i < attempt->n_subjects; i++) {
        int wait_s = throttle_reserve(throttle, attempt->subjects[i], call->now);
        if (wait_s == 0)
            continue;
        while (i > 0)
            throttle_release(throttle, attempt->subjects[--i]);
        return throttled(call, wait_s);
    }
    return true;
}

static struct param subject_param(const struct call *call, const struct attempt *attempt, size_t i)
{
    size_t index = i < attempt->n_subjects ? i : 0;
    return param_text(auth_hex(call->arena, attempt->subjects[index], THROTTLE_SUBJECT_SIZE));
}

void attempt_ask(const struct call *call, const struct attempt *attempt, struct tx *tx, const struct rows **ret_rows)
{
    tx_run(tx, QUERY_AUTH_FAILURES, ret_rows, subject_param(call, attempt, 0), subject_param(call, attempt, 1),
           param_time(call->now));
}

bool attempt_allowed(const struct call *call, struct attempt *attempt, const struct rows *rows)
{
    struct throttle *throttle = auth_throttle(call->auth);
    for (size_t row = 0; row < rows_count(rows); row++) {
        size_t length = 0;
        const unsigned char *subject = rows_bytes(rows, row, 0, &length);
        if (!subject || length != THROTTLE_SUBJECT_SIZE)
            continue;
        if (memcmp(subject, attempt->subjects[0], length) == 0)
            attempt->was_failing = true;
        if (rows_number(rows, row, 1) < throttle_attempts(throttle))
            continue;
        int64_t until = rows_time(rows, row, 2) + WINDOW_US;
        throttle_block(throttle, subject, until);
        attempt_undo(call, attempt);
        int64_t wait_s = (until - call->now + 999999) / 1000000;
        return throttled(call, wait_s < 1                         ? 1
                               : wait_s > THROTTLE_WINDOW_SECONDS ? THROTTLE_WINDOW_SECONDS
                                                                  : (int)wait_s);
    }
    return true;
}

bool attempt_undo(const struct call *call, const struct attempt *attempt)
{
    for (size_t i = 0; i < attempt->n_subjects; i++)
        throttle_release(auth_throttle(call->auth), attempt->subjects[i]);
    return false;
}

bool attempt_failed(const struct call *call, const struct attempt *attempt)
{
    tx_auto struct tx tx = {0};
    if (!tx_begin(&tx, call->store, TX_WRITE, NULL, call->arena, call->err))
        return false;
    for (size_t i = 0; i < attempt->n_subjects; i++)
        tx_run(&tx, QUERY_AUTH_FAILURE_ADD, NULL, subject_param(call, attempt, i), param_time(call->now));
    return tx_commit(&tx);
}

void attempt_succeeded(const struct call *call, const struct attempt *attempt, struct tx *tx)
{
    struct throttle *throttle = auth_throttle(call->auth);
    if (attempt->was_failing)
        tx_run(tx, QUERY_AUTH_FAILURES_CLEAR, NULL, subject_param(call, attempt, 0));
    throttle_clear(throttle, attempt->subjects[0]);
    if (attempt->n_subjects > 1)
        throttle_release(throttle, attempt->subjects[1]);
}
