/* From what was read to what runs: what each transition exits and enters, tables of events, and masks. */
#include "workflow/definition/reader.h"

#include <string.h>

#include "workflow/engine/states.h"

static bool contains(const struct workflow *wf, int ancestor, int state)
{
    return ancestor < 0 || (ancestor < state && state < wf->states[ancestor].end);
}

/* A history stands for what it leads to: its state's own inside. */
static bool all_inside(const struct workflow *wf, int ancestor, const struct machine_transition *transition)
{
    for (unsigned i = 0; i < transition->targets.n; i++)
        if (!contains(wf, ancestor, wf->targets[transition->targets.first + i]))
            return false;
    return true;
}

/* SCXML 1.0 Appendix D, getTransitionDomain: the least compound state around source and targets. */
static int domain_of(const struct workflow *wf, const struct machine_transition *transition)
{
    int source = transition->source;

    if (transition->internal && wf->states[source].info.kind == WORKFLOW_STATE_COMPOUND &&
        all_inside(wf, source, transition))
        return source;
    for (int at = wf->states[source].info.parent; at >= 0; at = wf->states[at].info.parent)
        if (wf->states[at].info.kind == WORKFLOW_STATE_COMPOUND && all_inside(wf, at, transition))
            return at;
    return MACHINE_NONE;
}

/* The region of a parallel state that something is in, itself included. */
static int region_of(const struct workflow *wf, int parallel, int state)
{
    while (wf->states[state].info.parent != parallel)
        state = wf->states[state].info.parent;
    return state;
}

static bool crosses(const struct workflow *wf, int source, int target)
{
    for (int at = wf->states[source].info.parent; at >= 0; at = wf->states[at].info.parent)
        if (wf->states[at].info.kind == WORKFLOW_STATE_PARALLEL && contains(wf, at, target) &&
            region_of(wf, at, source) != region_of(wf, at, target))
            return true;
    return false;
}

/* What is entered together has to be a configuration: one of each compound, all of each parallel. */
static bool fits_together(const struct workflow *wf, int domain, struct workflow_states entry)
{
    struct workflow_states whole = entry, rest = entry;

    if (domain >= 0)
        whole = states_or(whole, states_or(wf->states[domain].ancestors, states_only((unsigned)domain)));
    if (states_none(entry))
        return false;
    if (domain >= 0)
        return machine_is_legal_inside(wf, &whole, (unsigned)domain);
    return wf->states[states_take_first(&rest)].info.parent < 0 && machine_is_legal(wf, &whole);
}

static void fault_at(struct reader *reader, unsigned number, const char *code, const char *message)
{
    struct place places[3], to = {transition_place(reader, number, places), "to", 0};

    report_fault(reader->report, &to, code, "%s", message);
    reader->edges_unknown = true;
}

static bool target_is_sound(struct reader *reader, unsigned number, int target)
{
    const struct draft *draft = reader->draft;
    int source = draft->transitions[number].source;
    bool of_member = draft->said[source].in_each;

    if (of_member != draft->said[target].in_each ||
        (of_member && draft->states[source].info.parent != draft->states[target].info.parent)) {
        fault_at(reader, number, "wrong_target", "Members of an \"each\" stay in it, and nobody else goes there");
        return false;
    }
    if (draft->states[target].info.kind == WORKFLOW_STATE_HISTORY &&
        states_has(&draft->states[source].ancestors, (unsigned)draft->states[target].info.parent)) {
        fault_at(reader, number, "history_from_inside",
                 "Inside a state its history is of the time before last: leave it first, or name where to go");
        return false;
    }
    if (crosses(reader->wf, source, target)) {
        fault_at(
            reader, number, "crosses_regions",
            "This leads from one region of a parallel state into another: leave the parallel state, or wait for it");
        return false;
    }
    return true;
}

static void link_transition(struct reader *reader, unsigned number)
{
    struct machine_transition *transition = &reader->draft->transitions[number];
    const int16_t *targets = &reader->draft->targets[transition->targets.first];
    const struct workflow *wf = reader->wf;
    struct machine_entry entry;

    if (transition->targetless || transition->targets.n == 0)
        return;
    for (unsigned i = 0; i < transition->targets.n; i++)
        if (!target_is_sound(reader, number, targets[i]))
            return;
    if (reader->draft->said[transition->source].in_each) {
        transition->entry = states_only((unsigned)targets[0]);
        if (transition->targets.n > 1)
            fault_at(reader, number, "conflicting_targets", "A member is in one state at a time");
        return;
    }
    transition->domain = (int16_t)domain_of(wf, transition);
    if (transition->domain >= 0)
        transition->exit = wf->states[transition->domain].inside;
    else
        transition->exit = wf->everything;
    entry = machine_entry_of(wf, transition->domain, targets, transition->targets.n, NULL);
    transition->entry = entry.entered;
    transition->recalls = entry.recalls;
    if (!fits_together(wf, transition->domain, entry.entered))
        fault_at(reader, number, "conflicting_targets", "These cannot be active together");
}

/* ---- events ---- */

static void link_event(struct reader *reader, unsigned number)
{
    struct machine_transition *transition = &reader->draft->transitions[number];
    struct place places[3];

    if (transition->event < 0)
        return;
    states_add(&reader->draft->events[transition->event].sources, (unsigned)transition->source);
    /* A way that nobody is named for would be a way for everybody. */
    if (transition->roles == 0 && !reader->draft->events[transition->event].raised &&
        !json_object_get(transition_document(reader, number), "role"))
        report_fault(reader->report, transition_place(reader, number, places), "missing_member",
                     "\"role\" is missing: who may do this?");
}

json_t *transition_document(const struct reader *reader, unsigned number)
{
    const struct draft_place *place = &reader->draft->places[number];
    json_t *document = reader->draft->said[reader->draft->transitions[number].source].document;

    document = json_object_get(document, place->member);
    if (place->event)
        document = json_object_get(document, place->event);
    return json_array_get(document, place->index);
}

static void link_table(struct reader *reader)
{
    struct workflow *wf = reader->wf;
    struct machine_span *table = keep_alloc(reader, (size_t)wf->n_events * wf->n_states, sizeof(*table));

    if (!table)
        return;
    for (unsigned i = 0; i < wf->n_transitions; i++) {
        const struct machine_transition *transition = &wf->transitions[i];
        struct machine_span *span;
        if (transition->event < 0)
            continue;
        span = &table[(size_t)transition->event * wf->n_states + (size_t)transition->source];
        if (span->n++ == 0)
            span->first = (uint16_t)i;
    }
    wf->table = table;
}

/* ---- states ---- */

static void link_default_entry(struct reader *reader, unsigned number)
{
    struct machine_state *state = &reader->draft->states[number];
    int16_t self = (int16_t)number;
    struct machine_entry entry;

    if (state->info.kind == WORKFLOW_STATE_HISTORY || reader->draft->said[number].in_each)
        return;
    entry = machine_entry_of(reader->wf, state->info.parent, &self, 1, NULL);
    state->entry = entry.entered;
    state->entry_recalls = entry.recalls;
}

static void link_each(struct reader *reader, unsigned number)
{
    struct machine_state *state = &reader->draft->states[number];
    struct machine_each *each = state->each >= 0 ? &reader->draft->eaches[state->each] : NULL;
    struct place here = {&reader->draft->said[number].place, "states", 0};

    if (!each)
        return;
    each->initial = (uint16_t)(state->initial >= 0 ? state->initial : 0);
    each->template = states_range(number + 1, state->end);
    each->timers.first = reader->wf->n_timers;
    for (unsigned i = 0; i < reader->wf->n_timers; i++) {
        unsigned owner = reader->draft->timers[i].info.state;
        if (owner <= number || owner >= state->end)
            continue;
        if (each->timers.n++ == 0)
            each->timers.first = (uint16_t)i;
    }
    if (each->timers.n > 8)
        report_fault(reader->report, &here, "too_many", "Members have at most 8 timers");
}

static void link_assignment(struct reader *reader, unsigned number)
{
    const struct draft_state *said = &reader->draft->said[number];
    unsigned place;

    if (!said->policy || !list_take(reader, &said->place, &reader->wf->n_effects, DRAFT_EFFECTS_MAX, &place))
        return;
    reader->draft->effects[place] = (struct workflow_effect_info){.kind = WORKFLOW_EFFECT_ASSIGN,
                                                                  .word = said->policy,
                                                                  .role = -1,
                                                                  .clock = -1,
                                                                  .event = -1,
                                                                  .field = -1,
                                                                  .amount = -1,
                                                                  .undo = -1};
    reader->draft->states[number].assigning = (int16_t)place;
}

static void link_masks(struct workflow *wf, unsigned number)
{
    const struct machine_state *state = &wf->states[number];
    enum workflow_state_kind kind = state->info.kind;

    if (kind == WORKFLOW_STATE_ATOMIC || kind == WORKFLOW_STATE_FINAL || kind == WORKFLOW_STATE_EACH)
        states_add(&wf->leaves, number);
    if (kind == WORKFLOW_STATE_FINAL)
        states_add(state->info.is_final ? &wf->ends : &wf->finals, number);
    if (kind == WORKFLOW_STATE_EACH)
        states_add(&wf->joint, number);
    if (kind == WORKFLOW_STATE_HISTORY && state->info.parent >= 0)
        states_add(&wf->remembered, (unsigned)state->info.parent);
    if (state->always.n)
        states_add(&wf->always, number);
    if (state->pauses)
        states_add(&wf->pausing, number);
    if (state->entering.n || state->timers.n || state->assigning >= 0 || state->vote >= 0 || state->each >= 0 ||
        kind == WORKFLOW_STATE_FINAL)
        states_add(&wf->busy_in, number);
    if (state->leaving.n || state->timers.n || state->each >= 0)
        states_add(&wf->busy_out, number);
}

/* ---- shape ---- */

static void mix(uint64_t *shape, const char *text, unsigned number)
{
    for (; text && *text; text++)
        *shape = (*shape ^ (unsigned char)*text) * UINT64_C(1099511628211);
    *shape = (*shape ^ (0x100u + number)) * UINT64_C(1099511628211);
}

/* What bytes of an instance depend on, and nothing else: labels and guards may change without it. */
static uint64_t shape_of(const struct workflow *wf)
{
    uint64_t shape = UINT64_C(14695981039346656037);

    for (unsigned i = 0; i < wf->n_states; i++)
        mix(&shape, wf->states[i].info.path, (unsigned)wf->states[i].info.kind + 8u * wf->states[i].deep);
    for (unsigned i = 0; i < wf->n_clocks; i++)
        mix(&shape, wf->clocks[i].key, 0);
    for (unsigned i = 0; i < wf->n_timers; i++)
        mix(&shape, wf->timers[i].info.key, wf->timers[i].info.repeat + 16u * wf->timers[i].info.state);
    for (unsigned i = 0; i < wf->n_witnesses; i++)
        mix(&shape, wf->events[wf->witnesses[i]].key, 1);
    for (unsigned i = 0; i < wf->n_effects; i++)
        mix(&shape, wf->effects[i].undo >= 0 ? wf->effects[i].word : NULL, (unsigned)(wf->effects[i].undo + 1));
    for (unsigned i = 0; i < wf->n_votes; i++)
        mix(&shape, NULL, wf->votes[i].state);
    return shape;
}

/* Moving a state into another changes its path; who knows it by its name need not hear of that. */
static void link_key(struct reader *reader, unsigned number)
{
    const struct workflow *wf = reader->wf;
    const char *name = wf->states[number].info.name;

    for (unsigned i = 0; i < wf->n_states; i++)
        if (i != number && strcmp(wf->states[i].info.name, name) == 0)
            return;
    reader->draft->states[number].info.key = name;
}

void link_machine(struct reader *reader)
{
    struct workflow *wf = reader->wf;

    wf->everything = (struct workflow_states){{0}};
    for (unsigned i = 0; i < wf->n_states; i++)
        if (wf->states[i].info.parent < 0)
            wf->everything = states_or(wf->everything, states_or(wf->states[i].inside, states_only(i)));
    for (unsigned i = 0; i < wf->n_states; i++) {
        link_key(reader, i);
        link_default_entry(reader, i);
        link_each(reader, i);
        link_assignment(reader, i);
        link_masks(wf, i);
    }
    for (unsigned i = 0; i < wf->n_transitions; i++) {
        link_transition(reader, i);
        link_event(reader, i);
    }
    link_extensions(reader);
    link_table(reader);
    if (wf->initial >= 0) {
        struct machine_entry entry = machine_entry_of(wf, MACHINE_NONE, &wf->initial, 1, NULL);
        wf->start = entry.entered;
        wf->start_recalls = entry.recalls;
    }
    wf->shape = shape_of(wf);
}
