/* What happens, written down as what is to be expected. */
#include <stdlib.h>
#include <string.h>

#include "workflow/machine.h"
#include "workflow/scenario/play.h"

/* What is worth telling of a step; offers where a configuration is new. */
static json_t *observed(struct play *play, json_t *seen)
{
    static const char *const always[] = {"state", "outcome", "refused", "missing", "because",
                                         "fires", "effects", "due",     "data",    "members"};
    json_t *expect = json_object(), *found;
    char *key;

    for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++) {
        found = play_observe(play, always[i], NULL);
        if (!json_is_null(found) && (json_is_string(found) || json_array_size(found) + json_object_size(found) > 0))
            json_object_set(expect, always[i], found);
        json_decref(found);
    }
    key = json_dumps(json_object_get(expect, "state"), JSON_COMPACT | JSON_ENCODE_ANY);
    if (key && !play->refused && !json_object_get(seen, key)) {
        json_object_set_new(seen, key, json_true());
        json_object_set_new(expect, "offered", play_observe(play, "offered", NULL));
        found = play_observe(play, "greyed", NULL);
        if (json_object_size(found) > 0)
            json_object_set(expect, "greyed", found);
        json_decref(found);
    }
    free(key);
    return expect;
}

static bool record(const struct workflow_scenarios *scenarios, struct play *play, json_t *scenario, json_t *seen,
                   struct workflow_covered *covered)
{
    json_t *start = json_object_get(scenario, "start"), *steps = json_object_get(scenario, "steps");

    if (!play_open(play, scenarios, scenario, covered)) {
        play_close(play);
        return false;
    }
    play_start(play, start);
    json_object_set_new(start, "expect", observed(play, seen));
    for (size_t i = 0; i < json_array_size(steps) && !play->ended; i++) {
        json_t *step = json_array_get(steps, i);
        play_step(play, step);
        json_object_set_new(step, "expect", observed(play, seen));
    }
    play_close(play);
    return true;
}

char *workflow_scenarios_record(const struct workflow_scenarios *scenarios)
{
    json_t *document = json_deep_copy(scenarios->document), *seen = json_object();
    json_t *list = json_object_get(document, "scenarios");
    struct play *play = malloc(sizeof(*play));
    struct workflow_covered *covered = calloc(scenarios->wf->n_transitions + 1u, sizeof(*covered));
    char *text = NULL;
    bool told = play && covered && document && seen;

    for (size_t i = 0; told && i < json_array_size(list); i++)
        told = record(scenarios, play, json_array_get(list, i), seen, covered);
    if (told)
        text = json_dumps(document, JSON_INDENT(2));
    json_decref(document);
    json_decref(seen);
    free(play);
    free(covered);
    return text;
}
