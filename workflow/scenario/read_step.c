/* One step: when, who, what, and what is expected then. Everything that it names must be of the definition. */
#include <string.h>

#include "workflow/definition/reader.h"
#include "workflow/scenario/play.h"

enum { EXPECTED_MAX = 256 };

/* ---- when ---- */

static void read_day(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct scenario_reading *reading = into;
    const char *text = scenario_string(reader, at, value);
    int32_t day;

    if (text && !scenario_day(text, &day))
        report_fault(reader->report, at, "invalid_date", "A date is written 2026-03-02, of a year from 2016 to 2055");
    else if (text)
        reading->day = day;
}

static void read_time(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    const char *text = scenario_string(reader, at, value);

    if (text && !scenario_minute(text, &((struct scenario_reading *)into)->minute))
        report_fault(reader->report, at, "invalid_time", "A time is written 09:00, from 00:00 to 23:59");
}

/* A step without a day or a time has those of the step before. */
static void check_moment(struct reader *reader, const struct place *at, struct scenario_reading *reading)
{
    int64_t now;

    if (reading->day == INT32_MIN)
        return;
    now = scenario_moment(reading->into->zone, reading->day, reading->minute);
    if (now < reading->at_us)
        report_fault(reader->report, at, "before", "This is before the step above it");
    reading->at_us = now;
}

/* ---- who and what ---- */

static void check_person(struct reader *reader, const struct place *at, const char *key, void *into)
{
    if (key && !scenario_person_find(((struct scenario_reading *)into)->into, key))
        report_fault(reader->report, at, "unknown_person",
                     "Neither a role nor anybody under people is called \"%.60s\"", key);
}

static void read_who(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    check_person(reader, at, scenario_string(reader, at, value), into);
}

static void check_event(struct reader *reader, const struct place *at, const char *key)
{
    unsigned event;

    if (key && !workflow_event_find(reader->wf, key, &event))
        report_fault(reader->report, at, "unknown_event", "The definition has no event \"%.60s\"", key);
}

static void read_does(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    (void)into;
    check_event(reader, at, scenario_string(reader, at, value));
}

static void check_body(struct reader *reader, const struct place *at, const char *code)
{
    if (code && scenario_body(code) == 0)
        report_fault(reader->report, at, "invalid_body", "A town is told by its official code, in digits");
}

static void read_member(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    (void)into;
    check_body(reader, at, scenario_string(reader, at, value));
}

void scenario_read_fields(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    const char *name, *wrong;
    json_t *content;
    unsigned field;

    (void)into;
    if (!json_is_object(value)) {
        report_fault(reader->report, at, "wrong_type", "This must be an object of fields");
        return;
    }
    json_object_foreach(value, name, content)
    {
        struct place here = {at, name, 0};
        if (!workflow_field_find(reader->wf, name, &field))
            report_fault(reader->report, &here, "unknown_field", "No field \"%.60s\" in data", name);
        else if ((wrong = scenario_field_wrong(workflow_field(reader->wf, field), content)) != NULL)
            report_fault(reader->report, &here, "invalid_value", "%s", wrong);
    }
}

/* What somebody sends: never what only the procedure writes. */
static void read_sent(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    const char *name;
    json_t *content;
    unsigned field;

    scenario_read_fields(reader, at, value, into);
    json_object_foreach(value, name, content)
    {
        struct place here = {at, name, 0};
        if (workflow_field_find(reader->wf, name, &field) && workflow_field(reader->wf, field)->by_procedure)
            report_fault(reader->report, &here, "set_by_procedure", "Only the procedure writes this field");
    }
}

static void read_choice(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct word words[] = {
        {"yes", WORKFLOW_YES}, {"no", WORKFLOW_NO}, {"abstain", WORKFLOW_ABSTAIN}, {"close", WORKFLOW_CLOSE}};
    int choice;

    (void)into;
    (void)read_word(reader, at, value, words, COUNT_OF(words), &choice);
}

static void read_score(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    int64_t score;

    (void)into;
    (void)read_integer(reader, at, value, -1000000, 1000000, &score);
}

static void read_note(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    (void)into;
    (void)scenario_string(reader, at, value);
}

/* ---- what is expected ---- */

typedef void check_fn(struct reader *reader, const struct place *at, const char *text, void *into);

/* Each string of a list, or one alone. */
static void read_texts(struct reader *reader, const struct place *at, json_t *value, bool alone, check_fn *check,
                       void *into)
{
    if (alone && json_is_string(value)) {
        check(reader, at, scenario_string(reader, at, value), into);
        return;
    }
    if (!json_is_array(value) || json_array_size(value) > EXPECTED_MAX) {
        report_fault(reader->report, at, "wrong_type", "This must be a list of strings, %d at most", EXPECTED_MAX);
        return;
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        struct place here = {at, NULL, i};
        check(reader, &here, scenario_string(reader, &here, json_array_get(value, i)), into);
    }
}

static void check_state(struct reader *reader, const struct place *at, const char *text, void *into)
{
    (void)into;
    if (text && !workflow_state_find(reader->wf, text, NULL))
        report_fault(reader->report, at, "unknown_state", "No state \"%.100s\" in states", text);
}

static void check_reason(struct reader *reader, const struct place *at, const char *text, void *into)
{
    (void)into;
    for (unsigned i = 0; text && i < WORKFLOW_REASONS; i++)
        if (strcmp(workflow_reason_key((enum workflow_reason)(1u << i)), text) == 0)
            return;
    if (text)
        report_fault(reader->report, at, "unknown_reason", "Nothing is refused because of \"%.60s\"", text);
}

static void check_field(struct reader *reader, const struct place *at, const char *text, void *into)
{
    (void)into;
    if (text && !workflow_field_find(reader->wf, text, &(unsigned){0}))
        report_fault(reader->report, at, "unknown_field", "No field \"%.60s\" in data", text);
}

static void check_text(struct reader *reader, const struct place *at, const char *text, void *into)
{
    (void)reader;
    (void)at;
    (void)text;
    (void)into;
}

static void read_state(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_texts(reader, at, value, true, check_state, into);
}

static void read_reasons(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_texts(reader, at, value, false, check_reason, into);
}

static void read_missing(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_texts(reader, at, value, false, check_field, into);
}

static void read_lines(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_texts(reader, at, value, false, check_text, into);
}

/* An object whose names are checked by one function and whose values are read by another. */
static void read_named(struct reader *reader, const struct place *at, json_t *value, check_fn *check, read_fn *read,
                       void *into)
{
    const char *name;
    json_t *content;

    if (!json_is_object(value)) {
        report_fault(reader->report, at, "wrong_type", "This must be an object");
        return;
    }
    json_object_foreach(value, name, content)
    {
        struct place here = {at, name, 0};
        check(reader, &here, name, into);
        read(reader, &here, content, into);
    }
}

static void check_clock(struct reader *reader, const struct place *at, const char *text, void *into)
{
    (void)into;
    if (!workflow_clock_find(reader->wf, text, &(unsigned){0}))
        report_fault(reader->report, at, "unknown_clock", "No clock \"%.60s\" in clocks", text);
}

static void read_due(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_named(reader, at, value, check_clock, read_note, into);
}

static void check_who(struct reader *reader, const struct place *at, const char *text, void *into)
{
    check_person(reader, at, text, into);
}

static void check_action(struct reader *reader, const struct place *at, const char *text, void *into)
{
    (void)into;
    check_event(reader, at, text);
}

/* By event, what it still wants; or a list of events. */
static void read_offer(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    if (json_is_array(value))
        read_texts(reader, at, value, false, check_action, into);
    else
        read_named(reader, at, value, check_action, read_missing, into);
}

static void read_offered(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_named(reader, at, value, check_who, read_offer, into);
}

static void read_grey(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_named(reader, at, value, check_action, read_reasons, into);
}

static void read_greyed(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_named(reader, at, value, check_who, read_grey, into);
}

static void check_member(struct reader *reader, const struct place *at, const char *text, void *into)
{
    (void)into;
    check_body(reader, at, text);
}

static void read_members_expected(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_named(reader, at, value, check_member, read_state, into);
}

void scenario_read_expect(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct member members[] = {
        {"state", MEMBER_OPTIONAL, read_state},          {"outcome", MEMBER_OPTIONAL, read_note},
        {"refused", MEMBER_OPTIONAL, read_reasons},      {"missing", MEMBER_OPTIONAL, read_missing},
        {"because", MEMBER_OPTIONAL, read_lines},        {"fires", MEMBER_OPTIONAL, read_lines},
        {"effects", MEMBER_OPTIONAL, read_lines},        {"due", MEMBER_OPTIONAL, read_due},
        {"data", MEMBER_OPTIONAL, scenario_read_fields}, {"offered", MEMBER_OPTIONAL, read_offered},
        {"greyed", MEMBER_OPTIONAL, read_greyed},        {"members", MEMBER_OPTIONAL, read_members_expected},
    };

    read_members(reader, at, value, members, COUNT_OF(members), into);
}

/* ---- the step ---- */

void scenario_read_step(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct member members[] = {
        {"on", MEMBER_OPTIONAL, read_day},        {"at", MEMBER_OPTIONAL, read_time},
        {"who", MEMBER_OPTIONAL, read_who},       {"does", MEMBER_OPTIONAL, read_does},
        {"member", MEMBER_OPTIONAL, read_member}, {"with", MEMBER_OPTIONAL, read_sent},
        {"choice", MEMBER_OPTIONAL, read_choice}, {"score", MEMBER_OPTIONAL, read_score},
        {"note", MEMBER_OPTIONAL, read_note},     {"expect", MEMBER_OPTIONAL, scenario_read_expect},
    };
    static const char *const of_acts[] = {"who", "member", "with", "choice", "score"};

    if (!read_members(reader, at, value, members, COUNT_OF(members), into))
        return;
    check_moment(reader, at, into);
    for (size_t i = 0; !json_object_get(value, "does") && i < COUNT_OF(of_acts); i++) {
        struct place here = {at, of_acts[i], 0};
        if (json_object_get(value, of_acts[i]))
            report_fault(reader->report, &here, "misplaced_member", "Nobody does anything in this step");
    }
}

void scenario_read_start(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct member members[] = {
        {"on", MEMBER_REQUIRED, read_day},    {"at", MEMBER_REQUIRED, read_time},
        {"who", MEMBER_OPTIONAL, read_who},   {"with", MEMBER_OPTIONAL, read_sent},
        {"note", MEMBER_OPTIONAL, read_note}, {"expect", MEMBER_OPTIONAL, scenario_read_expect},
    };

    if (read_members(reader, at, value, members, COUNT_OF(members), into))
        check_moment(reader, at, into);
}
