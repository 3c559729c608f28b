/*
 * Scenarios: a procedure told as stories, and whether it still goes as they say.
 *
 *     definition + `oam-scenarios/1` --workflow_scenarios_read--> scenarios --workflow_scenarios_run--> report
 *
 * A story is what people do and when; time passes in between, on the calendar of one named town, and timers fire by its
 * passing. Whatever a step says is to be expected is compared with what the engine does, and every difference is told
 * with its line. What no story does is told as well: a definition is covered when every transition was taken.
 *
 * Nothing is read from outside: no clock, no file, no random number. The same documents give the same report.
 */
#ifndef OAM_WORKFLOW_SCENARIO_H
#define OAM_WORKFLOW_SCENARIO_H

#include "workflow/definition.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    WORKFLOW_SCENARIOS_BYTES_MAX = 1024 * 1024, /* of a document */
    WORKFLOW_SCENARIOS_MAX = 256,
    WORKFLOW_SCENARIO_STEPS_MAX = 256,  /* of one scenario */
    WORKFLOW_SCENARIO_FIRES_MAX = 4096, /* timers of one scenario */
    WORKFLOW_DIFFERENCES_MAX = 100
};

/* Who knows when towns rest. A document that lists the holidays itself asks nobody. */
struct workflow_towns {
    /* Tells the holidays of the town with this official code; they must live as long as the scenarios. */
    bool (*find)(void *context, const char *code, struct workflow_place *ret_place);
    void *context;
};

struct workflow_scenarios;

/*
 * Reads a document of scenarios for one definition, which must outlive them. towns may be NULL. NULL when there is any
 * fault: as workflow_parse(), with lines of this document; what it refers to (events, states, roles, fields, clocks)
 * must be of the definition.
 */
struct workflow_scenarios *workflow_scenarios_read(const struct workflow *wf, const char *json, size_t length,
                                                   const struct workflow_towns *towns,
                                                   struct workflow_fault *ret_faults, size_t max_faults,
                                                   size_t *ret_n_faults);
/* NULL is fine. */
void workflow_scenarios_free(struct workflow_scenarios *scenarios);

/* Something that is not as a step says. */
struct workflow_difference {
    unsigned scenario, step;     /* from 0; step 0 is the beginning */
    struct workflow_where where; /* in the document of scenarios */
    const char *what; /* the member of `expect`: "state", "effects", "due", ...; "does" when an act was refused and
                         "fires" when a timer fired that nobody had told of; "fault": the definition failed */
    char *expected, *found; /* JSON; the report's */
};

struct workflow_scenario_told {
    char *name; /* in the language of the document */
    unsigned line;
    unsigned steps, fires; /* acts and passings of time, the beginning included; timers that fired */
    unsigned differences;
};

/* One way out that a definition has, and whether any story takes it. */
struct workflow_covered {
    bool taken;
    uint8_t guard, check; /* 1: seen to hold, 2: seen not to hold; 3: both. 0 also where there is none */
};

struct workflow_scenarios_report {
    bool passed; /* no difference, and every transition taken: what publishing demands */
    size_t n_scenarios, n_failed, n_steps;
    size_t n_differences; /* all; the first WORKFLOW_DIFFERENCES_MAX are told */
    size_t n_told;
    struct workflow_difference *differences;
    struct workflow_scenario_told *scenarios;
    size_t n_transitions, n_taken;        /* of the definition; of those, taken by some story */
    size_t n_branches, n_seen;            /* guards and checks, either way */
    struct workflow_covered *transitions; /* by their number: see workflow_transition_info(), .._transition_name() */
};

/* Runs all of them. NULL when memory is exhausted; the caller frees it. */
struct workflow_scenarios_report *workflow_scenarios_run(const struct workflow_scenarios *scenarios);
/* NULL is fine. */
void workflow_scenarios_report_free(struct workflow_scenarios_report *report);

/*
 * Writes the document again with everything that a step can expect set to what happens: the first draft of a golden
 * scenario, for a person to judge. What actors are offered is told where a configuration is met for the first time.
 * Returns JSON that the caller frees, NULL when memory is exhausted.
 */
char *workflow_scenarios_record(const struct workflow_scenarios *scenarios);

#ifdef __cplusplus
}
#endif

#endif
