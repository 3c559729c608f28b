/* `states`: where a request can be. Numbered first, since transitions refer to states further down. */
#include "workflow/definition/reader.h"

#include <string.h>

#include "workflow/engine/states.h"

/* ---- numbers ---- */

static enum workflow_state_kind kind_of(json_t *document)
{
    static const char *const words[] = {"atomic", "compound", "parallel", "final", "history", "each"};
    const char *type = json_string_value(json_object_get(document, "type"));

    for (size_t i = 0; type && i < COUNT_OF(words); i++)
        if (strcmp(words[i], type) == 0)
            return (enum workflow_state_kind)i;
    return json_object_get(document, "states") ? WORKFLOW_STATE_COMPOUND : WORKFLOW_STATE_ATOMIC;
}

static const char *path_of(struct reader *reader, int parent, const char *name)
{
    const char *above = parent >= 0 ? reader->draft->states[parent].info.path : NULL;
    size_t n = above ? strlen(above) + 1 : 0;
    char *path;

    if (!above)
        return keep_text(reader, name);
    path = keep_alloc(reader, n + strlen(name) + 1, 1);
    if (!path)
        return "";
    memcpy(path, above, n - 1);
    path[n - 1] = '.';
    memcpy(path + n, name, strlen(name) + 1);
    return path;
}

static void number_one(struct reader *reader, json_t *document, const char *name, int parent, unsigned number)
{
    struct draft *draft = reader->draft;
    struct machine_state *state = &draft->states[number];
    struct draft_state *said = &draft->said[number];
    static const struct place root = {NULL, NULL, 0};
    const struct machine_state *above = parent >= 0 ? &draft->states[parent] : NULL;

    *state = (struct machine_state){.initial = MACHINE_NONE,
                                    .history = MACHINE_NONE,
                                    .recalls = MACHINE_NONE,
                                    .vote = MACHINE_NONE,
                                    .each = MACHINE_NONE,
                                    .assigning = MACHINE_NONE,
                                    .open_ended = MACHINE_NONE};
    state->info.key = state->info.path = path_of(reader, parent, name);
    state->info.name = keep_text(reader, name);
    state->info.kind = kind_of(document);
    state->info.parent = parent;
    state->info.awaits_role = -1;
    state->info.is_final = state->info.kind == WORKFLOW_STATE_FINAL && parent < 0;
    said->group = (struct place){parent >= 0 ? &draft->said[parent].place : &root, "states", 0};
    said->place = (struct place){&said->group, state->info.name, 0};
    said->document = document;
    if (!above)
        return;
    state->ancestors = states_or(above->ancestors, states_only((unsigned)parent));
    said->in_each = above->info.kind == WORKFLOW_STATE_EACH || draft->said[parent].in_each;
    if (state->info.kind != WORKFLOW_STATE_HISTORY && !said->in_each)
        states_add(&draft->states[parent].children, number);
}

/* Tells a parent of everything inside it; what is inside an `each` is never in a configuration. */
static void number_inside(struct draft *draft, unsigned first, unsigned end)
{
    for (unsigned i = first + 1; i < end; i++)
        if (draft->states[i].info.kind != WORKFLOW_STATE_HISTORY && !draft->said[i].in_each)
            states_add(&draft->states[first].inside, i);
}

void states_number(struct reader *reader, json_t *states, const struct place *at, int parent)
{
    struct workflow *wf = reader->wf;
    const char *name;
    json_t *document;

    json_object_foreach(states, name, document)
    {
        struct place here = {at, name, 0}, group = {&here, "states", 0};
        unsigned number;
        if (!list_take(reader, &here, &wf->n_states, WORKFLOW_STATES_MAX, &number))
            return;
        number_one(reader, document, name, parent, number);
        states_number(reader, json_object_get(document, "states"), &group, (int)number);
        reader->draft->states[number].end = wf->n_states;
        number_inside(reader->draft, number, wf->n_states);
    }
}

/* ---- members ---- */

static struct machine_state *state_at(struct reader *reader, const void *into)
{
    return &reader->draft->states[*(const unsigned *)into];
}

static struct draft_state *said_at(struct reader *reader, const void *into)
{
    return &reader->draft->said[*(const unsigned *)into];
}

static void read_state_label(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    said_at(reader, into)->has_label = true;
    read_text(reader, at, value, &state_at(reader, into)->info.label);
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
    int phase;

    if (!read_word(reader, at, value, words, COUNT_OF(words), &phase))
        return;
    said_at(reader, into)->has_phase = true;
    state_at(reader, into)->info.phase = (enum workflow_phase)phase;
}

static void read_state_type(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct word words[] = {
        {"atomic", WORKFLOW_STATE_ATOMIC},     {"final", WORKFLOW_STATE_FINAL},
        {"compound", WORKFLOW_STATE_COMPOUND}, {"parallel", WORKFLOW_STATE_PARALLEL},
        {"history", WORKFLOW_STATE_HISTORY},   {"each", WORKFLOW_STATE_EACH},
    };
    int type;

    (void)into;
    if (!read_word(reader, at, value, words, COUNT_OF(words), &type))
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

    if (!read_word(reader, at, value, words, COUNT_OF(words), &outcome))
        return;
    state_at(reader, into)->info.outcome = outcomes[outcome];
    state_at(reader, into)->keeps = outcome == 0;
}

static void read_progress(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    int64_t progress;

    if (!read_integer(reader, at, value, 0, 100, &progress))
        return;
    said_at(reader, into)->has_progress = true;
    state_at(reader, into)->info.progress = (unsigned)progress;
}

static void read_awaits(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    unsigned role;

    if (refer_role(reader, at, value, &role))
        state_at(reader, into)->info.awaits_role = (int)role;
}

static void read_state_policy(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    said_at(reader, into)->policy = refer_policy(reader, at, value);
}

static void read_entry(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_effects(reader, at, value, &state_at(reader, into)->entering);
}

static void read_exit(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_effects(reader, at, value, &state_at(reader, into)->leaving);
}

static void read_deep(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_bool(reader, at, value, &state_at(reader, into)->deep);
}

/* Finds a child by its name. */
static int child_find(struct reader *reader, unsigned parent, const char *name)
{
    const struct draft *draft = reader->draft;

    for (unsigned i = parent + 1; i < draft->states[parent].end; i++)
        if (draft->states[i].info.parent == (int)parent && strcmp(draft->states[i].info.name, name) == 0)
            return (int)i;
    return MACHINE_NONE;
}

static void read_initial(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    const char *name = read_string(reader, at, value, WORKFLOW_KEY_MAX);
    int child = name ? child_find(reader, *(unsigned *)into, name) : MACHINE_NONE;

    state_at(reader, into)->initial = (int16_t)child;
    if (name && child < 0)
        report_fault(reader->report, at, "unknown_state", "No state \"%s\" inside this one", name);
}

static void read_default(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct machine_state *state = state_at(reader, into);
    int target = refer_state(reader, at, value, state->info.parent);
    int parent = state->info.parent;

    if (target < 0)
        return;
    if (parent < 0 || !states_has(&reader->draft->states[parent].inside, (unsigned)target)) {
        report_fault(reader->report, at, "wrong_target", "A history leads into the state that it is of");
        return;
    }
    state->recalls = (int16_t)target;
}

static void read_pause_of(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    uint16_t *pauses = into;
    unsigned clock;

    if (!refer_clock(reader, at, value, &clock))
        return;
    if (*pauses >> clock & 1)
        report_fault(reader->report, at, "duplicate_item", "This clock is there already");
    *pauses |= (uint16_t)(1u << clock);
}

static void read_pause(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_items(reader, at, value, 1, WORKFLOW_CLOCKS_MAX, read_pause_of, &state_at(reader, into)->pauses);
}

static void read_open_ended(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    state_at(reader, into)->open_ended = (int16_t)read_event_name(reader, at, value);
}

static void read_nested(struct reader *reader, const struct place *at, json_t *value, void *into);

static const struct member state_members[] = {
    {"label", MEMBER_OPTIONAL, read_state_label},
    {"phase", MEMBER_OPTIONAL, read_phase},
    {"type", MEMBER_OPTIONAL, read_state_type},
    {"outcome", MEMBER_OPTIONAL, read_outcome},
    {"progress", MEMBER_OPTIONAL, read_progress},
    {"awaits", MEMBER_OPTIONAL, read_awaits},
    {"assign", MEMBER_OPTIONAL, read_state_policy},
    {"initial", MEMBER_OPTIONAL, read_initial},
    {"deep", MEMBER_OPTIONAL, read_deep},
    {"default", MEMBER_OPTIONAL, read_default},
    {"pause", MEMBER_OPTIONAL, read_pause},
    {"open_ended", MEMBER_OPTIONAL, read_open_ended},
    {"over", MEMBER_OPTIONAL, read_over},
    {"join", MEMBER_OPTIONAL, read_join},
    {"vote", MEMBER_OPTIONAL, read_vote},
    {"entry", MEMBER_OPTIONAL, read_entry},
    {"exit", MEMBER_OPTIONAL, read_exit},
    {"always", MEMBER_OPTIONAL, read_always},
    {"on", MEMBER_OPTIONAL, read_on},
    {"on_done", MEMBER_OPTIONAL, read_done},
    {"after", MEMBER_OPTIONAL, read_after},
    {"states", MEMBER_OPTIONAL, read_nested},
};

static void read_state(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    int parent = *(int *)into;
    unsigned number = 0;

    while (number < reader->wf->n_states && (reader->draft->states[number].info.parent != parent ||
                                             strcmp(reader->draft->states[number].info.name, at->name) != 0))
        number++;
    /* One that found no number was told of when it asked for one. */
    if (number == reader->wf->n_states)
        return;
    if (read_members(reader, at, value, state_members, COUNT_OF(state_members), &number))
        state_check(reader, number);
    else
        reader->edges_unknown = true;
}

static void read_nested(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    int parent = (int)*(unsigned *)into;

    read_entries(reader, at, value, 1, WORKFLOW_STATES_MAX, read_state, &parent);
}

void read_states(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    int top = MACHINE_NONE;

    (void)into;
    expressions_prepare(reader);
    read_entries(reader, at, value, 1, WORKFLOW_STATES_MAX, read_state, &top);
    states_complete(reader);
}
