/* What the parser refuses, by name and place. The cases are data: one edit of a sound document each. */
#include "unit/test_workflow_document.h"

struct refusal {
    const char *find, *put;
    const char *code, *pointer;
    unsigned line;
};

#define STATE "/states/open"
#define GO    "/states/open/on/go/0"
#define PHASE "\"phase\": \"draft\","
#define ROLE  "\"role\": \"asker\","

/* Of the format, and without a meaning where it stands. */
static const struct refusal meaningless[] = {
    {PHASE, PHASE "\"deep\": true,", "misplaced_member", STATE "/deep", 18},
    {PHASE, PHASE "\"default\": \"work\",", "misplaced_member", STATE "/default", 18},
    {PHASE, PHASE "\"initial\": \"a\",", "misplaced_member", STATE "/initial", 18},
    {PHASE, PHASE "\"on_done\": [{\"to\": \"work\"}],", "misplaced_member", STATE "/on_done", 18},
    {PHASE, PHASE "\"over\": \"data.reason\",", "misplaced_member", STATE "/over", 18},
    {PHASE, PHASE "\"join\": {\"all\": true},", "misplaced_member", STATE "/join", 18},
    {PHASE, PHASE "\"type\": \"compound\",", "missing_member", STATE, 18},
    {PHASE, PHASE "\"type\": \"parallel\",", "missing_member", STATE, 18},
    {PHASE, PHASE "\"type\": \"each\",", "missing_member", STATE, 18},
    {PHASE, PHASE "\"type\": \"history\",", "misplaced_state", STATE, 18},
    {PHASE, PHASE "\"pause\": [],", "too_few", STATE "/pause", 18},
    {PHASE, PHASE "\"pause\": [\"none\"],", "unknown_clock", STATE "/pause/0", 18},
    {PHASE, PHASE "\"vote\": {},", "missing_member", STATE "/vote", 18},
    {PHASE, PHASE "\"vote\": {\"panel\": \"none\", \"event\": \"ballot\"},", "unknown_panel", STATE "/vote/panel", 18},
    {PHASE,
     PHASE
     "\"after\": [{\"id\": \"late\", \"label\": {\"ca\": \"Tard\"}, \"in\": {\"days\": 1}, \"calendar\": \"x\"}],",
     "missing_member", STATE "/after/0/label", 18},
    {PHASE, PHASE "\"after\": [{\"id\": \"late\"}],", "wrong_time", STATE "/after/0", 18},
    {PHASE, PHASE "\"after\": [{\"id\": \"late\", \"in\": {\"days\": 1}}],", "missing_member", STATE "/after/0", 18},
    {PHASE, PHASE "\"after\": [{\"id\": \"late\", \"in\": {\"days\": 1, \"months\": 1}, \"calendar\": \"x\"}],",
     "wrong_span", STATE "/after/0/in", 18},
    {PHASE, PHASE "\"after\": [{\"id\": \"late\", \"clock\": \"none\", \"at\": \"100%\"}],", "unknown_clock",
     STATE "/after/0/clock", 18},
    {PHASE, PHASE "\"after\": [{\"id\": \"late\", \"clock\": \"none\", \"at\": \"soon\"}],", "wrong_percent",
     STATE "/after/0/at", 18},
    {PHASE, PHASE "\"after\": [{\"id\": \"late\", \"clock\": \"none\", \"at\": \"0%\"}],", "wrong_percent",
     STATE "/after/0/at", 18},
    {PHASE, PHASE "\"after\": [{\"id\": \"late\", \"clock\": \"none\", \"at\": \"1001%\"}],", "wrong_percent",
     STATE "/after/0/at", 18},
    {PHASE, PHASE "\"after\": [{\"id\": \"late\", \"clock\": \"none\", \"at\": \"%\"}],", "wrong_percent",
     STATE "/after/0/at", 18},
    {PHASE, PHASE "\"after\": [{\"id\": \"late\", \"clock\": \"none\", \"at\": \"50\"}],", "wrong_percent",
     STATE "/after/0/at", 18},
    {PHASE, PHASE "\"after\": [{\"id\": \"late\", \"clock\": \"none\", \"at\": \"50%%\"}],", "wrong_percent",
     STATE "/after/0/at", 18},
    {PHASE, PHASE "\"after\": [{\"id\": \"late\", \"clock\": \"none\", \"at\": \"-1%\"}],", "wrong_percent",
     STATE "/after/0/at", 18},
    {PHASE, PHASE "\"after\": [{\"id\": \"late\", \"clock\": \"none\", \"at\": \"5 %\"}],", "wrong_percent",
     STATE "/after/0/at", 18},
    {PHASE, PHASE "\"after\": [{\"id\": \"late\", \"clock\": \"none\", \"at\": \"99999%\"}],", "wrong_percent",
     STATE "/after/0/at", 18},
    {ROLE, ROLE "\"check\": [],", "too_few", GO "/check", 21},
    {ROLE, ROLE "\"set\": {\"colour\": \"'x'\"},", "unknown_field", GO "/set/colour", 21},
    {"{\"type\": \"string\"}", "{\"type\": \"string\", \"by\": \"procedure\"}", "set_by_procedure", GO "/require/0",
     21},
    {"{\"type\": \"string\"}", "{\"type\": \"string\", \"by\": \"town\"}", "unknown_value", "/data/reason/by", 5},
    {ROLE, ROLE "\"internal\": 1,", "wrong_type", GO "/internal", 21},
    {"\"to\": \"work\"", "\"to\": [\"work\", \"done\"]", "conflicting_targets", GO "/to", 21},
    {"\"to\": \"work\"", "\"to\": [\"work\", \"work\"]", "duplicate_item", GO "/to/1", 21},
    {"\"to\": \"work\"", "\"to\": \"work.inside\"", "unknown_state", GO "/to", 21},
    {"\"work\"}]", "\"work\"}, {\"role\": \"doer\", \"to\": \"done\"}]", "unreachable_alternative",
     "/states/open/on/go/1", 21},
    {"\"entrada\"", "\"entrada\", \"undo\": \"x\"", "unknown_value", STATE "/entry/0/undo", 19},
    {"\"entrada\"", "\"entrada\", \"undo\": \"register\"", "wrong_undo", STATE "/entry/0/undo", 19},
    {"\"register\", \"book\": \"entrada\"", "\"task\", \"role\": \"doer\"", "missing_member", STATE "/entry/0", 19},
    {"\"register\", \"book\": \"entrada\"", "\"notify\", \"to\": \"nobody\"", "unknown_role", STATE "/entry/0/to", 19},
    {"\"register\", \"book\": \"entrada\"", "\"clock_start\", \"clock\": \"none\"", "unknown_clock",
     STATE "/entry/0/clock", 19},
    {"\"initial\"", "\"calendars\": {\"x\": {}}, \"initial\"", "missing_member", "/calendars/x", 16},
    {"\"initial\"", "\"clocks\": {\"x\": {\"budget\": {\"days\": 1}, \"calendar\": \"none\"}}, \"initial\"",
     "unknown_calendar", "/clocks/x/calendar", 16},
    {"\"initial\"",
     "\"panels\": {\"x\": {\"members\": \"doer\", \"quorum\": 1, \"approve\": \"majority\"}}, "
     "\"initial\"",
     "wrong_role", "/panels/x/members", 16},
    {"\"initial\"", "\"asserts\": [{\"id\": \"x\"}], \"initial\"", "wrong_assert", "/asserts/0", 16},
    {"\"initial\"",
     "\"asserts\": [{\"id\": \"x\", \"never\": {\"state\": \"done\", \"without\": {\"event\": "
     "\"fly\"}}}], \"initial\"",
     "unknown_event", "/asserts/0/never/without/event", 16},
    {"agents in comarca", "everybody in comarca", "syntax", "/assign/near/pool", 13},
    {"!agent.absent", "agent.skilled", "unknown_field", "/assign/near/require/0", 13},
    {"open_load asc", "heavy_load asc", "unknown_name", "/assign/near/rank/0", 14},
    {"open_load asc", "open_load up", "syntax", "/assign/near/rank/0", 14},
    {"!agent.absent", "agent.open_load", "wrong_type", "/assign/near/require/0", 13},
    {"\"if_none\"", "\"sticky\": 1, \"if_none\"", "wrong_type", "/assign/near/sticky", 14},
};

/* States inside others: what is inserted before "done" (line 25), reached from "work" by "in". */
#define INSERT "\"done\": {"
#define LABEL  "\"label\": {\"ca\": \"x\", \"en\": \"x\"}, \"phase\": \"study\", "
#define WAY    "[{\"role\": \"doer\", \"to\": "

/* Charts on whose meaning engines differ, or that have none. */
static const struct refusal charts[] = {
    {INSERT,
     "\"both\": {" LABEL "\"type\": \"parallel\", \"states\": {\n"
     "\"left\": {\"initial\": \"a\", \"states\": {\"a\": {\"on\": {\"cross\": " WAY "\"right.c\"}]}}}},\n"
     "\"right\": {\"initial\": \"b\", \"states\": {\"b\": {}, \"c\": {}}}}},\n" INSERT,
     "crosses_regions", "/states/both/states/left/states/a/on/cross/0/to", 26},
    {INSERT,
     "\"both\": {" LABEL "\"type\": \"parallel\", \"states\": {\n"
     "\"left\": {\"type\": \"parallel\", \"states\": {\"a\": {}}}}},\n" INSERT,
     "nested_parallel", "/states/both/states/left", 26},
    {INSERT,
     "\"whole\": {" LABEL "\"initial\": \"a\", \"states\": {\n"
     "\"a\": {\"always\": [{\"to\": \"b\"}]}, \"b\": {\"always\": [{\"to\": \"a\"}]}}},\n" INSERT,
     "always_cycle", "/states/whole/states/a/always", 26},
    {INSERT,
     "\"whole\": {" LABEL "\"initial\": \"a\",\n"
     "\"on\": {\"in\": " WAY "[\"a\", \"b\"]}]}, \"states\": {\"a\": {}, \"b\": {}}},\n" INSERT,
     "conflicting_targets", "/states/whole/on/in/0/to", 26},
    {INSERT, "\"whole\": {" LABEL "\"initial\": \"c\",\n\"states\": {\"a\": {}}},\n" INSERT, "unknown_state",
     "/states/whole/initial", 25},
    {INSERT,
     "\"whole\": {" LABEL "\"initial\": \"a\", \"states\": {\"a\": {},\n"
     "\"back\": {\"type\": \"history\", \"default\": \"open\"}}},\n" INSERT,
     "wrong_target", "/states/whole/states/back/default", 26},
    {INSERT,
     "\"whole\": {" LABEL "\"initial\": \"a\", \"states\": {\"a\": {},\n"
     "\"back\": {\"type\": \"history\", \"default\": \"a\", \"on\": {}}}},\n" INSERT,
     "misplaced_member", "/states/whole/states/back/on", 26},
    {INSERT,
     "\"town\": {" LABEL "\"type\": \"each\", \"over\": \"data.reason\", \"join\": {\"all\": true},\n"
     "\"initial\": \"a\", \"states\": {\"a\": {}}},\n" INSERT,
     "unknown_field", "/states/town/over", 25},
    {INSERT,
     "\"town\": {" LABEL "\"type\": \"each\", \"over\": \"data.all\", \"join\": {},\n"
     "\"initial\": \"a\", \"states\": {\"a\": {}}},\n" INSERT,
     "wrong_join", "/states/town/join", 25},
    {INSERT,
     "\"town\": {" LABEL "\"type\": \"each\", \"over\": \"data.all\", \"join\": {\"all\": true},\n"
     "\"initial\": \"a\", \"states\": {\"a\": {\"on\": {\"x\": " WAY "\"done\"}]}}}},\n" INSERT,
     "wrong_target", "/states/town/states/a/on/x/0/to", 26},
    {INSERT,
     "\"town\": {" LABEL "\"type\": \"each\", \"over\": \"data.all\", \"join\": {\"all\": true},\n"
     "\"initial\": \"a\", \"states\": {\"a\": {\"initial\": \"b\", \"states\": {\"b\": {}}}}},\n" INSERT,
     "misplaced_state", "/states/town/states/a", 26},
    {INSERT, "\"last\": {" LABEL "\"on\": {\"heard\": [{\"to\": \"done\"}]}},\n" INSERT, "missing_member",
     "/states/last/on/heard/0", 25},
};

/* In no table of the format. */
static const struct refusal unknown[] = {
    {"\"initial\"", "\"colour\": 1, \"initial\"", "unknown_member", "/colour", 16},
    {"\"es\": \"Pequeño\"", "\"fr\": \"Petit\"", "unknown_member", "/title/fr", 3},
    {"\"string\"", "\"string\", \"unique\": true", "unknown_member", "/data/reason/unique", 5},
    {"\"string\"", "\"text\"", "unknown_value", "/data/reason/type", 5},
    {"\"applicant_entity\"", "\"applicant_entity\", \"a/b~c\": 1", "unknown_member", "/roles/asker/a~1b~0c", 9},
    {"\"applicant_entity\"", "\"nobody\"", "unknown_value", "/roles/asker/from", 9},
    {"\"applicant_entity\"", "\"team\", \"scope\": \"galaxy\"", "unknown_value", "/roles/asker/scope", 9},
    {"\"if_none\"", "\"prefer\": \"x\", \"if_none\"", "unknown_member", "/assign/near/prefer", 14},
    {PHASE, PHASE "\"colour\": 1,", "unknown_member", STATE "/colour", 18},
    {PHASE, "\"phase\": \"limbo\",", "unknown_value", STATE "/phase", 18},
    {PHASE, PHASE "\"type\": \"loop\",", "unknown_value", STATE "/type", 18},
    {ROLE, ROLE "\"colour\": 1,", "unknown_member", GO "/colour", 21},
    {"\"register\"", "\"explode\"", "unknown_effect", STATE "/entry/0/fx", 19},
    {"\"book\": \"entrada\"", "\"book\": \"entrada\", \"page\": 1", "unknown_member", STATE "/entry/0/page", 19},
    {"\"entrada\"", "\"cuina\"", "unknown_value", STATE "/entry/0/book", 19},
    {"\"register\", \"book\": \"entrada\"", "\"action\", \"what\": \"gift\"", "unknown_value", STATE "/entry/0/what",
     19},
    {"\"register\", \"book\": \"entrada\"", "\"record\", \"what\": \"spent\", \"amount\": \"1\"", "unknown_value",
     STATE "/entry/0/what", 19},
    {"\"completed\"", "\"exploded\"", "unknown_value", "/states/done/outcome", 25},
    {"oam-wf/1", "oam-wf/2", "unknown_value", "/format", 2},
};

/* Refers to nothing. */
static const struct refusal dangling[] = {
    {"\"initial\": \"open\"", "\"initial\": \"nowhere\"", "unknown_state", "/initial", 16},
    {"\"to\": \"work\"", "\"to\": \"nowhere\"", "unknown_state", GO "/to", 21},
    {"\"role\": \"asker\"", "\"role\": \"nobody\"", "unknown_role", GO "/role", 21},
    {"[\"asker\", \"doer\"]", "[\"asker\", \"nobody\"]", "unknown_role", "/states/work/on/end/0/role/1", 24},
    {"[\"reason\"]", "[\"nothing\"]", "unknown_field", GO "/require/0", 21},
    {PHASE, PHASE "\"awaits\": \"nobody\",", "unknown_role", STATE "/awaits", 18},
    {"\"assign\": \"near\"", "\"assign\": \"far\"", "unknown_policy", "/states/work/assign", 23},
    {"\"register\", \"book\": \"entrada\"", "\"assign\", \"policy\": \"far\"", "unknown_policy",
     STATE "/entry/0/policy", 19},
    {"\"if_none\": \"doer\"", "\"if_none\": \"nobody\"", "unknown_role", "/assign/near/if_none", 14},
};

/* Of the wrong shape, size or place. */
static const struct refusal malformed[] = {
    {"\"version\": 1", "\"version\": 1.5", "wrong_type", "/version", 2},
    {"\"version\": 1", "\"version\": \"1\"", "wrong_type", "/version", 2},
    {"\"version\": 1", "\"version\": true", "wrong_type", "/version", 2},
    {"\"oam-wf/1\"", "{}", "wrong_type", "/format", 2},
    {"\"initial\": \"open\"", "\"initial\": 3", "wrong_type", "/initial", 16},
    {"\"done\": {", "\"gone\": [], \"done\": {", "wrong_type", "/states/gone", 25},
    {"\"end\": [{\"role\": [\"asker\", \"doer\"], \"to\": \"done\"}]", "\"end\": {}", "wrong_type",
     "/states/work/on/end", 24},
    {"\"on\": {\"end\": [{\"role\": [\"asker\", \"doer\"], \"to\": \"done\"}]}", "\"on\": []", "wrong_type",
     "/states/work/on", 24},
    {"[{\"fx\": \"register\", \"book\": \"entrada\"}]", "{}", "wrong_type", STATE "/entry", 19},
    {"\"fx\": \"register\"", "\"fx\": 1", "wrong_type", STATE "/entry/0/fx", 19},
    {"{\"fx\": \"register\", \"book\": \"entrada\"}", "\"register\"", "wrong_type", STATE "/entry/0", 19},
    {"\"to\": \"work\"", "\"to\": 1", "wrong_type", GO "/to", 21},
    {"[\"reason\"]", "\"reason\"", "wrong_type", GO "/require", 21},
    {"[\"open_load asc\"]", "\"open_load asc\"", "wrong_type", "/assign/near/rank", 14},
    {"\"version\": 1", "\"version\": 0", "out_of_range", "/version", 2},
    {"\"version\": 1,", "", "missing_member", "", 1},
    {"\"key\": \"small\"", "\"key\": \"Small one\"", "invalid_id", "/key", 2},
    {"\"ca\": \"Petit\", ", "", "missing_member", "/title", 3},
    {"\"Petit\"", "\"\"", "wrong_length", "/title/ca", 3},
    {"\"Petit\"", "\"Pe\\u0007tit\"", "control_character", "/title/ca", 3},
    {"\"Petit\"", "null", "wrong_type", "/title/ca", 3},
    {"{\"type\": \"string\"}", "[]", "wrong_type", "/data/reason", 5},
    {"\"string\"", "\"bool\", \"min\": 1", "misplaced_member", "/data/reason/min", 5},
    {"\"string\"", "\"bool\", \"max\": 1", "misplaced_member", "/data/reason/max", 5},
    {"\"string\"", "\"string\", \"min\": -1", "out_of_range", "/data/reason/min", 5},
    {"\"string\"", "\"int\", \"min\": 5, \"max\": 4", "out_of_range", "/data/reason/max", 5},
    {"\"string\"", "\"int\", \"max\": 9007199254740992", "out_of_range", "/data/reason/max", 5},
    {"\"string\"", "\"string\", \"of\": \"x\"", "misplaced_member", "/data/reason/of", 5},
    {"\"string\"", "\"ref\"", "missing_member", "/data/reason", 5},
    {", \"of\": [\"big\", \"little\"]", "", "missing_member", "/data/size", 6},
    {"[\"big\", \"little\"]", "[\"big\", \"big\"]", "duplicate_item", "/data/size/of/1", 6},
    {"[\"big\", \"little\"]", "[]", "too_few", "/data/size/of", 6},
    {"\"reason\": {", "\"Reason\": {\"type\": \"int\"}, \"reason\": {", "invalid_id", "/data/Reason", 5},
    {"\"open_load asc\"", "\"open_load asc\", \"open_load asc\"", "duplicate_item", "/assign/near/rank/1", 14},
    {"\"!agent.absent\"", "\"!agent.absent\", \"!agent.absent\"", "duplicate_item", "/assign/near/require/1", 13},
    {", \"if_none\": \"doer\"", "", "missing_member", "/assign/near", 13},
    {"\"label\": {\"ca\": \"Oberta\", \"en\": \"Open\"}, ", "", "missing_member", STATE, 18},
    {PHASE, "", "missing_member", STATE, 18},
    {PHASE, "\"phase\": \"end\",", "wrong_phase", STATE "/phase", 18},
    {PHASE, PHASE "\"outcome\": \"denied\",", "misplaced_member", STATE "/outcome", 18},
    {PHASE, PHASE "\"progress\": 101,", "out_of_range", STATE "/progress", 18},
    {"\"role\": \"asker\", ", "", "missing_member", GO, 21},
    {"\"role\": \"asker\"", "\"role\": []", "too_few", GO "/role", 21},
    {"\"role\": \"asker\"", "\"role\": [\"asker\", \"asker\"]", "duplicate_item", GO "/role/1", 21},
    {"[\"reason\"]", "[\"reason\", \"reason\"]", "duplicate_item", GO "/require/1", 21},
    {", \"to\": \"work\"", "", "missing_member", GO, 21},
    {"\"go\":", "\"Go.\":", "invalid_id", "/states/open/on/Go.", 21},
    {", \"book\": \"entrada\"", "", "missing_member", STATE "/entry/0", 19},
    {"\"fx\": \"register\", ", "", "missing_member", STATE "/entry/0", 19},
    {"\"phase\": \"end\"", "\"phase\": \"study\"", "wrong_phase", "/states/done/phase", 25},
    {" \"outcome\": \"completed\"", " \"progress\": 100", "missing_member", "/states/done", 25},
    {"\"final\",", "\"final\", \"on\": {\"again\": [{\"role\": \"asker\", \"to\": \"open\"}]},", "misplaced_member",
     "/states/done/on", 25},
    {"\"final\",", "\"final\", \"always\": [{\"to\": \"open\"}],", "misplaced_member", "/states/done/always", 25},
    {"\"final\",", "\"final\", \"awaits\": \"doer\",", "misplaced_member", "/states/done/awaits", 25},
    {"\"final\",", "\"final\", \"assign\": \"near\",", "misplaced_member", "/states/done/assign", 25},
    {PHASE, PHASE "\"always\": [{\"to\": \"work\"}],", "misplaced_member", STATE "/on", 20},
};

/* What only the whole shows. */
static const struct refusal unsound[] = {
    {"\"done\": {",
     "\"island\": {\"label\": {\"ca\": \"I\", \"en\": \"I\"}, \"phase\": \"study\",\n"
     "\"always\": [{\"to\": \"done\"}]},\n\"done\": {",
     "unreachable_state", "/states/island", 25},
    {"[{\"role\": \"asker\", \"require\": [\"reason\"], \"to\": \"work\"}]",
     "[{\"role\": \"asker\", \"to\": \"work\"}], \"err\": [{\"role\": \"asker\", \"to\": \"hole\"}]}},\n"
     "\"hole\": {\"label\": {\"ca\": \"I\", \"en\": \"I\"}, \"phase\": \"study\", \"on\": {"
     "\"dig\": [{\"role\": \"asker\", \"to\": \"hole\"}]",
     "dead_end", "/states/hole", 22},
    {"\"on\": {\"end\": [{\"role\": [\"asker\", \"doer\"], \"to\": \"done\"}]}", "\"always\": [{\"to\": \"work\"}]",
     "always_cycle", "/states/work/always", 24},
};

static void refuses(const struct refusal *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char *text = edited(cases[i].find, cases[i].put);
        struct workflow_fault faults[WORKFLOW_FAULTS_MAX];
        size_t n_faults = 0;
        bool found = false;

        assert_null(workflow_parse(text, strlen(text), faults, WORKFLOW_FAULTS_MAX, &n_faults));
        for (size_t f = 0; f < n_faults; f++)
            found = found || (strcmp(faults[f].code, cases[i].code) == 0 &&
                              strcmp(faults[f].pointer, cases[i].pointer) == 0 && faults[f].line == cases[i].line);
        for (size_t f = 0; f < n_faults && !found; f++)
            print_error("%s: %u:%u %s %s: %s\n", cases[i].put, faults[f].line, faults[f].column, faults[f].pointer,
                        faults[f].code, faults[f].message);
        if (!found)
            print_error("wanted: %u %s %s\n", cases[i].line, cases[i].pointer, cases[i].code);
        assert_true(found);
        free(text);
    }
}

#define REFUSES(cases) refuses(cases, sizeof(cases) / sizeof((cases)[0]))

static void test_parse__refuses_what_means_nothing_where_it_stands(void **state)
{
    (void)state;
    REFUSES(meaningless);
}

static void test_parse__refuses_charts_that_engines_read_differently(void **state)
{
    (void)state;
    REFUSES(charts);
}

static void test_parse__refuses_by_name_what_the_format_does_not_have(void **state)
{
    (void)state;
    REFUSES(unknown);
}

static void test_parse__refuses_references_to_nothing(void **state)
{
    (void)state;
    REFUSES(dangling);
}

static void test_parse__refuses_wrong_shapes(void **state)
{
    (void)state;
    REFUSES(malformed);
}

static void test_parse__refuses_states_that_cannot_be_reached_left_or_rested_in(void **state)
{
    (void)state;
    REFUSES(unsound);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse__refuses_what_means_nothing_where_it_stands),
        cmocka_unit_test(test_parse__refuses_charts_that_engines_read_differently),
        cmocka_unit_test(test_parse__refuses_by_name_what_the_format_does_not_have),
        cmocka_unit_test(test_parse__refuses_references_to_nothing),
        cmocka_unit_test(test_parse__refuses_wrong_shapes),
        cmocka_unit_test(test_parse__refuses_states_that_cannot_be_reached_left_or_rested_in),
    };
    return cmocka_run_group_tests_name("workflow_refusals", tests, NULL, NULL);
}
