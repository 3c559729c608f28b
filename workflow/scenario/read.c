/* A document of scenarios: who and where. Its steps are read in read_step.c. */
#include <stdlib.h>
#include <string.h>

#include "workflow/definition/reader.h"
#include "workflow/facts.h"
#include "workflow/scenario/play.h"

enum { STRING_MAX = 4000, NAME_MAX = 200 };

const char *scenario_string(struct reader *reader, const struct place *at, json_t *value)
{
    return read_string(reader, at, value, STRING_MAX);
}

/* ---- people ---- */

const struct scenario_person *scenario_person_find(const struct workflow_scenarios *scenarios, const char *key)
{
    for (size_t i = 0; i < scenarios->n_people; i++)
        if (strcmp(scenarios->people[i].key, key) == 0)
            return &scenarios->people[i];
    return NULL;
}

static void read_role(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct scenario_person *person = into;
    unsigned role;

    if (refer_role(reader, at, value, &role))
        person->roles |= 1u << role;
}

static void read_person_roles(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    if (json_is_array(value))
        read_items(reader, at, value, 1, WORKFLOW_ROLES_MAX, read_role, into);
    else
        read_role(reader, at, value, into);
}

static void read_chair(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    (void)read_bool(reader, at, value, &((struct scenario_person *)into)->chair);
}

static void read_body(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    const char *code = scenario_string(reader, at, value);

    if (code && scenario_body(code) == 0)
        report_fault(reader->report, at, "invalid_body", "A town is told by its official code, in digits");
    else if (code)
        ((struct scenario_person *)into)->body = scenario_body(code);
}

static void read_facts(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    if (!json_is_object(value))
        report_fault(reader->report, at, "wrong_type", "This must be an object");
    else
        ((struct scenario_person *)into)->facts = scenario_value(value, reader->storage);
}

static void read_person(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct member members[] = {
        {"role", MEMBER_REQUIRED, read_person_roles},
        {"chair", MEMBER_OPTIONAL, read_chair},
        {"body", MEMBER_OPTIONAL, read_body},
        {"facts", MEMBER_OPTIONAL, read_facts},
    };
    struct workflow_scenarios *scenarios = ((struct scenario_reading *)into)->into;
    struct scenario_person *person = &scenarios->people[scenarios->n_people];

    if (scenario_person_find(scenarios, at->name)) {
        report_fault(reader->report, at, "duplicate_person", "A role has this name: it acts by itself");
        return;
    }
    *person = (struct scenario_person){.key = at->name, .named = true, .actor = 101 + (int64_t)scenarios->n_people};
    scenarios->n_people++;
    read_members(reader, at, value, members, COUNT_OF(members), person);
}

void scenario_read_people(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_entries(reader, at, value, 1, SCENARIO_PEOPLE_MAX - WORKFLOW_ROLES_MAX, read_person, into);
}

/* Whoever has a role and no name. */
static void add_roles(struct workflow_scenarios *scenarios)
{
    for (unsigned i = 0; i < workflow_role_count(scenarios->wf); i++)
        scenarios->people[scenarios->n_people++] =
            (struct scenario_person){.key = workflow_role(scenarios->wf, i)->key, .actor = 1 + i, .roles = 1u << i};
}

/* ---- scenarios ---- */

/* A text in one language, or in each. */
static void read_name(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct workflow_text text;

    (void)into;
    if (json_is_object(value))
        read_text(reader, at, value, &text);
    else
        (void)read_string(reader, at, value, NAME_MAX);
}

static void read_note(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct workflow_text text;

    (void)into;
    if (json_is_object(value))
        read_long_text(reader, at, value, &text);
    else
        (void)scenario_string(reader, at, value);
}

static void read_fact(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    (void)into;
    (void)read_string(reader, at, value, NAME_MAX);
}

static void read_population(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    int64_t population;

    (void)into;
    (void)read_integer(reader, at, value, 0, INT32_MAX, &population);
}

/* What `ticket` is in the story. */
static void read_request(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct member members[WORKFLOW_TICKET_FACTS];

    for (unsigned i = 0; i < WORKFLOW_TICKET_FACTS; i++)
        members[i] = (struct member){workflow_ticket_key((enum workflow_ticket_fact)i), MEMBER_OPTIONAL,
                                     i == WORKFLOW_TICKET_POPULATION ? read_population : read_fact};
    read_members(reader, at, value, members, COUNT_OF(members), into);
}

static void read_steps(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_items(reader, at, value, 0, WORKFLOW_SCENARIO_STEPS_MAX, scenario_read_step, into);
}

static void read_scenario(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct member members[] = {
        {"name", MEMBER_REQUIRED, read_name},       {"note", MEMBER_OPTIONAL, read_note},
        {"request", MEMBER_OPTIONAL, read_request}, {"start", MEMBER_REQUIRED, scenario_read_start},
        {"steps", MEMBER_REQUIRED, read_steps},
    };
    struct scenario_reading *reading = into;

    reading->day = INT32_MIN;
    reading->minute = 0;
    reading->at_us = INT64_MIN;
    read_members(reader, at, value, members, COUNT_OF(members), into);
}

static void read_scenarios(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_items(reader, at, value, 1, WORKFLOW_SCENARIOS_MAX, read_scenario, into);
}

/* ---- the document ---- */

static void read_format(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct word words[] = {{"oam-scenarios/1", 1}};
    int format;

    (void)into;
    (void)read_word(reader, at, value, words, COUNT_OF(words), &format);
}

static void read_definition(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    const char *key = read_id(reader, at, value);

    (void)into;
    if (key && strcmp(key, workflow_key(reader->wf)) != 0)
        report_fault(reader->report, at, "other_definition", "These are of \"%s\", not of \"%s\"", key,
                     workflow_key(reader->wf));
}

static void read_language(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct word words[] = {{"ca", WORKFLOW_CA}, {"es", WORKFLOW_ES}, {"en", WORKFLOW_EN}};
    int language = WORKFLOW_CA;

    (void)read_word(reader, at, value, words, COUNT_OF(words), &language);
    ((struct scenario_reading *)into)->into->language = (enum workflow_language)language;
}

static const struct member document_members[] = {
    {"format", MEMBER_REQUIRED, read_format},       {"definition", MEMBER_REQUIRED, read_definition},
    {"language", MEMBER_OPTIONAL, read_language},   {"note", MEMBER_OPTIONAL, read_note},
    {"town", MEMBER_REQUIRED, scenario_read_town},  {"seat", MEMBER_OPTIONAL, scenario_read_seat},
    {"request", MEMBER_OPTIONAL, read_request},     {"people", MEMBER_OPTIONAL, scenario_read_people},
    {"scenarios", MEMBER_REQUIRED, read_scenarios},
};

static bool read_document(struct report *report, struct workflow_scenarios *scenarios,
                          const struct workflow_towns *towns)
{
    static const struct place root = {NULL, NULL, 0};
    /* A reader only looks at a workflow here; that of a definition also builds one. */
    struct reader reader = {.report = report,
                            .wf = (struct workflow *)(uintptr_t)scenarios->wf,
                            .storage = scenarios->storage,
                            .temporary = scenarios->storage};
    struct scenario_reading reading = {.into = scenarios, .towns = towns};

    add_roles(scenarios);
    scenarios->document = document_load(report, WORKFLOW_SCENARIOS_BYTES_MAX);
    if (!scenarios->document)
        return false;
    read_members(&reader, &root, scenarios->document, document_members, COUNT_OF(document_members), &reading);
    if (report->n == 0 && (reader.exhausted || !scenario_calendars(scenarios)))
        report_broken(report, 0, "", "out_of_memory", "There is not enough memory to read this");
    report_sort(report);
    return report->n == 0;
}

/* The text is kept: differences are told by its lines. */
static struct workflow_scenarios *scenarios_new(const struct workflow *wf, const char *json, size_t length)
{
    struct workflow_scenarios *scenarios = calloc(1, sizeof(*scenarios));
    void *zone = NULL;

    if (!scenarios)
        return NULL;
    scenarios->wf = wf;
    scenarios->storage = storage_new();
    scenarios->length = length;
    scenarios->text = malloc(length + 1);
    if (scenarios->storage)
        zone = storage_alloc(scenarios->storage, 1, workflow_zone_size());
    if (!zone || !scenarios->text) {
        workflow_scenarios_free(scenarios);
        return NULL;
    }
    memcpy(scenarios->text, json, length);
    scenarios->text[length] = '\0';
    scenarios->zone = workflow_zone_init(zone, workflow_madrid_shifts, workflow_madrid_shift_count);
    return scenarios;
}

struct workflow_scenarios *workflow_scenarios_read(const struct workflow *wf, const char *json, size_t length,
                                                   const struct workflow_towns *towns,
                                                   struct workflow_fault *ret_faults, size_t max_faults,
                                                   size_t *ret_n_faults)
{
    struct report *report = calloc(1, sizeof(*report));
    struct workflow_scenarios *scenarios = report ? scenarios_new(wf, json, length) : NULL;
    bool read = false;

    if (ret_n_faults)
        *ret_n_faults = 0;
    if (scenarios) {
        report->json = scenarios->text;
        report->length = length;
        read = read_document(report, scenarios, towns);
        for (size_t i = 0; i < report->n && i < max_faults; i++)
            ret_faults[i] = report->faults[i];
        if (ret_n_faults)
            *ret_n_faults = report->n;
    }
    free(report);
    if (read)
        return scenarios;
    workflow_scenarios_free(scenarios);
    return NULL;
}

void workflow_scenarios_free(struct workflow_scenarios *scenarios)
{
    if (!scenarios)
        return;
    json_decref(scenarios->document);
    storage_free(scenarios->storage);
    free(scenarios->text);
    free(scenarios);
}
