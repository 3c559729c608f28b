/* What holds of every assignment: a total order that nothing but the candidates decides, and a fair share for each. */
#include "property/test_workflow_documents.h"

enum { CANDIDATES_MAX = 40, ROUNDS = 2000, FAIR_ROUNDS = 500 };

static int setup(void **state)
{
    json_t *document = document_load("general_enquiry");

    *state = document_parse(document);
    json_decref(document);
    return *state ? 0 : -1;
}

static int teardown(void **state)
{
    workflow_free(*state);
    return 0;
}

/* Few values each, so that ties are common. */
static size_t random_candidates(uint64_t *seed, struct workflow_candidate *candidates)
{
    size_t n = random_below(seed, CANDIDATES_MAX + 1);

    for (size_t i = 0; i < n; i++)
        candidates[i] = (struct workflow_candidate){
            .id = (int64_t)i * 7 - 20,
            .covers_body = random_below(seed, 4) == 0,
            .covers_comarca = random_below(seed, 2) == 0,
            .absent = random_below(seed, 4) == 0,
            .open_load = random_below(seed, 4),
            .capacity = random_below(seed, 5),
            .last_assigned_at_us = random_below(seed, 3),
        };
    return n;
}

static void shuffle(uint64_t *seed, struct workflow_candidate *candidates, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = random_below(seed, (unsigned)i);
        struct workflow_candidate held = candidates[i - 1];
        candidates[i - 1] = candidates[j];
        candidates[j] = held;
    }
}

static enum workflow_unfit unfit_of(const struct workflow_candidate *who)
{
    if (!who->covers_body && !who->covers_comarca)
        return WORKFLOW_UNFIT_TERRITORY;
    if (who->absent)
        return WORKFLOW_UNFIT_ABSENT;
    return who->open_load >= who->capacity ? WORKFLOW_UNFIT_CAPACITY : WORKFLOW_FIT;
}

static void compare_ids(int64_t x, int64_t y, int *ret)
{
    if (*ret == 0 && x != y)
        *ret = x < y ? -1 : 1;
}

/* The policy in words: the body's agent before the comarca's, less load, longest without, least id. */
static int wanted_order(const struct workflow_candidate *a, const struct workflow_candidate *b)
{
    int order = 0;

    compare_ids(unfit_of(a) != WORKFLOW_FIT, unfit_of(b) != WORKFLOW_FIT, &order);
    if (unfit_of(a) == WORKFLOW_FIT && unfit_of(b) == WORKFLOW_FIT) {
        compare_ids(!a->covers_body, !b->covers_body, &order);
        compare_ids(a->open_load, b->open_load, &order);
        compare_ids(a->last_assigned_at_us, b->last_assigned_at_us, &order);
    }
    compare_ids(a->id, b->id, &order);
    return order;
}

static void test_assign__orders_as_the_policy_says_and_tells_who_is_unfit_and_why(void **state)
{
    struct workflow_candidate candidates[CANDIDATES_MAX];
    struct workflow_ranking order[CANDIDATES_MAX];
    uint64_t seed = UINT64_C(31415926535);

    for (int round = 0; round < ROUNDS; round++) {
        size_t n = random_candidates(&seed, candidates), fit = SIZE_MAX, wanted_fit = 0;
        bool seen[CANDIDATES_MAX] = {false};
        assert_true(workflow_assign(*state, "territorial", candidates, n, order, &fit));
        for (size_t i = 0; i < n; i++) {
            assert_true(order[i].index < n);
            assert_false(seen[order[i].index]);
            seen[order[i].index] = true;
            assert_int_equal(order[i].unfit, unfit_of(&candidates[order[i].index]));
            wanted_fit += order[i].unfit == WORKFLOW_FIT;
            if (i > 0)
                assert_true(wanted_order(&candidates[order[i - 1].index], &candidates[order[i].index]) < 0);
        }
        assert_int_equal(fit, wanted_fit);
    }
}

static void test_assign__does_not_depend_on_the_order_of_the_candidates(void **state)
{
    struct workflow_candidate candidates[CANDIDATES_MAX], shuffled[CANDIDATES_MAX];
    struct workflow_ranking order[CANDIDATES_MAX], again[CANDIDATES_MAX];
    uint64_t seed = UINT64_C(2718281828);

    for (int round = 0; round < ROUNDS; round++) {
        size_t n = random_candidates(&seed, candidates), fit, fit_again;
        memcpy(shuffled, candidates, sizeof(candidates));
        shuffle(&seed, shuffled, n);
        assert_true(workflow_assign(*state, "territorial", candidates, n, order, &fit));
        assert_true(workflow_assign(*state, "territorial", shuffled, n, again, &fit_again));
        assert_int_equal(fit, fit_again);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(candidates[order[i].index].id, shuffled[again[i].index].id);
    }
}

/* Nobody closes anything and nobody is better than another: after any number of requests shares differ by one. */
static void test_assign__shares_evenly_among_equal_agents(void **state)
{
    for (unsigned n = 1; n <= 9; n++) {
        struct workflow_candidate candidates[9];
        struct workflow_ranking order[9];
        for (unsigned i = 0; i < n; i++)
            candidates[i] = (struct workflow_candidate){.id = i + 1, .covers_comarca = true, .capacity = UINT32_MAX};
        for (int64_t now = 1; now <= FAIR_ROUNDS; now++) {
            uint32_t least = UINT32_MAX, most = 0;
            size_t fit;
            assert_true(workflow_assign(*state, "territorial", candidates, n, order, &fit));
            candidates[order[0].index].open_load++;
            candidates[order[0].index].last_assigned_at_us = now;
            for (unsigned i = 0; i < n; i++) {
                least = candidates[i].open_load < least ? candidates[i].open_load : least;
                most = candidates[i].open_load > most ? candidates[i].open_load : most;
            }
            assert_true(most - least <= 1);
        }
    }
}

/* With loads always equal (everything is closed at once) it is the turn that decides: strict rotation. */
static void test_assign__rotates_among_agents_with_equal_loads(void **state)
{
    struct workflow_candidate candidates[6];
    struct workflow_ranking order[6];
    size_t fit;

    for (unsigned i = 0; i < 6; i++)
        candidates[i] = (struct workflow_candidate){.id = i, .covers_body = true, .capacity = 1};
    for (int64_t now = 1; now <= 60; now++) {
        assert_true(workflow_assign(*state, "territorial", candidates, 6, order, &fit));
        assert_int_equal(order[0].index, (size_t)((now - 1) % 6));
        candidates[order[0].index].last_assigned_at_us = now;
    }
}

static void test_assign__without_the_first_chooses_the_second(void **state)
{
    struct workflow_candidate candidates[CANDIDATES_MAX];
    struct workflow_ranking order[CANDIDATES_MAX], without[CANDIDATES_MAX];
    uint64_t seed = UINT64_C(1618033988);

    for (int round = 0; round < ROUNDS; round++) {
        size_t n = random_candidates(&seed, candidates), fit, fit_without;
        assert_true(workflow_assign(*state, "territorial", candidates, n, order, &fit));
        if (fit < 2)
            continue;
        candidates[order[0].index].absent = true;
        assert_true(workflow_assign(*state, "territorial", candidates, n, without, &fit_without));
        assert_int_equal(fit_without, fit - 1);
        assert_int_equal(without[0].index, order[1].index);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_assign__orders_as_the_policy_says_and_tells_who_is_unfit_and_why),
        cmocka_unit_test(test_assign__does_not_depend_on_the_order_of_the_candidates),
        cmocka_unit_test(test_assign__shares_evenly_among_equal_agents),
        cmocka_unit_test(test_assign__rotates_among_agents_with_equal_loads),
        cmocka_unit_test(test_assign__without_the_first_chooses_the_second),
    };
    return cmocka_run_group_tests_name("workflow_assignment", tests, setup, teardown);
}
