/* `states`: where a request can be. */
#include "workflow/definition/states.h"

#include <string.h>

enum { STATE_ATOMIC, STATE_FINAL };

static void read_state_label(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_text(reader, at, value, &((struct draft_state *)into)->info.label);
}

static void read_phase(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct word words[] = {
        {"draft", WORKFLOW_PHASE_DRAFT},
        {"intake", WORKFLOW_PHASE_INTAKE},
        {"study", WORKFLOW_PHASE_STUDY},
        {"decision", WORKFLOW_PHASE_DECISION},
        {"waiting", WORKFLOW_PHASE_WAITING},
        {"execution", WORKFLOW_PHASE_EXECUTION},
        {"justification", WORKFLOW_PHASE_JUSTIFICATION},
        {"end", WORKFLOW_PHASE_END},
    };
    struct draft_state *state = into;
    int phase;

    state->has_phase = read_word(reader, at, value, words, COUNT_OF(words), &phase);
    if (state->has_phase)
        state->info.phase = (enum workflow_phase)phase;
}

static void read_state_type(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct word words[] = {
        {"atomic", STATE_ATOMIC},       {"final", STATE_FINAL},        {"compound", WORD_UNSUPPORTED},
        {"parallel", WORD_UNSUPPORTED}, {"history", WORD_UNSUPPORTED}, {"each", WORD_UNSUPPORTED},
    };
    struct draft_state *state = into;
    int type;

    if (read_word(reader, at, value, words, COUNT_OF(words), &type))
        state->info.is_final = type == STATE_FINAL;
    else
        reader->edges_unknown = true;
}

static void read_outcome(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const char *const outcomes[] = {"completed", "denied",   "withdrawn", "cancelled",
                                           "expired",   "excluded", "referred"};
    static const struct word words[] = {
        {"completed", 0}, {"denied", 1},   {"withdrawn", 2}, {"cancelled", 3},
        {"expired", 4},   {"excluded", 5}, {"referred", 6},
    };
    int outcome;

    if (read_word(reader, at, value, words, COUNT_OF(words), &outcome))
        ((struct draft_state *)into)->info.outcome = outcomes[outcome];
}

static void read_progress(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct draft_state *state = into;
    int64_t progress;

    state->has_progress = read_integer(reader, at, value, 0, 100, &progress);
    if (state->has_progress)
        state->info.progress = (unsigned)progress;
}

static void read_awaits(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    unsigned role;

    if (refer_role(reader, at, value, &role))
        ((struct draft_state *)into)->info.awaits_role = (int)role;
}

static void read_state_policy(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    ((struct draft_state *)into)->policy = refer_policy(reader, at, value);
}

static void read_entry(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_effects(reader, at, value, &((struct draft_state *)into)->entry);
}

/* What only nested states have, or what moves on by itself: while it is refused, nobody can tell where states lead. */
static void note_open_edges(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    (void)at;
    (void)value;
    (void)into;
    reader->edges_unknown = true;
}

static void read_nested_state(struct reader *reader, const struct place *at, json_t *value, void *into);

static void read_nested_states(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    reader->edges_unknown = true;
    read_entries(reader, at, value, 1, WORKFLOW_STATES_MAX, read_nested_state, into);
}

static const struct member state_members[] = {
    {"label", MEMBER_REQUIRED, read_state_label},
    {"phase", MEMBER_REQUIRED, read_phase},
    {"type", MEMBER_OPTIONAL, read_state_type},
    {"outcome", MEMBER_OPTIONAL, read_outcome},
    {"progress", MEMBER_OPTIONAL, read_progress},
    {"awaits", MEMBER_OPTIONAL, read_awaits},
    {"assign", MEMBER_OPTIONAL, read_state_policy},
    {"entry", MEMBER_OPTIONAL, read_entry},
    {"on", MEMBER_OPTIONAL, read_on},
    {"always", MEMBER_OPTIONAL, read_always},
    {"states", MEMBER_UNSUPPORTED, read_nested_states},
    {"on_done", MEMBER_UNSUPPORTED, note_open_edges},
    {"after", MEMBER_UNSUPPORTED, note_open_edges},
    {"vote", MEMBER_UNSUPPORTED, note_open_edges},
    {"initial", MEMBER_UNSUPPORTED, NULL},
    {"default", MEMBER_UNSUPPORTED, NULL},
    {"deep", MEMBER_UNSUPPORTED, NULL},
    {"over", MEMBER_UNSUPPORTED, NULL},
    {"join", MEMBER_UNSUPPORTED, NULL},
    {"pause", MEMBER_UNSUPPORTED, NULL},
    {"open_ended", MEMBER_UNSUPPORTED, NULL},
    {"exit", MEMBER_UNSUPPORTED, NULL},
};

static void read_nested_state(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct draft_state ignored = {.info = {.awaits_role = -1}};

    (void)into;
    read_members(reader, at, value, state_members, COUNT_OF(state_members), &ignored);
}

static void misplaced(struct reader *reader, const struct place *at, json_t *value, const char *name, const char *why)
{
    struct place here = {at, name, 0};

    if (json_object_get(value, name))
        report_fault(reader->report, &here, "misplaced_member", "\"%s\": %s", name, why);
}

static void check_final(struct reader *reader, const struct place *at, json_t *value, const struct draft_state *state)
{
    struct place phase = {at, "phase", 0};

    misplaced(reader, at, value, "on", "a final state has no way out");
    misplaced(reader, at, value, "always", "a final state has no way out");
    misplaced(reader, at, value, "awaits", "nobody is waited for at the end");
    misplaced(reader, at, value, "assign", "nobody is assigned at the end");
    if (!json_object_get(value, "outcome"))
        report_fault(reader->report, at, "missing_member", "A final state says its \"outcome\"");
    if (state->has_phase && state->info.phase != WORKFLOW_PHASE_END)
        report_fault(reader->report, &phase, "wrong_phase", "A final state is in phase \"end\"");
}

static void check_state(struct reader *reader, const struct place *at, json_t *value, const struct draft_state *state)
{
    struct place phase = {at, "phase", 0};

    if (state->info.is_final) {
        check_final(reader, at, value, state);
        return;
    }
    misplaced(reader, at, value, "outcome", "only a final state has one");
    if (state->has_phase && state->info.phase == WORKFLOW_PHASE_END)
        report_fault(reader->report, &phase, "wrong_phase", "Only a final state is in phase \"end\"");
    if (state->has_always) {
        misplaced(reader, at, value, "on", "\"always\" leaves before anybody can act");
        misplaced(reader, at, value, "awaits", "\"always\" leaves before anybody can act");
    }
}

static unsigned default_progress(enum workflow_phase phase)
{
    static const unsigned progress[] = {
        [WORKFLOW_PHASE_DRAFT] = 0,          [WORKFLOW_PHASE_INTAKE] = 10,  [WORKFLOW_PHASE_STUDY] = 35,
        [WORKFLOW_PHASE_DECISION] = 60,      [WORKFLOW_PHASE_WAITING] = 35, [WORKFLOW_PHASE_EXECUTION] = 75,
        [WORKFLOW_PHASE_JUSTIFICATION] = 90, [WORKFLOW_PHASE_END] = 100,
    };
    return progress[phase];
}

static void read_state(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct draft *draft = into;
    unsigned number = 0;
    struct draft_state *state;

    workflow_state_find(reader->wf, at->name, &number);
    state = &draft->states[number];
    state->info.key = reader->wf->states[number].info.key;
    state->info.label = text_of(state->info.key);
    state->info.awaits_role = -1;
    if (!read_members(reader, at, value, state_members, COUNT_OF(state_members), state)) {
        reader->edges_unknown = true;
        return;
    }
    check_state(reader, at, value, state);
    if (!state->has_progress)
        state->info.progress = default_progress(state->info.phase);
}

/* Transitions refer to states further down, so all keys are known before any state is read. */
void read_states(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct workflow *wf = into;
    const char *name;
    json_t *content;

    if (json_object_size(value) <= WORKFLOW_STATES_MAX)
        json_object_foreach(value, name, content) wf->states[wf->n_states++].info.key = keep_text(reader, name);
    read_entries(reader, at, value, 1, WORKFLOW_STATES_MAX, read_state, reader->draft);
}
