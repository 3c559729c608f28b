/* What must hold of a definition before people depend on it: every kind of defect is found, with the way that leads to
   it, and a sound one is left in peace. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "workflow/definition.h"
#include "workflow/procedure.h"
#include "workflow/verify.h"

#define T(text) "{\"ca\":\"" text "\",\"en\":\"" text "\"}"
#define HEAD                                                                                                           \
    "{\"format\":\"oam-wf/1\",\"key\":\"probe\",\"version\":1,\"title\":" T(                                           \
        "Prova") ",\"data\":{"                                                                                         \
                 "\"n\":{\"type\":\"int\",\"min\":0,\"max\":9},\"ok\":{\"type\":\"bool\"},"                            \
                 "\"bodies\":{\"type\":\"list\",\"of\":\"entity\",\"max\":9}},"                                        \
                 "\"roles\":{\"town\":{\"label\":" T(                                                                  \
                     "Ens") ",\"from\":\"applicant_entity\"},"                                                         \
                            "\"bank\":{\"label\":" T(                                                                  \
                                "Banc") ",\"from\":\"system\"},"                                                       \
                                        "\"board\":{\"label\":" T(                                                     \
                                            "Junta") ",\"from\":\"panel\",\"team\":\"board\"}},"                       \
                                                     "\"calendars\":{\"legal\":{\"union\":[\"seat\"]}},"               \
                                                     "\"clocks\":{\"term\":{\"budget\":{\"days\":10},\"calendar\":"    \
                                                     "\"legal\"}},"                                                    \
                                                     "\"panels\":{\"jury\":{\"members\":\"board\",\"quorum\":2,"       \
                                                     "\"approve\":\"majority\"}},"
#define STATES(initial, states) HEAD "\"initial\":\"" initial "\",\"states\":{" states "}}"
#define ASSERTING(asserts, initial, states)                                                                            \
    HEAD "\"asserts\":[" asserts "],\"initial\":\"" initial "\",\"states\":{" states "}}"
#define NAMED         "\"label\":" T("Estat")
#define STUDY         NAMED ",\"phase\":\"study\""
#define WAITING       NAMED ",\"phase\":\"waiting\""
#define GO(event, to) "\"" event "\":[{\"role\":\"town\",\"to\":\"" to "\"}]"
#define END(name)     "\"" name "\":{" NAMED ",\"phase\":\"end\",\"type\":\"final\",\"outcome\":\"completed\"}"

enum { FINDINGS = 16 };

static struct workflow *workflow;
static struct workflow_finding findings[FINDINGS];
static struct workflow_verified verified;

static void verify(const char *document)
{
    struct workflow_fault faults[4];
    struct workflow_memory memory = {.size = WORKFLOW_VERIFY_MEMORY};
    size_t n_faults;

    workflow_free(workflow);
    workflow = workflow_parse(document, strlen(document), faults, 4, &n_faults);
    if (!workflow)
        fail_msg("%s %s: %s", faults[0].pointer, faults[0].code, faults[0].message);
    memory.bytes = malloc(memory.size);
    assert_non_null(memory.bytes);
    verified = workflow_verify(workflow, &memory, findings, FINDINGS);
    assert_int_equal(memory.used, 0);
    free(memory.bytes);
}

/* "a b c": the events, timers and votes of a way. */
static const char *way_of(const struct workflow_finding *finding)
{
    static char text[512];
    size_t length = 0;

    text[0] = '\0';
    for (unsigned i = 0; i < finding->n_way; i++) {
        const struct workflow_cause *cause = &finding->way[i];
        const char *name = cause->kind == WORKFLOW_CAUSE_EVENT   ? workflow_event_key(workflow, cause->number)
                           : cause->kind == WORKFLOW_CAUSE_TIMER ? workflow_timer_info(workflow, cause->number)->key
                                                                 : "vote";
        length += (size_t)snprintf(text + length, sizeof text - length, "%s%s", i ? " " : "", name);
    }
    return text;
}

static void assert_sound(const char *document)
{
    verify(document);
    if (verified.n_findings)
        fail_msg("%s in %s by %s", workflow_finding_key(findings[0].kind),
                 findings[0].state >= 0 ? workflow_state(workflow, (unsigned)findings[0].state)->key : "-",
                 way_of(&findings[0]));
}

/* Exactly one finding: of this kind, in this state ("" for none), by this way. */
static void assert_found(const char *document, enum workflow_finding_kind kind, const char *state, const char *way)
{
    verify(document);
    for (size_t i = 0; i < verified.n_findings && i < FINDINGS && verified.n_findings != 1; i++)
        print_message("%s in %s by %s\n", workflow_finding_key(findings[i].kind),
                      findings[i].state >= 0 ? workflow_state(workflow, (unsigned)findings[i].state)->key : "-",
                      way_of(&findings[i]));
    assert_int_equal(verified.n_findings, 1);
    assert_string_equal(workflow_finding_key(findings[0].kind), workflow_finding_key(kind));
    assert_string_equal(findings[0].state >= 0 ? workflow_state(workflow, (unsigned)findings[0].state)->key : "",
                        state);
    assert_string_equal(way_of(&findings[0]), way);
}

/* ---- coming to an end ---- */

static void test_end__a_straight_line_is_sound(void **test)
{
    (void)test;
    assert_sound(STATES("a", "\"a\":{" STUDY ",\"on\":{" GO("go", "b") "}}," END("b")));
    assert_int_equal(verified.configurations, 2);
}

static void test_end__guards_may_keep_it_for_ever(void **test)
{
    (void)test;
    assert_found(
        STATES("a",
               "\"a\":{" STUDY ",\"on\":{" GO(
                   "go",
                   "b") "}},"
                        "\"b\":{" STUDY
                        ",\"on\":{\"close\":[{\"role\":\"town\",\"guard\":\"data.n > 3\",\"to\":\"z\"}]}}," END("z")),
        WORKFLOW_FINDING_NO_END, "b", "go");
}

static void test_end__an_unguarded_way_out_is_enough(void **test)
{
    (void)test;
    assert_sound(STATES(
        "a", "\"a\":{" STUDY ",\"on\":{" GO(
                 "give_up", "z") ",\"close\":[{\"role\":\"town\",\"guard\":\"data.n > 3\",\"to\":\"z\"}]}}," END("z")));
}

static void test_end__two_guards_that_leave_no_gap_are_a_way_out(void **test)
{
    (void)test;
    /* Each answers for itself: that one of them holds, nobody promises of two buttons. */
    assert_found(STATES("a",
                        "\"a\":{" STUDY ",\"on\":{\"close\":[{\"role\":\"town\",\"guard\":\"data.n > 3\",\"to\":\"z\"},"
                        "{\"role\":\"town\",\"guard\":\"data.n <= 2\",\"to\":\"z\"}]}}," END("z")),
                 WORKFLOW_FINDING_NO_END, "a", "");
    assert_sound(STATES("a",
                        "\"a\":{" STUDY ",\"on\":{\"close\":[{\"role\":\"town\",\"guard\":\"data.n > 3\",\"to\":\"z\"},"
                        "{\"role\":\"town\",\"to\":\"z\"}]}}," END("z")));
}

static void test_end__what_only_a_system_does_is_no_promise(void **test)
{
    (void)test;
    assert_found(STATES("a", "\"a\":{" STUDY ",\"on\":{\"paid\":[{\"role\":\"bank\",\"to\":\"z\"}]}}," END("z")),
                 WORKFLOW_FINDING_NO_END, "a", "");
    assert_sound(STATES(
        "a", "\"a\":{" STUDY ",\"on\":{\"paid\":[{\"role\":\"bank\",\"to\":\"z\"}]},"
             "\"after\":[{\"id\":\"late\",\"in\":{\"days\":3},\"calendar\":\"legal\",\"to\":\"z\"}]}," END("z")));
}

static void test_end__a_region_that_never_completes_keeps_the_others(void **test)
{
    (void)test;
    assert_found(STATES("p", "\"p\":{" STUDY ",\"type\":\"parallel\",\"states\":{"
                             "\"l\":{" STUDY ",\"initial\":\"l1\",\"states\":{\"l1\":{" STUDY ",\"on\":{" GO(
                                 "left", "l2") "}},\"l2\":{\"type\":\"final\"}}},"
                                               "\"r\":{" STUDY ",\"initial\":\"r1\",\"states\":{\"r1\":{" STUDY
                                               ",\"on\":{\"right\":[{\"role\":\"town\","
                                               "\"guard\":\"data.ok\",\"to\":\"r2\"}]}},\"r2\":{\"type\":\"final\"}}}},"
                                               "\"on_done\":[{\"to\":\"z\"}]}," END("z")),
                 WORKFLOW_FINDING_NO_END, "p", "left");
}

static void test_end__a_history_brings_back_to_where_it_can_end(void **test)
{
    (void)test;
    assert_sound(STATES("w", "\"w\":{" STUDY ",\"type\":\"compound\",\"initial\":\"a\",\"on\":{" GO(
                                 "pause", "rest") "},\"states\":{"
                                                  "\"back\":{\"type\":\"history\",\"deep\":true,\"default\":\"a\"},"
                                                  "\"a\":{" STUDY
                                                  ",\"on\":{" GO("go", "b") "}},\"b\":{" STUDY ",\"on\":{" GO(
                                                      "close", "z") "}}}},"
                                                                    "\"rest\":{" STUDY
                                                                    ",\"on\":{" GO("resume", "w.back") "}}," END("z")));
    assert_int_equal(verified.configurations, 8); /* what is remembered is a part of it */
}

/* ---- automatic transitions ---- */

static void test_gap__a_gate_must_be_left_whatever_the_data_say(void **test)
{
    (void)test;
    verify(STATES("a", "\"a\":{" STUDY ",\"on\":{" GO(
                           "go", "gate") "}},"
                                         "\"gate\":{" STUDY
                                         ",\"always\":[{\"guard\":\"data.n > 3\",\"to\":\"z\"},{\"guard\":\"data.n < "
                                         "3\",\"to\":\"z\"}]}," END("z")));
    assert_int_equal(verified.n_findings, 2); /* the gap, and that it cannot end there */
    assert_int_equal(findings[0].kind, WORKFLOW_FINDING_GAP);
    assert_string_equal(workflow_state(workflow, (unsigned)findings[0].state)->key, "gate");
    assert_int_equal(findings[1].kind, WORKFLOW_FINDING_NO_END);
}

static void test_gap__guards_that_cover_every_value_need_no_else(void **test)
{
    (void)test;
    assert_sound(STATES(
        "a", "\"a\":{" STUDY ",\"on\":{" GO(
                 "go", "gate") "}},"
                               "\"gate\":{" STUDY ",\"always\":[{\"guard\":\"has(data.n) && data.n > 3\",\"to\":\"y\"},"
                               "{\"guard\":\"!has(data.n) || data.n <= 3\",\"to\":\"z\"}]}," END("y") "," END("z")));
}

/* ---- waiting ---- */

static void test_waiting__needs_a_limit_or_an_event_that_it_is_open_for(void **test)
{
    (void)test;
    assert_found(STATES("a", "\"a\":{" STUDY ",\"on\":{" GO("ask", "w") "}},"
                                                                        "\"w\":{" WAITING
                                                                        ",\"on\":{" GO("answer", "z") "}}," END("z")),
                 WORKFLOW_FINDING_WAITS_FOR_EVER, "w", "ask");
    assert_sound(STATES("a", "\"a\":{" STUDY ",\"on\":{" GO("ask", "w") "}},"
                                                                        "\"w\":{" WAITING
                                                                        ",\"open_ended\":\"answer\",\"on\":{" GO(
                                                                            "answer", "z") "}}," END("z")));
    assert_sound(STATES(
        "a",
        "\"a\":{" STUDY ",\"on\":{" GO(
            "ask",
            "w") "}},"
                 "\"w\":{" WAITING ",\"on\":{" GO(
                     "answer",
                     "z") "},"
                          "\"after\":[{\"id\":\"late\",\"in\":{\"days\":3},\"calendar\":\"legal\",\"to\":\"z\"}]}," END(
                              "z")));
}

static void test_waiting__a_clock_that_it_stops_itself_is_no_limit(void **test)
{
    (void)test;
    assert_found(
        STATES("a",
               "\"a\":{" STUDY ",\"entry\":[{\"fx\":\"clock_start\",\"clock\":\"term\"}],\"on\":{" GO(
                   "ask",
                   "w") "}},"
                        "\"w\":{" WAITING ",\"pause\":[\"term\"],\"on\":{" GO(
                            "answer",
                            "z") "},"
                                 "\"after\":[{\"id\":\"late\",\"clock\":\"term\",\"at\":\"100%\",\"to\":\"z\"}]}," END(
                                     "z")),
        WORKFLOW_FINDING_WAITS_FOR_EVER, "w", "ask");
}

/* ---- clocks and timers ---- */

static void test_clock__must_be_started_before_a_timer_counts_on_it(void **test)
{
    (void)test;
    assert_found(
        STATES("a",
               "\"a\":{" STUDY ",\"on\":{" GO(
                   "go",
                   "b") "}},"
                        "\"b\":{" STUDY ",\"on\":{" GO(
                            "close",
                            "z") "},"
                                 "\"after\":[{\"id\":\"late\",\"clock\":\"term\",\"at\":\"80%\",\"to\":\"z\"}]}," END(
                                     "z")),
        WORKFLOW_FINDING_CLOCK_NOT_STARTED, "b", "go");
}

static void test_timer__that_comes_back_to_itself_spins(void **test)
{
    (void)test;
    assert_found(
        STATES("a",
               "\"a\":{" STUDY ",\"entry\":[{\"fx\":\"clock_start\",\"clock\":\"term\"}],\"on\":{" GO(
                   "go",
                   "b") "}},"
                        "\"b\":{" STUDY ",\"on\":{" GO(
                            "close",
                            "z") "},"
                                 "\"after\":[{\"id\":\"late\",\"clock\":\"term\",\"at\":\"100%\",\"to\":\"b\"}]}," END(
                                     "z")),
        WORKFLOW_FINDING_TIMER_SPINS, "b", "go late");
}

/* ---- money and goods ---- */

static void test_undo__who_holds_says_how_to_give_back(void **test)
{
    (void)test;
    assert_found(STATES("a", "\"a\":{" STUDY ",\"entry\":[{\"fx\":\"reserve\",\"what\":\"credit\"}],\"on\":{" GO(
                                 "go", "z") "}}," END("z")),
                 WORKFLOW_FINDING_NO_UNDO, "a", "");
    assert_sound(STATES("a", "\"a\":{" STUDY
                             ",\"entry\":[{\"fx\":\"reserve\",\"what\":\"credit\",\"undo\":\"release\"}],\"on\":{" GO(
                                 "go", "z") "}}," END("z")));
}

/* ---- assertions ---- */

#define TWO_WAYS                                                                                                       \
    "\"a\":{" STUDY ",\"on\":{" GO("sign", "b") "," GO("hurry", "c") "}},\"b\":{" STUDY ",\"on\":{" GO(                \
        "grant", "c") "}},"                                                                                            \
                      "\"c\":{" STUDY ",\"on\":{" GO("close", "z") "}}," END("z")

static void test_assert__never_without_is_refuted_by_the_way_round(void **test)
{
    (void)test;
    assert_found(
        ASSERTING("{\"id\":\"signed\",\"never\":{\"state\":\"c\",\"without\":{\"event\":\"sign\"}}}", "a", TWO_WAYS),
        WORKFLOW_FINDING_ASSERT, "c", "hurry");
    assert_sound(
        ASSERTING("{\"id\":\"signed\",\"never\":{\"state\":\"b\",\"without\":{\"event\":\"sign\"}}}", "a", TWO_WAYS));
}

static void test_assert__can_reach_asks_everywhere(void **test)
{
    (void)test;
    assert_sound(ASSERTING("{\"id\":\"back\",\"can_reach\":{\"from\":\"b\",\"to\":\"z\"}}", "a", TWO_WAYS));
    assert_found(ASSERTING("{\"id\":\"back\",\"can_reach\":{\"from\":\"c\",\"to\":\"b\"}}", "a", TWO_WAYS),
                 WORKFLOW_FINDING_ASSERT, "c", "hurry");
}

/* The way round is found however far it is, and in whatever order the states are written. */
static void test_assert__never_without_looks_all_the_way(void **test)
{
    (void)test;
    const char *states =
        "\"d\":{" STUDY
        ",\"on\":{" GO("four", "z") "}},"
                                    "\"c\":{" STUDY
                                    ",\"on\":{" GO("three", "d") "}},"
                                                                 "\"b\":{" STUDY ",\"on\":{" GO("two", "c") "," GO(
                                                                     "sign", "d") "}},"
                                                                                  "\"a\":{" STUDY
                                                                                  ",\"on\":{" GO("one", "b") "," GO(
                                                                                      "sign", "b") "}}," END("z");
    char document[4096];

    for (int i = 0; i < 2; i++) {
        snprintf(document, sizeof document,
                 "%s\"asserts\":[{\"id\":\"signed\",\"never\":{\"state\":\"z\",\"without\":"
                 "{\"event\":\"%s\"}}}],\"initial\":\"a\",\"states\":{%s}}",
                 HEAD, i ? "four" : "sign", states);
        verify(document);
        assert_int_equal(verified.n_findings, i ? 0 : 1);
    }
    snprintf(document, sizeof document,
             "%s\"asserts\":[{\"id\":\"signed\",\"never\":{\"state\":\"z\",\"without\":"
             "{\"event\":\"sign\"}}}],\"initial\":\"a\",\"states\":{%s}}",
             HEAD, states);
    assert_found(document, WORKFLOW_FINDING_ASSERT, "z", "one two three four");
}

/* An event that a step raises by itself may not happen either. */
static void test_assert__never_without_hears_what_is_raised(void **test)
{
    (void)test;
    const char *states =
        "\"a\":{" STUDY ",\"on\":{\"go\":[{\"role\":\"town\",\"do\":[{\"fx\":\"emit\",\"event\":\"done\"}],"
        "\"to\":\"b\"}]}},\"b\":{" STUDY
        ",\"on\":{\"done\":[{\"to\":\"c\"}]," GO("stop", "z") "}},"
                                                              "\"c\":{" STUDY ",\"on\":{" GO("end", "z") "}}," END("z");
    char document[4096];

    for (int i = 0; i < 2; i++) {
        snprintf(document, sizeof document,
                 "%s\"asserts\":[{\"id\":\"told\",\"never\":{\"state\":\"%s\",\"without\":"
                 "{\"event\":\"done\"}}}],\"initial\":\"a\",\"states\":{%s}}",
                 HEAD, i ? "z" : "c", states);
        verify(document);
        assert_int_equal(verified.n_findings, i ? 2 : 1); /* `stop` is never possible, which is told besides */
    }
}

/* Of a way that is longer than anybody reads, the end is told. */
static void test_way__that_is_long_is_told_from_behind(void **test)
{
    (void)test;
    enum { LONG = WORKFLOW_WAY_MAX + 5 };
    static char document[64 * 1024];
    size_t length = (size_t)snprintf(document, sizeof document,
                                     "%s\"asserts\":[{\"id\":\"signed\",\"never\":{\"state\":\"z\","
                                     "\"without\":{\"event\":\"sign\"}}}],\"initial\":\"s0\",\"states\":{",
                                     HEAD);

    for (int i = 0; i < LONG; i++)
        length += (size_t)snprintf(document + length, sizeof document - length,
                                   "\"s%d\":{%s,\"on\":{\"go%d\":[{\"role\":\"town\",\"to\":\"s%d\"}]}},", i, STUDY, i,
                                   i + 1);
    snprintf(document + length, sizeof document - length,
             "\"s%d\":{%s,\"on\":{" GO("out", "z") "," GO("sign", "z") "}},%s}}", LONG, STUDY, END("z"));
    verify(document);
    assert_int_equal(verified.n_findings, 1);
    assert_true(findings[0].way_cut);
    assert_int_equal(findings[0].n_way, WORKFLOW_WAY_MAX);
    assert_string_equal(workflow_event_key(workflow, findings[0].way[0].number), "go6");
    assert_string_equal(workflow_event_key(workflow, findings[0].way[WORKFLOW_WAY_MAX - 1].number), "out");
}

static void test_assert__never_both(void **test)
{
    (void)test;
    const char *regions = "\"p\":{" STUDY ",\"type\":\"parallel\",\"on\":{" GO(
        "close", "z") "},\"states\":{"
                      "\"l\":{" STUDY ",\"initial\":\"l1\",\"states\":{\"l1\":{" STUDY
                      ",\"on\":{" GO("left", "l2") "}},\"l2\":{" STUDY "}}},"
                                                   "\"r\":{" STUDY ",\"initial\":\"r1\",\"states\":{\"r1\":{" STUDY
                                                   ",\"on\":{" GO("right", "r2") "}},\"r2\":{" STUDY "}}}}}," END("z");
    char document[4096];

    snprintf(document, sizeof document, "%s%s%s%s", HEAD,
             "\"asserts\":[{\"id\":\"apart\",\"never\":{\"state\":\"p.l.l2\",\"and\":\"p.r.r2\"}}],\"initial\":\"p\","
             "\"states\":{",
             regions, "}}");
    verify(document);
    assert_int_equal(verified.n_findings, 1);
    assert_int_equal(findings[0].kind, WORKFLOW_FINDING_ASSERT);
    assert_int_equal(findings[0].n_way, 2);
    assert_int_equal(verified.configurations, 5);
}

/* ---- several bodies, votes ---- */

static void test_each__every_number_of_bodies_is_tried(void **test)
{
    (void)test;
    const char *limited = "\"invited\":{" STUDY ",\"on\":{" GO(
        "join",
        "in") "},\"after\":[{\"id\":\"late\",\"in\":{\"days\":3},"
              "\"calendar\":\"legal\",\"to\":\"out\"}]},\"in\":{\"type\":\"final\"},\"out\":{\"type\":\"final\"}";
    const char *open =
        "\"invited\":{" STUDY
        ",\"on\":{" GO("join", "in") "," GO("leave", "out") "}},"
                                                            "\"in\":{\"type\":\"final\"},\"out\":{\"type\":\"final\"}";
    char document[4096];

    for (int i = 0; i < 2; i++) {
        snprintf(document, sizeof document, "%s%s%s%s",
                 HEAD "\"initial\":\"e\",\"states\":{\"e\":{" STUDY ",\"type\":\"each\","
                      "\"over\":\"data.bodies\",\"join\":{\"all\":true},\"initial\":\"invited\",\"states\":{",
                 i == 0 ? limited : open, "},\"on_done\":[{\"to\":\"z\"}]},", END("z") "}}");
        if (i == 0)
            assert_sound(document);
        else
            assert_found(document, WORKFLOW_FINDING_WAITS_FOR_EVER, "e", "");
    }
}

static void test_vote__may_come_out_both_ways(void **test)
{
    (void)test;
    assert_found(STATES("v", "\"v\":{" STUDY ",\"vote\":{\"panel\":\"jury\",\"event\":\"ballot\"},"
                             "\"on\":{\"vote.passed\":[{\"to\":\"z\"}],\"vote.failed\":[{\"to\":\"stuck\"}]}},"
                             "\"stuck\":{" STUDY ",\"on\":{\"paid\":[{\"role\":\"bank\",\"to\":\"z\"}]}}," END("z")),
                 WORKFLOW_FINDING_NO_END, "stuck", "vote");
}

/* ---- bounds ---- */

static void test_memory__too_little_is_told_not_guessed(void **test)
{
    (void)test;
    struct workflow_fault faults[4];
    size_t n_faults;
    uint64_t bytes[512];
    struct workflow_memory memory = {.bytes = bytes, .size = sizeof bytes};
    const char *document = STATES("a", "\"a\":{" STUDY ",\"on\":{" GO("go", "z") "}}," END("z"));

    workflow_free(workflow);
    workflow = workflow_parse(document, strlen(document), faults, 4, &n_faults);
    assert_non_null(workflow);
    verified = workflow_verify(workflow, &memory, findings, FINDINGS);
    assert_int_equal(verified.n_findings, 1);
    assert_int_equal(findings[0].kind, WORKFLOW_FINDING_TOO_LARGE);
    assert_int_equal(memory.used, 0);
}

/* Five regions that each ask twelve guards about one event: a combination for every answer there may be. */
static void test_steps__what_would_never_end_is_told(void **test)
{
    (void)test;
    char document[64 * 1024];
    size_t length = (size_t)snprintf(document, sizeof document, "%s",
                                     HEAD "\"initial\":\"p\",\"states\":{\"p\":{" STUDY
                                          ",\"type\":\"parallel\",\"on\":{" GO("close", "z") "},\"states\":{");
    for (int region = 0; region < 5; region++) {
        length += (size_t)snprintf(document + length, sizeof document - length,
                                   "%s\"r%d\":{\"initial\":\"a%d\",\"states\":{\"a%d\":{\"on\":{\"go\":[",
                                   region ? "," : "", region, region, region);
        for (int guard = 0; guard < 12; guard++)
            length += (size_t)snprintf(document + length, sizeof document - length,
                                       "%s{\"role\":\"town\",\"guard\":\"data.n == %d\",\"to\":\"b%d_%d\"}",
                                       guard ? "," : "", guard % 10, region, guard);
        length += (size_t)snprintf(document + length, sizeof document - length, "]}}");
        for (int guard = 0; guard < 12; guard++)
            length += (size_t)snprintf(document + length, sizeof document - length, ",\"b%d_%d\":{}", region, guard);
        length += (size_t)snprintf(document + length, sizeof document - length, "}}");
    }
    snprintf(document + length, sizeof document - length, "}}," END("z") "}}");
    verify(document);
    assert_int_equal(verified.n_findings, 1);
    assert_int_equal(findings[0].kind, WORKFLOW_FINDING_TOO_LARGE);
    assert_true(verified.steps <= WORKFLOW_VERIFY_STEPS);
}

static int tear_down(void **test)
{
    (void)test;
    workflow_free(workflow);
    workflow = NULL;
    return 0;
}

#define TEST(name) cmocka_unit_test_teardown(test_##name, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(end__a_straight_line_is_sound),
        TEST(end__guards_may_keep_it_for_ever),
        TEST(end__an_unguarded_way_out_is_enough),
        TEST(end__two_guards_that_leave_no_gap_are_a_way_out),
        TEST(end__what_only_a_system_does_is_no_promise),
        TEST(end__a_region_that_never_completes_keeps_the_others),
        TEST(end__a_history_brings_back_to_where_it_can_end),
        TEST(gap__a_gate_must_be_left_whatever_the_data_say),
        TEST(gap__guards_that_cover_every_value_need_no_else),
        TEST(waiting__needs_a_limit_or_an_event_that_it_is_open_for),
        TEST(waiting__a_clock_that_it_stops_itself_is_no_limit),
        TEST(clock__must_be_started_before_a_timer_counts_on_it),
        TEST(timer__that_comes_back_to_itself_spins),
        TEST(undo__who_holds_says_how_to_give_back),
        TEST(assert__never_without_is_refuted_by_the_way_round),
        TEST(assert__can_reach_asks_everywhere),
        TEST(assert__never_both),
        TEST(assert__never_without_looks_all_the_way),
        TEST(assert__never_without_hears_what_is_raised),
        TEST(way__that_is_long_is_told_from_behind),
        TEST(each__every_number_of_bodies_is_tried),
        TEST(vote__may_come_out_both_ways),
        TEST(memory__too_little_is_told_not_guessed),
        TEST(steps__what_would_never_end_is_told),
    };
    return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
