/* What findings say: of which state, timer and clock, by which way, each once however often it is met, and counted
   where there is no room for it. */
#include "unit/test_workflow_scene.h"

#include "workflow/verify.h"

#define HEAD                                                                                                           \
    SCENE_HEAD "`data`: {`n`: {`type`: `int`}, `towns`: {`type`: `list`, `of`: `entity`, `max`: 9}},"                  \
               "`clocks`: {`idle`: {`budget`: {`days`: 5}, `calendar`: `legal`},"                                      \
               " `term`: {`budget`: {`days`: 5}, `calendar`: `legal`}},"                                               \
               "`panels`: {`jury`: {`members`: `board`, `quorum`: 2, `approve`: `majority`}},"
#define Z             "`z`: {`label`: {`ca`: `f`, `en`: `f`}, `type`: `final`, `phase`: `end`, `outcome`: `completed`}"
#define CHART(states) HEAD "`initial`: `a`, `states`: {" states ", " Z "}}"
#define WAIT          "`label`: {`ca`: `w`, `en`: `w`}, `phase`: `waiting`"
#define START_TERM    "`entry`: [{`fx`: `clock_start`, `clock`: `term`}]"
#define START_IDLE    "`entry`: [{`fx`: `clock_start`, `clock`: `idle`}]"
#define CLAIM(claim)  HEAD "`asserts`: [" claim "], `initial`: `a`, `states`: {"

enum { FINDINGS = 8 };

static struct workflow_finding findings[FINDINGS + 1];
static struct workflow_verified verified;

static void say_way(struct scene *scene, const struct workflow_finding *finding)
{
    for (unsigned i = 0; i < finding->n_way; i++) {
        const struct workflow_cause *cause = &finding->way[i];
        scene_say(scene, "%s%s", i ? " " : " by ",
                  cause->kind == WORKFLOW_CAUSE_EVENT   ? workflow_event_key(scene->wf, cause->number)
                  : cause->kind == WORKFLOW_CAUSE_TIMER ? workflow_timer_info(scene->wf, cause->number)->key
                                                        : "vote");
    }
}

/* As many are counted as there are, whatever room there is for them; what lies beyond is left alone. */
static void count_without_room(struct scene *scene, struct workflow_memory *memory)
{
    for (size_t room = 0; room <= verified.n_findings && room < FINDINGS; room++) {
        memset(findings, 0x55, sizeof(findings));
        assert_int_equal(workflow_verify(scene->wf, memory, findings, room).n_findings, verified.n_findings);
        assert_int_equal(findings[room].n_way, 0x55555555);
    }
}

/* Says what is found, one after another: "no_end b by go; timer_spins b late term by go late". To be freed. */
static char *found(const char *text)
{
    struct scene *scene = scene_open(text);
    struct workflow_memory memory = {.size = 1024 * 1024, .bytes = malloc(1024 * 1024)};
    char *said;

    assert_non_null(memory.bytes);
    verified = workflow_verify(scene->wf, &memory, findings, FINDINGS);
    count_without_room(scene, &memory);
    verified = workflow_verify(scene->wf, &memory, findings, FINDINGS);
    assert_true(verified.n_findings <= FINDINGS);
    scene->said[0] = '\0';
    for (size_t i = 0; i < verified.n_findings; i++) {
        const struct workflow_finding *finding = &findings[i];
        scene_say(scene, "%s%s", i ? "; " : "", workflow_finding_key(finding->kind));
        if (finding->assertion >= 0)
            scene_say(scene, " %s", workflow_assert_key(scene->wf, (unsigned)finding->assertion));
        if (finding->state >= 0)
            scene_say(scene, " %s", workflow_state(scene->wf, (unsigned)finding->state)->key);
        if (finding->timer >= 0)
            scene_say(scene, " %s", workflow_timer_info(scene->wf, (unsigned)finding->timer)->key);
        if (finding->clock >= 0)
            scene_say(scene, " %s", workflow_clock_info(scene->wf, (unsigned)finding->clock)->key);
        say_way(scene, finding);
    }
    said = strdup(scene->said);
    free(memory.bytes);
    scene_close(scene);
    return said;
}

#define assert_finds(text, wanted)                                                                                     \
    do {                                                                                                               \
        char *said = found(text);                                                                                      \
        assert_string_equal(said, wanted);                                                                             \
        free(said);                                                                                                    \
    } while (0)

/* ---- gates ---- */

static void test_gap__may_be_in_the_first_state_and_behind_what_is_complete(void **state)
{
    (void)state;
    assert_finds(CHART("`a`: {" SCENE_L ", `always`: [{`guard`: `data.n > 1`, `to`: `z`}]}"), "gap a; no_end a");
    assert_finds(CHART("`a`: {" SCENE_L ", `initial`: `b`, `states`: {`b`: {`on`: {`go`: @c}}, `c`: {`type`: `final`}},"
                       " `on_done`: [{`guard`: `data.n > 1`, `to`: `z`}]}"),
                 "gap a; no_end c by go");
}

static void test_gap__is_none_where_guards_leave_nothing_out(void **state)
{
    (void)state;
    assert_finds(CHART("`a`: {" SCENE_L ", `initial`: `b`, `states`: {`b`: {`on`: {`go`: @c}}, `c`: {`type`: `final`}},"
                       " `on_done`: [{`guard`: `has(data.n) && data.n > 1`, `to`: `z`},"
                       "  {`guard`: `!has(data.n) || data.n <= 1`, `to`: `d`}]}, `d`: {" SCENE_L ", `on`: {`go`: @z}}"),
                 "");
}

static void test_gap__is_none_where_something_else_may_happen(void **state)
{
    (void)state;
    assert_finds(CHART("`a`: {" SCENE_L ", `always`: [{`guard`: `data.n > 1`, `to`: `z`}], `on`: {`stop`: @z}}"), "");
    assert_finds(CHART("`a`: {" SCENE_L ", `always`: [{`guard`: `data.n > 1`, `to`: `z`}],"
                       " `after`: [{`id`: `late`, `in`: {`days`: 1}, `calendar`: `legal`, `to`: `z`}]}"),
                 "");
    assert_finds(CHART("`a`: {" SCENE_L ", `always`: [{`guard`: `data.n > 1`, `to`: `z`}],"
                       " `vote`: {`panel`: `jury`, `event`: `ballot`},"
                       " `on`: {`vote.passed`: [{`to`: `z`}], `vote.failed`: [{`to`: `z`}]}}"),
                 "");
}

/* ---- clocks and timers ---- */

#define ON_TERM "`clock`: `term`, `at`: `50%`"
#define ON_IDLE "`clock`: `idle`, `at`: `50%`"

static void test_clock__that_nobody_starts_is_told_of_each_timer_once(void **state)
{
    (void)state;
    assert_finds(CHART("`a`: {" SCENE_L ", `on`: {`go`: @b, `by_way`: @c}}, `c`: {" SCENE_L ", `on`: {`go`: @b}},"
                       "`b`: {" SCENE_L ", " START_IDLE ", `on`: {`end`: @z, `back`: @a}, `after`: ["
                       " {`id`: `fine`, " ON_IDLE ", `to`: `z`}, {`id`: `first`, " ON_TERM ", `to`: `z`},"
                       " {`id`: `second`, " ON_TERM ", `to`: `z`}]}"),
                 "clock_not_started b first term by go; clock_not_started b second term by go");
}

static void test_clock__that_was_started_and_stopped_was_started(void **state)
{
    (void)state;
    assert_finds(CHART("`a`: {" SCENE_L ", " START_TERM ", `on`: {`go`: @b}},"
                       "`b`: {" SCENE_L ", `entry`: [{`fx`: `clock_stop`, `clock`: `term`}], `on`: {`end`: @z,"
                       " `again`: [{`role`: `all`, `internal`: true, `do`: [{`fx`: `clock_start`, `clock`: `term`}]}]},"
                       " `after`: [{`id`: `late`, " ON_TERM ", `to`: `z`}]}"),
                 "");
}

static void test_timer__spins_where_it_comes_back_and_its_clock_is_not_begun_anew(void **state)
{
    (void)state;
    assert_finds(CHART("`a`: {" SCENE_L ", " START_TERM ", `on`: {`go`: @b, `by_way`: @c}},"
                       "`c`: {" SCENE_L ", `on`: {`go`: @b}},"
                       "`b`: {" SCENE_L ", " START_IDLE ", `on`: {`end`: @z}, `after`: ["
                       " {`id`: `anew`, " ON_IDLE ", `to`: `b`}, {`id`: `first`, " ON_TERM ", `to`: `b`},"
                       " {`id`: `second`, " ON_TERM ", `to`: `b`}]}"),
                 "timer_spins b first term by go first; timer_spins b second term by go second");
    /* Leading elsewhere, staying, or by a span of its own: none comes back at once. */
    assert_finds(CHART("`a`: {" SCENE_L ", " START_TERM ", `on`: {`go`: @b}}, `c`: {" SCENE_L ", `on`: {`go`: @z}},"
                       "`b`: {" SCENE_L ", `on`: {`end`: @z}, `after`: [{`id`: `away`, " ON_TERM ", `to`: `c`},"
                       " {`id`: `nag`, " ON_TERM ", `do`: [{`fx`: `notify`, `to`: `all`}]},"
                       " {`id`: `daily`, `in`: {`days`: 1}, `calendar`: `legal`, `to`: `b`}]}"),
                 "");
}

static void test_timer__of_a_clock_that_stands_still_is_no_promise(void **state)
{
    (void)state;
    assert_finds(CHART("`a`: {" SCENE_L ", " START_TERM ", `on`: {`go`: @b, `stop`: @z}},"
                       "`b`: {" SCENE_L ", `pause`: [`term`], `after`: [{`id`: `late`, " ON_TERM ", `to`: `z`}]}"),
                 "no_end b by go; dead_transition b");
}

/* ---- money and goods ---- */

static void test_undo__is_missed_wherever_it_is_held(void **state)
{
#define PAY      "{`fx`: `pay`, `amount`: `10`}"
#define RESERVE  "{`fx`: `reserve`, `what`: `hall`}"
#define HARMLESS "{`fx`: `notify`, `to`: `all`}, {`fx`: `reserve`, `what`: `hall`, `undo`: `release`}"
    (void)state;
    assert_finds(CHART("`a`: {" SCENE_L ", `entry`: [" HARMLESS ", " PAY "], `on`: {`go`: @z}}"), "no_undo a");
    assert_int_equal(findings[0].effect, 2);
    assert_finds(CHART("`a`: {" SCENE_L ", `on`: {`go`: @b}}, `b`: {" SCENE_L ", `exit`: [" HARMLESS ", " RESERVE "],"
                       " `on`: {`go`: @z}}"),
                 "no_undo b");
    assert_finds(CHART("`a`: {" SCENE_L ", `entry`: [" HARMLESS "], `on`: {`go`: @b}}, `b`: {" SCENE_L ","
                       " `on`: {`go`: [{`role`: `all`, `do`: [" RESERVE ", " HARMLESS ", " PAY "], `to`: `z`}]}}"),
                 "no_undo b; no_undo b");
}

/* ---- waiting ---- */

static void test_waiting__is_ended_by_what_leads_on_and_not_by_a_reminder(void **state)
{
    (void)state;
    assert_finds(CHART("`a`: {" WAIT ", `on`: {`answer`: @z}, `after`: [{`id`: `nag`, `in`: {`days`: 1}, `calendar`:"
                       " `legal`, `do`: [{`fx`: `notify`, `to`: `all`}]}]}"),
                 "waits_for_ever a");
    assert_finds(CHART("`a`: {" WAIT ", `vote`: {`panel`: `jury`, `event`: `ballot`, `deadline`: {`id`: `closes`,"
                       " `in`: {`days`: 3}, `calendar`: `legal`}},"
                       " `on`: {`vote.passed`: [{`to`: `z`}], `vote.failed`: [{`to`: `z`}]}}"),
                 "");
    assert_finds(CHART("`a`: {" WAIT ", `vote`: {`panel`: `jury`, `event`: `ballot`},"
                       " `on`: {`vote.passed`: [{`to`: `z`}], `vote.failed`: [{`to`: `z`}]}}"),
                 "waits_for_ever a");
    /* A limit of what is around it is a limit. */
    assert_finds(CHART("`a`: {" WAIT ", `initial`: `b`, `states`: {`b`: {`on`: {`answer`: @z}}},"
                       " `after`: [{`id`: `late`, `in`: {`days`: 1}, `calendar`: `legal`, `to`: `z`}]}"),
                 "");
}

static void test_waiting__is_told_of_each_state_once(void **state)
{
    (void)state;
    assert_finds(CHART("`a`: {" SCENE_L ", `on`: {`ask`: @b, `count`: [{`role`: `all`, `do`: [{`fx`: `clock_start`,"
                       " `clock`: `term`}], `to`: `b`}], `write`: @c}},"
                       "`b`: {" WAIT ", `on`: {`answer`: @z, `write`: @c}}, `c`: {" WAIT ", `on`: {`answer`: @z}}"),
                 "waits_for_ever b by ask; waits_for_ever c by write");
}

/* ---- coming to an end ---- */

static void test_end__is_told_of_a_state_once_and_by_any_role_of_people(void **state)
{
    (void)state;
    assert_finds(CHART("`a`: {" SCENE_L ", `on`: {`ask`: @b, `count`: [{`role`: `all`, `do`: [{`fx`: `clock_start`,"
                       " `clock`: `term`}], `to`: `b`}], `give_up`: @z}},"
                       "`b`: {" SCENE_L ", `on`: {`close`: [{`role`: `all`, `guard`: `data.n > 1`, `to`: `z`}]}}"),
                 "no_end b by ask");
    assert_finds(CHART("`a`: {" SCENE_L ", `on`: {`close`: [{`role`: `board`, `to`: `z`}]}}"), "");
}

/* Where bad places lead to each other none is the cause: the nearest is told. */
static void test_end__of_what_goes_round_the_first_is_told(void **state)
{
    (void)state;
    assert_finds(CHART("`a`: {" SCENE_L ", `on`: {`go`: @b, `out`: @z}},"
                       "`b`: {" SCENE_L
                       ", `on`: {`go`: @c, `close`: [{`role`: `all`, `guard`: `data.n > 1`, `to`: `z`}]}},"
                       "`c`: {" SCENE_L ", `on`: {`go`: @b}}"),
                 "no_end b by go");
}

/* ---- faults of a step ---- */

static void test_fault__is_told_with_what_brings_it_about(void **state)
{
    static const char restless[] =
        CHART("`a`: {" SCENE_L ", `on`: {`go`: @b, `out`: @z}}, `b`: {" SCENE_L ", `on`: {`out`: @z,"
              " `start`: [{`role`: `all`, `internal`: true, `do`: [{`fx`: `emit`, `event`: `tick`}]}],"
              " `tick`: [{`internal`: true, `do`: [{`fx`: `emit`, `event`: `tick`}]}]}}");
    static const char too_much[] =
        CHART("`a`: {" SCENE_L ", `on`: {`go`: @b, `out`: @z}}, `b`: {" SCENE_L ", `on`: {`out`: @z,"
              " `start`: [{`role`: `all`, `internal`: true, `do`: [{`fx`: `emit`, `event`: `tick`}]}],"
              " `tick`: [{`internal`: true, `do`: [{`fx`: `emit`, `event`: `tick`}, {`fx`: `emit`, `event`: `tick`},"
              "  {`fx`: `notify`, `to`: `all`}, {`fx`: `notify`, `to`: `all`}, {`fx`: `notify`, `to`: `all`}]}]}}");

    (void)state;
    assert_finds(restless, "restless b by go start");
    assert_finds(too_much, "too_much b by go start");
}

/* Three walks, for one, two and three bodies, come to it: it is one fault. */
static void test_fault__is_told_once_however_many_bodies_take_part(void **state)
{
    (void)state;
    assert_finds(CHART("`a`: {" SCENE_L ", `on`: {`ask`: @e, `start`: [{`role`: `all`, `internal`: true,"
                       "  `do`: [{`fx`: `emit`, `event`: `tick`}]}],"
                       " `tick`: [{`internal`: true, `do`: [{`fx`: `emit`, `event`: `tick`}]}]}},"
                       "`e`: {" SCENE_L ", `type`: `each`, `over`: `data.towns`, `join`: {`all`: true},"
                       " `initial`: `asked`, `states`: {`asked`: {`on`: {`join`: @in}, `after`: [{`id`: `silent`,"
                       "  `in`: {`days`: 3}, `calendar`: `legal`, `to`: `in`}]}, `in`: {`type`: `final`}},"
                       " `on_done`: [{`to`: `z`}]}"),
                 "restless a by start");
}

/* ---- ways ---- */

/* What happens last belongs to the way, and is told however long it was. */
static void test_way__ends_with_what_happens_last(void **state)
{
    static char text[32768];

    (void)state;
    for (unsigned length = WORKFLOW_WAY_MAX - 2; length <= WORKFLOW_WAY_MAX + 2; length++) {
        const struct workflow_finding *finding = &findings[0];
        size_t n = (size_t)snprintf(text, sizeof text, "%s`initial`: `s0`, `states`: {", HEAD);
        for (unsigned i = 0; i < length; i++)
            n += (size_t)snprintf(text + n, sizeof text - n, "`s%u`: {%s%s, `on`: {`go%u`: @s%u}}, ", i, SCENE_L,
                                  i ? "" : ", " START_TERM, i, i + 1);
        snprintf(
            text + n, sizeof text - n,
            "`s%u`: {%s, `on`: {`end`: @z}, `after`: [{`id`: `late`, `clock`: `term`, `at`: `90%%`, `to`: `s%u`}]},"
            "%s}}",
            length, SCENE_L, length, Z);
        free(found(text));
        assert_int_equal(verified.n_findings, 1);
        assert_int_equal(finding->kind, WORKFLOW_FINDING_TIMER_SPINS);
        assert_int_equal(finding->n_way, length < WORKFLOW_WAY_MAX ? length + 1 : WORKFLOW_WAY_MAX);
        assert_int_equal(finding->way_cut, length + 1 > WORKFLOW_WAY_MAX);
        assert_int_equal(finding->way[finding->n_way - 1].kind, WORKFLOW_CAUSE_TIMER);
        for (unsigned i = 0; i + 1 < finding->n_way; i++) /* events are numbered along the line */
            assert_int_equal(finding->way[i].number, length + 1 - finding->n_way + i);
    }
}

/* ---- several bodies ---- */

#define ASKED(inside)                                                                                                  \
    CHART("`a`: {" SCENE_L ", `type`: `each`, `over`: `data.towns`, `join`: {`all`: true}, `initial`: `asked`,"        \
          " `states`: {" inside "}, `on_done`: [{`to`: `z`}]}")

/* Who is who does not matter: three bodies that are asked, in or out stand in ten ways, of which the four are over in
 * which nobody is asked any more. */
static void test_each__tells_bodies_apart_by_where_they_stand_only(void **state)
{
    (void)state;
    assert_finds(ASKED("`asked`: {`on`: {`join`: @in, `leave`: @out},"
                       " `after`: [{`id`: `silent`, `in`: {`days`: 3}, `calendar`: `legal`, `to`: `out`}]},"
                       "`in`: {`type`: `final`}, `out`: {`type`: `final`}"),
                 "");
    assert_int_equal(verified.configurations, 10);
}

static void test_each__has_dead_states_and_ways_too(void **state)
{
    (void)state;
    assert_finds(ASKED("`asked`: {`on`: {`join`: @in}, `after`: [{`id`: `silent`, `in`: {`days`: 3},"
                       "  `calendar`: `legal`, `to`: `slow`}]},"
                       "`slow`: {`on`: {`join`: @in}}, `in`: {`type`: `final`}"),
                 "waits_for_ever a by silent");
    assert_int_equal(findings[0].n_members, 1); /* one body is enough */
}

/* A body that is asked twice has two limits, and either reminder or limit may be the first that its state has. */
static void test_each__hears_every_timer_of_every_state_of_a_body(void **state)
{
#define NAG    "`in`: {`days`: 1}, `calendar`: `legal`, `do`: [{`fx`: `notify`, `to`: `all`}]"
#define SILENT "`in`: {`days`: 3}, `calendar`: `legal`"
    (void)state;
    assert_finds(ASKED("`asked`: {`on`: {`join`: @in}, `after`: [{`id`: `nag`, " NAG "},"
                       " {`id`: `silent`, " SILENT ", `to`: `asked_again`}]},"
                       "`asked_again`: {`on`: {`join`: @in}, `after`: [{`id`: `nag_again`, " NAG "},"
                       " {`id`: `silent_again`, " SILENT ", `to`: `out`}]},"
                       "`in`: {`type`: `final`}, `out`: {`type`: `final`}"),
                 "");
    assert_int_equal(verified.configurations, 20); /* three alike in four states */
}

/* ---- claims ---- */

static void test_claim__about_a_vote_is_one_about_what_is_raised(void **state)
{
#define VOTED                                                                                                          \
    "`a`: {" SCENE_L ", `vote`: {`panel`: `jury`, `event`: `ballot`}, `on`: {`vote.passed`: [{`to`: `b`}],"            \
    " `vote.failed`: [{`to`: `c`}]}}, `b`: {" SCENE_L ", `on`: {`go`: @z}}, `c`: {" SCENE_L ", `on`: {`go`: @z}}, " Z  \
    "}}"
    (void)state;
    assert_finds(CLAIM("{`id`: `fair`, `never`: {`state`: `b`, `without`: {`event`: `vote.passed`}}}") VOTED, "");
    assert_finds(CLAIM("{`id`: `lost`, `never`: {`state`: `c`, `without`: {`event`: `vote.failed`}}}") VOTED, "");
    assert_finds(CLAIM("{`id`: `wrong`, `never`: {`state`: `z`, `without`: {`event`: `vote.passed`}}}") VOTED,
                 "assert wrong z by vote go");
}

/* The second vote, and an effect that is not the first, raise too. */
static void test_claim__hears_whatever_raises_the_event(void **state)
{
    (void)state;
    assert_finds(
        CLAIM(
            "{`id`: `agreed`, `never`: {`state`: `c`, `without`: {`event`: `vote.passed`}}},"
            "{`id`: `told`, `never`: {`state`: `d`, `without`: {`event`: `told`}}}") "`a`: {" SCENE_L
                                                                                     ", `entry`: [{`fx`: `notify`, "
                                                                                     "`to`: `all`}], `on`: {`go`: @b}},"
                                                                                     "`b`: {" SCENE_L
                                                                                     ", `vote`: {`panel`: `jury`, "
                                                                                     "`event`: `ballot`}, `on`: "
                                                                                     "{`vote.passed`: [{`to`: `c`}],"
                                                                                     " `vote.failed`: [{`to`: `z`}]}},"
                                                                                     "`c`: {" SCENE_L
                                                                                     ", `on`: {`told`: [{`to`: `d`}], "
                                                                                     "`tell`: [{`role`: `all`, "
                                                                                     "`internal`: true,"
                                                                                     "  `do`: [{`fx`: `notify`, `to`: "
                                                                                     "`all`}, {`fx`: `emit`, `event`: "
                                                                                     "`told`}]}], `stop`: @z}},"
                                                                                     "`d`: {" SCENE_L
                                                                                     ", `on`: {`go`: @z}}, " Z "}}",
        "");
}

static void test_claim__that_needs_another_walk_costs_its_steps(void **state)
{
#define LINE                                                                                                           \
    "`a`: {" SCENE_L ", `on`: {`go`: [{`role`: `all`, `do`: [{`fx`: `emit`, `event`: `told`}], `to`: `b`}]}},"         \
    "`b`: {" SCENE_L ", `on`: {`told`: [{`to`: `c`}]}}, `c`: {" SCENE_L ", `on`: {`stop`: @z}}, " Z "}}"
    unsigned alone;

    (void)state;
    assert_finds(HEAD "`initial`: `a`, `states`: {" LINE, "");
    alone = verified.steps;
    assert_finds(CLAIM("{`id`: `told`, `never`: {`state`: `c`, `without`: {`event`: `told`}}}") LINE, "");
    assert_true(verified.steps > alone);
    assert_int_equal(verified.configurations, 3);
}

/* ---- names ---- */

static void test_name__is_what_the_button_says(void **state)
{
    struct scene *scene = scene_open(
        CHART("`a`: {" SCENE_L ", `on`: {`go`: @b, `plain`: @b}},"
              "`b`: {" SCENE_L ", `always`: [{`guard`: `data.n > 1`, `to`: `c`}], `on`: {"
              "  `go`: [{`role`: `all`, `label`: {`ca`: `Endavant`, `en`: `Go on`}, `to`: `c`}],"
              "  `stay`: [{`role`: `all`, `internal`: true}]}},"
              "`c`: {" SCENE_L ", `on`: {`go`: @z}, `after`: [{`id`: `late`, `in`: {`days`: 1}, `calendar`: `legal`,"
              "  `to`: `z`}, {`id`: `later`, `in`: {`days`: 2}, `calendar`: `legal`, `to`: `z`}]}"));
    unsigned go = 0, plain = 0;

    (void)state;
    assert_true(workflow_event_find(scene->wf, "go", &go) && workflow_event_find(scene->wf, "plain", &plain));
    assert_string_equal(workflow_event_name(scene->wf, go, WORKFLOW_EN), "Go on");
    assert_string_equal(workflow_event_name(scene->wf, go, WORKFLOW_CA), "Endavant");
    assert_string_equal(workflow_event_name(scene->wf, plain, WORKFLOW_EN), "plain");
    for (unsigned i = 0; i < 8; i++)
        scene_say(scene, "%s%s", i ? ", " : "", workflow_transition_name(scene->wf, i, WORKFLOW_EN));
    assert_string_equal(scene->said, "go, plain, x, Go on, stay, go, late, later");
    assert_null(workflow_transition_name(scene->wf, 8, WORKFLOW_EN));
    assert_null(workflow_assert_key(scene->wf, 0));
    scene_close(scene);
    assert_string_equal(workflow_finding_key((enum workflow_finding_kind)WORKFLOW_FINDING_KINDS), "");
    assert_string_equal(workflow_finding_key(WORKFLOW_FINDING_TOO_LARGE), "too_large");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gap__may_be_in_the_first_state_and_behind_what_is_complete),
        cmocka_unit_test(test_gap__is_none_where_guards_leave_nothing_out),
        cmocka_unit_test(test_gap__is_none_where_something_else_may_happen),
        cmocka_unit_test(test_clock__that_nobody_starts_is_told_of_each_timer_once),
        cmocka_unit_test(test_clock__that_was_started_and_stopped_was_started),
        cmocka_unit_test(test_timer__spins_where_it_comes_back_and_its_clock_is_not_begun_anew),
        cmocka_unit_test(test_timer__of_a_clock_that_stands_still_is_no_promise),
        cmocka_unit_test(test_undo__is_missed_wherever_it_is_held),
        cmocka_unit_test(test_waiting__is_ended_by_what_leads_on_and_not_by_a_reminder),
        cmocka_unit_test(test_waiting__is_told_of_each_state_once),
        cmocka_unit_test(test_end__is_told_of_a_state_once_and_by_any_role_of_people),
        cmocka_unit_test(test_end__of_what_goes_round_the_first_is_told),
        cmocka_unit_test(test_fault__is_told_with_what_brings_it_about),
        cmocka_unit_test(test_fault__is_told_once_however_many_bodies_take_part),
        cmocka_unit_test(test_way__ends_with_what_happens_last),
        cmocka_unit_test(test_each__tells_bodies_apart_by_where_they_stand_only),
        cmocka_unit_test(test_each__has_dead_states_and_ways_too),
        cmocka_unit_test(test_each__hears_every_timer_of_every_state_of_a_body),
        cmocka_unit_test(test_claim__about_a_vote_is_one_about_what_is_raised),
        cmocka_unit_test(test_claim__hears_whatever_raises_the_event),
        cmocka_unit_test(test_claim__that_needs_another_walk_costs_its_steps),
        cmocka_unit_test(test_name__is_what_the_button_says),
    };
    return cmocka_run_group_tests_name("workflow_findings", tests, NULL, NULL);
}
