/* Filter and rank. */
#include "workflow/assignment/order.h"
#include "workflow/assignment/shape.h"

#include <string.h>

enum { ALIGNMENT = 16 };

/* What expressions are evaluated with: the request is the same for all candidates, the agent changes. */
struct setting {
    struct workflow_value agent[WORKFLOW_AGENT_FIELDS], subject[WORKFLOW_SUBJECT_FIELDS];
    struct workflow_value roots[WORKFLOW_POLICY_ROOTS];
    struct workflow_bindings bindings;
};

static void setting_begin(struct setting *setting, const struct workflow_subject *subject,
                          struct workflow_memory *scratch)
{
    workflow_subject_fields(subject, setting->subject);
    setting->roots[WORKFLOW_ROOT_AGENT] = workflow_value_record(setting->agent, WORKFLOW_AGENT_FIELDS);
    setting->roots[WORKFLOW_ROOT_REQUEST] = workflow_value_record(setting->subject, WORKFLOW_SUBJECT_FIELDS);
    setting->roots[WORKFLOW_ROOT_TICKET] = setting->roots[WORKFLOW_ROOT_REQUEST];
    setting->roots[WORKFLOW_ROOT_DATA] = subject->data;
    setting->bindings =
        (struct workflow_bindings){.roots = setting->roots, .n_roots = WORKFLOW_POLICY_ROOTS, .scratch = scratch};
}

static struct workflow_value evaluate(struct setting *setting, const struct workflow_expression *expression,
                                      const struct workflow_agent *agent)
{
    size_t before = setting->bindings.scratch->used;

    workflow_agent_fields(agent, setting->agent);
    struct workflow_value value = workflow_expression_evaluate(expression, &setting->bindings);
    setting->bindings.scratch->used = before; /* a bool or a number: nothing in there is looked at again */
    return value;
}

/* One decision while it is being made. */
struct contest {
    const struct workflow_policy *policy;
    const struct workflow_subject *subject;
    const struct workflow_agent *agents;
    size_t n, n_fit, n_failed, n_outside;
    struct order order;
    int64_t *rows;                    /* one for each who is fit */
    struct order_item *items, *spare; /* n each. The fit from the beginning of items, the failed from its end, with the
                                         filters that failed for a row; those outside in spare */
    struct setting setting;
};

static bool is_in_pool(const struct workflow_pool *pool, const struct workflow_agent *agent)
{
    return (pool->team[0] == '\0' || agent->in_team) &&
           (!pool->in_comarca || agent->territory_distance < WORKFLOW_DISTANCE_FAR);
}

static uint32_t filters_failed(struct contest *contest, const struct workflow_agent *agent)
{
    uint32_t failed = 0;

    for (unsigned i = 0; i < contest->policy->n_filters; i++) {
        const struct workflow_filter *filter = &contest->policy->filters[i];
        bool holds = filter->shape.kind != 0
                         ? assignment_shape_holds(&filter->shape, agent, contest->subject)
                         : workflow_value_holds(evaluate(&contest->setting, filter->expression, agent));
        failed |= (uint32_t)!holds << i;
    }
    return failed;
}

static void row_write(struct contest *contest, const struct workflow_agent *agent, int64_t *row)
{
    if (contest->policy->sticky)
        *row++ = !agent->holds;
    for (unsigned i = 0; i < contest->policy->n_ranks; i++) {
        const struct workflow_rank *rank = &contest->policy->ranks[i];
        int64_t value;
        if (rank->is_field)
            value = assignment_agent_number(agent, rank->field);
        else if (!order_of_value(evaluate(&contest->setting, rank->expression, agent), &value)) {
            row[i] = INT64_MAX;
            continue;
        }
        row[i] = rank->descending ? ~value : value;
    }
}

static void candidate_judge(struct contest *contest, uint32_t candidate)
{
    const struct workflow_agent *agent = &contest->agents[candidate];
    struct order_item item = {.packed = order_of_id(agent->id), .candidate = candidate};

    if (!is_in_pool(&contest->policy->pool, agent)) {
        contest->spare[contest->n_outside++] = item;
        return;
    }
    item.row = filters_failed(contest, agent);
    if (item.row != 0) {
        contest->items[contest->n - ++contest->n_failed] = item;
        return;
    }
    item.row = (uint32_t)contest->n_fit;
    row_write(contest, agent, contest->rows + contest->n_fit * contest->order.n_columns);
    contest->items[contest->n_fit++] = item;
}

static void candidates_sort(struct contest *contest)
{
    const struct order by_id = {.agents = contest->agents};
    struct order_item *failed = contest->items + contest->n_fit, *outside = failed + contest->n_failed;

    memmove(failed, contest->items + contest->n - contest->n_failed, contest->n_failed * sizeof(*failed));
    memcpy(outside, contest->spare, contest->n_outside * sizeof(*outside));
    order_pack(&contest->order, contest->items, contest->n_fit);
    order_sort(&contest->order, contest->items, contest->n_fit, contest->spare);
    order_sort(&by_id, failed, contest->n_failed, contest->spare);
    order_sort(&by_id, outside, contest->n_outside, contest->spare);
}

static void places_write(const struct contest *contest, struct workflow_ranked *places)
{
    for (size_t i = 0; i < contest->n; i++) {
        const struct order_item *item = &contest->items[i];
        bool fit = i < contest->n_fit, failed = !fit && i < contest->n_fit + contest->n_failed;
        places[i] = (struct workflow_ranked){
            .candidate = item->candidate,
            .failed = failed ? (uint16_t)item->row : 0,
            .standing = (uint8_t)(fit      ? WORKFLOW_STANDING_FIT
                                  : failed ? WORKFLOW_STANDING_FAILED
                                           : WORKFLOW_STANDING_OUTSIDE),
            .order = fit ? contest->rows + item->row * contest->order.n_columns : NULL,
        };
    }
}

/* The first column in which the first two differ. */
static void decided_by(struct workflow_decision *decision, size_t n_columns)
{
    const struct workflow_ranked *places = decision->places;
    size_t column = 0;

    if (decision->n_fit < 2) {
        decision->decided = decision->n_fit == 0 ? WORKFLOW_DECIDED_NOBODY : WORKFLOW_DECIDED_ONLY;
        return;
    }
    while (column < n_columns && places[0].order[column] == places[1].order[column])
        column++;
    if (column == n_columns) {
        decision->decided = WORKFLOW_DECIDED_ID;
    } else if (decision->policy->sticky && column == 0) {
        decision->decided = WORKFLOW_DECIDED_STICKY;
    } else {
        decision->decided = WORKFLOW_DECIDED_RANK;
        decision->rank = (uint8_t)(column - decision->policy->sticky);
    }
}

static void *take(struct workflow_memory *memory, size_t size)
{
    size_t at = (memory->used + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);

    if (at > memory->size || size > memory->size - at)
        return NULL;
    memory->used = at + size;
    return (char *)memory->bytes + at;
}

const struct workflow_decision *workflow_decide(const struct workflow_policy *policy,
                                                const struct workflow_subject *subject,
                                                const struct workflow_agent *agents, size_t n,
                                                struct workflow_memory *memory)
{
    struct contest contest = {.policy = policy, .subject = subject, .agents = agents, .n = n};
    size_t before = memory->used;

    if (n > WORKFLOW_CANDIDATES_MAX)
        return NULL;
    contest.order = (struct order){.agents = agents, .n_columns = (size_t)policy->n_ranks + (policy->sticky ? 1 : 0)};
    struct workflow_decision *decision = take(memory, sizeof(*decision));
    struct workflow_ranked *places = take(memory, n * sizeof(*places));
    contest.rows = take(memory, n * contest.order.n_columns * sizeof(*contest.rows));
    size_t kept = memory->used;
    contest.items = take(memory, n * sizeof(*contest.items));
    contest.spare = take(memory, n * sizeof(*contest.spare));
    if (!decision || !places || !contest.rows || !contest.items || !contest.spare) {
        memory->used = before;
        return NULL;
    }
    contest.order.rows = contest.rows;
    setting_begin(&contest.setting, subject, memory);
    for (size_t i = 0; i < n; i++)
        candidate_judge(&contest, (uint32_t)i);
    candidates_sort(&contest);
    places_write(&contest, places);
    memory->used = kept;
    *decision = (struct workflow_decision){
        .policy = policy, .subject = subject, .agents = agents, .places = places, .n = n, .n_fit = contest.n_fit};
    decided_by(decision, contest.order.n_columns);
    return decision;
}

size_t workflow_decision_explain(const struct workflow_decision *decision, const struct workflow_agent *agent,
                                 unsigned filter, struct workflow_memory *scratch,
                                 struct workflow_expression_clause *ret_clauses, size_t max)
{
    struct setting setting;

    if (filter >= decision->policy->n_filters)
        return 0;
    setting_begin(&setting, decision->subject, scratch);
    workflow_agent_fields(agent, setting.agent);
    return workflow_expression_explain(decision->policy->filters[filter].expression, &setting.bindings, ret_clauses,
                                       max);
}

struct workflow_value workflow_decision_value(const struct workflow_decision *decision,
                                              const struct workflow_agent *agent, unsigned rank,
                                              struct workflow_memory *scratch)
{
    struct setting setting;

    if (rank >= decision->policy->n_ranks)
        return workflow_value_unset();
    setting_begin(&setting, decision->subject, scratch);
    if (!decision->policy->ranks[rank].is_field)
        return evaluate(&setting, decision->policy->ranks[rank].expression, agent);
    workflow_agent_fields(agent, setting.agent);
    return setting.agent[decision->policy->ranks[rank].field];
}

const char *workflow_decided_key(enum workflow_decided decided)
{
    static const char *const keys[] = {
        [WORKFLOW_DECIDED_NOBODY] = "nobody", [WORKFLOW_DECIDED_ONLY] = "only", [WORKFLOW_DECIDED_STICKY] = "sticky",
        [WORKFLOW_DECIDED_RANK] = "rank",     [WORKFLOW_DECIDED_ID] = "id",
    };
    return keys[decided];
}
