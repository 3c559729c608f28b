/*
 * What the verifier finds of random definitions of two regions is what a plain judge finds, who knows nothing of masks,
 * keys or hashes: which places can be come to, from which it can end whatever guards answer, what is never taken, which
 * claims do not hold. A way that is told is one that can be gone, and none is shorter.
 */
#include "property/test_workflow_judge.h"
#include "workflow/verify.h"

enum { DOCUMENTS = 1000, NOWHERE = -1, FINDINGS = 64 };

static struct workflow_finding findings[FINDINGS];
static uint64_t memory_bytes[1024 * 1024 / sizeof(uint64_t)];

static int place_found(const struct workflow *wf, const struct workflow_states *configuration)
{
    int leaf[REGIONS] = {NOWHERE, NOWHERE}, region, number;

    for (unsigned i = 0; i < workflow_state_count(wf); i++)
        if ((configuration->word[i / 64] >> i % 64 & 1) &&
            sscanf(workflow_state(wf, i)->name, "s%d_%d", &region, &number) == 2)
            leaf[region] = number;
    return leaf[0] == NOWHERE ? END : place_of(leaf[0], leaf[1]);
}

static int event_of(const struct workflow *wf, struct workflow_cause cause)
{
    assert_int_equal(cause.kind, WORKFLOW_CAUSE_EVENT);
    return workflow_event_key(wf, cause.number)[1] - '0';
}

/* A way that is told can be gone, comes to where it says, and no other is shorter. */
static int assert_way(const struct judge *judge, const struct workflow *wf, const struct workflow_finding *finding,
                      int without)
{
    const int found = place_found(wf, &finding->configuration);
    bool may_be[PLACES] = {false};

    may_be[place_of(0, 0)] = true;
    for (unsigned i = 0; i < finding->n_way; i++) {
        const int event = event_of(wf, finding->way[i]);
        bool next[PLACES] = {false};
        assert_int_not_equal(event, without);
        for (int at = 0; at < PLACES; at++)
            for (int to = 0; to < PLACES; to++)
                next[to] = next[to] || (may_be[at] && judge->tells[event][at][to]);
        memcpy(may_be, next, sizeof(may_be));
    }
    assert_true(may_be[found]);
    assert_false(finding->way_cut);
    if (without == EVENTS)
        assert_int_equal((int)finding->n_way, judge->away[found]);
    return found;
}

struct told {
    bool stuck, claims[CLAIMS], dead_leaf[REGIONS][LEAVES_MAX], dead_end;
    bool dead_way[REGIONS * LEAVES_MAX * EVENTS * WAYS_MAX];
};

static void hear(const struct judge *judge, const struct workflow *wf, const struct workflow_finding *finding,
                 struct told *told)
{
    int region, leaf;

    switch (finding->kind) {
    case WORKFLOW_FINDING_NO_END:
        told->stuck = true;
        assert_false(judge->ends[assert_way(judge, wf, finding, EVENTS)]);
        break;
    case WORKFLOW_FINDING_ASSERT: {
        const struct claim *claim = &judge->model->claims[finding->assertion];
        assert_false(told->claims[finding->assertion]);
        told->claims[finding->assertion] = true;
        assert_true(is_at(assert_way(judge, wf, finding, claim->kind == NEVER_WITHOUT ? claim->event : EVENTS),
                          claim->region, claim->leaf));
        break;
    }
    case WORKFLOW_FINDING_DEAD_STATE:
        if (sscanf(workflow_state(wf, (unsigned)finding->state)->name, "s%d_%d", &region, &leaf) == 2)
            told->dead_leaf[region][leaf] = true;
        else
            told->dead_end = true;
        break;
    case WORKFLOW_FINDING_DEAD_TRANSITION:
        told->dead_way[finding->transition] = true;
        break;
    default:
        fail_msg("found: %s", workflow_finding_key(finding->kind));
    }
}

static void assert_dead(const struct judge *judge, const struct told *told)
{
    assert_int_equal(told->dead_end, judge->away[END] == FAR);
    for (int region = 0; region < REGIONS; region++)
        for (int leaf = 0; leaf < judge->model->leaves[region]; leaf++) {
            bool entered = false;
            for (int at = 0; at < END; at++)
                entered = entered || (judge->away[at] < FAR && is_at(at, region, leaf));
            assert_int_equal(told->dead_leaf[region][leaf], !entered);
            for (int event = 0; event < EVENTS; event++)
                for (int i = 0; i < judge->model->ways[region][leaf][event].n; i++) {
                    /* What a dead state has is dead with it: told once. */
                    const unsigned number = judge->model->ways[region][leaf][event].all[i].number;
                    assert_int_equal(told->dead_way[number], entered && !judge->taken[number]);
                }
        }
}

static void assert_judged_alike(const struct model *model, const struct workflow *wf)
{
    struct workflow_memory memory = {.bytes = memory_bytes, .size = sizeof(memory_bytes)};
    struct workflow_verified verified;
    struct told told = {.stuck = false};
    struct judge judge;
    bool stuck = false;
    unsigned places = 0;

    judge_all(&judge, model);
    verified = workflow_verify(wf, &memory, findings, FINDINGS);
    assert_true(verified.n_findings <= FINDINGS);
    for (size_t i = 0; i < verified.n_findings; i++)
        hear(&judge, wf, &findings[i], &told);
    for (int at = 0; at < PLACES; at++) {
        places += judge.away[at] < FAR;
        stuck = stuck || (judge.away[at] < FAR && !judge.ends[at]);
    }
    assert_int_equal(verified.configurations, places);
    assert_int_equal(told.stuck, stuck);
    for (int i = 0; i < CLAIMS; i++)
        assert_int_equal(told.claims[i], !holds(&judge, &model->claims[i]));
    assert_dead(&judge, &told);
}

static uint64_t tried_seed; /* of the model that is being judged; 0: none */

static void test_verifier__finds_what_a_plain_judge_finds(void **state)
{
    uint64_t seed = UINT64_C(20261122);
    int tried = 0;

    (void)state;
    for (int attempts = 0; tried < DOCUMENTS && attempts < 20 * DOCUMENTS; attempts++) {
        tried_seed = seed;
        const struct model model = random_model(&seed);
        struct workflow *wf = definition_of(&model);
        if (!wf)
            continue;
        assert_judged_alike(&model, wf);
        workflow_free(wf);
        tried++;
    }
    tried_seed = 0;
    assert_int_equal(tried, DOCUMENTS);
}

static int tell_seed(void **state)
{
    (void)state;
    if (tried_seed)
        print_error("the model of seed %llu\n", (unsigned long long)tried_seed);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_verifier__finds_what_a_plain_judge_finds, tell_seed)};
    return cmocka_run_group_tests_name("workflow_verify", tests, NULL, NULL);
}
