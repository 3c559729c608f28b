/* Paths and URLs of liboam. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "client_internal.h"

static void test_path__encodes_what_a_segment_cannot_hold(void **state)
{
    (void)state;
    char *path = oam_path_new("/api/v1/requests/{}/status", "a/b c?ü%", (char *)NULL);
    assert_string_equal(path, "/api/v1/requests/a%2Fb%20c%3F%C3%BC%25/status");
    oam_string_free(path);
}

static void test_path__refuses_segments_that_name_another_resource(void **state)
{
    static const char *const bad[] = {"", ".", ".."};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_null(oam_path_new("/requests/{}", bad[i], (char *)NULL));
    assert_null(oam_path_new("/requests/{}/{}", "x", (char *)NULL));
}

static void test_path__query_is_added_encoded_and_null_adds_nothing(void **state)
{
    (void)state;
    char *path = oam_path_new("/list", (char *)NULL);
    path = oam_path_query(path, "q", "mercat & fira");
    path = oam_path_query(path, "state", NULL);
    path = oam_path_query(path, "updated_at.gte", "2026-11-22T08:00:00+01:00");
    assert_string_equal(path, "/list?q=mercat%20%26%20fira&updated_at.gte=2026-11-22T08%3A00%3A00%2B01%3A00");
    oam_string_free(path);
    assert_null(oam_path_query(NULL, "q", "x"));
}

static void test_url__is_a_scheme_and_a_host_and_nothing_more(void **state)
{
    static const char *const good[] = {"http://127.0.0.1:8080", "https://oam.example.cat", "http://[::1]:80/"};
    static const char *const bad[] = {"",          "ftp://x",          "http://",    "http:///x",
                                      "x.cat",     "https://x/path",   "http://x?y", "http://user@x",
                                      "http://:1", "http://x\r\nA: b", "http://x y"};
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(oami_url_is_base(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(oami_url_is_base(bad[i]));
    assert_false(oami_url_is_base(NULL));
}

static void test_url__a_path_with_what_could_split_a_request_is_refused(void **state)
{
    static const char *const bad[] = {"", "api", "/a b", "/a\nb", "/a#b", "/a\\b", "/\xC3\xA9"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(oami_path_is_plain(bad[i]));
    assert_true(oami_path_is_plain("/api/v1/requests:batch?x=%20"));
}

static void test_header__value_with_a_line_break_is_refused(void **state)
{
    struct curl_slist *headers = NULL;
    (void)state;
    assert_false(oami_header_add(&headers, "If-Match", "\"v1\"\r\nX: y"));
    assert_true(oami_header_add(&headers, "If-Match", NULL));
    assert_null(headers);
}

static void test_header__is_kept_whatever_its_case_and_blanks(void **state)
{
    static const char etag[] = "eTaG:  \"v3-ca\" \r\n", replayed[] = "Idempotency-Replayed: true\r\n";
    struct oam_response response = {0};
    (void)state;
    oami_header_take(&response, etag, sizeof etag - 1);
    oami_header_take(&response, replayed, sizeof replayed - 1);
    oami_header_take(&response, "HTTP/1.1 200 OK", 15);
    assert_string_equal(response.etag, "\"v3-ca\"");
    assert_true(response.replayed);
    oami_free(response.etag);
}

static void test_uuid__is_of_version_four_and_new_each_time(void **state)
{
    char one[37], other[37];
    (void)state;
    oam_uuid(one);
    oam_uuid(other);
    assert_int_equal(strlen(one), 36);
    assert_int_equal(one[14], '4');
    assert_non_null(strchr("89ab", one[19]));
    assert_string_not_equal(one, other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_path__encodes_what_a_segment_cannot_hold),
        cmocka_unit_test(test_path__refuses_segments_that_name_another_resource),
        cmocka_unit_test(test_path__query_is_added_encoded_and_null_adds_nothing),
        cmocka_unit_test(test_url__is_a_scheme_and_a_host_and_nothing_more),
        cmocka_unit_test(test_url__a_path_with_what_could_split_a_request_is_refused),
        cmocka_unit_test(test_header__value_with_a_line_break_is_refused),
        cmocka_unit_test(test_header__is_kept_whatever_its_case_and_blanks),
        cmocka_unit_test(test_uuid__is_of_version_four_and_new_each_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
