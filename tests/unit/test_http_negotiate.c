#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "http/negotiate.h"

static struct arena *arena;

static void test_accept(void **state)
{
    (void)state;
    static const char *const yes[] = {"",
                                      "*/*",
                                      "application/json",
                                      "Application/JSON ; charset=utf-8",
                                      "application/*;q=0.1",
                                      "text/html, */*;q=0.01",
                                      "application/problem+json",
                                      "application/schema+json",
                                      "text/html;q=0, application/json",
                                      "application/json;q=0.0001"};
    static const char *const no[] = {"text/html",
                                     "application/xml, text/*",
                                     "application/schema+json;q=0",
                                     "application/json;q=0",
                                     "application/json;q=0, */*",
                                     "application/json; q=0.000, application/*",
                                     "*/*;q=0"};
    assert_true(accepts_json(NULL));
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
        assert_true(accepts_json(yes[i]));
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        assert_false(accepts_json(no[i]));
}

static void test_accept__weighs_a_type_by_the_range_that_names_it_most_closely(void **state)
{
    static const struct {
        const char *accept;
        int json, html;
    } cases[] = {
        {NULL, 1000, 1000},
        {"", 1000, 1000},
        {" , ", 1000, 1000},
        {"*/*;q=0.8", 800, 800},
        {"text/*;q=0.2, application/json;q=0.3", 300, 200},
        {"application/json;q=0.5, text/html", 500, 1000},
        {"*/*;q=0.1, application/*;q=0.2, application/json;q=0", 0, 100},
        {"TEXT/HTML ; Q=0.125", 0, 125},
        {"text/html;level=1;q=0.4", 0, 400},
        {"text/html;q=1.000, application/json;q=high", 1000, 1000},
        {"text/html;q=0.0001, application/json;q=0.", 0, 1},
        {"text, */json, *", 0, 0},
        {"application/jsonp, text/htm", 0, 0},
        /* RFC 9110's own example gives text/html 0.3 */
        {"text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, */*;q=0.5", 500, 300},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(accept_quality(cases[i].accept, "application/json"), cases[i].json);
        assert_int_equal(accept_quality(cases[i].accept, "text/html"), cases[i].html);
    }
}

static void test_media_types(void **state)
{
    (void)state;
    assert_true(media_type_is("application/json", "application/json"));
    assert_true(media_type_is("APPLICATION/json; charset=UTF-8", "application/json"));
    assert_true(media_type_is("application/json;charset=\"utf-8\"", "application/json"));
    assert_true(media_type_is("application/json; profile=x", "application/json"));
    assert_false(media_type_is("application/json; charset=latin1", "application/json"));
    assert_false(media_type_is("application/jsonp", "application/json"));
    assert_false(media_type_is("application/json charset", "application/json"));
    assert_false(media_type_is("text/plain", "application/json"));
}

static void test_idempotency_keys(void **state)
{
    (void)state;
    char long_key[300];
    memset(long_key, 'k', sizeof long_key);
    long_key[255] = '\0';
    assert_string_equal(idempotency_key_parse(arena, "abc-1"), "abc-1");
    assert_string_equal(idempotency_key_parse(arena, "\"abc-1\""), "abc-1");
    assert_string_equal(idempotency_key_parse(arena, "\"a\\\"b\\\\\""), "a\"b\\");
    assert_non_null(idempotency_key_parse(arena, long_key));
    long_key[255] = 'k';
    long_key[256] = '\0';
    static const char *const bad[] = {"", "\"\"", "\"a\\b\"", "\"a\"b\"", "a\xc3\xa0", "a\x01", "\"a\\\""};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_null(idempotency_key_parse(arena, bad[i]));
    assert_null(idempotency_key_parse(arena, long_key));
}

static void test_if_match(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        enum if_match outcome;
        int64_t version;
    } cases[] = {
        {"\"v3-ca\"", IF_MATCH_VERSION, 3},
        {"\"v12\"", IF_MATCH_VERSION, 12},
        {"\"abc\"", IF_MATCH_VERSION, 0},
        {"\"v3x\"", IF_MATCH_VERSION, 0},
        {"\"v\"", IF_MATCH_VERSION, 0},
        {"\"v99999999999999999999\"", IF_MATCH_VERSION, 0},
        {"*", IF_MATCH_ANY, 0},
        {"v3-ca", IF_MATCH_MALFORMED, 0},
        {"W/\"v3-ca\"", IF_MATCH_MALFORMED, 0},
        {"\"v3\", \"v4\"", IF_MATCH_MALFORMED, 0},
        {"\"v3", IF_MATCH_MALFORMED, 0},
        {"", IF_MATCH_MALFORMED, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t version = -1;
        assert_int_equal(if_match_parse(cases[i].value, &version), cases[i].outcome);
        assert_int_equal(version, cases[i].version);
    }
}

static void test_if_none_match(void **state)
{
    (void)state;
    assert_true(if_none_match_holds("\"v3-ca\"", "\"v3-ca\""));
    assert_true(if_none_match_holds("\"x\", W/\"v3-ca\"", "\"v3-ca\""));
    assert_true(if_none_match_holds(" *", "\"v3-ca\""));
    assert_true(if_none_match_holds(" ,, \"x\",\t, W/\"v3-ca\" ,", "\"v3-ca\""));
    assert_false(if_none_match_holds("\"v3-es\"", "\"v3-ca\""));
    assert_false(if_none_match_holds("v3-ca", "\"v3-ca\""));
    assert_false(if_none_match_holds("", "\"v3-ca\""));
}

static void test_prefer(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        int wait_s;
        bool minimal;
    } cases[] = {
        {"wait=20", 20, false},
        {"wait=99", 30, false},
        {"return=minimal, wait=5", 5, true},
        {"Wait=1", 1, false},
        {"wait=-1", 0, false},
        {"wait=1x", 0, false},
        {"wait=", 0, false},
        {"return=representation", 0, false},
        {"handling=strict", 0, false},
        {"wait=9999", 30, false},
        {"wait=99999999999999999999", 30, false},
        {"wait=1, wait=20, return=representation, return=minimal", 1, false},
        {"wait=x, wait=7", 7, false},
        {"wait = \"7\" ; foo=\"a,wait=9\";bar, return\t=\t\"minimal\"", 7, true},
        {"wait=7;foo", 7, false},
        {"wait=\"7", 0, false},
        {"foo=\"wait=7\", waits=7, await=7", 0, false},
        {"return=minimal;wait=7", 0, true},
        {"return=minimalist", 0, false},
        {"wait", 0, false},
        {"wait =", 0, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct preferences said = {0};
        prefer_parse(cases[i].value, &said);
        assert_int_equal(said.wait_s, cases[i].wait_s);
        assert_int_equal(said.minimal, cases[i].minimal);
    }
}

static void test_preferences_of_several_lines(void **state)
{
    (void)state;
    struct request_headers headers = {0};
    request_headers_note(&headers, "Prefer", 6, "return=minimal", 14);
    request_headers_note(&headers, "prefer", 6, "wait=7", 6);
    request_headers_note(&headers, "PREFER", 6, "wait=9, return=representation", 29);
    assert_false(headers.repeated);
    assert_int_equal(headers.preferences.wait_s, 7);
    assert_true(headers.preferences.minimal);
}

static void test_traceparent(void **state)
{
    (void)state;
    char id[33];
    assert_true(traceparent_parse("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", id));
    assert_string_equal(id, "0af7651916cd43dd8448eb211c80319c");
    assert_true(traceparent_parse("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", id));
    static const char *const bad[] = {
        "",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(traceparent_parse(bad[i], id));
}

static void test_cookies_and_sites(void **state)
{
    (void)state;
    assert_string_equal(cookie_find(arena, "a=b; oam_session=s1; c=d", "oam_session"), "s1");
    assert_string_equal(cookie_find(arena, "oam_session=", "oam_session"), "");
    assert_null(cookie_find(arena, "xoam_session=1; oam_session2=2", "oam_session"));
    assert_null(cookie_find(arena, NULL, "oam_session"));
    const char *own = "https://oam.example.cat";
    assert_true(same_site("same-origin", NULL, own));
    assert_true(same_site("none", "https://evil.example", own));
    assert_false(same_site("cross-site", own, own));
    assert_false(same_site("same-site", own, own));
    assert_true(same_site(NULL, own, own));
    assert_false(same_site(NULL, "https://oam.example.cat.evil", own));
    assert_false(same_site(NULL, "null", own));
    assert_false(same_site(NULL, NULL, own));
}

static void note(struct request_headers *headers, const char *name, const char *value)
{
    request_headers_note(headers, name, strlen(name), value, strlen(value));
}

static void test_headers_are_noted(void **state)
{
    (void)state;
    struct request_headers headers = {0};
    note(&headers, "HOST", "a");
    note(&headers, "accept", "x");
    note(&headers, "Accept", "y");
    note(&headers, "content-length", "2");
    assert_string_equal(headers.host, "a");
    assert_string_equal(headers.accept, "x");
    assert_false(headers.bad || headers.repeated || headers.repeated_host || headers.repeated_length);
    note(&headers, "Content-Length", "2");
    assert_true(headers.repeated_length);
    note(&headers, "Host", "a");
    assert_true(headers.repeated_host);
    note(&headers, "If-Match", "a");
    note(&headers, "If-Match", "a");
    assert_true(headers.repeated);
    assert_false(headers.bad);
    note(&headers, "X-Y", "a\x01");
    assert_true(headers.bad);
    struct request_headers other = {0};
    note(&other, "Host ", "a");
    assert_true(other.bad);
    assert_null(other.host);
}

static void test_hosts_and_lengths(void **state)
{
    (void)state;
    static const char *const good[] = {"a", "oam.example.cat:8080", "127.0.0.1", "[::1]:80", "a:"};
    static const char *const bad[] = {"", "a b", "a/b", "u@a", "a:b", "[::1", ":80", "a,b"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(host_valid(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(host_valid(bad[i]));
    uint64_t length;
    assert_true(content_length_parse("0", &length) && length == 0);
    assert_true(content_length_parse("1048577", &length) && length == 1048577);
    static const char *const wrong[] = {"", "+1", "-1", "1,1", "0x1", "1 ", "9999999999999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(content_length_parse(wrong[i], &length));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accept),
        cmocka_unit_test(test_accept__weighs_a_type_by_the_range_that_names_it_most_closely),
        cmocka_unit_test(test_media_types),
        cmocka_unit_test(test_idempotency_keys),
        cmocka_unit_test(test_if_match),
        cmocka_unit_test(test_if_none_match),
        cmocka_unit_test(test_prefer),
        cmocka_unit_test(test_preferences_of_several_lines),
        cmocka_unit_test(test_traceparent),
        cmocka_unit_test(test_cookies_and_sites),
        cmocka_unit_test(test_headers_are_noted),
        cmocka_unit_test(test_hosts_and_lengths),
    };
    arena = arena_new(4096);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(arena);
    return failed;
}
