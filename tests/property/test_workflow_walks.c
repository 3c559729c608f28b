/*
 * What holds of every definition whose states have no others inside, whoever acts: options say what a step would
 * answer, a step is what the document says (told by a plain interpreter of the JSON), walks stay among the declared
 * states and can always come to an end.
 */
#include "property/test_workflow_documents.h"

enum { RANDOM_DOCUMENTS = 150, WALKS = 40, WALK_STEPS = 60 };

typedef void property_fn(const struct workflow *wf, json_t *document, uint64_t *seed);

/* Tries a property on random sound definitions. */
static void for_every_definition(property_fn *property)
{
    uint64_t seed = UINT64_C(20240229);
    unsigned tried = 0;

    for (unsigned attempts = 0; tried < RANDOM_DOCUMENTS && attempts < 100 * RANDOM_DOCUMENTS; attempts++) {
        json_t *document = document_random(&seed);
        struct workflow *wf = document_parse(document);
        if (wf) {
            property(wf, document, &seed);
            tried++;
        }
        workflow_free(wf);
        json_decref(document);
    }
    assert_int_equal(tried, RANDOM_DOCUMENTS);
}

/* Every event that any state of the document knows, and one that none does. */
static json_t *all_events(json_t *document)
{
    json_t *events = json_pack("{s:n}", "no_such_event"), *state;
    const char *name;

    json_object_foreach(json_object_get(document, "states"), name, state)
        json_object_update_missing(events, json_object_get(state, "on"));
    return events;
}

/* ---- A plain interpreter of the document ---- */

struct account {
    const char *path[WORKFLOW_PATH_MAX];
    size_t n_path;
    json_t *effects[WORKFLOW_EFFECTS_MAX];
    size_t n_effects;
};

static void account_effects(struct account *account, json_t *effects)
{
    size_t i;
    json_t *effect;

    json_array_foreach(effects, i, effect) account->effects[account->n_effects++] = effect;
}

static void account_enter(struct account *account, json_t *document, const char *key)
{
    while (key) {
        json_t *state = json_object_get(json_object_get(document, "states"), key);
        json_t *always = json_array_get(json_object_get(state, "always"), 0);
        account->path[account->n_path++] = key;
        account_effects(account, json_object_get(state, "entry"));
        if (json_object_get(state, "assign"))
            account->effects[account->n_effects++] = json_object_get(state, "assign");
        account_effects(account, json_object_get(always, "do"));
        key = json_string_value(json_object_get(always, "to"));
    }
}

static bool holds_role(const struct workflow *wf, json_t *role, uint32_t held)
{
    size_t i;
    json_t *item;
    unsigned number;

    if (json_is_string(role))
        return workflow_role_find(wf, json_string_value(role), &number) && (held & (1u << number)) != 0;
    json_array_foreach(role, i, item) if (holds_role(wf, item, held)) return true;
    return false;
}

static uint64_t fields_of(const struct workflow *wf, json_t *names)
{
    uint64_t set = 0;
    size_t i;
    json_t *name;

    json_array_foreach(names, i, name)
    {
        unsigned field;
        assert_true(workflow_field_find(wf, json_string_value(name), &field));
        set |= UINT64_C(1) << field;
    }
    return set;
}

static uint32_t interpret(const struct workflow *wf, json_t *document, const char *state, const char *event,
                          const struct flat_facts *facts, struct account *account)
{
    json_t *on = json_object_get(json_object_get(json_object_get(document, "states"), state), "on");
    json_t *transition = json_array_get(json_object_get(on, event), 0);
    uint32_t why = 0;

    *account = (struct account){.n_path = 0};
    if (!transition)
        return strcmp(event, "no_such_event") == 0 ? WORKFLOW_REASON_UNKNOWN_EVENT : WORKFLOW_REASON_WRONG_STATE;
    if (!holds_role(wf, json_object_get(transition, "role"), facts->roles_held))
        why |= WORKFLOW_REASON_ROLE;
    if (fields_of(wf, json_object_get(transition, "require")) & ~facts->fields_present)
        why |= WORKFLOW_REASON_FIELDS;
    if (why)
        return why;
    account_effects(account, json_object_get(transition, "do"));
    account_enter(account, document, json_string_value(json_object_get(transition, "to")));
    return 0;
}

static void same_account(const struct workflow *wf, const struct flat_verdict *verdict, const struct account *account)
{
    assert_int_equal(verdict->n_path, account->n_path);
    for (size_t i = 0; i < account->n_path; i++)
        assert_string_equal(workflow_state(wf, verdict->path[i])->key, account->path[i]);
    assert_int_equal(verdict->n_effects, account->n_effects);
    for (size_t i = 0; i < account->n_effects; i++) {
        json_t *effect = account->effects[i];
        bool registers =
            strcmp("register", json_is_string(effect) ? "assign" : json_string_value(json_object_get(effect, "fx"))) ==
            0;
        const char *argument = json_is_string(effect)
                                   ? json_string_value(effect)
                                   : json_string_value(json_object_get(effect, registers ? "book" : "policy"));
        assert_int_equal(verdict->effects[i].kind, registers ? WORKFLOW_EFFECT_REGISTER : WORKFLOW_EFFECT_ASSIGN);
        assert_string_equal(verdict->effects[i].argument, argument);
    }
}

static struct flat_facts random_facts(uint64_t *seed)
{
    struct flat_facts facts = {(uint32_t)random_next(seed), random_next(seed) | random_next(seed)};
    return facts;
}

static void step_is_what_the_document_says(const struct workflow *wf, json_t *document, uint64_t *seed)
{
    json_t *events = all_events(document), *content;
    struct flat_verdict start = flat_start(wf);
    struct account account = {.n_path = 0};
    const char *event;

    account_enter(&account, document, json_string_value(json_object_get(document, "initial")));
    same_account(wf, &start, &account);
    for (unsigned state = 0; state < workflow_state_count(wf); state++) {
        json_object_foreach(events, event, content)
        {
            for (int i = 0; i < 8; i++) {
                struct flat_facts facts = random_facts(seed);
                struct flat_verdict verdict = flat_step(wf, state, event, &facts);
                uint32_t wanted = interpret(wf, document, workflow_state(wf, state)->key, event, &facts, &account);
                assert_int_equal(verdict.why, wanted);
                assert_int_equal(verdict.from, state);
                same_account(wf, &verdict, &account);
                assert_int_equal(verdict.to, verdict.n_path ? verdict.path[verdict.n_path - 1] : state);
            }
        }
    }
    json_decref(events);
}

/* ---- Options and steps ---- */

static const struct flat_option *option_of(const struct flat_option *options, size_t n, const char *event)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(options[i].event, event) == 0)
            return &options[i];
    return NULL;
}

static void option_agrees(const struct flat_option *option, const struct flat_verdict *verdict)
{
    if (!option) {
        assert_true(verdict->why == WORKFLOW_REASON_UNKNOWN_EVENT || verdict->why == WORKFLOW_REASON_WRONG_STATE);
        return;
    }
    assert_int_equal(option->why, verdict->why);
    assert_int_equal(option->allowed, !(verdict->why & WORKFLOW_REASON_ROLE));
    assert_int_equal(option->roles_wanted, verdict->roles_wanted);
    assert_true(option->fields_missing == verdict->fields_missing);
    assert_true((option->fields_missing & ~option->fields_required) == 0);
    if (verdict->allowed)
        assert_int_equal(option->to, verdict->to);
}

static void options_say_what_a_step_answers(const struct workflow *wf, json_t *document, uint64_t *seed)
{
    json_t *events = all_events(document), *content;
    const char *event;

    for (unsigned state = 0; state < workflow_state_count(wf); state++) {
        for (int i = 0; i < 16; i++) {
            struct flat_option options[FLAT_OPTIONS_MAX];
            struct flat_facts facts = random_facts(seed);
            size_t n = flat_options(wf, state, &facts, options, FLAT_OPTIONS_MAX);
            assert_true(n <= FLAT_OPTIONS_MAX);
            json_object_foreach(events, event, content)
            {
                struct flat_verdict verdict = flat_step(wf, state, event, &facts);
                option_agrees(option_of(options, n, event), &verdict);
            }
        }
    }
    json_decref(events);
}

/* ---- Walks ---- */

/* Steps only, as an actor with every role and field: is there a way to a final state? */
static bool can_end(const struct workflow *wf, unsigned from)
{
    struct flat_facts all = {UINT32_MAX, UINT64_MAX};
    bool seen[WORKFLOW_STATES_MAX] = {false};
    unsigned queue[WORKFLOW_STATES_MAX];
    size_t begin = 0, end = 0;

    queue[end++] = from;
    seen[from] = true;
    while (begin < end) {
        struct flat_option options[FLAT_OPTIONS_MAX];
        unsigned state = queue[begin++];
        size_t n = flat_options(wf, state, &all, options, FLAT_OPTIONS_MAX);
        if (workflow_state(wf, state)->is_final)
            return true;
        for (size_t i = 0; i < n; i++) {
            unsigned to = flat_step(wf, state, options[i].event, &all).to;
            if (seen[to])
                continue;
            seen[to] = true;
            queue[end++] = to;
        }
    }
    return false;
}

static void walks_stay_inside_and_can_end(const struct workflow *wf, json_t *document, uint64_t *seed)
{
    json_t *events = all_events(document);
    bool ends[WORKFLOW_STATES_MAX] = {false}; /* told already */

    for (int walk = 0; walk < WALKS; walk++) {
        unsigned state = flat_start(wf).to;
        for (int i = 0; i < WALK_STEPS; i++) {
            void *iterator = json_object_iter(events);
            struct flat_facts facts = random_facts(seed);
            struct flat_verdict verdict;
            for (unsigned skip = random_below(seed, (unsigned)json_object_size(events)); skip > 0; skip--)
                iterator = json_object_iter_next(events, iterator);
            verdict = flat_step(wf, state, json_object_iter_key(iterator), &facts);
            assert_true(verdict.to < workflow_state_count(wf));
            if (workflow_state(wf, state)->is_final)
                assert_false(verdict.allowed);
            state = verdict.to;
            if (!ends[state])
                ends[state] = can_end(wf, state);
            assert_true(ends[state]);
        }
    }
    json_decref(events);
}

static void test_walks__a_step_is_what_the_document_says(void **state)
{
    (void)state;
    for_every_definition(step_is_what_the_document_says);
}

static void test_walks__options_say_what_a_step_answers(void **state)
{
    (void)state;
    for_every_definition(options_say_what_a_step_answers);
}

static void test_walks__stay_among_the_states_and_can_always_end(void **state)
{
    (void)state;
    for_every_definition(walks_stay_inside_and_can_end);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_walks__a_step_is_what_the_document_says),
        cmocka_unit_test(test_walks__options_say_what_a_step_answers),
        cmocka_unit_test(test_walks__stay_among_the_states_and_can_always_end),
    };
    return cmocka_run_group_tests_name("workflow_walks", tests, NULL, NULL);
}
