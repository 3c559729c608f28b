/*
 * `assign`: the policies that choose who takes a request. They are written in expressions of the format, of which a
 * few are understood, word by word, until there is an evaluator; any other is refused, never guessed.
 */
#include "workflow/definition/reader.h"

#include <string.h>

enum { EXPRESSION_MAX = 600 };

struct phrase {
    const char *text;
    int value;
};

static bool read_phrase(struct reader *reader, const struct place *at, json_t *value, const struct phrase *phrases,
                        size_t n_phrases, int *ret)
{
    const char *text = read_string(reader, at, value, EXPRESSION_MAX);

    if (!text)
        return false;
    for (size_t i = 0; i < n_phrases; i++) {
        if (strcmp(phrases[i].text, text) != 0)
            continue;
        *ret = phrases[i].value;
        return true;
    }
    report_fault(reader->report, at, "unsupported_expression", "\"%.100s\" is not understood yet", text);
    return false;
}

static void add_filter(struct reader *reader, const struct place *at, struct machine_policy *policy, int filter)
{
    for (size_t i = 0; i < policy->n_filters; i++) {
        if ((int)policy->filters[i] != filter)
            continue;
        report_fault(reader->report, at, "duplicate_item", "This condition is there already");
        return;
    }
    policy->filters[policy->n_filters++] = (enum machine_filter)filter;
}

static void read_pool(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct phrase phrases[] = {{"agents in comarca(applicant)", MACHINE_FILTER_TERRITORY}};
    int filter;

    if (read_phrase(reader, at, value, phrases, COUNT_OF(phrases), &filter))
        add_filter(reader, at, into, filter);
}

static void read_condition(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct phrase phrases[] = {
        {"!agent.absent", MACHINE_FILTER_PRESENT},
        {"agent.open_load < agent.capacity", MACHINE_FILTER_CAPACITY},
    };
    int filter;

    if (read_phrase(reader, at, value, phrases, COUNT_OF(phrases), &filter))
        add_filter(reader, at, into, filter);
}

static void read_conditions(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_items(reader, at, value, 0, 16, read_condition, into);
}

static void read_rank(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct phrase phrases[] = {
        {"territory_distance asc", MACHINE_RANK_TERRITORY},
        {"open_load asc", MACHINE_RANK_OPEN_LOAD},
        {"last_assigned_at asc", MACHINE_RANK_LAST_ASSIGNED},
        {"agent_id asc", MACHINE_RANK_ID},
    };
    struct machine_policy *policy = into;
    int rank;

    if (!read_phrase(reader, at, value, phrases, COUNT_OF(phrases), &rank))
        return;
    for (size_t i = 0; i < policy->n_ranks; i++) {
        if ((int)policy->ranks[i] != rank)
            continue;
        report_fault(reader->report, at, "duplicate_item", "This criterion is there already");
        return;
    }
    policy->ranks[policy->n_ranks++] = (enum machine_rank)rank;
}

static void read_ranks(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_items(reader, at, value, 1, 16, read_rank, into);
}

static void read_fallback(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct machine_policy *policy = into;
    unsigned role;

    if (refer_role(reader, at, value, &role))
        policy->fallback_role = (int)role;
}

/* `if_none` may not be missing: a request must never silently belong to nobody. */
static void read_policy(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct member members[] = {
        {"pool", MEMBER_REQUIRED, read_pool},
        {"require", MEMBER_OPTIONAL, read_conditions},
        {"rank", MEMBER_REQUIRED, read_ranks},
        {"if_none", MEMBER_REQUIRED, read_fallback},
    };
    struct workflow *wf = into;
    struct machine_policy *policy = &wf->policies[wf->n_policies++];

    policy->key = keep_text(reader, at->name);
    policy->fallback_role = -1;
    read_members(reader, at, value, members, COUNT_OF(members), policy);
}

void read_policies(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_entries(reader, at, value, 0, WORKFLOW_POLICIES_MAX, read_policy, into);
}

const char *refer_policy(struct reader *reader, const struct place *at, json_t *value)
{
    const char *key = read_string(reader, at, value, WORKFLOW_KEY_MAX);
    const struct machine_policy *policy;

    if (!key)
        return NULL;
    policy = machine_policy_find(reader->wf, key);
    if (!policy)
        report_fault(reader->report, at, "unknown_policy", "No policy \"%s\" in assign", key);
    return policy ? policy->key : NULL;
}
