/* `on` and `always`: the ways out of a state. */
#include "workflow/definition/states.h"

#include <string.h>

/* Nobody reaches into a nested state here, and an unknown target leaves the graph open: no more is said about it. */
static void read_target(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct draft_transition *transition = into;
    const char *key;
    unsigned state;

    if (reader->nesting > 0)
        return;
    if (json_is_array(value)) {
        report_fault(reader->report, at, "unsupported_value",
                     "Several targets belong to the format but are not run yet");
        return;
    }
    key = read_string(reader, at, value, 4 * WORKFLOW_KEY_MAX);
    if (!key)
        return;
    if (strchr(key, '.'))
        report_fault(reader->report, at, "unsupported_value", "Nested states (\"%.100s\") are not run yet", key);
    else if (!workflow_state_find(reader->wf, key, &state))
        report_fault(reader->report, at, "unknown_state", "No state \"%.100s\" in states", key);
    else
        transition->to = (int)state;
}

static void read_transition_label(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_text(reader, at, value, &((struct draft_transition *)into)->label);
}

static void read_transition_roles(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_role_set(reader, at, value, &((struct draft_transition *)into)->roles);
}

static void read_required_field(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct draft_transition *transition = into;
    const char *key = read_string(reader, at, value, WORKFLOW_KEY_MAX);
    unsigned field;

    if (!key)
        return;
    if (!workflow_field_find(reader->wf, key, &field)) {
        report_fault(reader->report, at, "unknown_field", "No field \"%s\" in data", key);
        return;
    }
    if (transition->require & (UINT64_C(1) << field))
        report_fault(reader->report, at, "duplicate_item", "This field is there already");
    transition->require |= UINT64_C(1) << field;
}

static void read_require(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_items(reader, at, value, 0, WORKFLOW_FIELDS_MAX, read_required_field, into);
}

static void read_do(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_effects(reader, at, value, &((struct draft_transition *)into)->effects);
}

/* A role is demanded: a way that nobody is named for would be a way for everybody. */
static void read_event_transition(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct member members[] = {
        {"label", MEMBER_OPTIONAL, read_transition_label},
        {"role", MEMBER_REQUIRED, read_transition_roles},
        {"require", MEMBER_OPTIONAL, read_require},
        {"to", MEMBER_REQUIRED, read_target},
        {"do", MEMBER_OPTIONAL, read_do},
        {"guard", MEMBER_UNSUPPORTED, NULL},
        {"check", MEMBER_UNSUPPORTED, NULL},
        {"not_same_actor_as", MEMBER_UNSUPPORTED, NULL},
        {"set", MEMBER_UNSUPPORTED, NULL},
        {"internal", MEMBER_UNSUPPORTED, NULL},
    };

    read_members(reader, at, value, members, COUNT_OF(members), into);
}

/* Nobody acts here, so nothing can be demanded of an actor. */
static void read_always_transition(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct member members[] = {
        {"to", MEMBER_REQUIRED, read_target}, {"do", MEMBER_OPTIONAL, read_do},
        {"label", MEMBER_MISPLACED, NULL},    {"role", MEMBER_MISPLACED, NULL},
        {"require", MEMBER_MISPLACED, NULL},  {"guard", MEMBER_UNSUPPORTED, NULL},
        {"check", MEMBER_UNSUPPORTED, NULL},  {"not_same_actor_as", MEMBER_MISPLACED, NULL},
        {"set", MEMBER_UNSUPPORTED, NULL},    {"internal", MEMBER_UNSUPPORTED, NULL},
    };

    read_members(reader, at, value, members, COUNT_OF(members), into);
}

/* Reads a list of alternatives, of which only a single one can be run: without guards the first always wins. */
static void read_alternatives(struct reader *reader, const struct place *at, json_t *value, read_fn *read,
                              struct draft_transition *transition)
{
    struct draft_transition ignored;

    if (!json_is_array(value) || json_array_size(value) < 2) {
        read_items(reader, at, value, 1, 1, read, transition);
        return;
    }
    report_fault(reader->report, at, "unsupported_alternatives",
                 "Several transitions need guards to choose, which are not run yet");
    for (size_t i = 0; i < json_array_size(value); i++) {
        struct place here = {at, NULL, i};
        ignored = (struct draft_transition){.to = DRAFT_NOWHERE};
        read(reader, &here, json_array_get(value, i), i == 0 ? transition : &ignored);
    }
    reader->edges_unknown = true;
}

void read_always(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct draft_state *state = into;

    state->has_always = true;
    state->always.to = DRAFT_NOWHERE;
    read_alternatives(reader, at, value, read_always_transition, &state->always);
    if (state->always.to == DRAFT_NOWHERE)
        reader->edges_unknown = true;
}

static void read_event(struct reader *reader, const struct place *at, json_t *value,
                       struct draft_transition *transition)
{
    if (!event_is_valid(at->name))
        report_fault(reader->report, at, "invalid_id", "An event is identifiers with dots between, 64 bytes at most");
    transition->event = keep_text(reader, at->name);
    transition->label = text_of(transition->event);
    transition->to = DRAFT_NOWHERE;
    read_alternatives(reader, at, value, read_event_transition, transition);
    if (transition->to == DRAFT_NOWHERE)
        reader->edges_unknown = true;
}

void read_on(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct draft_state *state = into;
    const char *name;
    json_t *content;

    state->has_on = true;
    if (!json_is_object(value)) {
        report_fault(reader->report, at, "wrong_type", "This must be an object");
        reader->edges_unknown = true;
        return;
    }
    if (json_object_size(value) > WORKFLOW_EVENTS_MAX) {
        report_fault(reader->report, at, "too_many", "A state has %d events at most", WORKFLOW_EVENTS_MAX);
        reader->edges_unknown = true;
        return;
    }
    state->transitions = draft_alloc(reader, json_object_size(value), sizeof(*state->transitions));
    if (!state->transitions)
        return;
    json_object_foreach(value, name, content)
    {
        struct place here = {at, name, 0};
        read_event(reader, &here, content, &state->transitions[state->n_transitions++]);
    }
}
