/*
 * From one version to the next. An extension may be taken over before a step or after it: the bytes are the same. And
 * whether a map is total is what a plain walk over the documents says, state by state.
 */
#include "property/test_workflow_documents.h"
#include "workflow/migration.h"
#include "workflow/procedure.h"

enum { ROUNDS = 12, WALKS = 20, WALK_STEPS = 400, DOCUMENTS = 40, MAPS = 2000, VOTERS = 3 };

static const char *const procedures[] = {"economic_grant", "equipment_loan", "general_enquiry", "incident",
                                         "technical_assistance"};
enum { PROCEDURES = sizeof(procedures) / sizeof(procedures[0]) };

static json_t *procedure_load(const char *key)
{
    char path[512];
    const char *source = getenv("OAM_SOURCE");

    snprintf(path, sizeof(path), "%s/workflow/definitions/%s.json", source ? source : ".", key);
    return json_load_file(path, 0, NULL);
}

/* ---- a version more ---- */

struct version {
    char *text;
    struct workflow *wf;
    struct workflow_fault fault;
};

static struct version version_of(json_t *document)
{
    struct version version = {.text = json_dumps(document, JSON_INDENT(1))};
    struct workflow_fault fault;
    size_t n = 0;

    version.wf = workflow_parse(version.text, strlen(version.text), &fault, 1, &n);
    version.fault = n > 0 ? fault : (struct workflow_fault){.line = 0};
    return version;
}

static void version_free(struct version *version)
{
    workflow_free(version->wf);
    free(version->text);
}

static struct workflow_source source_of(const struct version *version)
{
    return (struct workflow_source){version->wf, version->text, strlen(version->text)};
}

/* The states of a document with what is inside of them, but for regions and templates, which may not have more. */
static void collect(json_t *states, json_t *list)
{
    const char *name;
    json_t *state;

    json_object_foreach(states, name, state)
    {
        const char *type = json_string_value(json_object_get(state, "type"));
        if (type && (strcmp(type, "final") == 0 || strcmp(type, "history") == 0))
            continue;
        if (!json_object_get(state, "always")) /* it is left before anybody can act */
            json_array_append(list, state);
        if (!type || strcmp(type, "each") != 0)
            collect(json_object_get(state, "states"), list);
    }
}

static const char *any_role(json_t *document, uint64_t *seed)
{
    json_t *roles = json_object_get(document, "roles");
    void *at = json_object_iter(roles);

    for (unsigned n = random_below(seed, (unsigned)json_object_size(roles)); n > 0; n--)
        at = json_object_iter_next(roles, at);
    return json_object_iter_key(at);
}

/* Something that people do, by its name; NULL where the document's beginning hears of nothing. */
static const char *any_deed(json_t *document, uint64_t *seed)
{
    json_t *list = json_array(), *on;
    const char *deed = NULL;

    collect(json_object_get(document, "states"), list);
    for (unsigned tries = 0; tries < 20 && !deed; tries++) {
        on = json_object_get(json_array_get(list, random_below(seed, (unsigned)json_array_size(list))), "on");
        void *at = json_object_iter(on);
        for (unsigned n = at ? random_below(seed, (unsigned)json_object_size(on)) : 0; n > 0; n--)
            at = json_object_iter_next(on, at);
        deed = at ? json_object_iter_key(at) : NULL;
    }
    json_decref(list);
    return deed;
}

/* A detour: some states hear a new event that leads to a new state, which leads back to the beginning. Often not by
 * whoever did something that nobody remembered until then. */
static void add_detour(json_t *document, uint64_t *seed)
{
    const char *apart = random_below(seed, 2) ? any_deed(document, seed) : NULL;
    json_t *states = json_object_get(document, "states"), *list = json_array(), *state, *on;
    const char *role = any_role(document, seed);
    size_t i;

    collect(states, list);
    json_array_foreach(list, i, state)
    {
        if (i > 0 && random_below(seed, 3) > 0)
            continue;
        on = json_object_get(state, "on");
        if (!on) {
            on = json_object();
            json_object_set_new(state, "on", on);
        }
        json_object_set_new(on, "go_round", json_pack("[{s:s,s:s}]", "role", role, "to", "round"));
        if (apart)
            json_object_set_new(json_array_get(json_object_get(on, "go_round"), 0), "not_same_actor_as",
                                json_pack("[s]", apart));
    }
    json_object_set_new(states, "round",
                        json_pack("{s:o,s:s,s:{s:[{s:s,s:O}]}}", "label", random_label(), "phase", "study", "on",
                                  "back", "role", role, "to", json_object_get(document, "initial")));
    json_decref(list);
}

/* A reminder more, where there is a calendar to count it in. */
static void add_reminder(json_t *document, uint64_t *seed)
{
    json_t *calendars = json_object_get(document, "calendars"), *list = json_array(), *state, *after;

    collect(json_object_get(document, "states"), list);
    state = json_array_get(list, random_below(seed, (unsigned)json_array_size(list)));
    if (json_object_size(calendars) > 0 && !json_object_get(state, "states") && !json_object_get(state, "type")) {
        after = json_object_get(state, "after");
        if (!after) {
            after = json_array();
            json_object_set_new(state, "after", after);
        }
        json_array_append_new(after, json_pack("{s:s,s:{s:i},s:s,s:[{s:s,s:s}]}", "id", "one_more_reminder", "in",
                                               "days", 3, "calendar", json_object_iter_key(json_object_iter(calendars)),
                                               "do", "fx", "notify", "to", any_role(document, seed)));
    }
    json_decref(list);
}

static json_t *extended(json_t *document, uint64_t *seed)
{
    json_t *next = json_deep_copy(document);

    json_object_set_new(next, "version", json_integer(99));
    json_object_set_new(next, "title", random_label());
    json_object_set_new(json_object_get(next, "data"), "one_more", json_pack("{s:s}", "type", "string"));
    if (random_below(seed, 3) > 0)
        add_detour(next, seed);
    if (random_below(seed, 3) > 0)
        add_reminder(next, seed);
    return next;
}

/* ---- walking ---- */

struct moment {
    struct workflow_world world;
    struct workflow_value data[WORKFLOW_FIELDS_MAX];
    struct workflow_voter voters[VOTERS];
    int64_t bodies[3];
    int64_t did[WORKFLOW_EVENTS_MAX];     /* of the old version, who did it last */
    int64_t acts[WORKFLOW_WITNESSES_MAX]; /* the same by witnesses of the new one */
    struct workflow_memory scratch;
    char room[32768] __attribute__((aligned(16)));
};

static struct workflow_value any_value(const struct workflow_field_info *field, uint64_t *seed)
{
    int64_t least = field->has_min ? field->min : 0, most = field->has_max ? field->max : least + 1000;

    switch (field->type) {
    case WORKFLOW_FIELD_INT:
    case WORKFLOW_FIELD_CENTS:
        return workflow_value_int(least +
                                  random_below(seed, (unsigned)(most - least > 1000 ? 1000 : most - least) + 1));
    case WORKFLOW_FIELD_BOOL:
        return workflow_value_bool(random_below(seed, 2));
    case WORKFLOW_FIELD_ENUM: {
        const char *option = field->options[random_below(seed, (unsigned)field->n_options)];
        return workflow_value_string(option, strlen(option));
    }
    case WORKFLOW_FIELD_DATE:
    case WORKFLOW_FIELD_INSTANT:
        return workflow_value_timestamp(1800000000, 0);
    case WORKFLOW_FIELD_LIST:
    case WORKFLOW_FIELD_DOCS:
        return workflow_value_list(NULL, 0);
    default:
        return workflow_value_string("x", 1);
    }
}

static void moment_make(struct moment *moment, const struct workflow *wf, uint64_t *seed)
{
    memset(moment, 0, offsetof(struct moment, room));
    for (unsigned i = 0; i < workflow_field_count(wf); i++)
        moment->data[i] = random_below(seed, 6) ? any_value(workflow_field(wf, i), seed) : workflow_value_unset();
    for (unsigned i = 0; i < VOTERS; i++)
        moment->voters[i] = (struct workflow_voter){.actor = 1 + i, .chair = i == 0};
    for (unsigned i = 0; i < 3; i++)
        moment->bodies[i] = 10 + i;
    moment->scratch = (struct workflow_memory){.bytes = moment->room, .size = sizeof(moment->room)};
    moment->world = (struct workflow_world){.now_us = INT64_C(1800000000000000),
                                            .actor = 1 + random_below(seed, VOTERS),
                                            .roles_held = UINT32_MAX,
                                            .fields_present = UINT64_MAX,
                                            .data = moment->data,
                                            .bodies = moment->bodies,
                                            .n_bodies = 1 + random_below(seed, 3),
                                            .voters = moment->voters,
                                            .n_voters = VOTERS,
                                            .scratch = &moment->scratch};
}

/* Something that may happen, by its number in the old definition and in the new one. */
static void any_event(const struct workflow *from, const struct workflow *to, const struct moment *moment,
                      uint64_t *seed, struct workflow_event ret[2])
{
    size_t n_timers = workflow_timer_count(from);
    struct workflow_event event = {.kind = WORKFLOW_EVENT_NAMED,
                                   .body = random_below(seed, 3) ? 0 : moment->bodies[random_below(seed, 3)],
                                   .choice = (enum workflow_choice)random_below(seed, 5)};

    ret[0] = ret[1] = event;
    if (n_timers > 0 && random_below(seed, 4) == 0) {
        ret[0].kind = ret[1].kind = WORKFLOW_EVENT_TIMER;
        ret[0].number = random_below(seed, (unsigned)n_timers);
        assert_true(workflow_timer_find(to, workflow_timer_info(from, ret[0].number)->key, &ret[1].number));
        return;
    }
    ret[0].number = random_below(seed, (unsigned)workflow_event_count(from));
    assert_true(workflow_event_find(to, workflow_event_key(from, ret[0].number), &ret[1].number));
}

static void assert_same(const struct workflow *wf, const struct workflow_instance *a, const struct workflow_instance *b)
{
    uint8_t bytes_a[WORKFLOW_STATE_BYTES_MAX], bytes_b[WORKFLOW_STATE_BYTES_MAX];
    size_t n = workflow_encode(wf, a, bytes_a, sizeof(bytes_a));
    struct workflow_instance read;

    assert_int_equal(workflow_encode(wf, b, bytes_b, sizeof(bytes_b)), n);
    assert_memory_equal(bytes_a, bytes_b, n);
    assert_true(workflow_decode(wf, bytes_a, n, &read));
}

/* Who did what, as far as the new version asks for it. */
static void recall(struct moment *moment, const struct workflow *from, const struct workflow *to)
{
    unsigned event;

    for (unsigned i = 0; workflow_witness_event(to, i) >= 0; i++)
        if (workflow_event_find(from, workflow_event_key(to, (unsigned)workflow_witness_event(to, i)), &event))
            moment->acts[i] = moment->did[event];
}

/* An act of somebody's; a ballot or a timer is none. */
static void note(struct moment *moment, const struct workflow *from, const struct workflow_instance *now,
                 const struct workflow_event *event)
{
    if (event->kind == WORKFLOW_EVENT_NAMED && workflow_vote_of(from, now, event->number) < 0)
        moment->did[event->number] = moment->world.actor;
}

static bool taken_over(const struct workflow_map *map, const struct workflow_instance *instance,
                       const struct moment *moment, struct workflow_out *out)
{
    struct workflow_world world = moment->world;
    struct workflow_obstacle obstacle;
    world.acts = moment->acts;
    enum workflow_rc rc = workflow_migrate(map, instance, &moment->world, &world, &obstacle, out);

    if (rc != WORKFLOW_OK)
        assert_string_equal(workflow_obstacle_key(obstacle.kind), "ended");
    return rc == WORKFLOW_OK;
}

/* Takes one over before a step and after it; returns whether the step was taken. */
static bool try_both_ways(const struct workflow_map *map, const struct workflow *from, const struct workflow *to,
                          struct workflow_instance *now, struct moment *moment, uint64_t *seed)
{
    static struct workflow_out first, stepped, after, before;
    struct workflow_event events[2];

    any_event(from, to, moment, seed, events);
    recall(moment, from, to);
    if (!taken_over(map, now, moment, &first))
        return false;
    enum workflow_rc rc = workflow_step(from, now, &events[0], &moment->world, &stepped);
    assert_int_equal(workflow_step(to, &first.next, &events[1], &moment->world, &before), rc);
    if (rc != WORKFLOW_OK)
        return false;
    assert_int_equal(before.n_effects, stepped.n_effects);
    note(moment, from, now, &events[0]);
    recall(moment, from, to);
    if (taken_over(map, &stepped.next, moment, &after))
        assert_same(to, &after.next, &before.next);
    *now = stepped.next;
    return true;
}

static size_t walk(const struct workflow_map *map, const struct version *from, const struct version *to, uint64_t *seed)
{
    static struct workflow_out born;
    static struct moment moment;
    size_t steps = 0;

    for (unsigned i = 0; i < WALKS; i++) {
        struct workflow_instance now;
        moment_make(&moment, from->wf, seed);
        if (workflow_start(from->wf, &moment.world, &born) != WORKFLOW_OK)
            continue;
        now = born.next;
        memset(moment.did, 0, sizeof(moment.did));
        memset(moment.acts, 0, sizeof(moment.acts));
        for (unsigned step = 0; step < WALK_STEPS; step++) {
            moment.world.actor = 1 + random_below(seed, VOTERS);
            moment.scratch.used = 0;
            steps += try_both_ways(map, from->wf, to->wf, &now, &moment, seed);
        }
    }
    return steps;
}

static struct workflow_proof prove(const struct workflow_map *map, struct workflow_gap *gaps, size_t max)
{
    static struct workflow_memory memory;

    if (!memory.bytes)
        memory = (struct workflow_memory){.bytes = malloc(WORKFLOW_PROOF_MEMORY), .size = WORKFLOW_PROOF_MEMORY};
    assert_non_null(memory.bytes);
    return workflow_map_prove(map, &memory, gaps, max);
}

static void test_extension__is_the_same_before_a_step_and_after_it(void **state)
{
    uint64_t seed = UINT64_C(20261122);
    size_t steps = 0, tried = 0, recalling = 0;

    (void)state;
    for (unsigned i = 0; i < PROCEDURES * ROUNDS; i++) {
        json_t *document = procedure_load(procedures[i % PROCEDURES]), *next = extended(document, &seed);
        struct version from = version_of(document), to = version_of(next);
        if (!from.wf || !to.wf)
            fail_msg("%s: %s %s", procedures[i % PROCEDURES], to.fault.pointer, to.fault.message);
        struct workflow_source before = source_of(&from), after = source_of(&to);
        struct workflow_alteration differences[8];
        size_t n = 0;
        enum workflow_version_change change = workflow_compare(&before, &after, differences, 8, &n);
        for (size_t d = 0; d < n && d < 8 && change == WORKFLOW_CHANGE_STRUCTURE; d++)
            print_error("%s: %s\n", differences[d].where.pointer, workflow_change_key(differences[d].change));
        assert_in_range(change, WORKFLOW_CHANGE_TEXTS, WORKFLOW_CHANGE_EXTENSION);
        struct workflow_map *map = workflow_map_read(from.wf, to.wf, NULL, 0, NULL, 0, NULL);
        assert_non_null(map);
        workflow_map_extends(map);
        struct workflow_gap gap;
        struct workflow_proof proof = prove(map, &gap, 1);
        if (proof.n_gaps > 0)
            fail_msg("%s: %s %d %d", procedures[i % PROCEDURES], workflow_obstacle_key(gap.obstacle.kind),
                     gap.obstacle.state, gap.obstacle.other);
        assert_true(proof.same_regions);
        assert_true(proof.configurations > 3);
        steps += walk(map, &from, &to, &seed);
        recalling += workflow_map_recalls(map) != 0;
        tried++;
        workflow_map_free(map);
        version_free(&from);
        version_free(&to);
        json_decref(document);
        json_decref(next);
    }
    print_message("%zu steps of %zu pairs of versions\n", steps, tried);
    assert_true(steps > 20 * tried);
    assert_true(recalling > tried / 10);
}

/* ---- is it total? Over flat documents, by hand ---- */

static const char *goes_by_itself(json_t *states, const char *name)
{
    json_t *always;

    while ((always = json_object_get(json_object_get(states, name), "always")) != NULL)
        name = json_string_value(json_object_get(json_array_get(always, 0), "to"));
    return name;
}

/* All states in which a request of the document rests at some time. */
static json_t *rests_of(json_t *document)
{
    json_t *states = json_object_get(document, "states"), *rests = json_object(), *on, *ways;
    const char *name, *event;
    bool more = true;
    json_t *seen;

    json_object_set_new(rests, goes_by_itself(states, json_string_value(json_object_get(document, "initial"))),
                        json_true());
    while (more) {
        json_t *found = json_object();
        json_object_foreach(rests, name, seen)
        {
            on = json_object_get(json_object_get(states, name), "on");
            json_object_foreach(on, event, ways)
            {
                const char *to = json_string_value(json_object_get(json_array_get(ways, 0), "to"));
                json_object_set_new(found, goes_by_itself(states, to), json_true());
            }
        }
        size_t before = json_object_size(rests);
        json_object_update(rests, found);
        json_decref(found);
        more = json_object_size(rests) > before;
    }
    return rests;
}

static bool is_end(json_t *states, const char *name)
{
    return json_object_get(json_object_get(states, name), "outcome") != NULL;
}

/* The first state without a place to go to; NULL: every one has. */
static const char *without_place(json_t *from, json_t *to, json_t *said)
{
    json_t *rests = rests_of(from), *places = rests_of(to), *states = json_object_get(to, "states"), *seen;
    const char *name, *found = NULL;

    json_object_foreach(rests, name, seen)
    {
        const char *image = json_object_get(said, name) ? json_string_value(json_object_get(said, name)) : name;
        if (is_end(json_object_get(from, "states"), name))
            continue;
        if (!json_object_get(states, image) || !json_object_get(places, goes_by_itself(states, image))) {
            found = name;
            break;
        }
    }
    static char kept[32];
    if (found)
        snprintf(kept, sizeof(kept), "%s", found);
    json_decref(rests);
    json_decref(places);
    return found ? kept : NULL;
}

static json_t *random_map(json_t *from, json_t *to, uint64_t *seed)
{
    json_t *said = json_object(), *state, *others = json_object_get(to, "states");
    const char *name;

    json_object_foreach(json_object_get(from, "states"), name, state)
    {
        void *at = json_object_iter(others);
        if (random_below(seed, 2))
            continue;
        for (unsigned n = random_below(seed, (unsigned)json_object_size(others)); n > 0; n--)
            at = json_object_iter_next(others, at);
        json_object_set_new(said, name, json_string(json_object_iter_key(at)));
    }
    return said;
}

static bool try_map(json_t *from, json_t *to, uint64_t *seed)
{
    struct version before = version_of(from), after = version_of(to);
    json_t *said = random_map(from, to, seed), *document = json_pack("{s:O}", "states", said);
    char *text = json_dumps(document, 0);
    struct workflow_map *map = workflow_map_read(before.wf, after.wf, text, strlen(text), NULL, 0, NULL);
    struct workflow_gap gaps[4];

    assert_non_null(map);
    struct workflow_proof proof = prove(map, gaps, 4);
    const char *lost = without_place(from, to, said);
    if ((lost == NULL) != (proof.n_gaps == 0))
        print_error("%s\nlost %s, gaps %zu: %s\n", text, lost ? lost : "none", proof.n_gaps,
                    proof.n_gaps ? workflow_obstacle_key(gaps[0].obstacle.kind) : "");
    assert_int_equal(lost == NULL, proof.n_gaps == 0);
    workflow_map_free(map);
    free(text);
    json_decref(document);
    json_decref(said);
    version_free(&before);
    version_free(&after);
    return lost == NULL;
}

/* Random documents that are sound, which few are. */
static void sound_documents(json_t *ret[DOCUMENTS], uint64_t *seed)
{
    for (unsigned n = 0; n < DOCUMENTS;) {
        json_t *document = document_random(seed);
        struct version version = version_of(document);
        if (version.wf)
            ret[n++] = json_incref(document);
        version_free(&version);
        json_decref(document);
    }
}

static void test_map__is_total_exactly_when_every_state_has_a_place(void **state)
{
    uint64_t seed = UINT64_C(30261122);
    json_t *documents[DOCUMENTS];
    size_t total = 0;

    (void)state;
    sound_documents(documents, &seed);
    for (unsigned i = 0; i < MAPS; i++)
        total += try_map(documents[random_below(&seed, DOCUMENTS)], documents[random_below(&seed, DOCUMENTS)], &seed);
    for (unsigned i = 0; i < DOCUMENTS; i++)
        json_decref(documents[i]);
    print_message("%zu of %d maps are total\n", total, MAPS);
    assert_in_range(total, MAPS / 20, MAPS - MAPS / 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_extension__is_the_same_before_a_step_and_after_it),
        cmocka_unit_test(test_map__is_total_exactly_when_every_state_has_a_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
