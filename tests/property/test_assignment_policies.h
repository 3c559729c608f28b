/* Policies compiled from texts, and random candidates for them. To be included by one test program each. */
#ifndef OAM_TEST_ASSIGNMENT_POLICIES_H
#define OAM_TEST_ASSIGNMENT_POLICIES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "workflow/assignment.h"

#define TEXTS_MAX 17

struct policy_texts {
    const char *pool;
    const char *require[TEXTS_MAX], *rank[TEXTS_MAX]; /* up to the first NULL */
    bool sticky;
};

/* The policies of the three examples of the format, and the one of the product. */
static const struct policy_texts policy_referent = {
    "team(service) in comarca(applicant)",
    {"agent.skills.exists(s, s == ticket.subject_area)", "!agent.absent", "agent.open_load < agent.capacity"},
    {"previous_referent desc", "territory_distance asc", "weighted_load asc", "last_assigned_at asc", "agent_id asc"},
    true};
static const struct policy_texts policy_reporter = {"team(service)",
                                                    {"!agent.absent", "!agent.conflicts.exists(e, e == ticket.entity)"},
                                                    {"weighted_load asc", "last_assigned_at asc", "agent_id asc"},
                                                    false};
static const struct policy_texts policy_carrier = {"team(logistica) in comarca(applicant)",
                                                   {"!agent.absent"},
                                                   {"territory_distance asc", "weighted_load asc", "agent_id asc"},
                                                   false};
static const struct policy_texts policy_territorial = {
    "agents in comarca(applicant)",
    {"!agent.absent", "agent.open_load < agent.capacity"},
    {"territory_distance asc", "open_load asc", "last_assigned_at asc", "agent_id asc"},
    false};

struct workshop {
    alignas(16) char bytes[512 * 1024];
    struct workflow_memory memory;
    struct workflow_member roots[WORKFLOW_POLICY_ROOTS];
    struct workflow_environment environment;
    struct workflow_expression_fault list[8];
    struct workflow_expression_faults faults;
    struct workflow_policy policy;
};

static inline void workshop_open(struct workshop *shop)
{
    shop->memory = (struct workflow_memory){.bytes = shop->bytes, .size = sizeof(shop->bytes)};
    shop->faults = (struct workflow_expression_faults){.list = shop->list, .max = 8};
    workflow_policy_environment(NULL, shop->roots, &shop->environment);
}

/* Compiles what must be sound. */
static inline const struct workflow_policy *workshop_compile(struct workshop *shop, const struct policy_texts *texts)
{
    workshop_open(shop);
    shop->policy = (struct workflow_policy){.key = "policy", .sticky = texts->sticky};
    assert_true(workflow_pool_parse(texts->pool, strlen(texts->pool), &shop->policy.pool, &shop->faults));
    for (int i = 0; texts->require[i]; i++)
        if (!workflow_filter_compile(texts->require[i], strlen(texts->require[i]), &shop->environment, &shop->memory,
                                     &shop->policy.filters[shop->policy.n_filters++], &shop->faults))
            fail_msg("%s: %s", texts->require[i], shop->list[0].message);
    for (int i = 0; texts->rank[i]; i++)
        if (!workflow_rank_compile(texts->rank[i], strlen(texts->rank[i]), &shop->environment, &shop->memory,
                                   &shop->policy.ranks[shop->policy.n_ranks++], &shop->faults))
            fail_msg("%s: %s", texts->rank[i], shop->list[0].message);
    return &shop->policy;
}

static inline const struct workflow_decision *decide(struct workshop *shop, const struct workflow_subject *subject,
                                                     const struct workflow_agent *agents, size_t n)
{
    const struct workflow_decision *decision = workflow_decide(&shop->policy, subject, agents, n, &shop->memory);

    assert_non_null(decision);
    return decision;
}

/* xorshift64*: the same numbers on every machine. */
static inline unsigned luck(uint64_t *seed, unsigned n)
{
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return (unsigned)(((*seed * UINT64_C(2685821657736338717)) >> 33) % n);
}

#define TEXT(literal)                                                                                                  \
    {                                                                                                                  \
        .kind = WORKFLOW_KIND_STRING, .n = sizeof(literal) - 1,                                                        \
        {                                                                                                              \
            .text = (literal)                                                                                          \
        }                                                                                                              \
    }
static const struct workflow_value areas[] = {TEXT("GOV"), TEXT("DIG"), TEXT("ESP")};
static const struct workflow_value bodies[] = {TEXT("0800230008"), TEXT("0811150006")};

/* Few values each, so that ties are common. */
static inline void random_agents(uint64_t *seed, struct workflow_agent *agents, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned area = luck(seed, 3), body = luck(seed, 2);
        agents[i] = (struct workflow_agent){
            .id = (int64_t)i * 7 - 20,
            .login = luck(seed, 5) ? "agent" : NULL,
            .unit = luck(seed, 2) ? "gov" : "dig",
            .skills = areas + area,
            .n_skills = luck(seed, 4 - area),
            .conflicts = bodies + body,
            .n_conflicts = luck(seed, 3 - body),
            .open_load = luck(seed, 4),
            .weighted_load = luck(seed, 30),
            .capacity = luck(seed, 6),
            .turn = luck(seed, 3),
            .last_assigned_us = luck(seed, 2) ? (int64_t)luck(seed, 1000) * 1000003 : 0,
            .territory_distance = (uint8_t)luck(seed, 3),
            .in_team = luck(seed, 4) != 0,
            .absent = luck(seed, 4) == 0,
            .previous_referent = luck(seed, 8) == 0,
            .holds = luck(seed, 8) == 0,
        };
    }
}

static inline struct workflow_subject random_subject(uint64_t *seed)
{
    return (struct workflow_subject){
        .body = luck(seed, 4) ? bodies[luck(seed, 2)].text : NULL,
        .subject_area = luck(seed, 4) ? areas[luck(seed, 3)].text : NULL,
        .comarca = "07",
        .unit = luck(seed, 2) ? "gov" : NULL,
        .population = luck(seed, 20000),
        .effort_hours = luck(seed, 40),
    };
}

#endif
