#include "service/timer.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "service/answer_cache.h"
#include "service/request_row.h"
#include "service/request_step.h"

enum { DUE_TIMER = REQUEST_COLUMNS, DUE_GENERATION, DUE_DUE, DUE_TRIES };
enum { CLAIM_CLAIMED, CLAIM_REACH, CLAIM_REACH_ID, CLAIM_REQUESTS };

static struct timer_name name_of(const struct rows *rows, size_t row, int64_t request_id)
{
    struct timer_name name = {.request_id = request_id,
                              .generation = rows_number(rows, row, DUE_GENERATION),
                              .tries = rows_number(rows, row, DUE_TRIES)};
    snprintf(name.timer, sizeof name.timer, "%s", rows_text(rows, row, DUE_TIMER));
    return name;
}

static void queue_drop(const struct timer_name *name, struct tx *tx)
{
    tx_run(tx, QUERY_TIMER_DROP, NULL, param_number(name->request_id), param_text(name->timer),
           param_number(name->generation));
}

static void queue_failed(const struct timer_name *name, const char *why, bool again, struct tx *tx, int64_t now)
{
    tx_run(tx, QUERY_TIMER_FAILED, NULL, param_number(name->request_id), param_text(name->timer),
           param_number(name->generation), param_text(why), again ? param_number(name->tries) : param_text(NULL),
           param_time(now));
}

/* A row names a timer of the definition, or an event that was scheduled from outside. Whoever holds its moment has
   every role and every field: what must hold is where it leads. */
static struct request_verdict decide(const struct request_change *change, const struct request_step *step,
                                     const struct call *call)
{
    const struct workflow *wf = change->definition->workflow;
    const struct workflow_world world = request_step_world(change, call, UINT32_MAX, UINT64_MAX);
    struct workflow_event due = {.kind = WORKFLOW_EVENT_TIMER};
    if (request_course_timer(wf, step->timer, &due.number, &due.body))
        return request_verdict_step(wf, &change->stand, &due, &world, call->arena);
    const struct request_deed scheduled = {.event = step->timer, .data = workflow_value_unset()};
    return request_verdict_deed(wf, &change->stand, &scheduled, &world, call->arena);
}

/* The timer of one of those who take part is told by its name and theirs. */
static void tell_member(const struct request_change *change, struct request_step *step, const struct call *call)
{
    const struct workflow *wf = change->definition->workflow;
    unsigned timer;
    int64_t body;
    if (!request_course_timer(wf, step->timer, &timer, &body) || body == 0)
        return;
    step->event = workflow_timer_info(wf, timer)->key;
    step->member = directory_body_by_id(call->directory, body);
}

/* What a round writes: most steps in one statement, in the order in which they were decided. */
struct sheaf {
    struct tx *tx;
    const struct call *call;
    struct json_out steps;
    size_t n_steps;
    bool alone;
};

static bool keep(struct sheaf *sheaf, struct request_change *change)
{
    if (change->follow.acts)
        return request_change_do(change, sheaf->tx, sheaf->call);
    if (sheaf->alone || !request_change_joins(change)) {
        request_change_queue(change, sheaf->tx, sheaf->call);
        return true;
    }
    request_change_write(change, &sheaf->steps);
    sheaf->n_steps++;
    return true;
}

static void queue_sheaf(struct sheaf *sheaf)
{
    json_out_array_end(&sheaf->steps);
    if (sheaf->n_steps > 0)
        tx_run(sheaf->tx, QUERY_REQUEST_STEPS, NULL, param_text(json_out_finish(&sheaf->steps, NULL)),
               param_text(sheaf->call->actor->principal), param_text(sheaf->call->actor->login),
               param_time(sheaf->call->now));
}

/* Decides the step of one timer whose request is locked; false only when the database failed. */
static bool fire(const struct rows *rows, size_t row, struct sheaf *sheaf, struct timer_round *ret)
{
    struct tx *tx = sheaf->tx;
    const struct call *call = sheaf->call;
    struct request_change change = {.before = request_from_row(rows, row)};
    struct timer_name name = name_of(rows, row, change.before.id);
    struct request_step step = {
        .event = name.timer, .timer = name.timer, .generation = name.generation, .due = rows_time(rows, row, DUE_DUE)};
    ret->last = name;
    if (!directory_workflow_by_id(call->directory, change.before.workflow_id)) {
        ret->left++; /* published a moment ago */
        return true;
    }
    if (!request_change_prepare(&change, call))
        return false;
    tell_member(&change, &step, call);
    step.verdict = decide(&change, &step, call);
    if (step.verdict.reasons.why & (WORKFLOW_REASON_WRONG_STATE | WORKFLOW_REASON_STALE)) {
        queue_drop(&name, tx);
        ret->dropped++;
        return true;
    }
    if (!step.verdict.allowed) {
        queue_failed(&name, request_verdict_word(&step.verdict), false, tx, call->now);
        ret->refused++;
        return true;
    }
    if (!sheaf->alone && request_step_asks(&change, &step.verdict)) {
        ret->alone++;
        return true;
    }
    request_step_apply(&change, &step, call);
    if (!sheaf->alone && change.follow.acts) {
        ret->alone++;
        return true;
    }
    if (!request_step_effects(&change, &step, tx, call))
        return false;
    request_step_event(&change, &step, call);
    if (!keep(sheaf, &change))
        return false;
    ret->fired++;
    return true;
}

static bool fire_all(const struct rows *rows, bool alone, struct tx *tx, const struct call *call,
                     struct timer_round *ret)
{
    struct sheaf sheaf = {.tx = tx, .call = call, .steps = json_out_new(call->arena, 4096), .alone = alone};
    int64_t before = 0;
    json_out_array_begin(&sheaf.steps);
    for (size_t row = 0; row < rows_count(rows); row++) {
        int64_t request_id = rows_number(rows, row, 0);
        if (request_id == before) { /* one step moves the version that the next is decided on */
            ret->left++;
            continue;
        }
        before = request_id;
        ret->stale--;
        if (!fire(rows, row, &sheaf, ret))
            return false;
    }
    queue_sheaf(&sheaf);
    return true;
}

static void forget_changed(const struct rows *rows, const struct call *call)
{
    for (size_t row = 0; row < rows_count(rows); row++)
        answer_cache_forget(call->cache, rows_text(rows, row, 1));
}

bool timer_fire(const struct call *call, struct timer_place *place, size_t limit, struct timer_round *ret)
{
    tx_auto struct tx tx = {0};
    const struct rows *claim = NULL, *due = NULL;
    *ret = (struct timer_round){0};
    if (!tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    tx_query(&tx, QUERY_WORKER_YIELDS, NULL, 0, NULL);
    tx_run(&tx, QUERY_TIMER_CLAIM, &claim, param_time(call->now), param_time(place->wake_us),
           param_number(place->request_id), param_number((int64_t)limit));
    tx_run(&tx, QUERY_TIMER_DUE, &due, param_time(call->now));
    if (!tx_flush(&tx))
        return false;
    ret->claimed = (size_t)rows_number(claim, 0, CLAIM_CLAIMED);
    ret->stale = (size_t)rows_number(claim, 0, CLAIM_REQUESTS); /* less each that is still there */
    *place = (struct timer_place){rows_time(claim, 0, CLAIM_REACH), rows_number(claim, 0, CLAIM_REACH_ID)};
    if (ret->claimed == 0)
        return true; /* rolled back: there is nothing to keep */
    if (!fire_all(due, limit == 1, &tx, call, ret) || !tx_commit(&tx)) {
        ret->fired = ret->dropped = ret->refused = 0;
        return false;
    }
    forget_changed(due, call);
    return true;
}

bool timer_give_up(const struct call *call, const struct timer_name *timer, const struct error *cause)
{
    tx_auto struct tx tx = {0};
    bool is_wrong = cause->n_violations > 0, again = !is_wrong && timer->tries + 1 < TIMER_TRIES_MAX;
    const char *why = is_wrong ? cause->violations[0].code : cause->where;
    if (!tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    queue_failed(timer, why, again, &tx, call->now);
    log_event(LOG_WARN, again ? "timer_failed" : "timer_given_up", LOG_N("request", timer->request_id),
              LOG_S("timer", timer->timer), LOG_N("tries", timer->tries + 1));
    return tx_commit(&tx);
}
