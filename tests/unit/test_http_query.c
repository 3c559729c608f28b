#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "http/query.h"

static struct arena *arena;
static struct error err;
static const char *const allowed[] = {"state", "q", "limit", NULL};
static const struct route route = {.method = "GET", .path = "/x", .query = allowed};

static bool parse(struct context *ctx, const char *raw)
{
    arena_reset(arena);
    memset(ctx, 0, sizeof *ctx);
    ctx->arena = arena;
    ctx->route = &route;
    err = (struct error){.arena = arena, .language = TEXT_EN};
    return query_parse(ctx, raw, strlen(raw), &err);
}

static void test_values_are_decoded(void **state)
{
    (void)state;
    struct context ctx;
    assert_true(parse(&ctx, "state=open%2Cwaiting&q=a+b%2Bc%20%C3%A0&limit=&lang=en&&"));
    assert_int_equal(ctx.n_query, 4);
    assert_string_equal(ctx.query[0].value, "open,waiting");
    assert_string_equal(ctx.query[1].value, "a b+c \xc3\xa0");
    assert_string_equal(ctx.query[2].value, "");
    assert_true(parse(&ctx, "q"));
    assert_string_equal(ctx.query[0].value, "");
    assert_true(parse(&ctx, "q=a=b"));
    assert_string_equal(ctx.query[0].value, "a=b");
    assert_true(parse(&ctx, "s%74ate=x"));
    assert_string_equal(ctx.query[0].name, "state");
    assert_true(parse(&ctx, ""));
    assert_int_equal(ctx.n_query, 0);
}

static void test_what_cannot_be_decoded(void **state)
{
    (void)state;
    static const char *const bad[] = {"q=%",    "q=%4",  "q=%zz", "q=%00",   "q=%FF",
                                      "q=\xff", "q=%C3", "%00=a", "q=a%0ab", "q=a b"};
    struct context ctx;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(parse(&ctx, bad[i]));
        assert_int_equal(err.kind, ERROR_BAD_REQUEST);
    }
}

static void test_unknown_and_repeated_all_at_once(void **state)
{
    (void)state;
    struct context ctx;
    assert_false(parse(&ctx, "q=1&q=2&colour=red&/x=1&lang=ca&lang=es"));
    assert_int_equal(err.kind, ERROR_INVALID_PARAMETER);
    assert_int_equal(err.n_violations, 4);
    assert_string_equal(err.violations[0].parameter, "q");
    assert_string_equal(err.violations[0].code, "repeated");
    assert_string_equal(err.violations[1].parameter, "colour");
    assert_string_equal(err.violations[1].code, "unknown_parameter");
    assert_null(err.violations[2].pointer);
    assert_string_equal(err.violations[3].parameter, "lang");
}

static void test_their_number_is_bounded(void **state)
{
    (void)state;
    struct context ctx;
    char raw[4 * (HTTP_QUERY_PARAMS_MAX + 1) + 1] = "";
    for (int i = 0; i <= HTTP_QUERY_PARAMS_MAX; i++)
        memcpy(raw + 4 * i, "q=1&", 5);
    assert_false(parse(&ctx, raw));
    assert_int_equal(err.kind, ERROR_BAD_REQUEST);
}

static void test_numbers(void **state)
{
    (void)state;
    struct context ctx;
    assert_true(parse(&ctx, "limit=50"));
    assert_int_equal(http_query_number(&ctx, "limit", 1, 200, 7, &err), 50);
    assert_int_equal(http_query_number(&ctx, "q", 1, 200, 7, &err), 7);
    assert_false(error_is_set(&err));
    static const struct {
        const char *raw, *code;
    } bad[] = {
        {"limit=0", "out_of_range"},  {"limit=201", "out_of_range"},
        {"limit=-5", "out_of_range"}, {"limit=99999999999999999999", "out_of_range"},
        {"limit=", "bad_format"},     {"limit=1.5", "bad_format"},
        {"limit=%2B1", "bad_format"}, {"limit=1e2", "bad_format"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_true(parse(&ctx, bad[i].raw));
        assert_int_equal(http_query_number(&ctx, "limit", 1, 200, 7, &err), 7);
        assert_int_equal(err.kind, ERROR_INVALID_PARAMETER);
        assert_string_equal(err.violations[0].code, bad[i].code);
    }
}

static void test_forms(void **state)
{
    (void)state;
    struct context ctx;
    (void)parse(&ctx, "");
    ctx.body = "grant_type=client_credentials&scope=requests%3Aread+events%3Aread&twice=1&twice=2";
    ctx.body_length = strlen(ctx.body);
    assert_string_equal(http_form(&ctx, "grant_type", &err), "client_credentials");
    assert_string_equal(http_form(&ctx, "scope", &err), "requests:read events:read");
    assert_null(http_form(&ctx, "none", &err));
    assert_false(error_is_set(&err));
    assert_null(http_form(&ctx, "twice", &err));
    assert_int_equal(err.kind, ERROR_BAD_REQUEST);
    (void)parse(&ctx, "");
    ctx.body = "a=%zz";
    ctx.body_length = 5;
    assert_null(http_form(&ctx, "a", &err));
    assert_int_equal(err.kind, ERROR_BAD_REQUEST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_are_decoded),
        cmocka_unit_test(test_what_cannot_be_decoded),
        cmocka_unit_test(test_unknown_and_repeated_all_at_once),
        cmocka_unit_test(test_their_number_is_bounded),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_forms),
    };
    arena = arena_new(4096);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(arena);
    return failed;
}
