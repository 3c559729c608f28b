/* A story: who acts, what the engine answers, and what time does in between. */
#include "workflow/scenario/play.h"

#include <string.h>

#include "workflow/facts.h"
#include "workflow/machine.h"

enum { SCRATCH_BYTES = 64 * 1024 };

bool play_open(struct play *play, const struct workflow_scenarios *scenarios, const json_t *scenario,
               struct workflow_covered *covered)
{
    const json_t *request = json_object_get(scenario, "request");

    memset(play, 0, sizeof(*play));
    workflow_course_begin(&play->course, scenarios->wf, scenarios->calendars);
    play->of = scenarios;
    play->wf = scenarios->wf;
    play->scenario = scenario;
    play->covered = covered;
    play->storage = storage_new();
    if (!play->storage)
        return false;
    play->scratch = (struct workflow_memory){.bytes = storage_alloc(play->storage, 1, SCRATCH_BYTES)};
    play->scratch.size = play->scratch.bytes ? SCRATCH_BYTES : 0;
    if (!request)
        request = json_object_get(scenarios->document, "request");
    play->ticket = request ? scenario_value(request, play->storage) : workflow_value_map(NULL, 0);
    return true;
}

void play_close(struct play *play)
{
    json_decref(play->effects);
    json_decref(play->fires);
    storage_free(play->storage);
}

/* ---- the world ---- */

/* What an expression reads of `clock.<id>`. */
static struct workflow_value clock_value(struct play *play, unsigned number)
{
    const struct workflow_calendar *calendar = play->of->calendars[workflow_clock_info(play->wf, number)->calendar + 1];
    struct workflow_value *pairs = storage_alloc(play->storage, 2 * WORKFLOW_CLOCK_FACTS, sizeof(*pairs));

    return pairs ? workflow_clock_facts(&play->course.clocks[number], calendar, play->course.now_us, pairs)
                 : workflow_value_unset();
}

static const struct workflow_value *clock_values(struct play *play)
{
    size_t n = workflow_clock_count(play->wf);
    struct workflow_value *values = storage_alloc(play->storage, n + 1, sizeof(*values));

    for (unsigned i = 0; values && i < n; i++)
        values[i] = clock_value(play, i);
    return values;
}

/* Who takes part: the towns that the field of an `each` lists, by their official codes. */
static void tell_bodies(struct play *play, struct workflow_world *world)
{
    for (unsigned i = 0; i < play->wf->n_eaches; i++) {
        const struct workflow_value *list = &play->course.data[play->wf->eaches[i].field];
        int64_t *bodies;
        if (list->kind != WORKFLOW_KIND_LIST)
            continue;
        bodies = storage_alloc(play->storage, (size_t)list->n + 1, sizeof(*bodies));
        for (uint32_t at = 0; bodies && at < list->n; at++)
            bodies[at] = list->items[at].kind == WORKFLOW_KIND_STRING ? scenario_body(list->items[at].text) : 0;
        world->bodies = bodies;
        world->n_bodies = bodies ? list->n : 0;
        return;
    }
}

static bool votes_in(const struct workflow *wf, const struct scenario_person *person)
{
    const struct workflow_panel_info *panel;

    for (unsigned i = 0; (panel = workflow_panel_info(wf, i)) != NULL; i++)
        if (person->roles >> panel->members & 1)
            return true;
    return false;
}

/* Whoever has a name and the role of a panel is of it. */
static void tell_voters(struct play *play, struct workflow_world *world)
{
    struct workflow_voter *voters;

    if (!workflow_panel_info(play->wf, 0))
        return;
    voters = storage_alloc(play->storage, SCENARIO_PEOPLE_MAX, sizeof(*voters));
    for (size_t i = 0; voters && i < play->of->n_people; i++) {
        const struct scenario_person *person = &play->of->people[i];
        if (!person->named || !votes_in(play->wf, person))
            continue;
        voters[world->n_voters].actor = person->actor;
        voters[world->n_voters].chair = person->chair;
        voters[world->n_voters].facts =
            person->facts.kind == WORKFLOW_KIND_MAP ? person->facts : workflow_value_map(NULL, 0);
        world->n_voters++;
    }
    world->voters = voters;
}

static bool is_draft(const struct play *play)
{
    unsigned state = workflow_principal(play->wf, &play->course.instance.configuration);

    return workflow_state(play->wf, state)->phase == WORKFLOW_PHASE_DRAFT;
}

/* A draft is filled in little by little; after that, what an act asks for comes with it: what an earlier one said does
 * not answer for this one. */
static uint64_t fields_of(const struct play *play, const json_t *sent)
{
    uint64_t present = 0;

    for (unsigned i = 0; i < workflow_field_count(play->wf); i++) {
        const json_t *value = json_object_get(sent, workflow_field(play->wf, i)->key);
        bool kept = is_draft(play) && play->course.data[i].kind != WORKFLOW_KIND_UNSET;
        if (kept || (value && !json_is_null(value)))
            present |= UINT64_C(1) << i;
    }
    return present;
}

struct workflow_world play_world(struct play *play, const struct scenario_person *person, const json_t *sent)
{
    struct workflow_world world = {
        .now_us = play->course.now_us,
        .actor = person ? person->actor : 0,
        .roles_held = person ? person->roles : 0,
        .data = play->course.data,
        .ticket = play->ticket,
        .clocks = clock_values(play),
        .scratch = &play->scratch,
    };

    play->scratch.used = 0;
    world.fields_present = fields_of(play, sent);
    for (unsigned i = 0; i < workflow_clock_count(play->wf); i++)
        workflow_clock_tell(play->wf, i, &play->course.clocks[i],
                            play->of->calendars[workflow_clock_info(play->wf, i)->calendar + 1], &world);
    tell_bodies(play, &world);
    tell_voters(play, &world);
    return world;
}

/* ---- what follows from an answer ---- */

/* A transition was taken; a guard or a check was asked. */
static void carry_coverage(struct play *play)
{
    for (unsigned i = 0; i < play->out.n_taken; i++)
        play->covered[play->out.taken[i]].taken = true;
}

static void carry_trace(struct play *play)
{
    for (unsigned i = 0; i < play->out.n_trace; i++) {
        const struct workflow_trace *trace = &play->out.trace[i];
        uint8_t seen = workflow_value_holds(trace->value) ? 1 : 2;
        if (trace->kind == WORKFLOW_TRACE_GUARD)
            play->covered[trace->transition].guard |= seen;
        else if (trace->kind == WORKFLOW_TRACE_CHECK)
            play->covered[trace->transition].check |= seen;
    }
}

static void carry(struct play *play, enum workflow_rc rc)
{
    carry_trace(play);
    play->refused = rc == WORKFLOW_REJECTED;
    play->reasons = play->out.reasons;
    if (rc == WORKFLOW_FAULT) {
        play->fault = workflow_fault_key(play->out.fault);
        play->ended = true;
    }
    if (rc != WORKFLOW_OK)
        return;
    carry_coverage(play);
    workflow_course_take(&play->course, &play->out);
    for (unsigned i = 0; i < play->out.n_effects; i++)
        json_array_append_new(play->effects, play_effect(play, &play->out.effects[i]));
    play->written |= play->out.set;
    for (unsigned i = 0; i < workflow_field_count(play->wf); i++)
        if (play->out.set >> i & 1)
            play->course.data[i] = scenario_keep(&play->out.data[i], play->storage);
}

/* ---- time ---- */

static void fire(struct play *play, struct workflow_pending due)
{
    struct workflow_event event = {.kind = WORKFLOW_EVENT_TIMER, .number = due.timer, .body = due.body};
    struct workflow_world world;
    char moment[32];

    if (due.due_us > play->course.now_us)
        play->course.now_us = due.due_us;
    scenario_print(play->of->zone, play->course.now_us, moment);
    json_array_append_new(play->fires,
                          due.body ? json_sprintf("%s %s@%010lld", moment,
                                                  workflow_timer_info(play->wf, due.timer)->key, (long long)due.body)
                                   : json_sprintf("%s %s", moment, workflow_timer_info(play->wf, due.timer)->key));
    workflow_course_drop(&play->course, due.timer, due.body);
    world = play_world(play, NULL, NULL);
    world.roles_held = UINT32_MAX;
    world.fields_present = UINT64_MAX;
    carry(play, workflow_step(play->wf, &play->course.instance, &event, &world, &play->out));
}

void play_pass(struct play *play, int64_t until_us)
{
    const struct workflow_pending *due;

    while (!play->ended && (due = workflow_course_first(&play->course)) != NULL && due->due_us <= until_us) {
        if (play->n_fires++ == WORKFLOW_SCENARIO_FIRES_MAX) {
            play->fault = "restless";
            play->ended = true;
            return;
        }
        fire(play, *due);
    }
    play->course.now_us = until_us;
}

/* ---- steps ---- */

static void begin(struct play *play, const json_t *step)
{
    const char *on = json_string_value(json_object_get(step, "on")),
               *at = json_string_value(json_object_get(step, "at"));
    int64_t until = play->course.now_us;
    char moment[32], day[11], time[6];
    int32_t number;
    unsigned minute;

    json_decref(play->effects);
    json_decref(play->fires);
    play->effects = json_array();
    play->fires = json_array();
    play->refused = false;
    play->written = 0;
    play->reasons = (struct workflow_reasons){.why = 0};
    play->fault = NULL;
    scenario_print(play->of->zone, play->course.now_us, moment);
    memcpy(day, moment, 10);
    memcpy(time, moment + 11, 5);
    day[10] = time[5] = '\0';
    if (scenario_day(on ? on : day, &number) && scenario_minute(at ? at : time, &minute) && (on || at))
        until = scenario_moment(play->of->zone, number, minute);
    play_pass(play, until);
}

static const struct scenario_person *person_of(const struct play *play, const json_t *step)
{
    const char *who = json_string_value(json_object_get(step, "who"));

    return who ? scenario_person_find(play->of, who) : NULL;
}

/* What came with the act is part of the data from then on; as in the product, whether it is accepted or not is judged
 * with it. */
static void take_data(struct play *play, const json_t *with, struct workflow_value data[WORKFLOW_FIELDS_MAX])
{
    memcpy(data, play->course.data, sizeof(play->course.data));
    for (unsigned i = 0; i < workflow_field_count(play->wf); i++) {
        const struct workflow_field_info *field = workflow_field(play->wf, i);
        const json_t *sent = json_object_get(with, field->key);
        if (sent)
            play->course.data[i] = scenario_field_value(field, sent, play->storage);
    }
}

void play_start(struct play *play, const json_t *start)
{
    struct workflow_value before[WORKFLOW_FIELDS_MAX];
    struct workflow_world world;

    begin(play, start);
    take_data(play, json_object_get(start, "with"), before);
    world = play_world(play, person_of(play, start), NULL);
    carry(play, workflow_start(play->wf, &world, &play->out));
}

static enum workflow_choice choice_of(const json_t *step)
{
    static const char *const words[] = {
        [WORKFLOW_YES] = "yes", [WORKFLOW_NO] = "no", [WORKFLOW_ABSTAIN] = "abstain", [WORKFLOW_CLOSE] = "close"};
    const char *choice = json_string_value(json_object_get(step, "choice"));

    for (unsigned i = WORKFLOW_YES; choice && i <= WORKFLOW_CLOSE; i++)
        if (strcmp(words[i], choice) == 0)
            return (enum workflow_choice)i;
    return WORKFLOW_CHOICE_NONE;
}

static void act(struct play *play, const json_t *step, const char *does)
{
    const struct scenario_person *person = person_of(play, step);
    const json_t *with = json_object_get(step, "with"), *score = json_object_get(step, "score");
    const char *member = json_string_value(json_object_get(step, "member"));
    struct workflow_value before[WORKFLOW_FIELDS_MAX];
    struct workflow_world world;
    struct workflow_event event = {
        .kind = WORKFLOW_EVENT_NAMED,
        .body = member   ? scenario_body(member)
                : person ? person->body
                         : 0,
        .data = with ? scenario_value(with, play->storage) : workflow_value_map(NULL, 0),
        .choice = choice_of(step),
        .scored = score != NULL,
        .score = json_integer_value(score),
    };

    if (!workflow_event_find(play->wf, does, &event.number))
        return;
    take_data(play, with, before);
    world = play_world(play, person, with);
    carry(play, workflow_step(play->wf, &play->course.instance, &event, &world, &play->out));
    if (play->refused || play->fault)
        memcpy(play->course.data, before, sizeof(before));
}

void play_step(struct play *play, const json_t *step)
{
    const char *does = json_string_value(json_object_get(step, "does"));

    begin(play, step);
    if (does && !play->ended)
        act(play, step, does);
}
