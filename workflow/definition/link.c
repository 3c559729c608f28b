/* From transitions as written to programs: what is entered, and what is to be done, to the end of every `always`. */
#include "workflow/definition/reader.h"

#include <string.h>

struct chain {
    unsigned path[WORKFLOW_PATH_MAX];
    size_t n_path;
    struct workflow_effect effects[WORKFLOW_EFFECTS_MAX];
    size_t n_effects;
    bool too_long, too_many;
};

static void chain_effects(struct chain *chain, const struct draft_effects *effects)
{
    for (size_t i = 0; i < effects->n; i++) {
        if (chain->n_effects == WORKFLOW_EFFECTS_MAX) {
            chain->too_many = true;
            return;
        }
        chain->effects[chain->n_effects++] = effects->items[i];
    }
}

/* Enters states until one where somebody must act: SCXML's order, the transition's effects, then those of entry. */
static void chain_enter(struct chain *chain, const struct draft *draft, int to)
{
    while (to != DRAFT_NOWHERE) {
        const struct draft_state *state = &draft->states[to];
        if (chain->n_path == WORKFLOW_PATH_MAX) {
            chain->too_long = true;
            return;
        }
        chain->path[chain->n_path++] = (unsigned)to;
        chain_effects(chain, &state->entry);
        if (state->policy) {
            struct draft_effects assign = {{{WORKFLOW_EFFECT_ASSIGN, state->policy}}, 1};
            chain_effects(chain, &assign);
        }
        if (!state->has_always)
            return;
        chain_effects(chain, &state->always.effects);
        to = state->always.to;
    }
}

static void program_keep(struct reader *reader, const struct chain *chain, struct machine_program *program)
{
    unsigned *path = keep_alloc(reader, chain->n_path, sizeof(*path));
    struct workflow_effect *effects = keep_alloc(reader, chain->n_effects, sizeof(*effects));

    if (!path || !effects)
        return;
    memcpy(path, chain->path, chain->n_path * sizeof(*path));
    memcpy(effects, chain->effects, chain->n_effects * sizeof(*effects));
    *program = (struct machine_program){path, chain->n_path, effects, chain->n_effects};
}

static void program_make(struct reader *reader, const struct place *at, const struct draft_effects *first, int to,
                         struct machine_program *program)
{
    struct chain chain = {.n_path = 0};

    chain_effects(&chain, first);
    chain_enter(&chain, reader->draft, to);
    if (chain.too_long)
        report_fault(reader->report, at, "chain_too_long", "One step enters more than %d states by \"always\"",
                     WORKFLOW_PATH_MAX);
    if (chain.too_many)
        report_fault(reader->report, at, "too_many_effects", "One step has more than %d effects", WORKFLOW_EFFECTS_MAX);
    program_keep(reader, &chain, program);
}

static void link_state(struct reader *reader, const struct place *at, const struct draft_state *from,
                       struct machine_state *state)
{
    struct place on = {at, "on", 0};
    struct machine_transition *transitions = keep_alloc(reader, from->n_transitions, sizeof(*transitions));

    state->info = from->info;
    if (!transitions)
        return;
    for (size_t i = 0; i < from->n_transitions; i++) {
        const struct draft_transition *draft = &from->transitions[i];
        struct place here = {&on, draft->event, 0};
        transitions[i] = (struct machine_transition){
            .event = draft->event, .label = draft->label, .roles = draft->roles, .require = draft->require};
        program_make(reader, &here, &draft->effects, draft->to, &transitions[i].program);
    }
    state->transitions = transitions;
    state->n_transitions = from->n_transitions;
}

void link_programs(struct reader *reader)
{
    static const struct draft_effects none = {.n = 0};
    struct place root = {NULL, NULL, 0}, initial = {&root, "initial", 0}, states = {&root, "states", 0};

    for (size_t i = 0; i < reader->wf->n_states; i++) {
        struct place here = {&states, reader->draft->states[i].info.key, 0};
        link_state(reader, &here, &reader->draft->states[i], &reader->wf->states[i]);
    }
    program_make(reader, &initial, &none, reader->draft->initial, &reader->wf->start);
}
