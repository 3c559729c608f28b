#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/xml_out.h"

#define DECLARATION "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"

static struct arena *arena;

static const char *member(const char *text)
{
    struct xml_out out = xml_out_new(arena, 1);
    xml_out_member(&out, "a", text);
    size_t length;
    const char *document = xml_out_finish(&out, &length);
    assert_int_equal(length, strlen(document));
    assert_memory_equal(document, DECLARATION, strlen(DECLARATION));
    return document + strlen(DECLARATION);
}

static void test_a_document(void **state)
{
    (void)state;
    struct xml_out out = xml_out_new(arena, 1);
    xml_out_begin(&out, "services");
    xml_out_begin(&out, "service");
    xml_out_member(&out, "service_code", "OAM-GEN");
    xml_out_member(&out, "group", NULL);
    xml_out_end(&out, "service");
    xml_out_end(&out, "services");
    assert_string_equal(xml_out_finish(&out, NULL), DECLARATION
                        "<services><service><service_code>OAM-GEN</service_code><group/></service></services>\n");
}

static void test_text_is_escaped(void **state)
{
    (void)state;
    static const struct {
        const char *text, *written;
    } cases[] = {
        {NULL, "<a/>\n"},
        {"", "<a/>\n"},
        {"a < b & c > d \"e\" 'f'", "<a>a &lt; b &amp; c &gt; d \"e\" 'f'</a>\n"},
        {"]]>", "<a>]]&gt;</a>\n"},
        {"&amp;", "<a>&amp;amp;</a>\n"},
        {"one\n\ttwo\r\n", "<a>one\n\ttwo&#13;\n</a>\n"},
        {"l'any ç 🚲", "<a>l'any ç 🚲</a>\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(member(cases[i].text), cases[i].written);
}

static void test_what_xml_cannot_hold_is_replaced(void **state)
{
    (void)state;
    assert_string_equal(member("a\x01\x1f"
                               "b"),
                        "<a>a\xEF\xBF\xBD\xEF\xBF\xBD"
                        "b</a>\n");
    assert_string_equal(member("a\xEF\xBF\xBE\xEF\xBF\xBF"
                               "b"),
                        "<a>a\xEF\xBF\xBD\xEF\xBF\xBD"
                        "b</a>\n");
    assert_string_equal(member("a\xff\xc3"
                               "b"),
                        "<a>a\xEF\xBF\xBD\xEF\xBF\xBD"
                        "b</a>\n");
    assert_string_equal(member("\xEF\xBF\xBD"), "<a>\xEF\xBF\xBD</a>\n");
}

static int setup(void **state)
{
    (void)state;
    arena = arena_new(256);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_document, setup, teardown),
        cmocka_unit_test_setup_teardown(test_text_is_escaped, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_xml_cannot_hold_is_replaced, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
