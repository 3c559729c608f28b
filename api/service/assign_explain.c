/* Deciding, and telling why: what is stored with the event, and the sentence made of it. */
#include <jansson.h>
#include <string.h>

#include "base/json_out.h"
#include "service/assign.h"

#define CLAUSES_TOLD 8
#define VALUE_SIZE   128
/* Behind those of a step (128 at most), before what takes effects back (from 500). */
#define ALERT_ORDINAL 400

/* ---- the parts of an explanation ---- */

static void value_view(struct json_out *out, const struct workflow_value *value)
{
    char text[VALUE_SIZE];
    switch (value->kind) {
    case WORKFLOW_KIND_INT:
        json_out_number(out, value->integer);
        return;
    case WORKFLOW_KIND_BOOL:
        json_out_bool(out, value->boolean);
        return;
    case WORKFLOW_KIND_TIMESTAMP:
        json_out_time(out, value->integer * 1000000 + value->n / 1000);
        return;
    case WORKFLOW_KIND_UNSET:
        json_out_null(out);
        return;
    case WORKFLOW_KIND_STRING:
        json_out_text_n(out, value->text, value->n);
        return;
    default:
        workflow_value_print(value, text, sizeof text);
        json_out_text(out, text);
    }
}

static void clause_view(struct json_out *out, const char *text, const struct workflow_expression_clause *clause)
{
    json_out_object_begin(out);
    json_out_name(out, "text");
    json_out_text_n(out, text + clause->offset, clause->length);
    json_out_member_bool(out, "holds", workflow_value_holds(clause->result));
    if (clause->compared) {
        json_out_name(out, "left");
        value_view(out, &clause->left);
        json_out_name(out, "right");
        value_view(out, &clause->right);
    }
    if (clause->result.kind == WORKFLOW_KIND_ERROR)
        json_out_member_text(out, "error", workflow_error_key((enum workflow_error)clause->result.error));
    json_out_object_end(out);
}

/* Every filter that failed, with the values of its clauses. */
static void filters_view(struct json_out *out, const struct workflow_decision *decision,
                         const struct workflow_ranked *ranked, struct workflow_memory *scratch)
{
    struct workflow_expression_clause clauses[CLAUSES_TOLD];
    json_out_name(out, "filters");
    json_out_array_begin(out);
    for (unsigned i = 0; i < decision->policy->n_filters; i++) {
        const struct workflow_filter *filter = &decision->policy->filters[i];
        size_t length;
        const char *text = workflow_expression_text(filter->expression, &length);
        if (!(ranked->failed >> i & 1))
            continue;
        const size_t kept = scratch->used;
        size_t n = workflow_decision_explain(decision, &decision->agents[ranked->candidate], i, scratch, clauses,
                                             CLAUSES_TOLD);
        json_out_object_begin(out);
        json_out_name(out, "require");
        json_out_text_n(out, text, length);
        json_out_member_text(out, "about", workflow_filter_word(filter));
        json_out_name(out, "clauses");
        json_out_array_begin(out);
        for (size_t c = 0; c < n && c < CLAUSES_TOLD; c++)
            clause_view(out, text, &clauses[c]);
        json_out_array_end(out);
        json_out_object_end(out);
        scratch->used = kept;
    }
    json_out_array_end(out);
}

/* What it was compared by: what every policy may ask, and what this one did. */
static void rank_view(struct json_out *out, const struct workflow_decision *decision,
                      const struct workflow_agent *agent, struct workflow_memory *scratch, struct arena *arena)
{
    static const char *const territory[] = {"body", "comarca", NULL};
    json_out_object_begin(out);
    json_out_member_text(out, "territory", territory[agent->territory_distance]);
    json_out_member_number(out, "open_requests", agent->open_load);
    json_out_member_number(out, "open_hours", agent->weighted_load);
    json_out_member_time(out, "last_assigned_at", agent->last_assigned_us);
    json_out_member_bool(out, "previous_referent", agent->previous_referent);
    json_out_name(out, "order");
    json_out_array_begin(out);
    for (unsigned i = 0; i < decision->policy->n_ranks; i++) {
        const struct workflow_rank *rank = &decision->policy->ranks[i];
        const struct workflow_value value = workflow_decision_value(decision, agent, i, scratch);
        json_out_object_begin(out);
        json_out_member_text(out, "by", arena_printf(arena, "%s %s", rank->text, rank->descending ? "desc" : "asc"));
        json_out_name(out, "value");
        value_view(out, &value);
        json_out_object_end(out);
    }
    json_out_array_end(out);
    json_out_object_end(out);
}

static const char *first_failed(const struct workflow_decision *decision, const struct workflow_ranked *ranked)
{
    unsigned i = 0;
    while (i < decision->policy->n_filters && !(ranked->failed >> i & 1))
        i++;
    return i < decision->policy->n_filters ? workflow_filter_word(&decision->policy->filters[i]) : "pool";
}

static void candidate_view(struct json_out *out, const struct workflow_decision *decision, size_t place,
                           const struct directory_agent *agent, struct workflow_memory *scratch, struct arena *arena)
{
    const struct workflow_ranked *ranked = &decision->places[place];
    bool fit = ranked->standing == WORKFLOW_STANDING_FIT;
    json_out_object_begin(out);
    json_out_member_text(out, "agent", agent->login);
    json_out_member_bool(out, "chosen", fit && place == 0);
    json_out_member_text(out, "failed", fit ? NULL : first_failed(decision, ranked));
    if (!fit)
        filters_view(out, decision, ranked, scratch);
    json_out_name(out, "rank");
    if (fit)
        rank_view(out, decision, &decision->agents[ranked->candidate], scratch, arena);
    else
        json_out_null(out);
    json_out_object_end(out);
}

/* Which criterion told the first from the second; stored, so that the sentence can be made in any language later. */
static const char *decided_by(const struct workflow_decision *decision)
{
    static const struct {
        const char *rank, *word;
    } words[] = {{"previous_referent", "referent"}, {"territory_distance", "near"}, {"open_load", "load"},
                 {"weighted_load", "hours"},        {"last_assigned_at", "turn"},   {"agent_id", "turn"}};
    switch (decision->decided) {
    case WORKFLOW_DECIDED_NOBODY:
        return "none";
    case WORKFLOW_DECIDED_ID:
        return "turn";
    case WORKFLOW_DECIDED_RANK:
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
            if (strcmp(words[i].rank, decision->policy->ranks[decision->rank].text) == 0)
                return words[i].word;
        return "rank";
    default:
        return workflow_decided_key(decision->decided);
    }
}

/* ---- deciding ---- */

static void decision_view(struct json_out *out, const struct assign_pool *pool,
                          const struct workflow_decision *decision, struct workflow_memory *memory, struct arena *arena)
{
    const struct workflow_role_info *fallback =
        decision->n_fit ? NULL : workflow_role(pool->workflow, (unsigned)decision->policy->fallback_role);
    const struct directory_agent *first = decision->n_fit ? pool->agents[decision->places[0].candidate] : NULL;
    json_out_object_begin(out);
    json_out_member_text(out, "agent", first ? first->login : NULL);
    json_out_member_text(out, "policy", decision->policy->key);
    json_out_member_text(out, "decided_by", decided_by(decision));
    if (decision->decided == WORKFLOW_DECIDED_RANK)
        json_out_member_text(out, "rank", decision->policy->ranks[decision->rank].text);
    if (fallback)
        json_out_member_text(out, "if_none", fallback->key);
    json_out_name(out, "candidates");
    json_out_array_begin(out);
    for (size_t i = 0; i < decision->n; i++)
        candidate_view(out, decision, i, pool->agents[decision->places[i].candidate], memory, arena);
    json_out_array_end(out);
    json_out_name(out, "counterfactual"); /* who would have it if the chosen one were absent */
    if (decision->n_fit > 1) {
        json_out_object_begin(out);
        json_out_member_text(out, "agent", pool->agents[decision->places[1].candidate]->login);
        json_out_object_end(out);
    } else {
        json_out_null(out);
    }
    json_out_object_end(out);
}

struct assign_decision assign_decide(const struct assign_pool *pool, const struct call *call)
{
    struct workflow_memory memory = {.size = WORKFLOW_DECISION_MEMORY(pool->count) + WORKFLOW_EXPRESSION_MEMORY / 16};
    struct json_out out = json_out_new(call->arena, 1024);
    if (!pool->policy)
        return (struct assign_decision){.explanation = "{\"agent\":null,\"policy\":null,\"decided_by\":\"none\","
                                                       "\"candidates\":[],\"counterfactual\":null}"};
    memory.bytes = arena_take(call->arena, memory.size);
    const struct workflow_decision *decision =
        workflow_decide(pool->policy, &pool->subject, pool->candidates, pool->count, &memory);
    decision_view(&out, pool, decision, &memory, call->arena);
    return (struct assign_decision){.agent = decision->n_fit ? pool->agents[decision->places[0].candidate] : NULL,
                                    .explanation = json_out_finish(&out, NULL)};
}

const char *assign_alert(const struct assign_pool *pool, const char *outbox, struct arena *arena)
{
    const struct workflow_role_info *role =
        pool->policy ? workflow_role(pool->workflow, (unsigned)pool->policy->fallback_role) : NULL;
    struct json_out out = json_out_new(arena, 256);
    if (!role)
        return outbox;
    json_out_object_begin(&out);
    json_out_member_number(&out, "ordinal", ALERT_ORDINAL);
    json_out_member_text(&out, "kind", "notify");
    json_out_name(&out, "payload");
    json_out_object_begin(&out);
    json_out_member_text(&out, "to", role->key);
    json_out_member_bool(&out, "internal", role->from != WORKFLOW_ROLE_FROM_APPLICANT_ENTITY);
    json_out_member_text(&out, "about", "unassigned");
    json_out_member_text(&out, "policy", pool->policy->key);
    json_out_object_end(&out);
    json_out_object_end(&out);
    const char *alert = json_out_finish(&out, NULL);
    return outbox ? arena_printf(arena, "%.*s,%s]", (int)strlen(outbox) - 1, outbox, alert)
                  : arena_printf(arena, "[%s]", alert);
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

const char *assign_stand_in(const struct directory_agent *agent, const struct directory_agent *owner,
                            const char *policy, const char *outcome, struct arena *arena)
{
    struct json_out out = json_out_new(arena, 256);
    json_out_object_begin(&out);
    json_out_member_text(&out, "agent", agent->login);
    json_out_member_text(&out, "owner", owner->login);
    json_out_member_text(&out, "policy", policy);
    json_out_member_text(&out, "decided_by", outcome);
    json_out_member_raw(&out, "candidates", "[]");
    json_out_member_raw(&out, "counterfactual", "null");
    json_out_object_end(&out);
    return json_out_finish(&out, NULL);
}

/* ---- the sentence ---- */

static enum text_key sentence_of(const char *by)
{
    static const struct {
        const char *by;
        enum text_key key;
    } sentences[] = {
        {"only", TEXT_ASSIGNMENT_REASON_ONLY},         {"load", TEXT_ASSIGNMENT_REASON_LOAD},
        {"near", TEXT_ASSIGNMENT_REASON_NEAR},         {"turn", TEXT_ASSIGNMENT_REASON_TURN},
        {"hours", TEXT_ASSIGNMENT_REASON_HOURS},       {"referent", TEXT_ASSIGNMENT_REASON_REFERENT},
        {"sticky", TEXT_ASSIGNMENT_REASON_STICKY},     {"rank", TEXT_ASSIGNMENT_REASON_RANK},
        {"kept", TEXT_ASSIGNMENT_REASON_KEPT},         {"delegated", TEXT_ASSIGNMENT_REASON_DELEGATED},
        {"returned", TEXT_ASSIGNMENT_REASON_RETURNED},
    };
    for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++)
        if (strcmp(sentences[i].by, by) == 0)
            return sentences[i].key;
    return TEXT_ASSIGNMENT_REASON_NONE;
}

static const char *member(const json_t *object, const char *name, const char *otherwise)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : otherwise;
}

const char *assign_reason(const struct call *call, const char *explanation, const struct directory_body *body)
{
    json_t *stored = json_loads(explanation, 0, NULL);
    const char *by = member(stored, "decided_by", NULL);
    const char *reason = arena_strdup(call->arena, member(stored, "reason", NULL));
    const json_t *first = json_object_get(json_array_get(json_object_get(stored, "candidates"), 0), "rank");
    const bool hours = by && strcmp(by, "hours") == 0;
    const char *load =
        arena_printf(call->arena, "%lld",
                     (long long)json_integer_value(json_object_get(first, hours ? "open_hours" : "open_requests")));
    const struct directory_agent *owner = directory_agent_find(call->directory, member(stored, "owner", ""));
    if (!reason && by) {
        const char *const args[] = {body ? body->name : "", load, arena_strdup(call->arena, member(stored, "rank", "")),
                                    owner ? owner->name : arena_strdup(call->arena, member(stored, "owner", "")), NULL};
        char *sentence = arena_alloc(call->arena, 700);
        reason = text_format(sentence, 700, call->language, sentence_of(by), args);
    }
    json_decref(stored);
    return reason;
}
