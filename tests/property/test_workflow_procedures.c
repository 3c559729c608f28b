/*
 * The definitions that the product runs, walked at random: whoever acts, whatever is given, whichever timer is due. At
 * every stop options say what a step would answer, the bytes of where it stands come back the same, and the end is one
 * that the document has.
 */
#include "unit/test_workflow_procedure.h"

#include <stdbool.h>

enum { WALKS = 400, STEPS = 80, OPTIONS = 64, VOTERS = 3, BODIES = 2 };

static uint64_t seed = UINT64_C(20260229);

/* xorshift64*: the same numbers on every machine. */
static uint64_t random_next(void)
{
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return seed * UINT64_C(2685821657736338717);
}

static unsigned random_below(unsigned n)
{
    return (unsigned)((random_next() >> 33) % n);
}

/* ---- what is there ---- */

static const struct workflow_voter voters[VOTERS] = {{.actor = 1, .chair = true}, {.actor = 2}, {.actor = 3}};
static const int64_t bodies[BODIES] = {8019, 8121};
static struct workflow_value towns[BODIES];

static struct workflow_value random_value(const struct workflow_field_info *field)
{
    switch (field->type) {
    case WORKFLOW_FIELD_INT:
    case WORKFLOW_FIELD_CENTS:
        return workflow_value_int(random_below(3) * 50);
    case WORKFLOW_FIELD_BOOL:
        return workflow_value_bool(random_below(2) == 0);
    case WORKFLOW_FIELD_DATE:
        return workflow_value_timestamp(1924905600 + random_below(3) * 86400, 0);
    case WORKFLOW_FIELD_LIST:
        return workflow_value_list(towns, BODIES);
    case WORKFLOW_FIELD_ENUM: {
        const char *option = field->options[random_below((unsigned)field->n_options)];
        return workflow_value_string(option, strlen(option));
    }
    default:
        return workflow_value_string("text", 4);
    }
}

/* Some fields have a value, others lose theirs; somebody of the first five acts in some of the roles. */
static void shake(struct scene *scene)
{
    scene->world.fields_present = 0;
    for (unsigned i = 0; i < workflow_field_count(scene->wf); i++) {
        if (random_below(4) == 0)
            scene->data[i] = random_below(5) == 0 ? workflow_value_unset() : random_value(workflow_field(scene->wf, i));
        if (scene->data[i].kind != WORKFLOW_KIND_UNSET)
            scene->world.fields_present |= UINT64_C(1) << i;
    }
    scene->world.actor = 1 + random_below(5);
    scene->world.roles_held = random_below(3) == 0 ? (uint32_t)random_next() : UINT32_MAX;
    scene->world.voters = voters;
    scene->world.n_voters = VOTERS;
    scene->world.bodies = bodies;
    scene->world.n_bodies = BODIES;
    scene->scratch = (struct workflow_memory){.bytes = scene->room, .size = sizeof(scene->room)};
}

/* ---- what holds at every stop ---- */

static void comes_back_from_its_bytes(struct scene *scene)
{
    uint8_t bytes[WORKFLOW_STATE_BYTES_MAX], again[WORKFLOW_STATE_BYTES_MAX];
    static struct workflow_instance read;
    size_t n = workflow_encode(scene->wf, &scene->now, bytes, sizeof(bytes));

    assert_true(n > 0 && n <= sizeof(bytes));
    assert_true(workflow_decode(scene->wf, bytes, n, &read));
    assert_int_equal(workflow_encode(scene->wf, &read, again, sizeof(again)), n);
    assert_memory_equal(bytes, again, n);
    scene->now = read;
}

static bool is_listed(const struct workflow_option *options, size_t n, unsigned event)
{
    for (size_t i = 0; i < n; i++)
        if (options[i].event == event)
            return true;
    return false;
}

/* Asked for the request itself and for one body: an option is possible exactly when the step would be taken. */
static void options_say_what_a_step_answers(struct scene *scene, int64_t body)
{
    struct workflow_option options[OPTIONS];
    size_t n = workflow_options(scene->wf, &scene->now, &scene->world, body, false, &scene->out, options, OPTIONS);

    assert_true(n <= OPTIONS);
    for (unsigned event = 0; event < workflow_event_count(scene->wf); event++) {
        struct workflow_event step = {
            .kind = WORKFLOW_EVENT_NAMED, .number = event, .body = body, .choice = WORKFLOW_CHOICE_NONE};
        if (is_listed(options, n, event))
            continue;
        enum workflow_rc rc = workflow_step(scene->wf, &scene->now, &step, &scene->world, &scene->out);
        /* What is not on offer is for nobody, or raised by the definition itself. */
        assert_true(rc == WORKFLOW_REJECTED || scene->out.reasons.roles_wanted == 0);
    }
    for (size_t i = 0; i < n; i++) {
        bool is_ballot = strcmp(workflow_event_key(scene->wf, options[i].event), "ballot") == 0;
        struct workflow_event step = {.kind = WORKFLOW_EVENT_NAMED,
                                      .number = options[i].event,
                                      .body = body,
                                      .choice = is_ballot ? WORKFLOW_YES : WORKFLOW_CHOICE_NONE};
        enum workflow_rc rc = workflow_step(scene->wf, &scene->now, &step, &scene->world, &scene->out);
        assert_int_equal(options[i].possible, rc == WORKFLOW_OK);
        assert_int_equal(options[i].reasons.why, scene->out.reasons.why);
        if (rc == WORKFLOW_OK)
            assert_int_equal(options[i].to, workflow_principal(scene->wf, &scene->out.next.configuration));
    }
}

/* ---- a walk ---- */

static enum workflow_rc random_step(struct scene *scene)
{
    struct workflow_event event = {.kind = WORKFLOW_EVENT_NAMED,
                                   .number = random_below((unsigned)workflow_event_count(scene->wf)),
                                   .body = random_below(3) == 0 ? bodies[random_below(BODIES)] : 0,
                                   .choice = random_below(2) == 0 ? WORKFLOW_YES : WORKFLOW_NO};

    if (random_below(6) == 0 && workflow_timer_count(scene->wf) > 0) {
        event.kind = WORKFLOW_EVENT_TIMER;
        event.number = random_below((unsigned)workflow_timer_count(scene->wf));
    }
    return scene_step(scene, event);
}

static bool has_ended(const struct scene *scene)
{
    return workflow_state(scene->wf, workflow_principal(scene->wf, &scene->now.configuration))->is_final;
}

static void test_procedures__walk_among_their_states_to_one_of_their_ends(void **state)
{
    (void)state;
    for (int i = 0; i < BODIES; i++)
        towns[i] = workflow_value_int(bodies[i]);
    for (size_t k = 0; k < PROCEDURES; k++) {
        unsigned ended = 0, steps = 0;
        for (int walk = 0; walk < WALKS; walk++) {
            struct scene *scene = procedure(procedures[k]);
            for (int i = 0; i < STEPS && !scene->now.finished; i++) {
                shake(scene);
                steps += random_step(scene) == WORKFLOW_OK;
                assert_int_equal(scene->now.finished, has_ended(scene));
                comes_back_from_its_bytes(scene);
                if (i % 8 == 0) {
                    options_say_what_a_step_answers(scene, 0);
                    options_say_what_a_step_answers(scene, bodies[0]);
                }
            }
            if (scene->now.finished)
                ended++;
            if (scene->now.finished)
                assert_true(scene->now.clocks == 0 && scene->now.timers == 0);
            scene_close(scene);
        }
        assert_true(ended > WALKS / 10 && steps > WALKS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_procedures__walk_among_their_states_to_one_of_their_ends),
    };
    return cmocka_run_group_tests_name("workflow_procedures", tests, NULL, NULL);
}
