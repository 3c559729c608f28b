/* What a document says without saying it: what states inherit, what a path means from where it stands, where a state is
   written; and what is refused that only the neighbours show. */
#include "unit/test_workflow_scene.h"

#define DATA "`data`: {`n`: {`type`: `int`, `min`: 0, `max`: 9}, `kind`: {`type`: `enum`, `of`: [`a`, `b`]}},"

/* Phases, labels and the role whose move it is come from around, or from where a state begins. */
static const char *const nested = SCENE_HEAD DATA
    "`initial`: `desk`, `states`: {\n"
    "`desk`: {`label`: {`ca`: `w`, `en`: `w`}, `awaits`: `other`, `initial`: `inner`, `states`: {\n"
    "  `inner`: {`initial`: `deep`, `states`: {\n"
    "    `other_deep`: {`phase`: `execution`, `awaits`: `all`, `on`: {`back`: @deep}},\n"
    "    `deep`: {`phase`: `intake`, `on`: {`go`: @other_deep, `end`: @complete}},\n"
    "    `complete`: {`type`: `final`}}, `on_done`: [{`to`: `aside`}]},\n"
    "  `aside`: {`phase`: `decision`, `progress`: 61, `on`: {`twin`: @inner.other_deep, `leave`: @end, `drop`: @gone,\n"
    "    `ask`: [{`role`: `all`, `guard`: `data.n > 3 && data.kind == 'b'`, `internal`: true}]}}}},\n" SCENE_END "}}";

static const struct workflow_state_info *state_of(const struct scene *scene, const char *path)
{
    unsigned number = 0;

    if (!workflow_state_find(scene->wf, path, &number))
        fail_msg("there is no %s", path);
    return workflow_state(scene->wf, number);
}

static void test_state__has_the_phase_of_what_is_around_it_or_of_where_it_begins(void **state)
{
    struct scene *scene = scene_open(nested);

    (void)state;
    assert_int_equal(state_of(scene, "desk")->phase, WORKFLOW_PHASE_INTAKE);
    assert_int_equal(state_of(scene, "desk.inner")->phase, WORKFLOW_PHASE_INTAKE);
    assert_int_equal(state_of(scene, "desk.inner.deep")->phase, WORKFLOW_PHASE_INTAKE);
    assert_int_equal(state_of(scene, "desk.inner.complete")->phase, WORKFLOW_PHASE_INTAKE);
    assert_int_equal(state_of(scene, "desk.inner.other_deep")->phase, WORKFLOW_PHASE_EXECUTION);
    assert_int_equal(state_of(scene, "desk")->progress, 10);
    assert_int_equal(state_of(scene, "desk.inner.other_deep")->progress, 75);
    assert_int_equal(state_of(scene, "desk.aside")->progress, 61);
    scene_close(scene);
}

static void test_state__waits_for_whom_the_state_around_it_waits(void **state)
{
    struct scene *scene = scene_open(nested);
    unsigned other = 0, all = 0;

    (void)state;
    assert_true(workflow_role_find(scene->wf, "other", &other) && workflow_role_find(scene->wf, "all", &all));
    assert_int_equal(state_of(scene, "desk.inner.deep")->awaits_role, other);
    assert_int_equal(state_of(scene, "desk.inner.other_deep")->awaits_role, all);
    assert_int_equal(state_of(scene, "end")->awaits_role, -1);
    assert_string_equal(state_of(scene, "desk.inner.deep")->label.in[WORKFLOW_EN], "w");
    scene_close(scene);
}

static void test_where__points_at_a_state_however_deep_it_is(void **state)
{
    static const struct {
        const char *path, *pointer;
        unsigned line;
    } wanted[] = {{"desk", "/states/desk", 2},
                  {"desk.inner", "/states/desk/states/inner", 3},
                  {"desk.inner.deep", "/states/desk/states/inner/states/deep", 5},
                  {"desk.aside", "/states/desk/states/aside", 7},
                  {"gone", "/states/gone", 9}};
    struct scene *scene = scene_open(nested);
    char *text = chart_text(nested);

    (void)state;
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        unsigned number = 0;
        assert_true(workflow_state_find(scene->wf, wanted[i].path, &number));
        const struct workflow_where where = workflow_where_state(scene->wf, text, strlen(text), number);
        assert_string_equal(where.pointer, wanted[i].pointer);
        assert_int_equal(where.line, wanted[i].line);
    }
    const struct workflow_where none = workflow_where_state(scene->wf, text, strlen(text), WORKFLOW_STATES_MAX);
    assert_string_equal(none.pointer, "");
    assert_int_equal(none.line, 1);
    assert_int_equal(none.column, 1);
    free(text);
    scene_close(scene);
}

/* ---- what the neighbours show ---- */

struct refusal {
    const char *find, *put, *pointer, *code, *message;
};

static void assert_refused(const char *chart, const struct refusal *refusal)
{
    struct workflow_fault faults[WORKFLOW_FAULTS_MAX];
    char *text = chart_text(chart), *find = chart_text(refusal->find), *put = chart_text(refusal->put);
    char *at = strstr(text, find), whole[8192];
    size_t n = 0;
    bool told = false;

    assert_non_null(at);
    snprintf(whole, sizeof whole, "%.*s%s%s", (int)(at - text), text, put, at + strlen(find));
    assert_null(workflow_parse(whole, strlen(whole), faults, WORKFLOW_FAULTS_MAX, &n));
    for (size_t i = 0; i < n; i++)
        told = told || (strcmp(faults[i].pointer, refusal->pointer) == 0 &&
                        strcmp(faults[i].code, refusal->code) == 0 && strstr(faults[i].message, refusal->message));
    if (!told)
        fail_msg("%s: %s %s: %s", refusal->put, faults[0].pointer, faults[0].code, faults[0].message);
    free(text);
    free(find);
    free(put);
}

static void test_parse__refuses_what_only_its_neighbours_show(void **state)
{
    static const struct refusal refusals[] = {
        {"`initial`: `deep`", "`initial`: `aside`", "/states/desk/states/inner/initial", "unknown_state",
         "No state \"aside\" inside this one"},
        {"`initial`: `inner`", "`initial`: `deep`", "/states/desk/initial", "unknown_state",
         "No state \"deep\" inside this one"},
        {"data.n > 3", "in_state('desk.inner.dep')", "/states/desk/states/aside/on/ask/0/guard", "unknown_name",
         "did you mean desk.inner.deep?"},
        {"data.n > 3", "in_state('gonne')", "/states/desk/states/aside/on/ask/0/guard", "unknown_name",
         "did you mean gone?"},
        {"data.n > 3", "data.n > 'x'", "/states/desk/states/aside/on/ask/0/guard", "wrong_type", "int and string"},
        {"data.kind == 'b'", "data.kind == 'c'", "/states/desk/states/aside/on/ask/0/guard", "unknown_option",
         "It never is 'c'"},
        {"`to`: `aside`", "`to`: [`aside`, `aside`]", "/states/desk/states/inner/on_done/0/to/1", "duplicate_item",
         "This state is there already"},
        {"`of`: [`a`, `b`]", "`of`: [`a`, `b`, `a`]", "/data/kind/of/2", "duplicate_item", ""},
        {"`progress`: 61", "`progress`: 101", "/states/desk/states/aside/progress", "out_of_range", ""},
        {"`progress`: 61", "`progress`: -1", "/states/desk/states/aside/progress", "out_of_range", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
        assert_refused(nested, &refusals[i]);
}

/* ---- guards that are answered from what was solved ---- */

static void test_guard__over_one_field_holds_for_its_values_and_no_others(void **state)
{
    struct scene *scene =
        scene_open(SCENE_HEAD DATA "`initial`: `a`, `states`: {`a`: {" SCENE_L ", `on`: {"
                                   " `number`: [{`role`: `all`, `guard`: `data.n > 3 && data.n <= 7`, `to`: `end`}],"
                                   " `word`: [{`role`: `all`, `guard`: `data.kind == 'b'`, `to`: `end`}],"
                                   " `drop`: @gone}}," SCENE_END "}}");

    (void)state;
    for (int64_t n = 0; n <= 9; n++) {
        scene->data[0] = workflow_value_int(n);
        assert_int_equal(scene_start(scene), WORKFLOW_OK);
        assert_int_equal(scene_do(scene, "number"), n > 3 && n <= 7 ? WORKFLOW_OK : WORKFLOW_REJECTED);
    }
    /* Values that the field is not declared to have are evaluated as any other. */
    scene->data[0] = workflow_value_int(-4);
    assert_int_equal(scene_start(scene), WORKFLOW_OK);
    assert_int_equal(scene_do(scene, "number"), WORKFLOW_REJECTED);
    scene->data[0] = workflow_value_unset();
    assert_int_equal(scene_do(scene, "number"), WORKFLOW_REJECTED);
    for (int i = 0; i < 3; i++) {
        static const char *const words[] = {"a", "b", "bb"};
        scene->data[1] = workflow_value_string(words[i], strlen(words[i]));
        assert_int_equal(scene_start(scene), WORKFLOW_OK);
        assert_int_equal(scene_do(scene, "word"), i == 1 ? WORKFLOW_OK : WORKFLOW_REJECTED);
    }
    scene_close(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_state__has_the_phase_of_what_is_around_it_or_of_where_it_begins),
        cmocka_unit_test(test_state__waits_for_whom_the_state_around_it_waits),
        cmocka_unit_test(test_where__points_at_a_state_however_deep_it_is),
        cmocka_unit_test(test_parse__refuses_what_only_its_neighbours_show),
        cmocka_unit_test(test_guard__over_one_field_holds_for_its_values_and_no_others),
    };
    return cmocka_run_group_tests_name("workflow_reading", tests, NULL, NULL);
}
