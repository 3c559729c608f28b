/* An instance as JSON, for people and for the log: every number by its name. */
#include <jansson.h>

#include "workflow/definition.h"
#include "workflow/engine/states.h"
#include "workflow/machine.h"

static json_t *paths(const struct workflow *wf, struct workflow_states set)
{
    json_t *list = json_array();

    while (!states_none(set))
        json_array_append_new(list, json_string(wf->states[states_take_first(&set)].info.path));
    return list;
}

static uint16_t standing(const struct workflow *wf, const struct workflow_instance *instance)
{
    uint16_t clocks = 0;

    for (unsigned i = 0; i < wf->n_states; i++)
        if (states_has(&instance->configuration, i))
            clocks |= wf->states[i].pauses;
    return clocks;
}

static json_t *clocks(const struct workflow *wf, const struct workflow_instance *instance)
{
    json_t *list = json_object();
    uint16_t paused = standing(wf, instance);

    for (unsigned i = 0; i < wf->n_clocks; i++)
        if (instance->clocks >> i & 1)
            json_object_set_new(list, wf->clocks[i].key, json_string(paused >> i & 1 ? "paused" : "running"));
    return list;
}

/* Armed or not, and how often it has fired: what has done neither is left out. */
static json_t *timers(const struct workflow *wf, const struct workflow_instance *instance)
{
    json_t *list = json_object();

    for (unsigned i = 0; i < wf->n_timers; i++) {
        bool armed = instance->timers >> i & 1;
        if (armed || instance->fired[i])
            json_object_set_new(list, wf->timers[i].info.key,
                                json_pack("{s:b, s:i}", "armed", armed, "fired", instance->fired[i]));
    }
    return list;
}

static json_t *histories(const struct workflow *wf, const struct workflow_instance *instance)
{
    json_t *list = json_object();

    for (unsigned i = 0; i < wf->n_histories; i++)
        if (!states_none(instance->history[i]))
            json_object_set_new(list, wf->states[wf->histories[i]].info.path,
                                paths(wf, states_and(instance->history[i], wf->leaves)));
    return list;
}

static json_t *witnesses(const struct workflow *wf, const struct workflow_instance *instance)
{
    json_t *list = json_object();

    for (unsigned i = 0; i < wf->n_witnesses; i++)
        if (instance->witnesses[i])
            json_object_set_new(list, wf->events[wf->witnesses[i]].key, json_integer(instance->witnesses[i]));
    return list;
}

static json_t *undo(const struct workflow *wf, const struct workflow_instance *instance)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < instance->n_undo; i++) {
        const struct workflow_effect_info *done = &wf->effects[instance->undo[i]];
        json_array_append_new(list,
                              json_pack("{s:s, s:s*, s:s}", "fx", workflow_effect_key(done->kind), "word", done->word,
                                        "undo", workflow_effect_key((enum workflow_effect_kind)done->undo)));
    }
    return list;
}

static json_t *members(const struct workflow *wf, const struct workflow_instance *instance)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < instance->n_members; i++)
        json_array_append_new(list, json_pack("{s:I, s:s}", "body", (json_int_t)instance->members[i].body, "state",
                                              wf->states[instance->members[i].state].info.path));
    return list;
}

static json_t *ballots(const struct workflow *wf, const struct workflow_instance *instance)
{
    static const char *const choices[] = {"none", "yes", "no", "abstain", "close"};
    json_t *list = json_array();

    for (unsigned i = 0; i < instance->n_ballots; i++) {
        const struct workflow_ballot *ballot = &instance->ballots[i];
        json_t *one = json_pack("{s:s, s:I, s:s}", "vote", wf->states[wf->votes[ballot->vote].state].info.path, "voter",
                                (json_int_t)ballot->voter, "choice", choices[ballot->choice]);
        if (ballot->scored)
            json_object_set_new(one, "score", json_integer(ballot->score));
        json_array_append_new(list, one);
    }
    return list;
}

char *workflow_project(const struct workflow *wf, const struct workflow_instance *instance)
{
    json_t *whole = json_pack("{s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "states",
                              paths(wf, states_and(instance->configuration, wf->leaves)), "finished",
                              instance->finished, "clocks", clocks(wf, instance), "timers", timers(wf, instance),
                              "history", histories(wf, instance), "last_actors", witnesses(wf, instance), "undo",
                              undo(wf, instance), "members", members(wf, instance), "ballots", ballots(wf, instance));
    char *text = whole ? json_dumps(whole, JSON_COMPACT) : NULL;

    json_decref(whole);
    return text;
}
