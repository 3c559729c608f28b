/* Who takes a request, told rule by rule: pools, filters, ranks, what is said of those who are left out. */
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

/* ---- reading ---- */

static void test_pool__is_agents_or_a_team_and_may_stay_in_the_comarca(void **state)
{
    struct workshop *shop = *state;
    struct workflow_pool pool;

    workshop_open(shop);
    assert_true(workflow_pool_parse("agents", 6, &pool, &shop->faults));
    assert_true(pool.team[0] == '\0' && !pool.in_comarca);
    assert_true(workflow_pool_parse("team(service.head)", 18, &pool, &shop->faults));
    assert_string_equal(pool.team, "service.head");
    assert_true(workflow_pool_parse("team(logistica) in comarca(applicant)", 37, &pool, &shop->faults));
    assert_true(strcmp(pool.team, "logistica") == 0 && pool.in_comarca);
    assert_true(
        workflow_pool_parse("team(a23456789_a23456789_a23456789_a23456789_a2345678)", 54, &pool, &shop->faults));
    assert_int_equal(strlen(pool.team), WORKFLOW_POLICY_TEAM_SIZE - 1);
    assert_false(
        workflow_pool_parse("team(a23456789_a23456789_a23456789_a23456789_a23456789)", 55, &pool, &shop->faults));
    assert_true(workflow_pool_parse("team(a)", 7, &pool, &shop->faults));
    assert_string_equal(pool.team, "a");
    assert_true(workflow_pool_parse("team(z0.9_a)", 12, &pool, &shop->faults));
    assert_string_equal(pool.team, "z0.9_a");
    assert_false(workflow_pool_parse("agents", 5, &pool, &shop->faults));
    assert_false(workflow_pool_parse("team(gov)", 5, &pool, &shop->faults)); /* what lies behind the text is not read */
    assert_false(workflow_pool_parse("team(gov)", 8, &pool, &shop->faults));
}

static void test_pool__refuses_what_it_does_not_understand(void **state)
{
    static const char *const texts[] = {"",
                                        "everybody",
                                        "team()",
                                        "team(Gov)",
                                        "team(gov",
                                        "agents ",
                                        "agents in bcn",
                                        "team(a b)",
                                        "team(gov) ",
                                        "agents in comarca(applicant) please",
                                        "teams(x)",
                                        "agents in comarca(applicant",
                                        "team(a_name_that_goes_on_and_on_and_on_for_more_than_48)"};
    struct workshop *shop = *state;
    struct workflow_pool pool = {.in_comarca = true};

    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        workshop_open(shop);
        assert_false(workflow_pool_parse(texts[i], strlen(texts[i]), &pool, &shop->faults));
        assert_int_equal(shop->faults.n, 1);
        assert_string_equal(shop->list[0].code, "syntax");
        assert_true(pool.in_comarca); /* left alone */
    }
}

static void test_filter__has_to_be_a_bool_over_what_is_known(void **state)
{
    static const char *const texts[][2] = {
        {"agent.open_load", "wrong_type"},      {"agent.colour == 'red'", "unknown_field"},
        {"ticket.stamp", "unknown_field"},      {"member.absent", "unknown_name"},
        {"data.size > 3", "unknown_name"},      {"agent.absent &&", "syntax"},
        {"agent.skills == 'GOV'", "wrong_type"}};
    struct workshop *shop = *state;
    struct workflow_filter filter;

    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        workshop_open(shop);
        assert_false(workflow_filter_compile(texts[i][0], strlen(texts[i][0]), &shop->environment, &shop->memory,
                                             &filter, &shop->faults));
        assert_true(shop->faults.n >= 1);
        assert_string_equal(shop->list[0].code, texts[i][1]);
    }
}

static void test_rank__says_which_way_and_is_of_something_with_an_order(void **state)
{
    static const char *const texts[][2] = {{"open_load", "syntax"},
                                           {"open_load ascending", "syntax"},
                                           {"agent.login asc", "wrong_type"},
                                           {"agent.skills desc", "wrong_type"},
                                           {" asc", "syntax"},
                                           {"capacity asc", "unknown_name"},
                                           {"dyn(agent.open_load) asc", "wrong_type"}};
    struct workshop *shop = *state;
    struct workflow_rank rank;

    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        workshop_open(shop);
        assert_false(workflow_rank_compile(texts[i][0], strlen(texts[i][0]), &shop->environment, &shop->memory, &rank,
                                           &shop->faults));
        if (strcmp(shop->list[0].code, texts[i][1]) != 0)
            fail_msg("%s: %s", texts[i][0], shop->list[0].code);
    }
    workshop_open(shop);
    assert_true(workflow_rank_compile("agent.capacity - agent.open_load desc", 37, &shop->environment, &shop->memory,
                                      &rank, &shop->faults));
    assert_string_equal(rank.text, "agent.capacity - agent.open_load");
    assert_true(rank.descending && !rank.is_field);
}

static void test_policy__may_ask_about_the_data_of_its_definition(void **state)
{
    static const struct workflow_type text = {.kind = WORKFLOW_KIND_STRING};
    static const struct workflow_member members[] = {{"language", &text, false}};
    static const struct workflow_type record = {.kind = WORKFLOW_KIND_RECORD, .members = members, .n_members = 1};
    static const char require[] = "data.language in agent.skills";
    struct workshop *shop = *state;
    const struct workflow_value aranes = workflow_value_string("aranes", 6);
    struct workflow_subject subject = {.data = workflow_value_record(&aranes, 1)};
    const struct workflow_agent agents[] = {{.id = 1}, {.id = 2, .skills = &aranes, .n_skills = 1}};

    workshop_open(shop);
    workflow_policy_environment(&record, shop->roots, &shop->environment);
    shop->policy = (struct workflow_policy){.n_filters = 1};
    assert_true(workflow_filter_compile(require, strlen(require), &shop->environment, &shop->memory,
                                        &shop->policy.filters[0], &shop->faults));
    const struct workflow_decision *decision = decide(shop, &subject, agents, 2);
    assert_int_equal(decision->n_fit, 1);
    assert_int_equal(decision->places[0].candidate, 1);
}

/* ---- deciding ---- */

static const struct workflow_subject aguilar = {
    .body = "0800230008", .comarca = "07", .subject_area = "GOV", .service = "GOV-01", .unit = "gov"};

static void test_decision__prefers_whom_the_town_knows_then_the_nearest_then_the_least_burdened(void **state)
{
    struct workflow_agent agents[] = {
        {.id = 1, .territory_distance = 0, .weighted_load = 10, .turn = 1},
        {.id = 2, .territory_distance = 1, .weighted_load = 0, .turn = 0},
        {.id = 3, .territory_distance = 1, .weighted_load = 90, .turn = 9, .previous_referent = true},
        {.id = 4, .territory_distance = 0, .weighted_load = 10, .turn = 0},
        {.id = 5, .territory_distance = 0, .weighted_load = 9, .turn = 8},
    };
    static const uint32_t wanted[] = {2, 4, 3, 0, 1};

    for (size_t i = 0; i < 5; i++) {
        agents[i].skills = areas;
        agents[i].n_skills = 1;
        agents[i].in_team = true;
        agents[i].capacity = 100;
    }
    workshop_compile(*state, &policy_referent);
    const struct workflow_decision *decision = decide(*state, &aguilar, agents, 5);
    assert_int_equal(decision->n_fit, 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(decision->places[i].candidate, wanted[i]);
    assert_int_equal(decision->decided, WORKFLOW_DECIDED_RANK);
    assert_string_equal(decision->policy->ranks[decision->rank].text, "previous_referent");
}

static void test_decision__tells_every_filter_that_fails_with_its_values(void **state)
{
    const struct workflow_agent agents[] = {
        {.id = 7,
         .in_team = true,
         .territory_distance = 1,
         .absent = true,
         .open_load = 5,
         .capacity = 5,
         .skills = areas + 1,
         .n_skills = 2},
        {.id = 6, .in_team = true, .territory_distance = 2},
        {.id = 5, .in_team = true, .territory_distance = 1, .skills = areas, .n_skills = 3, .capacity = 1},
        {.id = 4, .territory_distance = 0, .skills = areas, .n_skills = 3, .capacity = 1},
    };
    struct workshop *shop = *state;
    struct workflow_expression_clause clause;

    workshop_compile(shop, &policy_referent);
    const struct workflow_decision *decision = decide(shop, &aguilar, agents, 4);
    assert_int_equal(decision->n_fit, 1);
    assert_int_equal(decision->decided, WORKFLOW_DECIDED_ONLY);
    assert_int_equal(decision->places[0].candidate, 2);
    assert_int_equal(decision->places[1].candidate, 0);
    assert_int_equal(decision->places[1].failed, 1U << 0 | 1U << 1 | 1U << 2);
    assert_int_equal(decision->places[2].standing, WORKFLOW_STANDING_OUTSIDE);
    assert_int_equal(decision->places[2].candidate, 3);
    assert_int_equal(decision->places[3].candidate, 1);
    assert_int_equal(workflow_decision_explain(decision, &agents[0], 2, &shop->memory, &clause, 1), 1);
    assert_true(clause.compared && !workflow_value_holds(clause.result));
    assert_int_equal(clause.left.integer, 5);
    assert_int_equal(clause.right.integer, 5);
    assert_int_equal(workflow_decision_explain(decision, &agents[0], 3, &shop->memory, &clause, 1), 0);
}

static void test_decision__keeps_out_who_has_an_interest_in_the_body(void **state)
{
    const struct workflow_agent agents[] = {
        {.id = 1, .in_team = true, .conflicts = bodies, .n_conflicts = 1},
        {.id = 2, .in_team = true, .conflicts = bodies + 1, .n_conflicts = 1, .weighted_load = 99}};

    workshop_compile(*state, &policy_reporter);
    const struct workflow_decision *decision = decide(*state, &aguilar, agents, 2);
    assert_int_equal(decision->places[0].candidate, 1);
    assert_int_equal(decision->places[1].failed, 1U << 1);
}

static void test_decision__is_nobody_when_nobody_is_fit(void **state)
{
    const struct workflow_agent away = {.id = 1, .in_team = true, .absent = true};

    workshop_compile(*state, &policy_carrier);
    assert_int_equal(decide(*state, &aguilar, &away, 1)->decided, WORKFLOW_DECIDED_NOBODY);
    assert_int_equal(decide(*state, &aguilar, NULL, 0)->n_fit, 0);
}

static void test_decision__that_is_sticky_leaves_it_where_it_is_as_long_as_that_one_is_fit(void **state)
{
    struct workflow_agent agents[] = {
        {.id = 1, .in_team = true, .skills = areas, .n_skills = 1, .capacity = 9, .previous_referent = true},
        {.id = 2, .in_team = true, .skills = areas, .n_skills = 1, .capacity = 9, .weighted_load = 50, .holds = true}};

    workshop_compile(*state, &policy_referent);
    const struct workflow_decision *decision = decide(*state, &aguilar, agents, 2);
    assert_int_equal(decision->places[0].candidate, 1);
    assert_int_equal(decision->decided, WORKFLOW_DECIDED_STICKY);
    agents[1].absent = true;
    assert_int_equal(decide(*state, &aguilar, agents, 2)->places[0].candidate, 0);
}

static void test_decision__between_equals_is_the_least_id_and_says_so(void **state)
{
    static const struct policy_texts policy = {"agents", {NULL}, {"open_load asc"}, false};
    const struct workflow_agent agents[] = {{.id = 9}, {.id = -3}, {.id = 4}};

    workshop_compile(*state, &policy);
    const struct workflow_decision *decision = decide(*state, &aguilar, agents, 3);
    assert_int_equal(decision->places[0].candidate, 1);
    assert_int_equal(decision->places[1].candidate, 2);
    assert_int_equal(decision->decided, WORKFLOW_DECIDED_ID);
    assert_string_equal(workflow_decided_key(decision->decided), "id");
}

/* Who was never chosen goes first by the time since; what cannot be computed goes last, whichever way. */
static void test_rank__that_cannot_be_computed_goes_last(void **state)
{
    static const struct policy_texts ways[] = {{"agents", {NULL}, {"100 / agent.open_load asc"}, false},
                                               {"agents", {NULL}, {"100 / agent.open_load desc"}, false}};
    const struct workflow_agent agents[] = {{.id = 1}, {.id = 2, .open_load = 4}, {.id = 3, .open_load = 5}};
    struct workshop *shop = *state;

    for (int way = 0; way < 2; way++) {
        workshop_compile(shop, &ways[way]);
        const struct workflow_decision *decision = decide(shop, &aguilar, agents, 3);
        assert_int_equal(decision->places[2].candidate, 0);
        assert_int_equal(decision->places[0].candidate, way == 0 ? 2 : 1);
        assert_int_equal(workflow_decision_value(decision, &agents[1], 0, &shop->memory).integer, 25);
        struct workflow_value none = workflow_decision_value(decision, &agents[0], 0, &shop->memory);
        assert_true(none.kind == WORKFLOW_KIND_ERROR && none.error == WORKFLOW_ERROR_DIVISION_BY_ZERO);
    }
}

static void test_rank__shows_the_time_of_the_last_assignment_and_never_as_unset(void **state)
{
    const struct workflow_agent agents[] = {{.id = 1, .last_assigned_us = 1750000000000001, .turn = 3},
                                            {.id = 2},
                                            {.id = 3, .last_assigned_us = -1500000},
                                            {.id = 4, .last_assigned_us = -2000000}};
    struct workshop *shop = *state;

    workshop_compile(shop, &policy_territorial);
    const struct workflow_decision *decision = decide(shop, &aguilar, agents, 4);
    struct workflow_value value = workflow_decision_value(decision, &agents[0], 2, &shop->memory);
    assert_int_equal(value.kind, WORKFLOW_KIND_TIMESTAMP);
    assert_int_equal(value.integer, 1750000000);
    assert_int_equal(value.n, 1000);
    assert_int_equal(workflow_decision_value(decision, &agents[1], 2, &shop->memory).kind, WORKFLOW_KIND_UNSET);
    /* A time before 1970: whole seconds and what goes beyond them. */
    value = workflow_decision_value(decision, &agents[2], 2, &shop->memory);
    assert_int_equal(value.integer, -2);
    assert_int_equal(value.n, 500000000);
    value = workflow_decision_value(decision, &agents[3], 2, &shop->memory);
    assert_int_equal(value.integer, -2);
    assert_int_equal(value.n, 0);
    assert_int_equal(workflow_decision_value(decision, &agents[1], 9, &shop->memory).kind, WORKFLOW_KIND_UNSET);
}

/* Columns that together do not fit in 64 bits are still compared, all of them. */
static void test_decision__compares_numbers_of_any_size(void **state)
{
    static const struct policy_texts policy = {
        "agents", {NULL}, {"weighted_load desc", "agent.capacity asc", "open_load asc", "agent_id desc"}, false};
    const struct workflow_agent agents[] = {
        {.id = 1, .weighted_load = INT64_MAX, .capacity = INT64_MIN, .open_load = 5},
        {.id = 2, .weighted_load = INT64_MAX, .capacity = INT64_MIN, .open_load = INT64_MIN},
        {.id = 3, .weighted_load = INT64_MIN, .capacity = 0, .open_load = 1},
        {.id = 4, .weighted_load = INT64_MIN, .capacity = 0, .open_load = 1},
        {.id = 5, .weighted_load = INT64_MAX, .capacity = INT64_MAX, .open_load = 1},
    };
    static const uint32_t wanted[] = {1, 0, 4, 3, 2};

    workshop_compile(*state, &policy);
    const struct workflow_decision *decision = decide(*state, &aguilar, agents, 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(decision->places[i].candidate, wanted[i]);
}

static void test_decision__without_room_is_none(void **state)
{
    static char room[WORKFLOW_DECISION_MEMORY(40)] __attribute__((aligned(16)));
    struct workflow_agent agents[40];
    struct workshop *shop = *state;
    uint64_t seed = 7;

    random_agents(&seed, agents, 40);
    workshop_compile(shop, &policy_referent);
    for (size_t size = 0; size < sizeof(room); size += 97) {
        struct workflow_memory memory = {.bytes = room, .size = size};
        const struct workflow_decision *decision = workflow_decide(&shop->policy, &aguilar, agents, 40, &memory);
        assert_true(decision ? memory.used <= size : memory.used == 0);
    }
    struct workflow_memory enough = {.bytes = room, .size = sizeof(room)};
    assert_non_null(workflow_decide(&shop->policy, &aguilar, agents, 40, &enough));
    assert_null(workflow_decide(&shop->policy, &aguilar, agents, WORKFLOW_CANDIDATES_MAX + 1, &enough));
}

/* ---- delegates ---- */

static bool is_there(const void *context, int64_t agent)
{
    return agent == *(const int64_t *)context;
}

static void test_delegate__is_the_first_of_the_chain_who_is_there(void **state)
{
    static const struct workflow_delegation list[] = {{1, 2}, {2, 3}, {3, 4}, {5, 6}, {6, 5}};
    int64_t there = 4, found = 0;

    (void)state;
    assert_true(workflow_delegate_find(list, 5, 1, is_there, &there, &found));
    assert_int_equal(found, 4);
    assert_false(workflow_delegate_find(list, 5, 4, is_there, &there, &found)); /* names nobody */
    assert_false(workflow_delegate_find(list, 5, 5, is_there, &there, &found)); /* comes round */
    assert_false(workflow_delegations_are_acyclic(list, 5, &found));
    assert_int_equal(found, 5);
    assert_true(workflow_delegations_are_acyclic(list, 4, NULL));
    /* The whole list may be one chain, and a chain may come round at its very end. */
    assert_true(workflow_delegate_find(list, 3, 1, is_there, &there, &found));
    assert_int_equal(found, 4);
    assert_true(workflow_delegations_are_acyclic(list, 3, NULL));
    assert_false(workflow_delegations_are_acyclic((const struct workflow_delegation[]){{1, 1}}, 1, NULL));
    assert_false(
        workflow_delegations_are_acyclic((const struct workflow_delegation[]){{1, 2}, {2, 3}, {3, 1}}, 3, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pool__is_agents_or_a_team_and_may_stay_in_the_comarca),
        cmocka_unit_test(test_pool__refuses_what_it_does_not_understand),
        cmocka_unit_test(test_filter__has_to_be_a_bool_over_what_is_known),
        cmocka_unit_test(test_rank__says_which_way_and_is_of_something_with_an_order),
        cmocka_unit_test(test_policy__may_ask_about_the_data_of_its_definition),
        cmocka_unit_test(test_decision__prefers_whom_the_town_knows_then_the_nearest_then_the_least_burdened),
        cmocka_unit_test(test_decision__tells_every_filter_that_fails_with_its_values),
        cmocka_unit_test(test_decision__keeps_out_who_has_an_interest_in_the_body),
        cmocka_unit_test(test_decision__is_nobody_when_nobody_is_fit),
        cmocka_unit_test(test_decision__that_is_sticky_leaves_it_where_it_is_as_long_as_that_one_is_fit),
        cmocka_unit_test(test_decision__between_equals_is_the_least_id_and_says_so),
        cmocka_unit_test(test_rank__that_cannot_be_computed_goes_last),
        cmocka_unit_test(test_rank__shows_the_time_of_the_last_assignment_and_never_as_unset),
        cmocka_unit_test(test_decision__compares_numbers_of_any_size),
        cmocka_unit_test(test_decision__without_room_is_none),
        cmocka_unit_test(test_delegate__is_the_first_of_the_chain_who_is_there),
    };
    return cmocka_run_group_tests_name("assignment", tests, setup, teardown);
}
