/* Finding services, and the form of one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>

#include "service/service_catalogue.h"
#include "unit/test_directory_tables.h"

static struct arena *arena;
static struct directory_holder *holder;

static const struct directory *loaded(void)
{
    struct error err = {.arena = arena, .language = TEXT_EN};
    if (!directory_refresh(holder, NULL, &err))
        fail_msg("%s", err.detail);
    return directory_use(holder, arena);
}

static int setup(void **state)
{
    (void)state;
    database_fill();
    arena = arena_new(4096);
    holder = directory_holder_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    directory_holder_free(holder);
    return 0;
}

static struct word_set one_word(const char *word)
{
    struct word_set set = {arena_alloc(arena, sizeof *set.items), 1};
    set.items[0] = word;
    return set;
}

/* Codes of the services that match, each followed by a space. */
static const char *found(struct catalogue_filter filter)
{
    const struct directory *dir = loaded();
    const char *codes = "";
    for (size_t i = 0; i < dir->n_services; i++)
        if (catalogue_matches(&filter, &dir->services[i]))
            codes = arena_printf(arena, "%s%s ", codes, dir->services[i].code);
    return codes;
}

#define FILTER(...) ((struct catalogue_filter){.population = -1, __VA_ARGS__})

static void test_catalogue_matches__active_services_by_every_filter(void **state)
{
    (void)state;
    assert_string_equal("GOV-01 OAM-GEN ", found((struct catalogue_filter){.population = -1}));
    assert_string_equal("GOV-01 ", found(FILTER(.search = search_new(arena, "COLLECCIO juridica"))));
    assert_string_equal("OAM-GEN ", found(FILTER(.search = search_new(arena, "single"))));
    assert_string_equal("GOV-01 ", found(FILTER(.search = search_new(arena, "gov-01"))));
    assert_string_equal("", found(FILTER(.areas = one_word("DIG"))));
    assert_string_equal("OAM-GEN ", found(FILTER(.support_types = one_word("economic"))));
    assert_string_equal("GOV-01 ", found(FILTER(.applications = one_word("open_all_year"))));
    assert_string_equal("OAM-GEN ", found(FILTER(.goals = 1u << 17)));
    assert_string_equal("GOV-01 OAM-GEN ", found(FILTER(.goals = 1u << 17 | 1u << 11)));
}

static void test_catalogue_matches__services_open_to_a_population(void **state)
{
    (void)state;
    assert_string_equal("GOV-01 OAM-GEN ", found((struct catalogue_filter){.population = 5000}));
    assert_string_equal("OAM-GEN ", found((struct catalogue_filter){.population = 5001}));
}

/* ---- form ---- */

static const char every_type[] =
    "{\"format\": \"oam-wf/1\", \"key\": \"every_type\", \"version\": 1, \"title\": {\"ca\": \"t\", \"es\": \"t\", "
    "\"en\": \"t\"},"
    " \"data\": {"
    "  \"subject\": {\"type\": \"string\", \"max\": 200, \"label\": {\"ca\": \"Assumpte\", \"es\": \"Asunto\", \"en\": "
    "\"Subject\"}},"
    "  \"hours\": {\"type\": \"int\", \"min\": 1, \"max\": 80},"
    "  \"cost\": {\"type\": \"cents\"}, \"joint\": {\"type\": \"bool\"}, \"day\": {\"type\": \"date\"},"
    "  \"at\": {\"type\": \"instant\"}, \"plan\": {\"type\": \"doc\"}, \"annexes\": {\"type\": \"docs\"},"
    "  \"urgency\": {\"type\": \"enum\", \"of\": [\"low\", \"high\"]},"
    "  \"later\": {\"type\": \"string\"}},"
    " \"roles\": {\"applicant\": {\"label\": {\"ca\": \"E\", \"es\": \"E\", \"en\": \"E\"}, \"from\": "
    "\"applicant_entity\","
    "  \"scope\": \"entity\"}},"
    " \"initial\": \"draft\", \"states\": {"
    "  \"draft\": {\"label\": {\"ca\": \"E\", \"es\": \"E\", \"en\": \"E\"}, \"phase\": \"draft\", \"on\": {"
    "   \"submit\": [{\"label\": {\"ca\": \"P\", \"es\": \"P\", \"en\": \"P\"}, \"role\": \"applicant\", \"to\": "
    "\"done\","
    "    \"require\": [\"subject\", \"hours\", \"cost\", \"joint\", \"day\", \"at\", \"plan\", \"annexes\", "
    "\"urgency\"]}]}},"
    "  \"done\": {\"label\": {\"ca\": \"F\", \"es\": \"F\", \"en\": \"F\"}, \"phase\": \"end\", \"type\": \"final\","
    "   \"outcome\": \"completed\"}}}";

static json_t *form_of(const char *code, enum text_language language)
{
    struct json_out out = json_out_new(arena, 64);
    size_t length;
    json_error_t error;
    catalogue_form(&out, directory_service_find(loaded(), code), language);
    const char *bytes = json_out_finish(&out, &length);
    json_t *form = json_loadb(bytes, length, JSON_REJECT_DUPLICATES, &error);
    if (form == NULL)
        fail_msg("%s in %s", error.text, bytes);
    return form;
}

static void assert_property(const json_t *form, const char *name, const char *expected)
{
    json_t *wanted = json_loads(expected, 0, NULL);
    const json_t *property = json_object_get(json_object_get(form, "properties"), name);
    assert_non_null(wanted);
    if (!json_equal(wanted, property)) {
        char *is = json_dumps(property, JSON_ENCODE_ANY);
        fail_msg("%s: %s", name, is);
    }
    json_decref(wanted);
}

static void test_catalogue_form__has_what_submitting_requires_and_no_more(void **state)
{
    (void)state;
    database.tables[QUERY_DIRECTORY_WORKFLOWS].cells[1][4] = every_type;
    json_t *form = form_of("GOV-01", TEXT_EN);
    assert_string_equal("https://json-schema.org/draft/2020-12/schema",
                        json_string_value(json_object_get(form, "$schema")));
    assert_string_equal("Legal help", json_string_value(json_object_get(form, "title")));
    assert_int_equal(9, json_array_size(json_object_get(form, "required")));
    assert_int_equal(9, json_object_size(json_object_get(form, "properties")));
    assert_property(
        form, "subject",
        "{\"title\":\"Subject\",\"type\":\"string\",\"minLength\":1,\"maxLength\":200,\"x-type\":\"string\"}");
    assert_property(form, "hours",
                    "{\"title\":\"hours\",\"type\":\"integer\",\"minimum\":1,\"maximum\":80,\"x-type\":\"int\"}");
    assert_property(form, "cost", "{\"title\":\"cost\",\"type\":\"integer\",\"x-type\":\"cents\"}");
    assert_property(form, "joint", "{\"title\":\"joint\",\"type\":\"boolean\",\"x-type\":\"bool\"}");
    assert_property(form, "day", "{\"title\":\"day\",\"type\":\"string\",\"format\":\"date\",\"x-type\":\"date\"}");
    assert_property(form, "at",
                    "{\"title\":\"at\",\"type\":\"string\",\"format\":\"date-time\",\"x-type\":\"instant\"}");
    assert_property(form, "annexes",
                    "{\"title\":\"annexes\",\"type\":\"array\",\"minItems\":0,\"maxItems\":64,\"x-type\":\"docs\"}");
    assert_property(form, "urgency",
                    "{\"title\":\"urgency\",\"type\":\"string\",\"enum\":[\"low\",\"high\"],\"x-type\":\"enum\"}");
    json_decref(form);
}

static void test_catalogue_form__speaks_the_language_asked_for(void **state)
{
    (void)state;
    database.tables[QUERY_DIRECTORY_WORKFLOWS].cells[1][4] = every_type;
    json_t *form = form_of("GOV-01", TEXT_CA);
    const json_t *subject = json_object_get(json_object_get(form, "properties"), "subject");
    const json_t *around = json_object_get(json_object_get(form, "x-request"), "properties");
    assert_string_equal("Assistència jurídica", json_string_value(json_object_get(form, "title")));
    assert_string_equal("Assumpte", json_string_value(json_object_get(subject, "title")));
    assert_int_equal(250, json_integer_value(json_object_get(json_object_get(around, "title"), "maxLength")));
    assert_string_equal("GOV-01", json_string_value(json_object_get(json_object_get(around, "service"), "const")));
    json_decref(form);
}

static void test_catalogue_form__of_a_procedure_without_fields_is_an_empty_object(void **state)
{
    (void)state;
    json_t *form = form_of("OAM-GEN", TEXT_ES);
    assert_int_equal(0, json_object_size(json_object_get(form, "properties")));
    assert_true(json_is_false(json_object_get(form, "additionalProperties")));
    json_decref(form);
}

static void test_catalogue_fields__are_the_fields_of_a_set(void **state)
{
    struct json_out out = json_out_new(arena, 64);
    unsigned reason;
    (void)state;
    const struct workflow *wf = directory_workflow_latest(loaded(), "general_enquiry")->workflow;
    assert_true(workflow_field_find(wf, "reason", &reason));
    catalogue_fields(&out, wf, UINT64_C(1) << reason, TEXT_EN);
    assert_string_equal(
        "[{\"name\":\"reason\",\"label\":\"Reason\",\"type\":\"string\",\"required\":true,\"options\":null}]",
        json_out_finish(&out, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_catalogue_matches__active_services_by_every_filter, setup, teardown),
        cmocka_unit_test_setup_teardown(test_catalogue_matches__services_open_to_a_population, setup, teardown),
        cmocka_unit_test_setup_teardown(test_catalogue_form__has_what_submitting_requires_and_no_more, setup, teardown),
        cmocka_unit_test_setup_teardown(test_catalogue_form__speaks_the_language_asked_for, setup, teardown),
        cmocka_unit_test_setup_teardown(test_catalogue_form__of_a_procedure_without_fields_is_an_empty_object, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_catalogue_fields__are_the_fields_of_a_set, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
