#include "handlers/request_filter.h"

#include <string.h>

#include "base/suggest.h"
#include "base/utf8.h"

#define EXTERNAL_REF_MAX 100 /* characters */

/* What is no key, code or login is as unknown as one that does not exist, and told in the same way. */
static bool is_value(const char *text)
{
    size_t length = strlen(text);
    return length >= 1 && length <= SUGGEST_LENGTH_MAX;
}

static size_t take_values(const struct context *ctx, const char *name, size_t max_length, const char *example,
                          const char **ret, struct error *err)
{
    struct word_set set = query_words(ctx, name, max_length, is_value, example, err);
    if (set.n > LIST_VALUES_MAX) {
        error_set(err, ERROR_INVALID_PARAMETER, TEXT_HTTP_QUERY);
        error_violate(err, name, TOO_MANY, "256");
        return 0;
    }
    for (size_t i = 0; i < set.n; i++)
        ret[i] = set.items[i];
    return set.n;
}

/* ---- closed sets ---- */

/* Whether a state may stand for a whole request: what others are inside of does not, but for a parallel one, and
 * nothing in one of its regions or of a member does. */
static bool stands_for_a_request(const struct workflow *wf, unsigned number)
{
    const struct workflow_state_info *state = workflow_state(wf, number);
    if (state->kind == WORKFLOW_STATE_COMPOUND || state->kind == WORKFLOW_STATE_HISTORY)
        return false;
    for (int around = state->parent; around >= 0; around = workflow_state(wf, (unsigned)around)->parent) {
        enum workflow_state_kind kind = workflow_state(wf, (unsigned)around)->kind;
        if (kind == WORKFLOW_STATE_PARALLEL || kind == WORKFLOW_STATE_EACH)
            return false;
    }
    return true;
}

static void offer_states(const struct directory *dir, struct suggestion *suggestion)
{
    for (size_t i = 0; i < dir->n_workflows; i++) {
        const struct workflow *wf = dir->workflows[i].workflow;
        for (unsigned state = 0; state < workflow_state_count(wf); state++)
            if (stands_for_a_request(wf, state))
                suggestion_offer(suggestion, workflow_state(wf, state)->key);
    }
}

static void offer_phases(const struct directory *dir, struct suggestion *suggestion)
{
    (void)dir;
    for (int phase = WORKFLOW_PHASE_DRAFT; phase <= WORKFLOW_PHASE_END; phase++)
        suggestion_offer(suggestion, workflow_phase_key((enum workflow_phase)phase));
}

static void offer_services(const struct directory *dir, struct suggestion *suggestion)
{
    for (size_t i = 0; i < dir->n_services; i++)
        suggestion_offer(suggestion, dir->services[i].code);
}

static void offer_bodies(const struct directory *dir, struct suggestion *suggestion)
{
    for (size_t i = 0; i < dir->n_bodies; i++)
        suggestion_offer(suggestion, dir->bodies[i].code);
}

static void offer_comarques(const struct directory *dir, struct suggestion *suggestion)
{
    for (size_t i = 0; i < dir->n_comarques; i++)
        suggestion_offer(suggestion, dir->comarques[i].code);
}

static void offer_agents(const struct directory *dir, struct suggestion *suggestion)
{
    suggestion_offer(suggestion, "none");
    for (size_t i = 0; i < dir->n_agents; i++)
        suggestion_offer(suggestion, dir->agents[i].login);
}

typedef void (*offer_fn)(const struct directory *dir, struct suggestion *suggestion);

/* A value of `offer`'s set that does not exist: an empty page would look like an answer. */
static void refuse_unknown(const struct directory *dir, offer_fn offer, const char *name, const char *value,
                           struct error *err)
{
    struct suggestion suggestion = suggestion_of(value);
    error_set(err, ERROR_INVALID_PARAMETER, TEXT_HTTP_QUERY);
    if (err->n_violations >= ERROR_VIOLATIONS_MAX)
        return;
    offer(dir, &suggestion);
    error_violate(err, name, UNKNOWN_VALUE, value, suggestion.nearest ? suggestion.nearest : "-");
}

/* For the sets whose keys are all that there is to find. */
static void check_keys(const struct directory *dir, offer_fn offer, const char *name, const char *const *values,
                       size_t count, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        struct suggestion suggestion = suggestion_of(values[i]);
        offer(dir, &suggestion);
        if (suggestion.distance > 0)
            refuse_unknown(dir, offer, name, values[i], err);
    }
}

static void take_services(const struct context *ctx, const struct directory *dir, struct request_filter *filter,
                          struct error *err)
{
    const char *codes[LIST_VALUES_MAX];
    size_t count = take_values(ctx, "service", 1000, "GOV-01", codes, err);
    filter->by_service = count > 0;
    for (size_t i = 0; i < count; i++) {
        const struct directory_service *service = directory_service_find(dir, codes[i]);
        if (service)
            filter->services[filter->n_services++] = service->id;
        else
            refuse_unknown(dir, offer_services, "service", codes[i], err);
    }
}

/* A body that the caller may not see exists, and finds nothing. */
static void take_bodies(const struct context *ctx, const struct directory *dir, struct request_filter *filter,
                        struct error *err)
{
    const char *codes[LIST_VALUES_MAX];
    size_t count = take_values(ctx, "body", 2200, "0800180001", codes, err);
    filter->by_body = count > 0;
    for (size_t i = 0; i < count; i++) {
        const struct directory_body *body = directory_body_find(dir, codes[i]);
        if (body)
            filter->bodies[filter->n_bodies++] = body->id;
        else
            refuse_unknown(dir, offer_bodies, "body", codes[i], err);
    }
}

/* Agents are named to who may list them, and to nobody else. */
static void take_assignees(const struct context *ctx, const struct directory *dir, struct request_filter *filter,
                           struct error *err)
{
    const char *logins[LIST_VALUES_MAX];
    size_t count = take_values(ctx, "assignee", 1000, "agent.bages.1", logins, err);
    bool may_list = permission_granted(PERMISSION_AGENT_READ, &ctx->actor);
    filter->by_assignee = count > 0;
    for (size_t i = 0; i < count; i++) {
        const struct directory_agent *agent = directory_agent_find(dir, logins[i]);
        if (strcmp(logins[i], "none") == 0)
            filter->assignee_none = true;
        else if (agent)
            filter->assignees[filter->n_assignees++] = agent->id;
        else if (may_list)
            refuse_unknown(dir, offer_agents, "assignee", logins[i], err);
    }
}

/* ---- the rest ---- */

static int64_t take_time(const struct context *ctx, const char *name, struct error *err)
{
    const char *given = http_query(ctx, name);
    int64_t at = 0;
    if (given && !time_parse(given, strlen(given), true, &at))
        query_refuse(err, name, "2026-11-22T09:30:00Z");
    return given && at == 0 ? 1 : at; /* 0 stands for no bound */
}

static bool take_bool(const struct context *ctx, const char *name, struct error *err)
{
    const char *given = http_query(ctx, name);
    if (given && strcmp(given, "true") != 0 && strcmp(given, "false") != 0)
        query_refuse(err, name, "true");
    return given && strcmp(given, "true") == 0;
}

static enum request_sort take_sort(const struct context *ctx, struct error *err)
{
    static const struct {
        const char *name;
        enum request_sort sort;
    } sorts[] = {
        {"-updated_at", REQUEST_SORT_UPDATED_DESC}, {"updated_at", REQUEST_SORT_UPDATED_ASC},
        {"-created_at", REQUEST_SORT_FILED_DESC},   {"created_at", REQUEST_SORT_FILED_ASC},
        {"-ref", REQUEST_SORT_FILED_DESC},          {"ref", REQUEST_SORT_FILED_ASC},
    };
    const char *given = http_query(ctx, "sort");
    for (size_t i = 0; given && i < sizeof sorts / sizeof *sorts; i++)
        if (strcmp(sorts[i].name, given) == 0)
            return sorts[i].sort;
    if (given)
        query_refuse(err, "sort", "-updated_at");
    return REQUEST_SORT_UPDATED_DESC;
}

bool request_filter_read(const struct context *ctx, const struct directory *dir, struct request_filter *ret,
                         struct error *err)
{
    ret->n_states = take_values(ctx, "state", 1000, "in_progress", ret->states, err);
    check_keys(dir, offer_states, "state", ret->states, ret->n_states, err);
    ret->n_phases = take_values(ctx, "phase", 100, "intake", ret->phases, err);
    check_keys(dir, offer_phases, "phase", ret->phases, ret->n_phases, err);
    ret->n_comarques = take_values(ctx, "comarca", 200, "11", ret->comarques, err);
    check_keys(dir, offer_comarques, "comarca", ret->comarques, ret->n_comarques, err);
    take_services(ctx, dir, ret, err);
    take_bodies(ctx, dir, ret, err);
    take_assignees(ctx, dir, ret, err);
    ret->mine = take_bool(ctx, "mine", err);
    ret->external_ref = http_query(ctx, "external_ref");
    size_t characters = ret->external_ref ? utf8_count(ret->external_ref, strlen(ret->external_ref)) : 1;
    if (characters < 1 || characters > EXTERNAL_REF_MAX)
        query_refuse(err, "external_ref", "BCN-2016-01-10");
    ret->updated_from = take_time(ctx, "updated_at.gte", err);
    ret->updated_to = take_time(ctx, "updated_at.lt", err);
    ret->sort = take_sort(ctx, err);
    ret->limit = (int)http_query_number(ctx, "limit", 1, 200, 50, err);
    ret->cursor = http_query(ctx, "cursor");
    return !error_is_set(err);
}
