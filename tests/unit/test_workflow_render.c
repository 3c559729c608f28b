/*
 * Drawings go into the caller's memory, and no further, and are what drawings/ keeps of a definition with everything in
 * it. Whether what is kept means what it says is judged by those who read such drawings: tests/workflow/test_render.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "workflow/definition.h"
#include "workflow/render.h"

static const char document[] =
    "{\"format\":\"oam-wf/1\",\"key\":\"probe\",\"version\":1,\"title\":{\"ca\":\"A & <B>\",\"en\":\"A & "
    "<B>\"},\"data\":{},"
    "\"roles\":{\"town\":{\"label\":{\"ca\":\"Ens\",\"en\":\"Town\"},\"from\":\"applicant_entity\"}},\"calendars\":{"
    "\"legal\":{\"union\":[\"seat\"]}},\"initial\":\"a\","
    "\"states\":{"
    "\"a\":{\"label\":{\"ca\":\"L'\\\"estat\\\" <a>\",\"en\":\"The \\\"state\\\" <a>\"},\"phase\":\"study\","
    "\"on\":{\"go\":[{\"label\":{\"ca\":\"Va & ve\",\"en\":\"To & fro\"},\"role\":\"town\",\"to\":\"z\"}]},"
    "\"after\":[{\"id\":\"late\",\"label\":{\"ca\":\"S'ha acabat\",\"en\":\"It is over\"},\"in\":{\"days\":9},"
    "\"calendar\":\"legal\",\"to\":\"z\"},{\"id\":\"slow\",\"in\":{\"days\":5},\"calendar\":\"legal\",\"to\":\"z\"}]},"
    "\"z\":{\"label\":{\"ca\":\"Fi\",\"en\":\"End\"},\"phase\":\"end\",\"type\":\"final\",\"outcome\":\"completed\"}}}";

static struct workflow *workflow;

static int set_up(void **state)
{
    struct workflow_fault fault;
    size_t n_faults;
    (void)state;
    workflow = workflow_parse(document, strlen(document), &fault, 1, &n_faults);
    return workflow ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    workflow_free(workflow);
    return 0;
}

static void test_render__writes_what_fits_and_tells_what_would(void **state)
{
    (void)state;
    for (unsigned format = 0; format < WORKFLOW_FORMATS; format++) {
        size_t whole = workflow_render(workflow, (enum workflow_format)format, WORKFLOW_EN, NULL, NULL, 0);
        assert_true(whole > 20);
        char *text = malloc(whole + 1);
        assert_non_null(text);
        assert_int_equal(workflow_render(workflow, (enum workflow_format)format, WORKFLOW_EN, NULL, text, whole + 1),
                         whole);
        assert_int_equal(strlen(text), whole);
        for (size_t size = 1; size <= whole; size += 1 + whole / 50) {
            char *part = malloc(size); /* of its own, so that a byte beyond it is noticed */
            assert_non_null(part);
            assert_int_equal(workflow_render(workflow, (enum workflow_format)format, WORKFLOW_EN, NULL, part, size),
                             whole);
            assert_memory_equal(part, text, size - 1);
            assert_int_equal(part[size - 1], '\0');
            free(part);
        }
        free(text);
    }
}

static void test_render__never_lets_a_label_become_markup(void **state)
{
    (void)state;
    static const enum workflow_format xml[] = {WORKFLOW_FORMAT_SVG, WORKFLOW_FORMAT_SCXML, WORKFLOW_FORMAT_BPMN};
    char text[8192];
    for (size_t i = 0; i < sizeof xml / sizeof *xml; i++) {
        (void)workflow_render(workflow, xml[i], WORKFLOW_EN, NULL, text, sizeof text);
        assert_null(strstr(text, "<a>"));
        assert_null(strstr(text, "<B>"));
        assert_non_null(strstr(text, "&lt;a&gt;"));
    }
    (void)workflow_render(workflow, WORKFLOW_FORMAT_DOT, WORKFLOW_EN, NULL, text, sizeof text);
    assert_non_null(strstr(text, "The 'state' <a>"));
}

static void test_render__calls_a_timer_by_its_label_or_by_its_key(void **state)
{
    static const enum workflow_format formats[] = {WORKFLOW_FORMAT_OUTLINE, WORKFLOW_FORMAT_MERMAID,
                                                   WORKFLOW_FORMAT_DOT};
    char text[8192];
    (void)state;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        assert_in_range(workflow_render(workflow, formats[i], WORKFLOW_EN, NULL, text, sizeof text), 1,
                        sizeof text - 1);
        assert_non_null(strstr(text, "It is over"));
        assert_null(strstr(text, "late"));
        assert_non_null(strstr(text, "time limit slow"));
    }
}

/* ---- a definition with everything that is drawn ---- */

enum { DRAWING_BYTES = 65536, REQUESTS = 3 };

static size_t drawing_read(const char *name, char *ret)
{
    const char *source = getenv("OAM_SOURCE");
    char path[512];

    snprintf(path, sizeof path, "%s/tests/unit/drawings/%s", source ? source : ".", name);
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("%s cannot be read", path);
    size_t length = fread(ret, 1, DRAWING_BYTES - 1, file);
    (void)fclose(file);
    ret[length] = '\0';
    return length;
}

static void assert_drawn(const struct workflow *wf, enum workflow_format format, enum workflow_language language,
                         const char *name)
{
    static char wanted[DRAWING_BYTES], drawn[DRAWING_BYTES];
    uint32_t counts[WORKFLOW_STATES_MAX];
    const struct workflow_overlay overlay = {.counts = counts};
    unsigned line = 1;
    size_t at = 0;

    for (size_t i = 0; i < WORKFLOW_STATES_MAX; i++)
        counts[i] = REQUESTS;
    (void)drawing_read(name, wanted);
    (void)workflow_render(wf, format, language, &overlay, drawn, sizeof drawn);
    for (; wanted[at] && wanted[at] == drawn[at]; at++)
        line += wanted[at] == '\n';
    if (wanted[at] != drawn[at])
        fail_msg("%s:%u is drawn otherwise from \"%.40s\" on; if it is meant to be, driver_render draws it anew", name,
                 line, drawn + at);
}

static void test_render__draws_everything_as_it_is_kept(void **state)
{
    static const struct {
        enum workflow_format format;
        enum workflow_language language;
        const char *name;
    } drawings[] = {
        {WORKFLOW_FORMAT_OUTLINE, WORKFLOW_CA, "whole.ca.outline"},
        {WORKFLOW_FORMAT_OUTLINE, WORKFLOW_ES, "whole.es.outline"},
        {WORKFLOW_FORMAT_OUTLINE, WORKFLOW_EN, "whole.en.outline"},
        {WORKFLOW_FORMAT_MERMAID, WORKFLOW_EN, "whole.en.mermaid"},
        {WORKFLOW_FORMAT_DOT, WORKFLOW_EN, "whole.en.dot"},
        {WORKFLOW_FORMAT_SVG, WORKFLOW_EN, "whole.en.svg"},
        {WORKFLOW_FORMAT_SCXML, WORKFLOW_EN, "whole.en.scxml"},
        {WORKFLOW_FORMAT_BPMN, WORKFLOW_EN, "whole.en.bpmn"},
    };
    static char text[DRAWING_BYTES];
    size_t length = drawing_read("whole.json", text);
    struct workflow *wf = workflow_parse(text, length, NULL, 0, NULL);

    (void)state;
    assert_non_null(wf);
    for (size_t i = 0; i < sizeof drawings / sizeof *drawings; i++)
        assert_drawn(wf, drawings[i].format, drawings[i].language, drawings[i].name);
    workflow_free(wf);
}

static void test_format__is_found_by_its_word(void **state)
{
    (void)state;
    for (unsigned i = 0; i < WORKFLOW_FORMATS; i++) {
        enum workflow_format format = (enum workflow_format)WORKFLOW_FORMATS;
        assert_true(workflow_format_find(workflow_format_key((enum workflow_format)i), &format));
        assert_int_equal(format, i);
    }
    enum workflow_format untouched = WORKFLOW_FORMAT_BPMN;
    assert_false(workflow_format_find("pdf", &untouched));
    assert_int_equal(untouched, WORKFLOW_FORMAT_BPMN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_render__writes_what_fits_and_tells_what_would),
        cmocka_unit_test(test_render__never_lets_a_label_become_markup),
        cmocka_unit_test(test_render__calls_a_timer_by_its_label_or_by_its_key),
        cmocka_unit_test(test_render__draws_everything_as_it_is_kept),
        cmocka_unit_test(test_format__is_found_by_its_word),
    };
    return cmocka_run_group_tests_name("render", tests, set_up, tear_down);
}
