/* What the states show as a graph: every one can be reached, every one can end, none goes round by itself. */
#include "workflow/definition/reader.h"

typedef uint64_t state_set; /* WORKFLOW_STATES_MAX bits */

static state_set only(int state)
{
    return state == DRAFT_NOWHERE ? 0 : UINT64_C(1) << state;
}

static state_set successors(const struct draft_state *state)
{
    state_set set = state->has_always ? only(state->always.to) : 0;

    for (size_t i = 0; i < state->n_transitions; i++)
        set |= only(state->transitions[i].to);
    return set;
}

static state_set reachable_from(const struct draft *draft, size_t n, state_set set)
{
    for (state_set before = 0; before != set;) {
        before = set;
        for (size_t i = 0; i < n; i++)
            if (set & (UINT64_C(1) << i))
                set |= successors(&draft->states[i]);
    }
    return set;
}

static state_set able_to_end(const struct draft *draft, size_t n)
{
    state_set set = 0;

    for (size_t i = 0; i < n; i++)
        if (draft->states[i].info.is_final)
            set |= UINT64_C(1) << i;
    for (state_set before = 0; before != set;) {
        before = set;
        for (size_t i = 0; i < n; i++)
            if (successors(&draft->states[i]) & set)
                set |= UINT64_C(1) << i;
    }
    return set;
}

static const struct place root = {NULL, NULL, 0};
static const struct place states = {&root, "states", 0};

/* Tells a cycle once, at the first of its states. True when there is any. */
static bool report_cycles(struct reader *reader)
{
    const struct draft *draft = reader->draft;
    size_t n = reader->wf->n_states;
    bool found = false;

    for (size_t i = 0; i < n; i++) {
        size_t at = i, steps = 0;
        bool first = true;
        while (steps <= n && draft->states[at].has_always && draft->states[at].always.to != DRAFT_NOWHERE) {
            at = (size_t)draft->states[at].always.to;
            steps++;
            if (at == i)
                break;
            if (at < i)
                first = false;
        }
        if (steps == 0 || at != i)
            continue;
        found = true;
        if (!first)
            continue;
        struct place state = {&states, draft->states[i].info.key, 0}, always = {&state, "always", 0};
        report_fault(reader->report, &always, "always_cycle", "\"always\" comes back to \"%s\": it would never rest",
                     draft->states[i].info.key);
    }
    return found;
}

static void report_states(struct reader *reader, state_set set, const char *code, const char *what)
{
    for (size_t i = 0; i < reader->wf->n_states; i++) {
        const char *key = reader->draft->states[i].info.key;
        struct place here = {&states, key, 0};
        if (set & (UINT64_C(1) << i))
            report_fault(reader->report, &here, code, "State \"%s\" %s", key, what);
    }
}

void graph_check(struct reader *reader)
{
    size_t n = reader->wf->n_states;
    state_set all = n == 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1;

    /* A step through a cycle has no end, so there is no program to make of it. */
    if (!report_cycles(reader))
        link_programs(reader);
    if (reader->edges_unknown || reader->draft->initial == DRAFT_NOWHERE)
        return;
    report_states(reader, all & ~reachable_from(reader->draft, n, only(reader->draft->initial)), "unreachable_state",
                  "cannot be reached from the initial one");
    report_states(reader, all & ~able_to_end(reader->draft, n), "dead_end", "can never come to a final one");
}
