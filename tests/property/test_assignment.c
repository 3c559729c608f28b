/* What holds of every decision: it is what the policy's expressions say, the same for any order of candidates, and
 * fair. */
#include "property/test_assignment_policies.h"

#include "workflow/assignment/shape.h"

enum { CANDIDATES = 60, ROUNDS = 1500 };

static const struct policy_texts policy_odd = {
    "agents",
    {"agent.login == 'agent' || agent.open_load > 1", "request.effort_hours + agent.weighted_load <= 50",
     "agent.unit in ['gov', 'dig']", "agent.covers_body || request.population > 100"},
    {"agent.capacity - agent.open_load desc", "agent.last_assigned_at asc",
     "agent.unit == 'gov' ? 0.5 : double(agent.weighted_load) desc",
     "request.population / (agent.open_load - 2) asc", /* not always: who it cannot be asked of goes last */
     "agent.skills.exists(s, s == request.subject_area) desc"},
    false};
static const struct policy_texts *const policies[] = {&policy_referent, &policy_reporter, &policy_carrier,
                                                      &policy_territorial, &policy_odd};

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

/* ---- the same, written naively ---- */

static struct workflow_value naive_value(struct workshop *shop, const char *text, size_t length,
                                         const struct workflow_subject *subject, const struct workflow_agent *agent)
{
    static char bytes[WORKFLOW_EXPRESSION_MEMORY] __attribute__((aligned(16)));
    struct workflow_value agent_fields[WORKFLOW_AGENT_FIELDS], subject_fields[WORKFLOW_SUBJECT_FIELDS];
    struct workflow_memory memory = {.bytes = bytes, .size = sizeof(bytes)};
    const struct workflow_expression *expression =
        workflow_expression_compile(text, length, &shop->environment, NULL, &memory, &shop->faults);

    assert_non_null(expression);
    workflow_agent_fields(agent, agent_fields);
    workflow_subject_fields(subject, subject_fields);
    const struct workflow_value record = workflow_value_record(subject_fields, WORKFLOW_SUBJECT_FIELDS);
    const struct workflow_value roots[] = {workflow_value_record(agent_fields, WORKFLOW_AGENT_FIELDS), record, record};
    const struct workflow_bindings bindings = {.roots = roots, .n_roots = 3, .scratch = &memory};
    return workflow_expression_evaluate(expression, &bindings);
}

static bool naive_in_pool(const struct policy_texts *texts, const struct workflow_agent *agent)
{
    return (strncmp(texts->pool, "team", 4) != 0 || agent->in_team) &&
           (!strstr(texts->pool, "comarca") || agent->territory_distance < 2);
}

static unsigned naive_failed(struct workshop *shop, const struct policy_texts *texts,
                             const struct workflow_subject *subject, const struct workflow_agent *agent)
{
    unsigned failed = 0;

    for (unsigned i = 0; texts->require[i]; i++) {
        struct workflow_value value = naive_value(shop, texts->require[i], strlen(texts->require[i]), subject, agent);
        if (value.kind != WORKFLOW_KIND_BOOL || !value.boolean)
            failed |= 1U << i;
    }
    return failed;
}

static double naive_number(struct workshop *shop, const char *text, size_t length,
                           const struct workflow_subject *subject, const struct workflow_agent *agent)
{
    static const char *const names[] = {"previous_referent", "territory_distance", "weighted_load",
                                        "open_load",         "last_assigned_at",   "agent_id"};
    const int64_t values[] = {agent->previous_referent,
                              agent->territory_distance,
                              agent->weighted_load,
                              agent->open_load,
                              agent->turn,
                              agent->id};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (strlen(names[i]) == length && strncmp(names[i], text, length) == 0)
            return (double)values[i];
    struct workflow_value value = naive_value(shop, text, length, subject, agent);
    switch (value.kind) {
    case WORKFLOW_KIND_BOOL:
        return value.boolean;
    case WORKFLOW_KIND_INT:
        return (double)value.integer;
    case WORKFLOW_KIND_DOUBLE:
        return value.real;
    case WORKFLOW_KIND_TIMESTAMP:
        return (double)value.integer * 1e6 + value.n / 1000;
    default:
        return 1e300; /* last, whichever way */
    }
}

/* Less than 0: a goes before b. */
static int naive_order(struct workshop *shop, const struct policy_texts *texts, const struct workflow_subject *subject,
                       const struct workflow_agent *a, const struct workflow_agent *b)
{
    if (texts->sticky && a->holds != b->holds)
        return a->holds ? -1 : 1;
    for (unsigned i = 0; texts->rank[i]; i++) {
        size_t length = strlen(texts->rank[i]);
        bool descending = strcmp(texts->rank[i] + length - 5, " desc") == 0;
        length -= descending ? 5 : 4;
        double x = naive_number(shop, texts->rank[i], length, subject, a);
        double y = naive_number(shop, texts->rank[i], length, subject, b);
        if (x != y)
            return (x < y) != (descending && x < 1e300 && y < 1e300) ? -1 : 1;
    }
    return a->id < b->id ? -1 : 1;
}

static void check_place(struct workshop *shop, const struct policy_texts *texts,
                        const struct workflow_decision *decision, size_t i)
{
    const struct workflow_ranked *place = &decision->places[i];
    const struct workflow_agent *agent = &decision->agents[place->candidate];
    unsigned failed = naive_failed(shop, texts, decision->subject, agent);

    if (!naive_in_pool(texts, agent)) {
        assert_int_equal(place->standing, WORKFLOW_STANDING_OUTSIDE);
        failed = 0;
    } else {
        assert_int_equal(place->standing, failed ? WORKFLOW_STANDING_FAILED : WORKFLOW_STANDING_FIT);
    }
    assert_int_equal(place->failed, failed);
    assert_int_equal(place->standing == WORKFLOW_STANDING_FIT, i < decision->n_fit);
    assert_int_equal(place->order != NULL, i < decision->n_fit);
    if (i == 0)
        return;
    const struct workflow_ranked *before = &decision->places[i - 1];
    if (before->standing == place->standing)
        assert_true(place->standing == WORKFLOW_STANDING_FIT
                        ? naive_order(shop, texts, decision->subject, &decision->agents[before->candidate], agent) < 0
                        : decision->agents[before->candidate].id < agent->id);
    else
        assert_true(before->standing < place->standing);
}

static void test_decision__is_what_the_texts_of_the_policy_say(void **state)
{
    struct workflow_agent agents[CANDIDATES];
    uint64_t seed = UINT64_C(31415926535);

    for (int round = 0; round < ROUNDS / 15; round++)
        for (size_t p = 0; p < sizeof(policies) / sizeof(*policies); p++) {
            bool seen[CANDIDATES] = {false};
            size_t n = luck(&seed, CANDIDATES / 3 + 1);
            random_agents(&seed, agents, n);
            struct workflow_subject subject = random_subject(&seed);
            workshop_compile(*state, policies[p]);
            const struct workflow_decision *decision = decide(*state, &subject, agents, n);
            assert_int_equal(decision->n, n);
            for (size_t i = 0; i < n; i++) {
                assert_false(seen[decision->places[i].candidate]);
                seen[decision->places[i].candidate] = true;
                check_place(*state, policies[p], decision, i);
            }
        }
}

static void test_decision__does_not_depend_on_the_order_of_the_candidates(void **state)
{
    struct workflow_agent agents[CANDIDATES], shuffled[CANDIDATES];
    uint64_t seed = UINT64_C(2718281828);

    for (int round = 0; round < ROUNDS; round++) {
        struct workshop *shop = *state;
        size_t n = luck(&seed, CANDIDATES + 1);
        random_agents(&seed, agents, n);
        struct workflow_subject subject = random_subject(&seed);
        memcpy(shuffled, agents, sizeof(agents));
        for (size_t i = n; i > 1; i--) {
            size_t j = luck(&seed, (unsigned)i);
            struct workflow_agent held = shuffled[i - 1];
            shuffled[i - 1] = shuffled[j];
            shuffled[j] = held;
        }
        workshop_compile(shop, policies[(size_t)round % (sizeof(policies) / sizeof(*policies))]);
        const struct workflow_decision *one = decide(shop, &subject, agents, n);
        const struct workflow_decision *other = decide(shop, &subject, shuffled, n);
        assert_int_equal(one->n_fit, other->n_fit);
        assert_int_equal(one->decided, other->decided);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(agents[one->places[i].candidate].id, shuffled[other->places[i].candidate].id);
            assert_int_equal(one->places[i].failed, other->places[i].failed);
        }
    }
}

static void test_decision__without_the_first_chooses_the_second(void **state)
{
    struct workflow_agent agents[CANDIDATES];
    uint64_t seed = UINT64_C(1618033988);

    for (int round = 0; round < ROUNDS; round++) {
        struct workshop *shop = *state;
        size_t n = luck(&seed, CANDIDATES + 1);
        random_agents(&seed, agents, n);
        struct workflow_subject subject = random_subject(&seed);
        workshop_compile(shop, policies[round % 4]); /* those that look at absences */
        const struct workflow_decision *decision = decide(shop, &subject, agents, n);
        if (decision->n_fit == 0)
            continue;
        size_t second = decision->n_fit > 1 ? decision->places[1].candidate : n;
        agents[decision->places[0].candidate].absent = true;
        const struct workflow_decision *without = decide(shop, &subject, agents, n);
        assert_int_equal(without->n_fit, decision->n_fit - 1);
        if (without->n_fit > 0)
            assert_int_equal(without->places[0].candidate, second);
    }
}

/* ---- shapes ---- */

static void test_shapes__say_what_the_evaluator_says(void **state)
{
    static const char *const texts[] = {"agent.absent",
                                        "!agent.absent",
                                        "(agent.previous_referent)",
                                        "!(agent.holds)",
                                        "agent.covers_body",
                                        "agent.open_load < agent.capacity",
                                        "agent.open_load<=3",
                                        "agent.capacity > agent.open_load",
                                        "agent.weighted_load >= 15",
                                        "agent.open_load == agent.capacity",
                                        "agent.territory_distance != 1",
                                        "request.subject_area in agent.skills",
                                        "!(ticket.subject_area in agent.skills)",
                                        "agent.skills.exists(s, s == ticket.subject_area)",
                                        "!agent.skills.exists(x, request.subject_area == x)",
                                        "!agent.conflicts.exists(e, e == request.entity)",
                                        "agent.conflicts.exists(request_, request_ == request.body)",
                                        "request.unit in agent.skills",
                                        "!agent.conflicts.exists(agent, agent == request.comarca)"};
    uint64_t seed = UINT64_C(1414213562);
    struct workflow_agent agent;

    for (size_t t = 0; t < sizeof(texts) / sizeof(*texts); t++) {
        const struct policy_texts policy = {"agents", {texts[t]}, {NULL}, false};
        workshop_compile(*state, &policy);
        const struct workflow_filter filter = ((struct workshop *)*state)->policy.filters[0];
        if (filter.shape.kind == 0)
            fail_msg("%s has no shape", texts[t]);
        for (int round = 0; round < ROUNDS / 5; round++) {
            random_agents(&seed, &agent, 1);
            struct workflow_subject subject = random_subject(&seed);
            struct workflow_value value = naive_value(*state, texts[t], strlen(texts[t]), &subject, &agent);
            if (assignment_shape_holds(&filter.shape, &agent, &subject) != workflow_value_holds(value))
                fail_msg("%s: the evaluator says otherwise", texts[t]);
        }
    }
}

static void test_shapes__are_not_seen_where_there_is_none(void **state)
{
    static const char *const texts[] = {"agent.absent == false",
                                        "!!agent.absent",
                                        "agent.skills.all(s, s == 'GOV')",
                                        "agent.open_load < agent.capacity && !agent.absent",
                                        "'GOV' in agent.skills",
                                        "agent.skills.exists(s, s != request.subject_area)",
                                        "agent.open_load < -1",
                                        "agent.skills.exists(s, s == agent.unit)",
                                        "agent.login == request.unit",
                                        "request.subject_area in agent.skills || agent.holds",
                                        "agent.open_load + 1 < 3",
                                        "agent.skills.exists(s, s == request.unit) || agent.holds",
                                        "!(request.unit in agent.skills) || (agent.holds)"};

    for (size_t t = 0; t < sizeof(texts) / sizeof(*texts); t++) {
        const struct policy_texts policy = {"agents", {texts[t]}, {NULL}, false};
        workshop_compile(*state, &policy);
        if (((struct workshop *)*state)->policy.filters[0].shape.kind != 0)
            fail_msg("%s is taken for a shape", texts[t]);
    }
}

/* ---- fairness ---- */

enum { TEAM = 7, ASSIGNMENTS = 10000 };

static void team_of_equals(struct workflow_agent *agents)
{
    for (int i = 0; i < TEAM; i++)
        agents[i] =
            (struct workflow_agent){.id = i + 1, .capacity = INT64_MAX, .in_team = true, .territory_distance = 1};
}

static int64_t gap_of(const int64_t *counts)
{
    int64_t least = INT64_MAX, most = INT64_MIN;

    for (int i = 0; i < TEAM; i++) {
        least = counts[i] < least ? counts[i] : least;
        most = counts[i] > most ? counts[i] : most;
    }
    return most - least;
}

/* Assigns 10,000 requests while others are closed at random; says what the gap of open requests became each time. */
static void assign_and_close(struct workshop *shop, uint64_t seed, unsigned closes_in_16,
                             void (*check)(const int64_t *open, int64_t gap_before, const int64_t *given))
{
    struct workflow_agent agents[TEAM];
    const struct workflow_subject subject = {.body = "0800230008"};
    int64_t open[TEAM] = {0}, given[TEAM] = {0};
    size_t kept = shop->memory.used;

    team_of_equals(agents);
    for (int64_t turn = 1; turn <= ASSIGNMENTS; turn++) {
        for (int i = 0; i < TEAM; i++)
            while (agents[i].open_load > 0 && luck(&seed, 16) < closes_in_16) {
                agents[i].open_load--;
                agents[i].weighted_load--;
            }
        for (int i = 0; i < TEAM; i++)
            open[i] = agents[i].open_load;
        int64_t gap_before = gap_of(open);
        const struct workflow_decision *decision = decide(shop, &subject, agents, TEAM);
        struct workflow_agent *chosen = &agents[decision->places[0].candidate];
        chosen->open_load++;
        chosen->weighted_load++;
        chosen->turn = turn;
        open[chosen - agents]++;
        given[chosen - agents]++;
        check(open, gap_before, given);
        shop->memory.used = kept;
    }
}

/* Closing may leave one agent with less; giving never makes a gap of more than one, nor one that is there wider. */
static void check_loads(const int64_t *open, int64_t gap_before, const int64_t *given)
{
    (void)given;
    assert_true(gap_of(open) <= (gap_before > 1 ? gap_before : 1));
}

static void check_counts(const int64_t *open, int64_t gap_before, const int64_t *given)
{
    (void)open, (void)gap_before;
    assert_true(gap_of(given) <= 1);
}

static void test_equals__are_never_more_than_one_apart(void **state)
{
    static const struct policy_texts by_load = {"agents", {NULL}, {"open_load asc", "last_assigned_at asc"}, false};
    static const struct policy_texts by_hours = {
        "team(gov)", {NULL}, {"weighted_load asc", "last_assigned_at asc"}, false};

    for (unsigned closes = 0; closes < 6; closes++) {
        workshop_compile(*state, &by_load);
        assign_and_close(*state, UINT64_C(577215664) + closes, closes, check_loads);
        workshop_compile(*state, &by_hours);
        assign_and_close(*state, UINT64_C(915965594) + closes, closes, check_loads);
    }
    workshop_compile(*state, &policy_territorial); /* nobody closes anything: what is given is what is open */
    assign_and_close(*state, 1, 0, check_counts);
}

/* By turns alone, what each was given is even whoever closes how much. */
static void test_turns__are_even_whatever_is_closed(void **state)
{
    static const struct policy_texts by_turn = {"agents", {"!agent.absent"}, {"last_assigned_at asc"}, false};

    for (unsigned closes = 0; closes < 8; closes++) {
        workshop_compile(*state, &by_turn);
        assign_and_close(*state, UINT64_C(1202056903) + closes, closes, check_counts);
    }
}

/* ---- delegates ---- */

static bool is_present(const void *context, int64_t agent)
{
    return ((const bool *)context)[agent];
}

/* Walks on foot: at most as many steps as there are agents. */
static int64_t naive_delegate(const struct workflow_delegation *list, size_t n, int64_t agent, const bool *present)
{
    int64_t at = agent;

    for (size_t steps = 0; steps <= n; steps++) {
        size_t i = 0;
        while (i < n && list[i].agent != at)
            i++;
        if (i == n || list[i].delegate == agent)
            return -1;
        at = list[i].delegate;
        if (present[at])
            return at;
    }
    return -1;
}

static void test_delegates__end_with_somebody_who_is_there_or_nowhere(void **state)
{
    enum { PEOPLE = 12 };
    uint64_t seed = UINT64_C(6931471805);
    unsigned rounds_found = 0, rounds_round = 0;

    (void)state;
    for (int round = 0; round < ROUNDS * 4; round++) {
        struct workflow_delegation list[PEOPLE];
        bool present[PEOPLE], downhill = luck(&seed, 2);
        size_t n = 0;
        for (unsigned i = 0; i < PEOPLE; i++) {
            present[i] = luck(&seed, 4) == 0;
            unsigned other = downhill ? luck(&seed, i + 1) : luck(&seed, PEOPLE);
            if (other != i && luck(&seed, 4))
                list[n++] = (struct workflow_delegation){i, other};
        }
        int64_t in_circle = -1;
        bool acyclic = workflow_delegations_are_acyclic(list, n, &in_circle);
        assert_true(acyclic || !downhill);
        rounds_round += !acyclic;
        for (unsigned agent = 0; agent < PEOPLE; agent++) {
            int64_t found = -1;
            bool any = workflow_delegate_find(list, n, agent, is_present, present, &found);
            assert_int_equal(found, naive_delegate(list, n, agent, present));
            assert_true(any == (found >= 0) && (!any || (present[found] && found != agent)));
            rounds_found += any;
        }
    }
    assert_true(rounds_found > 1000 && rounds_round > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decision__is_what_the_texts_of_the_policy_say),
        cmocka_unit_test(test_decision__does_not_depend_on_the_order_of_the_candidates),
        cmocka_unit_test(test_decision__without_the_first_chooses_the_second),
        cmocka_unit_test(test_shapes__say_what_the_evaluator_says),
        cmocka_unit_test(test_shapes__are_not_seen_where_there_is_none),
        cmocka_unit_test(test_equals__are_never_more_than_one_apart),
        cmocka_unit_test(test_turns__are_even_whatever_is_closed),
        cmocka_unit_test(test_delegates__end_with_somebody_who_is_there_or_nowhere),
    };
    return cmocka_run_group_tests_name("assignment", tests, setup, teardown);
}
