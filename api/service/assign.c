#include "service/assign.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_out.h"

void assign_pool_for(struct assign_pool *ret, const struct call *call, const struct directory_body *body)
{
    ret->count = 0;
    for (size_t i = 0; i < call->directory->n_agents && ret->count < ASSIGN_CANDIDATES_MAX; i++) {
        const struct directory_agent *agent = &call->directory->agents[i];
        enum directory_cover cover = directory_agent_covers(agent, body);
        if (!agent->active || cover == DIRECTORY_COVER_NONE)
            continue;
        ret->agents[ret->count] = agent;
        ret->candidates[ret->count++] = (struct workflow_candidate){
            .id = agent->id,
            .covers_body = cover == DIRECTORY_COVER_BODY,
            .covers_comarca = true,
            .absent = directory_agent_absent(agent, call->now),
            .capacity = (uint32_t)agent->capacity,
        };
    }
}

size_t assign_pool_ids(const struct assign_pool *pool, int64_t *ids, size_t count, size_t max)
{
    for (size_t i = 0; i < pool->count; i++) {
        size_t known = 0;
        while (known < count && ids[known] != pool->candidates[i].id)
            known++;
        if (known == count && count < max)
            ids[count++] = pool->candidates[i].id;
    }
    return count;
}

void assign_pool_loads(struct assign_pool *pool, const struct rows *loads)
{
    enum { LOAD_AGENT_ID, LOAD_OPEN_REQUESTS, LOAD_LAST_ASSIGNED_AT };
    for (size_t row = 0; row < rows_count(loads); row++)
        for (size_t i = 0; i < pool->count; i++)
            if (pool->candidates[i].id == rows_number(loads, row, LOAD_AGENT_ID)) {
                pool->candidates[i].open_load = (uint32_t)rows_number(loads, row, LOAD_OPEN_REQUESTS);
                pool->candidates[i].last_assigned_at_us = rows_time(loads, row, LOAD_LAST_ASSIGNED_AT);
            }
}

void assign_pool_charge(struct assign_pool *pool, const struct directory_agent *agent, bool open, int64_t now)
{
    for (size_t i = 0; i < pool->count; i++)
        if (pool->agents[i] == agent) {
            pool->candidates[i].open_load += open;
            pool->candidates[i].last_assigned_at_us = now;
        }
}

static void candidate_view(struct json_out *out, const struct directory_agent *agent,
                           const struct workflow_candidate *candidate, enum workflow_unfit unfit, bool chosen)
{
    json_out_object_begin(out);
    json_out_member_text(out, "agent", agent->login);
    json_out_member_bool(out, "chosen", chosen);
    json_out_member_text(out, "failed", unfit == WORKFLOW_FIT ? NULL : workflow_unfit_key(unfit));
    json_out_name(out, "rank");
    if (unfit == WORKFLOW_FIT) {
        json_out_object_begin(out);
        json_out_member_text(out, "territory", candidate->covers_body ? "body" : "comarca");
        json_out_member_number(out, "open_requests", candidate->open_load);
        json_out_member_time(out, "last_assigned_at", candidate->last_assigned_at_us);
        json_out_object_end(out);
    } else {
        json_out_null(out);
    }
    json_out_object_end(out);
}

/* Which criterion told the first from the second; stored, so that the sentence can be made in any language later. */
static const char *deciding_criterion(const struct workflow_candidate *first, const struct workflow_candidate *second)
{
    if (first->covers_body != second->covers_body)
        return "near";
    return first->open_load != second->open_load ? "load" : "turn";
}

static const char *decided_by(const struct assign_pool *pool, const struct workflow_ranking *order, size_t fit)
{
    if (fit < 2)
        return fit == 0 ? "none" : "only";
    return deciding_criterion(&pool->candidates[order[0].index], &pool->candidates[order[1].index]);
}

/* Who would have it if the chosen one were absent. */
static void counterfactual_view(struct json_out *out, const struct directory_agent *second)
{
    json_out_name(out, "counterfactual");
    if (!second) {
        json_out_null(out);
        return;
    }
    json_out_object_begin(out);
    json_out_member_text(out, "agent", second->login);
    json_out_object_end(out);
}

struct assign_decision assign_decide(const struct assign_pool *pool, const struct workflow *wf, const char *policy,
                                     const struct call *call)
{
    struct workflow_ranking order[ASSIGN_CANDIDATES_MAX];
    size_t fit = 0;
    size_t ranked = workflow_assign(wf, policy, pool->candidates, pool->count, order, &fit) ? pool->count : 0;
    const struct directory_agent *chosen = fit > 0 ? pool->agents[order[0].index] : NULL;
    struct json_out out = json_out_new(call->arena, 512);
    json_out_object_begin(&out);
    json_out_member_text(&out, "agent", chosen ? chosen->login : NULL);
    json_out_member_text(&out, "policy", policy);
    json_out_member_text(&out, "decided_by", decided_by(pool, order, fit));
    json_out_name(&out, "candidates");
    json_out_array_begin(&out);
    for (size_t i = 0; i < ranked; i++)
        candidate_view(&out, pool->agents[order[i].index], &pool->candidates[order[i].index], order[i].unfit,
                       chosen != NULL && i == 0);
    json_out_array_end(&out);
    counterfactual_view(&out, fit > 1 ? pool->agents[order[1].index] : NULL);
    json_out_object_end(&out);
    return (struct assign_decision){.agent = chosen, .explanation = json_out_finish(&out, NULL)};
}

const char *assign_manual(const struct directory_agent *agent, const char *reason, struct arena *arena)
{
    struct json_out out = json_out_new(arena, 256);
    json_out_object_begin(&out);
    json_out_member_text(&out, "agent", agent->login);
    json_out_member_text(&out, "policy", "manual");
    json_out_member_text(&out, "reason", reason);
    json_out_member_raw(&out, "candidates", "[]");
    json_out_member_raw(&out, "counterfactual", "null");
    json_out_object_end(&out);
    return json_out_finish(&out, NULL);
}

const char *assign_reason(const struct call *call, const char *explanation, const struct directory_body *body)
{
    json_t *stored = json_loads(explanation, 0, NULL);
    const char *by = json_string_value(json_object_get(stored, "decided_by"));
    const char *reason = arena_strdup(call->arena, json_string_value(json_object_get(stored, "reason")));
    const json_t *first = json_object_get(json_array_get(json_object_get(stored, "candidates"), 0), "rank");
    const char *load =
        arena_printf(call->arena, "%lld", (long long)json_integer_value(json_object_get(first, "open_requests")));
    if (!reason && by) {
        enum text_key key = strcmp(by, "only") == 0   ? TEXT_ASSIGNMENT_REASON_ONLY
                            : strcmp(by, "load") == 0 ? TEXT_ASSIGNMENT_REASON_LOAD
                            : strcmp(by, "near") == 0 ? TEXT_ASSIGNMENT_REASON_NEAR
                            : strcmp(by, "turn") == 0 ? TEXT_ASSIGNMENT_REASON_TURN
                                                      : TEXT_ASSIGNMENT_REASON_NONE;
        const char *const args[] = {body ? body->name : "", load, NULL};
        char *sentence = arena_alloc(call->arena, 400);
        reason = text_format(sentence, 400, call->language, key, args);
    }
    json_decref(stored);
    return reason;
}
