/* What expressions cost: one JSON line for each figure, the best of several rounds. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "workflow/expression.h"

enum { TURNS = 400000, ROUNDS = 9, MEMORY = 512 * 1024, PARTICIPANTS = 8 };

static char room[MEMORY] __attribute__((aligned(16)));
static char working[64 * 1024] __attribute__((aligned(16)));
static volatile int sink; /* so that nothing is left out for want of use */

/* The fields of a grant, as a definition declares them. */
static const char *const opinions[] = {"favourable", "unfavourable", "not_needed"};
static const struct workflow_type opinion = {.kind = WORKFLOW_KIND_STRING, .options = opinions, .n_options = 3};
static const struct workflow_type number = {.kind = WORKFLOW_KIND_INT, .has_min = true};
static const struct workflow_type yes_no = {.kind = WORKFLOW_KIND_BOOL};
static const struct workflow_type instant = {.kind = WORKFLOW_KIND_TIMESTAMP};
static const struct workflow_type participants = {
    .kind = WORKFLOW_KIND_LIST, .element = &number, .has_max = true, .max = 50};

static const struct workflow_member members[] = {
    {"tech_opinion", &opinion, false}, {"econ_opinion", &opinion, false}, {"asked", &number, true},
    {"budget", &number, true},         {"until", &instant, false},        {"participants", &participants, false},
    {"absent", &yes_no, false}};
static const struct workflow_type data = {.kind = WORKFLOW_KIND_RECORD, .members = members, .n_members = 7};
static const struct workflow_member roots[] = {{"data", &data, true}};
static const struct workflow_environment environment = {.roots = roots, .n_roots = 1};

static int64_t cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static const struct workflow_expression *compile(const char *text, struct workflow_memory *memory)
{
    struct workflow_expression_fault fault;
    struct workflow_expression_faults faults = {&fault, 1, 0};
    const struct workflow_expression *expression =
        workflow_expression_compile(text, strlen(text), &environment, NULL, memory, &faults);
    if (expression == NULL) {
        fprintf(stderr, "%s: %s\n", text, fault.message);
        exit(1);
    }
    return expression;
}

static void tell(const char *name, int64_t best, int turns)
{
    printf("{\"name\": \"%s\", \"value\": %.1f, \"unit\": \"ns\"}\n", name, (double)best / turns);
}

/* Evaluating a text, with the fields as they are. */
static void bench_evaluate(const char *name, const char *text, const struct workflow_value *values)
{
    struct workflow_memory memory = {room, sizeof room, 0}, scratch = {working, sizeof working, 0};
    const struct workflow_expression *expression = compile(text, &memory);
    const struct workflow_value root = workflow_value_record(values, 7);
    const struct workflow_bindings bindings = {.roots = &root, .n_roots = 1, .scratch = &scratch};
    int64_t best = INT64_MAX;
    for (int round = 0; round < ROUNDS; round++) {
        const int64_t began = cpu_ns();
        for (int turn = 0; turn < TURNS; turn++) {
            scratch.used = 0;
            sink = workflow_expression_evaluate(expression, &bindings).boolean;
        }
        const int64_t took = cpu_ns() - began;
        best = took < best ? took : best;
    }
    tell(name, best, TURNS);
}

static void bench_compile(const char *name, const char *text)
{
    int64_t best = INT64_MAX;
    for (int round = 0; round < ROUNDS; round++) {
        const int64_t began = cpu_ns();
        for (int turn = 0; turn < TURNS / 100; turn++) {
            struct workflow_memory memory = {room, sizeof room, 0};
            sink = compile(text, &memory) != NULL;
        }
        const int64_t took = cpu_ns() - began;
        best = took < best ? took : best;
    }
    tell(name, best, TURNS / 100);
}

/* Whether two guards leave a gap, by cases. */
static void bench_cover(void)
{
    struct workflow_memory memory = {room, sizeof room, 0};
    const struct workflow_expression *const guards[] = {compile("data.asked <= 40 && data.budget > 3", &memory),
                                                        compile("!(data.asked <= 40) || data.budget <= 3", &memory)};
    int64_t best = INT64_MAX;
    for (int round = 0; round < ROUNDS; round++) {
        const int64_t began = cpu_ns();
        for (int turn = 0; turn < TURNS / 100; turn++) {
            size_t n;
            if (workflow_expressions_cover(guards, 2, &environment, &memory, NULL, NULL, 0, &n) !=
                WORKFLOW_COVER_PROVED)
                exit(1);
        }
        const int64_t took = cpu_ns() - began;
        best = took < best ? took : best;
    }
    tell("expression_cover_2_guards_2_fields", best, TURNS / 100);
}

int main(void)
{
    static const char guard[] =
        "data.tech_opinion == 'favourable' && data.econ_opinion in ['favourable', 'not_needed']";
    struct workflow_value people[PARTICIPANTS];
    for (int i = 0; i < PARTICIPANTS; i++)
        people[i] = workflow_value_int(i);
    const struct workflow_value values[] = {workflow_value_string("favourable", 10),
                                            workflow_value_string("not_needed", 10),
                                            workflow_value_int(120000),
                                            workflow_value_int(90000000),
                                            workflow_value_timestamp(1790000000, 0),
                                            workflow_value_list(people, PARTICIPANTS),
                                            workflow_value_bool(false)};
    bench_evaluate("expression_guard_1_clause", "data.asked <= data.budget", values);
    bench_evaluate("expression_guard_2_clauses_numbers", "data.asked <= 500000 && data.budget > 1000", values);
    bench_evaluate("expression_guard_2_clauses", guard, values);
    bench_evaluate("expression_guard_5_clauses",
                   "!data.absent && data.asked > 0 && data.asked <= data.budget && size(data.participants) >= 1 && "
                   "data.until > timestamp('2026-01-01T00:00:00Z')",
                   values);
    bench_evaluate("expression_exists_8_elements", "data.participants.exists(p, p == 7)", values);
    bench_evaluate("expression_filter_map_8_elements",
                   "size(data.participants.filter(p, p % 2 == 0).map(p, p * 2)) == 4", values);
    bench_compile("expression_compile_guard_2_clauses", guard);
    bench_cover();
    return 0;
}
