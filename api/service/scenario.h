/* Scenarios of a definition, run for who writes either of them: nothing is stored and no request is touched. */
#ifndef OAM_SERVICE_SCENARIO_H
#define OAM_SERVICE_SCENARIO_H

#include "base/json_out.h"
#include "service/call.h"

struct workflow;

struct scenario_input {
    const char *definition; /* an oam-wf/1 document; NULL: the published one of `workflow` */
    size_t definition_length;
    const char *workflow;
    const char *scenarios; /* an oam-scenarios/1 document */
    size_t scenarios_length;
    bool record; /* write them again, with what happens as what is to be expected */
};

/* Runs them and writes the contract's ScenarioReport. False with NOT_FOUND when there is no such published definition.
 */
bool scenario_simulate(const struct call *call, const struct scenario_input *input, struct json_out *out);

/* The same for a definition that is read already: the members of the report from "findings" on, without the braces.
 * Returns whether nothing differs and every transition is taken. */
bool scenario_judge(const struct call *call, const struct workflow *wf, const struct scenario_input *input,
                    struct json_out *out);

#endif
