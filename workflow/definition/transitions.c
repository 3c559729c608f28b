/* `on`, `always`, `on_done` and what timers do: the ways out of a state. */
#include "workflow/definition/reader.h"

#include <string.h>

/* A transition while it is read. */
struct way {
    struct machine_transition *transition;
    bool has_to, has_role;
};

static void read_target(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct machine_transition *transition = ((struct way *)into)->transition;
    int target = refer_state(reader, at, value, transition->source);
    uint16_t *count = &reader->draft->n_targets;
    unsigned place;

    if (target < 0) {
        reader->edges_unknown = true;
        return;
    }
    for (unsigned i = 0; i < transition->targets.n; i++)
        if (reader->draft->targets[transition->targets.first + i] == target)
            report_fault(reader->report, at, "duplicate_item", "This state is there already");
    if (!list_take(reader, at, count, DRAFT_ALL_TARGETS_MAX, &place))
        return;
    reader->draft->targets[place] = (int16_t)target;
    transition->targets.n++;
}

static void read_to(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct way *way = into;

    way->has_to = true;
    way->transition->targets.first = reader->draft->n_targets;
    if (json_is_array(value))
        read_items(reader, at, value, 1, DRAFT_TARGETS_MAX, read_target, way);
    else
        read_target(reader, at, value, way);
}

static void read_label(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_text(reader, at, value, &((struct way *)into)->transition->label);
}

static void read_roles_of(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    ((struct way *)into)->has_role = true;
    read_role_set(reader, at, value, &((struct way *)into)->transition->roles);
}

static void read_required_field(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct machine_transition *transition = ((struct way *)into)->transition;
    unsigned field;

    if (!refer_field(reader, at, value, &field))
        return;
    if (reader->wf->fields[field].by_procedure)
        report_fault(reader->report, at, "set_by_procedure",
                     "Only the procedure writes this field: nobody is asked for it");
    if (transition->require & (UINT64_C(1) << field))
        report_fault(reader->report, at, "duplicate_item", "This field is there already");
    transition->require |= UINT64_C(1) << field;
}

static void read_require(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_items(reader, at, value, 0, WORKFLOW_FIELDS_MAX, read_required_field, into);
}

static void read_guard(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    ((struct way *)into)->transition->guard = (int16_t)read_expression(reader, at, value, WORKFLOW_KIND_BOOL);
}

static void read_check_expression(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    ((struct machine_check *)into)->expression = (int16_t)read_expression(reader, at, value, WORKFLOW_KIND_BOOL);
}

static void read_check_message(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_text(reader, at, value, &((struct machine_check *)into)->message);
}

static void read_check(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct member members[] = {
        {"expr", MEMBER_REQUIRED, read_check_expression},
        {"msg", MEMBER_REQUIRED, read_check_message},
    };
    struct machine_transition *transition = ((struct way *)into)->transition;
    unsigned place;

    if (!list_take(reader, at, &reader->draft->n_checks, DRAFT_CHECKS_MAX, &place))
        return;
    transition->checks.n++;
    read_members(reader, at, value, members, COUNT_OF(members), &reader->draft->checks[place]);
}

static void read_checks(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    ((struct way *)into)->transition->checks.first = reader->draft->n_checks;
    read_items(reader, at, value, 1, WORKFLOW_FAILURES_MAX, read_check, into);
}

/* The actor of the event is remembered from now on, so that another can be demanded. */
static void read_apart_from(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct machine_transition *transition = ((struct way *)into)->transition;
    int event = read_event_name(reader, at, value);
    struct machine_event *witnessed;
    unsigned place;

    if (event < 0)
        return;
    witnessed = &reader->draft->events[event];
    if (witnessed->witness < 0) {
        if (!list_take(reader, at, &reader->wf->n_witnesses, WORKFLOW_WITNESSES_MAX, &place))
            return;
        witnessed->witness = (int16_t)place;
        reader->draft->witnesses[place] = (int16_t)event;
    }
    if (transition->apart >> witnessed->witness & 1)
        report_fault(reader->report, at, "duplicate_item", "This event is there already");
    transition->apart |= (uint16_t)(1u << witnessed->witness);
}

static void read_apart(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_items(reader, at, value, 1, WORKFLOW_WITNESSES_MAX, read_apart_from, into);
}

static void read_set_one(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct machine_transition *transition = ((struct way *)into)->transition;
    unsigned field, place;

    if (!workflow_field_find(reader->wf, at->name, &field)) {
        report_fault(reader->report, at, "unknown_field", "No field \"%.60s\" in data", at->name);
        return;
    }
    if (!list_take(reader, at, &reader->draft->n_sets, DRAFT_SETS_MAX, &place))
        return;
    reader->draft->sets[place] = (struct machine_set){
        .field = (uint16_t)field,
        .expression = (int16_t)read_expression(reader, at, value, kind_of_field(&reader->wf->fields[field]))};
    transition->sets.n++;
}

static void read_set(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    ((struct way *)into)->transition->sets.first = reader->draft->n_sets;
    read_entries(reader, at, value, 1, WORKFLOW_FIELDS_MAX, read_set_one, into);
}

static void read_internal(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_bool(reader, at, value, &((struct way *)into)->transition->internal);
}

static void read_do(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_effects(reader, at, value, &((struct way *)into)->transition->effects);
}

static const struct member event_members[] = {
    {"label", MEMBER_OPTIONAL, read_label},  {"role", MEMBER_OPTIONAL, read_roles_of},
    {"guard", MEMBER_OPTIONAL, read_guard},  {"require", MEMBER_OPTIONAL, read_require},
    {"check", MEMBER_OPTIONAL, read_checks}, {"not_same_actor_as", MEMBER_OPTIONAL, read_apart},
    {"set", MEMBER_OPTIONAL, read_set},      {"internal", MEMBER_OPTIONAL, read_internal},
    {"to", MEMBER_OPTIONAL, read_to},        {"do", MEMBER_OPTIONAL, read_do},
};

/* Nobody acts here, so nothing can be demanded of an actor. */
static const struct member silent_members[] = {
    {"label", MEMBER_MISPLACED, NULL},      {"role", MEMBER_MISPLACED, NULL},
    {"guard", MEMBER_OPTIONAL, read_guard}, {"require", MEMBER_MISPLACED, NULL},
    {"check", MEMBER_MISPLACED, NULL},      {"not_same_actor_as", MEMBER_MISPLACED, NULL},
    {"set", MEMBER_OPTIONAL, read_set},     {"internal", MEMBER_OPTIONAL, read_internal},
    {"to", MEMBER_OPTIONAL, read_to},       {"do", MEMBER_OPTIONAL, read_do},
};

/* A timer has a name and a time besides; those are after.c's to read. */
static const struct member timer_members[] = {
    {"id", MEMBER_OPTIONAL, NULL},          {"label", MEMBER_OPTIONAL, NULL},   {"clock", MEMBER_OPTIONAL, NULL},
    {"at", MEMBER_OPTIONAL, NULL},          {"in", MEMBER_OPTIONAL, NULL},      {"calendar", MEMBER_OPTIONAL, NULL},
    {"on_date", MEMBER_OPTIONAL, NULL},     {"window", MEMBER_OPTIONAL, NULL},  {"repeat", MEMBER_OPTIONAL, NULL},
    {"guard", MEMBER_OPTIONAL, read_guard}, {"set", MEMBER_OPTIONAL, read_set}, {"to", MEMBER_OPTIONAL, read_to},
    {"do", MEMBER_OPTIONAL, read_do},
};

static struct machine_transition *take_transition(struct reader *reader, const struct place *at, unsigned state,
                                                  struct draft_place place, enum workflow_trigger trigger)
{
    unsigned number;

    if (!list_take(reader, at, &reader->wf->n_transitions, DRAFT_TRANSITIONS_MAX, &number))
        return NULL;
    reader->draft->places[number] = place;
    reader->draft->transitions[number] = (struct machine_transition){.trigger = (uint8_t)trigger,
                                                                     .source = (int16_t)state,
                                                                     .domain = MACHINE_NONE,
                                                                     .event = MACHINE_NONE,
                                                                     .guard = MACHINE_NONE};
    return &reader->draft->transitions[number];
}

/* Without a target a transition stays where it is, and has to say so. */
static void check_targets(struct reader *reader, const struct place *at, const struct way *way)
{
    way->transition->targetless = !way->has_to;
    if (way->transition->trigger == WORKFLOW_BY_TIMER || way->has_to)
        return;
    if (way->transition->trigger == WORKFLOW_BY_ALWAYS)
        report_fault(reader->report, at, "missing_member", "\"to\" is missing: \"always\" has to leave");
    else if (!way->transition->internal)
        report_fault(reader->report, at, "missing_member", "\"to\" is missing (or \"internal\": true, to stay)");
}

struct alternatives {
    unsigned state;
    int event;
    enum workflow_trigger trigger;
    const char *member;
    struct machine_span span;
    bool closed; /* the last one read has no guard: nothing comes after it */
};

static void read_alternative(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct alternatives *list = into;
    const struct member *members = list->trigger == WORKFLOW_BY_EVENT ? event_members : silent_members;
    size_t n = list->trigger == WORKFLOW_BY_EVENT ? COUNT_OF(event_members) : COUNT_OF(silent_members);
    struct draft_place place = {list->member, list->trigger == WORKFLOW_BY_EVENT ? at->up->name : NULL, at->index};
    struct way way = {take_transition(reader, at, list->state, place, list->trigger), false, false};

    if (!way.transition)
        return;
    list->span.n++;
    way.transition->event = (int16_t)list->event;
    if (list->event >= 0)
        way.transition->label = text_of(reader->draft->events[list->event].key);
    if (list->closed)
        report_fault(reader->report, at, "unreachable_alternative",
                     "The one before it has no guard, so this one is never tried");
    if (!read_members(reader, at, value, members, n, &way)) {
        reader->edges_unknown = true;
        return;
    }
    check_targets(reader, at, &way);
    list->closed = !json_object_get(value, "guard");
}

static struct machine_span read_alternatives(struct reader *reader, const struct place *at, json_t *value,
                                             struct alternatives list)
{
    list.span.first = reader->wf->n_transitions;
    read_items(reader, at, value, 1, DRAFT_ALTERNATIVES_MAX, read_alternative, &list);
    if (!json_is_array(value) || json_array_size(value) == 0)
        reader->edges_unknown = true;
    return list.span;
}

void read_always(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    unsigned state = *(unsigned *)into;

    reader->draft->states[state].always = read_alternatives(
        reader, at, value,
        (struct alternatives){
            .state = state, .event = MACHINE_NONE, .trigger = WORKFLOW_BY_ALWAYS, .member = "always"});
}

void read_done(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    unsigned state = *(unsigned *)into;

    reader->draft->states[state].done = read_alternatives(
        reader, at, value,
        (struct alternatives){.state = state, .event = MACHINE_NONE, .trigger = WORKFLOW_BY_DONE, .member = "on_done"});
}

void read_on(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    unsigned state = *(unsigned *)into;
    struct machine_span *own = &reader->draft->states[state].own;
    const char *name;
    json_t *content;

    if (!json_is_object(value)) {
        report_fault(reader->report, at, "wrong_type", "This must be an object");
        reader->edges_unknown = true;
        return;
    }
    if (json_object_size(value) > DRAFT_STATE_EVENTS_MAX) {
        report_fault(reader->report, at, "too_many", "A state has %d events at most", DRAFT_STATE_EVENTS_MAX);
        reader->edges_unknown = true;
        return;
    }
    own->first = reader->wf->n_transitions;
    json_object_foreach(value, name, content)
    {
        struct place here = {at, name, 0};
        struct alternatives list = {
            .state = state, .event = refer_event(reader, &here, name), .trigger = WORKFLOW_BY_EVENT, .member = "on"};
        own->n = (uint16_t)(own->n + read_alternatives(reader, &here, content, list).n);
    }
}

int read_timer_transition(struct reader *reader, const struct place *at, json_t *value, unsigned state, size_t index)
{
    struct draft_place place = {"after", NULL, index};
    struct way way = {take_transition(reader, at, state, place, WORKFLOW_BY_TIMER), false, false};

    if (!way.transition)
        return MACHINE_NONE;
    if (!read_members(reader, at, value, timer_members, COUNT_OF(timer_members), &way))
        return MACHINE_NONE;
    check_targets(reader, at, &way);
    return (int)(way.transition - reader->draft->transitions);
}

const struct place *transition_place(const struct reader *reader, unsigned number, struct place ret_places[3])
{
    const struct draft_place *place = &reader->draft->places[number];
    const struct draft_state *said = &reader->draft->said[reader->draft->transitions[number].source];

    ret_places[0] = (struct place){&said->place, place->member, 0};
    ret_places[1] = (struct place){&ret_places[0], place->event, 0};
    ret_places[2] = (struct place){place->event ? &ret_places[1] : &ret_places[0], NULL, place->index};
    return &ret_places[2];
}
