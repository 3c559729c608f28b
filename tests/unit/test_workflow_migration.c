/* What a new version changes, what becomes of requests of the old one, and what a map lacks. */
#include "unit/test_workflow_change.h"

#define DATA          "`data`: {`n`: {`type`: `int`, `min`: 0, `max`: 9}, `list`: {`type`: `list`, `of`: `entity`, `max`: 9}},"
#define CLOCKS        "`clocks`: {`term`: {`budget`: {`days`: 10}, `calendar`: `legal`}},"
#define TIMER(id, to) "{`id`: `" id "`, `clock`: `term`, `at`: `100%`, `to`: `" to "`}"
/* Work in parallel, set aside and taken up again where it was. */
#define CHART(work, after, aside)                                                                                      \
    SCENE_HEAD DATA CLOCKS                                                                                             \
        "`initial`: `open`, `states`: {"                                                                               \
        "`open`: {" SCENE_L ", `entry`: [{`fx`: `clock_start`, `clock`: `term`}], `on`: {`go`: @work}},"               \
        "`work`: {" SCENE_L ", `type`: `parallel`, `after`: [" after                                                   \
        "], `on`: {`stop`: @aside}, `on_done`: [{`to`: `end`}], `states`: {"                                           \
        "`back`: {`type`: `history`, `deep`: true, `default`: `work.one`}," work "}}," aside SCENE_END "}}"
#define REGION(name, a, b, event)                                                                                      \
    "`" name "`: {`initial`: `" a "`, `states`: {`" a "`: {" SCENE_L ", `on`: {`" event "`: @" b "}}, `" b             \
    "`: {" SCENE_L ", `type`: `final`}}}"
#define ONE   REGION("one", "a", "b", "ab")
#define TWO   REGION("two", "c", "d", "cd")
#define THREE REGION("three", "e", "f", "ef")
#define ASIDE "`aside`: {" SCENE_L ", `pause`: [`term`], `on`: {`resume`: @work.back, `leave`: @gone}},"
#define LIMIT TIMER("limit", "gone")

/* "work work.one work.one.a": the active states. */
static const char *stands(const struct workflow *wf, const struct workflow_states *states)
{
    static char text[512];

    text[0] = '\0';
    for (unsigned i = 0; i < workflow_state_count(wf); i++)
        if (states->word[i / 64] >> i % 64 & 1)
            snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", *text ? " " : "",
                     workflow_state(wf, i)->path);
    return text;
}

/* ---- what is carried over ---- */

static void test_migration__carries_regions_histories_and_clocks(void **state)
{
    struct change *change =
        change_open(CHART(ONE "," TWO, LIMIT, ASIDE), CHART(ONE "," REGION("dos", "x", "d", "cd"), LIMIT, ASIDE),
                    "{`states`: {`work.two`: `work.dos`, `work.two.c`: `work.dos.x`, `work.two.d`: `work.dos.d`}}");
    unsigned term;

    (void)state;
    assert_non_null(change->map);
    assert_int_equal(change->proof.n_gaps, 0);
    assert_false(change->proof.same_regions);
    go(change->from, NULL);
    go(change->from, "go");
    go(change->from, "ab");
    assert_int_equal(take_over(change), WORKFLOW_OK);
    assert_string_equal(stands(change->to->wf, &change->to->now.configuration),
                        "work work.one work.one.b work.dos work.dos.x");
    assert_int_equal(change->to->out.n_effects, 0);
    assert_int_equal(change->to->out.n_clocks, 0);
    assert_int_equal(change->to->out.n_timers, 0);
    assert_int_equal(change->to->now.timers, change->from->now.timers);
    go(change->from, "stop");
    assert_int_equal(take_over(change), WORKFLOW_OK);
    assert_true(workflow_clock_find(change->to->wf, "term", &term));
    assert_int_equal(change->to->now.clocks, 1u << term);
    assert_int_equal(change->to->out.n_clocks, 0); /* it stood still and goes on standing still */
    assert_bytes_read(change->to);
    go(change->to, "resume");
    assert_string_equal(stands(change->to->wf, &change->to->now.configuration),
                        "work work.one work.one.b work.dos work.dos.x");
    change_close(change);
}

/* A region that is new begins; what was there is not entered again. */
static void test_migration__enters_what_is_new_only(void **state)
{
    struct change *change =
        change_open(CHART(ONE, LIMIT, ASIDE),
                    CHART(ONE ",`two`: {`entry`: [{`fx`: `task`, `role`: `all`, `form`: `f`}], `initial`: `c`, "
                              "`states`: {`c`: {" SCENE_L ", `on`: {`cd`: @d}}, `d`: {" SCENE_L ", `type`: `final`}}}",
                          LIMIT "," TIMER("more", "gone"), ASIDE),
                    NULL);

    (void)state;
    go(change->from, NULL);
    go(change->from, "go");
    assert_int_equal(take_over(change), WORKFLOW_OK);
    assert_string_equal(stands(change->to->wf, &change->to->now.configuration),
                        "work work.one work.one.a work.two work.two.c");
    assert_int_equal(change->to->out.n_effects, 1);
    assert_string_equal(change->to->out.effects[0].info->word, "f");
    assert_int_equal(change->to->out.n_timers, 1); /* the one that is new */
    change_close(change);
}

/* A history that misses a region cannot be come back to: told with the way. */
static void test_proof__tells_the_way_to_a_gap(void **state)
{
    struct change *change = change_open(CHART(ONE "," TWO, LIMIT, ASIDE), CHART(ONE, LIMIT, ASIDE), NULL);

    (void)state;
    assert_true(change->proof.n_gaps > 0);
    assert_string_equal(workflow_obstacle_key(change->gaps[0].obstacle.kind), "state");
    assert_string_equal(workflow_state(change->from->wf, (unsigned)change->gaps[0].obstacle.state)->path, "work.two.c");
    assert_int_equal(change->gaps[0].n_way, 1);
    assert_string_equal(workflow_event_key(change->from->wf, change->gaps[0].way[0].number), "go");
    go(change->from, NULL);
    go(change->from, "go");
    assert_int_equal(take_over(change), WORKFLOW_REJECTED);
    assert_int_equal(change->obstacle.kind, WORKFLOW_OBSTACLE_STATE);
    change_close(change);
}

/* One region is dropped and the other complete already: nothing would ever complete the whole. */
static void test_proof__refuses_what_no_request_comes_to(void **state)
{
    struct change *change =
        change_open(CHART(ONE "," TWO, LIMIT, ASIDE), CHART(ONE, LIMIT, ASIDE),
                    "{`states`: {`work.two`: `work.one`, `work.two.c`: `work.one`, `work.two.d`: `work.one`}}");
    bool found = false;

    (void)state;
    assert_true(change->proof.n_gaps > 0);
    for (size_t i = 0; i < change->proof.n_gaps && i < 8; i++)
        found = found || change->gaps[i].obstacle.kind == WORKFLOW_OBSTACLE_UNREACHABLE ||
                change->gaps[i].obstacle.kind == WORKFLOW_OBSTACLE_CLASH;
    assert_true(found);
    change_close(change);
}

/* ---- clocks, timers, data ---- */

#define FLAT(data, clocks, open)                                                                                       \
    SCENE_HEAD "`data`: {" data "}," clocks "`initial`: `open`, `states`: {`open`: {" SCENE_L "," open "}," SCENE_END  \
               "}}"
#define GO_ON "`on`: {`stop`: @end, `drop`: @gone}"
#define START "`entry`: [{`fx`: `clock_start`, `clock`: `term`}],"

static void test_map__a_term_does_not_vanish_unsaid(void **state)
{
    static const struct {
        const char *clocks, *said, *code;
    } cases[] = {
        {"", NULL, "clock_lost"},
        {"", "{`clocks`: {`term`: `drop`}}", NULL},
        {"`clocks`: {`term`: {`budget`: {`habils`: 10}, `calendar`: `legal`}},", NULL, "clock_lost"},
        {"`clocks`: {`term`: {`budget`: {`habils`: 10}, `calendar`: `legal`}},", "{`clocks`: {`term`: `keep`}}",
         "clock_counts_otherwise"},
        {"`clocks`: {`term`: {`budget`: {`habils`: 10}, `calendar`: `legal`}},", "{`clocks`: {`term`: `restart`}}",
         NULL},
        {"`clocks`: {`term`: {`budget`: {`days`: 20}, `calendar`: `legal`}},", NULL, NULL},
        {CLOCKS, "{`clocks`: {`turn`: `drop`}}", "unknown_clock"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char to[4096];
        snprintf(to, sizeof(to), FLAT("", "%s", "%s" GO_ON), cases[i].clocks, *cases[i].clocks ? START : "");
        struct change *change = change_open(FLAT("", CLOCKS, START GO_ON), to, cases[i].said);
        if (cases[i].code)
            assert_string_equal(change->fault.code, cases[i].code);
        else
            assert_int_equal(change->proof.n_gaps, 0);
        change_close(change);
    }
}

static void test_map__restarts_a_clock(void **state)
{
    struct change *change =
        change_open(FLAT("", CLOCKS, START GO_ON), FLAT("", CLOCKS, START GO_ON), "{`clocks`: {`term`: `restart`}}");

    (void)state;
    go(change->from, NULL);
    assert_int_equal(take_over(change), WORKFLOW_OK);
    assert_int_equal(change->to->out.n_clocks, 1);
    assert_int_equal(change->to->out.clocks[0].kind, WORKFLOW_CLOCK_START);
    assert_int_equal(workflow_map_clock(change->map, 0), -1);
    change_close(change);
}

#define SPAN(id, days) "`after`: [{`id`: `" id "`, `in`: {`days`: " days "}, `calendar`: `legal`, `to`: `gone`}],"

static void test_map__timers_are_kept_rearmed_or_dropped(void **state)
{
    static const struct {
        const char *to, *said, *code;
        unsigned armed;
    } cases[] = {
        {FLAT("", "", SPAN("limit", "9") GO_ON), NULL, NULL, 0},
        {FLAT("", "", SPAN("limit", "9") GO_ON), "{`timers`: {`limit`: `rearm`}}", NULL, 1},
        {FLAT("", "", SPAN("limit", "9") GO_ON), "{`timers`: {`limit`: `drop`}}", "timer_stays", 0},
        {FLAT("", "", SPAN("other", "9") GO_ON), NULL, NULL, 1},
        {FLAT("", "", SPAN("other", "9") GO_ON), "{`timers`: {`limit`: `keep`}}", "timer_lost", 0},
        {FLAT("", "", SPAN("other", "9") GO_ON), "{`timers`: {`limit`: `drop`}}", NULL, 1},
        {FLAT("", "", SPAN("other", "9") GO_ON), "{`timers`: {`none`: `drop`}}", "unknown_timer", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct change *change = change_open(FLAT("", "", SPAN("limit", "3") GO_ON), cases[i].to, cases[i].said);
        if (cases[i].code) {
            assert_string_equal(change->fault.code, cases[i].code);
        } else {
            assert_int_equal(change->proof.n_gaps, 0);
            go(change->from, NULL);
            assert_int_equal(take_over(change), WORKFLOW_OK);
            assert_int_equal(change->to->out.n_timers, cases[i].armed);
            assert_int_equal(change->to->now.timers, 1);
        }
        change_close(change);
    }
}

static void test_map__computes_data_from_what_was_known(void **state)
{
    struct change *change = change_open(
        FLAT("`n`: {`type`: `int`, `min`: 0, `max`: 9}", "", GO_ON),
        FLAT("`n`: {`type`: `string`}, `more`: {`type`: `int`, `default`: 7}, `twice`: {`type`: `int`}", "", GO_ON),
        "{`data`: {`twice`: `data.n * 2`, `n`: `data.n > 3 ? 'much' : 'little'`}}");

    (void)state;
    assert_non_null(change->map);
    go(change->from, NULL);
    change->from->data[0] = workflow_value_int(4);
    assert_int_equal(take_over(change), WORKFLOW_OK);
    assert_int_equal(change->to->out.set, 7);
    assert_memory_equal(change->to->out.data[0].text, "much", 4);
    assert_int_equal(change->to->out.data[1].integer, 7);
    assert_int_equal(change->to->out.data[2].integer, 8);
    change->from->data[0] = workflow_value_unset();
    assert_int_equal(take_over(change), WORKFLOW_FAULT);
    assert_int_equal(change->obstacle.kind, WORKFLOW_OBSTACLE_FAULT);
    change_close(change);
    change = change_open(FLAT("`n`: {`type`: `int`}", "", GO_ON), FLAT("`n`: {`type`: `string`}", "", GO_ON), NULL);
    assert_string_equal(change->fault.code, "field_retyped");
    change_close(change);
}

#define HOLD "`entry`: [{`fx`: `reserve`, `what`: `van`, `undo`: `release`}],"

static void test_proof__what_was_held_can_be_given_back(void **state)
{
    struct change *change = change_open(FLAT("", "", HOLD GO_ON), FLAT("", "", GO_ON), NULL);

    (void)state;
    assert_int_equal(change->proof.n_gaps, 1);
    assert_string_equal(workflow_obstacle_key(change->gaps[0].obstacle.kind), "effect");
    go(change->from, NULL);
    assert_int_equal(take_over(change), WORKFLOW_REJECTED);
    change_close(change);
}

static void test_migration__what_is_over_stays_what_it_was(void **state)
{
    struct change *change = change_open(FLAT("", "", GO_ON), FLAT("", "", GO_ON), NULL);

    (void)state;
    go(change->from, NULL);
    go(change->from, "stop");
    assert_int_equal(take_over(change), WORKFLOW_REJECTED);
    assert_int_equal(change->obstacle.kind, WORKFLOW_OBSTACLE_ENDED);
    change_close(change);
}

/* ---- members ---- */

#define EACH(inside)                                                                                                   \
    SCENE_HEAD DATA                                                                                                    \
        "`initial`: `open`, `states`: {`open`: {" SCENE_L                                                              \
        ", `type`: `each`, `over`: `data.list`, `initial`: `asked`, `join`: {`all`: true}, `on_done`: [{`to`: "        \
        "`end`}], `open_ended`: `out`, `on`: {`out`: @gone}, `states`: {" inside "}}," SCENE_END "}}"
#define ASKED "`asked`: {" SCENE_L ", `on`: {`sign`: @signed}}, `signed`: {" SCENE_L ", `type`: `final`}"

static void test_migration__carries_members(void **state)
{
    static const int64_t bodies[] = {7, 8};
    struct change *change = change_open(EACH(ASKED),
                                        EACH("`asked`: {" SCENE_L ", `on`: {`read`: @had}}, `had`: {" SCENE_L
                                             ", `on`: {`sign`: @signed}}, `signed`: {" SCENE_L ", `type`: `final`}"),
                                        NULL);
    struct workflow_event sign = {.kind = WORKFLOW_EVENT_NAMED, .body = 8};

    (void)state;
    change->from->world.bodies = change->to->world.bodies = bodies;
    change->from->world.n_bodies = change->to->world.n_bodies = 2;
    assert_int_equal(change->proof.n_gaps, 0);
    go(change->from, NULL);
    assert_true(workflow_event_find(change->from->wf, "sign", &sign.number));
    assert_int_equal(
        workflow_step(change->from->wf, &change->from->now, &sign, &change->from->world, &change->from->out),
        WORKFLOW_OK);
    change->from->now = change->from->out.next;
    assert_int_equal(take_over(change), WORKFLOW_OK);
    assert_int_equal(change->to->now.n_members, 2);
    assert_string_equal(workflow_state(change->to->wf, change->to->now.members[0].state)->name, "asked");
    assert_string_equal(workflow_state(change->to->wf, change->to->now.members[1].state)->name, "signed");
    assert_bytes_read(change->to);
    change_close(change);
}

/* Whoever sent it away may not take it up again: what the old version remembers counts, or else what is recorded. */
static void test_migration__four_eyes_know_who_did_it_before(void **state)
{
#define WATCHED(resume)                                                                                                \
    "`aside`: {" SCENE_L ", `on`: {`resume`: [{`role`: `all`, " resume "`to`: `work.back`}], `leave`: @gone}},"
    static const struct {
        bool remembered;
        int64_t actor, recorded;
        enum workflow_rc then;
        uint16_t recalls;
    } cases[] = {
        {false, 7, 7, WORKFLOW_REJECTED, 3}, {false, 7, 8, WORKFLOW_OK, 3}, {false, 7, 0, WORKFLOW_OK, 3},
        {true, 7, 8, WORKFLOW_REJECTED, 0},  {true, 8, 7, WORKFLOW_OK, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct change *change =
            change_open(cases[i].remembered ? CHART(ONE, LIMIT, WATCHED("`not_same_actor_as`: [`stop`, `go`], "))
                                            : CHART(ONE, LIMIT, WATCHED("")),
                        CHART(ONE, LIMIT, WATCHED("`not_same_actor_as`: [`go`, `stop`], ")), NULL);
        const int64_t acts[WORKFLOW_WITNESSES_MAX] = {3, cases[i].recorded};
        struct workflow_event resume = {.kind = WORKFLOW_EVENT_NAMED};
        assert_non_null(change->map);
        assert_int_equal(workflow_map_recalls(change->map), cases[i].recalls);
        change->from->world.actor = 3;
        go(change->from, NULL);
        go(change->from, "go");
        change->from->world.actor = cases[i].actor;
        go(change->from, "stop");
        change->to->world.acts = acts;
        assert_int_equal(take_over(change), WORKFLOW_OK);
        assert_bytes_read(change->to);
        assert_true(workflow_event_find(change->to->wf, "resume", &resume.number));
        change->to->world.actor = 7;
        assert_int_equal(workflow_step(change->to->wf, &change->to->now, &resume, &change->to->world, &change->to->out),
                         cases[i].then);
        change_close(change);
    }
#undef WATCHED
}

/* ---- what a version changes ---- */

static void test_compare__tells_texts_extensions_and_structure(void **state)
{
    static const struct {
        const char *find, *put, *change, *pointer;
    } cases[] = {
        {"`x`", "`x`", "none", ""},
        {"`ca`: `x`", "`ca`: `y`", "texts", "/states/open/label"},
        {"`max`: 9}", "`max`: 90}", "texts", "/data/n/max"},
        {"`max`: 9}", "`max`: 8}", "structure", "/data/n/max"},
        {"`n`: {", "`m`: {`type`: `bool`}, `n`: {", "texts", "/data/m"},
        {"`type`: `int`, `min`: 0, `max`: 9", "`type`: `string`", "structure", "/data/n/type"},
        {"`on`: {`stop`:", "`on`: {`wait`: [{`role`: `all`, `internal`: true}], `stop`:", "extension",
         "/states/open/on/wait"},
        {"`role`: `all`, `to`: `end`", "`role`: `other`, `to`: `end`", "structure", "/states/open/on/stop/0/role"},
        {"`role`: `all`, `to`: `end`", "`role`: `all`, `guard`: `data.n > 1`, `to`: `end`", "structure",
         "/states/open/on/stop/0/guard"},
        {"`board`: {", "`more`: {`label`: {`ca`: `m`, `en`: `m`}, `from`: `team`}, `board`: {", "extension",
         "/roles/more"},
        {"`from`: `panel`", "`from`: `team`", "structure", "/roles/board/from"},
        {"`phase`: `study`", "`phase`: `intake`", "texts", "/states/open/phase"},
        {"`phase`: `study`", "`phase`: `draft`", "structure", "/states/open/phase"},
        {"`after`: [",
         "`after`: [{`id`: `more`, `in`: {`days`: 2}, `calendar`: `legal`, `do`: [{`fx`: `notify`, `to`: `all`}]},",
         "extension", "/states/open/after/0"},
        {"`days`: 3", "`days`: 4", "structure", "/states/open/after/0/in/days"},
        {"`on`: {`stop`:", "`on`: {`wait`: [{`role`: `all`, `internal`: true, `not_same_actor_as`: [`stop`]}], `stop`:",
         "extension", "/states/open/on/wait"},
        {"`role`: `all`, `to`: `end`", "`role`: `all`, `not_same_actor_as`: [`stop`], `to`: `end`", "structure",
         "/states/open/on/stop/0/not_same_actor_as"},
        {"`id`: `limit`", "`id`: `other`", "structure", "/states/open/after/0"},
    };
    char *from = chart_text(FLAT("`n`: {`type`: `int`, `min`: 0, `max`: 9}", "", SPAN("limit", "3") GO_ON));
    struct workflow *before = workflow_parse(from, strlen(from), NULL, 0, NULL);

    (void)state;
    assert_non_null(before);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *find = chart_text(cases[i].find), *put = chart_text(cases[i].put), to[8192];
        const char *at = strstr(from, find);
        struct workflow_alteration differences[4];
        size_t n = 0;
        assert_non_null(at);
        snprintf(to, sizeof(to), "%.*s%s%s", (int)(at - from), from, put, at + strlen(find));
        struct workflow *after = workflow_parse(to, strlen(to), NULL, 0, NULL);
        assert_non_null(after);
        const struct workflow_source old = {before, from, strlen(from)}, new = {after, to, strlen(to)};
        const char *change = workflow_change_key(workflow_compare(&old, &new, differences, 4, &n));
        if (strcmp(change, cases[i].change) != 0 ||
            (n > 0 && strcmp(differences[0].where.pointer, cases[i].pointer) != 0))
            fail_msg("%s: %s at %s", cases[i].put, change, n > 0 ? differences[0].where.pointer : "nowhere");
        assert_int_equal(n > 0, *cases[i].pointer != '\0');
        workflow_free(after);
        free(find);
        free(put);
    }
    workflow_free(before);
    free(from);
}

/* An event that something active beside the state hears already would be taken from it. */
static void test_compare__another_event_may_be_taken_from_another_region(void **state)
{
    static const char *const events[] = {"new", "cd", "stop"}, *const changes[] = {"extension", "structure",
                                                                                   "structure"};
    char *from = chart_text(CHART(ONE "," TWO, LIMIT, ASIDE));
    struct workflow *before = workflow_parse(from, strlen(from), NULL, 0, NULL);

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char to[8192], *at = strstr(from, "\"on\": {\"ab\"");
        struct workflow_alteration difference;
        size_t n = 0;
        assert_non_null(at);
        snprintf(to, sizeof(to), "%.*s\"on\": {\"%s\": [{\"role\": \"all\", \"to\": \"b\"}], \"ab\"%s",
                 (int)(at - from), from, events[i], at + strlen("\"on\": {\"ab\""));
        struct workflow *after = workflow_parse(to, strlen(to), NULL, 0, NULL);
        assert_non_null(after);
        const struct workflow_source old = {before, from, strlen(from)}, new = {after, to, strlen(to)};
        assert_string_equal(workflow_change_key(workflow_compare(&old, &new, &difference, 1, &n)), changes[i]);
        workflow_free(after);
    }
    workflow_free(before);
    free(from);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_migration__carries_regions_histories_and_clocks),
        cmocka_unit_test(test_migration__enters_what_is_new_only),
        cmocka_unit_test(test_proof__tells_the_way_to_a_gap),
        cmocka_unit_test(test_proof__refuses_what_no_request_comes_to),
        cmocka_unit_test(test_map__a_term_does_not_vanish_unsaid),
        cmocka_unit_test(test_map__restarts_a_clock),
        cmocka_unit_test(test_map__timers_are_kept_rearmed_or_dropped),
        cmocka_unit_test(test_map__computes_data_from_what_was_known),
        cmocka_unit_test(test_proof__what_was_held_can_be_given_back),
        cmocka_unit_test(test_migration__what_is_over_stays_what_it_was),
        cmocka_unit_test(test_migration__carries_members),
        cmocka_unit_test(test_migration__four_eyes_know_who_did_it_before),
        cmocka_unit_test(test_compare__tells_texts_extensions_and_structure),
        cmocka_unit_test(test_compare__another_event_may_be_taken_from_another_region),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
