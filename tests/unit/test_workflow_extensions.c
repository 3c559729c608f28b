/* Terms that are extended (Llei 39/2015 art. 32): what a definition may say of it, when a step does it, and what the
   verifier finds. */
#include "unit/test_workflow_scene.h"

#include "workflow/course.h"
#include "workflow/verify.h"

#define HEAD                                                                                                           \
    SCENE_HEAD "`data`: {`reason`: {`type`: `string`}, `act`: {`type`: `doc`}, `months`: {`type`: `int`}},"            \
               "`clocks`: {`term`: {`budget`: {`months`: 12}, `calendar`: `legal`},"                                   \
               " `odd`: {`budget`: {`habils`: 15}, `calendar`: `legal`},"                                              \
               " `month`: {`budget`: {`months`: 1}, `calendar`: `legal`}},"
#define REST(open, effect)                                                                                             \
    "`initial`: `open`, `states`: {`open`: {" SCENE_L open ", `on`: {`stop`: [{`role`: `all`, `internal`: true,"       \
    " `do`: [{`fx`: `clock_stop`, `clock`: `term`}]}],"                                                                \
    " `extend`: [{`role`: `all`, `require`: [`reason`], `internal`: true, `do`: [" effect                              \
    "]}], `close`: @end}}," ENDING "}}"
#define ENDING "`end`: {`label`: {`ca`: `f`, `en`: `f`}, `type`: `final`, `phase`: `end`, `outcome`: `completed`}"
#define RUNS   ", `entry`: [{`fx`: `clock_start`, `clock`: `term`}]"
#define EXTEND "{`fx`: `clock_extend`, `clock`: `term`}"
#define BY(by) "{`fx`: `clock_extend`, `clock`: `term`, `by`: " by "}"

/* ---- what a definition may say ---- */

static void assert_refused(const char *text, const char *code, const char *pointer)
{
    struct workflow_fault faults[WORKFLOW_FAULTS_MAX];
    char *document = chart_text(text);
    size_t n = 0;

    assert_non_null(document);
    assert_null(workflow_parse(document, strlen(document), faults, WORKFLOW_FAULTS_MAX, &n));
    if (n != 1 || strcmp(faults[0].code, code) != 0 || strcmp(faults[0].pointer, pointer) != 0)
        fail_msg("%zu faults, %s %s: %s", n, faults[0].pointer, faults[0].code, faults[0].message);
    assert_true(faults[0].line > 0 && faults[0].column > 0);
    free(document);
}

#define OPEN "/states/open"
#define DO   OPEN "/on/extend/0"

static void test_definition__extends_by_half_at_most_and_in_the_unit_of_the_clock(void **state)
{
    (void)state;
    assert_refused(HEAD REST(RUNS, BY("{`months`: 7}")), "too_long", DO "/do/0/by");
    assert_refused(HEAD REST(RUNS, BY("{`days`: 6}")), "wrong_unit", DO "/do/0/by");
    assert_refused(HEAD REST(RUNS, BY("{`months`: 0}")), "out_of_range", DO "/do/0/by/months");
    assert_refused(HEAD REST(RUNS, BY("{}")), "wrong_span", DO "/do/0/by");
    assert_refused(HEAD REST(RUNS, BY("`data.reason`")), "wrong_type", DO "/do/0/by");
    assert_refused(HEAD REST(RUNS, "{`fx`: `clock_extend`, `clock`: `odd`, `by`: {`habils`: 8}}"), "too_long",
                   DO "/do/0/by");
    assert_refused(HEAD REST(RUNS, "{`fx`: `clock_extend`, `clock`: `month`}"), "too_short", DO "/do/0");
    assert_refused(HEAD REST(RUNS, "{`fx`: `clock_extend`, `clock`: `none`}"), "unknown_clock", DO "/do/0/clock");
    assert_refused(HEAD REST(RUNS, "{`fx`: `clock_stop`, `clock`: `term`, `by`: {`months`: 1}}"), "unknown_member",
                   DO "/do/0/by");
    assert_refused(HEAD REST(RUNS, EXTEND ", " EXTEND), "duplicate_item", DO "/do/1");
}

static void test_definition__extends_by_a_decision_only(void **state)
{
    (void)state;
    assert_refused(HEAD REST(", `entry`: [{`fx`: `clock_start`, `clock`: `term`}, " EXTEND "]", EXTEND),
                   "misplaced_effect", OPEN "/entry/1");
    assert_refused(HEAD REST(RUNS ", `exit`: [" EXTEND "]", EXTEND), "misplaced_effect", OPEN "/exit/0");
    assert_refused(
        HEAD REST(RUNS ", `after`: [{`id`: `late`, `clock`: `term`, `at`: `90%`, `do`: [" EXTEND "]}]", EXTEND),
        "misplaced_effect", OPEN "/after/0/do/0");
    assert_refused(HEAD REST(RUNS ", `always`: [{`guard`: `false`, `to`: `end`, `do`: [" EXTEND "]}]", EXTEND),
                   "misplaced_effect", OPEN "/always/0/do/0");
}

static void test_definition__asks_who_extends_for_a_reason(void **state)
{
    (void)state;
#define ASKING(require)                                                                                                \
    HEAD "`initial`: `open`, `states`: {`open`: {" SCENE_L RUNS ", `on`: {`extend`: [{`role`: `all`" require           \
         ", `internal`: true, `do`: [" EXTEND "]}], `close`: @end}}," ENDING "}}"
    assert_refused(ASKING(""), "extension_without_reason", DO);
    assert_refused(ASKING(", `require`: [`months`]"), "extension_without_reason", DO);
    scene_close(scene_open(ASKING(", `require`: [`act`]")));
}

/* ---- when a step does it ---- */

static struct scene *running(const char *effect)
{
    char text[4096];
    struct scene *scene;

    snprintf(text, sizeof text, "%s%s%s",
             HEAD "`initial`: `open`, `states`: {`open`: {" SCENE_L RUNS
                  ", `on`: {`stop`: [{`role`: `all`, `internal`: true, `do`: [{`fx`: `clock_stop`, `clock`: `term`}]}],"
                  " `extend`: [{`role`: `all`, `require`: [`reason`], `internal`: true, `do`: [",
             effect, "]}], `close`: @end}}," ENDING "}}");
    scene = scene_open(text);
    assert_int_equal(scene_start(scene), WORKFLOW_OK);
    return scene;
}

static int32_t amount_of(const struct scene *scene)
{
    assert_int_equal(scene->out.n_clocks, 1);
    assert_int_equal(scene->out.clocks[0].kind, WORKFLOW_CLOCK_EXTEND);
    return scene->out.clocks[0].amount;
}

static void test_step__extends_by_half_by_less_or_by_what_was_decided(void **state)
{
    struct scene *scene = running(EXTEND);

    (void)state;
    assert_int_equal(scene_do(scene, "extend"), WORKFLOW_OK);
    assert_string_equal(scene_clocks(scene), "extend term");
    assert_int_equal(amount_of(scene), 6);
    assert_int_equal(scene->out.n_effects, 0);
    scene_close(scene);
    scene = running(BY("{`months`: 2}"));
    assert_int_equal(scene_do(scene, "extend"), WORKFLOW_OK);
    assert_int_equal(amount_of(scene), 2);
    scene_close(scene);
    scene = running(BY("`data.months + 1`"));
    scene->data[2] = workflow_value_int(3);
    assert_int_equal(scene_do(scene, "extend"), WORKFLOW_OK);
    assert_int_equal(amount_of(scene), 4);
    scene_close(scene);
}

static void test_step__refuses_more_than_half_nothing_and_what_is_no_number(void **state)
{
    static const int64_t wrong[] = {7, 0, -1, INT64_MAX};
    struct scene *scene = running(BY("`data.months`"));

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        scene->data[2] = workflow_value_int(wrong[i]);
        assert_int_equal(scene_do(scene, "extend"), WORKFLOW_REJECTED);
        assert_int_equal(scene->out.reasons.why, WORKFLOW_REASON_TERM_HALF);
    }
    scene->data[2] = workflow_value_unset();
    assert_int_equal(scene_do(scene, "extend"), WORKFLOW_REJECTED);
    assert_string_equal(workflow_reason_key(WORKFLOW_REASON_TERM_HALF), "term_half");
    scene->world.fields_present = 0; /* first things first: nothing was said yet */
    assert_int_equal(scene_do(scene, "extend"), WORKFLOW_REJECTED);
    assert_int_equal(scene->out.reasons.why, WORKFLOW_REASON_FIELDS);
    scene_close(scene);
}

static void test_step__refuses_a_term_that_is_over_was_extended_or_does_not_run(void **state)
{
    struct scene *scene = running(EXTEND);

    (void)state;
    scene->world.clocks_over = 1;
    assert_int_equal(scene_do(scene, "extend"), WORKFLOW_REJECTED);
    assert_int_equal(scene->out.reasons.why, WORKFLOW_REASON_TERM_OVER);
    scene->world.clocks_extended = 1;
    assert_int_equal(scene_do(scene, "extend"), WORKFLOW_REJECTED);
    assert_int_equal(scene->out.reasons.why, WORKFLOW_REASON_TERM_OVER | WORKFLOW_REASON_TERM_EXTENDED);
    scene->world.clocks_over = scene->world.clocks_extended = 2; /* another clock's */
    assert_int_equal(scene_do(scene, "extend"), WORKFLOW_OK);
    scene->world.clocks_over = scene->world.clocks_extended = 1;
    assert_int_equal(scene_do(scene, "stop"), WORKFLOW_OK);
    assert_int_equal(scene_do(scene, "extend"), WORKFLOW_REJECTED);
    assert_int_equal(scene->out.reasons.why, WORKFLOW_REASON_TERM_IDLE);
    assert_string_equal(workflow_reason_key(WORKFLOW_REASON_TERM_IDLE), "term_idle");
    assert_string_equal(workflow_reason_key(WORKFLOW_REASON_TERM_OVER), "term_over");
    assert_string_equal(workflow_reason_key(WORKFLOW_REASON_TERM_EXTENDED), "term_extended");
    scene_close(scene);
}

static void test_options__tell_why_a_term_is_not_extended(void **state)
{
    struct scene *scene = running(EXTEND);
    struct workflow_option options[4];
    static struct workflow_out out;

    (void)state;
    scene->world.clocks_extended = 1;
    assert_int_equal(workflow_options(scene->wf, &scene->now, &scene->world, 0, false, &out, options, 4), 3);
    assert_string_equal(workflow_event_key(scene->wf, options[1].event), "extend");
    assert_false(options[1].possible);
    assert_int_equal(options[1].reasons.why, WORKFLOW_REASON_TERM_EXTENDED);
    scene_close(scene);
}

/* ---- what follows in time ---- */

static void test_course__extends_once_and_counts_on(void **state)
{
    struct workflow_zone *zone =
        workflow_zone_init(malloc(workflow_zone_size()), workflow_madrid_shifts, workflow_madrid_shift_count);
    const struct workflow_calendar_source source = {.zone = zone};
    struct workflow_calendar *calendar = workflow_calendar_init(malloc(workflow_calendar_size()), &source, NULL);
    struct scene *scene = running(EXTEND);
    struct workflow_clock clock = {0};
    struct workflow_world world = {.now_us = INT64_C(1780000000) * 1000000};
    const struct workflow_clock_change extend = {.clock = 0, .kind = WORKFLOW_CLOCK_EXTEND, .amount = 6};

    (void)state;
    workflow_clock_follow(scene->wf, (struct workflow_clock_change){.kind = WORKFLOW_CLOCK_START}, calendar,
                          world.now_us, &clock);
    workflow_clock_tell(scene->wf, 0, &clock, calendar, &world);
    assert_int_equal(world.clocks_over | world.clocks_extended, 0);
    workflow_clock_follow(scene->wf, extend, calendar, world.now_us, &clock);
    workflow_clock_follow(scene->wf, extend, calendar, world.now_us, &clock);
    assert_int_equal(clock.span.amount, 18);
    world.now_us += INT64_C(86400) * 1000000 * 1000;
    workflow_clock_tell(scene->wf, 0, &clock, calendar, &world);
    assert_int_equal(world.clocks_over, 1);
    assert_int_equal(world.clocks_extended, 1);
    world = (struct workflow_world){.now_us = world.now_us};
    workflow_clock_tell(scene->wf, 1, &clock, calendar, &world); /* nothing extends that one: nobody asks */
    assert_int_equal(world.clocks_over | world.clocks_extended, 0);
    scene_close(scene);
    free(calendar);
    free(zone);
}

/* ---- what the verifier finds ---- */

static size_t found(const char *text, struct workflow_finding *ret)
{
    struct scene *scene = scene_open(text);
    struct workflow_memory memory = {.bytes = malloc(WORKFLOW_VERIFY_MEMORY), .size = WORKFLOW_VERIFY_MEMORY};
    struct workflow_verified verified;

    assert_non_null(memory.bytes);
    verified = workflow_verify(scene->wf, &memory, ret, 1);
    if (verified.n_findings > 0)
        assert_string_equal(workflow_finding_key(ret->kind), "extends_nothing");
    free(memory.bytes);
    scene_close(scene);
    return verified.n_findings;
}

static void test_verify__finds_a_term_that_is_extended_where_it_does_not_run(void **state)
{
    struct workflow_finding finding;

    (void)state;
#define ONE_WAY(open)                                                                                                  \
    HEAD "`initial`: `open`, `states`: {`open`: {" SCENE_L open                                                        \
         ", `on`: {`extend`: [{`role`: `all`, `internal`: true,"                                                       \
         " `require`: [`reason`], `do`: [" EXTEND "]}], `close`: @end}}," ENDING "}}"
    assert_int_equal(found(ONE_WAY(RUNS), &finding), 0);
    assert_int_equal(found(ONE_WAY(""), &finding), 1);
    assert_int_equal(finding.kind, WORKFLOW_FINDING_EXTENDS_NOTHING);
    assert_int_equal(finding.state, 0);
    assert_int_equal(finding.clock, 0);
    assert_int_equal(finding.n_way, 1);
    assert_true(finding.transition >= 0);
}

static void test_verify__finds_a_term_that_the_same_step_stops_or_starts_anew(void **state)
{
    struct workflow_finding finding;

    (void)state;
#define LEAVING(open, next)                                                                                            \
    HEAD "`initial`: `open`, `states`: {`open`: {" SCENE_L open ", `on`: {`extend`: [{`role`: `all`, `to`: `next`,"    \
         " `require`: [`reason`], `do`: [" EXTEND "]}]}}, `next`: {" SCENE_L next ", `on`: {`close`: @end}}," ENDING   \
         "}}"
    assert_int_equal(found(LEAVING(RUNS, ""), &finding), 0);
    assert_int_equal(found(LEAVING(RUNS ", `exit`: [{`fx`: `clock_stop`, `clock`: `term`}]", ""), &finding), 1);
    assert_int_equal(found(LEAVING(RUNS, RUNS), &finding), 1);
    assert_int_equal(found(LEAVING(RUNS, ", `pause`: [`term`]"), &finding), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_definition__extends_by_half_at_most_and_in_the_unit_of_the_clock),
        cmocka_unit_test(test_definition__extends_by_a_decision_only),
        cmocka_unit_test(test_definition__asks_who_extends_for_a_reason),
        cmocka_unit_test(test_step__extends_by_half_by_less_or_by_what_was_decided),
        cmocka_unit_test(test_step__refuses_more_than_half_nothing_and_what_is_no_number),
        cmocka_unit_test(test_step__refuses_a_term_that_is_over_was_extended_or_does_not_run),
        cmocka_unit_test(test_options__tell_why_a_term_is_not_extended),
        cmocka_unit_test(test_course__extends_once_and_counts_on),
        cmocka_unit_test(test_verify__finds_a_term_that_is_extended_where_it_does_not_run),
        cmocka_unit_test(test_verify__finds_a_term_that_the_same_step_stops_or_starts_anew),
    };
    return cmocka_run_group_tests_name("workflow_extensions", tests, NULL, NULL);
}
