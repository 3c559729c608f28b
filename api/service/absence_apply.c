/* What becomes of the requests of an agent who goes away, and who comes back. */
#include <string.h>

#include "service/absence.h"
#include "service/answer_cache.h"
#include "service/assign.h"
#include "service/request_change.h"
#include "service/request_row.h"

#define BATCH 50 /* requests in one transaction: their rows are held for so long */

enum { CLAIM_ID, CLAIM_AGENT_ID, CLAIM_DELEGATE_ID, CLAIM_ENDS };
enum { CASE_OWNER_ID = REQUEST_COLUMNS, CASE_POLICY }; /* after the columns of a request */

struct absence_work {
    int64_t id;
    bool ends;
    const struct directory_agent *agent, *delegate; /* delegate NULL: nobody acts for them */
};

/* One request of the agent. */
struct absence_case {
    struct request_change change;
    const struct workflow_policy *policy; /* that it was assigned by, or the first of its procedure; NULL: none */
    int64_t owner_id;                     /* whose it was already, when the agent is a delegate; 0: the agent's */
    const char *outcome;                  /* NULL: its policy is to decide */
    struct assign_pool pool;
};

static const struct workflow_policy *policy_of(const struct request_change *change, const char *key)
{
    const struct workflow *wf = change->definition->workflow;
    const struct workflow_policy *policy = key ? workflow_policy_find(wf, key) : NULL;
    return policy ? policy : workflow_policy_at(wf, 0);
}

static const struct directory_agent *owner_of(const struct absence_case *one, const struct absence_work *work,
                                              const struct call *call)
{
    const struct directory_agent *owner = directory_agent_by_id(call->directory, one->owner_id);
    return owner ? owner : work->agent;
}

/* Sticky: it waits. A delegate: acts for the owner, unless they have an interest in that body. Otherwise: the policy.
 */
static const char *outcome_of(const struct absence_case *one, const struct absence_work *work)
{
    if (work->ends)
        return "returned";
    if (!one->policy || one->policy->sticky)
        return "kept";
    if (work->delegate && !directory_agent_conflicts(work->delegate, one->change.body))
        return "delegated";
    return NULL;
}

static bool case_prepare(struct absence_case *one, const struct rows *rows, size_t row, const struct absence_work *work,
                         const struct call *call)
{
    struct request_change *change = &one->change;
    change->before = request_from_row(rows, row);
    change->type = "request.assigned";
    if (!request_change_prepare(change, call))
        return false;
    one->owner_id = rows_number(rows, row, CASE_OWNER_ID);
    one->policy = policy_of(change, rows_text(rows, row, CASE_POLICY));
    one->outcome = outcome_of(one, work);
    if (!one->outcome)
        assign_pool_for(&one->pool, call,
                        &(struct assign_question){
                            .workflow = change->definition->workflow,
                            .policy = one->policy->key,
                            .body = change->body,
                            .service = directory_service_by_id(call->directory, change->before.service_id),
                            .unit = directory_unit_by_id(call->directory, change->before.unit_id),
                            .holder_id = work->agent->id,
                            .data = change->before.data,
                        });
    return true;
}

/* The policy decides; those after it know that the chosen one carries one more. */
static const char *decide_anew(struct absence_case *cases, size_t n, size_t at, const struct call *call)
{
    struct absence_case *one = &cases[at];
    struct assign_decision decision = assign_decide(&one->pool, call);
    int64_t chosen = decision.agent ? decision.agent->id : 0;
    one->outcome = !decision.agent ? "unassigned" : chosen == one->change.before.assignee_id ? "kept" : "reassigned";
    one->change.after.assignee_id = chosen;
    if (!decision.agent)
        one->change.follow.outbox = assign_alert(&one->pool, NULL, call->arena);
    for (size_t i = at + 1; decision.agent && i < n; i++)
        if (!cases[i].outcome)
            assign_pool_charge(&cases[i].pool, decision.agent, one->pool.subject.effort_hours, true, at, call);
    return decision.explanation;
}

static const char *explain(struct absence_case *cases, size_t n, size_t at, const struct absence_work *work,
                           const struct call *call)
{
    struct absence_case *one = &cases[at];
    const struct directory_agent *owner = owner_of(one, work, call), *agent = owner;
    if (!one->outcome)
        return decide_anew(cases, n, at, call);
    if (strcmp(one->outcome, "delegated") == 0)
        agent = work->delegate;
    else if (strcmp(one->outcome, "kept") == 0)
        agent = work->agent;
    one->change.after.assignee_id = agent->id;
    return assign_stand_in(agent, owner, one->policy ? one->policy->key : NULL, one->outcome, call->arena);
}

static const char *event_of(const struct absence_case *one, const struct absence_work *work, const char *explanation,
                            const struct call *call)
{
    const struct directory_agent *from = directory_agent_by_id(call->directory, one->change.before.assignee_id);
    struct json_out out = json_out_new(call->arena, 512);
    json_out_object_begin(&out);
    json_out_member_text(&out, "from_agent", from ? from->login : NULL);
    json_out_member_text(&out, "absence", work->ends ? "ended" : "began");
    json_out_member_raw(&out, "assignment", explanation);
    json_out_object_end(&out);
    return json_out_finish(&out, NULL);
}

static void queue_cases(struct absence_case *cases, size_t n, const struct absence_work *work, struct tx *tx,
                        const struct call *call)
{
    for (size_t i = 0; i < n; i++) {
        struct absence_case *one = &cases[i];
        const char *explanation = explain(cases, n, i, work, call);
        one->change.event = event_of(one, work, explanation, call);
        request_change_queue(&one->change, tx, call);
        tx_run(tx, QUERY_ABSENCE_NOTE, NULL, param_number(work->id), param_number(one->change.before.id),
               param_text(one->outcome), param_number(owner_of(one, work, call)->id));
    }
}

/* Loads of all who may be asked, in one round trip; none when no policy has to decide. */
static bool take_loads(struct absence_case *cases, size_t n, struct tx *tx, const struct call *call)
{
    const struct assign_pool **pools = arena_alloc(call->arena, (n + 1) * sizeof *pools);
    struct assign_facts facts;
    size_t n_pools = 0;
    for (size_t i = 0; i < n; i++)
        if (!cases[i].outcome)
            pools[n_pools++] = &cases[i].pool;
    assign_facts_queue(&facts, tx, call, pools, n_pools);
    if (!tx_flush(tx))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!cases[i].outcome)
            assign_pool_take(&cases[i].pool, &facts);
    return true;
}

/* The claimed absence; false when there is none, or this process does not know yet that the agent is away. */
static bool claimed(const struct rows *rows, struct absence_work *ret, const struct call *call)
{
    if (rows_count(rows) == 0)
        return false;
    *ret = (struct absence_work){
        .id = rows_number(rows, 0, CLAIM_ID),
        .ends = rows_bool(rows, 0, CLAIM_ENDS),
        .agent = directory_agent_by_id(call->directory, rows_number(rows, 0, CLAIM_AGENT_ID)),
    };
    if (!ret->agent || (!ret->ends && !directory_agent_absent(ret->agent, call->now)))
        return false;
    ret->delegate = directory_agent_delegate(call->directory, ret->agent, call->now, call->arena);
    return true;
}

bool absence_apply(const struct call *call, size_t *ret_count)
{
    tx_auto struct tx tx = {0};
    struct absence_work work;
    const struct rows *claim = NULL, *rows = NULL;
    *ret_count = 0;
    if (!tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    tx_run(&tx, QUERY_ABSENCE_CLAIM, &claim, param_number(directory_day(call->now)));
    if (!tx_flush(&tx))
        return false;
    if (!claimed(claim, &work, call))
        return true;
    tx_run(&tx, QUERY_ABSENCE_LOCK, NULL, param_number(work.id), param_bool(work.ends), param_number(BATCH));
    tx_run(&tx, QUERY_ABSENCE_REQUESTS, &rows, param_number(work.id), param_bool(work.ends), param_number(BATCH));
    if (!tx_flush(&tx))
        return false;
    size_t n = rows_count(rows);
    struct absence_case *cases = arena_alloc(call->arena, (n + 1) * sizeof *cases);
    for (size_t i = 0; i < n; i++)
        if (!case_prepare(&cases[i], rows, i, &work, call))
            return false;
    if (!take_loads(cases, n, &tx, call))
        return false;
    queue_cases(cases, n, &work, &tx, call);
    if (n < BATCH)
        tx_run(&tx, QUERY_ABSENCE_DONE, NULL, param_number(work.id), param_bool(work.ends), param_time(call->now));
    if (!tx_commit(&tx))
        return false;
    for (size_t i = 0; i < n; i++)
        answer_cache_forget(call->cache, cases[i].change.before.ref);
    *ret_count = n + (n < BATCH);
    return true;
}
