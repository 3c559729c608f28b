/* What the parser makes of a document, where it tells of faults, and its bounds. */
#include "unit/test_workflow_document.h"

#include <jansson.h>
#include <stdbool.h>

static void test_parse__reads_a_sound_document(void **state)
{
    struct workflow *wf = parses(sound);
    unsigned number;

    (void)state;
    assert_string_equal(workflow_key(wf), "small");
    assert_int_equal(workflow_version(wf), 1);
    assert_string_equal(workflow_title(wf)->in[WORKFLOW_ES], "Pequeño");
    assert_null(workflow_note(wf));
    assert_int_equal(workflow_state_count(wf), 3);
    assert_string_equal(workflow_state(wf, 0)->key, "open");
    assert_null(workflow_state(wf, 3));
    assert_true(workflow_state_find(wf, "done", &number));
    assert_int_equal(number, 2);
    assert_true(workflow_state(wf, 2)->is_final);
    assert_string_equal(workflow_state(wf, 2)->outcome, "completed");
    assert_false(workflow_state_find(wf, "nowhere", NULL));
    assert_int_equal(workflow_role_count(wf), 2);
    assert_true(workflow_role_find(wf, "doer", &number));
    assert_string_equal(workflow_role(wf, number)->team, "oam");
    assert_int_equal(workflow_role(wf, number)->from, WORKFLOW_ROLE_FROM_TEAM);
    assert_null(workflow_role(wf, 2));
    assert_false(workflow_role_find(wf, "nobody", NULL));
    assert_int_equal(workflow_field_count(wf), 2);
    assert_true(workflow_field_find(wf, "size", &number));
    assert_int_equal(workflow_field(wf, number)->n_options, 2);
    assert_string_equal(workflow_field(wf, number)->options[1], "little");
    assert_null(workflow_field(wf, 2));
    assert_false(workflow_field_find(wf, "nothing", NULL));
    workflow_free(wf);
}

static void test_parse__falls_back_to_catalan_where_spanish_is_missing(void **state)
{
    struct workflow *wf = parses(sound);

    (void)state;
    assert_string_equal(workflow_state(wf, 0)->label.in[WORKFLOW_ES], "Oberta");
    assert_string_equal(workflow_state(wf, 0)->label.in[WORKFLOW_EN], "Open");
    workflow_free(wf);
}

static void test_parse__labels_what_has_no_label_with_its_key(void **state)
{
    struct workflow *wf = parses(sound);

    (void)state;
    assert_string_equal(workflow_event_label(wf, 0, "go")->in[WORKFLOW_CA], "go");
    assert_string_equal(workflow_field(wf, 0)->label.in[WORKFLOW_EN], "reason");
    workflow_free(wf);
}

static void test_parse__gives_each_phase_its_progress_unless_the_state_has_its_own(void **state)
{
    char *text = edited("\"phase\": \"study\",", "\"phase\": \"study\", \"progress\": 42, \"awaits\": \"doer\",");
    struct workflow *plain = parses(sound), *own = parses(text);

    (void)state;
    assert_int_equal(workflow_state(plain, 0)->progress, 0);
    assert_int_equal(workflow_state(plain, 1)->progress, 35);
    assert_int_equal(workflow_state(plain, 2)->progress, 100);
    assert_int_equal(workflow_state(plain, 1)->awaits_role, -1);
    assert_int_equal(workflow_state(own, 1)->progress, 42);
    assert_int_equal(workflow_state(own, 1)->awaits_role, 1);
    workflow_free(plain);
    workflow_free(own);
    free(text);
}

static void test_parse__reads_every_type_of_field(void **state)
{
    char *text =
        edited("\"reason\": {\"type\": \"string\"},",
               "\"reason\": {\"type\": \"string\", \"min\": 2, \"max\": 9}, \"a\": {\"type\": \"int\", \"min\": -3},"
               "\"b\": {\"type\": \"cents\", \"max\": 7}, \"c\": {\"type\": \"bool\"}, \"d\": {\"type\": \"date\"},"
               "\"e\": {\"type\": \"instant\"}, \"f\": {\"type\": \"doc\"}, \"g\": {\"type\": \"docs\", \"max\": 3},"
               "\"h\": {\"type\": \"ref\", \"of\": \"catalogue\"},"
               "\"i\": {\"type\": \"list\", \"of\": \"entity\", \"min\": 1},");
    static const char *const types[] = {"string", "int",  "cents", "bool", "date", "instant",
                                        "doc",    "docs", "ref",   "list", "enum"};
    struct workflow *wf = parses(text);

    (void)state;
    assert_int_equal(workflow_field_count(wf), 11);
    for (unsigned i = 0; i < 11; i++)
        assert_string_equal(workflow_field_type_key(workflow_field(wf, i)->type), types[i]);
    assert_true(workflow_field(wf, 0)->has_min && workflow_field(wf, 0)->has_max);
    assert_int_equal(workflow_field(wf, 0)->max, 9);
    assert_int_equal(workflow_field(wf, 1)->min, -3);
    assert_false(workflow_field(wf, 1)->has_max);
    assert_string_equal(workflow_field(wf, 8)->of, "catalogue");
    workflow_free(wf);
    free(text);
}

static void test_parse__sorts_faults_and_bounds_them(void **state)
{
    struct workflow_fault faults[WORKFLOW_FAULTS_MAX];
    size_t n = 0, size = 300 * 24, used;
    char *many = malloc(size), *text;

    (void)state;
    assert_non_null(many);
    used = (size_t)snprintf(many, size, "\"initial\": \"open\"");
    for (int i = 0; i < 300; i++)
        used += (size_t)snprintf(many + used, size - used, ",\n\"unknown_%d\": 0", i);
    text = edited("\"initial\": \"open\"", many);
    assert_null(workflow_parse(text, strlen(text), faults, WORKFLOW_FAULTS_MAX, &n));
    assert_int_equal(n, WORKFLOW_FAULTS_MAX);
    for (size_t i = 1; i < n; i++)
        assert_true(faults[i - 1].line < faults[i].line);
    n = 0;
    assert_null(workflow_parse(text, strlen(text), faults, 2, &n));
    assert_int_equal(n, WORKFLOW_FAULTS_MAX);
    assert_null(workflow_parse(text, strlen(text), NULL, 0, NULL));
    free(many);
    free(text);
}

static void test_parse__counts_columns_in_characters(void **state)
{
    char *text = edited("\"en\": \"Small\"", "\"en\": \"Small\", \"fr\": \"Petit\"");
    struct workflow_fault fault;
    size_t n;

    (void)state;
    assert_null(workflow_parse(text, strlen(text), &fault, 1, &n));
    /* `  "title": {"ca": "Petit", "es": "Pequeño", "en": "Small", ` has one ñ of two bytes. */
    assert_int_equal(fault.line, 3);
    assert_int_equal(fault.column, 60);
    free(text);
}

static void test_parse__finds_a_member_whose_name_is_written_with_escapes(void **state)
{
    char *text = edited("\"initial\"", "\"col\\u006fur\": 1, \"initial\"");
    struct workflow_fault fault;
    size_t n;

    (void)state;
    assert_null(workflow_parse(text, strlen(text), &fault, 1, &n));
    assert_string_equal(fault.pointer, "/colour");
    assert_int_equal(fault.line, 16);
    assert_int_equal(fault.column, 3);
    free(text);
}

static void test_parse__cuts_the_beginning_of_a_pointer_that_is_too_long(void **state)
{
    char name[400] = "\"initial\": \"open\", \"\xc3\xa0", *text;
    struct workflow_fault fault;
    size_t n;

    (void)state;
    for (size_t i = strlen(name); i < 300; i += 2)
        memcpy(name + i, "\xc3\xa0", 3);
    memcpy(name + strlen(name), "z\": 1", 6);
    text = edited("\"initial\": \"open\"", name);
    assert_null(workflow_parse(text, strlen(text), &fault, 1, &n));
    assert_int_equal(strncmp(fault.pointer, "\xe2\x80\xa6\xc3\xa0", 5), 0);
    assert_string_equal(fault.pointer + strlen(fault.pointer) - 3, "\xc3\xa0z");
    free(text);
}

static void test_parse__never_cuts_a_message_inside_a_character(void **state)
{
    char put[128], wanted[64], *text;
    struct workflow_fault fault;
    size_t n;

    (void)state;
    memset(wanted, 'x', 59);
    memcpy(wanted + 59, "\"", 2);
    snprintf(put, sizeof(put), "\"%.59s\xc3\xa0\": 1, \"initial\"", wanted);
    text = edited("\"initial\"", put);
    assert_null(workflow_parse(text, strlen(text), &fault, 1, &n));
    assert_string_equal(fault.code, "unknown_member");
    assert_non_null(strstr(fault.message, wanted));
    free(text);
}

static void one_fault(const char *text, size_t length, const char *code, const char *pointer, unsigned line)
{
    struct workflow_fault fault;
    size_t n = 0;

    assert_null(workflow_parse(text, length, &fault, 1, &n));
    assert_int_equal(n, 1);
    assert_string_equal(fault.code, code);
    assert_string_equal(fault.pointer, pointer);
    assert_int_equal(fault.line, line);
    assert_true(fault.column >= 1);
}

static void test_parse__refuses_a_name_that_is_there_twice(void **state)
{
    char *text = edited("\"end\": [", "\"end\": [{\"role\": \"doer\", \"to\": \"open\"}], \"end\": [");

    (void)state;
    one_fault(text, strlen(text), "duplicate_key", "/states/work/on/end", 24);
    free(text);
}

static void test_parse__refuses_what_is_not_json(void **state)
{
    (void)state;
    one_fault("", 0, "invalid_json", "", 1);
    one_fault("{\n\"a\": [1,\n}", 12, "invalid_json", "/a/1", 3);
    one_fault("{\"a\": \"\xff\"}", 10, "invalid_json", "/a", 1);
    one_fault("{\"a\\u0000\": 1}", 14, "invalid_json", "", 1);
    one_fault("{} {}", 5, "invalid_json", "", 1);
    one_fault(sound, sizeof(sound), "invalid_json", "", 28); /* with its terminator */
}

static void test_parse__refuses_other_values_than_objects(void **state)
{
    (void)state;
    one_fault("\n[]", 3, "wrong_type", "", 2);
}

static void test_parse__refuses_too_deep_and_too_large_documents(void **state)
{
    char deep[WORKFLOW_DEPTH_MAX + 2], *large = malloc(WORKFLOW_DOCUMENT_MAX + 1);

    (void)state;
    memset(deep, '[', sizeof(deep));
    one_fault(deep, sizeof(deep), "too_deep", "", 1);
    assert_non_null(large);
    memset(large, ' ', WORKFLOW_DOCUMENT_MAX + 1);
    one_fault(large, WORKFLOW_DOCUMENT_MAX + 1, "too_large", "", 1);
    free(large);
}

/* A chain of n states that `always` joins, each with its effects. */
static char *chain(int n, int effects)
{
    size_t size = (size_t)n * (200 + (size_t)effects * 48) + 1, used = 0;
    char *states = malloc(size), *text;

    assert_non_null(states);
    for (int i = 0; i < n; i++) {
        used += (size_t)snprintf(
            states + used, size - used,
            "\"s%d\": {\"label\": {\"ca\": \"s\", \"en\": \"s\"}, \"phase\": \"study\",\n\"entry\": [", i);
        for (int e = 0; e < effects; e++)
            used += (size_t)snprintf(states + used, size - used, "%s{\"fx\": \"register\", \"book\": \"sortida\"}",
                                     e ? "," : "");
        if (i + 1 < n)
            used += (size_t)snprintf(states + used, size - used, "], \"always\": [{\"to\": \"s%d\"}]},\n", i + 1);
        else
            used += (size_t)snprintf(states + used, size - used, "], \"always\": [{\"to\": \"work\"}]},\n");
    }
    used += (size_t)snprintf(states + used, size - used, "\"done\": {");
    text = edited("\"done\": {", states);
    free(states);
    /* "to": "work" in the transition of "open" leads into the chain. */
    memcpy(strstr(text, "\"to\": \"work\"") + 6, "\"s0\"  ", 6);
    return text;
}

static void test_parse__bounds_how_far_a_step_goes_by_itself(void **state)
{
    char *fits = chain(WORKFLOW_MICROSTEPS_MAX - 2, 1), *too_long = chain(WORKFLOW_MICROSTEPS_MAX, 0);
    struct workflow *wf = parses(fits);
    struct flat_facts facts = {1, 1};
    struct flat_verdict verdict = flat_step(wf, 0, "go", &facts);

    (void)state;
    assert_true(verdict.allowed);
    assert_int_equal(verdict.n_path, WORKFLOW_MICROSTEPS_MAX - 1);
    assert_int_equal(verdict.n_effects, WORKFLOW_MICROSTEPS_MAX - 2 + 1);
    one_fault(too_long, strlen(too_long), "too_many", "/states", 17);
    workflow_free(wf);
    free(fits);
    free(too_long);
}

static void test_parse__bounds_states_roles_fields_and_events(void **state)
{
    static const struct {
        const char *find, *format, *pointer;
        int n;
    } crowds[] = {
        {"\"reason\": {", "\"f%d\": {\"type\": \"bool\"}, ", "/data", WORKFLOW_FIELDS_MAX},
        {"\"asker\": {", "\"r%d\": {\"label\": {\"ca\": \"r\", \"en\": \"r\"}, \"from\": \"team\"}, ", "/roles",
         WORKFLOW_ROLES_MAX},
        {"\"open\": {", "\"s%d\": {}, ", "/states", WORKFLOW_STATES_MAX},
        {"\"go\": [", "\"e%d\": [{\"role\": \"asker\", \"to\": \"work\"}], ", "/states/open/on", 24},
        {"\"near\": {", "\"p%d\": {}, ", "/assign", WORKFLOW_POLICIES_MAX},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(crowds) / sizeof(crowds[0]); i++) {
        char put[8192], *text;
        size_t used = 0, n;
        struct workflow_fault faults[WORKFLOW_FAULTS_MAX];
        bool found = false;

        for (int k = 0; k < crowds[i].n; k++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            used += (size_t)snprintf(put + used, sizeof(put) - used, crowds[i].format, k);
#pragma GCC diagnostic pop
        }
        snprintf(put + used, sizeof(put) - used, "%s", crowds[i].find);
        text = edited(crowds[i].find, put);
        assert_null(workflow_parse(text, strlen(text), faults, WORKFLOW_FAULTS_MAX, &n));
        for (size_t f = 0; f < n; f++)
            found =
                found || (strcmp(faults[f].code, "too_many") == 0 && strcmp(faults[f].pointer, crowds[i].pointer) == 0);
        assert_true(found);
        free(text);
    }
}

static size_t allocations_left;

static void *scarce_malloc(size_t size)
{
    if (allocations_left == 0)
        return NULL;
    allocations_left--;
    return malloc(size);
}

/* jansson's allocations fail one after the other: never a crash, a leak or a wrong workflow. */
static void test_parse__survives_every_failing_allocation_of_the_reader(void **state)
{
    bool done = false;

    (void)state;
    for (size_t n = 0; !done; n++) {
        struct workflow_fault fault = {.code = ""};
        size_t n_faults = 0;
        struct workflow *wf;
        allocations_left = n;
        json_set_alloc_funcs(scarce_malloc, free);
        wf = workflow_parse(sound, strlen(sound), &fault, 1, &n_faults);
        json_set_alloc_funcs(malloc, free);
        done = wf != NULL;
        assert_int_equal(wf != NULL, n_faults == 0);
        workflow_free(wf);
    }
}

static void test_free__takes_null(void **state)
{
    (void)state;
    workflow_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse__reads_a_sound_document),
        cmocka_unit_test(test_parse__falls_back_to_catalan_where_spanish_is_missing),
        cmocka_unit_test(test_parse__labels_what_has_no_label_with_its_key),
        cmocka_unit_test(test_parse__gives_each_phase_its_progress_unless_the_state_has_its_own),
        cmocka_unit_test(test_parse__reads_every_type_of_field),
        cmocka_unit_test(test_parse__sorts_faults_and_bounds_them),
        cmocka_unit_test(test_parse__counts_columns_in_characters),
        cmocka_unit_test(test_parse__finds_a_member_whose_name_is_written_with_escapes),
        cmocka_unit_test(test_parse__cuts_the_beginning_of_a_pointer_that_is_too_long),
        cmocka_unit_test(test_parse__never_cuts_a_message_inside_a_character),
        cmocka_unit_test(test_parse__refuses_a_name_that_is_there_twice),
        cmocka_unit_test(test_parse__refuses_what_is_not_json),
        cmocka_unit_test(test_parse__refuses_other_values_than_objects),
        cmocka_unit_test(test_parse__refuses_too_deep_and_too_large_documents),
        cmocka_unit_test(test_parse__bounds_how_far_a_step_goes_by_itself),
        cmocka_unit_test(test_parse__bounds_states_roles_fields_and_events),
        cmocka_unit_test(test_parse__survives_every_failing_allocation_of_the_reader),
        cmocka_unit_test(test_free__takes_null),
    };
    return cmocka_run_group_tests_name("workflow_definition", tests, NULL, NULL);
}
