/* Scenarios: what is read, what is told of a difference, what time does, and what no story does. */
#include "unit/test_workflow_scene.h"

#include "workflow/scenario.h"
#include "workflow/verify.h"

/* An enquiry with a time limit, a board and its towns. */
#define CHART                                                                                                          \
    SCENE_HEAD                                                                                                         \
    "`clocks`: {`reply`: {`label`: {`ca`: `t`, `en`: `t`}, `budget`: {`habils`: 10}, `calendar`: `legal`, `kind`: "    \
    "`legal`}},"                                                                                                       \
    "`panels`: {`panel`: {`members`: `board`, `quorum`: 2, `approve`: `majority`, `chair_breaks_tie`: true}},"         \
    "`data`: {`text`: {`type`: `string`}, `n`: {`type`: `int`, `min`: 0, `max`: 9}, `day`: {`type`: `date`},"          \
    " `kind`: {`type`: `enum`, `of`: [`a`, `b`]}, `towns`: {`type`: `list`, `of`: `ref`},"                             \
    " `kept`: {`type`: `int`, `by`: `procedure`}},"                                                                    \
    "`initial`: `open`, `states`: {"                                                                                   \
    "`open`: {" SCENE_L ", `entry`: [{`fx`: `clock_start`, `clock`: `reply`}], `on`: {"                                \
    " `answer`: [{`role`: `all`, `require`: [`text`], `check`: [{`expr`: `data.n > 3`, `msg`: {`ca`: `poc`, `en`: "    \
    "`few`}}], `set`: {`n`: `data.n - 1`}, `to`: `end`, `do`: [{`fx`: `notify`, `to`: `other`}]}],"                    \
    " `board`: [{`role`: `all`, `guard`: `has(data.kind) && data.kind == 'a'`, `to`: `voting`}],"                      \
    " `towns`: [{`role`: `all`, `to`: `asking`}]},"                                                                    \
    " `after`: [{`id`: `late`, `clock`: `reply`, `at`: `100%`, `to`: `gone`}]},"                                       \
    "`voting`: {" SCENE_L ", `vote`: {`panel`: `panel`, `event`: `ballot`, `label`: {`ca`: `v`, `en`: `v`},"           \
    "`deadline`: {`id`: `voting_deadline`, `in`: {`days`: 3}, `calendar`: `legal`}},"                                  \
    " `on`: {`vote.passed`: [{`to`: `end`}], `vote.failed`: [{`to`: `gone`}]}},"                                       \
    "`asking`: {" SCENE_L ", `type`: `each`, `over`: `data.towns`, `join`: {`all`: true}, `initial`: `asked`, "        \
    "`states`: {"                                                                                                      \
    " `asked`: {" SCENE_L ", `on`: {`join`: [{`role`: `all`, `to`: `joined`}]},"                                       \
    "  `after`: [{`id`: `silent`, `in`: {`habils`: 5}, `calendar`: `legal`, `to`: `joined`}]},"                        \
    " `joined`: {`label`: {`ca`: `j`, `en`: `j`}, `type`: `final`}}, `on_done`: [{`to`: `end`}]}," SCENE_END "}}"

#define TOWN                                                                                                           \
    "`town`: {`name`: `Badalona`, `code`: `0801550006`, `holidays`: {`catalunya`: {`2026-04-03`: `Divendres Sant`,"    \
    " `2026-04-06`: `Pasqua`}, `local`: {`2026-05-11`: `Sant Anastasi`}}},"
#define HEAD "{`format`: `oam-scenarios/1`, `definition`: `scene`, `language`: `en`," TOWN
#define PEOPLE                                                                                                         \
    "`people`: {`anna`: {`role`: `board`, `chair`: true}, `biel`: {`role`: [`board`]}, `carla`: {`role`: `board`},"    \
    " `town`: {`role`: `all`, `body`: `0800180001`}},"
#define STORY(begin, steps)                                                                                            \
    HEAD PEOPLE "\n`scenarios`: [{`name`: `one`, `start`: {`on`: `2026-03-27`, `at`: `09:00`" begin                    \
                "}, `steps`: [\n" steps "]}]}"

#define ELSEWHERE(town)                                                                                                \
    "{`format`: `oam-scenarios/1`, `definition`: `scene`, `language`: `en`, `town`: {`name`: `Badalona`, " town        \
    "}, `scenarios`: [{`name`: `x`, `start`: {`on`: `2026-03-27`, `at`: `09:00`}, `steps`: []}]}"

struct told {
    struct workflow *wf;
    struct workflow_scenarios *scenarios;
    struct workflow_scenarios_report *report;
    struct workflow_fault faults[WORKFLOW_FAULTS_MAX];
    size_t n_faults;
};

static struct told tell(const char *text)
{
    struct told told = {.n_faults = 0};
    char *chart = chart_text(CHART), *document = chart_text(text);

    told.wf = workflow_parse(chart, strlen(chart), told.faults, WORKFLOW_FAULTS_MAX, &told.n_faults);
    for (size_t i = 0; i < told.n_faults; i++)
        print_error("%s %s: %s\n", told.faults[i].pointer, told.faults[i].code, told.faults[i].message);
    assert_non_null(told.wf);
    told.scenarios = workflow_scenarios_read(told.wf, document, strlen(document), NULL, told.faults,
                                             WORKFLOW_FAULTS_MAX, &told.n_faults);
    if (told.scenarios)
        told.report = workflow_scenarios_run(told.scenarios);
    free(chart);
    free(document);
    return told;
}

static void forget(struct told *told)
{
    workflow_scenarios_report_free(told->report);
    workflow_scenarios_free(told->scenarios);
    workflow_free(told->wf);
}

static void goes_as_told(const char *text)
{
    struct told told = tell(text);

    for (size_t i = 0; i < told.n_faults; i++)
        print_error("%u:%u %s %s: %s\n", told.faults[i].line, told.faults[i].column, told.faults[i].pointer,
                    told.faults[i].code, told.faults[i].message);
    assert_non_null(told.report);
    for (size_t i = 0; i < told.report->n_told; i++)
        print_error("%u: %s: expected %s, found %s\n", told.report->differences[i].where.line,
                    told.report->differences[i].where.pointer, told.report->differences[i].expected,
                    told.report->differences[i].found);
    assert_int_equal(told.report->n_differences, 0);
    forget(&told);
}

static void differs(const char *text, const char *what, unsigned line, const char *expected, const char *found)
{
    struct told told = tell(text);

    assert_non_null(told.report);
    assert_int_equal(told.report->n_differences, 1);
    assert_string_equal(told.report->differences[0].what, what);
    assert_int_equal(told.report->differences[0].where.line, line);
    assert_string_equal(told.report->differences[0].expected, expected);
    assert_string_equal(told.report->differences[0].found, found);
    assert_false(told.report->passed);
    forget(&told);
}

/* ---- reading ---- */

static void test_read__tells_what_is_wrong_and_where(void **state)
{
    static const struct {
        const char *text, *code;
        unsigned line;
    } wrong[] = {
        {"[]", "wrong_type", 1},
        {"{`format`: `oam-scenarios/1`", "invalid_json", 1},
        {STORY(", `what`: 1", ""), "unknown_member", 2},
        {STORY("}, `request`: {`entity`: `0801550006`, `call_open`: true", ""), "unknown_member", 2},
        {STORY("}, `request`: {`population`: `many`", ""), "wrong_type", 2},
        {STORY("", "{`who`: `all`, `does`: `answer`, `with`: {`kept`: 4}}"), "set_by_procedure", 3},
        {STORY("", "{`does`: `nothing`}"), "unknown_event", 3},
        {STORY("", "{`does`: `answer`, `who`: `nobody`}"), "unknown_person", 3},
        {STORY("", "{`who`: `all`}"), "misplaced_member", 3},
        {STORY("", "{`on`: `2026-03-26`}"), "before", 3},
        {STORY("", "{`on`: `2026-02-30`}"), "invalid_date", 3},
        {STORY("", "{`on`: `2015-02-03`}"), "invalid_date", 3},
        {STORY("", "{`at`: `24:00`}"), "invalid_time", 3},
        {STORY("", "\n{`does`: `answer`, `with`: {`txt`: `x`}}"), "unknown_field", 4},
        {STORY("", "{`does`: `answer`, `with`: {`text`: 1}}"), "invalid_value", 3},
        {STORY("", "{`does`: `answer`, `with`: {`n`: 10}}"), "invalid_value", 3},
        {STORY("", "{`does`: `answer`, `with`: {`kind`: `c`}}"), "invalid_value", 3},
        {STORY("", "{`does`: `answer`, `with`: {`day`: `soon`}}"), "invalid_value", 3},
        {STORY("", "{`does`: `answer`, `with`: {`towns`: [1]}}"), "invalid_value", 3},
        {STORY("", "{`does`: `join`, `member`: `Abrera`}"), "invalid_body", 3},
        {STORY("", "{`who`: `all`, `does`: `answer`, `with`: 4}"), "wrong_type", 3},
        {STORY("", "{`expect`: {`refused`: [`hidden`,\n`mood`]}}"), "unknown_reason", 4},
        {STORY("", "{`expect`: {`refused`: 4}}"), "wrong_type", 3},
        {ELSEWHERE("`code`: `08x`, `holidays`: {`catalunya`: {}, `local`: {}}"), "invalid_body", 1},
        {ELSEWHERE("`code`: `0801550006`, `holidays`: {`catalunya`: [], `local`: {}}"), "wrong_type", 1},
        {ELSEWHERE("`code`: `0801550006`, `holidays`: {`catalunya`: {}, `local`: {`2026-02-30`: `x`}}"), "invalid_date",
         1},
        {STORY("", "{`does`: `ballot`, `choice`: `perhaps`}"), "unknown_value", 3},
        {STORY("", "{`expect`: {`state`: `nowhere`}}"), "unknown_state", 3},
        {STORY("", "{`expect`: {`refused`: [`mood`]}}"), "unknown_reason", 3},
        {STORY("", "{`expect`: {`missing`: [`txt`]}}"), "unknown_field", 3},
        {STORY("", "{`expect`: {`due`: {`rest`: `2026-04-01`}}}"), "unknown_clock", 3},
        {STORY("", "{`expect`: {`offered`: {`nobody`: {}}}}"), "unknown_person", 3},
        {STORY("", "{`expect`: {`offered`: {`all`: [`nothing`]}}}"), "unknown_event", 3},
        {STORY("", "{`expect`: {`effects`: `none`}}"), "wrong_type", 3},
        {"{`format`: `oam-scenarios/2`, `definition`: `scene`," TOWN
         "`scenarios`: [{`name`: `x`, `start`: {`on`: `2026-03-27`, `at`: `09:00`}, `steps`: []}]}",
         "unknown_value", 1},
        {"{`format`: `oam-scenarios/1`, `definition`: `other`," TOWN
         "`scenarios`: [{`name`: `x`, `start`: {`on`: `2026-03-27`, `at`: `09:00`}, `steps`: []}]}",
         "other_definition", 1},
        {"{`format`: `oam-scenarios/1`, `definition`: `scene`, `town`: {`name`: `Abrera`, `code`: `0800180001`},"
         "`scenarios`: [{`name`: `x`, `start`: {`on`: `2026-03-27`, `at`: `09:00`}, `steps`: []}]}",
         "unknown_town", 1},
        {HEAD "`people`: {`all`: {`role`: `all`}}, `scenarios`: [{`name`: `x`, `start`: {`on`: `2026-03-27`, `at`: "
              "`09:00`}, `steps`: []}]}",
         "duplicate_person", 1},
        {HEAD "`scenarios`: []}", "too_few", 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct told told = tell(wrong[i].text);
        assert_null(told.scenarios);
        assert_int_equal(told.n_faults, 1);
        assert_string_equal(told.faults[0].code, wrong[i].code);
        assert_int_equal(told.faults[0].line, wrong[i].line);
        forget(&told);
    }
}

static bool knows_abrera(void *context, const char *code, struct workflow_place *ret_place)
{
    static const struct workflow_holiday days[] = {{.day = 20602, .scope = WORKFLOW_SCOPE_LOCAL}}; /* 2026-05-29 */

    (void)context;
    *ret_place = (struct workflow_place){.layers = {{days, 1}}, .n_layers = 1};
    return strcmp(code, "0800180001") == 0;
}

static void test_read__asks_for_a_town_whose_holidays_are_not_listed(void **state)
{
    const struct workflow_towns towns = {knows_abrera, NULL};
    char *chart = chart_text(CHART),
         *text = chart_text("{`format`: `oam-scenarios/1`, `definition`: `scene`, `town`: {`name`: `Abrera`, `code`: "
                            "`0800180001`}, `scenarios`: [{`name`: `x`, `start`: {`on`: `2026-05-27`, `at`: `09:00`, "
                            "`expect`: {`due`: {`reply`: `2026-06-11`}}}, `steps`: []}]}");
    struct workflow *wf = workflow_parse(chart, strlen(chart), NULL, 0, NULL);
    struct workflow_scenarios *scenarios = workflow_scenarios_read(wf, text, strlen(text), &towns, NULL, 0, NULL);
    struct workflow_scenarios_report *report = workflow_scenarios_run(scenarios);

    (void)state;
    assert_int_equal(report->n_differences, 0);
    workflow_scenarios_report_free(report);
    workflow_scenarios_free(scenarios);
    workflow_free(wf);
    free(chart);
    free(text);
}

/* ---- telling ---- */

static void test_run__people_act_and_everything_is_compared(void **state)
{
    (void)state;
    goes_as_told(STORY(
        ", `who`: `all`, `with`: {`n`: 3}, `expect`: {`state`: `open`, `due`: {`reply`: `2026-04-14`}, "
        "`offered`: {`all`: [`towns`], `other`: {}}, `greyed`: {`all`: {`answer`: [`fields_missing`, "
        "`check_failed`]}}}",
        "{`on`: `2026-03-30`, `at`: `10:00`, `who`: `other`, `does`: `answer`, `with`: {`text`: `x`}, "
        " `expect`: {`refused`: [`role_missing`, `check_failed`], `missing`: [], `because`: [`few`], `state`: `open`}},"
        "{`who`: `all`, `does`: `answer`, `with`: {`n`: 4}, `expect`: {`refused`: [`fields_missing`], `missing`: "
        "[`text`]}},"
        "{`expect`: {`data`: {`n`: 3, `text`: null}}},"
        "{`who`: `all`, `does`: `answer`, `with`: {`n`: 4, `text`: `x`}, `expect`: {`state`: `end`, `outcome`: "
        "`completed`, `effects`: [`notify to other`], `data`: {`n`: 3}, `due`: {`reply`: `stopped`}}}"));
}

static void test_run__a_difference_says_where_and_what_is_there(void **state)
{
    (void)state;
    differs(STORY("", "{`expect`: {\n`state`: `end`}}"), "state", 4, "\"end\"", "\"open\"");
    differs(STORY("", "{`expect`: {`due`: {\n`reply`: `2026-04-12`}}}"), "due", 4, "\"2026-04-12\"", "\"2026-04-14\"");
    differs(STORY("", "{`who`: `other`,\n`does`: `towns`}"), "does", 4, "[]", "[\"role_missing\"]");
    differs(STORY("", "{`who`: `all`, `does`: `towns`, `expect`: {`refused`: [`hidden`]}}"), "refused", 3,
            "[\"hidden\"]", "[]");
    differs(STORY("", "\n\n{`on`: `2026-04-15`}"), "fires", 5, "[]", "[\"2026-04-15 00:00 late\"]");
    differs(STORY("", "{`expect`: {`offered`: {`all`: [`towns`, `board`]}}}"), "offered", 3, "[\"towns\",\"board\"]",
            "[\"towns\"]");
    differs(STORY("", "{`expect`: {`data`: {`n`: 1}}}"), "data", 3, "1", "null");
}

/* Of two stories the second goes otherwise, at its second step, when a timer has fired. */
static void test_run__tells_which_story_and_which_step_and_how_long_each_is(void **state)
{
    static const char *const text =
        HEAD PEOPLE "`scenarios`: [{`name`: `one`, `start`: {`on`: `2026-03-27`, `at`: `09:00`}, `steps`: []},\n"
                    "{`name`: {`ca`: `dues`, `en`: `two`}, `start`: {`on`: `2026-03-27`, `at`: `09:00`}, `steps`: ["
                    "{`on`: `2026-04-01`}, {`on`: `2026-04-16`,\n`expect`: {`state`: `open`, "
                    "`fires`: [`2026-04-15 00:00 late`]}}, {`expect`: {`state`: `gone`}}]}]}";
    struct told told = tell(text);

    (void)state;
    assert_non_null(told.report);
    assert_int_equal(told.report->n_differences, 1);
    assert_int_equal(told.report->n_failed, 1);
    assert_int_equal(told.report->differences[0].scenario, 1);
    assert_int_equal(told.report->differences[0].step, 2);
    assert_int_equal(told.report->differences[0].where.line, 3);
    assert_string_equal(told.report->scenarios[0].name, "one");
    assert_string_equal(told.report->scenarios[1].name, "two");
    assert_int_equal(told.report->scenarios[0].line, 1);
    assert_int_equal(told.report->scenarios[1].line, 2);
    assert_int_equal(told.report->scenarios[0].steps, 1);
    assert_int_equal(told.report->scenarios[1].steps, 4);
    assert_int_equal(told.report->scenarios[0].fires, 0);
    assert_int_equal(told.report->scenarios[1].fires, 1);
    assert_int_equal(told.report->scenarios[0].differences, 0);
    assert_int_equal(told.report->scenarios[1].differences, 1);
    forget(&told);
}

static void test_run__time_passes_on_the_calendar_of_the_town(void **state)
{
    (void)state;
    /* Good Friday and Easter Monday do not count; the term ends with its last day. */
    goes_as_told(STORY("", "{`on`: `2026-04-14`, `at`: `23:59`, `expect`: {`state`: `open`}},"
                           "{`on`: `2026-04-20`, `expect`: {`state`: `gone`, `outcome`: `withdrawn`, `fires`: "
                           "[`2026-04-15 00:00 late`]}}"));
}

static void test_run__a_board_votes(void **state)
{
    (void)state;
    goes_as_told(
        STORY(", `with`: {`kind`: `a`}",
              "{`who`: `all`, `does`: `board`, `expect`: {`state`: `voting`}},"
              "{`who`: `anna`, `does`: `ballot`, `choice`: `yes`, `score`: 7},"
              "{`who`: `anna`, `does`: `ballot`, `choice`: `no`, `expect`: {`refused`: [`voted_already`]}},"
              "{`who`: `all`, `does`: `ballot`, `choice`: `no`, `expect`: {`refused`: [`role_missing`, `not_member`]}},"
              "{`who`: `biel`, `does`: `ballot`, `choice`: `no`, `expect`: {`state`: `voting`}},"
              "{`who`: `biel`, `does`: `ballot`, `choice`: `close`, `expect`: {`refused`: [`invalid_ballot`]}},"
              "{`who`: `anna`, `does`: `ballot`, `choice`: `close`, `expect`: {`state`: `end`}}"));
    goes_as_told(STORY(", `with`: {`kind`: `a`}",
                       "{`who`: `all`, `does`: `board`}, {`on`: `2026-04-02`, `expect`: {`state`: `gone`, `fires`: "
                       "[`2026-03-31 00:00 voting_deadline`]}}"));
}

static void test_run__every_town_of_a_joint_request_has_its_part(void **state)
{
    (void)state;
    goes_as_told(
        STORY(", `with`: {`towns`: [`0800180001`, `0800230008`]}",
              "{`who`: `all`, `does`: `towns`, `expect`: {`members`: {`0800180001`: `asked`, `0800230008`: `asked`}}},"
              "{`who`: `all`, `does`: `join`, `member`: `0800390004`, `expect`: {`refused`: [`not_member`]}},"
              "{`who`: `town`, `does`: `join`, `expect`: {`state`: `asking`, `members`: {`0800180001`: `joined`}}},"
              "{`on`: `2026-04-08`, `expect`: {`state`: `end`, `fires`: [`2026-04-08 00:00 silent@0800230008`]}}"));
}

static void test_run__what_no_story_does_is_told(void **state)
{
    struct told told = tell(STORY(", `with`: {`n`: 9}", "{`who`: `all`, `does`: `answer`, `with`: {`text`: `x`}}"));
    unsigned taken = 0;

    (void)state;
    assert_non_null(told.report);
    assert_int_equal(told.report->n_differences, 0);
    assert_int_equal(told.report->n_transitions, 9);
    assert_int_equal(told.report->n_taken, 1);
    assert_false(told.report->passed);
    for (unsigned i = 0; i < told.report->n_transitions; i++)
        if (told.report->transitions[i].taken) {
            taken++;
            assert_string_equal(workflow_transition_name(told.wf, i, WORKFLOW_EN), "answer");
            assert_int_equal(told.report->transitions[i].check, 1);
        }
    assert_int_equal(taken, 1);
    assert_int_equal(told.report->n_branches, 4);
    assert_int_equal(told.report->n_seen, 1);
    forget(&told);
}

/* What is recorded is what happens: told again, nothing differs, whatever the story. */
static void test_record__writes_what_goes_as_told(void **state)
{
    struct told told = tell(STORY(", `with`: {`kind`: `a`, `n`: 9}",
                                  "{`who`: `all`, `does`: `answer`}, {`who`: `all`, `does`: `board`},"
                                  "{`who`: `anna`, `does`: `ballot`, `choice`: `yes`}, {`on`: `2026-04-20`}"));
    char *recorded;
    struct workflow_scenarios *again;
    struct workflow_scenarios_report *report;

    (void)state;
    assert_true(told.report->n_differences > 0);
    recorded = workflow_scenarios_record(told.scenarios);
    assert_non_null(recorded);
    assert_non_null(strstr(recorded, "fields_missing"));
    assert_non_null(strstr(recorded, "2026-03-31 00:00 voting_deadline"));
    again = workflow_scenarios_read(told.wf, recorded, strlen(recorded), NULL, NULL, 0, NULL);
    assert_non_null(again);
    report = workflow_scenarios_run(again);
    assert_int_equal(report->n_differences, 0);
    workflow_scenarios_report_free(report);
    workflow_scenarios_free(again);
    free(recorded);
    forget(&told);
}

/* ---- the product's own ---- */

static char *slurp(const char *folder, const char *name, size_t *ret_length)
{
    char path[512], *text = malloc(WORKFLOW_SCENARIOS_BYTES_MAX);
    const char *source = getenv("OAM_SOURCE");
    FILE *file;

    assert_non_null(text);
    snprintf(path, sizeof(path), "%s/%s/%s", source ? source : ".", folder, name);
    file = fopen(path, "rb");
    *ret_length = file ? fread(text, 1, WORKFLOW_SCENARIOS_BYTES_MAX, file) : 0;
    if (file)
        fclose(file);
    return text;
}

static struct workflow *definition_of(const char *key)
{
    struct workflow *wf;
    size_t length;
    char name[80], *text;

    snprintf(name, sizeof(name), "%s.json", key);
    text = slurp("workflow/definitions", name, &length);
    wf = workflow_parse(text, length, NULL, 0, NULL);
    free(text);
    assert_non_null(wf);
    return wf;
}

static void golden(const char *key)
{
    struct told told = {.wf = definition_of(key)};
    size_t length;
    char name[80], *text;

    snprintf(name, sizeof(name), "%s.scenarios.json", key);
    text = slurp("workflow/definitions", name, &length);
    told.scenarios =
        workflow_scenarios_read(told.wf, text, length, NULL, told.faults, WORKFLOW_FAULTS_MAX, &told.n_faults);
    for (size_t i = 0; i < told.n_faults; i++)
        print_error("%s:%u:%u: %s\n", name, told.faults[i].line, told.faults[i].column, told.faults[i].message);
    assert_non_null(told.scenarios);
    told.report = workflow_scenarios_run(told.scenarios);
    for (size_t i = 0; i < told.report->n_told; i++)
        print_error("%s:%u: %s: expected %s, found %s\n", name, told.report->differences[i].where.line,
                    told.report->differences[i].where.pointer, told.report->differences[i].expected,
                    told.report->differences[i].found);
    for (unsigned i = 0; i < told.report->n_transitions; i++)
        if (!told.report->transitions[i].taken)
            print_error("%s: no story takes \"%s\"\n", name, workflow_transition_name(told.wf, i, WORKFLOW_EN));
    assert_true(told.report->passed);
    assert_int_equal(told.report->n_taken, told.report->n_transitions);
    forget(&told);
    free(text);
}

static void test_golden__every_procedure_goes_as_its_scenarios_tell_and_they_take_every_way(void **state)
{
    static const char *const keys[] = {"general_enquiry", "incident", "equipment_loan", "technical_assistance",
                                       "economic_grant"};

    (void)state;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        golden(keys[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read__tells_what_is_wrong_and_where),
        cmocka_unit_test(test_read__asks_for_a_town_whose_holidays_are_not_listed),
        cmocka_unit_test(test_run__people_act_and_everything_is_compared),
        cmocka_unit_test(test_run__a_difference_says_where_and_what_is_there),
        cmocka_unit_test(test_run__tells_which_story_and_which_step_and_how_long_each_is),
        cmocka_unit_test(test_run__time_passes_on_the_calendar_of_the_town),
        cmocka_unit_test(test_run__a_board_votes),
        cmocka_unit_test(test_run__every_town_of_a_joint_request_has_its_part),
        cmocka_unit_test(test_run__what_no_story_does_is_told),
        cmocka_unit_test(test_record__writes_what_goes_as_told),
        cmocka_unit_test(test_golden__every_procedure_goes_as_its_scenarios_tell_and_they_take_every_way),
    };
    return cmocka_run_group_tests_name("workflow_scenario", tests, NULL, NULL);
}
