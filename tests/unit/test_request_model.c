/* What a client may write of a request: every violation at once, each where it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/json_in.h"
#include "model/request.h"

struct reading {
    struct arena *arena;
    struct error err;
};

static int begin(void **state)
{
    static struct reading reading;
    reading.arena = arena_new(16 * 1024);
    reading.err = (struct error){.language = TEXT_CA, .arena = reading.arena};
    *state = &reading;
    return 0;
}

static int end(void **state)
{
    arena_free(((struct reading *)*state)->arena);
    return 0;
}

static const json_t *parse(struct reading *reading, const char *text)
{
    const json_t *json = json_in_parse(text, strlen(text), &reading->err);
    assert_non_null(json);
    return json;
}

static void assert_violates(const struct error *err, const char *pointer, const char *code)
{
    for (size_t i = 0; i < err->n_violations; i++)
        if (err->violations[i].pointer && strcmp(err->violations[i].pointer, pointer) == 0 &&
            strcmp(err->violations[i].code, code) == 0)
            return;
    fail_msg("no %s at %s", code, pointer);
}

static void test_draft__reads_what_is_there(void **state)
{
    struct reading *reading = *state;
    struct request_draft draft = request_draft_from_json(
        parse(reading,
              "{\"service\":\"GOV-01\",\"body\":\"0800180001\",\"title\":\"Títol\",\"data\":{},\"submit\":true,"
              "\"channel\":\"phone\",\"external_ref\":\"x\"}"),
        "", false, &reading->err);
    assert_false(error_is_set(&reading->err));
    assert_string_equal(draft.service, "GOV-01");
    assert_string_equal(draft.title, "Títol");
    assert_string_equal(draft.channel, "phone");
    assert_true(draft.submit);
    assert_null(draft.description);
    assert_false(draft.is_import);
}

static void test_draft__tells_all_violations_at_once(void **state)
{
    struct reading *reading = *state;
    request_draft_from_json(parse(reading, "{\"body\":\"08\",\"title\":\"ab\",\"submit\":\"yes\",\"channel\":\"fax\","
                                           "\"data\":[],\"state\":\"closed\"}"),
                            "", false, &reading->err);
    assert_int_equal(reading->err.kind, ERROR_INVALID);
    assert_violates(&reading->err, "/service", "required");
    assert_violates(&reading->err, "/body", "too_short");
    assert_violates(&reading->err, "/title", "too_short");
    assert_violates(&reading->err, "/submit", "wrong_type");
    assert_violates(&reading->err, "/channel", "not_an_option");
    assert_violates(&reading->err, "/data", "wrong_type");
    assert_violates(&reading->err, "/state", "unknown_member");
    assert_int_equal(reading->err.n_violations, 7);
}

static void test_draft__wants_a_title_that_can_be_read(void **state)
{
    struct reading *reading = *state;
    static const struct {
        const char *title, *code;
    } cases[] = {
        {"     ", "required"},
        {"\\u200b\\u200b\\u00a0 ", "required"},
        {"Informe \\u202egnirts", "control_character"},
        {"Informe \\u2066x", "control_character"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        reading->err = (struct error){.language = TEXT_CA, .arena = reading->arena};
        char body[200];
        snprintf(body, sizeof body, "{\"service\":\"GOV-01\",\"body\":\"0800180001\",\"title\":\"%s\"}",
                 cases[i].title);
        request_draft_from_json(parse(reading, body), "", false, &reading->err);
        assert_violates(&reading->err, "/title", cases[i].code);
    }
}

static void test_draft__takes_an_import_only_where_it_is_allowed(void **state)
{
    struct reading *reading = *state;
    const char *text =
        "{\"service\":\"MA-08\",\"body\":\"0800180001\",\"title\":\"Mobles\",\"import\":{"
        "\"external_ref\":\"r1\",\"state\":\"closed\",\"submitted_at\":\"2018-01-02T10:00:00Z\","
        "\"closed_at\":\"2018-01-03T10:00:00Z\",\"channel\":\"email\",\"supports\":4,\"synthetic\":true}}";
    struct request_draft draft = request_draft_from_json(parse(reading, text), "/items/3", true, &reading->err);
    assert_false(error_is_set(&reading->err));
    assert_true(draft.is_import && draft.import.synthetic);
    assert_string_equal(draft.external_ref, "r1");
    assert_string_equal(draft.channel, "email");
    assert_int_equal(draft.import.supports, 4);
    request_draft_from_json(parse(reading, text), "", false, &reading->err);
    assert_violates(&reading->err, "/import", "unknown_member");
}

static void test_draft__refuses_a_life_that_ends_before_it_begins(void **state)
{
    struct reading *reading = *state;
    request_draft_from_json(parse(reading,
                                  "{\"service\":\"MA-08\",\"body\":\"0800180001\",\"title\":\"Mobles\",\"import\":{"
                                  "\"external_ref\":\"r1\",\"state\":\"closed\","
                                  "\"submitted_at\":\"2018-01-02T10:00:00Z\",\"closed_at\":\"2018-01-01T10:00:00Z\"}}"),
                            "/items/3", true, &reading->err);
    assert_violates(&reading->err, "/items/3/import/closed_at", "closed_before_submitted");
}

static void test_patch__needs_a_member(void **state)
{
    struct reading *reading = *state;
    request_patch_from_json(parse(reading, "{}"), &reading->err);
    assert_violates(&reading->err, "", "too_short");
}

static void test_patch__knows_what_may_change(void **state)
{
    struct reading *reading = *state;
    request_patch_from_json(parse(reading, "{\"body\":\"0800180001\",\"title\":null}"), &reading->err);
    assert_violates(&reading->err, "/body", "unknown_member");
    assert_violates(&reading->err, "/title", "required");
}

static void test_patch__null_empties_a_description(void **state)
{
    struct reading *reading = *state;
    struct request_patch patch = request_patch_from_json(parse(reading, "{\"description\":null}"), &reading->err);
    assert_false(error_is_set(&reading->err));
    assert_string_equal(patch.description, "");
    assert_null(patch.title);
}

static void test_ref__is_four_digits_and_six_to_nine(void **state)
{
    (void)state;
    assert_true(request_ref_is_valid("OAM-2026-000001"));
    assert_true(request_ref_is_valid("OAM-2026-123456789"));
    static const char *const bad[] = {"",
                                      "OAM-2026-00001",
                                      "OAM-2026-1234567890",
                                      "oam-2026-000001",
                                      "OAM-226-000001",
                                      "OAM-2026-00000x",
                                      "OAM-2026-000001 ",
                                      "OAM-2026000001"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(request_ref_is_valid(bad[i]));
}

static void test_status_query__names_each_bad_ref(void **state)
{
    struct reading *reading = *state;
    size_t count;
    assert_null(
        status_query_from_json(parse(reading, "{\"refs\":[\"OAM-2026-000001\",5,\"x\"]}"), &count, &reading->err));
    assert_violates(&reading->err, "/refs/1", "bad_format");
    assert_violates(&reading->err, "/refs/2", "bad_format");
}

static void test_comment__is_text_without_control_characters(void **state)
{
    struct reading *reading = *state;
    assert_string_equal(comment_text_from_json(parse(reading, "{\"text\":\"a\\nb\"}"), &reading->err), "a\nb");
    assert_null(comment_text_from_json(parse(reading, "{\"text\":\"a\\u0007b\"}"), &reading->err));
    assert_violates(&reading->err, "/text", "control_character");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_draft__reads_what_is_there, begin, end),
        cmocka_unit_test_setup_teardown(test_draft__tells_all_violations_at_once, begin, end),
        cmocka_unit_test_setup_teardown(test_draft__wants_a_title_that_can_be_read, begin, end),
        cmocka_unit_test_setup_teardown(test_draft__takes_an_import_only_where_it_is_allowed, begin, end),
        cmocka_unit_test_setup_teardown(test_draft__refuses_a_life_that_ends_before_it_begins, begin, end),
        cmocka_unit_test_setup_teardown(test_patch__null_empties_a_description, begin, end),
        cmocka_unit_test_setup_teardown(test_ref__is_four_digits_and_six_to_nine, begin, end),
        cmocka_unit_test_setup_teardown(test_status_query__names_each_bad_ref, begin, end),
        cmocka_unit_test_setup_teardown(test_comment__is_text_without_control_characters, begin, end),
        cmocka_unit_test_setup_teardown(test_patch__needs_a_member, begin, end),
        cmocka_unit_test_setup_teardown(test_patch__knows_what_may_change, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
