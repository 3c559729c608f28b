/* What there is after a step, member by member of `expect`, as JSON. */
#include <stdio.h>
#include <string.h>

#include "workflow/machine.h"
#include "workflow/scenario/play.h"

/* ---- effects ---- */

json_t *play_effect(const struct play *play, const struct workflow_effect *effect)
{
    const struct workflow_effect_info *info = effect->info;
    const char *kind = workflow_effect_key(effect->undoing ? (enum workflow_effect_kind)info->undo : info->kind);
    char role[WORKFLOW_KEY_MAX + 8] = "", amount[40] = "", body[32] = "";

    if (info->role >= 0)
        snprintf(role, sizeof(role), " to %s", workflow_role(play->wf, (unsigned)info->role)->key);
    if (info->amount >= 0)
        snprintf(amount, sizeof(amount), " %lld", (long long)effect->amount);
    if (effect->body)
        snprintf(body, sizeof(body), " for %010lld", (long long)effect->body);
    return json_sprintf("%s%s%s%s%s%s%s%s%s%s", effect->undoing ? "undo: " : "", kind, info->word ? ":" : "",
                        info->word ? info->word : "", role, amount, info->electronic ? " electronically" : "",
                        info->survey ? " with a survey" : "", body, effect->resumed ? " again" : "");
}

/* ---- states ---- */

/* The innermost active states; one alone is told as such. */
static json_t *observe_state(const struct play *play)
{
    json_t *list = json_array(), *only;

    for (unsigned i = 0; i < workflow_state_count(play->wf); i++)
        if ((play->course.instance.configuration.word[i / 64] >> i % 64 & 1) &&
            (play->wf->leaves.word[i / 64] >> i % 64 & 1))
            json_array_append_new(list, json_string(workflow_state(play->wf, i)->key));
    if (json_array_size(list) != 1)
        return list;
    only = json_incref(json_array_get(list, 0));
    json_decref(list);
    return only;
}

static json_t *observe_outcome(const struct play *play)
{
    const char *outcome =
        workflow_state(play->wf, workflow_principal(play->wf, &play->course.instance.configuration))->outcome;

    return play->course.instance.finished && outcome ? json_string(outcome) : json_null();
}

static json_t *observe_members(const struct play *play)
{
    json_t *members = json_object();

    for (unsigned i = 0; i < play->course.instance.n_members; i++) {
        char code[24];
        snprintf(code, sizeof(code), "%010lld", (long long)play->course.instance.members[i].body);
        json_object_set_new(members, code,
                            json_string(workflow_state(play->wf, play->course.instance.members[i].state)->key));
    }
    return members;
}

/* ---- refusals ---- */

static json_t *reasons_json(uint32_t why)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < WORKFLOW_REASONS; i++)
        if (why >> i & 1)
            json_array_append_new(list, json_string(workflow_reason_key((enum workflow_reason)(1u << i))));
    return list;
}

static json_t *fields_json(const struct play *play, uint64_t fields)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < workflow_field_count(play->wf); i++)
        if (fields >> i & 1)
            json_array_append_new(list, json_string(workflow_field(play->wf, i)->key));
    return list;
}

static json_t *observe_because(const struct play *play)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < play->reasons.n_failures; i++)
        json_array_append_new(list, json_string(play->reasons.failures[i]->in[play->of->language]));
    return list;
}

/* ---- clocks ---- */

/* A term that ends with a day is told by that day; hours by the minute. */
static json_t *due_json(const struct play *play, unsigned number)
{
    const struct workflow_clock *clock = &play->course.clocks[number];
    const struct workflow_calendar *calendar = play->of->calendars[workflow_clock_info(play->wf, number)->calendar + 1];
    int64_t due = workflow_clock_due(clock, calendar, NULL);
    char moment[32];

    switch (clock->state) {
    case WORKFLOW_CLOCK_IDLE:
        return json_string("idle");
    case WORKFLOW_CLOCK_PAUSED:
        return json_string("paused");
    case WORKFLOW_CLOCK_STOPPED:
        return json_string("stopped");
    case WORKFLOW_CLOCK_RUNNING:
        break;
    }
    if (due == WORKFLOW_NEVER)
        return json_string("never");
    if (clock->span.kind == WORKFLOW_SPAN_WORK_HOURS) {
        scenario_print(play->of->zone, due, moment);
        return json_string(moment);
    }
    scenario_print(play->of->zone, due - 1, moment);
    return json_stringn(moment, strlen("2026-03-02"));
}

static json_t *observe_due(const struct play *play, const json_t *asked)
{
    json_t *due = json_object();

    for (unsigned i = 0; i < workflow_clock_count(play->wf); i++) {
        const char *key = workflow_clock_info(play->wf, i)->key;
        if (asked ? json_object_get(asked, key) != NULL : play->course.clocks[i].state != WORKFLOW_CLOCK_IDLE)
            json_object_set_new(due, key, due_json(play, i));
    }
    return due;
}

static json_t *observe_data(const struct play *play, const json_t *asked)
{
    json_t *data = json_object();

    for (unsigned i = 0; i < workflow_field_count(play->wf); i++) {
        const struct workflow_field_info *field = workflow_field(play->wf, i);
        bool set = play->written >> i & 1;
        if (asked ? json_object_get(asked, field->key) != NULL : set)
            json_object_set_new(data, field->key, scenario_json(&play->course.data[i], field->type));
    }
    return data;
}

/* ---- what is offered ---- */

/* What filling in a form can still mend does not take a button away. */
static bool is_offered(const struct workflow_option *option)
{
    return (option->reasons.why & ~(uint32_t)WORKFLOW_REASON_FIELDS) == 0;
}

/* Nobody is shown what is not theirs or not of this moment. */
static bool is_greyed(const struct workflow_option *option)
{
    const uint32_t unseen = WORKFLOW_REASON_HIDDEN | WORKFLOW_REASON_ROLE | WORKFLOW_REASON_WRONG_STATE |
                            WORKFLOW_REASON_UNKNOWN_EVENT | WORKFLOW_REASON_MEMBER;

    return !is_offered(option) && !(option->reasons.why & unseen);
}

static void options_of(struct play *play, const struct scenario_person *person, int64_t body, json_t *offered,
                       json_t *greyed)
{
    struct workflow_world world = play_world(play, person, NULL);
    struct workflow_option *options = storage_alloc(play->storage, WORKFLOW_EVENTS_MAX, sizeof(*options));
    struct workflow_out *out = storage_alloc(play->storage, 1, sizeof(*out));
    size_t n = 0;

    if (options && out)
        n = workflow_options(play->wf, &play->course.instance, &world, body, false, out, options, WORKFLOW_EVENTS_MAX);
    else
        play->exhausted = true;
    for (size_t i = 0; i < n; i++) {
        const char *event = workflow_event_key(play->wf, options[i].event);
        if (is_offered(&options[i]))
            json_object_set_new(offered, event, fields_json(play, options[i].reasons.fields_missing));
        else if (is_greyed(&options[i]))
            json_object_set_new(greyed, event, reasons_json(options[i].reasons.why));
    }
}

static json_t *offers_to(struct play *play, const struct scenario_person *person, bool grey)
{
    json_t *offered = json_object(), *greyed = json_object();

    options_of(play, person, person->body, offered, greyed);
    json_decref(grey ? offered : greyed);
    return grey ? greyed : offered;
}

/* A list of events asks for no more than which there are, in the order in which it names them. */
static json_t *as_asked(json_t *offers, const json_t *asked)
{
    json_t *list;
    const char *event;
    json_t *value;

    if (!json_is_array(asked))
        return offers;
    list = json_array();
    for (size_t i = 0; i < json_array_size(asked); i++)
        if (json_object_del(offers, json_string_value(json_array_get(asked, i))) == 0)
            json_array_append(list, json_array_get(asked, i));
    json_object_foreach(offers, event, value) json_array_append_new(list, json_string(event));
    json_decref(offers);
    return list;
}

static json_t *observe_offers(struct play *play, const json_t *asked, bool grey)
{
    json_t *all = json_object();

    for (size_t i = 0; i < play->of->n_people; i++) {
        const struct scenario_person *person = &play->of->people[i];
        json_t *wanted = json_object_get(asked, person->key), *offers;
        if (asked && !wanted)
            continue;
        offers = as_asked(offers_to(play, person, grey), wanted);
        if (asked || !grey || json_object_size(offers) > 0)
            json_object_set(all, person->key, offers);
        json_decref(offers);
    }
    return all;
}

json_t *play_observe(struct play *play, const char *member, const json_t *asked)
{
    if (strcmp(member, "state") == 0)
        return observe_state(play);
    if (strcmp(member, "outcome") == 0)
        return observe_outcome(play);
    if (strcmp(member, "refused") == 0)
        return reasons_json(play->refused ? play->reasons.why : 0);
    if (strcmp(member, "missing") == 0)
        return fields_json(play, play->refused ? play->reasons.fields_missing : 0);
    if (strcmp(member, "because") == 0)
        return observe_because(play);
    if (strcmp(member, "fires") == 0)
        return json_incref(play->fires);
    if (strcmp(member, "effects") == 0)
        return json_incref(play->effects);
    if (strcmp(member, "due") == 0)
        return observe_due(play, asked);
    if (strcmp(member, "data") == 0)
        return observe_data(play, asked);
    if (strcmp(member, "members") == 0)
        return observe_members(play);
    return observe_offers(play, asked, strcmp(member, "greyed") == 0);
}
