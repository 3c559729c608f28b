/* All scenarios of a document: what is not as they say, and what none of them does. */
#include <stdlib.h>
#include <string.h>

#include "workflow/machine.h"
#include "workflow/scenario/play.h"

/* A report and what it owns. */
struct judgement {
    struct workflow_scenarios_report report; /* first: it is what the caller holds */
    struct storage *storage;
    const struct workflow_scenarios *of;
    const struct place *step_place;
    unsigned scenario, step;
    bool exhausted;
};

void workflow_scenarios_report_free(struct workflow_scenarios_report *report)
{
    if (!report)
        return;
    storage_free(((struct judgement *)report)->storage);
    free(report);
}

/* ---- differences ---- */

static char *kept_json(struct judgement *judgement, const json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
    const char *kept = text ? storage_text(judgement->storage, text) : NULL;

    free(text);
    judgement->exhausted = judgement->exhausted || !kept;
    return (char *)(uintptr_t)kept;
}

static void difference(struct judgement *judgement, const struct place *at, const char *what, const json_t *expected,
                       const json_t *found)
{
    struct workflow_scenarios_report *report = &judgement->report;
    struct workflow_difference *told;

    report->scenarios[judgement->scenario].differences++;
    report->n_differences++;
    if (report->n_told == WORKFLOW_DIFFERENCES_MAX)
        return;
    told = &report->differences[report->n_told++];
    told->scenario = judgement->scenario;
    told->step = judgement->step;
    told->what = what;
    place_pointer(at, told->where.pointer, sizeof(told->where.pointer));
    locate_line(judgement->of->text, locate_place(judgement->of->text, judgement->of->length, at), &told->where.line,
                &told->where.column);
    told->expected = kept_json(judgement, expected);
    told->found = kept_json(judgement, found);
}

static void compare(struct judgement *judgement, const struct place *at, const char *what, const json_t *expected,
                    json_t *found)
{
    if (!json_equal(expected, found))
        difference(judgement, at, what, expected, found);
    json_decref(found);
}

/* Of what is told by name, only what is named is asked for. */
static void compare_named(struct judgement *judgement, const struct place *at, const char *what, json_t *expected,
                          json_t *found)
{
    const char *name;
    json_t *value;

    json_object_foreach(expected, name, value)
    {
        struct place here = {at, name, 0};
        json_t *there = json_object_get(found, name);
        if (!there)
            difference(judgement, &here, what, value, json_null());
        else if (!json_equal(value, there))
            difference(judgement, &here, what, value, there);
    }
    json_decref(found);
}

static bool is_named(const char *what)
{
    static const char *const names[] = {"due", "data", "offered", "greyed", "members"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i], what) == 0)
            return true;
    return false;
}

/* What is expected where a step says nothing: that acts are accepted, and that no timer fires unforeseen. */
static void compare_silence(struct judgement *judgement, struct play *play, const json_t *expect)
{
    json_t *none = json_array();
    struct place does = {judgement->step_place, "does", 0};

    if (play->refused && !json_object_get(expect, "refused"))
        compare(judgement, &does, "does", none, play_observe(play, "refused", NULL));
    if (json_array_size(play->fires) > 0 && !json_object_get(expect, "fires"))
        compare(judgement, judgement->step_place, "fires", none, play_observe(play, "fires", NULL));
    if (play->fault) {
        json_t *fault = json_string(play->fault);
        difference(judgement, judgement->step_place, "fault", json_null(), fault);
        json_decref(fault);
    }
    json_decref(none);
}

static void judge_step(struct judgement *judgement, struct play *play, const struct place *at, const json_t *step)
{
    static const char *const members[] = {"state",   "outcome", "refused", "missing", "because", "fires",
                                          "effects", "due",     "data",    "offered", "greyed",  "members"};
    json_t *expect = json_object_get(step, "expect");
    struct place place = {at, "expect", 0};

    judgement->step_place = at;
    judgement->report.n_steps++;
    compare_silence(judgement, play, expect);
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]) && !play->ended; i++) {
        struct place here = {&place, members[i], 0};
        json_t *expected = json_object_get(expect, members[i]);
        if (expected && is_named(members[i]))
            compare_named(judgement, &here, members[i], expected, play_observe(play, members[i], expected));
        else if (expected)
            compare(judgement, &here, members[i], expected, play_observe(play, members[i], expected));
    }
}

/* ---- scenarios ---- */

static void tell(struct judgement *judgement, struct play *play, const struct place *at, const json_t *scenario)
{
    const json_t *steps = json_object_get(scenario, "steps"), *start = json_object_get(scenario, "start");
    struct place start_place = {at, "start", 0}, steps_place = {at, "steps", 0};

    play_start(play, start);
    judge_step(judgement, play, &start_place, start);
    for (size_t i = 0; i < json_array_size(steps) && !play->ended; i++) {
        struct place here = {&steps_place, NULL, i};
        const json_t *step = json_array_get(steps, i);
        judgement->step = (unsigned)i + 1;
        play_step(play, step);
        judge_step(judgement, play, &here, step);
    }
}

static char *name_of(struct judgement *judgement, const json_t *scenario)
{
    static const char *const languages[] = {[WORKFLOW_CA] = "ca", [WORKFLOW_ES] = "es", [WORKFLOW_EN] = "en"};
    const json_t *name = json_object_get(scenario, "name"), *own;

    if (json_is_object(name)) {
        own = json_object_get(name, languages[judgement->of->language]);
        name = own ? own : json_object_get(name, "ca");
    }
    return (char *)(uintptr_t)storage_text(judgement->storage, json_string_value(name));
}

static void run_one(struct judgement *judgement, struct play *play, size_t number, const json_t *scenario)
{
    static const struct place root = {NULL, NULL, 0};
    const struct place scenarios = {&root, "scenarios", 0}, here = {&scenarios, NULL, number};
    struct workflow_scenario_told *told = &judgement->report.scenarios[number];
    unsigned column;

    judgement->scenario = (unsigned)number;
    judgement->step = 0;
    told->name = name_of(judgement, scenario);
    locate_line(judgement->of->text, locate_place(judgement->of->text, judgement->of->length, &here), &told->line,
                &column);
    if (play_open(play, judgement->of, scenario, judgement->report.transitions))
        tell(judgement, play, &here, scenario);
    else
        judgement->exhausted = true;
    told->steps = judgement->step + 1;
    told->fires = play->n_fires;
    judgement->report.n_failed += told->differences > 0;
    judgement->exhausted = judgement->exhausted || play->exhausted || !told->name;
    play_close(play);
}

static void sum_up(struct judgement *judgement)
{
    struct workflow_scenarios_report *report = &judgement->report;
    const struct workflow *wf = judgement->of->wf;
    static const uint8_t halves[] = {0, 1, 1, 2};

    for (unsigned i = 0; i < wf->n_transitions; i++) {
        const struct workflow_covered *covered = &report->transitions[i];
        report->n_taken += covered->taken;
        if (wf->transitions[i].guard >= 0)
            report->n_branches += 2;
        if (wf->transitions[i].checks.n > 0)
            report->n_branches += 2;
        report->n_seen += halves[covered->guard & 3] + halves[covered->check & 3];
    }
    report->passed = report->n_differences == 0 && report->n_taken == report->n_transitions;
}

static struct judgement *judgement_new(const struct workflow_scenarios *scenarios)
{
    struct judgement *judgement = calloc(1, sizeof(*judgement));
    struct workflow_scenarios_report *report;

    if (!judgement)
        return NULL;
    report = &judgement->report;
    judgement->of = scenarios;
    judgement->storage = storage_new();
    report->n_scenarios = json_array_size(json_object_get(scenarios->document, "scenarios"));
    report->n_transitions = scenarios->wf->n_transitions;
    if (judgement->storage) {
        report->differences = storage_alloc(judgement->storage, WORKFLOW_DIFFERENCES_MAX, sizeof(*report->differences));
        report->scenarios = storage_alloc(judgement->storage, report->n_scenarios, sizeof(*report->scenarios));
        report->transitions = storage_alloc(judgement->storage, report->n_transitions, sizeof(*report->transitions));
    }
    if (report->differences && report->scenarios && report->transitions)
        return judgement;
    workflow_scenarios_report_free(report);
    return NULL;
}

struct workflow_scenarios_report *workflow_scenarios_run(const struct workflow_scenarios *scenarios)
{
    const json_t *list = json_object_get(scenarios->document, "scenarios");
    struct judgement *judgement = judgement_new(scenarios);
    struct play *play = malloc(sizeof(*play));

    for (size_t i = 0; judgement && play && i < json_array_size(list); i++)
        run_one(judgement, play, i, json_array_get(list, i));
    if (!judgement || !play || judgement->exhausted) {
        workflow_scenarios_report_free(judgement ? &judgement->report : NULL);
        free(play);
        return NULL;
    }
    free(play);
    sum_up(judgement);
    return &judgement->report;
}
