/*
 * Any bytes as an expression. What is read is written so that it reads the same; what compiles runs within the cost
 * that was told and has the type that was told; stored and opened again it is worth the same; and a proof agrees with
 * the evaluator about the fields as they are.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "workflow/expression.h"

enum { MEMORY = 1024 * 1024, FIELDS = 6, TEXT_MAX = 4096 };

static char compile_bytes[MEMORY] __attribute__((aligned(16))), scratch_bytes[MEMORY] __attribute__((aligned(16)));
static char copy_bytes[MEMORY] __attribute__((aligned(16))), printed[16 * TEXT_MAX], again[16 * TEXT_MAX];

static const char *const options[] = {"favourable", "unfavourable", "not_needed"};
static const struct workflow_type opinion = {.kind = WORKFLOW_KIND_STRING, .options = options, .n_options = 3};
static const struct workflow_type number = {.kind = WORKFLOW_KIND_INT, .has_min = true, .has_max = true, .max = 1000};
static const struct workflow_type instant = {.kind = WORKFLOW_KIND_TIMESTAMP};
static const struct workflow_type town = {.kind = WORKFLOW_KIND_STRING, .has_max = true, .max = 32};
static const struct workflow_type towns = {.kind = WORKFLOW_KIND_LIST, .element = &town, .has_max = true, .max = 20};
static const struct workflow_type yes_no = {.kind = WORKFLOW_KIND_BOOL};
static const struct workflow_member members[FIELDS] = {{"opinion", &opinion, false}, {"asked", &number, false},
                                                       {"until", &instant, false},   {"towns", &towns, false},
                                                       {"signed", &yes_no, false},   {"unset", &number, false}};
static const struct workflow_type data = {.kind = WORKFLOW_KIND_RECORD, .members = members, .n_members = FIELDS};
static const struct workflow_member roots[] = {{"data", &data, true}, {"event", NULL, false}, {"x.y", &number, false}};

static bool resolve(void *context, const char *text, size_t length, uint32_t *ret_number)
{
    (void)context;
    *ret_number = (uint32_t)length;
    return length < 8 && text != NULL;
}

static bool ask(void *context, unsigned predicate, uint32_t asked)
{
    (void)context;
    return predicate == 0 && asked % 2 == 0;
}

static const struct workflow_predicate predicates[] = {{"in_state", resolve, NULL}};

static void hold(bool promise)
{
    if (!promise)
        abort();
}

static void check_print(const char *text, size_t size, const struct workflow_environment *environment)
{
    struct workflow_memory memory = {compile_bytes, MEMORY, 0};
    struct workflow_expression_faults faults = {0};
    const struct workflow_syntax *syntax = workflow_syntax_parse(text, size, environment, &memory, &faults);
    hold((syntax == NULL) == (faults.n == 1));
    if (syntax == NULL)
        return;
    const size_t n = workflow_syntax_print(syntax, printed, sizeof printed);
    struct workflow_environment roomy = *environment;
    roomy.length_max = sizeof printed;
    roomy.nodes_max = 0;
    roomy.depth_max = 200; /* brackets count, and an escape may be longer than what it was written as */
    hold(n < sizeof printed);
    syntax = workflow_syntax_parse(printed, n, &roomy, &memory, &faults);
    hold(syntax != NULL);
    hold(workflow_syntax_print(syntax, again, sizeof again) == n && memcmp(printed, again, n) == 0);
}

static void check_run(const struct workflow_expression *expression, struct workflow_bindings *bindings, bool checked)
{
    const size_t size = workflow_expression_size(expression);
    struct workflow_expression_clause clauses[64];
    struct workflow_expression_read reads[64];
    char text[64];
    bindings->fuel = checked ? workflow_expression_cost(expression) + 1 : 100000;
    bindings->scratch->used = 0;
    const struct workflow_value value = workflow_expression_evaluate(expression, bindings);
    const enum workflow_kind kind = workflow_expression_kind(expression);
    const bool failed = value.kind == WORKFLOW_KIND_ERROR;
    (void)workflow_value_print(&value, text, sizeof text);
    if (checked) {
        hold(!failed || value.error != WORKFLOW_ERROR_TOO_LONG);
        /* null is also an instant, a duration and a record */
        hold(failed || kind == WORKFLOW_KIND_DYN || value.kind == kind || value.kind == WORKFLOW_KIND_NULL);
    }
    memcpy(copy_bytes, expression, size);
    const struct workflow_expression *stored = workflow_expression_open(copy_bytes, size);
    hold(stored != NULL);
    const struct workflow_value second = workflow_expression_evaluate(stored, bindings);
    hold(second.kind == value.kind && (value.kind != WORKFLOW_KIND_ERROR || second.error == value.error));
    const size_t n = workflow_expression_explain(expression, bindings, clauses, 64);
    hold(n > 0 && (!workflow_value_holds(value) || n > 64 || workflow_value_holds(clauses[n - 1].result)));
    hold(workflow_expression_reads(expression, reads, 64) <= 64 || !checked);
}

static void check_proof(const struct workflow_expression *expression, const struct workflow_environment *environment,
                        const struct workflow_bindings *bindings)
{
    struct workflow_memory memory = {scratch_bytes, MEMORY, 0};
    struct workflow_expression_range ranges[4];
    struct workflow_expression_read found[16];
    struct workflow_value values[16];
    size_t n;
    const struct workflow_value now = workflow_expression_evaluate(expression, bindings);
    const enum workflow_cover cover =
        workflow_expressions_cover(&expression, 1, environment, &memory, found, values, 16, &n);
    hold(memory.used == 0);
    hold(cover != WORKFLOW_COVER_PROVED || workflow_value_holds(now));
    if (workflow_expression_solve(expression, environment, &memory, ranges, 4, &n))
        hold((n == 0) <= (cover == WORKFLOW_COVER_REFUTED));
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    static const struct workflow_value places[] = {{.kind = WORKFLOW_KIND_STRING, .n = 3, .text = "Vic"},
                                                   {.kind = WORKFLOW_KIND_STRING, .n = 5, .text = "\xc3\x92rr\xc3"}};
    static const struct workflow_value pairs[] = {{.kind = WORKFLOW_KIND_STRING, .n = 3, .text = "pct"},
                                                  {.kind = WORKFLOW_KIND_INT, .integer = 40}};
    const struct workflow_value fields[FIELDS] = {workflow_value_string(options[0], 10), workflow_value_int(40),
                                                  workflow_value_timestamp(1790000000, 5),
                                                  workflow_value_list(places, 2), workflow_value_bool(true)};
    const struct workflow_value bound[] = {workflow_value_record(fields, FIELDS), workflow_value_map(pairs, 1),
                                           workflow_value_int(6)};
    struct workflow_memory scratch = {scratch_bytes, MEMORY, 0};
    struct workflow_bindings bindings = {.roots = bound, .n_roots = 3, .ask = ask, .scratch = &scratch};
    struct workflow_environment environment = {.roots = roots,
                                               .n_roots = 3,
                                               .predicates = predicates,
                                               .n_predicates = 1,
                                               .length_max = TEXT_MAX,
                                               .nodes_max = 60,
                                               .cost_max = 1000000};
    check_print((const char *)input, size, &environment);
    for (int waived = 0; waived < 2; waived++) {
        struct workflow_expression_fault list[4];
        struct workflow_expression_faults faults = {list, 4, 0};
        struct workflow_memory memory = {compile_bytes, MEMORY, 0};
        environment.waive_types = waived == 1;
        const struct workflow_expression *expression =
            workflow_expression_compile((const char *)input, size, &environment, NULL, &memory, &faults);
        hold((expression == NULL) == (faults.n > 0));
        if (expression == NULL)
            continue;
        check_run(expression, &bindings, waived == 0);
        if (waived == 0)
            check_proof(expression, &environment, &bindings);
    }
    return 0;
}
