#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "http/router.h"

static struct arena *arena;
static struct router *router;
static char complaint[256];

static const struct route routes[] = {
    {.method = "GET", .path = "/livez"},
    {.method = "GET", .path = "/api/v1/requests"},
    {.method = "POST", .path = "/api/v1/requests"},
    {.method = "POST", .path = "/api/v1/requests:batch"},
    {.method = "GET", .path = "/api/v1/requests/{ref}"},
    {.method = "PATCH", .path = "/api/v1/requests/{ref}"},
    {.method = "GET", .path = "/api/v1/requests/{ref}/status"},
    {.method = "GET", .path = "/api/v1/requests/latest"},
    {.method = "GET", .path = "/api/v1/{group}/{name}/detail"},
    {.method = "DELETE", .path = "/api/v1/session"},
    {.method = "GET", .path = "/open/requests/{id}"},
    {.method = "GET", .path = "/open/requests/{id}.{format}"},
    {.method = "GET", .path = "/open/requests.{format}"},
    {.method = "POST", .path = "/api/v1/requests/{ref}:close"},
    {.method = "POST", .path = "/api/v1/requests/{ref}:open"},
};

static enum router_outcome match(const char *method, const char *path, struct router_match *ret)
{
    arena_reset(arena);
    return router_match(router, method, path, strlen(path), arena, ret);
}

static void test_found(void **state)
{
    (void)state;
    static const struct {
        const char *method, *path;
        size_t index;
        const char *first, *second;
    } cases[] = {
        {"GET", "/livez", 0, NULL, NULL},
        {"HEAD", "/livez", 0, NULL, NULL},
        {"GET", "/api/v1/requests", 1, NULL, NULL},
        {"POST", "/api/v1/requests", 2, NULL, NULL},
        {"POST", "/api/v1/requests:batch", 3, NULL, NULL},
        {"POST", "/api/v1/requests%3Abatch", 3, NULL, NULL},
        {"GET", "/api/v1/%72equests", 1, NULL, NULL},
        {"GET", "/api/v1/requests/OAM-1", 4, "OAM-1", NULL},
        {"GET", "/api/v1/requests/%C3%A0%20b", 4, "\xc3\xa0 b", NULL},
        {"PATCH", "/api/v1/requests/OAM-1", 5, "OAM-1", NULL},
        {"GET", "/api/v1/requests/OAM-1/status", 6, "OAM-1", NULL},
        {"GET", "/api/v1/requests/latest", 7, NULL, NULL},
        {"GET", "/api/v1/requests/latest/status", 6, "latest", NULL},
        {"GET", "/api/v1/requests/latest/detail", 8, "requests", "latest"},
        {"GET", "/open/requests/7", 10, "7", NULL},
        {"GET", "/open/requests/7.xml", 11, "7", "xml"},
        {"GET", "/open/requests/7.1%2Exml", 11, "7.1", "xml"},
        {"GET", "/open/requests/7.", 10, "7.", NULL},
        {"GET", "/open/requests/.xml", 10, ".xml", NULL},
        {"GET", "/open/requests/..xml", 10, "..xml", NULL},
        {"GET", "/open/requests/...xml", 10, "...xml", NULL},
        {"GET", "/open/requests.json", 12, "json", NULL},
        {"POST", "/api/v1/requests/OAM-1:close", 13, "OAM-1", NULL},
        {"POST", "/api/v1/requests/OAM-1:open", 14, "OAM-1", NULL},
        {"POST", "/api/v1/requests/OAM-1%3Aopen", 14, "OAM-1", NULL},
        {"POST", "/api/v1/requests/a:close:open", 14, "a:close", NULL},
        {"GET", "/api/v1/requests/OAM-1:openly", 4, "OAM-1:openly", NULL},
        {"GET", "/api/v1/requests/:open", 4, ":open", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct router_match found;
        assert_int_equal(match(cases[i].method, cases[i].path, &found), ROUTER_FOUND);
        assert_int_equal(found.index, cases[i].index);
        assert_ptr_equal(found.route, &routes[cases[i].index]);
        if (cases[i].first)
            assert_string_equal(found.params[0], cases[i].first);
        else
            assert_null(found.params[0]);
        if (cases[i].second)
            assert_string_equal(found.params[1], cases[i].second);
    }
}

static void test_unknown(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "/",
        "/livez/",
        "//livez",
        "/api/v1",
        "/api/v1/requests/",
        "/api/v1/requests/a/",
        "/api/v1/requests/..",
        "/LIVEZ",
        "/api/v1/requests/.",
        "/api/v1/requests/a/b",
        "/livezz",
        "/live",
        "/open/requests",
        "/open/requests.",
        "/open/requests.a.b",
        "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r",
    };
    struct router_match found;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        assert_int_equal(match("GET", paths[i], &found), ROUTER_UNKNOWN_PATH);
}

static void test_bad_paths(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "",       "livez", "/a%00b",  "/api/v1/requests/a%2fb",
        "/a%2Fb", "/%ff",  "/\xff",   "/%",
        "/%4",    "/%zz",  "/%C3%28", "/a b",
        "/%0a",   "/%7f",  "/a\tb",
    };
    struct router_match found;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        assert_int_equal(match("GET", paths[i], &found), ROUTER_BAD_PATH);
}

static void test_other_methods(void **state)
{
    (void)state;
    struct router_match found;
    assert_int_equal(match("DELETE", "/api/v1/requests/1", &found), ROUTER_OTHER_METHODS);
    assert_string_equal(found.allow, "GET, HEAD, PATCH, OPTIONS");
    assert_true(found.has_patch);
    assert_int_equal(match("OPTIONS", "/api/v1/session", &found), ROUTER_OTHER_METHODS);
    assert_string_equal(found.allow, "DELETE, OPTIONS");
    assert_false(found.has_patch);
    assert_int_equal(match("HEAD", "/api/v1/session", &found), ROUTER_OTHER_METHODS);
    assert_int_equal(match("get", "/livez", &found), ROUTER_OTHER_METHODS);
    assert_int_equal(match("BREW", "/nothing", &found), ROUTER_UNKNOWN_PATH);
}

static void test_a_bad_table_is_refused(void **state)
{
    (void)state;
    static const struct route bad[] = {
        {.method = "GET", .path = "livez"},
        {.method = "GET", .path = "/"},
        {.method = "GET", .path = "/a//b"},
        {.method = "FETCH", .path = "/a"},
        {.method = "GET", .path = "/{a}/{b}/{c}/{d}/{e}"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        complaint[0] = '\0';
        assert_null(router_new(&bad[i], 1, complaint, sizeof complaint));
        assert_non_null(strstr(complaint, bad[i].path));
    }
    static const struct route twice[] = {{.method = "GET", .path = "/a/{x}"}, {.method = "GET", .path = "/a/{y}"}};
    assert_null(router_new(twice, 2, complaint, sizeof complaint));
    assert_non_null(strstr(complaint, "twice"));
    static const struct route again[] = {{.method = "GET", .path = "/a/{x}.{f}"},
                                         {.method = "GET", .path = "/a/{y}.{g}"}};
    assert_null(router_new(again, 2, complaint, sizeof complaint));
    assert_non_null(strstr(complaint, "twice"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_bad_paths),
        cmocka_unit_test(test_other_methods),
        cmocka_unit_test(test_a_bad_table_is_refused),
    };
    arena = arena_new(1024);
    router = router_new(routes, sizeof routes / sizeof routes[0], complaint, sizeof complaint);
    int failed = router ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
    router_free(router);
    arena_free(arena);
    return failed;
}
