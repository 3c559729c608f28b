/* What the states show as a graph, whatever the guards say: every one is reached, every one can end, none goes round by
 * itself. The exact proof, by configurations, is for publishing; this is what an editor is told at once. */
#include "workflow/definition/reader.h"

#include "workflow/engine/states.h"

/* What a history may recall: anything inside its state for a deep one, a child and where that begins for a shallow one.
 */
static struct workflow_states recalled_by(const struct workflow *wf, int history)
{
    const struct machine_state *of = &wf->states[wf->states[history].info.parent];
    struct workflow_states set = of->children, rest = of->children;

    if (wf->states[history].deep)
        return of->inside;
    while (!states_none(rest))
        set = states_or(set, wf->states[states_take_first(&rest)].entry);
    return set;
}

/* Where a target lies inside of a state, that one does not begin where it begins otherwise. */
static bool aims_inside(const struct workflow *wf, const struct machine_transition *transition, unsigned state)
{
    for (unsigned i = 0; i < transition->targets.n; i++)
        if (states_has(&wf->states[wf->targets[transition->targets.first + i]].ancestors, state))
            return true;
    return false;
}

/* What a transition may enter, whatever is remembered then. */
static struct workflow_states entered_by(const struct workflow *wf, const struct machine_transition *transition)
{
    struct workflow_states set = transition->entry, before;

    for (unsigned i = 0; i < transition->targets.n; i++) {
        int target = wf->targets[transition->targets.first + i];
        if (wf->states[target].info.kind == WORKFLOW_STATE_HISTORY)
            set = states_or(set, recalled_by(wf, target));
    }
    do {
        before = set;
        for (unsigned i = 0; transition->recalls && i < wf->n_states; i++) {
            int initial = wf->states[i].initial;
            if (states_has(&set, i) && initial >= 0 && wf->states[initial].info.kind == WORKFLOW_STATE_HISTORY &&
                !aims_inside(wf, transition, i))
                set = states_or(set, recalled_by(wf, initial));
        }
    } while (!states_equal(before, set));
    return set;
}

/* ---- always ---- */

static bool is_eventless(const struct machine_transition *transition)
{
    return transition->trigger == WORKFLOW_BY_ALWAYS;
}

/* Where the `always` of a state may lead; one that stays inside comes back to it, since its guard may hold again. */
static struct workflow_states ahead_of(const struct workflow *wf, unsigned state)
{
    struct workflow_states ahead = {{0}};

    for (unsigned i = 0; i < wf->n_transitions; i++) {
        const struct machine_transition *transition = &wf->transitions[i];
        if (!is_eventless(transition) || transition->source != (int)state)
            continue;
        ahead = states_or(ahead, entered_by(wf, transition));
        if (transition->domain == transition->source)
            states_add(&ahead, state);
    }
    return ahead;
}

/*
 * A step goes round by itself only if each `always` on the way is entered by one before it. Peels off those that enter
 * no other's source any more; what is left goes round.
 */
static bool report_cycle(struct reader *reader)
{
    const struct workflow *wf = reader->wf;
    struct workflow_states circling = wf->always;
    bool changed = true;
    struct place always;
    unsigned first;

    while (changed) {
        changed = false;
        for (unsigned i = 0; i < wf->n_states; i++) {
            if (!states_has(&circling, i) || states_meet(ahead_of(wf, i), circling))
                continue;
            circling = states_without(circling, states_only(i));
            changed = true;
        }
    }
    if (states_none(circling))
        return false;
    first = states_take_first(&circling);
    always = (struct place){&reader->draft->said[first].place, "always", 0};
    report_fault(reader->report, &always, "always_cycle", "\"always\" comes back to \"%s\": it would never rest",
                 wf->states[first].info.path);
    return true;
}

/* ---- reaching and ending ---- */

/* A transition can be taken once its source is active; that of a completed state, once something inside is final. */
static bool may_be_taken(const struct workflow *wf, const struct machine_transition *transition,
                         struct workflow_states active)
{
    return states_has(&active, (unsigned)transition->source) &&
           (transition->trigger != WORKFLOW_BY_DONE || wf->states[transition->source].end > transition->source + 1);
}

/* What a history enters besides its default, of which some has been active: a deep one that and nothing else; a shallow
 * one the child, and where that begins, though it may have been entered elsewhere before. */
static struct workflow_states begun_by(const struct workflow *wf, int history, struct workflow_states active)
{
    struct workflow_states begun = {{0}}, children;

    if (wf->states[history].info.kind != WORKFLOW_STATE_HISTORY || wf->states[history].deep)
        return begun;
    children = states_and(wf->states[wf->states[history].info.parent].children, active);
    while (!states_none(children))
        begun = states_or(begun, wf->states[states_take_first(&children)].entry);
    return begun;
}

static struct workflow_states reached_by(const struct workflow *wf, const struct machine_transition *transition,
                                         struct workflow_states active)
{
    struct workflow_states reached = transition->entry;

    for (unsigned i = 0; i < transition->targets.n; i++)
        reached = states_or(reached, begun_by(wf, wf->targets[transition->targets.first + i], active));
    return reached;
}

static struct workflow_states reachable(const struct workflow *wf)
{
    struct workflow_states set = wf->start, before;

    do {
        before = set;
        for (unsigned i = 0; i < wf->n_transitions; i++)
            if (may_be_taken(wf, &wf->transitions[i], set))
                set = states_or(set, reached_by(wf, &wf->transitions[i], set));
        for (unsigned i = 0; i < wf->n_states; i++)
            if (states_has(&set, i) && wf->states[i].initial >= 0)
                set = states_or(set, begun_by(wf, wf->states[i].initial, set));
        for (unsigned i = 0; i < wf->n_eaches; i++)
            if (states_has(&set, wf->eaches[i].state))
                states_add(&set, wf->eaches[i].initial);
    } while (!states_equal(before, set));
    return set;
}

/* Whether one is on the way to an end from a state: its own ways out, those of what it is inside of, or what follows
 * when that is complete. */
static bool has_way(const struct workflow *wf, unsigned state, struct workflow_states ending)
{
    for (unsigned i = 0; i < wf->n_transitions; i++) {
        const struct machine_transition *transition = &wf->transitions[i];
        unsigned source = (unsigned)transition->source;
        bool around = source == state || states_has(&wf->states[state].ancestors, source);
        if (around && states_meet(states_and(transition->entry, wf->leaves), ending))
            return true;
        if (around && wf->states[source].info.kind == WORKFLOW_STATE_EACH && states_has(&ending, source))
            return true;
    }
    return false;
}

static struct workflow_states able_to_end(const struct workflow *wf)
{
    struct workflow_states set = wf->ends, before;

    do {
        before = set;
        for (unsigned i = 0; i < wf->n_states; i++)
            if (!states_has(&set, i) && has_way(wf, i, set))
                states_add(&set, i);
    } while (!states_equal(before, set));
    return set;
}

static void report_states(struct reader *reader, struct workflow_states set, const char *code, const char *what)
{
    while (!states_none(set)) {
        unsigned state = states_take_first(&set);
        report_fault(reader->report, &reader->draft->said[state].place, code, "State \"%s\" %s",
                     reader->wf->states[state].info.path, what);
    }
}

void graph_check(struct reader *reader)
{
    static const struct place root = {NULL, NULL, 0}, states = {&root, "states", 0};
    struct workflow *wf = reader->wf;
    struct workflow_states real = states_range(0, wf->n_states);

    if (reader->edges_unknown || wf->initial < 0)
        return;
    if (!report_cycle(reader) && states_count(wf->always) >= WORKFLOW_MICROSTEPS_MAX)
        report_fault(reader->report, &states, "too_many", "Fewer than %d states move on by \"always\"",
                     WORKFLOW_MICROSTEPS_MAX);
    for (unsigned i = 0; i < wf->n_histories; i++)
        real = states_without(real, states_only((unsigned)wf->histories[i]));
    report_states(reader, states_without(real, reachable(wf)), "unreachable_state",
                  "cannot be reached from the initial one");
    report_states(reader, states_without(states_and(real, wf->leaves), able_to_end(wf)), "dead_end",
                  "can never come to a final one");
}
