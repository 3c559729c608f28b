/*
 * Steps of definitions whose states have no others inside, told the short way: a state, an event, who acts, and where
 * it leads. What the engine does beyond that has tests of its own.
 */
#ifndef OAM_TEST_WORKFLOW_FLAT_H
#define OAM_TEST_WORKFLOW_FLAT_H

#include <string.h>

#include "workflow/step.h"

struct flat_facts {
    uint32_t roles_held;
    uint64_t fields_present;
};

struct flat_verdict {
    bool allowed;
    uint32_t why; /* WORKFLOW_REASON_... */
    unsigned from, to;
    uint32_t roles_wanted;
    uint64_t fields_missing;
    size_t n_path, n_effects;
    unsigned path[WORKFLOW_PATH_MAX];
    struct {
        enum workflow_effect_kind kind;
        const char *argument;
    } effects[WORKFLOW_EFFECTS_MAX];
};

struct flat_option {
    const char *event;
    struct workflow_text label;
    bool allowed; /* fields may still be given */
    uint32_t why;
    uint32_t roles_wanted;
    uint64_t fields_required, fields_missing;
    unsigned to;
};

enum { FLAT_OPTIONS_MAX = 32 };

static inline struct workflow_world flat_world(const struct flat_facts *facts)
{
    struct workflow_world world = {.actor = 1};

    if (facts) {
        world.roles_held = facts->roles_held;
        world.fields_present = facts->fields_present;
    }
    return world;
}

static inline struct flat_verdict flat_verdict_of(const struct workflow *wf, unsigned from, enum workflow_rc rc,
                                                  const struct workflow_out *out)
{
    struct flat_verdict verdict = {.allowed = rc == WORKFLOW_OK, .from = from, .to = from};

    verdict.why = out->reasons.why;
    verdict.roles_wanted = out->reasons.roles_wanted;
    verdict.fields_missing = out->reasons.fields_missing;
    if (rc != WORKFLOW_OK)
        return verdict;
    verdict.to = workflow_principal(wf, &out->next.configuration);
    verdict.n_path = out->n_path;
    for (size_t i = 0; i < out->n_path; i++)
        verdict.path[i] = out->path[i];
    verdict.n_effects = out->n_effects;
    for (size_t i = 0; i < out->n_effects; i++) {
        verdict.effects[i].kind = out->effects[i].info->kind;
        verdict.effects[i].argument = out->effects[i].info->word;
    }
    return verdict;
}

static inline struct flat_verdict flat_start(const struct workflow *wf)
{
    static struct workflow_out out;
    enum workflow_rc rc = workflow_start(wf, NULL, &out);

    return flat_verdict_of(wf, workflow_initial(wf), rc, &out);
}

static inline struct flat_verdict flat_step(const struct workflow *wf, unsigned state, const char *event,
                                            const struct flat_facts *facts)
{
    static struct workflow_out out;
    struct workflow_instance instance;
    struct workflow_event step = {.kind = WORKFLOW_EVENT_NAMED};
    struct workflow_world world = flat_world(facts);

    if (!workflow_event_find(wf, event, &step.number))
        return (struct flat_verdict){.why = WORKFLOW_REASON_UNKNOWN_EVENT, .from = state, .to = state};
    if (!workflow_place(wf, state, &instance))
        return (struct flat_verdict){.why = WORKFLOW_REASON_WRONG_STATE, .from = state, .to = state};
    return flat_verdict_of(wf, state, workflow_step(wf, &instance, &step, &world, &out), &out);
}

static inline size_t flat_options(const struct workflow *wf, unsigned state, const struct flat_facts *facts,
                                  struct flat_option *ret_options, size_t max)
{
    static struct workflow_out out;
    static struct workflow_option options[FLAT_OPTIONS_MAX];
    struct workflow_instance instance;
    struct workflow_world world = flat_world(facts);
    size_t n;

    if (!workflow_place(wf, state, &instance))
        return 0;
    n = workflow_options(wf, &instance, &world, 0, false, &out, options, FLAT_OPTIONS_MAX);
    for (size_t i = 0; i < n && i < max; i++) {
        const struct workflow_reasons *reasons = &options[i].reasons;
        ret_options[i] = (struct flat_option){.event = workflow_event_key(wf, options[i].event),
                                              .label = options[i].label,
                                              .allowed = (reasons->why & ~(uint32_t)WORKFLOW_REASON_FIELDS) == 0,
                                              .why = reasons->why,
                                              .roles_wanted = reasons->roles_wanted,
                                              .fields_required = reasons->fields_required,
                                              .fields_missing = reasons->fields_missing,
                                              .to = options[i].to >= 0 ? (unsigned)options[i].to : state};
    }
    return n;
}

#endif
