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

/* Of the format, and not run yet: each is refused by its name. */
static const struct refusal unsupported[] = {
    {"\"initial\"", "\"calendars\": {}, \"initial\"", "unsupported_member", "/calendars", 16},
    {"\"initial\"", "\"clocks\": {}, \"initial\"", "unsupported_member", "/clocks", 16},
    {"\"initial\"", "\"panels\": {}, \"initial\"", "unsupported_member", "/panels", 16},
    {"\"initial\"", "\"asserts\": [], \"initial\"", "unsupported_member", "/asserts", 16},
    {PHASE, PHASE "\"pause\": [],", "unsupported_member", STATE "/pause", 18},
    {PHASE, PHASE "\"open_ended\": \"call.closed\",", "unsupported_member", STATE "/open_ended", 18},
    {PHASE, PHASE "\"exit\": [],", "unsupported_member", STATE "/exit", 18},
    {PHASE, PHASE "\"vote\": {},", "unsupported_member", STATE "/vote", 18},
    {PHASE, PHASE "\"after\": [{\"id\": \"late\"}],", "unsupported_member", STATE "/after", 18},
    {PHASE, PHASE "\"on_done\": [{\"to\": \"work\"}],", "unsupported_member", STATE "/on_done", 18},
    {PHASE, PHASE "\"initial\": \"a\",", "unsupported_member", STATE "/initial", 18},
    {PHASE, PHASE "\"states\": {\"a\": {}},", "unsupported_member", STATE "/states", 18},
    {PHASE, PHASE "\"over\": \"data.reason\",", "unsupported_member", STATE "/over", 18},
    {PHASE, PHASE "\"join\": {\"all\": true},", "unsupported_member", STATE "/join", 18},
    {PHASE, PHASE "\"deep\": true,", "unsupported_member", STATE "/deep", 18},
    {PHASE, PHASE "\"default\": \"a\",", "unsupported_member", STATE "/default", 18},
    {PHASE, PHASE "\"type\": \"compound\",", "unsupported_value", STATE "/type", 18},
    {PHASE, PHASE "\"type\": \"parallel\",", "unsupported_value", STATE "/type", 18},
    {PHASE, PHASE "\"type\": \"history\",", "unsupported_value", STATE "/type", 18},
    {PHASE, PHASE "\"type\": \"each\",", "unsupported_value", STATE "/type", 18},
    {ROLE, ROLE "\"guard\": \"true\",", "unsupported_member", GO "/guard", 21},
    {ROLE, ROLE "\"check\": [],", "unsupported_member", GO "/check", 21},
    {ROLE, ROLE "\"not_same_actor_as\": [\"end\"],", "unsupported_member", GO "/not_same_actor_as", 21},
    {ROLE, ROLE "\"set\": {\"reason\": \"'x'\"},", "unsupported_member", GO "/set", 21},
    {ROLE, ROLE "\"internal\": true,", "unsupported_member", GO "/internal", 21},
    {"\"to\": \"work\"", "\"to\": [\"work\", \"done\"]", "unsupported_value", GO "/to", 21},
    {"\"to\": \"work\"", "\"to\": \"work.inside\"", "unsupported_value", GO "/to", 21},
    {"\"work\"}]", "\"work\"}, {\"role\": \"doer\", \"to\": \"done\"}]", "unsupported_alternatives",
     "/states/open/on/go", 21},
    {"\"register\"", "\"task\"", "unsupported_effect", STATE "/entry/0/fx", 19},
    {"\"register\"", "\"notify\"", "unsupported_effect", STATE "/entry/0/fx", 19},
    {"\"register\"", "\"document\"", "unsupported_effect", STATE "/entry/0/fx", 19},
    {"\"register\"", "\"reserve\"", "unsupported_effect", STATE "/entry/0/fx", 19},
    {"\"register\"", "\"release\"", "unsupported_effect", STATE "/entry/0/fx", 19},
    {"\"register\"", "\"pay\"", "unsupported_effect", STATE "/entry/0/fx", 19},
    {"\"register\"", "\"claw\"", "unsupported_effect", STATE "/entry/0/fx", 19},
    {"\"register\"", "\"call\"", "unsupported_effect", STATE "/entry/0/fx", 19},
    {"\"register\"", "\"emit\"", "unsupported_effect", STATE "/entry/0/fx", 19},
    {"\"register\"", "\"clock_start\"", "unsupported_effect", STATE "/entry/0/fx", 19},
    {"\"register\"", "\"clock_stop\"", "unsupported_effect", STATE "/entry/0/fx", 19},
    {"\"entrada\"", "\"entrada\", \"undo\": \"x\"", "unsupported_member", STATE "/entry/0/undo", 19},
    {"\"team\", ", "\"panel\", ", "unsupported_value", "/roles/doer/from", 10},
    {"\"if_none\"", "\"sticky\": true, \"if_none\"", "unsupported_member", "/assign/near/sticky", 14},
    {"agents in comarca", "team(service) in comarca", "unsupported_expression", "/assign/near/pool", 13},
    {"!agent.absent", "agent.skilled", "unsupported_expression", "/assign/near/require/0", 13},
    {"open_load asc", "weighted_load asc", "unsupported_expression", "/assign/near/rank/0", 14},
    {"open_load asc", "open_load desc", "unsupported_expression", "/assign/near/rank/0", 14},
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

static void test_parse__refuses_by_name_what_it_does_not_run_yet(void **state)
{
    (void)state;
    REFUSES(unsupported);
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

/* The manner of a real definition of the whole format. */
static const char whole_format[] =
    "{ \"format\": \"oam-wf/1\", \"key\": \"assistencia\", \"version\": 1,\n"
    "  \"title\": { \"ca\": \"Assistència\", \"en\": \"Assistance\" },\n"
    "  \"data\": { \"hours\": { \"type\": \"int\" }, \"participants\": { \"type\": \"list\", \"of\": \"entity\" } },\n"
    "  \"roles\": { \"applicant\": { \"label\": { \"ca\": \"Ens\", \"en\": \"Body\" }, \"from\": \"applicant_entity\" "
    "} },\n"
    "  \"clocks\": { \"resolution\": { \"budget\": { \"months\": 3 }, \"calendar\": \"legal\" } },\n"
    "  \"initial\": \"registered\",\n"
    "  \"states\": {\n"
    "    \"registered\": { \"label\": { \"ca\": \"Registrada\", \"en\": \"Registered\" }, \"phase\": \"intake\",\n"
    "      \"always\": [ { \"guard\": \"size(data.participants) > 1\", \"to\": \"adhesions\" }, { \"to\": "
    "\"processing\" } ] },\n"
    "    \"adhesions\": { \"label\": { \"ca\": \"Adhesions\", \"en\": \"Joining\" }, \"phase\": \"intake\", \"type\": "
    "\"each\",\n"
    "      \"over\": \"data.participants\", \"join\": { \"all\": true }, \"initial\": \"invited\",\n"
    "      \"states\": { \"invited\": { \"after\": [ { \"id\": \"expiry\", \"in\": { \"habils\": 10 }, \"to\": "
    "\"left\" } ] } },\n"
    "      \"on_done\": [ { \"to\": \"processing\" } ] },\n"
    "    \"processing\": { \"label\": { \"ca\": \"Tramitació\", \"en\": \"In process\" }, \"phase\": \"study\", "
    "\"initial\": \"triage\",\n"
    "      \"states\": {\n"
    "        \"resume\": { \"type\": \"history\", \"deep\": true, \"default\": \"triage\" },\n"
    "        \"assessment\": { \"type\": \"parallel\", \"states\": { \"tech\": {\n"
    "          \"on\": { \"sign\": [ { \"role\": \"applicant\", \"guard\": \"data.hours > 4\", \"to\": \"signed\" } ] "
    "} } } } },\n"
    "      \"on\": { \"close\": [ { \"role\": \"applicant\", \"to\": \"closed\" } ] } },\n"
    "    \"closed\": { \"label\": { \"ca\": \"Tancada\", \"en\": \"Closed\" }, \"phase\": \"end\", \"type\": "
    "\"final\",\n"
    "      \"outcome\": \"completed\" } } }\n";

static void test_parse__names_everything_it_does_not_run_of_a_whole_definition_at_once(void **state)
{
    static const struct {
        const char *pointer, *named;
        unsigned line;
    } wanted[] = {
        {"/clocks", "clocks", 5},
        {"/states/registered/always/0/guard", "guard", 9},
        {"/states/adhesions/type", "each", 10},
        {"/states/adhesions/states/invited/after", "after", 12},
        {"/states/processing/states/resume/type", "history", 16},
        {"/states/processing/states/assessment/type", "parallel", 17},
        {"/states/processing/states/assessment/states/tech/on/sign/0/guard", "guard", 18},
    };
    struct workflow_fault faults[WORKFLOW_FAULTS_MAX];
    size_t n = 0;

    (void)state;
    assert_null(workflow_parse(whole_format, strlen(whole_format), faults, WORKFLOW_FAULTS_MAX, &n));
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        size_t at = 0;
        while (at < n && strcmp(faults[at].pointer, wanted[i].pointer) != 0)
            at++;
        assert_true(at < n);
        assert_int_equal(faults[at].line, wanted[i].line);
        assert_non_null(strstr(faults[at].message, wanted[i].named));
        assert_int_equal(strncmp(faults[at].code, "unsupported_", 12), 0);
    }
    for (size_t i = 0; i < n; i++)
        assert_int_equal(strncmp(faults[i].code, "unsupported_", 12), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse__refuses_by_name_what_it_does_not_run_yet),
        cmocka_unit_test(test_parse__refuses_by_name_what_the_format_does_not_have),
        cmocka_unit_test(test_parse__refuses_references_to_nothing),
        cmocka_unit_test(test_parse__refuses_wrong_shapes),
        cmocka_unit_test(test_parse__refuses_states_that_cannot_be_reached_left_or_rested_in),
        cmocka_unit_test(test_parse__names_everything_it_does_not_run_of_a_whole_definition_at_once),
    };
    return cmocka_run_group_tests_name("workflow_refusals", tests, NULL, NULL);
}
