/* `assign`: the policies that choose who takes a request, compiled by the core (assignment/policy.c). */
#include "workflow/definition/reader.h"

#include <string.h>

#include "workflow/assignment.h"

enum { POLICY_FAULTS = 4 };

/* A policy while it is read, with what its expressions may name. */
struct policy_draft {
    struct workflow_policy *policy;
    struct workflow_environment environment;
    struct workflow_member roots[WORKFLOW_POLICY_ROOTS];
    const char *items[WORKFLOW_POLICY_FILTERS_MAX + WORKFLOW_POLICY_RANKS_MAX]; /* of the list that is being read */
    size_t n_items;
};

/* Returns the text of an item, NULL when it is none or was there before. */
static const char *read_item(struct reader *reader, const struct place *at, json_t *value, struct policy_draft *draft)
{
    const char *text = read_string(reader, at, value, WORKFLOW_EXPRESSION_LENGTH_MAX);

    for (size_t i = 0; text && i < draft->n_items; i++)
        if (strcmp(draft->items[i], text) == 0) {
            report_fault(reader->report, at, "duplicate_item", "This is there already");
            return NULL;
        }
    if (text)
        draft->items[draft->n_items++] = text;
    return text;
}

/* The compiler's memory is used again for the next one: what is kept moves to the workflow's. */
static const struct workflow_expression *keep_expression(struct reader *reader,
                                                         const struct workflow_expression *expression)
{
    void *copy = keep_alloc(reader, 1, workflow_expression_size(expression));

    if (copy)
        memcpy(copy, expression, workflow_expression_size(expression));
    return copy;
}

static void read_pool(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct workflow_expression_fault list[POLICY_FAULTS];
    struct workflow_expression_faults faults = {list, POLICY_FAULTS, 0};
    const char *text = read_string(reader, at, value, WORKFLOW_EXPRESSION_LENGTH_MAX);

    if (text && !workflow_pool_parse(text, strlen(text), &((struct policy_draft *)into)->policy->pool, &faults))
        report_expression(reader->report, at, &faults);
}

static void read_filter(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct workflow_expression_fault list[POLICY_FAULTS];
    struct workflow_expression_faults faults = {list, POLICY_FAULTS, 0};
    struct policy_draft *draft = into;
    const char *text = read_item(reader, at, value, draft);
    struct workflow_filter filter;

    if (!text)
        return;
    reader->expressions.used = 0;
    if (!workflow_filter_compile(text, strlen(text), &draft->environment, &reader->expressions, &filter, &faults)) {
        report_expression(reader->report, at, &faults);
        return;
    }
    filter.expression = keep_expression(reader, filter.expression);
    draft->policy->filters[draft->policy->n_filters++] = filter;
}

static void read_rank(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct workflow_expression_fault list[POLICY_FAULTS];
    struct workflow_expression_faults faults = {list, POLICY_FAULTS, 0};
    struct policy_draft *draft = into;
    const char *text = read_item(reader, at, value, draft);
    struct workflow_rank rank;

    if (!text)
        return;
    reader->expressions.used = 0;
    if (!workflow_rank_compile(text, strlen(text), &draft->environment, &reader->expressions, &rank, &faults)) {
        report_expression(reader->report, at, &faults);
        return;
    }
    if (rank.expression)
        rank.expression = keep_expression(reader, rank.expression);
    rank.text = keep_text(reader, rank.text);
    draft->policy->ranks[draft->policy->n_ranks++] = rank;
}

static void read_filters(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    ((struct policy_draft *)into)->n_items = 0;
    read_items(reader, at, value, 0, WORKFLOW_POLICY_FILTERS_MAX, read_filter, into);
}

static void read_ranks(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    ((struct policy_draft *)into)->n_items = 0;
    read_items(reader, at, value, 1, WORKFLOW_POLICY_RANKS_MAX, read_rank, into);
}

static void read_fallback(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    unsigned role;

    if (refer_role(reader, at, value, &role))
        ((struct policy_draft *)into)->policy->fallback_role = (int)role;
}

static void read_sticky(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    bool sticky;

    if (read_bool(reader, at, value, &sticky))
        ((struct policy_draft *)into)->policy->sticky = sticky;
}

/* `if_none` may not be missing: a request must never silently belong to nobody. */
static void read_policy(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct member members[] = {
        {"pool", MEMBER_REQUIRED, read_pool},     {"require", MEMBER_OPTIONAL, read_filters},
        {"rank", MEMBER_REQUIRED, read_ranks},    {"if_none", MEMBER_REQUIRED, read_fallback},
        {"sticky", MEMBER_OPTIONAL, read_sticky},
    };
    struct workflow *wf = into;
    struct workflow_policy *policy = keep_alloc(reader, 1, sizeof(*policy));
    struct policy_draft draft = {.policy = policy};

    if (!policy || !expressions_room(reader))
        return;
    policy->key = keep_text(reader, at->name);
    policy->fallback_role = -1;
    wf->policies[wf->n_policies++] = policy;
    workflow_policy_environment(expressions_data(reader), draft.roots, &draft.environment);
    read_members(reader, at, value, members, COUNT_OF(members), &draft);
}

void read_policies(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_entries(reader, at, value, 0, WORKFLOW_POLICIES_MAX, read_policy, into);
}

const char *refer_policy(struct reader *reader, const struct place *at, json_t *value)
{
    const char *key = read_string(reader, at, value, WORKFLOW_KEY_MAX);
    const struct workflow_policy *policy;

    if (!key)
        return NULL;
    policy = workflow_policy_find(reader->wf, key);
    if (!policy)
        report_fault(reader->report, at, "unknown_policy", "No policy \"%s\" in assign", key);
    return policy ? policy->key : NULL;
}
