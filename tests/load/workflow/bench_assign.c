/* What deciding who takes a request costs: one JSON line for each figure, the best of several rounds, at random teams.
 */
#include <inttypes.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "workflow/assignment.h"

enum { TEAMS = 64, MEMBERS = 200, TURNS = 40, ROUNDS = 15, CLAUSES = 8 };

static const char *const areas[] = {"GOV", "DIG", "ESP", "HAB", "CUL", "ESC"};
static struct workflow_value skills[6], conflicts[4];
static struct workflow_agent teams[TEAMS][MEMBERS];
static const struct workflow_subject subject = {
    .body = "0800230008", .comarca = "07", .subject_area = "GOV", .unit = "gov", .population = 291, .effort_hours = 8};
static alignas(16) char bytes[2 * 1024 * 1024];
static volatile size_t sink; /* so that nothing is left out for want of use */

static int64_t cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static unsigned luck(unsigned n)
{
    static uint64_t seed = UINT64_C(88172645463325252);
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)((seed >> 33) % n);
}

static void teams_fill(void)
{
    for (int i = 0; i < 6; i++)
        skills[i] = workflow_value_string(areas[i], 3);
    for (int i = 0; i < 4; i++)
        conflicts[i] = workflow_value_string(i ? "0811150006" : "0800230008", 10);
    for (int64_t team = 0; team < TEAMS; team++)
        for (int64_t i = 0; i < MEMBERS; i++) {
            const unsigned from = luck(4), interest = luck(40) ? 1 : 0;
            teams[team][i] = (struct workflow_agent){
                .id = 1000 + i * 3,
                .login = "agent.bages.1",
                .unit = "gov",
                .skills = skills + from,
                .n_skills = 1 + luck(3),
                .conflicts = conflicts + interest,
                .n_conflicts = luck(3),
                .open_load = luck(60),
                .weighted_load = luck(900),
                .capacity = 55,
                .last_assigned_us = INT64_C(1790000000000000) + (int64_t)luck(1000000) * 1000000,
                .turn = 1000000 + luck(1000000),
                .territory_distance = (uint8_t)luck(3),
                .in_team = luck(10) != 0,
                .absent = luck(8) == 0,
                .previous_referent = luck(100) == 0,
            };
        }
}

struct texts {
    const char *name, *pool, *require[4], *rank[7];
    bool sticky;
};

static void policy_compile(const struct texts *texts, struct workflow_memory *memory, struct workflow_policy *ret)
{
    static struct workflow_member roots[WORKFLOW_POLICY_ROOTS];
    struct workflow_environment environment;
    struct workflow_expression_faults faults = {0};

    workflow_policy_environment(NULL, roots, &environment);
    *ret = (struct workflow_policy){.key = texts->name, .sticky = texts->sticky};
    bool sound = workflow_pool_parse(texts->pool, strlen(texts->pool), &ret->pool, &faults);
    for (const char *const *text = texts->require; *text; text++)
        sound = workflow_filter_compile(*text, strlen(*text), &environment, memory, &ret->filters[ret->n_filters++],
                                        &faults) &&
                sound;
    for (const char *const *text = texts->rank; *text; text++)
        sound =
            workflow_rank_compile(*text, strlen(*text), &environment, memory, &ret->ranks[ret->n_ranks++], &faults) &&
            sound;
    if (!sound)
        abort();
}

/* Every clause of every filter that failed, for every candidate, with the values on both sides. */
static size_t clauses_of(const struct workflow_decision *decision, struct workflow_memory *memory)
{
    struct workflow_expression_clause clauses[CLAUSES];
    size_t n = 0;

    for (size_t i = decision->n_fit; i < decision->n; i++)
        for (unsigned filter = 0; filter < decision->policy->n_filters; filter++)
            if (decision->places[i].failed >> filter & 1)
                n += workflow_decision_explain(decision, &decision->agents[decision->places[i].candidate], filter,
                                               memory, clauses, CLAUSES);
    return n;
}

static void bench(const struct texts *texts, bool with_clauses)
{
    struct workflow_memory memory = {.bytes = bytes, .size = sizeof(bytes)};
    struct workflow_policy policy;
    int64_t best = INT64_MAX;

    policy_compile(texts, &memory, &policy);
    const size_t kept = memory.used;
    for (int round = 0; round < ROUNDS; round++) {
        const int64_t began = cpu_ns();
        for (int turn = 0; turn < TURNS; turn++)
            for (int team = 0; team < TEAMS; team++) {
                memory.used = kept;
                const struct workflow_decision *decision =
                    workflow_decide(&policy, &subject, teams[team], MEMBERS, &memory);
                sink = decision->places[0].candidate + (with_clauses ? clauses_of(decision, &memory) : 0);
            }
        const int64_t took = cpu_ns() - began;
        best = took < best ? took : best;
    }
    printf("{\"name\": \"assign_%d_%s%s\", \"value\": %.2f, \"unit\": \"us\"}\n", MEMBERS, texts->name,
           with_clauses ? "_with_values" : "", (double)best / (1000.0 * TURNS * TEAMS));
}

int main(void)
{
    /* The policies of the examples of the format, and one that the evaluator has to be asked about throughout. */
    static const struct texts texts[] = {
        {"referent",
         "team(service) in comarca(applicant)",
         {"agent.skills.exists(s, s == ticket.subject_area)", "!agent.absent", "agent.open_load < agent.capacity"},
         {"previous_referent desc", "territory_distance asc", "weighted_load asc", "last_assigned_at asc",
          "agent_id asc"},
         true},
        {"reporter",
         "team(service)",
         {"!agent.absent", "!agent.conflicts.exists(e, e == ticket.entity)"},
         {"weighted_load asc", "last_assigned_at asc", "agent_id asc"},
         false},
        {"all_fit",
         "agents",
         {NULL},
         {"previous_referent desc", "territory_distance asc", "weighted_load asc", "open_load asc",
          "last_assigned_at asc", "agent_id asc"},
         false},
        {"evaluated",
         "agents",
         {"agent.open_load + 1 < agent.capacity && !agent.absent", "agent.weighted_load + request.effort_hours < 900"},
         {"agent.capacity - agent.open_load desc", "last_assigned_at asc"},
         false},
    };

    teams_fill();
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        bench(&texts[i], false);
        bench(&texts[i], true);
    }
    printf("{\"name\": \"assign_memory_200\", \"value\": %zu, \"unit\": \"bytes\"}\n",
           (size_t)WORKFLOW_DECISION_MEMORY(MEMBERS));
    return 0;
}
