/* A draft as text: what is written is read back, and only what changed is sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "data_value.c"
#include "edit_text.c"
#include "keep.c"

static json_t *parsed(const char *text)
{
    json_t *json = json_loads(text, 0, NULL);
    assert_non_null(json);
    return keep_json(json);
}

static char *written(const json_t *members, const json_t *types, const json_t *notes, const json_t *fields)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    edit_write(out, members, types, notes, fields);
    fclose(out);
    char *kept = keep_text(text);
    free(text);
    return kept;
}

static json_t *read_back(const char *text, const json_t *types)
{
    size_t line = 0;
    json_t *members = edit_read(keep_text(text), types, &line);
    assert_int_equal(line, 0);
    return keep_json(members);
}

static int release(void **state)
{
    (void)state;
    keep_release();
    return 0;
}

static const char *const draft_text =
    "{\"title\": \"Mercat = setmanal\", \"service\": \"GOV-01\","
    " \"description\": \"# Motius\\n\\n---\\ntitle = no\\n\","
    " \"data\": {\"urgency\": \"low\", \"people\": 12, \"code\": \"12\", \"flag\": true,"
    " \"note\": \" a\\nb \", \"parts\": [1, {\"x\": null}], \"none\": \"\"}}";

static void test_draft__is_read_back_as_it_was_written(void **state)
{
    json_t *types = parsed("{\"people\": \"integer\", \"flag\": \"boolean\", \"code\": \"string\"}");
    json_t *base = keep_json(edit_members(parsed(draft_text)));
    (void)state;
    const char *text =
        written(base, types, parsed("[\"one note\", \"# = two\"]"), parsed("{\"date\": \"Data: date\"}"));
    assert_non_null(strstr(text, "# one note\n"));
    assert_non_null(strstr(text, "\n# data.date =    (Data: date)\n"));
    assert_non_null(strstr(text, "\ntitle = Mercat = setmanal\n"));
    assert_non_null(strstr(text, "\ndata.code = 12\n"));
    assert_non_null(strstr(text, "\ndata.people := 12\n"));
    assert_int_equal(json_object_size(keep_json(edit_patch(base, read_back(text, types)))), 0);
    /* Also where the form cannot be had. */
    assert_int_equal(json_object_size(keep_json(edit_patch(base, read_back(written(base, NULL, NULL, NULL), NULL)))),
                     0);
}

static void test_draft__a_text_that_would_be_read_otherwise_goes_as_json(void **state)
{
    json_t *types = parsed("{\"n\": \"integer\"}");
    json_t *base = parsed("{\"title\": \"t\", \"service\": \"s\", \"description\": \"\", \"data.n\": \"12\"}");
    (void)state;
    const char *text = written(base, types, NULL, NULL);
    assert_non_null(strstr(text, "data.n := \"12\"\n"));
    assert_true(json_equal(read_back(text, types), base));
}

static void test_draft__any_members_survive_the_round_trip(void **state)
{
    static const char *const pieces[] = {"a",  " ",  "\n", "=",   ":=",   "#", "---", "\"",
                                         "\\", "·à", "\t", "[1]", "true", "{", "\r"};
    unsigned seed = 20261122;
    (void)state;
    for (int round = 0; round < 3000; round++) {
        json_t *base = keep_json(json_object());
        static const char *const names[] = {"title", "service", "data.a", "data.b_c", "description"};
        for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
            char value[64] = "";
            size_t length = 0;
            for (unsigned k = 0; k < (seed >> 9) % 6; k++) {
                seed = seed * 1664525u + 1013904223u;
                const char *piece = pieces[(seed >> 16) % (sizeof pieces / sizeof *pieces)];
                length += (size_t)snprintf(value + length, sizeof value - length, "%s", piece);
            }
            seed = seed * 1664525u + 1013904223u;
            json_object_set_new(base, names[n], json_string(value));
        }
        json_t *again = read_back(written(base, NULL, NULL, NULL), NULL);
        assert_int_equal(json_object_size(keep_json(edit_patch(base, again))), 0);
    }
}

static void test_patch__holds_what_changed_and_null_for_what_is_gone(void **state)
{
    json_t *base = keep_json(edit_members(parsed(draft_text)));
    (void)state;
    json_t *mine = read_back(
        "title =  Nou \n\n# a comment\ndata.urgency = high\ndata.people := 12\ndata.new := [2]\n---\r\nText\r\n",
        parsed("{\"people\": \"integer\"}"));
    json_t *patch = keep_json(edit_patch(base, mine));
    assert_true(json_equal(
        patch, parsed("{\"title\": \"Nou\", \"description\": \"Text\", \"data\": {\"urgency\": \"high\", \"new\": [2],"
                      " \"code\": null, \"flag\": null, \"note\": null, \"parts\": null, \"none\": null}}")));
}

static void test_read__names_the_line_that_is_neither(void **state)
{
    static const struct {
        const char *text;
        size_t line;
    } cases[] = {
        {"title = a\nnonsense\n", 2},       {"titol = a\n", 1}, {"# x\n\ndata.a := {\n", 3}, {"data. = x\n", 1},
        {"title = a\ntitle = b\n---\n", 2}, {"= a\n", 1},       {"state = end\n", 1}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t line = 0;
        assert_null(edit_read(keep_text(cases[i].text), NULL, &line));
        assert_int_equal(line, cases[i].line);
    }
    assert_int_equal(json_object_size(read_back("# all gone\n\n", NULL)), 0);
}

static void test_merge__keeps_each_change_and_names_what_both_changed(void **state)
{
    json_t *base = parsed("{\"title\": \"t\", \"description\": \"d\\n\", \"data.a\": 1, \"data.b\": 1, \"data.c\": 1}");
    json_t *mine = parsed("{\"title\": \"mine\", \"description\": \"d\", \"data.a\": 2, \"data.b\": 1, \"data.d\": 4}");
    json_t *theirs =
        parsed("{\"title\": \"theirs\", \"description\": \"new\", \"data.a\": 2, \"data.b\": 3, \"data.c\": 1}");
    json_t *conflicts = keep_json(json_array());
    (void)state;
    json_t *merged = keep_json(edit_merge(base, mine, theirs, conflicts));
    assert_true(json_equal(
        merged,
        parsed("{\"title\": \"mine\", \"description\": \"new\", \"data.a\": 2, \"data.b\": 3, \"data.d\": 4}")));
    assert_true(json_equal(conflicts, parsed("[\"title\"]")));
    /* A line without which the text is no worse: title, service and description cannot be taken away. */
    assert_string_equal(
        json_string_value(json_object_get(keep_json(edit_merge(base, parsed("{}"), theirs, conflicts)), "title")),
        "theirs");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_draft__is_read_back_as_it_was_written, release),
        cmocka_unit_test_teardown(test_draft__a_text_that_would_be_read_otherwise_goes_as_json, release),
        cmocka_unit_test_teardown(test_draft__any_members_survive_the_round_trip, release),
        cmocka_unit_test_teardown(test_patch__holds_what_changed_and_null_for_what_is_gone, release),
        cmocka_unit_test_teardown(test_read__names_the_line_that_is_neither, release),
        cmocka_unit_test_teardown(test_merge__keeps_each_change_and_names_what_both_changed, release),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
