/*
 * driver_scenario record DEFINITION SCENARIOS: writes the scenarios again with what happens as what is expected.
 * driver_scenario judge SCENARIOS: reads one definition from each line of the standard input and says for each, in one
 * line of JSON, what parser, verifier and scenarios make of it.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workflow/scenario.h"
#include "workflow/verify.h"

enum { FINDINGS = 16, LINE_MAX_BYTES = 1024 * 1024 };

static char *slurp(const char *path, size_t *ret_length)
{
    FILE *file = fopen(path, "rb");
    char *text = malloc(LINE_MAX_BYTES);

    if (!file || !text) {
        perror(path);
        exit(2);
    }
    *ret_length = fread(text, 1, LINE_MAX_BYTES, file);
    fclose(file);
    return text;
}

static void tell_faults(const struct workflow_fault *faults, size_t n)
{
    for (size_t i = 0; i < n && i < WORKFLOW_FAULTS_MAX; i++)
        fprintf(stderr, "%u:%u %s %s: %s\n", faults[i].line, faults[i].column, faults[i].pointer, faults[i].code,
                faults[i].message);
}

static int record(const char *definition, const char *path)
{
    struct workflow_fault faults[WORKFLOW_FAULTS_MAX];
    struct workflow_scenarios *scenarios = NULL;
    size_t length, n;
    char *text = slurp(definition, &length), *recorded = NULL;
    struct workflow *wf = workflow_parse(text, length, faults, WORKFLOW_FAULTS_MAX, &n);

    tell_faults(faults, n);
    free(text);
    text = slurp(path, &length);
    if (wf) {
        scenarios = workflow_scenarios_read(wf, text, length, NULL, faults, WORKFLOW_FAULTS_MAX, &n);
        tell_faults(faults, n);
    }
    if (scenarios)
        recorded = workflow_scenarios_record(scenarios);
    if (recorded)
        puts(recorded);
    free(text);
    free(recorded);
    workflow_scenarios_free(scenarios);
    workflow_free(wf);
    return recorded ? 0 : 1;
}

static size_t verified(const struct workflow *wf, bool *ret_by_assert)
{
    static struct workflow_finding findings[FINDINGS];
    struct workflow_memory memory = {.bytes = malloc(WORKFLOW_VERIFY_MEMORY), .size = WORKFLOW_VERIFY_MEMORY};
    struct workflow_verified told = workflow_verify(wf, &memory, findings, FINDINGS);

    *ret_by_assert = told.n_findings > 0;
    for (size_t i = 0; i < told.n_findings && i < FINDINGS; i++)
        *ret_by_assert = *ret_by_assert && findings[i].kind == WORKFLOW_FINDING_ASSERT;
    free(memory.bytes);
    return told.n_findings;
}

static json_t *judge(const char *definition, const char *text, size_t length)
{
    struct workflow_fault faults[WORKFLOW_FAULTS_MAX];
    struct workflow_scenarios_report *report = NULL;
    struct workflow_scenarios *scenarios;
    size_t n = 0;
    bool by_assert;
    json_t *verdict = json_object(), *missed = json_array();
    struct workflow *wf = workflow_parse(definition, strlen(definition), faults, WORKFLOW_FAULTS_MAX, &n);

    json_object_set_new(verdict, "faults", json_integer((json_int_t)n));
    json_object_set_new(verdict, "missed", missed);
    if (!wf)
        return verdict;
    json_object_set_new(verdict, "findings", json_integer((json_int_t)verified(wf, &by_assert)));
    json_object_set_new(verdict, "asserts_only", json_boolean(by_assert));
    scenarios = workflow_scenarios_read(wf, text, length, NULL, faults, WORKFLOW_FAULTS_MAX, &n);
    json_object_set_new(verdict, "scenario_faults", json_integer((json_int_t)n));
    if (scenarios)
        report = workflow_scenarios_run(scenarios);
    if (report) {
        json_object_set_new(verdict, "differences", json_integer((json_int_t)report->n_differences));
        for (size_t i = 0; i < report->n_told && i < 10; i++)
            fprintf(stderr, "%u:%u %s: expected %s, found %s\n", report->differences[i].where.line,
                    report->differences[i].where.column, report->differences[i].where.pointer,
                    report->differences[i].expected, report->differences[i].found);
        json_object_set_new(verdict, "branches", json_integer((json_int_t)report->n_branches));
        json_object_set_new(verdict, "seen", json_integer((json_int_t)report->n_seen));
        json_object_set_new(verdict, "transitions", json_integer((json_int_t)report->n_transitions));
        json_object_set_new(verdict, "passed", json_boolean(report->passed));
        for (unsigned i = 0; i < report->n_transitions; i++) {
            struct workflow_transition_info info;
            (void)workflow_transition_info(wf, i, &info);
            if (!report->transitions[i].taken)
                json_array_append_new(missed, json_sprintf("%s: %s", workflow_state(wf, info.from)->key,
                                                           workflow_transition_name(wf, i, WORKFLOW_EN)));
        }
    }
    workflow_scenarios_report_free(report);
    workflow_scenarios_free(scenarios);
    workflow_free(wf);
    return verdict;
}

int main(int argc, char **argv)
{
    size_t length, n;
    static char line[LINE_MAX_BYTES];
    char *text;

    if (argc == 4 && strcmp(argv[1], "record") == 0)
        return record(argv[2], argv[3]);
    if (argc != 3)
        return 2;
    text = slurp(argv[2], &length);
    while (fgets(line, sizeof(line), stdin)) {
        json_t *verdict = judge(line, text, length);
        char *told = json_dumps(verdict, JSON_COMPACT);
        n = strlen(told);
        fwrite(told, 1, n, stdout);
        putchar('\n');
        fflush(stdout);
        free(told);
        json_decref(verdict);
    }
    free(text);
    return 0;
}
