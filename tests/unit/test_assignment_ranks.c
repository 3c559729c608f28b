/* Who takes a request, in detail: what policies know, what filters are called, how ranks compare. */
#include "property/test_assignment_policies.h"

static int setup(void **state)
{
    *state = malloc(sizeof(struct workshop));
    return *state ? 0 : -1;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

static const struct workflow_subject aguilar = {
    .body = "0800230008", .comarca = "07", .subject_area = "GOV", .service = "GOV-01", .unit = "gov"};

/* Whether one of two expressions holds, whatever is asked of whom. */
static enum workflow_cover covered(struct workshop *shop, const char *one, const char *other)
{
    struct workflow_filter filters[2];
    const struct workflow_expression *both[2];
    size_t n;

    workshop_open(shop);
    assert_true(
        workflow_filter_compile(one, strlen(one), &shop->environment, &shop->memory, &filters[0], &shop->faults));
    assert_true(
        workflow_filter_compile(other, strlen(other), &shop->environment, &shop->memory, &filters[1], &shop->faults));
    both[0] = filters[0].expression;
    both[1] = filters[1].expression;
    return workflow_expressions_cover(both, 2, &shop->environment, &shop->memory, NULL, NULL, 0, &n);
}

/* A filter needs no has() for what every agent and every request has; numbers that count are never less than 0. */
static void test_policy__knows_what_is_always_there_and_what_may_be_missing(void **state)
{
    static const char *const always[][2] = {
        {"agent.id < 5", "agent.id >= 5"},
        {"agent.absent", "!agent.absent"},
        {"agent.previous_referent", "!agent.previous_referent"},
        {"agent.holds", "!agent.holds"},
        {"agent.covers_body", "!agent.covers_body"},
        {"agent.open_load > 0", "agent.open_load == 0"},
        {"agent.weighted_load > 0", "agent.weighted_load == 0"},
        {"agent.capacity > 0", "agent.capacity == 0"},
        {"agent.territory_distance == 0", "agent.territory_distance >= 1 && agent.territory_distance <= 3"},
        {"request.population > 0", "request.population == 0"},
        {"ticket.effort_hours > 0", "ticket.effort_hours == 0"},
        {"has(agent.login)", "!has(agent.login)"}};
    static const char *const perhaps[][2] = {{"agent.login == 'a'", "agent.login != 'a'"},
                                             {"agent.unit == 'a'", "agent.unit != 'a'"},
                                             {"agent.last_assigned_at < timestamp('2026-01-01T00:00:00Z')",
                                              "agent.last_assigned_at >= timestamp('2026-01-01T00:00:00Z')"},
                                             {"agent.id > 0", "agent.id == 0"}, /* not a count */
                                             {"agent.territory_distance == 0", "agent.territory_distance == 1"},
                                             {"request.body == 'a'", "request.body != 'a'"},
                                             {"request.entity == 'a'", "request.entity != 'a'"},
                                             {"request.comarca == 'a'", "request.comarca != 'a'"},
                                             {"request.service == 'a'", "request.service != 'a'"},
                                             {"ticket.subject_area == 'a'", "ticket.subject_area != 'a'"},
                                             {"ticket.unit == 'a'", "ticket.unit != 'a'"},
                                             {"ticket.priority == 'a'", "ticket.priority != 'a'"}};

    for (size_t i = 0; i < sizeof(always) / sizeof(*always); i++)
        if (covered(*state, always[i][0], always[i][1]) != WORKFLOW_COVER_PROVED)
            fail_msg("%s", always[i][0]);
    for (size_t i = 0; i < sizeof(perhaps) / sizeof(*perhaps); i++)
        if (covered(*state, perhaps[i][0], perhaps[i][1]) != WORKFLOW_COVER_REFUTED)
            fail_msg("%s", perhaps[i][0]);
}

/* What a person reads who was left out: the same word however the filter is written. */
static void test_filter__says_in_a_word_what_it_is_about(void **state)
{
    static const char *const texts[][2] = {{"!agent.absent", "absent"},
                                           {"agent.open_load < agent.capacity", "capacity"},
                                           {"agent.open_load<20", "capacity"},
                                           {"agent.open_load >= 19", "capacity"},
                                           {"agent.capacity > 3", "capacity"},
                                           {"agent.weighted_load <= 40", "load"},
                                           {"agent.territory_distance != 3", "territory"},
                                           {"agent.covers_body", "territory"},
                                           {"request.subject_area in agent.skills", "skill"},
                                           {"agent.skills.exists(s, s == request.subject_area)", "skill"},
                                           {"agent.skills.exists(any_1, request.subject_area == any_1)", "skill"},
                                           {"agent.skills.exists(z9, z9 == ticket.subject_area)", "skill"},
                                           {"!(request.entity in agent.conflicts)", "conflict"},
                                           {"!agent.conflicts.exists(c, c == request.body)", "conflict"},
                                           {"agent.holds", "filter"},
                                           {"agent.absent || agent.holds", "filter"},
                                           {"agent.open_load + 1 < agent.capacity", "filter"},
                                           {"agent.skills.exists(s, s == 'GOV')", "filter"},
                                           {"agent.skills.exists(s, s != request.subject_area)", "filter"},
                                           {"'GOV' in agent.skills", "filter"}};
    struct workshop *shop = *state;
    struct workflow_filter filter;

    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        workshop_open(shop);
        assert_true(workflow_filter_compile(texts[i][0], strlen(texts[i][0]), &shop->environment, &shop->memory,
                                            &filter, &shop->faults));
        if (strcmp(workflow_filter_word(&filter), texts[i][1]) != 0)
            fail_msg("%s: %s", texts[i][0], workflow_filter_word(&filter));
    }
}

static void test_filter__knows_the_name_and_the_unit_of_an_agent(void **state)
{
    static const struct policy_texts policy = {
        "agents", {"agent.login == 'marta'", "agent.unit == request.unit"}, {NULL}, false};
    const struct workflow_agent agents[] = {{.id = 1, .login = "marta", .unit = "dig"},
                                            {.id = 2, .login = "pau", .unit = "gov"},
                                            {.id = 3, .login = "marta", .unit = "gov"},
                                            {.id = 4, .unit = "gov"}};

    workshop_compile(*state, &policy);
    const struct workflow_decision *decision = decide(*state, &aguilar, agents, 4);
    assert_int_equal(decision->n_fit, 1);
    assert_int_equal(decision->places[0].candidate, 2);
}

/* A fault is of its text, from 1, and what is refused costs no memory. */
static void test_fault__of_a_policy_says_where(void **state)
{
    struct workshop *shop = *state;
    struct workflow_pool pool;
    struct workflow_rank rank;
    const char *wrong = "agent.login asc";

    workshop_open(shop);
    assert_false(workflow_pool_parse("agents in bcn", 13, &pool, &shop->faults));
    assert_int_equal(shop->list[0].offset, 6);
    assert_int_equal(shop->list[0].length, 7);
    assert_int_equal(shop->list[0].line, 1);
    assert_int_equal(shop->list[0].column, 7);
    workshop_open(shop);
    assert_false(workflow_rank_compile(wrong, strlen(wrong), &shop->environment, &shop->memory, &rank, &shop->faults));
    assert_int_equal(shop->list[0].offset, 0);
    assert_int_equal(shop->list[0].length, strlen("agent.login"));
    assert_int_equal(shop->memory.used, 0);
    workshop_open(shop);
    assert_false(workflow_rank_compile("open_load", 9, &shop->environment, &shop->memory, &rank, &shop->faults));
    assert_int_equal(shop->list[0].offset, 9); /* where " asc" should be */
    workshop_open(shop);
    shop->memory.size = 9; /* room for the text, not for its end */
    assert_false(workflow_rank_compile("open_load asc", 13, &shop->environment, &shop->memory, &rank, &shop->faults));
    assert_string_equal(shop->list[0].code, "too_large");
    workshop_open(shop);
    shop->memory.size = 10;
    assert_true(workflow_rank_compile("open_load asc", 13, &shop->environment, &shop->memory, &rank, &shop->faults));
    assert_true(shop->memory.used <= shop->memory.size);
}

/* Ranks of 40 bits each do not fit in one number together; what comes first still decides first. */
static void test_decision__compares_several_wide_ranks_in_their_order(void **state)
{
    static const struct policy_texts policy = {
        "agents", {NULL}, {"open_load asc", "weighted_load desc", "agent.capacity asc", "agent_id asc"}, false};
    enum { AGENTS = 60 };
    struct workflow_agent agents[AGENTS];

    for (int i = 0; i < AGENTS; i++)
        agents[i] = (struct workflow_agent){.id = i + 1,
                                            .open_load = (int64_t)(i * 7919 % 3) << 39,
                                            .weighted_load = (int64_t)(i * 104729 % 5) << 38,
                                            .capacity = (int64_t)(i * 1299709 % 7) << 37};
    workshop_compile(*state, &policy);
    const struct workflow_decision *decision = decide(*state, &aguilar, agents, AGENTS);
    for (int i = 1; i < AGENTS; i++) {
        const struct workflow_agent *a = &agents[decision->places[i - 1].candidate];
        const struct workflow_agent *b = &agents[decision->places[i].candidate];
        const bool before = a->open_load != b->open_load           ? a->open_load < b->open_load
                            : a->weighted_load != b->weighted_load ? a->weighted_load > b->weighted_load
                            : a->capacity != b->capacity           ? a->capacity < b->capacity
                                                                   : a->id < b->id;
        assert_true(before);
    }
}

static void test_rank__of_a_double_or_an_instant_is_exact(void **state)
{
    static const struct policy_texts policies[] = {
        {"agents", {NULL}, {"double(agent.open_load) - 2.5 asc", "agent_id asc"}, false},
        {"agents", {NULL}, {"double(agent.open_load) * 0.0 * (agent.open_load > 2 ? -1.0 : 1.0) asc"}, false},
        {"agents", {NULL}, {"agent.last_assigned_at + duration('1us') desc"}, false}};
    static const uint32_t wanted[][5] = {{4, 3, 0, 2, 1}, {0, 1, 2, 3, 4}, {2, 1, 4, 3, 0}};
    static const struct workflow_agent agents[] = {{.id = 1, .open_load = 2},
                                                   {.id = 2, .open_load = 9, .last_assigned_us = 1750000000000001},
                                                   {.id = 3, .open_load = 3, .last_assigned_us = 1750000000000002},
                                                   {.id = 4, .open_load = 1, .last_assigned_us = 1740000000999999},
                                                   {.id = 5, .open_load = 0, .last_assigned_us = 1749999999999999}};

    for (size_t p = 0; p < sizeof(policies) / sizeof(*policies); p++) {
        workshop_compile(*state, &policies[p]);
        const struct workflow_decision *decision = decide(*state, &aguilar, agents, 5);
        for (size_t i = 0; i < 5; i++)
            if (decision->places[i].candidate != wanted[p][i])
                fail_msg("%s: place %zu is %u", policies[p].rank[0], i, decision->places[i].candidate);
    }
}

/* Sticky or not, the rank that told the first from the second is told by its place in the policy. */
static void test_decision__names_the_rank_that_decided(void **state)
{
    struct policy_texts policy = {
        "agents", {NULL}, {"territory_distance asc", "open_load asc", "weighted_load asc"}, false};
    const struct workflow_agent agents[] = {{.id = 1, .open_load = 4, .weighted_load = 1},
                                            {.id = 2, .open_load = 3, .weighted_load = 2}};

    for (int sticky = 0; sticky < 2; sticky++) {
        policy.sticky = sticky == 1;
        workshop_compile(*state, &policy);
        const struct workflow_decision *decision = decide(*state, &aguilar, agents, 2);
        assert_int_equal(decision->places[0].candidate, 1);
        assert_int_equal(decision->decided, WORKFLOW_DECIDED_RANK);
        assert_int_equal(decision->rank, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_policy__knows_what_is_always_there_and_what_may_be_missing),
        cmocka_unit_test(test_filter__says_in_a_word_what_it_is_about),
        cmocka_unit_test(test_filter__knows_the_name_and_the_unit_of_an_agent),
        cmocka_unit_test(test_fault__of_a_policy_says_where),
        cmocka_unit_test(test_decision__compares_several_wide_ranks_in_their_order),
        cmocka_unit_test(test_rank__of_a_double_or_an_instant_is_exact),
        cmocka_unit_test(test_decision__names_the_rank_that_decided),
    };
    return cmocka_run_group_tests_name("assignment_ranks", tests, setup, teardown);
}
