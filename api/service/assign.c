/* Candidates, and what is known of them. */
#include "service/assign.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "service/request_world.h"
#include "store/array.h"

#define EFFORT_MAX      99999
#define BATCH_TURN      (INT64_C(1) << 60) /* beyond every turn that the database has counted */
#define EXPRESSION_READ 32

int64_t assign_effort(const struct directory_service *service, const char *data)
{
    int64_t hours = service->effort_hours;
    json_t *object = data && strstr(data, "\"estimated_hours\"") ? json_loads(data, 0, NULL) : NULL;
    const json_t *estimated = json_object_get(object, "estimated_hours");
    if (json_is_integer(estimated) && json_integer_value(estimated) >= 0 && json_integer_value(estimated) <= EFFORT_MAX)
        hours = json_integer_value(estimated);
    json_decref(object);
    return hours;
}

/* ---- data, for the policies that ask about it ---- */

static bool reads_data(const struct workflow_expression *expression)
{
    struct workflow_expression_read reads[EXPRESSION_READ];
    size_t n = workflow_expression_reads(expression, reads, EXPRESSION_READ);
    for (size_t i = 0; i < n && i < EXPRESSION_READ; i++)
        if (reads[i].root == WORKFLOW_ROOT_DATA)
            return true;
    return n > EXPRESSION_READ;
}

static bool policy_reads_data(const struct workflow_policy *policy)
{
    for (size_t i = 0; i < policy->n_filters; i++)
        if (reads_data(policy->filters[i].expression))
            return true;
    for (size_t i = 0; i < policy->n_ranks; i++)
        if (policy->ranks[i].expression && reads_data(policy->ranks[i].expression))
            return true;
    return false;
}

/* ---- the pool ---- */

/* "service" is the unit that delivers; any other team is the unit of that code. */
static bool in_team(const char *team, const struct directory_agent *agent, const struct directory_unit *unit)
{
    return strcmp(team, "service") == 0 ? agent->unit == unit : strcmp(team, agent->unit->code) == 0;
}

static uint8_t distance_of(enum directory_cover cover)
{
    return cover == DIRECTORY_COVER_BODY      ? WORKFLOW_DISTANCE_BODY
           : cover == DIRECTORY_COVER_COMARCA ? WORKFLOW_DISTANCE_COMARCA
                                              : WORKFLOW_DISTANCE_FAR;
}

static void add_candidate(struct assign_pool *pool, const struct call *call, const struct assign_question *question,
                          const struct directory_agent *agent)
{
    const struct workflow_pool *wanted = &pool->policy->pool;
    uint8_t distance = distance_of(directory_agent_covers(agent, question->body));
    if (!agent->active || (wanted->team[0] && !in_team(wanted->team, agent, question->unit)) ||
        (wanted->in_comarca && distance == WORKFLOW_DISTANCE_FAR))
        return;
    pool->agents[pool->count] = agent;
    pool->candidates[pool->count++] = (struct workflow_agent){
        .id = agent->id,
        .login = agent->login,
        .unit = agent->unit->code,
        .skills = agent->skills,
        .n_skills = (uint32_t)agent->n_skills,
        .conflicts = agent->conflicts,
        .n_conflicts = (uint32_t)agent->n_conflicts,
        .capacity = agent->capacity,
        .territory_distance = distance,
        .in_team = true,
        .absent = directory_agent_absent(agent, call->now),
        .holds = agent->id == question->holder_id,
    };
}

void assign_pool_for(struct assign_pool *ret, const struct call *call, const struct assign_question *question)
{
    const struct directory *dir = call->directory;
    *ret = (struct assign_pool){
        .policy = workflow_policy_find(question->workflow, question->policy),
        .workflow = question->workflow,
        .body = question->body,
        .service = question->service,
        .subject = {.body = question->body->code,
                    .comarca = question->body->comarca->code,
                    .service = question->service->code,
                    .subject_area = question->service->area->code,
                    .unit = question->unit ? question->unit->code : NULL,
                    .population = question->body->population,
                    .effort_hours = assign_effort(question->service, question->data)},
        .agents = arena_alloc(call->arena, (dir->n_agents + 1) * sizeof *ret->agents),
        .candidates = arena_alloc(call->arena, (dir->n_agents + 1) * sizeof *ret->candidates),
    };
    if (!ret->policy)
        return;
    if (policy_reads_data(ret->policy))
        ret->subject.data = workflow_value_record(request_world_data(question->workflow, question->data, call->arena),
                                                  workflow_field_count(question->workflow));
    for (size_t i = 0; i < dir->n_agents && ret->count < WORKFLOW_CANDIDATES_MAX; i++)
        add_candidate(ret, call, question, &dir->agents[i]);
}

/* ---- what the database knows ---- */

void assign_facts_queue(struct assign_facts *ret, struct tx *tx, const struct call *call,
                        const struct assign_pool *const *pools, size_t n_pools)
{
    const struct directory *dir = call->directory;
    bool *seen = arena_alloc(call->arena, dir->n_agents + 1);
    int64_t *ids = arena_alloc(call->arena, (dir->n_agents + 1) * sizeof *ids);
    int64_t *bodies = arena_alloc(call->arena, (n_pools + 1) * sizeof *bodies);
    const char **areas = arena_alloc(call->arena, (n_pools + 1) * sizeof *areas);
    size_t n_ids = 0;
    *ret = (struct assign_facts){0};
    for (size_t p = 0; p < n_pools; p++) {
        bodies[p] = pools[p]->body->id;
        areas[p] = pools[p]->service->area->code;
        for (size_t i = 0; i < pools[p]->count; i++) {
            size_t place = (size_t)(pools[p]->agents[i] - dir->agents);
            if (!seen[place])
                ids[n_ids++] = pools[p]->agents[i]->id;
            seen[place] = true;
        }
    }
    if (n_ids == 0)
        return;
    tx_run(tx, QUERY_AGENT_BURDENS, &ret->burdens, param_text(array_of_numbers(call->arena, ids, n_ids)));
    tx_run(tx, QUERY_REFERENTS, &ret->referents, param_text(array_of_numbers(call->arena, bodies, n_pools)),
           param_text(array_of_texts(call->arena, areas, n_pools)));
}

static struct workflow_agent *candidate_of(struct assign_pool *pool, int64_t agent_id)
{
    for (size_t i = 0; i < pool->count; i++)
        if (pool->candidates[i].id == agent_id)
            return &pool->candidates[i];
    return NULL;
}

/* Who has the request carries it already: it must not count against them. */
static void take_burden(struct workflow_agent *candidate, const struct workflow_subject *subject,
                        const struct rows *rows, size_t row)
{
    enum { BURDEN_AGENT_ID, BURDEN_OPEN_REQUESTS, BURDEN_OPEN_HOURS, BURDEN_LAST_ASSIGNED_AT, BURDEN_TURN };
    candidate->open_load = rows_number(rows, row, BURDEN_OPEN_REQUESTS) - candidate->holds;
    candidate->weighted_load =
        rows_number(rows, row, BURDEN_OPEN_HOURS) - (candidate->holds ? subject->effort_hours : 0);
    candidate->last_assigned_us = rows_time(rows, row, BURDEN_LAST_ASSIGNED_AT);
    candidate->turn = rows_number(rows, row, BURDEN_TURN);
}

void assign_pool_take(struct assign_pool *pool, const struct assign_facts *facts)
{
    enum { REFERENT_BODY_ID, REFERENT_AREA, REFERENT_AGENT_ID };
    for (size_t row = 0; facts->burdens && row < rows_count(facts->burdens); row++) {
        struct workflow_agent *candidate = candidate_of(pool, rows_number(facts->burdens, row, 0));
        if (candidate)
            take_burden(candidate, &pool->subject, facts->burdens, row);
    }
    for (size_t row = 0; facts->referents && row < rows_count(facts->referents); row++) {
        struct workflow_agent *candidate = candidate_of(pool, rows_number(facts->referents, row, REFERENT_AGENT_ID));
        if (candidate && rows_number(facts->referents, row, REFERENT_BODY_ID) == pool->body->id &&
            strcmp(rows_text(facts->referents, row, REFERENT_AREA), pool->service->area->code) == 0)
            candidate->previous_referent = true;
    }
}

void assign_pool_charge(struct assign_pool *pool, const struct directory_agent *agent, int64_t open_hours, bool open,
                        size_t n, const struct call *call)
{
    struct workflow_agent *candidate = candidate_of(pool, agent->id);
    if (!candidate)
        return;
    candidate->open_load += open;
    candidate->weighted_load += open ? open_hours : 0;
    candidate->last_assigned_us = call->now;
    candidate->turn = BATCH_TURN + (int64_t)n;
}
