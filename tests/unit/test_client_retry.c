/* When liboam tries again, and what it tells of a refusal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "client_internal.h"

static void test_retry__only_what_cannot_happen_twice(void **state)
{
    static const struct {
        struct oami_attempt attempt;
        bool again;
    } cases[] = {
        {{.method = "GET", .status = 503}, true},
        {{.method = "GET", .status = 429}, true},
        {{.method = "GET", .status = 500}, false},
        {{.method = "GET", .sent = true}, true},
        {{.method = "DELETE", .status = 503}, true},
        {{.method = "POST", .status = 503, .sent = true}, false},
        {{.method = "POST", .sent = true}, false},
        {{.method = "POST", .sent = false}, true},
        {{.method = "POST", .keyed = true, .sent = true}, true},
        {{.method = "POST", .keyed = true, .status = 503}, true},
        {{.method = "POST", .safe = true, .status = 429}, true},
        {{.method = "POST", .keyed = true, .status = 409, .in_flight = true}, true},
        {{.method = "POST", .keyed = true, .status = 409}, false},
        {{.method = "POST", .keyed = true, .status = 412}, false},
        {{.method = "PATCH", .status = 503, .sent = true}, false},
        {{.method = "PATCH", .sent = true}, false},
        {{.method = "PATCH", .sent = false}, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(oami_should_retry(&cases[i].attempt), cases[i].again);
}

static void test_retry__pause_doubles_up_to_its_limit_with_half_of_it_at_random(void **state)
{
    (void)state;
    assert_int_equal(oami_delay_ms(0, 200, 10000, -1, 0), 100);
    assert_int_equal(oami_delay_ms(0, 200, 10000, -1, 100), 200);
    assert_int_equal(oami_delay_ms(3, 200, 10000, -1, 0), 800);
    assert_int_equal(oami_delay_ms(60, 200, 10000, -1, 0), 5000);
    for (uint32_t random = 0; random < 20000; random += 7) {
        long delay = oami_delay_ms(60, 200, 10000, -1, random);
        assert_in_range(delay, 5000, 10000);
    }
    assert_int_equal(oami_delay_ms(4, 0, 0, -1, 12345), 0);
}

static void test_retry__retry_after_is_a_lower_bound(void **state)
{
    (void)state;
    assert_int_equal(oami_delay_ms(0, 200, 10000, 3, 0), 3000);
    assert_int_equal(oami_delay_ms(0, 200, 10000, 0, 0), 100);
    assert_int_equal(oami_delay_ms(0, 200, 10000, 9999999, 0), 86400000);
}

static enum oam_result refuse(int status, const char *body, struct oam_error *ret_error)
{
    char copy[2048];
    struct oam_response response = {.status = status, .body = copy, .body_length = strlen(body)};
    memcpy(copy, body, strlen(body) + 1);
    return oami_error_from_answer(ret_error, &response, 7);
}

static void test_error__holds_the_whole_problem(void **state)
{
    struct oam_error err;
    (void)state;
    assert_int_equal(
        refuse(422,
               "{\"type\":\"/problems/"
               "invalid\",\"title\":\"T\",\"status\":422,\"detail\":\"D\",\"instance\":\"urn:uuid:1\","
               "\"code\":\"invalid\",\"trace_id\":\"abc\",\"errors\":[{\"pointer\":\"/title\",\"code\":\"required\","
               "\"detail\":\"falta\"},{\"parameter\":\"limit\",\"code\":\"out_of_range\",\"detail\":\"x\"}]}",
               &err),
        OAM_E_INVALID);
    assert_int_equal(err.http_status, 422);
    assert_int_equal(err.retry_after_s, 7);
    assert_string_equal(err.code, "invalid");
    assert_string_equal(err.trace_id, "abc");
    assert_int_equal(err.n_errors, 2);
    assert_string_equal(err.errors[0].pointer, "/title");
    assert_string_equal(err.errors[1].parameter, "limit");
}

static void test_error__takes_the_form_of_oauth_and_no_form_at_all(void **state)
{
    struct oam_error err;
    (void)state;
    assert_int_equal(refuse(401, "{\"error\":\"invalid_client\",\"error_description\":\"no\"}", &err), OAM_E_AUTH);
    assert_string_equal(err.code, "invalid_client");
    assert_string_equal(err.detail, "no");
    assert_int_equal(refuse(502, "<html>", &err), OAM_E_SERVER);
    assert_string_equal(err.code, "");
    assert_int_equal(refuse(404, "[]", &err), OAM_E_NOT_FOUND);
}

static void test_error__keeps_sixteen_violations_and_counts_the_rest(void **state)
{
    struct oam_error err;
    char body[2048] = "{\"errors\":[";
    (void)state;
    for (int i = 0; i < 20; i++) {
        size_t length = strlen(body);
        snprintf(body + length, sizeof body - length, "%s{\"code\":\"c%d\",\"detail\":\"d\"}", i ? "," : "", i);
    }
    size_t length = strlen(body);
    snprintf(body + length, sizeof body - length, "]}");
    refuse(422, body, &err);
    assert_int_equal(err.n_reported, 20);
    assert_int_equal(err.n_errors, OAM_ERRORS_MAX);
}

static void test_error__a_long_text_is_cut_between_characters(void **state)
{
    char place[5];
    (void)state;
    oami_copy(place, sizeof place, "abc\xC3\xA9");
    assert_string_equal(place, "abc");
    oami_copy(place, sizeof place, "ab\xC3\xA9");
    assert_string_equal(place, "ab\xC3\xA9");
    oami_copy(place, sizeof place, NULL);
    assert_string_equal(place, "");
}

static void test_error__every_result_has_a_name(void **state)
{
    (void)state;
    for (int i = OAM_OK; i <= OAM_E_PROTOCOL; i++)
        assert_string_not_equal(oam_result_name((enum oam_result)i), "unknown");
    assert_string_equal(oam_result_name((enum oam_result)99), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_retry__only_what_cannot_happen_twice),
        cmocka_unit_test(test_retry__pause_doubles_up_to_its_limit_with_half_of_it_at_random),
        cmocka_unit_test(test_retry__retry_after_is_a_lower_bound),
        cmocka_unit_test(test_error__holds_the_whole_problem),
        cmocka_unit_test(test_error__takes_the_form_of_oauth_and_no_form_at_all),
        cmocka_unit_test(test_error__keeps_sixteen_violations_and_counts_the_rest),
        cmocka_unit_test(test_error__a_long_text_is_cut_between_characters),
        cmocka_unit_test(test_error__every_result_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
