/*
 * Wherever in a definition of the product something stands that is of no sense there, the definition is refused, and
 * the fault says where: a value of another type, or a member that the format does not have. Faults come in the order of
 * the document.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workflow/definition.h"

enum { EVERY = 11, POINTER_SIZE = 512 };

static const char *const procedures[] = {"general_enquiry", "technical_assistance", "economic_grant", "equipment_loan",
                                         "incident"};

static unsigned places_seen;

static json_t *document_of(const char *key)
{
    const char *source = getenv("OAM_SOURCE");
    char path[512];
    json_t *document;

    snprintf(path, sizeof path, "%s/workflow/definitions/%s.json", source ? source : ".", key);
    document = json_load_file(path, 0, NULL);
    assert_non_null(document);
    return document;
}

/* The text from a line and column on, both from 1. */
static const char *text_at(const char *text, unsigned line, unsigned column)
{
    for (; line > 1; line--) {
        text = strchr(text, '\n');
        assert_non_null(text);
        text++;
    }
    return text + column - 1;
}

/* Refused, in order, and with a fault that points here: a member is at its name, an item at its start. */
static void assert_refused_at(json_t *document, const char *pointer, const char *name, const char *value)
{
    char stands[POINTER_SIZE];
    static struct workflow_fault faults[WORKFLOW_FAULTS_MAX];
    char *text = json_dumps(document, JSON_INDENT(1));
    struct workflow *wf;
    bool told = false;
    size_t n = 0;

    assert_non_null(text);
    snprintf(stands, sizeof stands, name ? "\"%s\":" : "%s", name ? name : value);
    wf = workflow_parse(text, strlen(text), faults, WORKFLOW_FAULTS_MAX, &n);
    if (wf)
        fail_msg("%s: %s is accepted", pointer, value);
    assert_true(n > 0);
    for (size_t i = 0; i < n && i < WORKFLOW_FAULTS_MAX; i++) {
        const struct workflow_fault *fault = &faults[i], *before = i ? &faults[i - 1] : fault;
        assert_true(before->line < fault->line || (before->line == fault->line && before->column <= fault->column));
        if (strcmp(fault->pointer, pointer) != 0)
            continue;
        told = true;
        if (strncmp(text_at(text, fault->line, fault->column), stands, strlen(stands)) != 0)
            fail_msg("%s: %u:%u is not where %s stands", pointer, fault->line, fault->column, stands);
    }
    if (!told)
        fail_msg("%s: %s is refused at %s: %s", pointer, value, faults[0].pointer, faults[0].message);
    free(text);
    places_seen++;
}

/* Values of another type than the one that stands there. */
static void assert_refuses_other_types(json_t *document, const char *pointer, json_t *value, json_t *holder,
                                       const char *name, size_t index)
{
    static const char *const others[] = {"null", "7", "true", "\"?\"", "-1.5"};

    json_incref(value);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        json_t *other = json_loads(others[i], JSON_DECODE_ANY, NULL);
        if (json_typeof(other) == json_typeof(value) || (json_is_boolean(other) && json_is_boolean(value))) {
            json_decref(other);
            continue;
        }
        assert_int_equal(name ? json_object_set_new(holder, name, other) : json_array_set_new(holder, index, other), 0);
        assert_refused_at(document, pointer, name, others[i]);
    }
    assert_int_equal(name ? json_object_set_new(holder, name, value) : json_array_set_new(holder, index, value), 0);
}

static void assert_refuses_more(json_t *document, const char *pointer, json_t *object)
{
    char more[POINTER_SIZE];

    snprintf(more, sizeof more, "%s/zzz", pointer);
    assert_int_equal(json_object_set_new(object, "zzz", json_integer(7)), 0);
    assert_refused_at(document, more, "zzz", "7");
    assert_int_equal(json_object_del(object, "zzz"), 0);
}

static void walk(json_t *document, const char *pointer, json_t *value, unsigned *step)
{
    char inner[POINTER_SIZE];
    const char *name;
    size_t index;
    json_t *item;

    if (json_is_object(value) && (*step)++ % EVERY == 0)
        assert_refuses_more(document, pointer, value);
    /* What is set anew keeps its place, so that the walk may go on. */
    json_object_foreach(value, name, item)
    {
        snprintf(inner, sizeof inner, "%s/%s", pointer, name);
        if ((*step)++ % EVERY == 0)
            assert_refuses_other_types(document, inner, item, value, name, 0);
        walk(document, inner, json_object_get(value, name), step);
    }
    json_array_foreach(value, index, item)
    {
        snprintf(inner, sizeof inner, "%s/%zu", pointer, index);
        if ((*step)++ % EVERY == 0)
            assert_refuses_other_types(document, inner, item, value, NULL, index);
        walk(document, inner, json_array_get(value, index), step);
    }
}

static void test_parser__refuses_what_is_of_no_sense_wherever_it_stands(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof procedures / sizeof procedures[0]; i++) {
        json_t *document = document_of(procedures[i]);
        unsigned step = (unsigned)i; /* each begins elsewhere */
        walk(document, "", document, &step);
        json_decref(document);
    }
    assert_true(places_seen > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parser__refuses_what_is_of_no_sense_wherever_it_stands),
    };
    return cmocka_run_group_tests_name("workflow_refusals", tests, NULL, NULL);
}
