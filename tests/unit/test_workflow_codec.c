/* An instance as bytes: whole, the same everywhere, and refused when any byte is wrong. */
#include "unit/test_workflow_scene.h"

#include <stdbool.h>

/* Something of everything that an instance remembers. */
static const char *const full = SCENE_HEAD
    "`data`: {`towns`: {`type`: `list`, `of`: `entity`}},"
    "`clocks`: {`term`: {`budget`: {`months`: 3}, `calendar`: `legal`}},"
    "`panels`: {`jury`: {`members`: `board`, `quorum`: 2, `approve`: `unanimous`}},"
    "`initial`: `open`, `states`: {`open`: {" SCENE_L ", `initial`: `ask`, `entry`: [{`fx`: `clock_start`,"
    " `clock`: `term`},"
    "  {`fx`: `reserve`, `what`: `stock`, `undo`: `release`}], `after`: [{`id`: `nag`, `in`: {`days`: 2},"
    " `calendar`: `legal`, `repeat`: 4, `do`: [{`fx`: `notify`, `to`: `all`}]}], `on`: {`wait`: @wait,"
    " `close`: [{`role`: `all`, `not_same_actor_as`: [`wait`], `to`: `end`}]},"
    " `states`: {`back`: {`type`: `history`, `deep`: true, `default`: `ask`}, `near`: {`type`: `history`,"
    " `default`: `ask`},"
    "  `ask`: {`type`: `each`, `over`: `data.towns`, `join`: {`all`: true}, `initial`: `invited`, `states`: {"
    "   `invited`: {`on`: {`adhere`: @joined}, `after`: [{`id`: `expiry`, `in`: {`days`: 3},"
    " `calendar`: `legal`, `to`: `joined`}]},"
    "   `joined`: {`type`: `final`}}, `on_done`: [{`to`: `vote`}]},"
    "  `vote`: {`vote`: {`panel`: `jury`, `event`: `ballot`}, `on`: {`vote.passed`: [{`to`: `both`}],"
    " `vote.failed`: [{`to`: `both`}]}},"
    "  `both`: {`type`: `parallel`, `states`: {`a`: {`initial`: `x`, `states`: {`x`: {`on`: {`turn`: @y}},"
    " `y`: {}}}, `b`: {}}}}},"
    "`wait`: {" SCENE_L ", `pause`: [`term`], `on`: {`deep`: @open.back, `shallow`: @open.near,"
    " `stop`: @gone}}," SCENE_END "}}";

static const int64_t towns[] = {8019, -5, INT64_MAX};
static const struct workflow_voter voters[] = {{.actor = 1, .chair = true}, {.actor = INT64_MIN}, {.actor = 3}};

static struct scene *opened(void)
{
    struct scene *scene = scene_open(full);

    scene->world.bodies = towns;
    scene->world.n_bodies = 3;
    scene->world.voters = voters;
    scene->world.n_voters = 3;
    scene->world.roles_held = UINT32_MAX;
    assert_int_equal(scene_start(scene), WORKFLOW_OK);
    return scene;
}

static size_t encoded(struct scene *scene, uint8_t *ret)
{
    size_t n = workflow_encode(scene->wf, &scene->now, ret, WORKFLOW_STATE_BYTES_MAX);

    assert_true(n <= WORKFLOW_STATE_BYTES_MAX);
    return n;
}

/* There and back, and a step from what came back is the same step. */
static void round_trip(struct scene *scene)
{
    static struct workflow_instance back;
    uint8_t bytes[WORKFLOW_STATE_BYTES_MAX], again[WORKFLOW_STATE_BYTES_MAX];
    size_t n = encoded(scene, bytes);

    memset(&back, 0xa5, sizeof(back));
    assert_true(workflow_decode(scene->wf, bytes, n, &back));
    assert_int_equal(workflow_encode(scene->wf, &back, again, sizeof(again)), n);
    assert_memory_equal(bytes, again, n);
    scene->now = back;
}

static void vote(struct scene *scene, int64_t actor, enum workflow_choice choice, int64_t score)
{
    struct workflow_event event = scene_event(scene, "ballot");

    event.choice = choice;
    event.scored = score != 0;
    event.score = score;
    scene->world.actor = actor;
    assert_int_equal(scene_step(scene, event), WORKFLOW_OK);
    round_trip(scene);
}

static void act(struct scene *scene, const char *key, int64_t body)
{
    struct workflow_event event = scene_event(scene, key);

    event.body = body;
    assert_int_equal(scene_step(scene, event), WORKFLOW_OK);
    round_trip(scene);
}

static void test_codec__brings_back_everything_that_is_remembered(void **state)
{
    struct scene *scene = opened();

    (void)state;
    round_trip(scene);
    act(scene, "adhere", -5);
    assert_int_equal(scene_fire(scene, "nag"), WORKFLOW_OK);
    scene->world.actor = INT64_MIN + 1;
    act(scene, "wait", 0);
    assert_int_equal(scene->now.witnesses[0], INT64_MIN + 1);
    act(scene, "deep", 0);
    assert_int_equal(scene->now.n_members, 3);
    assert_int_equal(scene->now.fired[0], 1);
    act(scene, "adhere", 8019);
    act(scene, "adhere", INT64_MAX);
    vote(scene, 1, WORKFLOW_YES, -70);
    vote(scene, INT64_MIN, WORKFLOW_ABSTAIN, INT64_MAX);
    act(scene, "wait", 0);
    act(scene, "shallow", 0);
    assert_int_equal(scene->now.n_ballots, 2);
    vote(scene, 3, WORKFLOW_NO, 0);
    act(scene, "turn", 0);
    assert_string_equal(scene_leaves(scene), "open.both.a.y open.both.b");
    act(scene, "wait", 0);
    act(scene, "deep", 0);
    assert_string_equal(scene_leaves(scene), "open.both.a.y open.both.b");
    scene->world.actor = 4;
    act(scene, "close", 0);
    assert_true(scene->now.finished);
    scene_close(scene);
}

/* Stored for years: the same bytes from every build and every release of this version. */
static void test_codec__writes_bytes_that_never_change(void **state)
{
    static const char *const chart =
        SCENE_HEAD "`data`: {}, `initial`: `open`, `states`: {`open`: {" SCENE_L ", `initial`: `in`,"
                   " `states`: {`in`: {`on`: {`go`: @end, `stop`: @gone}}}}," SCENE_END "}}";
    struct scene *scene = scene_open(chart);
    uint8_t bytes[WORKFLOW_STATE_BYTES_MAX];
    char hex[64] = "";

    (void)state;
    assert_int_equal(scene_start(scene), WORKFLOW_OK);
    for (size_t i = 0, n = encoded(scene, bytes); i < n; i++)
        snprintf(hex + 2 * i, sizeof(hex) - 2 * i, "%02x", bytes[i]);
    assert_string_equal(hex, "01af8fcaa40dda8b0f00037c272ef2");
    scene_close(scene);
}

static void test_decode__refuses_every_byte_that_was_changed(void **state)
{
    static struct workflow_instance back;
    struct scene *scene = opened();
    uint8_t bytes[WORKFLOW_STATE_BYTES_MAX];
    size_t n;

    (void)state;
    act(scene, "adhere", 8019);
    n = encoded(scene, bytes);
    for (size_t i = 0; i < n; i++) {
        for (int bit = 0; bit < 8; bit++) {
            bytes[i] ^= (uint8_t)(1 << bit);
            assert_false(workflow_decode(scene->wf, bytes, n, &back));
            bytes[i] ^= (uint8_t)(1 << bit);
        }
    }
    for (size_t length = 0; length < n; length++)
        assert_false(workflow_decode(scene->wf, bytes, length, &back));
    bytes[n] = 0;
    assert_false(workflow_decode(scene->wf, bytes, n + 1, &back));
    assert_true(workflow_decode(scene->wf, bytes, n, &back));
    scene_close(scene);
}

/* Each byte is as it was written, and yet no step leads there. */
static void test_decode__refuses_a_timer_where_a_member_has_none(void **state)
{
    static struct workflow_instance back;
    struct scene *scene = opened();
    uint8_t bytes[WORKFLOW_STATE_BYTES_MAX];

    (void)state;
    act(scene, "adhere", 8019);
    assert_int_equal(scene->now.members[0].body, 8019);
    assert_int_equal(scene->now.members[0].timers, 0);
    scene->now.members[0].timers = 1;
    assert_false(workflow_decode(scene->wf, bytes, encoded(scene, bytes), &back));
    scene_close(scene);
}

static void test_decode__refuses_what_another_definition_wrote(void **state)
{
    static struct workflow_instance back;
    struct scene *ours = opened();
    char *other_text = chart_text(full);
    uint8_t bytes[WORKFLOW_STATE_BYTES_MAX];
    size_t n = encoded(ours, bytes);
    struct workflow *other;

    (void)state;
    memcpy(strstr(other_text, "\"nag\""), "\"gag\"", 5);
    other = workflow_parse(other_text, strlen(other_text), NULL, 0, NULL);
    assert_non_null(other);
    assert_false(workflow_decode(other, bytes, n, &back));
    workflow_free(other);
    free(other_text);
    scene_close(ours);
}

/* What bytes depend on stays the same when labels, guards and roles change. */
static void test_decode__reads_what_an_older_wording_wrote(void **state)
{
    static struct workflow_instance back;
    struct scene *ours = opened();
    char *text = chart_text(full);
    uint8_t bytes[WORKFLOW_STATE_BYTES_MAX];
    size_t n = encoded(ours, bytes);
    struct workflow *reworded;

    (void)state;
    memcpy(strstr(text, "\"ca\": \"x\""), "\"ca\": \"z\"", 9);
    reworded = workflow_parse(text, strlen(text), NULL, 0, NULL);
    assert_non_null(reworded);
    assert_true(workflow_decode(reworded, bytes, n, &back));
    workflow_free(reworded);
    free(text);
    scene_close(ours);
}

static void test_project__says_it_in_words(void **state)
{
    struct scene *scene = opened();
    char *text;

    (void)state;
    act(scene, "adhere", 8019);
    assert_int_equal(scene_fire(scene, "nag"), WORKFLOW_OK);
    scene->world.actor = 7;
    act(scene, "wait", 0);
    text = workflow_project(scene->wf, &scene->now);
    assert_non_null(text);
    assert_string_equal(
        text, "{\"states\":[\"wait\"],\"finished\":false,\"clocks\":{\"term\":\"paused\"},"
              "\"timers\":{\"nag\":{\"armed\":false,\"fired\":1}},"
              "\"history\":{\"open.back\":[\"open.ask\"],\"open.near\":[\"open.ask\"]},\"last_actors\":{\"wait\":7},"
              "\"undo\":[{\"fx\":\"reserve\",\"word\":\"stock\",\"undo\":\"release\"}],"
              "\"members\":[{\"body\":8019,\"state\":\"open.ask.joined\"},{\"body\":-5,\"state\":\"open.ask.invited\"},"
              "{\"body\":9223372036854775807,\"state\":\"open.ask.invited\"}],\"ballots\":[]}");
    free(text);
    act(scene, "deep", 0);
    act(scene, "adhere", -5);
    act(scene, "adhere", INT64_MAX);
    vote(scene, 3, WORKFLOW_ABSTAIN, 12);
    text = workflow_project(scene->wf, &scene->now);
    assert_non_null(
        strstr(text, "\"ballots\":[{\"vote\":\"open.vote\",\"voter\":3,\"choice\":\"abstain\",\"score\":12}]"));
    free(text);
    scene_close(scene);
}

static void test_encode__writes_nothing_where_there_is_no_room(void **state)
{
    struct scene *scene = opened();
    uint8_t bytes[WORKFLOW_STATE_BYTES_MAX], untouched[4] = {1, 2, 3, 4};

    (void)state;
    assert_int_equal(workflow_encode(scene->wf, &scene->now, untouched, 4), encoded(scene, bytes));
    assert_int_equal(untouched[0], 1);
    scene_close(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_codec__brings_back_everything_that_is_remembered),
        cmocka_unit_test(test_codec__writes_bytes_that_never_change),
        cmocka_unit_test(test_decode__refuses_every_byte_that_was_changed),
        cmocka_unit_test(test_decode__refuses_a_timer_where_a_member_has_none),
        cmocka_unit_test(test_decode__refuses_what_another_definition_wrote),
        cmocka_unit_test(test_decode__reads_what_an_older_wording_wrote),
        cmocka_unit_test(test_project__says_it_in_words),
        cmocka_unit_test(test_encode__writes_nothing_where_there_is_no_room),
    };
    return cmocka_run_group_tests_name("workflow_codec", tests, NULL, NULL);
}
