#include "service/scenario.h"

#include <stdlib.h>
#include <string.h>

#include "service/calendars.h"
#include "workflow/procedure.h"
#include "workflow/scenario.h"
#include "workflow/verify.h"

static void release_workflow(void *workflow)
{
    workflow_free(workflow);
}

static void release_scenarios(void *scenarios)
{
    workflow_scenarios_free(scenarios);
}

static void release_report(void *report)
{
    workflow_scenarios_report_free(report);
}

/* ---- what is wrong with a document ---- */

static void fault_write(struct json_out *out, const char *document, const struct workflow_fault *fault)
{
    json_out_object_begin(out);
    json_out_member_text(out, "document", document);
    json_out_member_text(out, "code", fault->code);
    json_out_member_text(out, "pointer", fault->pointer);
    json_out_member_number(out, "line", fault->line);
    json_out_member_number(out, "column", fault->column);
    json_out_member_text(out, "detail", fault->message);
    json_out_object_end(out);
}

static void faults_write(struct json_out *out, const char *document, const struct workflow_fault *faults, size_t n)
{
    json_out_name(out, "findings");
    json_out_array_begin(out);
    for (size_t i = 0; i < n; i++)
        fault_write(out, document, &faults[i]);
    json_out_array_end(out);
}

/* ---- the report ---- */

static void scenarios_write(struct json_out *out, const struct workflow_scenarios_report *report)
{
    json_out_name(out, "scenarios");
    json_out_array_begin(out);
    for (size_t i = 0; i < report->n_scenarios; i++) {
        const struct workflow_scenario_told *told = &report->scenarios[i];
        json_out_object_begin(out);
        json_out_member_text(out, "name", told->name);
        json_out_member_number(out, "line", told->line);
        json_out_member_number(out, "steps", told->steps);
        json_out_member_number(out, "timers", told->fires);
        json_out_member_number(out, "differences", told->differences);
        json_out_object_end(out);
    }
    json_out_array_end(out);
}

static void differences_write(struct json_out *out, const struct workflow_scenarios_report *report)
{
    json_out_member_number(out, "n_differences", (int64_t)report->n_differences);
    json_out_name(out, "differences");
    json_out_array_begin(out);
    for (size_t i = 0; i < report->n_told; i++) {
        const struct workflow_difference *told = &report->differences[i];
        json_out_object_begin(out);
        json_out_member_text(out, "scenario", report->scenarios[told->scenario].name);
        json_out_member_number(out, "step", told->step);
        json_out_member_text(out, "what", told->what);
        json_out_member_text(out, "pointer", told->where.pointer);
        json_out_member_number(out, "line", told->where.line);
        json_out_member_number(out, "column", told->where.column);
        json_out_name(out, "expected");
        json_out_raw(out, told->expected, strlen(told->expected));
        json_out_name(out, "found");
        json_out_raw(out, told->found, strlen(told->found));
        json_out_object_end(out);
    }
    json_out_array_end(out);
}

static void missing_write(struct json_out *out, const struct workflow *wf, unsigned number,
                          enum workflow_language language)
{
    struct workflow_transition_info transition;
    (void)workflow_transition_info(wf, number, &transition);
    json_out_object_begin(out);
    json_out_member_text(out, "from", workflow_state(wf, transition.from)->key);
    json_out_member_text(out, "to", transition.n_to > 0 ? workflow_state(wf, (unsigned)transition.to[0])->key : NULL);
    json_out_member_text(
        out, "event", transition.by == WORKFLOW_BY_EVENT ? workflow_event_key(wf, (unsigned)transition.event) : NULL);
    json_out_member_text(out, "timer",
                         transition.by == WORKFLOW_BY_TIMER ? workflow_timer_info(wf, (unsigned)transition.timer)->key
                                                            : NULL);
    json_out_member_text(out, "label", workflow_transition_name(wf, number, language));
    json_out_object_end(out);
}

static void coverage_write(struct json_out *out, const struct workflow *wf,
                           const struct workflow_scenarios_report *report, enum workflow_language language)
{
    json_out_name(out, "coverage");
    json_out_object_begin(out);
    json_out_member_number(out, "transitions", (int64_t)report->n_transitions);
    json_out_member_number(out, "taken", (int64_t)report->n_taken);
    json_out_member_number(out, "branches", (int64_t)report->n_branches);
    json_out_member_number(out, "seen", (int64_t)report->n_seen);
    json_out_name(out, "missing");
    json_out_array_begin(out);
    for (unsigned i = 0; i < report->n_transitions; i++)
        if (!report->transitions[i].taken)
            missing_write(out, wf, i, language);
    json_out_array_end(out);
    json_out_object_end(out);
}

/* A document that is none was not run. */
static void nothing_write(struct json_out *out)
{
    json_out_member_bool(out, "passed", false);
    json_out_name(out, "scenarios");
    json_out_raw(out, "[]", 2);
    json_out_member_number(out, "n_differences", 0);
    json_out_name(out, "differences");
    json_out_raw(out, "[]", 2);
    json_out_name(out, "coverage");
    json_out_null(out);
    json_out_name(out, "recorded");
    json_out_null(out);
}

static void recorded_write(struct json_out *out, const struct workflow_scenarios *scenarios, bool wanted)
{
    char *recorded = wanted ? workflow_scenarios_record(scenarios) : NULL;
    json_out_name(out, "recorded");
    if (recorded)
        json_out_raw(out, recorded, strlen(recorded));
    else
        json_out_null(out);
    free(recorded);
}

static bool find_town(void *context, const char *code, struct workflow_place *ret_place)
{
    return calendars_place(context, code, ret_place);
}

bool scenario_judge(const struct call *call, const struct workflow *wf, const struct scenario_input *input,
                    struct json_out *out)
{
    const struct workflow_towns towns = {find_town, (void *)(uintptr_t)call->directory};
    struct workflow_fault *faults = arena_alloc(call->arena, WORKFLOW_FAULTS_MAX * sizeof *faults);
    size_t n_faults;
    struct workflow_scenarios *scenarios = workflow_scenarios_read(wf, input->scenarios, input->scenarios_length,
                                                                   &towns, faults, WORKFLOW_FAULTS_MAX, &n_faults);
    faults_write(out, "scenarios", faults, n_faults);
    if (!scenarios) {
        nothing_write(out);
        return false;
    }
    arena_attach(call->arena, release_scenarios, scenarios);
    struct workflow_scenarios_report *report = workflow_scenarios_run(scenarios);
    if (!report)
        abort(); /* as wherever memory is exhausted: the size of what is read is bounded */
    arena_attach(call->arena, release_report, report);
    json_out_member_bool(out, "passed", report->passed);
    scenarios_write(out, report);
    differences_write(out, report);
    coverage_write(out, wf, report, (enum workflow_language)call->language);
    recorded_write(out, scenarios, input->record);
    return report->passed;
}

/* The definition as it was sent, or the one that is published; NULL with its faults written or the error set. */
static const struct workflow *definition_of(const struct call *call, const struct scenario_input *input,
                                            struct json_out *out)
{
    if (!input->definition) {
        const struct directory_workflow *row = directory_workflow_latest(call->directory, input->workflow);
        if (!row)
            error_set(call->err, ERROR_NOT_FOUND, TEXT_DIRECTORY_NO_WORKFLOW, input->workflow);
        return row ? row->workflow : NULL;
    }
    struct workflow_fault *faults = arena_alloc(call->arena, WORKFLOW_FAULTS_MAX * sizeof *faults);
    size_t n_faults;
    struct workflow *wf =
        workflow_parse(input->definition, input->definition_length, faults, WORKFLOW_FAULTS_MAX, &n_faults);
    if (wf)
        arena_attach(call->arena, release_workflow, wf);
    else
        faults_write(out, "definition", faults, n_faults);
    return wf;
}

bool scenario_simulate(const struct call *call, const struct scenario_input *input, struct json_out *out)
{
    json_out_object_begin(out);
    const struct workflow *wf = definition_of(call, input, out);
    if (error_is_set(call->err))
        return false;
    if (wf)
        (void)scenario_judge(call, wf, input, out);
    else
        nothing_write(out);
    json_out_member_text(out, "key", wf ? workflow_key(wf) : NULL);
    json_out_name(out, "version");
    if (wf)
        json_out_number(out, workflow_version(wf));
    else
        json_out_null(out);
    json_out_object_end(out);
    return true;
}
